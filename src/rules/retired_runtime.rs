//! `retired-runtime`

use super::{Check, Rule, Silence};
use crate::data::{RetiredRuntime, TARGET};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject, Track, Wish};
use crate::template::Leaf;

pub(crate) static RULE: Rule = Rule {
    id: "retired-runtime",
    summary: "A function runs on a runtime that AWS has retired.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
AWS has retired `go1.x`, `provided` and `provided.al2`: functions on them get no security patches,
and after the dates that the finding names they can be neither created nor updated. The runtime
becomes `provided.al2023`.

The edit lands where the value comes from: the property itself, `Globals.Function`, a YAML anchor,
the `Default` and `AllowedValues` of a parameter, the leaves of a mapping, the branches of `Fn::If`.
A place that others read, too, is edited only if all of them want the change; else the function gets
a property of its own, or is declined.

The dates are data with an as-of date (`schemas/runtimes.json`, `--runtimes`); they change nothing
that is edited. After the update block a function that has left a retired runtime cannot be rolled
back to it, so test it while you can.",
    declined: "\
Where the change would reach something else (`shared-value`), where only some of the values are
retired (`mixed-runtimes`), where the value is put together at deployment (`computed-runtime`), and
for whatever else declines the function: it moves whole or not at all.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-golang.html",
    ],
    example: example!("retired-runtime/basic", "fixed.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Track::Leaving(leaving) = subject.track else {
        return;
    };
    let wanted = |leaf: &&Leaf| {
        RetiredRuntime::from_id(&leaf.text)
            .is_some_and(|runtime| subject.context.options.from.contains(&runtime))
    };
    let leaves: Vec<&Leaf> = leaving.leaves.iter().filter(wanted).collect();
    let Some(first) = leaves.first() else {
        return;
    };
    let id = leaving.from.id();
    let lifecycle = subject.context.data.runtimes.runtimes.get(id);
    let dates = lifecycle.map_or(String::new(), |dates| {
        format!(
            " (deprecated {}, no updates from {})",
            dates.deprecated, dates.update_blocked
        )
    });
    let wish = Wish::Set {
        property: "Runtime",
        leaves: leaves.iter().map(|leaf| leaf.node).collect(),
        value: TARGET.to_owned(),
    };
    let name = &subject.function.logical_id;
    let message = format!("{name} runs on {id}, which AWS has retired{dates}");
    notes.edit(&RULE, first.node, message, wish);
}
