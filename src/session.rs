//! A run over many files: read, parse, look at all of them together, migrate each.
//!
//! Whether a function may move depends on who shares its code, in any template. So files with a
//! function that leaves `go1.x` wait until all are parsed; the others are done at once. Work is
//! shared between threads file by file, and the results come in the order of the input.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub use crate::companion::BuildFileChange;
use crate::companion::{Joined, join};
use crate::data::Data;
use crate::migrate::{
    ArchitectureChoice, Context, Options, Outcome, Packages, Users, Verdict, label_of, migrate,
    register,
};
use crate::parallel::{Threads, locked};
use crate::program::{DiskFiles, NoFiles, Repositories, Survey};
use crate::source::SourceFile;
use crate::syntax::{Document, Limits, SyntaxError, SyntaxErrorKind, parse};
use crate::template::looks_like_template;

/// A file to be examined.
#[derive(Debug)]
pub struct Input {
    /// The path as it is shown.
    pub path: PathBuf,
    /// What the user named: the directory the search began in.
    pub root: PathBuf,
    /// The content.
    pub bytes: Vec<u8>,
    /// Whether the files beside it may be looked at.
    pub has_neighbours: bool,
    /// What is wanted of it; files with the same wishes share them.
    pub options: Arc<Options>,
}

/// What has become of all files.
#[derive(Debug)]
pub struct Run {
    /// One for each input, in order; after a cancellation some are missing.
    pub outcomes: Vec<Outcome>,
    /// The build files that have to change together with them.
    pub build_files: Vec<BuildFileChange>,
    /// Further templates that may run one of the packages, and cannot be read.
    pub unread: Vec<PathBuf>,
    /// What the run has found out on the way. Who ends with the run need not wait until it is given back.
    #[cfg_attr(
        not(feature = "cli"),
        expect(dead_code, reason = "it is only to live on")
    )]
    pub(crate) remains: Remains,
}

/// What a run has found out, of use to itself alone.
#[derive(Debug, Default)]
pub(crate) struct Remains {
    _surveys: Surveys,
    _users: Users,
}

/// Everything that stays the same over a run.
#[derive(Debug)]
pub struct Session<'a> {
    /// Dates and names.
    pub data: &'a Data,
    /// How many threads share the work; 0 means one for each processor.
    pub threads: usize,
    /// Set from outside to end the run early.
    pub cancelled: &'a AtomicBool,
    /// Whether build files may be edited together with templates.
    pub edits_build_files: bool,
    /// Counts the steps that are done, two for each input, for those who show progress.
    pub done: Option<&'a AtomicUsize>,
}

type Parsed = Result<Document, (SourceFile, SyntaxError)>;

/// A file between the two halves of the work.
enum Stage {
    Done(Box<Outcome>, Place),
    Waiting(Box<Parsed>, Place),
}

/// What holds where a file lies.
struct Place {
    survey: Arc<Survey>,
    options: Arc<Options>,
    /// For this file alone.
    threads: Threads<'static>,
}

