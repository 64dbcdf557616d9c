//! Mutations of templates that know what templates are made of.
//!
//! Each is a function of the text and of three numbers, so that a seeded generator and a fuzzer can
//! both drive it. Most of what comes out is still YAML, and much of it still a template.

/// One step: what is done is chosen by `kind`, where and with what by `first` and `second`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mutation {
    pub(crate) kind: u32,
    pub(crate) first: u32,
    pub(crate) second: u32,
}

const RUNTIMES: [&str; 12] = [
    "go1.x",
    "provided",
    "provided.al2",
    "provided.al2023",
    "nodejs22.x",
    "python3.13",
    "'go1.x'",
    "\"go1.x\"",
    "!Ref Runtime",
    "!Sub go1.x",
    "!If [Legacy, go1.x, provided.al2]",
    "!FindInMap [Runtimes, !Ref Stage, go]",
];

const TOKENS: [&str; 40] = [
    "Runtime",
    "Handler",
    "CodeUri",
    "Code",
    "Architectures",
    "Metadata",
    "BuildMethod",
    "Properties",
    "Type",
    "Resources",
    "Globals",
    "Function",
    "Parameters",
    "Default",
    "AllowedValues",
    "Mappings",
    "Conditions",
    "Outputs",
    "Transform",
    "Layers",
    "CompatibleRuntimes",
    "PackageType",
    "IgnoreGlobals",
    "ImageUri",
    "Fn::If",
    "Fn::Sub",
    "Ref",
    "Fn::FindInMap",
    "Fn::ForEach::Each",
    "AWS::Serverless::Function",
    "AWS::Lambda::Function",
    "AWS::Serverless::LayerVersion",
    "AWS::LanguageExtensions",
    "bootstrap",
    "arm64",
    "x86_64",
    "makefile",
    "go1.x",
    "AWS::NoValue",
    "<<",
];

const MARKS: [&str; 34] = [
    ":", ": ", "- ", "? ", "#", " # c", "'", "\"", "|", "|-", "|+2", ">", "&a ", "*a", "!Ref ",
    "!!str ", "!", "{", "}", "[", "]", ",", ", ", "\n", "\n\n", "\t", " ", "\u{feff}", "---\n",
    "...\n", "%", "\\", "~", "ü",
];

/// What may stand on a line of its own; `@` is the indentation of the line before.
const LINES: [&str; 24] = [
    "@Runtime: go1.x",
    "@Handler: main",
    "@Architectures: [x86_64]",
    "@Architectures:\n@  - x86_64",
    "@Metadata: {BuildMethod: makefile}",
    "@Metadata:\n@  BuildMethod: go1.x",
    "@Metadata: {lambdalift: {ignore: [go-handler]}}",
    "@# lambdalift: ignore",
    "@<<: *a",
    "@<<: [*a, *b]",
    "@IgnoreGlobals: '*'",
    "@PackageType: Image",
    "@Properties: {Runtime: provided, CodeUri: s3://b/k}",
    "@Type: AWS::Serverless::Function",
    "@Fn::ForEach::Each:\n@  - Name\n@  - [A, B]\n@  - ${Name}Function:\n@      Type: AWS::Serverless::Function\n@      Properties: {Runtime: go1.x, Handler: main, CodeUri: ./x}",
    "@Extra:\n@  Type: AWS::Serverless::Function\n@  Properties:\n@    Runtime: go1.x\n@    Handler: extra\n@    CodeUri: ./extra",
    "@Layer:\n@  Type: AWS::Serverless::LayerVersion\n@  Properties:\n@    CompatibleRuntimes:\n@      - go1.x # old\n@      - provided.al2",
    "Globals:\n  Function:\n    Runtime: go1.x",
    "Globals: {Function: {Runtime: go1.x, Handler: main}}",
    "Parameters:\n  Runtime:\n    Type: String\n    Default: go1.x\n    AllowedValues: [go1.x, provided.al2]",
    "Mappings:\n  Runtimes:\n    dev: {go: go1.x}\n    prod:\n      go: provided.al2",
    "Conditions: {Legacy: !Equals [a, b]}",
    "@- go1.x",
    "@? Runtime\n@: go1.x",
];

/// Words that stand around a value.
const WRAPS: [(&str, &str); 14] = [
    ("'", "'"),
    ("\"", "\""),
    ("&a ", ""),
    ("&b ", ""),
    ("!!str ", ""),
    ("!Sub ", ""),
    ("!Ref ", ""),
    ("!If [C, ", ", go1.x]"),
    ("[", "]"),
    ("{a: ", "}"),
    ("&a !Sub '", "'"),
    ("\n    ", ""),
    (">-\n            ", ""),
    ("|\n            ", ""),
];

/// How many kinds there are.
pub(crate) const KINDS: u32 = 22;

