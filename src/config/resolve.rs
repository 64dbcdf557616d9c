//! What holds in the end: arguments before the file, in the file the overrides before the rest, and
//! then the defaults.
//!
//! A value takes the place of another. What leaves something out or guards it (`ignore`, `exclude`,
//! `guard-rules`) adds up instead: an argument never brings back what the repository leaves out.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::error::ConfigError;
use super::file::{Config, ConfigFile, Override};
use super::value::RuleName;
use crate::data::{Data, RetiredRuntime};
use crate::migrate::{ArchitectureChoice, Options, RuleSelection};

/// The size above which files are refused, if nobody says otherwise, in bytes.
const MAX_FILE_SIZE: u64 = 8 << 20;

/// What the command line says; what it does not say is `None` or empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arguments {
    pub(crate) from: Option<Vec<RetiredRuntime>>,
    pub(crate) architecture: Option<ArchitectureChoice>,
    pub(crate) safe_only: Option<bool>,
    pub(crate) templates_only: Option<bool>,
    pub(crate) select: Option<Vec<RuleName>>,
    pub(crate) ignore: Vec<RuleName>,
    pub(crate) hidden: Option<bool>,
    pub(crate) respect_ignore: Option<bool>,
    pub(crate) thorough: Option<bool>,
    pub(crate) max_file_size: Option<u64>,
    pub(crate) strict: Option<bool>,
    pub(crate) guard_rules: Vec<PathBuf>,
    pub(crate) runtimes: Option<PathBuf>,
    pub(crate) extension_layers: Option<PathBuf>,
}

/// What is wanted of one template.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct TemplateSettings {
    /// The file that says so.
    pub(crate) configuration: Option<PathBuf>,
    pub(crate) from: Vec<RetiredRuntime>,
    pub(crate) architecture: ArchitectureChoice,
    pub(crate) safe_only: bool,
    pub(crate) templates_only: bool,
    /// Empty: all.
    pub(crate) select: Vec<RuleName>,
    pub(crate) ignore: Vec<RuleName>,
}

impl TemplateSettings {
    /// Settles what holds for the template at a canonical path.
    pub(crate) fn new(arguments: &Arguments, file: Option<&ConfigFile>, template: &Path) -> Self {
        let default = Config::default();
        let config = file.map_or(&default, |file| &file.config);
        let overrides: Vec<&Override> = file.map_or_else(Vec::new, |file| {
            let all = config.overrides.iter().flatten().zip(&file.overrides);
            let matching = all.filter(|(_, paths)| paths.matches(template));
            matching.map(|(it, _)| it).collect()
        });
        let of_paths = || overrides.iter().rev();
        let from = of_paths().find_map(|it| it.from.as_ref());
        let from = from.or(config.from.as_ref()).map(|from| &from.0);
        let own = config.ignore.as_ref().map(|ignore| ignore.get_ref());
        let of_overrides = overrides.iter().filter_map(|it| it.ignore.as_ref());
        let mut ignore = arguments.ignore.clone();
        for rule in own.into_iter().chain(of_overrides).flatten() {
            if !ignore.contains(rule) {
                ignore.push(*rule);
            }
        }
        let select = config.select.as_ref().map(|select| &select.0);
        Self {
            configuration: file.map(|file| file.path.clone()),
            from: arguments
                .from
                .as_ref()
                .or(from)
                .cloned()
                .unwrap_or_else(|| RetiredRuntime::ALL.to_vec()),
            architecture: arguments
                .architecture
                .or_else(|| of_paths().find_map(|it| it.architecture))
                .or(config.architecture)
                .unwrap_or_default(),
            safe_only: arguments.safe_only.or(config.safe_only).unwrap_or(false),
            templates_only: arguments
                .templates_only
                .or(config.templates_only)
                .unwrap_or(false),
            select: arguments
                .select
                .as_ref()
                .or(select)
                .cloned()
                .unwrap_or_default(),
            ignore,
        }
    }

    /// The same for the engine.
    pub(crate) fn options(&self) -> Options {
        let rules = |names: &[RuleName]| names.iter().map(|rule| rule.0).collect();
        Options {
            from: self.from.clone(),
            architecture: self.architecture,
            safe_only: self.safe_only,
            templates_only: self.templates_only,
            rules: RuleSelection {
                select: rules(&self.select),
                ignore: rules(&self.ignore),
            },
            ..Options::default()
        }
    }
}

/// What holds for a run as a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct RunSettings {
    /// The file that says so: the one that holds for the working directory.
    pub(crate) configuration: Option<PathBuf>,
    pub(crate) hidden: bool,
    pub(crate) respect_ignore: bool,
    pub(crate) thorough: bool,
    pub(crate) max_file_size: u64,
    pub(crate) strict: bool,
    pub(crate) guard_rules: Vec<PathBuf>,
    pub(crate) runtimes: Option<PathBuf>,
    pub(crate) extension_layers: Option<PathBuf>,
}

impl RunSettings {
    /// Settles what holds for a run. `file` holds for the working directory.
    pub(crate) fn new(
        arguments: &Arguments,
        file: Option<&ConfigFile>,
    ) -> Result<Self, ConfigError> {
        let default = Config::default();
        let config = file.map_or(&default, |file| &file.config);
        let path = |key, given: &Option<PathBuf>, written: &Option<_>| match (given, file, written)
        {
            (Some(path), ..) => Ok(Some(path.clone())),
            (None, Some(file), Some(written)) => file.path_of(key, written).map(Some),
            _ => Ok(None),
        };
        let mut guard_rules = arguments.guard_rules.clone();
        for written in config.guard_rules.iter().flatten() {
            guard_rules.push(match file {
                Some(file) if written.get_ref() != Path::new("builtin") => {
                    file.path_of("guard-rules", written)?
                }
                _ => written.get_ref().clone(),
            });
        }
        let max_file_size = config.max_file_size.map(|size| size.0);
        Ok(Self {
            configuration: file.map(|file| file.path.clone()),
            hidden: arguments.hidden.or(config.hidden).unwrap_or(false),
            respect_ignore: arguments
                .respect_ignore
                .or(config.respect_ignore)
                .unwrap_or(true),
            thorough: arguments.thorough.or(config.thorough).unwrap_or(false),
            max_file_size: arguments
                .max_file_size
                .or(max_file_size)
                .unwrap_or(MAX_FILE_SIZE),
            strict: arguments.strict.or(config.strict).unwrap_or(false),
            guard_rules,
            runtimes: path("runtimes", &arguments.runtimes, &config.runtimes)?,
            extension_layers: path(
                "extension-layers",
                &arguments.extension_layers,
                &config.extension_layers,
            )?,
        })
    }
}

/// Everything that holds for one template, as `--show-settings` prints it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ResolvedSettings {
    /// The template.
    pub(crate) path: PathBuf,
    /// What is wanted of it.
    pub(crate) template: TemplateSettings,
    /// What holds for the run.
    pub(crate) run: RunSettings,
}

impl Config {
    /// Puts single dates in place of those of the table.
    pub(crate) fn correct(&self, data: &mut Data) {
        for (runtime, dates) in self.lifecycle.iter().flatten() {
            let Some(known) = data.runtimes.runtimes.get_mut(runtime.id()) else {
                continue;
            };
            for (day, place) in [
                (&dates.deprecated, &mut known.deprecated),
                (&dates.create_blocked, &mut known.create_blocked),
                (&dates.update_blocked, &mut known.update_blocked),
            ] {
                if let Some(day) = day {
                    place.clone_from(&day.0);
                }
            }
        }
    }
}
