//! Reports in JSON Lines, read again. The types are what this version needs of the lines, so that later
//! versions may say more.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, BufRead};

use serde::Deserialize;

use super::{Function, Inventory, RunEntry, Unread, VERDICTS};
use crate::migrate::Verdict;
use crate::report::json::VERSION;

/// No line of a report comes near this.
const LONGEST_LINE: u64 = 256 << 20;

/// A report that cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The system's word.
    #[error("cannot read {file}: {cause}")]
    Io {
        file: String,
        #[source]
        cause: io::Error,
    },
    /// Every report has the line of its run.
    #[error("{file}: there is no report in it; run lambdalift again for this repository")]
    Empty { file: String },
    /// A line that is none of a report.
    #[error("{file}:{line}:{column}: {what}")]
    Line {
        file: String,
        line: usize,
        column: usize,
        what: String,
    },
}

/// The lines of a report that are read at all.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Record {
    Run {
        roots: Vec<String>,
        complete: bool,
    },
    File {
        path: String,
        status: FileStatus,
        written: bool,
    },
    Function {
        path: String,
        line: usize,
        logical_id: String,
        runtimes: Vec<String>,
        origin: Option<String>,
        verdict: String,
    },
    Finding {
        path: String,
        rule: String,
        severity: Severity,
        effect: Effect,
        message: String,
        help: Option<String>,
        resource: Option<String>,
    },
    BuildFile {
        templates: Vec<String>,
        written: bool,
    },
    Error {
        path: Option<String>,
        message: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FileStatus {
    Examined,
    Unparsable,
    FailedVerification,
    Blocked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Effect {
    Edit,
    Decline,
    FollowUp,
    Note,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Severity {
    Error,
    Warning,
    Info,
}

/// What every line begins with.
#[derive(Debug, Deserialize)]
struct Head {
    version: u32,
    kind: String,
    label: Option<String>,
}

/// A file of a repository.
type Place = (String, String);

/// A rule, and what it leaves to do.
type Step = (String, Option<String>);

/// Reads report after report.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    inventory: Inventory,
    runs: BTreeSet<(String, Vec<String>)>,
    functions: BTreeMap<(Place, String, usize), usize>,
    written: BTreeSet<Place>,
    /// Rules and next steps, by file and resource.
    steps: HashMap<(Place, String), Vec<Step>>,
    /// Why a file was not read, by file.
    reasons: HashMap<Place, String>,
}

impl Reader {
    /// Adds a report. `name` is what the file is called; lines without a label belong to `label`.
    ///
    /// # Errors
    /// [`ReadError`] at the first line that is no line of a report or says something a second time, and
    /// for a file without a line.
    pub(crate) fn add(
        &mut self,
        name: &str,
        label: &str,
        mut lines: impl BufRead,
    ) -> Result<(), ReadError> {
        let (mut number, mut is_empty) = (0, true);
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let mut limited = io::Read::take(&mut lines, LONGEST_LINE);
            let read = limited.read_until(b'\n', &mut bytes);
            let read = read.map_err(|cause| ReadError::Io {
                file: name.to_owned(),
                cause,
            })?;
            if read == 0 {
                break;
            }
            number += 1;
            let line = bytes.trim_ascii();
            let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            is_empty = false;
            let added = parse(line).and_then(|(head, record)| {
                let own = head.label.filter(|own| !own.is_empty());
                let repository = own.unwrap_or_else(|| label.to_owned());
                let added = self.add_record(repository, record);
                added.map_err(|what| Wrong { column: 1, what })
            });
            added.map_err(|Wrong { column, what }| ReadError::Line {
                file: name.to_owned(),
                line: number,
                column,
                what,
            })?;
        }
        // A run that failed leaves such a file; to pass over it would be to lose a repository.
        if is_empty {
            return Err(ReadError::Empty {
                file: name.to_owned(),
            });
        }
        Ok(())
    }

    fn add_record(&mut self, repository: String, record: Record) -> Result<(), String> {
        match record {
            Record::Run { roots, complete } => {
                if !self.runs.insert((repository.clone(), roots.clone())) {
                    return Err(format!(
                        "a second report of {repository} ({}); keep one, or give each repository a name of \
                         its own with --label",
                        roots.join(" ")
                    ));
                }
                self.inventory.runs.push(RunEntry {
                    repository,
                    roots,
                    complete,
                });
            }
            Record::File {
                path,
                status,
                written,
            } => {
                let why = match status {
                    FileStatus::Examined => None,
                    FileStatus::Unparsable => Some("not read"),
                    FileStatus::FailedVerification => Some("the proof of its migration failed"),
                    FileStatus::Blocked => Some("Guard rules object to its migration"),
                };
                if written {
                    self.written.insert((repository.clone(), path.clone()));
                }
                self.inventory.unread.extend(why.map(|why| Unread {
                    repository,
                    path,
                    why: why.to_owned(),
                }));
            }
            Record::Function {
                path,
                line,
                logical_id,
                runtimes,
                origin,
                verdict,
            } => {
                let place = (repository.clone(), path.clone());
                let count = self
                    .functions
                    .entry((place, logical_id.clone(), line))
                    .or_default();
                *count += 1;
                if *count > 1 {
                    return Err(format!(
                        "the function {logical_id} of {path} in {repository} a second time; keep one report of \
                         each repository, or give each a name of its own with --label"
                    ));
                }
                self.inventory.functions.push(Function {
                    repository,
                    path,
                    line,
                    logical_id,
                    runtimes,
                    origin,
                    verdict: verdict_of(&verdict)?,
                    written: false,
                    rules: Vec::new(),
                    next_step: None,
                });
            }
            Record::Finding {
                path,
                rule,
                severity,
                effect,
                message,
                help,
                resource,
            } => {
                let place = (repository, path);
                match resource {
                    Some(resource)
                        if matches!(effect, Effect::Decline | Effect::FollowUp)
                            || severity == Severity::Error =>
                    {
                        let steps = self.steps.entry((place, resource)).or_default();
                        steps.push((rule, help));
                    }
                    Some(_) => {}
                    None => drop(self.reasons.entry(place).or_insert(message)),
                }
            }
            Record::BuildFile { templates, written } => {
                let places = templates.into_iter().map(|path| (repository.clone(), path));
                self.written.extend(places.filter(|_| written));
            }
            Record::Error { path, message } => self.inventory.unread.push(Unread {
                repository,
                path: path.unwrap_or_else(|| "-".to_owned()),
                why: message,
            }),
        }
        Ok(())
    }

    /// Everything that was read, in order.
    pub(crate) fn finish(mut self) -> Inventory {
        for function in &mut self.inventory.functions {
            let place = (function.repository.clone(), function.path.clone());
            function.written = self.written.contains(&place);
            let Some(steps) = self.steps.get(&(place, function.logical_id.clone())) else {
                continue;
            };
            for (rule, help) in steps {
                if !function.rules.contains(rule) {
                    function.rules.push(rule.clone());
                }
                if function.next_step.is_none() {
                    function.next_step.clone_from(help);
                }
            }
        }
        for unread in &mut self.inventory.unread {
            let place = (unread.repository.clone(), unread.path.clone());
            if let Some(reason) = self
                .reasons
                .get(&place)
                .filter(|_| unread.why == "not read")
            {
                unread.why.clone_from(reason);
            }
        }
        self.inventory.functions.sort();
        self.inventory.unread.sort();
        self.inventory
    }
}

/// What is wrong with a line, and where.
struct Wrong {
    column: usize,
    what: String,
}

fn parse(line: &[u8]) -> Result<(Head, Record), Wrong> {
    let wrong = |column, what: String| Wrong { column, what };
    let text = std::str::from_utf8(line).map_err(|error| {
        wrong(
            error.valid_up_to() + 1,
            "this is not UTF-8; write the report with --output, which no shell converts".to_owned(),
        )
    })?;
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| {
        let what = format!(
            "this is no line of JSON ({}); reports come from --format jsonl",
            cause(&error)
        );
        wrong(error.column(), what)
    })?;
    let head = Head::deserialize(&value).map_err(|error| {
        let what = format!(
            "this is no line of a lambdalift report ({}); they come from --format jsonl",
            cause(&error)
        );
        wrong(1, what)
    })?;
    if head.version != VERSION {
        return Err(wrong(
            1,
            format!(
                "this line has version {}, and this lambdalift reads version {VERSION}; write all reports \
                 with one version of it",
                head.version
            ),
        ));
    }
    let record = Record::deserialize(&value).map_err(|error| {
        let what = format!(
            "this line of the kind {:?} is not what lambdalift writes ({})",
            head.kind,
            cause(&error)
        );
        wrong(1, what)
    })?;
    Ok((head, record))
}

/// The error without its own idea of the place.
fn cause(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

fn verdict_of(name: &str) -> Result<Verdict, String> {
    let known = VERDICTS
        .into_iter()
        .find(|verdict| verdict.as_str() == name);
    known.ok_or_else(|| format!("{name:?} is no verdict of lambdalift"))
}
