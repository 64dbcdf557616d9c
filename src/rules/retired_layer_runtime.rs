//! `retired-layer-runtime`

use crate::data::RetiredRuntime;
use crate::migrate::{LayerSubject, Notes, Wish};

use super::{Check, Rule};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "retired-layer-runtime",
    summary: "A layer lists a retired runtime as compatible.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`CompatibleRuntimes` of a layer version is for information and for filters in the console, but a retired
entry keeps AWS from creating new versions. Each retired entry becomes `provided.al2023`; no duplicates
result. A layer's BuildMethod is not touched: layers can only be built with `makefile`.",
    example: example!("retired-layer-runtime/basic/template.yaml", "retired-layer-runtime/basic/fixed.yaml"),
    check: Check::Layer(check),
};

fn check(subject: &LayerSubject<'_>, notes: &mut Notes) {
    let document = subject.template.document;
    let Some(list) = subject.layer.compatible_runtimes else {
        return;
    };
    let items = document.items(document.resolve(list));
    let retired = items.iter().find(|&&item| {
        let text = document.string(item).unwrap_or_default();
        RetiredRuntime::from_id(text).is_some_and(|it| subject.context.options.from.contains(&it))
    });
    let Some(&first) = retired else { return };
    let message = format!(
        "the layer {} lists {} as compatible, which AWS has retired",
        subject.layer.logical_id,
        document.string(first).unwrap_or_default()
    );
    notes.edit(&RULE, first, message, Wish::RetireEntries(list));
}