impl Session<'_> {
    /// Examines the inputs.
    #[must_use]
    pub fn run(&self, inputs: Vec<Input>) -> Run {
        self.examine(inputs, Vec::new(), no_more, Surveys::default())
    }

    /// The same beside other files: only who runs which package there is looked at. Once it is known which
    /// packages matter, `sharing` may name more of them.
    #[must_use]
    pub fn run_beside(
        &self,
        inputs: Vec<Input>,
        others: Vec<Input>,
        sharing: impl FnOnce(&Packages) -> Vec<Input>,
    ) -> Run {
        self.examine(inputs, others, sharing, Surveys::default())
    }

    /// The same for inputs that all lie in one place.
    pub(crate) fn run_among(&self, inputs: Vec<Input>, survey: Arc<Survey>) -> Run {
        self.examine(inputs, Vec::new(), no_more, Surveys::One(survey))
    }

    /// The same for one input that stands alone.
    pub(crate) fn run_one(&self, input: Input, survey: Arc<Survey>) -> Outcome {
        let threads = Threads::to_the_end(self.threads);
        let (parsed, place, users) = self.prepare(input, survey, threads);
        migrate(&self.context(&place, &users.finish()), parsed)
    }

    /// Reads an input and looks for who runs its code.
    fn prepare(
        &self,
        input: Input,
        survey: Arc<Survey>,
        threads: Threads<'static>,
    ) -> (Parsed, Place, Users) {
        let options = Arc::clone(&input.options);
        let parsed = read(input, options.limits);
        let mut users = Users::default();
        if let Ok(document) = &parsed {
            register(&mut users, document, &survey, &options, self.data, threads);
        }
        let place = Place {
            survey,
            options,
            threads,
        };
        (parsed, place, users)
    }

    fn examine(
        &self,
        inputs: Vec<Input>,
        others: Vec<Input>,
        sharing: impl FnOnce(&Packages) -> Vec<Input>,
        surveys: Surveys,
    ) -> Run {
        let users = Mutex::new(Users::default());
        let nobody = Users::default();
        let threads = Threads {
            count: self.threads,
            cancelled: self.cancelled,
        };
        // Where there are fewer files than threads, the functions of one are shared out.
        let of_each = Threads::to_the_end(match inputs.len() {
            0 | 1 => self.threads,
            files => (threads.wanted() / files).max(1),
        });
        let register_only = |other: Input| {
            let survey = surveys.of(&other);
            let (parsed, _, own) = self.prepare(other, survey, Threads::alone());
            locked(&users).absorb(own);
            self.count();
            let unread = parsed.err().map(|(source, _)| source);
            let unread = unread.filter(|source| looks_like_template(source.text()));
            unread.map(|source| source.path().to_owned())
        };
        threads.share(others, register_only);
        let stages = threads.share(inputs, |input| {
            let survey = surveys.of(&input);
            let (parsed, place, own) = self.prepare(input, survey, of_each);
            // Only these ask who else runs their code.
            let waits = own.has_leaving_go()
                || (self.edits_build_files && own.has_images())
                || place.options.architecture == ArchitectureChoice::Arm64;
            locked(&users).absorb(own);
            self.count();
            if waits {
                return Stage::Waiting(Box::new(parsed), place);
            }
            let outcome = Box::new(migrate(&self.context(&place, &nobody), parsed));
            self.count();
            Stage::Done(outcome, place)
        });
        let mut unread = Vec::new();
        if stages.iter().any(|it| matches!(it, Stage::Waiting(..))) {
            let packages = locked(&users).packages();
            unread = threads.share(sharing(&packages), register_only);
        }
        let mut users = users
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .finish();
        let examined = threads.share(stages, |stage| match stage {
            Stage::Done(outcome, place) => (*outcome, place),
            Stage::Waiting(parsed, place) => {
                let outcome = migrate(&self.context(&place, &users), *parsed);
                self.count();
                (outcome, place)
            }
        });
        let (outcomes, build_files) = self.settle(examined, &mut users);
        Run {
            outcomes,
            build_files,
            unread: unread.into_iter().flatten().collect(),
            remains: Remains {
                _surveys: surveys,
                _users: users,
            },
        }
    }

    /// Two things are known only when every template has been examined. A function that stays for a
    /// reason of its own keeps those who run the same package, and the edits of two templates in one
    /// build file may clash: then one template does without. Whoever that changes is examined again;
    /// since ever more stays as it is, that ends.
    fn settle(
        &self,
        mut examined: Vec<(Outcome, Place)>,
        users: &mut Users,
    ) -> (Vec<Outcome>, Vec<BuildFileChange>) {
        let mut without = BTreeSet::new();
        loop {
            let mut again = kept_by_neighbours(&examined, users);
            if again.is_empty() {
                let Joined { changes, conflicts } = joined(&examined);
                if conflicts.is_empty() {
                    let outcomes = examined.into_iter().map(|(outcome, _)| outcome);
                    return (outcomes.collect(), changes);
                }
                without.extend(conflicts.iter().copied());
                again = conflicts;
            }
            for (at, (outcome, place)) in std::mem::take(&mut examined).into_iter().enumerate() {
                let outcome = if again.contains(&at) {
                    let mut context = self.context(&place, users);
                    context.edits_build_files &= !without.contains(&at);
                    migrate(&context, parse(outcome.source, place.options.limits))
                } else {
                    outcome
                };
                examined.push((outcome, place));
            }
        }
    }

    fn count(&self) {
        if let Some(done) = self.done {
            done.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn context<'c>(&'c self, place: &'c Place, users: &'c Users) -> Context<'c> {
        Context {
            options: &place.options,
            data: self.data,
            survey: &place.survey,
            users,
            edits_build_files: self.edits_build_files && !place.options.templates_only,
            threads: place.threads,
        }
    }
}

