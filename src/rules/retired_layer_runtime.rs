//! `retired-layer-runtime`

use super::{Check, Rule, Silence, duplicate_key};
use crate::data::RetiredRuntime;
use crate::finding::Severity;
use crate::migrate::{LayerSubject, Notes, Wish};
use crate::syntax::NodeId;

pub(crate) static RULE: Rule = Rule {
    id: "retired-layer-runtime",
    summary: "A layer lists a retired runtime as compatible.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`CompatibleRuntimes` of a layer version decides nothing when a function runs: it is what layers are
filtered by in the console and in `ListLayers`. A retired entry says that the layer is for functions
that can no longer be created, and hides it from those that took their place. Each retired entry
becomes `provided.al2023`; no duplicates result. A layer's BuildMethod is not touched: SAM builds
layers for custom runtimes only with `makefile`.",
    declined: "\
A layer with a duplicate key, and one whose list stands behind an anchor that also supplies
something else. A list that is computed is reported and not edited. Write `CompatibleRuntimes` out
as a list of literals, and run lambdalift again.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-layerversion.html#cfn-lambda-layerversion-compatibleruntimes",
        "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-layers.html",
    ],
    example: example!("retired-layer-runtime/basic", "fixed.yaml"),
    check: Check::Layer(check),
};

fn check(subject: &LayerSubject<'_>, notes: &mut Notes) {
    let document = subject.template.document;
    let Some(list) = subject.layer.compatible_runtimes else {
        return;
    };
    let id = &subject.layer.logical_id;
    if let Some(key) = subject.template.duplicate_key_below(subject.layer.body) {
        if subject.template.names_retired_runtime(list) {
            let name = document.scalar(key).unwrap_or_default();
            let message = format!("the layer {id} is not updated: the key {name} stands twice in it");
            notes
                .decline(&duplicate_key::RULE, key, message)
                .help("remove the one that is not meant, then run lambdalift again");
        }
        return;
    }
    let is_left = |text: &str| {
        RetiredRuntime::from_id(text).is_some_and(|it| subject.context.options.from.contains(&it))
    };
    let items = document.items(document.resolve(list));
    let literal = |item: NodeId| document.string(item).filter(|text| is_left(text));
    if let Some(&first) = items.iter().find(|&&item| literal(item).is_some()) {
        let runtime = literal(first).unwrap_or_default();
        let message = format!("the layer {id} lists {runtime} as compatible, which AWS has retired");
        notes.edit(&RULE, first, message, Wish::RetireEntries(list));
    } else if subject.template.names_retired_runtime(list) {
        let message = format!("the layer {id} lists a retired runtime in a way that is not edited");
        notes
            .note(&RULE, list, message)
            .help("write CompatibleRuntimes as a list of literals");
    }
}
