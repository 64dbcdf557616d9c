//! The main job: diff, check or write.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::args::{Format, MigrateArgs};
use super::policy::Policy;
use super::scope::{Examined, examine};
use super::settings::Settings;
use super::{Exit, colored, interactive, is_broken_pipe};
use crate::diff;
use crate::migrate::Outcome;
use crate::report::text::{self, Detail};
use crate::report::{Summary, failures, is_too_large, json};
use crate::write::{WriteError, Writer};

pub(super) fn run(args: &MigrateArgs, cancelled: &AtomicBool) -> anyhow::Result<Exit> {
    let mut settings = Settings::new(&args.scope)?;
    if args.choice.interactive {
        interactive::check(args, &settings)?;
    }
    let policy = Policy::load(args)?;
    settings.options.surveys_all = policy.is_some();
    settings
        .options
        .add_ignore
        .clone_from(&args.choice.add_ignore);
    let mut examine = |refused: &BTreeSet<_>| {
        settings.options.refused.clone_from(refused);
        settings.options.kept.clear();
        match &policy {
            None => examine(&args.scope, &settings, cancelled),
            Some(policy) => policy.apply(args, &mut settings, cancelled),
        }
    };
    let examined = if args.choice.interactive {
        let color = colored(args.scope.color, &std::io::stdout());
        match interactive::choose(&mut examine, color, cancelled)? {
            Some(examined) => examined,
            None => {
                std::io::stderr().write_all(b"interrupted: nothing written\n")?;
                return Ok(Exit::Interrupted);
            }
        }
    } else {
        examine(&BTreeSet::new())?
    };
    let writes = args.write || args.choice.interactive;
    let written = if writes && !settings.stdin {
        write_files(&examined, cancelled)
    } else {
        Written::default()
    };
    let printed = print_results(args, &settings, &examined, &written);
    unless_reader_left(printed)?;
    unless_reader_left(print_messages(
        args, &settings, &examined, &written, cancelled,
    ))?;
    let failed = failures(&examined.outcomes, &examined.errors, args.scope.strict)
        || !written.errors.is_empty()
        || text::lacks_ignores(&examined.outcomes);
    Ok(if cancelled.load(Ordering::Relaxed) {
        Exit::Interrupted
    } else if failed {
        Exit::Failure
    } else if args.check && examined.outcomes.iter().any(Outcome::needs_attention) {
        Exit::Found
    } else {
        Exit::Success
    })
}

/// A reader that has gone away is no failure, and changes nothing about the exit status.
fn unless_reader_left(printed: anyhow::Result<()>) -> anyhow::Result<()> {
    match printed {
        Err(error) if is_broken_pipe(&error) => Ok(()),
        other => other,
    }
}

/// What became of `--write`.
#[derive(Default)]
struct Written {
    paths: Vec<PathBuf>,
    errors: Vec<WriteError>,
}

/// Writes templates and their build files, those that belong together one after the other: if one of
/// them cannot be written, the others are taken back.
fn write_files(examined: &Examined, cancelled: &AtomicBool) -> Written {
    let mut written = Written::default();
    let mut writer = Writer::default();
    let mut done = BTreeSet::new();
    for (at, outcome) in examined.outcomes.iter().enumerate() {
        if cancelled.load(Ordering::Relaxed) {
            break;
        }
        writer.sweep(outcome.source.path());
        let has_build_file = || {
            examined
                .build_files
                .iter()
                .any(|it| it.templates.contains(&at))
        };
        if done.contains(&at) || (outcome.output.is_none() && !has_build_file()) {
            continue;
        }
        let unit = Unit::of(examined, at);
        match unit.write(&mut writer) {
            Ok(paths) => written.paths.extend(paths),
            Err(errors) => written.errors.extend(errors),
        }
        done.extend(unit.templates);
    }
    writer.finish();
    written
}

/// Files that change together: templates that share build files, and these.
struct Unit<'e> {
    templates: BTreeSet<usize>,
    /// Path, old text and new text; build files first.
    files: Vec<(&'e Path, &'e str, &'e str)>,
}

impl<'e> Unit<'e> {
    fn of(examined: &'e Examined, template: usize) -> Self {
        let mut templates = BTreeSet::from([template]);
        let mut build_files = BTreeSet::new();
        // Whoever shares a file shares the other files, too.
        while let Some((at, file)) =
            examined.build_files.iter().enumerate().find(|(at, file)| {
                !build_files.contains(at) && !file.templates.is_disjoint(&templates)
            })
        {
            build_files.insert(at);
            templates.extend(&file.templates);
        }
        let of_build = build_files
            .iter()
            .filter_map(|&at| examined.build_files.get(at));
        let of_build = of_build.map(|file| {
            (
                file.path.as_path(),
                file.before.as_str(),
                file.after.as_str(),
            )
        });
        let outcomes = templates.iter().filter_map(|&at| examined.outcomes.get(at));
        let of_templates = outcomes.filter_map(|outcome| {
            let output = outcome.output.as_deref()?;
            Some((outcome.source.path(), outcome.source.text(), output))
        });
        Self {
            files: of_build.chain(of_templates).collect(),
            templates,
        }
    }

    fn write(&self, writer: &mut Writer) -> Result<Vec<PathBuf>, Vec<WriteError>> {
        let mut paths = Vec::new();
        for &(path, old, new) in &self.files {
            writer.sweep(path);
            if let Err(error) = writer.replace(path, old.as_bytes(), new.as_bytes()) {
                let mut errors = vec![error];
                let written = self.files.iter().take(paths.len());
                let taken_back = written
                    .map(|(path, old, new)| writer.replace(path, new.as_bytes(), old.as_bytes()));
                errors.extend(taken_back.filter_map(Result::err));
                return Err(errors);
            }
            paths.push(path.to_owned());
        }
        Ok(paths)
    }
}

