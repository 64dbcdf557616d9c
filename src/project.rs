//! The library's front door: texts in, edits and findings out. Nothing is printed, and nothing written.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};

use crate::companion::BuildFileChange;
use crate::data::Data;
use crate::edit::{Edit, Splices};
use crate::finding::Finding;
use crate::migrate::{FunctionReport, Options, Outcome, Status};
use crate::program::{DiskFiles, MemoryFiles, NoFiles, Survey};
use crate::session::{Input, Session};
use crate::source::LineColumn;

/// What has become of one template.
#[derive(Debug)]
pub struct Migration {
    /// The migrated text, read again and proved; `None` if nothing changes.
    pub text: Option<String>,
    /// What leads from the old text to the new one, in text order.
    pub edits: Vec<Edit>,
    /// What there is to say, in text order: what the edits are for, what is left to do, and why a
    /// function was declined.
    pub findings: Vec<Finding>,
    /// The functions, each with its verdict, in text order.
    pub functions: Vec<FunctionReport>,
    /// How the work ended.
    pub status: Status,
    outcome: Outcome,
}

impl Migration {
    fn new(mut outcome: Outcome) -> Self {
        let findings = std::mem::take(&mut outcome.findings);
        let fixes = findings.iter().filter_map(|it| it.fix.as_ref());
        let edits = fixes.flat_map(|fix| &fix.edits);
        let merged = outcome.output.as_ref().map(|_| Splices::merge(edits));
        let edits = match merged {
            Some(Ok(splices)) => splices.edits().to_vec(),
            // The text has been made from them: they go together.
            Some(Err(_)) | None => Vec::new(),
        };
        Self {
            text: outcome.new_text(),
            edits,
            findings,
            functions: std::mem::take(&mut outcome.functions),
            status: outcome.status,
            outcome,
        }
    }

    /// The path that the template was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.outcome.source.path()
    }

    /// Where a byte offset into the old text stands, as an editor shows it.
    #[must_use]
    pub fn position(&self, offset: usize) -> LineColumn {
        self.outcome.source.position(offset)
    }
}

/// What has become of several templates.
#[derive(Debug)]
pub struct Migrations {
    /// One for each template, in the order in which they were given.
    pub templates: Vec<Migration>,
    /// The build files that have to change together with them.
    pub build_files: Vec<BuildFileChange>,
}

/// Migrates one template, of whose surroundings nothing is known.
///
/// What depends on files beside it is left to do for a person, or declines the function. `path` is what
/// the template is called in messages.
///
/// ```
/// use lambdalift::{Options, Verdict, migrate};
///
/// let template = "\
/// Resources:
///   Hello:
///     Type: AWS::Serverless::Function
///     Properties:
///       Runtime: provided.al2 # custom
///       Handler: bootstrap
/// ";
/// let migration = migrate(template, "template.yaml", &Options::default());
///
/// assert_eq!(migration.functions[0].verdict, Verdict::MigratedWithFollowUp);
/// let text = migration.text.expect("it is on a retired runtime");
/// assert!(text.contains("Runtime: provided.al2023 # custom"));
///
/// let edit = &migration.edits[0];
/// assert_eq!(&template[edit.range()], "provided.al2");
/// assert_eq!(edit.content(), "provided.al2023");
/// ```
#[must_use]
pub fn migrate(source: &str, path: impl Into<PathBuf>, options: &Options) -> Migration {
    let session = session(&NEVER);
    let survey = Arc::new(Survey::new(NoFiles));
    let input = input(path.into(), source.to_owned(), Arc::new(options.clone()));
    Migration::new(session.run_one(input, survey))
}

