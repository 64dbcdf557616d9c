//! `broad-code-uri`

use super::{Check, Rule, Silence};
use crate::edit::Tree;
use crate::finding::Severity;
use crate::migrate::{Build, Notes, Subject, Wish};

pub(crate) static RULE: Rule = Rule {
    id: "broad-code-uri",
    summary: "CodeUri holds several programs, of which the Handler chose one.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
On `go1.x`, `sam build` built the directory `CodeUri`, and if that was no program,
`<CodeUri>/<Handler>`. With the Handler `bootstrap` it can no longer tell programs apart: it looks
for `<CodeUri>/bootstrap` and fails. If only the runtime is changed and the Handlers are kept, two
functions that share a `CodeUri` both get the first program, and the build reports success. So
`CodeUri` is narrowed to the directory of the function's own program, where the files at hand show
which one that is: `<CodeUri>/<Handler>`, else `<CodeUri>/cmd/<Handler>`.

Where a build file makes several programs into one directory and moves in the same run, each gets a
directory of its own, and `CodeUri` or `Code` follows.",
    declined: "\
This rule declines nothing. Where no program of the Handler's name is found, `missing-program`
declines the function; where the programs are built beforehand, `shared-bootstrap` does. If
`CodeUri` comes from a parameter or an anchor that others read, too, `shared-value` says so: give
the function a `CodeUri` of its own.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html",
        "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html#sam-function-codeuri",
    ],
    example: example!("broad-code-uri/basic", "fixed.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let (to, lies) = match subject.placed().map(|placement| &placement.build) {
        Some(Build::Narrowed { to, .. }) => (to, "lies"),
        Some(Build::Split { to, .. }) => (to, "is made"),
        _ => return,
    };
    let Some(property) = subject.function.code.property() else {
        let name = &subject.function.logical_id;
        let message = format!("the program of {name}, which has no CodeUri, {lies} in {to}");
        let wish = Wish::Add {
            key: "CodeUri",
            value: Tree::scalar(to.clone()),
        };
        notes.edit(&RULE, subject.function.key, message, wish);
        return;
    };
    let name = &subject.function.logical_id;
    let message = format!("the program of {name} {lies} below its {}, in {to}", property.name);
    let wish = Wish::Set {
        property: property.name,
        leaves: property.resolution.leaves.iter().map(|leaf| leaf.node).collect(),
        value: to.clone(),
    };
    notes.edit(&RULE, property.entry.value, message, wish);
}
