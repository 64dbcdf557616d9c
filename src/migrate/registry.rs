//! CloudFormation registry types: `.rpdk-config`, `template.yml` and the build move as one unit.
//!
//! What runs in CloudFormation is named by `.rpdk-config`, what runs in tests by the template, and
//! `cfn submit` packs one directory for both. So the functions of the project, their build files and
//! `.rpdk-config` move together or not at all.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::code_key::CodeKey;
use super::context::{ArchitectureChoice, Context};
use super::job::Job;
use super::known::Known;
use super::outcome::BuildFileEdit;
use super::track::Track;
use super::unit::{Grant, Units, Without};
use super::users::label;
use crate::companion::registry::{Key, MAKEBUILD, NAME, PACKAGE, Project};
use crate::companion::{Refused, TextEdit};
use crate::data::{BOOTSTRAP, RetiredRuntime, TARGET};
use crate::finding::Related;
use crate::program::{directory_of, tidy};
use crate::source::SourceFile;
use crate::syntax::NodeId;
use crate::template::{Code, EffectiveFunction, Template};

/// The function that `cfn test` runs in place of CloudFormation, and the one whose entry point
/// contract tests may call.
const MEMBERS: [&str; 2] = ["TypeFunction", "TestEntrypoint"];

/// The project of a template, and what becomes of it.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(crate) config: PathBuf,
    text: String,
    /// Its functions.
    members: Vec<NodeId>,
    /// Some of them leave `go1.x`: the program gets another name.
    pub(crate) renames: bool,
    pub(crate) course: Course,
}

