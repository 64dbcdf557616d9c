//! `malformed-function`

use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject, Track};
use crate::syntax::{Entry, Kind};

pub(crate) static RULE: Rule = Rule {
    id: "malformed-function",
    summary: "A function is written in a way that cannot be edited with certainty.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
The function is written in a way that leaves no certain place for an edit: Runtime is a list, the
Handler is computed or absent under a condition, `CodeUri` is a list, Metadata is computed,
Properties is an alias, no mapping, or put together by `Fn::ForEach`. Some of this is what
CloudFormation refuses, too.",
    declined: "\
Always: nothing of the function is edited. Write the part that the finding names out as a plain
value, and run lambdalift again.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html",
        "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html",
    ],
    example: example!("malformed-function/basic", "fixed.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let function = subject.function;
    let name = &function.logical_id;
    if let &Track::Malformed(node) = subject.track {
        let message = format!("the Runtime of {name} is no string");
        notes.decline(&RULE, node, message).help("write one runtime, as a string");
        return;
    }
    let document = subject.template.document;
    if let (Track::Leaving(_), Some(code)) = (subject.track, function.code.property()) {
        let value = document.resolve(code.entry.value);
        if document.is_sequence(value) && document.tag(value).is_none() {
            let message = format!("the {} of {name} is a list", code.name);
            notes.decline(&RULE, code.entry.value, message).help("write one place, as a string or a map");
            return;
        }
    }
    let Some(properties) = &function.properties else {
        return;
    };
    let written = document.node(properties.value);
    let problem = match &written.kind {
        Kind::Alias { .. } => "an alias",
        Kind::Mapping { entries, .. } => {
            let loops = |entry: &Entry| {
                document.string(entry.key).is_some_and(|key| key.starts_with("Fn::ForEach::"))
            };
            if !entries.iter().any(loops) {
                return;
            }
            "put together by Fn::ForEach"
        }
        _ => "no mapping",
    };
    let retired = matches!(subject.track, Track::Leaving(_)) || subject.template.names_retired_runtime(properties.value);
    if retired {
        let message = format!("the Properties of {name} are {problem}");
        notes
            .decline(&RULE, properties.value, message)
            .help("write the properties out as a mapping, then run lambdalift again");
    }
}
