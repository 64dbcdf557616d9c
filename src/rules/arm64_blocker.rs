//! `arm64-blocker`

use super::{Check, Rule};
use crate::finding::Severity;
use crate::migrate::{Architecture, Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "arm64-blocker",
    summary: "Something keeps a function on x86_64.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
The function is migrated and stays on x86_64, because its code or its layers are for x86_64 or may be:
a layer whose ARN is x86-only or of unknown architecture, a layer of the template that does not list
arm64, a layer behind a parameter or a condition, C code in the Go program, a build file that says
`GOARCH=amd64` or `CGO_ENABLED=1`, a make target that does not build for arm64 for certain, or a
CloudFormation registry project. An x86_64 binary on an arm64 function ends with `exec format error`.

Known public extension layers that have an arm64 twin are named.",
    example: example!("arm64-blocker/basic/template.yaml", "arm64-blocker/basic/fixed.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Architecture::Blocked(blockers) = subject.architecture else {
        return;
    };
    let Some((first, others)) = blockers.split_first() else {
        return;
    };
    let name = &subject.function.logical_id;
    let mut message = format!("{name} stays on x86_64: {}", first.message);
    for other in others {
        message.push_str("; ");
        message.push_str(&other.message);
    }
    notes
        .note(&RULE, first.node.unwrap_or(subject.function.key), message)
        .help(first.help.clone())
        .related(blockers.iter().flat_map(|blocker| blocker.related.clone()));
}
