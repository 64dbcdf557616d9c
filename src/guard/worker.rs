//! The child process: the only place that calls the Guard library.

use std::io::{BufRead, Cursor, Write};
use std::sync::mpsc::{self, Receiver};

use cfn_guard::commands::Executable;
use cfn_guard::commands::validate::{OutputFormatType, ShowSummaryType};
use cfn_guard::utils::reader::{ReadBuffer, Reader};
use cfn_guard::utils::writer::{WriteBuffer, Writer};
use cfn_guard::{CommandBuilder, ValidateBuilder};
use serde_json::{Value, json};

use super::protocol::{Answer, Checked, Question, Rules, Violation};

/// Guard's exit status for rules that it cannot read.
const PARSE_ERROR: i32 = 5;
/// Guard recurses over rules and templates; a thread of its own has a stack of known size.
const STACK: usize = 64 << 20;
/// A template that no rule is about: it shows whether rules can be read and evaluated at all.
const EMPTY: &str = r#"{"Resources":{}}"#;

/// Answers questions until there are no more.
///
/// # Errors
/// When the other side cannot be read from or written to, or does not keep to the protocol.
pub(crate) fn work(
    input: impl BufRead + Send + 'static,
    output: impl Write + Send,
) -> std::io::Result<()> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        match thread.spawn_scoped(scope, || answer(input, output))?.join() {
            Ok(result) => result,
            // The message has been printed; the parent reads it.
            Err(_) => Err(std::io::Error::other("the Guard library has panicked")),
        }
    })
}

fn answer(input: impl BufRead + Send + 'static, mut output: impl Write) -> std::io::Result<()> {
    let mut lines = lines_of(input).into_iter();
    let Some(first) = lines.next() else {
        return Ok(());
    };
    let rules: Rules = serde_json::from_str(&first?)?;
    for text in &rules {
        tell(&mut output, &serde_json::to_string(&check(text))?)?;
    }
    for line in lines {
        let question: Question = serde_json::from_str(&line?)?;
        for text in &rules {
            let answer: Answer = evaluate(text, &question.templates).map(violations);
            tell(&mut output, &serde_json::to_string(&answer)?)?;
        }
    }
    Ok(())
}

/// The lines of a stream, read by a thread that ends the process with the stream: whoever asked may
/// be gone in the middle of a long evaluation.
fn lines_of(input: impl BufRead + Send + 'static) -> Receiver<std::io::Result<String>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in input.lines() {
            if sender.send(line).is_err() {
                return;
            }
        }
        std::process::exit(0);
    });
    receiver
}

fn tell(output: &mut impl Write, line: &str) -> std::io::Result<()> {
    output.write_all(line.as_bytes())?;
    output.write_all(b"\n")?;
    output.flush()
}

fn check(rules: &str) -> Checked {
    match evaluate(rules, &[EMPTY.to_owned()]) {
        Err(message) => Some(message),
        Ok(reports) => {
            let lists = ["not_compliant", "not_applicable", "compliant"];
            let of_report = |report: &Value| {
                let lists = lists.map(|list| report.get(list).and_then(Value::as_array));
                lists.iter().flatten().any(|list| !list.is_empty())
            };
            let holds_rules = reports.iter().any(of_report);
            (!holds_rules).then(|| "it holds no rule".to_owned())
        }
    }
}

/// Guard's own report on each template.
fn evaluate(rules: &str, templates: &[String]) -> Result<Vec<Value>, String> {
    let command = ValidateBuilder::default()
        .payload(true)
        .structured(true)
        .output_format(OutputFormatType::JSON)
        .show_summary(vec![ShowSummaryType::None])
        .try_build()
        .map_err(|error| error.to_string())?;
    let payload = json!({"rules": [rules], "data": templates}).to_string();
    let mut reader = Reader::new(ReadBuffer::Cursor(Cursor::new(payload.into_bytes())));
    let buffer = || WriteBuffer::Vec(Vec::new());
    let mut writer = Writer::new_with_err(buffer(), buffer()).map_err(|error| error.to_string())?;
    let status = command
        .execute(&mut writer, &mut reader)
        .map_err(|error| shortened(&error.to_string()))?;
    if status == PARSE_ERROR {
        let said = writer
            .err_to_stripped()
            .map_err(|error| error.to_string())?;
        return Err(parse_error(&said));
    }
    let report = writer.into_string().map_err(|error| error.to_string())?;
    serde_json::from_str(&report).map_err(|error| format!("Guard's report cannot be read: {error}"))
}

