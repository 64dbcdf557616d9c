//! `mixed-runtimes`

use super::{Check, Rule, Silence};
use crate::finding::{Related, Severity};
use crate::migrate::{Notes, Subject, Track};

pub(crate) static RULE: Rule = Rule {
    id: "mixed-runtimes",
    summary: "Only some of the runtimes that a function can have are retired.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
The runtime comes from `Fn::If` or a mapping, and one of its values is retired while another one is
of another language, or `AWS::NoValue`. Handler, BuildMethod and Architectures would reach that one,
too.",
    declined: "\
Always: nothing of the function is edited. Make two functions of it, each with a `Condition`, one
for each language, and run lambdalift again. Where every value is retired, or on `provided.al2023`
already, the function is migrated.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
    ],
    example: example!("mixed-runtimes/basic"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let &Track::Mixed { other, retired } = subject.track else {
        return;
    };
    let document = subject.template.document;
    let text = |node| document.scalar(node).unwrap_or_default();
    let name = &subject.function.logical_id;
    let message = format!(
        "{name} runs on {} or on {}, depending on the deployment",
        text(retired),
        text(other)
    );
    notes
        .decline(&RULE, retired, message)
        .help("make two functions of it, one for each language, then run lambdalift again")
        .related([Related::Here {
            message: "the other runtime".to_owned(),
            range: document.node(other).range.clone(),
        }]);
}
