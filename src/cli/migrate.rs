//! The main job: diff, check or write.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::bail;

use super::args::{MigrateArgs, ReportFormat};
use super::output::ReportFile;
use super::policy::Policy;
use super::progress::Progress;
use super::scope::{Examined, examine, find};
use super::settings::Settings;
use super::{Exit, colored, interactive, is_broken_pipe, show, stderr_style};
use crate::companion::{BuildFileChange, Changed, Unit};
use crate::diff;
use crate::finding::Finding;
use crate::migrate::{Outcome, Status};
use crate::parallel::Threads;
use crate::report::text::{self, Detail, Style};
use crate::report::{Format, Run, Summary, failures, statistics};
use crate::source::SourceFile;
use crate::write::{WRITERS, WriteError, Writer};

pub(super) fn run(args: &MigrateArgs, cancelled: &'static AtomicBool) -> anyhow::Result<Exit> {
    let mut settings = Settings::new(&args.scope, &args.guard_rules)?;
    let policy = Policy::load(args, &settings)?;
    let format = refuse_contradictions(args, &settings)?;
    if args.choice.interactive {
        interactive::check(args, &settings)?;
    }
    if args.output.show_settings {
        return show::settings(args, &settings);
    }
    if says_all(args, &settings) {
        settings.want_current();
    }
    let progress = Progress::new(args.quiet);
    if args.output.show_files {
        let found = find(&args.scope, &settings, progress, cancelled)?;
        return show::files(&settings, &found);
    }
    let file = args.output.output.as_deref().map(ReportFile::check);
    let file = file.transpose()?;
    settings.options.surveys_all = policy.is_some();
    settings
        .options
        .add_ignore
        .clone_from(&args.choice.add_ignore);
    let mut examine = |refused: &BTreeSet<_>| {
        settings.options.refused.clone_from(refused);
        settings.options.kept.clear();
        match &policy {
            None => examine(&args.scope, &settings, progress, cancelled),
            Some(policy) => policy.apply(args, &mut settings, progress, cancelled),
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
    if let Some(file) = &file {
        file.is_none_of(files_of(&examined))?;
    }
    let writes = args.write || args.choice.interactive;
    let written = if writes && !settings.stdin {
        write_files(&examined, args.scope.threads, cancelled)
    } else {
        Written::default()
    };
    let run = Run {
        outcomes: &examined.outcomes,
        build_files: &examined.build_files,
        unread: &examined.errors,
        unwritten: &written.errors,
        written: &written.paths,
        roots: &args.scope.paths,
        label: args.output.label.as_deref(),
        detail: detail(args, &settings, format.is_some() && file.is_none()),
        strict: settings.run.strict,
        interrupted: cancelled.load(Ordering::Relaxed),
        failed: failures(&examined.outcomes, &examined.errors, settings.run.strict)
            || !written.errors.is_empty()
            || text::lacks_ignores(&examined.outcomes),
        diff: args
            .diff
            .then_some(unified_here as fn(&Outcome) -> Option<Vec<u8>>),
    };
    let on_stdout = format.filter(|_| file.is_none());
    let printing = Printing {
        args,
        settings: &settings,
        examined: &examined,
        run: &run,
    };
    let reported = file.map_or(Ok(()), |file| printing.report_to(&file, format));
    unless_reader_left(printing.results(on_stdout))?;
    unless_reader_left(printing.messages(on_stdout))?;
    reported?;
    let exit = if run.interrupted {
        Exit::Interrupted
    } else if run.failed {
        Exit::Failure
    } else if args.check && examined.outcomes.iter().any(Outcome::needs_attention) {
        Exit::Found
    } else {
        Exit::Success
    };
    // The process ends now: the system takes all at once what would be given back piece by piece.
    std::mem::forget(examined);
    Ok(exit)
}

/// The format for programs that is asked for, if any; nothing that standard output cannot hold at once.
fn refuse_contradictions(
    args: &MigrateArgs,
    settings: &Settings,
) -> anyhow::Result<Option<Format>> {
    let format = match args.output.format {
        ReportFormat::Text => None,
        ReportFormat::Json => Some(Format::Json),
        ReportFormat::Jsonl => Some(Format::Jsonl),
        ReportFormat::Sarif => Some(Format::Sarif),
        ReportFormat::Github => Some(Format::Github),
        ReportFormat::Gitlab => Some(Format::Gitlab),
        ReportFormat::Junit => Some(Format::Junit),
    };
    if args.output.label.is_some() && format != Some(Format::Jsonl) {
        bail!("--label is for --format jsonl, whose lines say where they come from");
    }
    if let Some(format) = format.filter(|_| args.output.output.is_none()) {
        if args.diff && !format.holds_diffs() {
            bail!("this format has no place for --diff; name a file for the report with --output");
        }
        if args.write && settings.stdin {
            bail!(
                "standard output takes the migrated text; name a file for the report with --output"
            );
        }
    }
    Ok(format)
}

/// Whether there may be something to say about templates that name no retired runtime. Without, they need
/// not be parsed.
fn says_all(args: &MigrateArgs, settings: &Settings) -> bool {
    args.verbose
        || args.guard_report
        || args.output.show_files
        || args.output.statistics
        || settings.run.strict
        || args.output.format != ReportFormat::Text
}

/// Every template and build file of the run.
fn files_of(examined: &Examined) -> impl Iterator<Item = &Path> {
    let templates = examined.outcomes.iter();
    let templates = templates.filter(|outcome| outcome.status != Status::NotATemplate);
    let build_files = examined.build_files.iter().map(|file| file.path.as_path());
    templates
        .map(|outcome| outcome.source.path())
        .chain(build_files)
}

/// Which findings people want to see. Without a diff beside them, one for each function that is edited.
fn detail(args: &MigrateArgs, settings: &Settings, replaces_diff: bool) -> Detail {
    let has_diff = !replaces_diff && (args.diff || !args.check);
    match (args.quiet, args.verbose, has_diff) {
        (true, ..) => Detail::Failures {
            strict: settings.run.strict,
        },
        (_, true, _) => Detail::Everything,
        (_, _, false) => Detail::Functions,
        _ => Detail::LeftToDo,
    }
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
fn write_files(examined: &Examined, threads: usize, cancelled: &AtomicBool) -> Written {
    let count = if threads == 0 { WRITERS } else { threads };
    let threads = Threads { count, cancelled };
    let writer = Writer::default();
    let templates = examined.outcomes.iter().collect();
    threads.share(templates, |outcome: &Outcome| {
        writer.sweep(outcome.source.path());
    });
    let units = Unit::all(&examined.outcomes, &examined.build_files).collect();
    let results = threads.share(units, |unit| write_unit(&unit, &writer));
    writer.finish(count);
    let mut written = Written::default();
    for result in results {
        match result {
            Ok(paths) => written.paths.extend(paths),
            Err(errors) => written.errors.extend(errors),
        }
    }
    written
}

fn write_unit(unit: &Unit<'_>, writer: &Writer) -> Result<Vec<PathBuf>, Vec<WriteError>> {
    let mut paths = Vec::new();
    for Changed { path, old, new, .. } in &unit.files {
        writer.sweep(path);
        if let Err(error) = writer.replace(path, old.as_bytes(), new.as_bytes()) {
            let mut errors = vec![error];
            let written = unit.files.iter().take(paths.len());
            let taken_back =
                written.map(|it| writer.replace(it.path, it.new.as_bytes(), it.old.as_bytes()));
            errors.extend(taken_back.filter_map(Result::err));
            return Err(errors);
        }
        paths.push(path.to_path_buf());
    }
    Ok(paths)
}

/// Everything that is said at the end of a run.
struct Printing<'a> {
    args: &'a MigrateArgs,
    settings: &'a Settings,
    examined: &'a Examined,
    run: &'a Run<'a>,
}

impl Printing<'_> {
    /// The report as a file.
    fn report_to(&self, file: &ReportFile, format: Option<Format>) -> anyhow::Result<()> {
        let mut report = Vec::new();
        match format {
            Some(format) => format.write(&mut report, self.run)?,
            None => {
                self.findings(&mut report, &Style::plain())?;
                self.summary(&mut report, &Style::plain())?;
            }
        }
        file.write(&report)
    }

    /// What goes to standard output.
    fn results(&self, format: Option<Format>) -> anyhow::Result<()> {
        let args = self.args;
        let raw = std::io::stdout();
        let color = super::colored(args.scope.color, &raw);
        let mut stdout = std::io::BufWriter::new(raw.lock());
        if let Some(format) = format {
            format.write(&mut stdout, self.run)?;
        } else if self.settings.stdin && args.write {
            let mut outputs = self.run.outcomes.iter();
            let migrated = outputs.find_map(Outcome::new_text);
            stdout.write_all(
                migrated
                    .as_ref()
                    .map_or(&self.examined.stdin, |it| it.as_bytes()),
            )?;
        } else if args.diff || !(args.check || args.write || args.choice.interactive) {
            let here = std::env::current_dir().ok();
            let patch = |change: Change| match (change.patch(here.as_deref()), color) {
                (patch, true) => diff::colored(&patch),
                (patch, false) => patch,
            };
            let changes = changes(self.examined);
            self.threads()
                .share_in_turn(changes, patch, |patch| stdout.write_all(&patch))?;
        }
        stdout.flush()?;
        Ok(())
    }

    /// What goes to standard error: findings, errors, and a summary. A report for programs on standard
    /// output has all of it but the errors already.
    fn messages(&self, format: Option<Format>) -> anyhow::Result<()> {
        let style = stderr_style(self.args.scope.color);
        let mut stderr = std::io::BufWriter::new(std::io::stderr().lock());
        for note in self.examined.notes.iter().filter(|_| !self.args.quiet) {
            writeln!(stderr, "note: {note}")?;
        }
        if format.is_none() {
            self.findings(&mut stderr, &style)?;
            self.summary(&mut stderr, &style)?;
        } else {
            self.errors(&mut stderr, &style)?;
        }
        let says_less = self.args.quiet || format.is_some();
        text::ignores(&mut stderr, self.run.outcomes, says_less, &style)?;
        if self.args.output.statistics {
            statistics::write(&mut stderr, self.run.outcomes)?;
        }
        stderr.flush()?;
        Ok(())
    }

    fn findings(&self, out: &mut impl Write, style: &Style) -> anyhow::Result<()> {
        /// So many are rendered at a time.
        const SOME: usize = 64;
        let parts = self.run.outcomes.iter().flat_map(|outcome| {
            let parts = outcome.findings.chunks(SOME);
            parts.map(move |findings| (&outcome.source, findings))
        });
        let said = |(source, findings): (&SourceFile, &[Finding])| {
            let mut said = Vec::new();
            text::findings(&mut said, source, findings, self.run.detail, style).map(|()| said)
        };
        let print = |said: io::Result<Vec<u8>>| out.write_all(&said?);
        self.threads().share_in_turn(parts, said, print)?;
        self.errors(out, style)
    }

    /// What is known is said even if the run was interrupted.
    fn threads(&self) -> Threads<'static> {
        Threads::to_the_end(self.args.scope.threads)
    }

    fn errors(&self, out: &mut impl Write, style: &Style) -> anyhow::Result<()> {
        for failure in self.run.failures() {
            text::error(out, &failure.message, failure.tolerated, style)?;
        }
        Ok(())
    }

    fn summary(&self, out: &mut impl Write, style: &Style) -> anyhow::Result<()> {
        let (args, run) = (self.args, self.run);
        let summary = Summary {
            passed_over: self.examined.passed_over,
            ..Summary::of(run.outcomes)
        };
        let is_all_unread = summary.templates == 0 && !run.unread.is_empty();
        if args.quiet || is_all_unread {
            return Ok(());
        }
        out.write_all(style.fit(&summary.to_string(), 0).as_bytes())?;
        text::ending(
            out,
            text::Ending {
                write: (args.write || args.choice.interactive) && !self.settings.stdin,
                check: args.check,
                interrupted: run.interrupted,
            },
            summary.changed + run.build_files.len(),
            run.written.len(),
        )?;
        let writes = args.write || args.choice.interactive;
        let changed = run.outcomes.iter().filter(|it| it.output.is_some());
        let changed = changed.map(|outcome| outcome.source.path());
        let mut changed = changed.chain(run.build_files.iter().map(|it| it.path.as_path()));
        let here = std::env::current_dir().unwrap_or_default();
        if !writes && changed.any(|path| is_elsewhere(path, &here)) {
            writeln!(
                out,
                "the diff names files outside the working directory: for one that applies, run lambdalift in a \
                 directory above them"
            )?;
        }
        Ok(())
    }
}