/// What becomes of a project.
#[derive(Debug)]
pub(crate) enum Course {
    /// `.rpdk-config` is edited together with the functions. Without an edit it says already what
    /// they end with.
    Moves(Vec<TextEdit>),
    /// The functions move, and a person edits `.rpdk-config`: what it has to say.
    ByHand(Vec<(Key, &'static str)>),
    /// Everything stays.
    Stays(Obstacle),
    /// The functions have moved already, and `.rpdk-config` was forgotten: what it has to say.
    Behind(Vec<(Key, &'static str)>),
}

/// Why a project stays as it is.
#[derive(Debug)]
pub(crate) struct Obstacle {
    /// One clause without a final stop.
    pub(crate) why: String,
    /// The next step.
    pub(crate) help: String,
    /// A place in `.rpdk-config`, if it is about that.
    pub(crate) at: Option<usize>,
    /// The functions that hold the others back: they say why themselves.
    pub(crate) causes: BTreeSet<NodeId>,
}

/// A function of the project.
struct Member<'t> {
    known: &'t Known<'t>,
    /// It is on its way.
    from: Option<RetiredRuntime>,
}

impl Registry {
    /// The project that the template belongs to. `staying` are functions of which it is known that
    /// they stay.
    pub(crate) fn plan(
        context: &Context<'_>,
        template: &Template<'_>,
        known: &[Known<'_>],
        units: &Units,
        staying: &Without,
    ) -> Option<Self> {
        let members = members(context, template, known);
        let leaves = members.iter().any(|member| member.from.is_some());
        let is_current = |member: &Member<'_>| matches!(member.known.track, Track::Current);
        if !leaves && !members.iter().any(is_current) {
            return None;
        }
        let config = config_of(template);
        if !context.survey.is_present(&config) {
            return None;
        }
        let renames = members
            .iter()
            .any(|member| member.from == Some(RetiredRuntime::Go1));
        let (text, project) = match read(&config, context.survey.read(&config)) {
            Ok((text, project)) => (text, Ok(project?)),
            Err((text, refused)) if leaves => (text, Err(refused)),
            Err(_) => return None,
        };
        let case = Case {
            context,
            template,
            units,
            staying,
            members: &members,
            renames,
            config: &config,
        };
        let course = match project {
            Err(refused) => Course::Stays(case.unreadable(refused)),
            Ok(project) if leaves => case.course(&project).unwrap_or_else(Course::Stays),
            Ok(project) => Course::Behind(case.forgotten(&project)?),
        };
        Some(Self {
            members: members
                .iter()
                .map(|member| member.known.function.key)
                .collect(),
            config,
            text,
            renames,
            course,
        })
    }

    /// Whether a function belongs to the project.
    pub(crate) fn has(&self, function: &EffectiveFunction) -> bool {
        self.members.contains(&function.key)
    }

    /// Whether a function belongs to it and stays because of it.
    pub(crate) fn holds(&self, function: &EffectiveFunction) -> Option<&Obstacle> {
        match &self.course {
            Course::Stays(obstacle) if self.has(function) => {
                Some(obstacle).filter(|it| !it.causes.contains(&function.key))
            }
            _ => None,
        }
    }

    /// Whether a function is the first of the project: it speaks for all.
    pub(crate) fn is_led_by(&self, function: &EffectiveFunction) -> bool {
        self.members.first() == Some(&function.key)
    }

    /// The functions that stay, although the project could move.
    pub(crate) fn lost(&self, jobs: &[Job<'_>]) -> Vec<NodeId> {
        if !matches!(self.course, Course::Moves(_) | Course::ByHand(_)) {
            return Vec::new();
        }
        let stays = |job: &&Job<'_>| {
            self.members.contains(&job.function.key)
                && !job.is_migrating()
                && !matches!(job.track, Track::Current)
        };
        let lost = jobs.iter().filter(stays);
        lost.map(|job| job.function.key).collect()
    }

    /// The edits of `.rpdk-config`, if somebody moves.
    pub(crate) fn into_edit(self, jobs: &[Job<'_>]) -> Option<BuildFileEdit> {
        let moves = |job: &Job<'_>| job.is_migrating() && self.members.contains(&job.function.key);
        match self.course {
            Course::Moves(edits) if !edits.is_empty() && jobs.iter().any(moves) => {
                Some(BuildFileEdit {
                    path: self.config,
                    text: self.text,
                    edits,
                })
            }
            _ => None,
        }
    }

    /// A place in `.rpdk-config`.
    pub(crate) fn at(&self, at: usize, message: &str) -> Related {
        let source = SourceFile::new(&self.config, self.text.clone());
        let position = source.position(at);
        Related::Elsewhere {
            message: message.to_owned(),
            path: self.config.clone(),
            line: position.line,
            column: position.column,
        }
    }
}

/// Whether the function belongs to a registry type: its programs cannot be given directories of
/// their own, because one is packed.
pub(super) fn is_of_registry(
    context: &Context<'_>,
    template: &Template<'_>,
    function: &EffectiveFunction,
) -> bool {
    let config = config_of(template);
    is_member(function)
        && match read(&config, context.survey.read(&config)) {
            Ok((_, project)) => project.is_some(),
            Err(_) => context.survey.is_present(&config),
        }
}

/// Whether a directory is what a registry type packs whose functions stand in another template: its
/// build moves with these.
pub(super) fn is_package_of_others(
    context: &Context<'_>,
    template: &Template<'_>,
    directory: &Path,
) -> bool {
    let home = directory_of(directory);
    directory.ends_with(PACKAGE)
        && !template.functions.iter().any(is_member)
        && context.survey.is_present(&home.join(NAME))
}

fn config_of(template: &Template<'_>) -> PathBuf {
    template.home().join(NAME)
}

fn is_member(function: &EffectiveFunction) -> bool {
    MEMBERS.contains(&function.logical_id.as_str())
}

/// The project's own functions, and those that run the same package.
fn members<'t>(
    context: &Context<'_>,
    template: &Template<'_>,
    known: &'t [Known<'t>],
) -> Vec<Member<'t>> {
    let keys = |it: &EffectiveFunction| CodeKey::all(context.survey, template, it);
    let named = template.functions.iter().filter(|it| is_member(it));
    let packages: Vec<CodeKey> = named.flat_map(keys).collect();
    let shares = |known: &Known<'_>| {
        let is_leaving = matches!(known.track, Track::Leaving(_));
        let is_shared = |key| packages.contains(key);
        !packages.is_empty() && is_leaving && keys(known.function).iter().any(is_shared)
    };
    let found = known.iter();
    let found = found.filter(|it| is_member(it.function) || shares(it));
    let found = found.map(|known| {
        let from = match &known.track {
            Track::Leaving(leaving) => Some(leaving.from),
            _ => None,
        };
        let from = from.filter(|from| context.options.from.contains(from));
        Member { known, from }
    });
    found.collect()
}

/// Whether other rules decline a function for the sake of its program.
fn is_refused(known: &Known<'_>) -> bool {
    match &known.placement {
        Some(Ok(placement)) => {
            let module = placement.program.module.as_ref();
            module.is_some_and(|module| module.outdated_lambda_go())
        }
        Some(Err(_)) => true,
        None => false,
    }
}

type Found = Result<(String, Option<Project>), (String, Refused)>;

fn read(config: &Path, bytes: Option<Vec<u8>>) -> Found {
    let refuse = |why: &str| {
        let why = why.to_owned();
        (String::new(), Refused { why, at: 0 })
    };
    let unreadable = "it is no file of ordinary size in this repository that can be read";
    let bytes = bytes.ok_or_else(|| refuse(unreadable))?;
    let text = String::from_utf8(bytes).map_err(|_| refuse("it is not valid UTF-8"))?;
    match Project::read(config, &text) {
        Ok(project) => Ok((text, project)),
        Err(refused) => Err((text, refused)),
    }
}

/// The questions behind a [`Course`].
struct Case<'c> {
    context: &'c Context<'c>,
    template: &'c Template<'c>,
    units: &'c Units,
    staying: &'c Without,
    members: &'c [Member<'c>],
    renames: bool,
    config: &'c Path,
}