/// What goes to standard output.
fn print_results(
    args: &MigrateArgs,
    settings: &Settings,
    examined: &Examined,
    written: &Written,
) -> anyhow::Result<()> {
    let raw = std::io::stdout();
    let color = colored(args.scope.color, &raw);
    let mut stdout = std::io::BufWriter::new(raw.lock());
    let outcomes = &examined.outcomes;
    let wants_diff = args.diff || !(args.check || args.write || args.choice.interactive);
    if args.format == Format::Json {
        let diffs = args
            .diff
            .then_some(unified as fn(&Outcome) -> Option<Vec<u8>>);
        let unread = examined.errors.iter().map(Into::into);
        let errors = unread
            .chain(written.errors.iter().map(Into::into))
            .collect();
        let report = json::Report::new(
            outcomes,
            &examined.build_files,
            errors,
            &written.paths,
            diffs,
        );
        serde_json::to_writer_pretty(&mut stdout, &report)?;
        stdout.write_all(b"\n")?;
    } else if settings.stdin && args.write {
        let migrated = outcomes
            .iter()
            .find_map(|outcome| outcome.output.as_deref());
        stdout.write_all(migrated.map_or(&examined.stdin, |text| text.as_bytes()))?;
    } else if wants_diff {
        for patch in patches(examined) {
            if color {
                stdout.write_all(&diff::colored(&patch))?;
            } else {
                stdout.write_all(&patch)?;
            }
        }
    }
    stdout.flush()?;
    Ok(())
}

/// The diff of every template, followed by those of its build files that did not come before.
fn patches(examined: &Examined) -> impl Iterator<Item = Vec<u8>> {
    let base = std::env::current_dir().ok();
    let mut shown = BTreeSet::new();
    let outcomes = examined.outcomes.iter().enumerate();
    outcomes.flat_map(move |(at, outcome)| {
        let files = examined.build_files.iter().enumerate();
        let own =
            files.filter(|(index, file)| file.templates.contains(&at) && shown.insert(*index));
        let own = own.map(|(_, file)| {
            let (before, after) = (file.before.as_bytes(), file.after.as_bytes());
            diff::unified(before, after, &file.path, base.as_deref())
        });
        let own: Vec<Vec<u8>> = own.collect();
        unified(outcome).into_iter().chain(own)
    })
}

fn unified(outcome: &Outcome) -> Option<Vec<u8>> {
    let output = outcome.output.as_ref()?;
    let base = std::env::current_dir().ok();
    Some(diff::unified(
        outcome.source.text().as_bytes(),
        output.as_bytes(),
        outcome.source.path(),
        base.as_deref(),
    ))
}

/// What goes to standard error: findings, errors, and a summary.
fn print_messages(
    args: &MigrateArgs,
    settings: &Settings,
    examined: &Examined,
    written: &Written,
    cancelled: &AtomicBool,
) -> anyhow::Result<()> {
    let raw = std::io::stderr();
    let color = colored(args.scope.color, &raw);
    let mut stderr = std::io::BufWriter::new(raw.lock());
    let detail = match (args.quiet, args.verbose, args.check && !args.diff) {
        (true, ..) => Detail::Failures {
            strict: args.scope.strict,
        },
        (_, true, _) => Detail::Everything,
        (_, _, true) => Detail::Functions,
        _ => Detail::LeftToDo,
    };
    if args.format == Format::Text {
        for outcome in &examined.outcomes {
            text::findings(&mut stderr, outcome, detail, color)?;
        }
    }
    for error in &examined.errors {
        let tolerated = !args.scope.strict && is_too_large(error);
        text::error(&mut stderr, &error.to_string(), tolerated, color)?;
    }
    for error in &written.errors {
        text::error(&mut stderr, &error.to_string(), false, color)?;
    }
    let says_less = args.quiet || args.format != Format::Text;
    text::ignores(&mut stderr, &examined.outcomes, says_less, color)?;
    let summary = Summary::of(&examined.outcomes);
    let nothing_read = summary.templates == 0 && !examined.errors.is_empty();
    if !args.quiet && args.format == Format::Text && !nothing_read {
        stderr.write_all(summary.to_string().as_bytes())?;
        text::ending(
            &mut stderr,
            text::Ending {
                write: (args.write || args.choice.interactive) && !settings.stdin,
                check: args.check,
                interrupted: cancelled.load(Ordering::Relaxed),
            },
            summary.changed + examined.build_files.len(),
            written.paths.len(),
        )?;
        if !(args.write || args.choice.interactive)
            && examined.outcomes.iter().any(is_changed_elsewhere)
        {
            writeln!(
                stderr,
                "the diff names files outside the working directory: it applies from a directory above them"
            )?;
        }
    }
    stderr.flush()?;
    Ok(())
}

/// Whether a changed file lies where a diff cannot name it from here.
fn is_changed_elsewhere(outcome: &Outcome) -> bool {
    let here = std::env::current_dir().unwrap_or_default();
    let path = outcome.source.path();
    let outside = match path.strip_prefix(&here) {
        Ok(_) => false,
        Err(_) => path.is_absolute() || path.starts_with(".."),
    };
    outcome.output.is_some() && outside
}
