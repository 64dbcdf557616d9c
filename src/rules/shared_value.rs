//! `shared-value`

use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject, Track};

pub(crate) static RULE: Rule = Rule {
    id: "shared-value",
    summary: "A value cannot be changed without changing something else.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
The runtime (or Handler, CodeUri, Metadata) comes from a parameter, a mapping, an anchor or Globals
that has another use, which wants the old value: another resource, a comparison in `Conditions`, a
function that is declined. Or from a parameter without a Default, or one whose Default only names a
value in the Parameter Store. To change it would change the other use, too.",
    declined: "\
Always: nothing of the function is edited; the other use is shown. Give the function a value of its
own, or migrate the other use, and run lambdalift again. A literal that is merely inherited (from
Globals, an anchor) needs no such step: the function gets a property of its own.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html",
        "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html",
    ],
    example: example!("shared-value/basic"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Track::NoDefault { node, parameter } = subject.track else {
        return;
    };
    let name = &subject.function.logical_id;
    let message = format!(
        "{name} takes its Runtime from the parameter {parameter}, which has no Default to change"
    );
    notes
        .decline(&RULE, *node, message)
        .help("give the parameter a Default, or deploy the stack with the new value and migrate the function by hand");
}
