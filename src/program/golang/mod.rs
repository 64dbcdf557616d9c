//! What one Go source file says, read by its tokens: no build tool is asked.

mod architecture;
mod constraint;
mod file_name;
mod lexer;
mod literal;

pub(crate) use architecture::{BuiltFor, by_name, by_source};
pub(crate) use file_name::belongs_to_program;

use std::sync::LazyLock;

use lexer::{Kind, Lexer, Token};
use memchr::memmem::Finder;

/// The names under which package `os` tells a program its own.
const OWN_NAME: [&str; 2] = ["Args", "Executable"];

/// A file with none of these has no [`Mention`].
static SIGNS: LazyLock<Vec<Finder<'static>>> = LazyLock::new(|| {
    let signs = literal::names().chain(OWN_NAME);
    signs.map(Finder::new).collect()
});

/// What a program that behaves differently on the new runtime does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// It looks at the handler's or its own name, which becomes `bootstrap`.
    ReadsHandler,
    /// It tests whether it runs in Lambda by something that only go1.x sets.
    DetectsLambda,
}

/// One sign in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mention {
    /// What it is a sign of.
    pub sign: Sign,
    /// Byte offset into the file.
    pub offset: usize,
    /// As a person would name it: `_HANDLER`, `os.Args[0]`.
    pub what: &'static str,
}

/// One import of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// The name before the path, if there is one; also `_` and `.`.
    pub name: Option<String>,
    /// The path without its quotes.
    pub path: String,
    /// Byte offset of the path's opening quote.
    pub offset: usize,
}

/// An `import "C"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CgoImport {
    /// Byte offset of the opening quote of `"C"`.
    pub offset: usize,
    /// The `#cgo` lines in the comments before it.
    pub directives: Vec<String>,
}

/// What one Go file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GoFile {
    /// The name in the package clause.
    pub package: String,
    /// The imports in order, without `"C"`.
    pub imports: Vec<Import>,
    /// The import of `"C"`.
    pub c_import: Option<CgoImport>,
    /// Where it looks at the handler or for Lambda, in order.
    pub mentions: Vec<Mention>,
}

/// The package a file belongs to: reads no further than the package clause.
///
/// `None` when a build constraint excludes the file from every Lambda function, or when it is no
/// Go file.
pub(crate) fn package_of(source: &[u8]) -> Option<String> {
    let mut comments = Vec::new();
    let mut clause = None;
    for token in Lexer::new(source) {
        match (token.kind, &clause) {
            (Kind::Comment, None) => comments.push(token),
            (Kind::Comment, Some(_)) => {}
            (Kind::Name, None) if token.text == b"package" => clause = Some(token.offset),
            (Kind::Name, Some(offset)) => {
                let found = constraint::read(source, &comments, *offset);
                return (found.amd64 || found.arm64).then(|| token.lossy());
            }
            _ => return None,
        }
    }
    None
}

/// Reads a whole file; `None` as for [`package_of`].
pub(crate) fn scan(source: &[u8]) -> Option<GoFile> {
    /// So many bytes have most tokens of most programs, white space with them.
    const TOKEN: usize = 6;
    let package = package_of(source)?;
    let has_sign = SIGNS.iter().any(|sign| sign.find(source).is_some());
    let mut comments = Vec::new();
    let mut tokens = match has_sign {
        true => Vec::with_capacity(source.len() / TOKEN),
        false => Vec::new(),
    };
    for token in Lexer::new(source) {
        match token.kind {
            Kind::Comment => comments.push(token),
            // Behind the imports there is nothing else to be found.
            Kind::Name if !has_sign && begins_declaration(&token) => break,
            _ => tokens.push(token),
        }
    }
    // Without the package clause and the semicolon that may follow it.
    let tokens = tokens.get(2..).unwrap_or_default();
    let (mut imports, rest) = imports(tokens);
    let c_import = take_c_import(&mut imports, &comments);
    let mentions = mentions(rest, &imports);
    Some(GoFile {
        package,
        imports,
        c_import,
        mentions,
    })
}

/// Whether a token is a keyword with which another declaration than an import begins.
fn begins_declaration(token: &Token<'_>) -> bool {
    matches!(token.text, b"const" | b"func" | b"type" | b"var")
}