impl Mutation {
    /// The text after this step. `donor` is another text, for splices.
    pub(crate) fn apply(self, text: &str, donor: &str) -> String {
        let (first, second) = (self.first as usize, self.second as usize);
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        if lines.is_empty() {
            return donor.to_owned();
        }
        let at = first % lines.len();
        let other = second % lines.len();
        let mut new: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
        match self.kind % KINDS {
            0 => drop(new.remove(at)),
            1 => new.insert(other, new[at].clone()),
            2 => new.swap(at, other),
            3 => new[at].insert(0, ' '),
            4 => new[at] = lines[at].strip_prefix(' ').unwrap_or(lines[at]).to_owned(),
            5 => indent(&mut new[block(&lines, at)], second % 4),
            6 => {
                let moved: Vec<String> = new.drain(block(&lines, at)).collect();
                let to = second % (new.len() + 1);
                new.splice(to..to, moved);
            }
            7 => {
                let copy: Vec<String> = new[block(&lines, at)].to_vec();
                new.splice(other..other, copy);
            }
            8 | 9 => {
                let lead = indentation(lines[at]);
                let snippet = LINES[second % LINES.len()].replace('@', lead);
                new.insert(at + 1, ended(snippet));
            }
            10 => swap_values(&mut new, at, other),
            11 => set_value(&mut new[at], |value| {
                let (before, after) = WRAPS[second % WRAPS.len()];
                format!("{before}{value}{after}")
            }),
            12 => set_value(&mut new[at], |_| {
                if second % 2 == 0 { "*a" } else { "*b" }.to_owned()
            }),
            13 | 14 => {
                let runtime = RUNTIMES[second % RUNTIMES.len()];
                let named = |line: &&mut String| line.contains("Runtime") || line.contains("go1.x");
                let count = new.iter_mut().filter(named).count().max(1);
                if let Some(line) = new.iter_mut().filter(named).nth(first % count) {
                    set_value(line, |_| runtime.to_owned());
                }
            }
            15 => new[at] = replace_word(lines[at], second),
            16 => {
                let tail = donor.split_inclusive('\n').skip(other);
                new.truncate(at);
                new.extend(tail.map(str::to_owned));
            }
            17 => {
                let taken = donor.split_inclusive('\n').skip(other).take(1 + second % 9);
                new.splice(at..at, taken.map(str::to_owned));
            }
            18 => {
                return at_character(
                    text,
                    first,
                    |_| MARKS[second % MARKS.len()].to_owned(),
                    false,
                );
            }
            19 => {
                return at_character(
                    text,
                    first,
                    |_| MARKS[second % MARKS.len()].to_owned(),
                    true,
                );
            }
            20 => return at_character(text, first, |_| String::new(), true),
            _ => return text[..boundary(text, first)].to_owned(),
        }
        new.concat()
    }
}

fn ended(mut line: String) -> String {
    line.push('\n');
    line
}

fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches(' ').len()]
}

/// A line and the deeper ones below it.
fn block(lines: &[&str], at: usize) -> std::ops::Range<usize> {
    let depth = indentation(lines[at]).len();
    let deeper = |line: &&&str| indentation(line).len() > depth || line.trim().is_empty();
    at..at + 1 + lines[at + 1..].iter().take_while(deeper).count()
}

fn indent(lines: &mut [String], by: usize) {
    for line in lines {
        match by {
            0 => line.insert_str(0, "  "),
            1 => line.insert(0, ' '),
            2 => line.insert(0, '\t'),
            _ => *line = line.strip_prefix("  ").unwrap_or(line).to_owned(),
        }
    }
}

/// The value behind the first colon, without the line's end.
fn value_of(line: &str) -> Option<std::ops::Range<usize>> {
    let start = line.find(": ")? + 2;
    let end = start + line[start..].trim_end().trim_end_matches(',').len();
    (start < end).then_some(start..end)
}

fn set_value(line: &mut String, new: impl FnOnce(&str) -> String) {
    if let Some(range) = value_of(line) {
        let value = new(&line[range.clone()]);
        line.replace_range(range, &value);
    }
}

fn swap_values(lines: &mut [String], one: usize, two: usize) {
    let (Some(first), Some(second)) = (value_of(&lines[one]), value_of(&lines[two])) else {
        return;
    };
    let (a, b) = (lines[one][first].to_owned(), lines[two][second].to_owned());
    set_value(&mut lines[one], |_| b);
    set_value(&mut lines[two], |_| a);
}

fn replace_word(line: &str, number: usize) -> String {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_');
    let words: Vec<&str> = line
        .split(|c| !is_word(c))
        .filter(|word| !word.is_empty())
        .collect();
    match words.get(number / TOKENS.len() % words.len().max(1)) {
        Some(word) => line.replacen(word, TOKENS[number % TOKENS.len()], 1),
        None => line.to_owned(),
    }
}

fn boundary(text: &str, number: usize) -> usize {
    let at = number % (text.len() + 1);
    (0..=at)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0)
}

fn at_character(text: &str, number: usize, new: impl Fn(char) -> String, replace: bool) -> String {
    let at = boundary(text, number);
    let (before, after) = text.split_at(at);
    let mut rest = after.chars();
    let Some(character) = rest.next() else {
        return format!("{before}{}", new(' '));
    };
    let after = if replace { rest.as_str() } else { after };
    format!("{before}{}{after}", new(character))
}
