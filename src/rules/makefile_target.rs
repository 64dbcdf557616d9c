//! `makefile-target`

use super::{Check, Rule, Silence};
use crate::finding::{Related, Severity};
use crate::migrate::{Build, BuildCommand, Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "makefile-target",
    summary: "A make target does not certainly write bootstrap.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
With `BuildMethod: makefile`, `sam build` runs `make build-<LogicalId>`, and the target decides what
the file is called. On `provided.al2023` it has to write `$(ARTIFACTS_DIR)/bootstrap`. If it writes
another name, the build reports success, and the function fails with `Runtime.InvalidEntrypoint`.

Where the target is understood for certain it moves together with the function (see `build-file`),
unless `--templates-only` was given.",
    declined: "\
Never for this: the function is migrated with a step left to do. Edit the target as the finding
says, with the package that it builds now.",
    silence: Silence::InTemplate,
    links: &["https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html"],
    example: example!("makefile-target/basic", "fixed.yaml"; "Makefile"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Some(placement) = subject.placed() else { return };
    let Build::Makefile(target) = &placement.build else {
        return;
    };
    if subject.grant.is_some() {
        return;
    }
    let id = &subject.function.logical_id;
    let message = match target {
        Some(target) if target.writes_bootstrap => return,
        Some(_) => format!("the make target build-{id} does not certainly write $(ARTIFACTS_DIR)/bootstrap"),
        None => format!("the make target build-{id} was not found; it has to write $(ARTIFACTS_DIR)/bootstrap"),
    };
    let related = target.iter().map(|target| Related::target(target, id));
    let place = subject.function.code.property();
    let place = place.map_or(subject.function.key, |code| code.entry.value);
    let command = BuildCommand::of_target(subject, placement, target.as_ref());
    notes
        .follow_up(&RULE, place, message)
        .help(format!("let build-{id} run {command}"))
        .related(related)
        .related(subject.refusals.iter().cloned());
}
