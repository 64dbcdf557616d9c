//! `registry-project`

use std::path::Path;

use super::{Check, Rule, Silence};
use crate::companion::registry::Key;
use crate::data::TARGET;
use crate::finding::Severity;
use crate::migrate::{Course, Notes, Subject, Track};

pub(crate) static RULE: Rule = Rule {
    id: "registry-project",
    summary: "A CloudFormation registry type moves together with its project file.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`.rpdk-config` beside the template makes it a CloudFormation registry type: CloudFormation runs the
package that `cfn submit` uploads under the `runtime` and `entrypoint` of that file, and
`TypeFunction` and `TestEntrypoint` of the template are what tests run. So the functions, the build
that makes `bin/handler` and `.rpdk-config` move together, or all of them stay.

`cfn submit` packs the files of `bin/` into one package, which has one `bootstrap`: where the two
entry points are two programs, nothing is moved. `cloudformation-cli-go-plugin` knows
`bin/bootstrap` from 2.2.0 on; older releases insist on `bin/handler`, and their `cfn generate`
writes the old name back into `makebuild`.",
    declined: "\
All functions of the project, where the two entry points are two programs, where its build cannot be
edited with certainty, or where `.rpdk-config` cannot be read. The finding names the place and the
steps: let the build write `bin/bootstrap`, name `bootstrap` and `provided.al2023` in both files,
and use `cloudformation-cli-go-plugin` 2.2.0 or newer.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/runtime-update.html",
        "https://pypi.org/project/cloudformation-cli-go-plugin/",
    ],
    example: example!("registry-project/basic" in "template.yml", "fixed.yml"; ".rpdk-config" => ".rpdk-config.fixed", "makebuild" => "makebuild.fixed"),
    check: Check::Function(check),
};

const UPGRADE: &str = "run `pip install --upgrade cloudformation-cli-go-plugin`, remove bin/, then run \
                       `cfn generate`, `make build` and `cfn submit --dry-run`";

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Some(registry) = subject.registry.filter(|it| it.has(subject.function)) else {
        return;
    };
    let key = subject.function.key;
    let name = &subject.function.logical_id;
    let config = registry.config.display();
    let speaks = registry.is_led_by(subject.function);
    if let Some(obstacle) = registry.holds(subject.function) {
        let message = format!("{name} is not migrated: {}", obstacle.why);
        let places = obstacle.at.map(|at| registry.at(at, "here"));
        if matches!(subject.track, Track::Leaving(_)) {
            notes
                .decline(&RULE, key, message)
                .help(&*obstacle.help)
                .related(places)
                .related(subject.refusals.iter().cloned());
        }
        return;
    }
    if !matches!(subject.track, Track::Leaving(_) | Track::Current) {
        return;
    }
    match &registry.course {
        Course::Moves(edits) => {
            if let (Some(edit), Track::Leaving(_)) = (edits.first(), subject.track) {
                let message = format!("{config} moves together with {name}");
                let place = registry.at(edit.range.start, "edited, too");
                notes.build_file(&RULE, key, message).related([place]);
            }
        }
        Course::ByHand(values) if speaks && !values.is_empty() => {
            let message = format!("{config} does not name what {name} becomes");
            notes.follow_up(&RULE, key, message).help(steps(&registry.config, values));
        }
        Course::Behind(values) if speaks => {
            let message = format!("{config} still names a retired runtime, but {name} has {TARGET}");
            notes.note(&RULE, key, message).help(steps(&registry.config, values));
        }
        Course::ByHand(_) | Course::Behind(_) | Course::Stays(_) => {}
    }
    if speaks && registry.renames && !matches!(registry.course, Course::Stays(_)) {
        let message = "cloudformation-cli-go-plugin before 2.2.0 builds and expects bin/handler, and would pack a stale bin/bootstrap with it";
        notes.follow_up(&RULE, key, message).help(UPGRADE);
    }
}

fn steps(config: &Path, values: &[(Key, &str)]) -> String {
    let values: Vec<String> = values.iter().map(|(key, to)| format!("{} to {to}", key.name())).collect();
    format!("in {} set {}", config.display(), values.join(", "))
}
