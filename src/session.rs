//! A run over many files: read, parse, look at all of them together, migrate each.
//!
//! Whether a function may move depends on who shares its code, in any template. So files with a
//! function that leaves `go1.x` wait until all are parsed; the others are done at once. Work is
//! shared between threads file by file, and the results come in the order of the input.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub use crate::companion::BuildFileChange;
use crate::companion::{Joined, join};
use crate::data::Data;
use crate::migrate::{ArchitectureChoice, Context, Options, Outcome, Users, migrate, register};
use crate::parallel::Threads;
use crate::program::{DiskFiles, NoFiles, Survey, repository_of};
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
}

/// What has become of all files.
#[derive(Debug)]
pub struct Run {
    /// One for each input, in order; after a cancellation some are missing.
    pub outcomes: Vec<Outcome>,
    /// The build files that have to change together with them.
    pub build_files: Vec<BuildFileChange>,
}

/// Everything that stays the same over a run.
#[derive(Debug)]
pub struct Session<'a> {
    /// What the user asked for.
    pub options: &'a Options,
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
    Done(Box<Outcome>, Arc<Survey>),
    Waiting(Box<Parsed>, Arc<Survey>),
}

impl Session<'_> {
    /// Examines the inputs.
    #[must_use]
    pub fn run(&self, inputs: Vec<Input>) -> Run {
        let surveys = Surveys::default();
        let users = Mutex::new(Users::default());
        let nobody = Users::default();
        let threads = Threads {
            count: self.threads,
            cancelled: self.cancelled,
        };
        let stages = threads.share(inputs, |input| {
            let survey = surveys.of(&input);
            let parsed = read(input, self.options.limits);
            let mut own = Users::default();
            if let Ok(document) = &parsed {
                register(&mut own, document, &survey, self.options, self.data);
            }
            // Only these ask who else runs their code.
            let waits = own.has_leaving_go()
                || (self.edits_build_files && own.has_images())
                || self.options.architecture == ArchitectureChoice::Arm64;
            let mut users = users.lock().unwrap_or_else(PoisonError::into_inner);
            users.absorb(own);
            drop(users);
            self.count();
            if waits {
                return Stage::Waiting(Box::new(parsed), survey);
            }
            let context = self.context(&survey, &nobody);
            let outcome = Box::new(migrate(&context, parsed));
            self.count();
            Stage::Done(outcome, survey)
        });
        let users = users
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .finish();
        let examined = threads.share(stages, |stage| match stage {
            Stage::Done(outcome, survey) => (*outcome, survey),
            Stage::Waiting(parsed, survey) => {
                let outcome = migrate(&self.context(&survey, &users), *parsed);
                self.count();
                (outcome, survey)
            }
        });
        self.join(examined, &users)
    }

    /// Puts the edits in build files together. A template whose edits clash with those of another
    /// does without.
    fn join(&self, mut examined: Vec<(Outcome, Arc<Survey>)>, users: &Users) -> Run {
        loop {
            let asked = examined
                .iter()
                .enumerate()
                .flat_map(|(at, (outcome, survey))| {
                    let files = outcome.build_files.iter();
                    let place = |path: &Path| survey.canonical(path);
                    files.map(move |file| (at, place(&file.path), file))
                });
            let Joined { changes, conflicts } = join(asked);
            if conflicts.is_empty() {
                return Run {
                    outcomes: examined.into_iter().map(|(outcome, _)| outcome).collect(),
                    build_files: changes,
                };
            }
            for (at, (outcome, survey)) in std::mem::take(&mut examined).into_iter().enumerate() {
                let again = if conflicts.contains(&at) {
                    let mut context = self.context(&survey, users);
                    context.edits_build_files = false;
                    migrate(&context, parse(outcome.source, self.options.limits))
                } else {
                    outcome
                };
                examined.push((again, survey));
            }
        }
    }

    fn count(&self) {
        if let Some(done) = self.done {
            done.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn context<'c>(&'c self, survey: &'c Survey, users: &'c Users) -> Context<'c> {
        Context {
            options: self.options,
            data: self.data,
            survey,
            users,
            edits_build_files: self.edits_build_files,
        }
    }
}

/// The surveys of the repositories that a run meets.
#[derive(Default)]
struct Surveys(Mutex<HashMap<PathBuf, Arc<Survey>>>);

impl Surveys {
    fn of(&self, input: &Input) -> Arc<Survey> {
        if !input.has_neighbours {
            return Arc::new(Survey::new(NoFiles));
        }
        let repository = repository_of(&input.path, &input.root);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