fn no_more(_: &Packages) -> Vec<Input> {
    Vec::new()
}

/// The templates with a function that moves, and that runs the package of a function that stays.
fn kept_by_neighbours(examined: &[(Outcome, Place)], users: &mut Users) -> BTreeSet<usize> {
    let labels = |is_wanted: fn(Verdict) -> bool| {
        let outcomes = examined.iter().enumerate();
        outcomes.flat_map(move |(at, (outcome, _))| {
            let functions = outcome.functions.iter();
            let wanted = functions.filter(move |it| is_wanted(it.verdict));
            wanted.map(move |it| (at, label_of(&it.logical_id, outcome.source.path())))
        })
    };
    let staying = labels(Verdict::stays).map(|(_, label)| label);
    let kept = users.note_staying(&staying.collect());
    if kept.is_empty() {
        return BTreeSet::new();
    }
    let moving = labels(Verdict::is_migrated).filter(|(_, label)| kept.contains(label));
    moving.map(|(at, _)| at).collect()
}

/// The edits of all templates in build files, put together.
fn joined(examined: &[(Outcome, Place)]) -> Joined {
    let outcomes = examined.iter().enumerate();
    join(outcomes.flat_map(|(at, (outcome, place))| {
        let files = outcome.build_files.iter();
        files.map(move |file| (at, place.survey.canonical(&file.path), file))
    }))
}

/// The surveys of the repositories that a run meets.
pub(crate) enum Surveys {
    /// Of those on disk, by their roots.
    Disk(Box<Repositories>, Mutex<HashMap<PathBuf, Arc<Survey>>>),
    /// Of the only one.
    One(Arc<Survey>),
}

impl Default for Surveys {
    fn default() -> Self {
        Self::Disk(Box::default(), Mutex::default())
    }
}

impl fmt::Debug for Surveys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Surveys")
    }
}

impl Surveys {
    fn of(&self, input: &Input) -> Arc<Survey> {
        let (repositories, known) = match self {
            Self::One(survey) => return Arc::clone(survey),
            Self::Disk(repositories, known) => (repositories, known),
        };
        if !input.has_neighbours {
            return Arc::new(Survey::new(NoFiles));
        }
        let repository = repositories.of(&input.path, &input.root);
        let mut known = locked(known);
        let survey = known.entry(repository).or_insert_with_key(|repository| {
            let root = if repository.as_os_str().is_empty() {
                Path::new(".")
            } else {
                repository.as_path()
            };
            Arc::new(match DiskFiles::new(root) {
                Ok(files) => Survey::new(files),
                Err(_) => Survey::new(NoFiles),
            })
        });
        Arc::clone(survey)
    }
}

/// Bytes to tree. Text in another encoding is not converted: the edits have to land in these bytes.
fn read(input: Input, limits: Limits) -> Parsed {
    let Input { path, bytes, .. } = input;
    let wrong = |path, text: String, offset, message: &str| {
        let kind = SyntaxErrorKind::Invalid(message.to_owned());
        Err((SourceFile::new(path, text), SyntaxError { offset, kind }))
    };
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        let text = decode_utf16(&bytes);
        return wrong(
            path,
            text,
            0,
            "the file is encoded in UTF-16; save it as UTF-8",
        );
    }
    match String::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            Some(offset) if looks_like_template(&text) => {
                wrong(path, text, offset, "the file contains a NUL byte")
            }
            None if has_bare_carriage_return(&text) => {
                let offset = text.find('\r').unwrap_or_default();
                let message = "a line ends with a carriage return alone; end lines with LF or CRLF";
                wrong(path, text, offset, message)
            }
            _ => parse(SourceFile::new(path, text), limits),
        },
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            wrong(path, text, offset, "the file is not valid UTF-8")
        }
    }
}

/// YAML ends a line at a carriage return, patches do not: such a file cannot be edited by lines.
fn has_bare_carriage_return(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n'))
}

fn decode_utf16(bytes: &[u8]) -> String {
    let little = bytes.first() == Some(&0xFF);
    let units = bytes.chunks_exact(2).filter_map(|pair| {
        let &[first, second] = pair else { return None };
        Some(if little {
            u16::from_le_bytes([first, second])
        } else {
            u16::from_be_bytes([first, second])
        })
    });
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}