/// Several templates, and the files beside them.
///
/// Templates that belong together have to be migrated together: functions that run the same package move
/// together or not at all, whichever templates they stand in.
///
/// ```
/// use lambdalift::{Options, Project, Verdict};
///
/// let template = "\
/// Resources:
///   Hello:
///     Type: AWS::Serverless::Function
///     Properties:
///       CodeUri: ./hello
///       Handler: hello
///       Runtime: go1.x
/// ";
/// let migrations = Project::in_memory()
///     .file("hello/main.go", "package main\n\nfunc main() {}\n")
///     .file("hello/go.mod", "module example.com/hello\n\ngo 1.22\n")
///     .template("template.yaml", template)
///     .migrate(&Options::default());
///
/// let migration = &migrations.templates[0];
/// assert_eq!(migration.functions[0].verdict, Verdict::Migrated);
/// for finding in &migration.findings {
///     let place = migration.position(finding.range.start);
///     println!("{}:{}: {} [{}]", place.line, place.column, finding.message, finding.rule.id);
/// }
/// ```
#[derive(Debug)]
pub struct Project {
    surroundings: Surroundings,
    templates: Vec<(PathBuf, String, Option<Options>)>,
}

#[derive(Debug)]
enum Surroundings {
    Memory(MemoryFiles),
    Disk(DiskFiles),
}

impl Project {
    /// Files that exist in memory only, at paths relative to the root of a repository; nothing on disk
    /// is looked at.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::new(Surroundings::Memory(MemoryFiles::new()))
    }

    /// The files of a repository on disk, for reading. Templates are given at paths that the process
    /// could open; of what lies outside `repository`, links included, nothing is read.
    ///
    /// # Errors
    /// When `repository` is no directory that can be resolved.
    pub fn on_disk(repository: impl AsRef<Path>) -> io::Result<Self> {
        let files = DiskFiles::new(repository.as_ref())?;
        Ok(Self::new(Surroundings::Disk(files)))
    }

    fn new(surroundings: Surroundings) -> Self {
        Self {
            surroundings,
            templates: Vec::new(),
        }
    }

    /// Adds a template.
    #[must_use]
    pub fn template(self, path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        self.add(path.into(), text.into(), None)
    }

    /// Adds a template of which something else is wanted than of the others.
    #[must_use]
    pub fn template_with(
        self,
        path: impl Into<PathBuf>,
        text: impl Into<String>,
        options: Options,
    ) -> Self {
        self.add(path.into(), text.into(), Some(options))
    }

    fn add(mut self, path: PathBuf, text: String, options: Option<Options>) -> Self {
        self.templates.push((path, text, options));
        self
    }

    /// Adds a file beside the templates: source, a Makefile, and so on. On disk files are there already,
    /// and this changes nothing.
    #[must_use]
    pub fn file(self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Self {
        self.with(|files| files.file(path, content))
    }

    /// Adds a file beside the templates that may be executed.
    #[must_use]
    pub fn executable(self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Self {
        self.with(|files| files.executable(path, content))
    }

    fn with(mut self, add: impl FnOnce(MemoryFiles) -> MemoryFiles) -> Self {
        if let Surroundings::Memory(files) = self.surroundings {
            self.surroundings = Surroundings::Memory(add(files));
        }
        self
    }

    /// Migrates all templates.
    #[must_use]
    pub fn migrate(self, options: &Options) -> Migrations {
        let survey = Arc::new(match self.surroundings {
            Surroundings::Memory(files) => Survey::new(files),
            Surroundings::Disk(files) => Survey::new(files),
        });
        let common = Arc::new(options.clone());
        let templates = self.templates.into_iter();
        let inputs = templates.map(|(path, text, options)| {
            let options = options.map_or_else(|| Arc::clone(&common), Arc::new);
            input(path, text, options)
        });
        let run = session(&NEVER).run_among(inputs.collect(), survey);
        Migrations {
            templates: run.outcomes.into_iter().map(Migration::new).collect(),
            build_files: run.build_files,
        }
    }
}

static NEVER: AtomicBool = AtomicBool::new(false);
static DATA: LazyLock<Data> = LazyLock::new(Data::built_in);

fn session(cancelled: &AtomicBool) -> Session<'_> {
    Session {
        data: &DATA,
        threads: 0,
        cancelled,
        edits_build_files: true,
        done: None,
    }
}

fn input(path: PathBuf, text: String, options: Arc<Options>) -> Input {
    Input {
        path,
        root: PathBuf::new(),
        bytes: text.into_bytes(),
        has_neighbours: true,
        options,
    }
}