/// The import declarations at the start of `tokens`, and the tokens behind them.
fn imports<'t, 's>(mut tokens: &'t [Token<'s>]) -> (Vec<Import>, &'t [Token<'s>]) {
    let mut found = Vec::new();
    loop {
        tokens = match tokens {
            [Token { text: b";", .. }, rest @ ..] => rest,
            [import, open, rest @ ..] if import.text == b"import" && open.text == b"(" => {
                let length = rest.iter().take_while(|token| token.text != b")").count();
                let (block, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                specs(block, &mut found);
                rest.get(1..).unwrap_or_default()
            }
            [import, rest @ ..] if import.text == b"import" => {
                let length = rest.iter().take(2).take_while(|t| t.kind != Kind::Text);
                let length = length.count() + 1;
                let (spec, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                specs(spec, &mut found);
                rest
            }
            _ => return (found, tokens),
        };
    }
}

/// Adds the import specifications in `tokens`: paths, each with or without a name before it.
fn specs(tokens: &[Token<'_>], found: &mut Vec<Import>) {
    let mut name = None;
    for token in tokens {
        match token.kind {
            Kind::Text => found.push(Import {
                name: name.take(),
                path: String::from_utf8_lossy(token.unquoted()).into_owned(),
                offset: token.offset,
            }),
            Kind::Name => name = Some(token.lossy()),
            _ if token.text == b"." => name = Some(token.lossy()),
            _ => {}
        }
    }
}

fn take_c_import(imports: &mut Vec<Import>, comments: &[Token<'_>]) -> Option<CgoImport> {
    let offset = imports.iter().find(|import| import.path == "C")?.offset;
    imports.retain(|import| import.path != "C");
    let directives = comments
        .iter()
        .take_while(|comment| comment.offset < offset)
        .flat_map(|comment| comment.text.split(|byte| *byte == b'\n'))
        .map(|line| line.trim_ascii_start().strip_prefix(b"//").unwrap_or(line))
        .map(<[u8]>::trim_ascii)
        .filter(|line| line.starts_with(b"#cgo"))
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    Some(CgoImport { offset, directives })
}

fn mentions(tokens: &[Token<'_>], imports: &[Import]) -> Vec<Mention> {
    let os = imports.iter().find(|import| import.path == "os");
    let os = os.map(|import| import.name.as_deref().unwrap_or("os"));
    let mut found = Vec::new();
    let mut before: [&[u8]; 2] = [b"", b""];
    let mut rest = tokens;
    while let [token, after @ ..] = rest {
        let mention = match token.kind {
            Kind::Text => literal::mention(token),
            Kind::Name => os.and_then(|os| os_mention(os, before, rest)),
            _ => None,
        };
        found.extend(mention);
        before = [before[1], token.text];
        rest = after;
    }
    found
}

/// A look at the program's own name through package `os`, imported as `os`, at the start of
/// `tokens`; `before` are the texts of the two tokens before them.
fn os_mention(os: &str, before: [&[u8]; 2], tokens: &[Token<'_>]) -> Option<Mention> {
    let [second_last, last] = before;
    let (first, member) = match tokens {
        _ if last == b"." => return None,
        [name, ..] if os == "." => (name, tokens),
        [name, dot, member @ ..] if name.text == os.as_bytes() && dot.text == b"." => {
            (name, member)
        }
        _ => return None,
    };
    let [member, after @ ..] = member else {
        return None;
    };
    let measured = last == b"(" && second_last == b"len";
    let what = match member.text {
        b"Executable" => "os.Executable",
        b"Args" if !measured && reaches_first(after) => "os.Args[0]",
        _ => return None,
    };
    Some(Mention {
        sign: Sign::ReadsHandler,
        offset: first.offset,
        what,
    })
}

/// Whether what follows `os.Args` may reach its first element: everything does but an index or a
/// slice that begins at another number.
fn reaches_first(after: &[Token<'_>]) -> bool {
    match after {
        [open, number, ..] if open.text == b"[" && number.kind == Kind::Number => {
            number.text == b"0"
        }
        _ => true,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn mentioned(body: &str) -> Vec<&'static str> {
        let source = format!("package main\nimport \"os\"\n{body}\n");
        let file = scan(source.as_bytes()).unwrap();
        file.mentions.iter().map(|mention| mention.what).collect()
    }

    #[test]
    fn reads_imports_in_every_form() {
        let source = "// Hello.\npackage main; import \"fmt\"\nimport (\n\t\"context\" // why\n\
            \tl \"github.com/aws/aws-lambda-go/lambda\"; _ \"x/y\"\n\t. `os`\n)\nimport m \"math\"\n\
            var s = \"no/import\"\n";
        let file = scan(source.as_bytes()).unwrap();
        let found: Vec<_> = file
            .imports
            .iter()
            .map(|import| (import.name.as_deref(), import.path.as_str()))
            .collect();
        let expected = [
            (None, "fmt"),
            (None, "context"),
            (Some("l"), "github.com/aws/aws-lambda-go/lambda"),
            (Some("_"), "x/y"),
            (Some("."), "os"),
            (Some("m"), "math"),
        ];
        assert_eq!(found, expected);
        for import in &file.imports {
            let quoted = source.get(import.offset + 1..).unwrap();
            assert!(quoted.starts_with(&import.path));
        }
        assert_eq!(file.package, "main");
    }

    #[test]
    fn finds_looks_at_the_own_name() {
        for (body, expected) in [
            ("var h = os.Getenv(\"_HANDLER\")", vec!["_HANDLER"]),
            ("var h = os.Getenv(`_HANDLER`)", vec!["_HANDLER"]),
            (
                "type c struct { H string `env:\"_HANDLER,required\"` }",
                vec!["_HANDLER"],
            ),
            ("var h = os.ExpandEnv(\"${_HANDLER}\")", vec!["_HANDLER"]),
            (
                "var h = \"MY_HANDLER\" + \"_HANDLERS\" + \"no _HANDLER\"",
                vec![],
            ),
            ("// \"_HANDLER\" os.Args[0]\n/* os.Executable */", vec![]),
            ("var h = \"\\\"\" + \"_HANDLER\" // x", vec!["_HANDLER"]),
            ("var r, s = '\"', os.Args[0]", vec!["os.Args[0]"]),
            ("var a = os . Args [ 0 ]", vec!["os.Args[0]"]),
            ("var a = os.Args[1:]", vec![]),
            ("var a = len(os.Args)", vec![]),
            ("var a = os.Args", vec!["os.Args[0]"]),
            ("var a = os.Args[:1]", vec!["os.Args[0]"]),
            ("var a = x.os.Args[0]", vec![]),
            ("var a, _ = os.Executable()", vec!["os.Executable"]),
            ("var a = \"/proc/self/exe\"", vec!["/proc/self/exe"]),
            (
                "var a = os.Getenv(\"_LAMBDA_SERVER_PORT\")",
                vec!["_LAMBDA_SERVER_PORT"],
            ),
            (
                "var a = os.Getenv(\"AWS_EXECUTION_ENV\")",
                vec!["AWS_EXECUTION_ENV"],
            ),
        ] {
            assert_eq!(mentioned(body), expected, "{body}");
        }
    }

    /// A comment with a sign in it makes no difference but that all is read.
    #[test]
    fn reads_the_same_imports_without_the_rest() {
        for source in [
            "package main\nimport \"fmt\"\nfunc main() { fmt.Print(\"x\") }\n",
            "package main\nimport (\n\tfunctions \"a\" // func\n\t`var`\n)\nimport _ \"b\"\nvar x = 1\n",
            "package main; import . \"a\"; type t struct{}; import \"b\"\n",
            "// const\npackage main\n\n/*\n#cgo LDFLAGS: -lx\n*/\nimport \"C\"\n\nconst x = `\"y\"`\n",
            "package main\nconst a = 1\n",
        ] {
            let all = format!("{source}// Args\n");
            assert_eq!(scan(source.as_bytes()), scan(all.as_bytes()), "{source}");
        }
    }

    #[test]
    fn honours_the_name_of_package_os() {
        for (import, body, count) in [
            ("import system \"os\"", "var a = system.Args[0]", 1),
            ("import system \"os\"", "var a = os.Args[0]", 0),
            ("import . \"os\"", "var a = Args[0]", 1),
            ("import . \"os\"", "var a = x.Args[0]", 0),
            ("import _ \"os\"", "var a = os.Args[0]", 0),
            ("import \"my/os\"", "var a = os.Args[0]", 0),
        ] {
            let source = format!("package main\n{import}\n{body}\n");
            let file = scan(source.as_bytes()).unwrap();
            assert_eq!(file.mentions.len(), count, "{source}");
        }
    }

    #[test]
    fn finds_c() {
        let source = "package main\n\n/*\n#cgo LDFLAGS: -lfoo\n#include <foo.h>\n*/\n\
            // #cgo CFLAGS: -O2\nimport \"C\"\nimport \"os\"\n";
        let file = scan(source.as_bytes()).unwrap();
        let c = file.c_import.unwrap();
        assert_eq!(c.directives, ["#cgo LDFLAGS: -lfoo", "#cgo CFLAGS: -O2"]);
        assert!(source.get(c.offset..).unwrap().starts_with("\"C\""));
        assert_eq!(file.imports.len(), 1);
    }

    #[test]
    fn refuses_what_is_not_built() {
        for (source, expected) in [
            ("package main", Some("main")),
            ("\u{feff}package main\n", Some("main")),
            ("//go:build ignore\n\npackage main\n", None),
            ("// +build ignore\n\npackage main\n", None),
            ("// +build ignore\npackage main\n", Some("main")),
            (
                "/* x */\n//go:build linux && !ignore\npackage main\n",
                Some("main"),
            ),
            ("package main\n//go:build ignore\n", Some("main")),
            ("", None),
            ("func main() {}", None),
            ("package", None),
            ("package /*", None),
            ("package \"main\"", None),
        ] {
            assert_eq!(
                package_of(source.as_bytes()).as_deref(),
                expected,
                "{source}"
            );
            let scanned = scan(source.as_bytes()).map(|file| file.package);
            assert_eq!(scanned.as_deref(), expected, "{source}");
        }
    }

    #[test]
    fn survives_every_truncation() {
        let source =
            "//go:build !x\n\npackage main\nimport (\n a \"os\"\n . `b`\n)\nimport \"C\"\n\
            var x = a.Args[0] + '\\'' + \"\\\"\" + `\n` /* */ // ä\n"
                .as_bytes();
        for end in 0..source.len() {
            let _ = scan(source.get(..end).unwrap());
        }
    }
}