/// A message of one line, without the text that it quotes at length.
fn shortened(message: &str) -> String {
    let (message, _) = message
        .split_once(", data beginning with")
        .unwrap_or((message, ""));
    let words: Vec<&str> = message.split_whitespace().take(60).collect();
    words.join(" ")
}

/// Guard's message without its name for the file and its rule-off.
fn parse_error(said: &str) -> String {
    let message = said
        .split_once("Error = ")
        .map_or(said, |(_, message)| message);
    let message = message.trim().trim_end_matches("---").trim();
    message.split_whitespace().collect::<Vec<&str>>().join(" ")
}

fn violations(reports: Vec<Value>) -> Vec<Vec<Violation>> {
    let of_report = |report: &Value| {
        let mut found = Vec::new();
        for rule in list(report, "not_compliant") {
            if let Some(rule) = rule.get("Rule") {
                // Blocks outside of rules are one rule, which Guard names after the file.
                let name = text(rule.get("name")).replace("RULES_STDIN[1]/default", "default");
                let before = found.len();
                collect(rule, &name, &mut found);
                if found.len() == before {
                    found.push(violation(&name, rule, None));
                }
            }
        }
        found
    };
    reports.iter().map(of_report).collect()
}

/// The clauses below a rule, an alternative or a block.
fn collect(parent: &Value, rule: &str, into: &mut Vec<Violation>) {
    for check in list(parent, "checks") {
        let Some((kind, body)) = check.as_object().and_then(|map| map.iter().next()) else {
            continue;
        };
        match kind.as_str() {
            "Clause" => {
                let clause = body.as_object().and_then(|map| map.values().next());
                into.extend(clause.map(|clause| violation(rule, clause, clause.get("check"))));
            }
            "Block" => into.push(violation(rule, body, body.get("unresolved"))),
            "Disjunctions" => {
                let mut alternatives = Vec::new();
                collect(body, rule, &mut alternatives);
                into.extend(one_a_resource(alternatives));
            }
            _ => collect(body, rule, into),
        }
    }
}

/// Where the value that was compared stands, or the last one on the way to a missing one.
fn path(check: Option<&Value>) -> Option<String> {
    let places = [
        "/Resolved/from/path",
        "/Resolved/value/path",
        "/InResolved/from/path",
        "/UnResolved/value/traversed_to/path",
        "/traversed_to/path",
    ];
    let check = check?;
    let mut found = places.iter().filter_map(|place| check.pointer(place));
    Some(found.next()?.as_str()?.to_owned())
}

fn violation(rule: &str, of: &Value, check: Option<&Value>) -> Violation {
    let messages = of.get("messages");
    let said = |name: &str| text(messages.and_then(|messages| messages.get(name)));
    let own = one_line(&said("custom_message"));
    Violation {
        rule: rule.to_owned(),
        clause: text(of.get("context")).trim().to_owned(),
        paths: path(check).into_iter().collect(),
        is_own_message: !own.is_empty(),
        message: if own.is_empty() {
            without_places(&said("error_message"))
        } else {
            own
        },
    }
}

/// Where no alternative holds, there is one thing to say of a resource, best in the rule's own words.
fn one_a_resource(alternatives: Vec<Violation>) -> Vec<Violation> {
    let mut chosen: Vec<Violation> = Vec::new();
    for mut violation in alternatives {
        let Some(other) = chosen.iter_mut().find(|it| it.place() == violation.place()) else {
            chosen.push(violation);
            continue;
        };
        other.paths.append(&mut violation.paths);
        other.clause = format!("{} or {}", other.clause, violation.clause);
        if violation.is_own_message && !other.is_own_message {
            other.message = violation.message;
            other.is_own_message = true;
        }
    }
    chosen
}

/// Guard's places are those of the JSON that it was given: `Path=/Resources/A[L:0,C:12]`.
fn without_places(message: &str) -> String {
    let mut out = String::new();
    let mut rest = message;
    while let Some((before, after)) = rest.split_once("[L:") {
        out.push_str(before);
        rest = after.split_once(']').map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    one_line(&out)
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .join(" ")
        .trim_matches(';')
        .trim_end_matches('.')
        .to_owned()
}

fn list<'v>(of: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    of.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}
