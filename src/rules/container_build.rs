//! `container-build`

use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::{Build, Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "container-build",
    summary: "go.mod lies above a narrowed CodeUri.",
    severity: Severity::Info,
    since: "0.1.0",
    explanation: "\
`sam build` on the machine itself finds `go.mod` in a parent directory. `sam build --use-container`
mounts `CodeUri` alone, so there `go.mod` has to lie inside. The finding says that `CodeUri` was
narrowed to a directory below `go.mod`.",
    declined: "\
Never: this is for information, and shown with `--verbose`. If you build with plain `sam build`,
there is nothing to do. For `--use-container` put a `go.mod` into the program's directory, or build
without a container.",
    silence: Silence::InTemplate,
    links: &["https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/using-sam-cli-build.html"],
    example: example!("container-build/basic", "fixed.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Some(placement) = subject.placed() else {
        return;
    };
    let Build::Narrowed { to, module_above: Some(go_mod) } = &placement.build else {
        return;
    };
    let property = subject.function.code.property();
    let message = format!(
        "{} is outside the new {} {to}, so sam build --use-container will not see it",
        go_mod.display(),
        property.map_or("CodeUri", |property| property.name)
    );
    notes
        .note(&RULE, property.map_or(subject.function.key, |it| it.entry.value), message)
        .help("nothing for plain sam build; for --use-container put a go.mod into that directory");
}
