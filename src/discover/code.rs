//! Which code a template names, as far as that can be told without parsing it.
//!
//! Whoever shares no directory and no object with a function that moves need not be parsed. So this has to
//! be right or to say that it does not know: it reads `CodeUri: cmd/orders/`, and what begins an object,
//! and nothing else. An escape may spell anything, a key too; then it knows nothing at all.

use memchr::{memchr, memmem};

/// The code that the functions of a template can name beside the template's own directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NamedCode {
    /// Paths as they are written, each once.
    pub places: Vec<Box<str>>,
    /// Whether there are objects, as in S3, or code within the template.
    pub objects: bool,
}

/// How the value of `Code` begins where it is no path.
const OBJECTS: [&str; 8] = [
    "Bucket",
    "ImageUri",
    "Key",
    "S3Bucket",
    "S3Key",
    "S3ObjectVersion",
    "Version",
    "ZipFile",
];

/// The code that a template names; `None` if that takes a parser to tell.
pub(super) fn named_code(text: &[u8]) -> Option<NamedCode> {
    if memchr(b'\\', text).is_some() {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let mut found = NamedCode::default();
    for at in memmem::find_iter(text.as_bytes(), "Code") {
        let (before, rest) = (text.get(..at)?, text.get(at + "Code".len()..)?);
        let rest = rest.strip_prefix("Uri").unwrap_or(rest);
        let is_part = |it: Option<char>| it.is_some_and(|it| it.is_alphanumeric() || it == '_');
        if is_part(before.chars().next_back()) || is_part(rest.chars().next()) {
            continue;
        }
        match value(before, rest)? {
            Value::Object => found.objects = true,
            Value::Path(path) if found.places.iter().any(|it| **it == *path) => {}
            Value::Path(path) => found.places.push(path.into()),
        }
    }
    Some(found)
}

enum Value<'t> {
    Path(&'t str),
    Object,
}

/// The value of a key, of which `before` ends where it begins and `rest` begins where it ends.
fn value<'t>(before: &str, rest: &'t str) -> Option<Value<'t>> {
    let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
    let rest = rest.trim_start_matches(' ').strip_prefix(':')?;
    if is_object(rest) {
        return Some(Value::Object);
    }
    let rest = rest.trim_start_matches(' ');
    let quote = rest.chars().next().filter(|it| matches!(it, '"' | '\''));
    let rest = quote.map_or(Some(rest), |quote| rest.strip_prefix(quote))?;
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "_-./".contains(it);
    let end = rest.find(|it| !is_plain(it)).unwrap_or(rest.len());
    let (path, rest) = rest.split_at_checked(end)?;
    let ends = match quote {
        // Two quotes are one of the value's own.
        Some(quote) => rest
            .strip_prefix(quote)
            .is_some_and(|it| !it.starts_with(quote)),
        None => !path.is_empty() && ends_here(before, rest),
    };
    ends.then_some(Value::Path(path))
}

/// Whether what follows a colon is a map that begins with a key of an object.
fn is_object(rest: &str) -> bool {
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('{').unwrap_or(rest).trim_start();
    let unquoted = rest.strip_prefix(['"', '\'']);
    OBJECTS.iter().any(|key| match unquoted {
        Some(rest) => {
            let rest = rest.strip_prefix(key);
            rest.is_some_and(|rest| rest.starts_with(['"', '\'']))
        }
        None => {
            let rest = rest.strip_prefix(key).and_then(|it| it.strip_prefix(':'));
            rest.is_some_and(|rest| rest.starts_with([' ', '\r', '\n']))
        }
    })
}

/// Whether a plain scalar ends: what stands further to the right on the next line would belong to it, and
/// within braces anything but another key.
fn ends_here(before: &str, rest: &str) -> bool {
    let rest = rest.trim_start_matches(' ');
    if rest.starts_with([',', '}']) {
        return true;
    }
    let mut lines = rest.lines();
    let own = lines.next().unwrap_or_default().trim_end();
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
    let next = lines.find(|line| !line.trim().is_empty());
    let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let is_other = |line: &str| {
        let is_left = indentation(line) < column;
        let begins = line.trim_start_matches(' ');
        let is_key = line.contains(':') && (is_left || indentation(line) == column);
        !line.contains('\t') && (is_key || is_left && begins.starts_with('-'))
    };
    own.is_empty() && next.is_none_or(is_other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Option<NamedCode> {
        named_code(text.as_bytes())
    }

    #[test]
    fn literal_paths_and_objects_are_known() {
        for (text, places, objects) in [
            (
                "  CodeUri: ./cmd/orders/\n  Handler: x\n",
                &["./cmd/orders/"][..],
                false,
            ),
            ("  CodeUri: '../a-b'\n", &["../a-b"], false),
            (
                "\"CodeUri\": \"dist\", \"Handler\": \"x\"",
                &["dist"],
                false,
            ),
            ("{CodeUri: bin, Runtime: x}", &["bin"], false),
            ("CodeUri: a\r\nRuntime: x", &["a"], false),
            ("  CodeUri: a\n\n  CodeUri: a\nOutputs:", &["a"], false),
            ("  CodeUri: /srv/x\n", &["/srv/x"], false),
            ("  Code:\n    S3Bucket: !Ref B\n    S3Key: k", &[], true),
            ("  Code: {ZipFile: x}", &[], true),
            ("\"Code\": {\n  \"S3Key\": \"k\"}", &[], true),
            (
                "  ErrorCode: !Ref X\n  CodeUrisOf: 1\n  StatusCode2: 3",
                &[],
                false,
            ),
            ("", &[], false),
        ] {
            let expected = NamedCode {
                places: places.iter().map(|it| (*it).into()).collect(),
                objects,
            };
            assert_eq!(named(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn whatever_else_it_may_be_is_left_to_the_parser() {
        for text in [
            "CodeUri: !Ref X\n",
            "CodeUri: &a ./x\n",
            "CodeUri: *a\n",
            "CodeUri: !!str x\n",
            "CodeUri: >-\n  x\n",
            "CodeUri:\n  ./x\n",
            "CodeUri:\n  Fn::Sub: x\n",
            "CodeUri: '../a b'\n",
            "CodeUri: a\n  b\n",
            "CodeUri: a\n\tb\n",
            "CodeUri: a  # why\n",
            "CodeUri: ${Name}/bin\n",
            "CodeUri: 's3://b/k.zip'\n",
            "CodeUri: \"a\\x2e\"\n",
            "\"\\x43odeUri\": a\n",
            "CodeUri: 'a''b'\n",
            "CodeUri: {Fn::Sub: x}\n",
            "CodeUri: [x]\n",
            "CodeUri: Key:x\n",
            "{\n  CodeUri: a\n  b,\n}",
            "? CodeUri\n: x\n",
            "&k CodeUri : x y\n",
            "The Code of it",
        ] {
            assert_eq!(named(text), None, "{text}");
        }
    }
}
