//! `samconfig.toml` and `samconfig.yaml`: environments, their commands, and the template of each.
//!
//! See <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>
//! and `SamConfig.get_all` in <https://github.com/aws/aws-sam-cli/blob/develop/samcli/lib/config/samconfig.py>.

use super::file::Place;
use super::overrides::sam;
use super::tree::{Value, refuse};
use super::whose::{Evidence, Owner};
use super::{ParameterChange, change, expect_few};
use crate::companion::Refused;

const OVERRIDES: &str = "parameter_overrides";

/// What `sam build` writes and `sam deploy` takes: it stands for the template that was built.
const BUILT: &str = ".aws-sam/build/template.yaml";

/// Whether a file has the shape of a SAM configuration with parameter overrides.
pub(super) fn is_samconfig(root: &Value) -> bool {
    let mut commands = root.entries().iter().flat_map(|(_, env)| env.entries());
    commands.any(|(_, command)| parameters(command).is_some_and(|it| it.get(OVERRIDES).is_some()))
}

/// The places at which environments of our template carry an old value.
///
/// # Errors
/// When a place is shared with another template, when it cannot be told whose it is, or when the
/// value is not spelled out.
pub(super) fn places<'v, 'c>(
    root: &'v Value,
    changes: &[ParameterChange<'c>],
    evidence: Evidence<'_>,
) -> Result<Vec<Place<'v, 'c>>, Refused> {
    let commands = root.entries().iter().map(|(_, it)| it.entries().len());
    expect_few(commands.sum(), "commands")?;
    let (mut ours, mut theirs): (Vec<Place<'v, 'c>>, Vec<Place<'v, 'c>>) = Default::default();
    for (_, environment) in root.entries() {
        for (name, _) in environment.entries() {
            let command = Command { environment, name };
            let Some(overrides) = command.setting(OVERRIDES) else {
                continue;
            };
            let mut given = Given::default();
            read(overrides, changes, &mut given)?;
            given.settle();
            let Some(first) = given.places.first() else {
                continue;
            };
            expect_few(ours.len() + theirs.len(), "places to change")?;
            match command.owner(&given.keys, evidence) {
                Owner::Ours => ours.append(&mut given.places),
                Owner::Theirs => theirs.append(&mut given.places),
                Owner::Unknown(why) => return Err(refuse(why, first.text.content.start)),
            }
        }
    }
    match ours.iter().find(|place| theirs.contains(place)) {
        Some(shared) => Err(refuse(
            "commands for other templates take the same overrides",
            shared.text.content.start,
        )),
        None => Ok(ours),
    }
}

/// One command of an environment; what it does not say itself comes from the command `global`.
#[derive(Clone, Copy)]
struct Command<'v> {
    environment: &'v Value,
    name: &'v str,
}

impl<'v> Command<'v> {
    fn setting(self, key: &str) -> Option<&'v Value> {
        let of = |command: &str| parameters(self.environment.get(command)?)?.get(key);
        of(self.name).or_else(|| of("global"))
    }

    fn string(self, key: &str) -> Option<&'v str> {
        let text = self.setting(key)?.text()?;
        Some(text.value.as_str()).filter(|it| !it.is_empty())
    }

    fn sibling(self, name: &'v str) -> Self {
        Self { name, ..self }
    }

    fn owner(self, keys: &[&str], evidence: Evidence<'_>) -> Owner {
        match self.template() {
            Some(written) => evidence.by_path(written),
            None => evidence.by_default(keys),
        }
    }

    /// The template as the command names it; for one that another command makes, the template
    /// that is made into it.
    fn template(self) -> Option<&'v str> {
        let written = self.string("template_file").or(self.string("template"))?;
        let written = written.strip_prefix("./").unwrap_or(written);
        let packaged = self.sibling("package");
        let maker = if written == BUILT {
            self.sibling("build")
        } else if packaged.string("output_template_file") == Some(written) {
            packaged
        } else {
            return Some(written);
        };
        let source = maker.string("template_file").or(maker.string("template"))?;
        // The package of what was built: one step further is as far as it goes.
        let is_built = source.strip_prefix("./").unwrap_or(source) == BUILT;
        let build = self.sibling("build");
        if is_built && maker.name != build.name {
            return build.string("template_file").or(build.string("template"));
        }
        (!is_built).then_some(source)
    }
}

fn parameters(command: &Value) -> Option<&Value> {
    command.get("parameters")
}

/// What a value of `parameter_overrides` gives.
#[derive(Default)]
pub(super) struct Given<'v, 'c> {
    pub(super) keys: Vec<&'v str>,
    pub(super) places: Vec<Place<'v, 'c>>,
}

impl Given<'_, '_> {
    /// Each key once.
    pub(super) fn settle(&mut self) {
        self.keys.sort_unstable();
        self.keys.dedup();
    }
}

/// Reads a string, a list of strings and maps, or a map, as the SAM CLI does.
pub(super) fn read<'v, 'c>(
    value: &'v Value,
    changes: &[ParameterChange<'c>],
    given: &mut Given<'v, 'c>,
) -> Result<(), Refused> {
    match value {
        Value::Text(text) if text.value.starts_with("file://") => {}
        Value::Text(text) => {
            for it in sam(&text.value) {
                // The name as it is written: one with escapes is no parameter's.
                let key = super::written_key(&text.value, &it.key);
                given.keys.extend(key);
                let place = change(changes, &it.key, &it.says).map(|change| Place {
                    text,
                    part: it.value.clone(),
                    to: change.to,
                });
                if place.is_some() && !it.stands_alone {
                    let why = format!("the value of {} has no clear end", it.key);
                    return Err(refuse(why, text.content.start));
                }
                given.places.extend(place);
            }
        }
        Value::List(items) => {
            for item in items {
                read(item, changes, given)?;
            }
        }
        Value::Table(entries) => {
            for (key, value) in entries.iter().filter(|(key, _)| key != "$include") {
                given.keys.push(key);
                given.places.extend(Place::whole(key, value, changes));
            }
        }
        Value::Other(_) => {}
    }
    expect_few(given.places.len(), "places to change")
}