impl Case<'_> {
    fn course(&self, project: &Project) -> Result<Course, Obstacle> {
        let values = self.values(project)?;
        self.everybody_moves()?;
        if !self.edits() {
            return Ok(Course::ByHand(values));
        }
        if self.renames {
            self.build_moves()?;
        }
        let edits = project.set(&values);
        let edits = edits.map_err(|refused| {
            let why = format!("{}: {}", self.config.display(), refused.why);
            self.obstacle(why, self.steps(), Some(refused.at))
        })?;
        Ok(Course::Moves(edits))
    }

    /// The new values of `.rpdk-config`.
    fn values(&self, project: &Project) -> Result<Vec<(Key, &'static str)>, Obstacle> {
        let mut values = Vec::new();
        let runtime = self.text(project, Key::Runtime)?;
        let runtime = runtime.ok_or_else(|| self.says(project, Key::Runtime, "no runtime"))?;
        let mut members = self.members.iter();
        if members.any(|it| it.from.is_some_and(|from| from.id() == runtime)) {
            values.push((Key::Runtime, TARGET));
        } else if runtime != TARGET {
            let says = format!("the runtime {runtime}, which its functions do not have");
            return Err(self.says(project, Key::Runtime, &says));
        }
        if self.renames {
            self.one_program(project)?;
            for key in [Key::Entrypoint, Key::TestEntrypoint] {
                let named = self.text(project, key)?.map(plain);
                if named.is_some_and(|named| named != BOOTSTRAP) {
                    values.push((key, BOOTSTRAP));
                }
            }
        }
        Ok(values)
    }

    /// The entry points and Handlers name one program: the package has one `bootstrap`.
    fn one_program(&self, project: &Project) -> Result<(), Obstacle> {
        let entry = self.text(project, Key::Entrypoint)?;
        let entry = entry.ok_or_else(|| self.says(project, Key::Entrypoint, "no entrypoint"))?;
        // Who has edited `.rpdk-config` first and left the template is nearly done.
        let is_done = self.text(project, Key::Runtime)? == Some(TARGET) && entry == BOOTSTRAP;
        let mut names = BTreeSet::from([plain(entry)]);
        names.extend(self.text(project, Key::TestEntrypoint)?.map(plain));
        if is_done {
            names.remove(BOOTSTRAP);
        }
        for member in self.members {
            let handler = member.known.function.handler_text();
            let name = &member.known.function.logical_id;
            let handler = handler.ok_or_else(|| {
                let why = format!("the Handler of {name} has no single value");
                self.obstacle(why, self.steps(), None)
            })?;
            if member.from == Some(RetiredRuntime::Go1) {
                names.insert(plain(handler));
            }
        }
        if names.len() < 2 {
            return Ok(());
        }
        let names: Vec<&str> = names.into_iter().collect();
        let why = format!(
            "{} and the template name several programs ({}), but `cfn submit` packs one directory, which has one bootstrap",
            self.config.display(),
            names.join(", ")
        );
        let help = "let one program serve both entry points, as `cfn generate` writes it, and name it in entrypoint, testEntrypoint and both Handlers; then run lambdalift again";
        Err(self.obstacle(why, help.to_owned(), Some(project.place(Key::Entrypoint))))
    }

    /// A function that stays holds the others back.
    fn everybody_moves(&self) -> Result<(), Obstacle> {
        let stays = |member: &&Member<'_>| {
            let function = member.known.function;
            let moves = member.from.is_some() || matches!(member.known.track, Track::Current);
            let keys = CodeKey::all(self.context.survey, self.template, function);
            let own = label(self.template, function);
            !moves
                || is_refused(member.known)
                || self.context.users.stays(&keys, &own)
                || self.staying.contains(&function.key)
        };
        let causes: Vec<&Member<'_>> = self.members.iter().filter(stays).collect();
        let Some(first) = causes.first() else {
            return Ok(());
        };
        let why = format!(
            "{}, which belongs to the same registry type, stays as it is",
            first.known.function.logical_id
        );
        let mut obstacle = self.obstacle(
            why,
            "let all functions of the registry type be migrated together".to_owned(),
            None,
        );
        obstacle.causes = causes.iter().map(|it| it.known.function.key).collect();
        Err(obstacle)
    }

    /// The build has to write `bin/bootstrap`, and is edited for that.
    fn build_moves(&self) -> Result<(), Obstacle> {
        let home = directory_of(self.config);
        let package = tidy(&home.join(PACKAGE));
        for member in self.members {
            if member.from != Some(RetiredRuntime::Go1) {
                continue;
            }
            let name = &member.known.function.logical_id;
            let is_package = match &member.known.function.code {
                Code::Directory { path, .. } => tidy(&home.join(path)) == package,
                _ => false,
            };
            if !is_package {
                let why = format!(
                    "`cfn submit` packs {}, which is not the CodeUri of {name}",
                    package.display()
                );
                return Err(self.obstacle(why, self.steps(), None));
            }
            let grant = self.units.of(member.known.function);
            if !grant.is_some_and(|grant| self.moves_makebuild(home, grant)) {
                let handler = member.known.function.handler_text();
                let binary = package.join(handler.unwrap_or_default());
                let why = format!(
                    "its build files cannot be edited with certainty to make {} in place of {}",
                    package.join(BOOTSTRAP).display(),
                    binary.display()
                );
                return Err(self.obstacle(why, self.steps(), None));
            }
        }
        Ok(())
    }

    /// `make build` hands over to `makebuild`, if that is there.
    fn moves_makebuild(&self, home: &Path, grant: &Grant) -> bool {
        let makebuild = tidy(&home.join(MAKEBUILD));
        !self.context.survey.is_file(&makebuild)
            || grant.files.iter().any(|file| tidy(file) == makebuild)
    }

    /// Whether build files are edited in this run.
    fn edits(&self) -> bool {
        let source = self.template.document.source().path();
        let is_above = |path: &Path| path.components().any(|it| it == Component::ParentDir);
        let is_known = self.context.options.architecture != ArchitectureChoice::Keep;
        self.context.edits_build_files
            && !self.context.options.kept.contains(source)
            && !is_above(self.config)
            && (is_known || !self.renames)
    }

    /// What `.rpdk-config` has to say for functions that have moved already.
    fn forgotten(&self, project: &Project) -> Option<Vec<(Key, &'static str)>> {
        let mut members = self.members.iter();
        let all_current = members.all(|member| matches!(member.known.track, Track::Current));
        let retired = project.says(Key::Runtime).and_then(RetiredRuntime::from_id);
        let retired = retired.filter(|_| all_current)?;
        let mut values = vec![(Key::Runtime, TARGET)];
        if retired == RetiredRuntime::Go1 {
            let entries = [Key::Entrypoint, Key::TestEntrypoint].into_iter();
            let named = entries.filter(|key| project.says(*key).is_some_and(|it| it != BOOTSTRAP));
            values.extend(named.map(|key| (key, BOOTSTRAP)));
        }
        Some(values)
    }

    fn text<'p>(&self, project: &'p Project, key: Key) -> Result<Option<&'p str>, Obstacle> {
        if project.is_malformed(key) {
            let what = format!("something else than a string as {}", key.name());
            return Err(self.says(project, key, &what));
        }
        Ok(project.says(key))
    }

    /// `.rpdk-config` says something unexpected.
    fn says(&self, project: &Project, key: Key, what: &str) -> Obstacle {
        let why = format!("{} says {what}", self.config.display());
        self.obstacle(why, self.steps(), Some(project.place(key)))
    }

    fn unreadable(&self, refused: Refused) -> Obstacle {
        let why = format!(
            "{} makes it a CloudFormation registry type, but {}",
            self.config.display(),
            refused.why
        );
        let help = "correct it, then run lambdalift again".to_owned();
        self.obstacle(why, help, Some(refused.at))
    }

    fn obstacle(&self, why: String, help: String, at: Option<usize>) -> Obstacle {
        Obstacle {
            why,
            help,
            at,
            causes: BTreeSet::new(),
        }
    }

    /// What a person does in place of this run.
    fn steps(&self) -> String {
        let config = self.config.display();
        if !self.renames {
            return format!(
                "set runtime in {config} and Runtime of TypeFunction and TestEntrypoint to {TARGET}"
            );
        }
        format!(
            "let the build write {PACKAGE}/{BOOTSTRAP} for amd64 with -tags lambda.norpc; set runtime in {config} and Runtime of TypeFunction and TestEntrypoint to {TARGET}, entrypoint, testEntrypoint and both Handlers to {BOOTSTRAP}; use cloudformation-cli-go-plugin 2.2.0 or newer"
        )
    }
}

/// `./handler` is `handler`.
fn plain(name: &str) -> &str {
    name.strip_prefix("./").unwrap_or(name)
}
