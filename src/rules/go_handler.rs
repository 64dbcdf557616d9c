//! `go-handler`

use super::malformed_function;
use super::{Check, Rule, Silence};
use crate::data::BOOTSTRAP;
use crate::edit::Tree;
use crate::finding::Severity;
use crate::migrate::{Notes, Subject, Wish};
use crate::template::{Leaf, NoText, Origin};

pub(crate) static RULE: Rule = Rule {
    id: "go-handler",
    summary: "The Handler of a Go function still names a binary.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
On `go1.x` the Handler named the binary in the package. On `provided.al2023` the runtime starts the
file `bootstrap`, whatever the Handler says. The Handler becomes `bootstrap`, too: that states what
happens, it is what AWS's own migration guide writes, and `sam build` gives the binary that name.

A function without any Handler gets one, because functions in a zip package need it. Functions that
leave `provided` and `provided.al2` keep theirs: bootstraps of .NET, Swift, PHP and others read it.",
    declined: "\
A Handler that is computed, or absent under a condition (`AWS::NoValue`), declines the function as
`malformed-function`; one that others share and need as it is, as `shared-value`; a Handler that
chose one of several programs, as `shared-bootstrap` or `missing-program`. Write
`Handler: bootstrap` by hand, and run lambdalift again.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html",
        "https://aws.amazon.com/blogs/compute/migrating-aws-lambda-functions-from-the-go1-x-runtime-to-the-custom-runtime-on-amazon-linux-2/",
    ],
    example: example!("go-handler/basic", "fixed.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    if !subject.track.is_leaving_go() {
        return;
    }
    let name = &subject.function.logical_id;
    let Some(handler) = &subject.function.handler else {
        let wish = Wish::Add {
            key: "Handler",
            value: Tree::scalar(BOOTSTRAP),
        };
        let message = format!("{name} has no Handler, which a function in a zip package needs");
        notes.edit(&RULE, subject.function.key, message, wish);
        return;
    };
    let unknown = handler.resolution.unresolved.as_ref();
    // A text that varies with a loop is replaced whole, if the code varies, too: see `loop-handler`.
    let is_text = |node| handler.resolution.leaves.iter().any(|leaf| leaf.node == node);
    if let Some(unresolved) = unknown.filter(|it| it.kind != NoText::Varies || !is_text(it.node)) {
        let message = format!("the Handler of {name} {}", unresolved.reason);
        notes
            .decline(&malformed_function::RULE, unresolved.node, message)
            .help("write Handler: bootstrap by hand, then run lambdalift again");
        return;
    }
    let absent = |leaf: &&Leaf| leaf.origin == Origin::NoValue;
    if let Some(leaf) = handler.resolution.leaves.iter().find(absent) {
        let message = format!("the Handler of {name} is absent under a condition (AWS::NoValue)");
        notes
            .decline(&malformed_function::RULE, leaf.node, message)
            .help("write Handler: bootstrap by hand, then run lambdalift again");
        return;
    }
    let old: Vec<_> = handler
        .resolution
        .leaves
        .iter()
        .filter(|leaf| leaf.text != BOOTSTRAP)
        .collect();
    let Some(first) = old.first() else { return };
    let wish = Wish::Set {
        property: "Handler",
        leaves: old.iter().map(|leaf| leaf.node).collect(),
        value: BOOTSTRAP.to_owned(),
    };
    let message = format!("the Handler of {name} names the binary {}", first.text);
    notes.edit(&RULE, first.node, message, wish);
}
