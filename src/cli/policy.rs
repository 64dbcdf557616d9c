//! `--guard-rules`: rules are checked before anything is examined, files before anything is written.

use std::sync::atomic::AtomicBool;

use super::args::MigrateArgs;
use super::progress::Progress;
use super::scope::Examined;
use super::settings::Settings;

#[cfg(feature = "guard")]
mod with_guard {
    use std::collections::HashSet;
    use std::path::{Path, PathBuf};
    use std::sync::atomic::Ordering;

    use super::{AtomicBool, Examined, MigrateArgs, Progress, Settings};
    use crate::cli::Exit;
    use crate::cli::scope::examine;
    use crate::guard::{Gate, GuardError, RuleSet};
    use crate::migrate::{Outcome, Status};
    use crate::parallel::Threads;
    use crate::report::path_text;

    /// The rules that the user named.
    pub(in crate::cli) struct Policy(RuleSet);

    impl Policy {
        /// Reads the rules; `None` if there are none.
        pub(in crate::cli) fn load(
            args: &MigrateArgs,
            settings: &Settings,
        ) -> anyhow::Result<Option<Self>> {
            let names = &settings.run.guard_rules;
            if names.is_empty() {
                if args.guard_report {
                    anyhow::bail!(
                        "--guard-report has nothing to report: give rules with --guard-rules, or with \
                         guard-rules in a configuration file"
                    );
                }
                return Ok(None);
            }
            let rules = RuleSet::load(names)?;
            let given = |path: &Path| args.guard_rules.iter().any(|it| path.starts_with(it));
            let mut paths = rules.files.iter().filter_map(|file| file.path.as_deref());
            if let Some(file) = &settings.file
                && let Some(path) = paths.find(|path| !given(path) && !file.may_read(path))
            {
                anyhow::bail!(
                    "{}: guard-rules: {} leads out of the repository; name it with --guard-rules",
                    path_text(&file.path),
                    path_text(path)
                );
            }
            Ok(Some(Self(rules)))
        }

        /// Checks the rules, examines the files and lets the rules judge them.
        pub(in crate::cli) fn apply(
            &self,
            args: &MigrateArgs,
            settings: &mut Settings,
            progress: Progress,
            cancelled: &'static AtomicBool,
        ) -> anyhow::Result<Examined> {
            let limits = settings.options.limits;
            let gate = Gate::open(&self.0, args.guard_report, limits, cancelled)?;
            let mut examined = judged(args, settings, gate.as_ref(), progress, cancelled)?;
            // Whoever shares a package with a file that stays has to stay, too.
            let mut blocked = take_blocked(&mut examined.outcomes, &HashSet::new());
            while !blocked.is_empty() && !settings.stdin {
                let known = settings.options.kept.len();
                let paths = blocked.iter().map(|it| it.source.path().to_owned());
                settings.options.kept.extend(paths);
                if settings.options.kept.len() == known {
                    break;
                }
                examined = judged(args, settings, gate.as_ref(), progress, cancelled)?;
                blocked.extend(take_blocked(&mut examined.outcomes, &settings.options.kept));
            }
            examined.outcomes.append(&mut blocked);
            let path = |it: &Outcome| it.source.path().as_os_str().to_owned();
            examined.outcomes.sort_by_cached_key(path);
            Ok(examined)
        }
    }

    fn judged(
        args: &MigrateArgs,
        settings: &Settings,
        gate: Option<&Gate<'_>>,
        progress: Progress,
        cancelled: &'static AtomicBool,
    ) -> anyhow::Result<Examined> {
        let mut examined = examine(&args.scope, settings, progress, cancelled)?;
        let threads = Threads {
            count: args.scope.threads,
            cancelled,
        };
        // Without a gate the run has been cancelled, and nothing may leave it unjudged.
        let outcomes = gate.map_or_else(Vec::new, |gate| {
            let outcomes = std::mem::take(&mut examined.outcomes);
            progress.during("asking Guard", Some(outcomes.len()), |done| {
                threads.share(outcomes, |it| {
                    let judged = gate.judge(it);
                    done.fetch_add(1, Ordering::Relaxed);
                    judged
                })
            })
        });
        let outcomes: Result<Vec<Outcome>, GuardError> = outcomes.into_iter().collect();
        examined.outcomes = outcomes?;
        Ok(examined)
    }

    /// The files that rules object to, and those that have been taken out before.
    fn take_blocked(outcomes: &mut Vec<Outcome>, known: &HashSet<PathBuf>) -> Vec<Outcome> {
        outcomes.retain(|it| !known.contains(it.source.path()));
        outcomes
            .extract_if(.., |it| it.status == Status::Blocked)
            .collect()
    }

    /// The child process.
    pub(in crate::cli) fn work() -> anyhow::Result<Exit> {
        crate::guard::work(std::io::BufReader::new(std::io::stdin()), std::io::stdout())?;
        Ok(Exit::Success)
    }
}

#[cfg(not(feature = "guard"))]
mod without_guard {
    use super::{AtomicBool, Examined, MigrateArgs, Progress, Settings};

    /// There are no rules in this build.
    pub(in crate::cli) enum Policy {}

    impl Policy {
        /// Refuses rules, which nothing could evaluate.
        pub(in crate::cli) fn load(
            args: &MigrateArgs,
            settings: &Settings,
        ) -> anyhow::Result<Option<Self>> {
            if settings.run.guard_rules.is_empty() && !args.guard_report {
                return Ok(None);
            }
            anyhow::bail!(
                "this lambdalift was built without Guard; install one with the Cargo feature `guard`"
            )
        }

        /// Cannot be called.
        pub(in crate::cli) fn apply(
            &self,
            _: &MigrateArgs,
            _: &mut Settings,
            _: Progress,
            _: &'static AtomicBool,
        ) -> anyhow::Result<Examined> {
            match *self {}
        }
    }
}

#[cfg(feature = "guard")]
pub(super) use with_guard::{Policy, work};
#[cfg(not(feature = "guard"))]
pub(super) use without_guard::Policy;
