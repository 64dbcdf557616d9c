//! `architecture-list`

use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::{Architecture, Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "architecture-list",
    summary: "Architectures is written in a way that lambdalift reports and does not mend.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
Lambda takes exactly one architecture. A list of two, a plain string, a computed list or entry, and
a list on both levels (on the function and in `Globals.Function`) are reported and not mended,
because they do not say which architecture is meant. SAM CLI refuses a list of two and a plain
string (\"should be a list of length 1\"); SAM translators before 1.113.0 join the lists of both
levels to one of two.

A list that others share is reported, too, if it cannot move for all of them.",
    declined: "\
Never for this: the function is migrated, with its list as it is, and stays on the architecture it
has. Say which one is meant: one list of one entry, on the function alone, e.g.
`Architectures: [arm64]`.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html#cfn-lambda-function-architectures",
        "https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html",
        "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html",
    ],
    example: example!("architecture-list/basic", "fixed.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Architecture::Form(form) = subject.architecture else {
        return;
    };
    let name = &subject.function.logical_id;
    let message = format!("{name} stays on its architecture: {}", form.message);
    notes
        .note(&RULE, form.node, message)
        .help("state one architecture, on the function alone, as a list of one entry");
}