/// A file that changes.
enum Change<'a> {
    Template(&'a Outcome),
    BuildFile(&'a BuildFileChange),
}

impl Change<'_> {
    /// As a diff to be applied `here`; nothing for a template that stays.
    fn patch(self, here: Option<&Path>) -> Vec<u8> {
        match self {
            Self::Template(outcome) => unified(outcome, here).unwrap_or_default(),
            Self::BuildFile(file) => {
                let (before, after) = (file.before.as_bytes(), file.after.as_bytes());
                diff::unified(before, after, &file.path, here)
            }
        }
    }
}

/// Every template, followed by those of its build files that did not come before.
fn changes(examined: &Examined) -> impl Iterator<Item = Change<'_>> {
    let mut shown = BTreeSet::new();
    let outcomes = examined.outcomes.iter().enumerate();
    outcomes.flat_map(move |(at, outcome)| {
        let files = examined.build_files.iter().enumerate();
        let own =
            files.filter(|(index, file)| file.templates.contains(&at) && shown.insert(*index));
        let own: Vec<Change> = own.map(|(_, file)| Change::BuildFile(file)).collect();
        std::iter::once(Change::Template(outcome)).chain(own)
    })
}

fn unified_here(outcome: &Outcome) -> Option<Vec<u8>> {
    unified(outcome, std::env::current_dir().ok().as_deref())
}

fn unified(outcome: &Outcome, here: Option<&Path>) -> Option<Vec<u8>> {
    let (source, output) = (&outcome.source, outcome.output.as_ref()?);
    let (text, path) = (source.text(), source.path());
    Some(diff::unified_output(text, output, path, here))
}

/// Whether a file lies where a diff cannot name it from here.
fn is_elsewhere(path: &Path, here: &Path) -> bool {
    !crate::program::collapse(&here.join(path)).starts_with(here)
}
