//! `x86-architecture`

use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::{Architecture, Notes, Subject, Wish};

pub(crate) static RULE: Rule = Rule {
    id: "x86-architecture",
    summary: "A function can move to arm64.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`go1.x` only ever ran on x86_64, so a function that leaves it has never chosen: by default it goes
to arm64, which costs less for the same time. It stays on x86_64 when something speaks against arm64
(see `arm64-blocker`), and Architectures is then left as it is.

`--architecture x86_64` states x86_64, `keep` never touches Architectures, and `arm64` also moves
functions that leave `provided` and `provided.al2`, where nothing speaks against it.

The list goes to the function, or to Globals when the runtime comes from there, every function of
the template ends on that architecture and none has a list of its own: SAM translators before
1.113.0 join the lists of both levels.",
    declined: "\
This rule declines nothing: what speaks against arm64 keeps the function on x86_64, and it is
migrated all the same. A prebuilt package has to be built anew in any case; the finding of
`rebuild-artifact` says for which architecture.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html",
        "https://aws.amazon.com/lambda/pricing/",
    ],
    example: example!("x86-architecture/basic", "fixed.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let &Architecture::State { goal, present } = subject.architecture else {
        return;
    };
    let place = present.unwrap_or(subject.function.key);
    let name = &subject.function.logical_id;
    let message = match present {
        Some(_) => format!("{name} is on another architecture than {goal}"),
        None => format!("{name} does not state its architecture, {goal}"),
    };
    notes.edit(&RULE, place, message, Wish::Architecture { goal, present });
}
