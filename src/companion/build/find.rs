//! Finds what requests are about, and says what has to change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::go::{GoBuild, Output, go_build, output};
use super::model::{Command, Model, Value};
use super::names::{may_name, mentions, place, relative};
use super::prove::reason;
use super::read::Language;
use super::wish::{Wishes, setting};
use super::zip::{Zip, zip};
use super::{BuildFile, Found, Reason, Request};

/// The directory that SAM packs, as a key.
const ARTIFACTS: &str = "${ARTIFACTS_DIR}";

/// The search for what some requests are about.
pub(super) struct Finder<'a> {
    pub(super) file: &'a BuildFile<'a>,
    pub(super) model: &'a Model,
    /// The directory in which the build file is run.
    pub(super) base: PathBuf,
    /// The archives that are asked for.
    pub(super) archives: BTreeSet<PathBuf>,
    /// The files that get other names: the old path and the new one.
    pub(super) moved: BTreeSet<(PathBuf, PathBuf)>,
    pub(super) wishes: Wishes,
    /// The requests for what is only named here.
    pub(super) follows: BTreeSet<usize>,
    /// Those for what is named here in a way that cannot change.
    pub(super) hinders: BTreeSet<usize>,
}

/// A `go build` of the model.
pub(super) struct Built<'m> {
    pub(super) unit: usize,
    pub(super) command: &'m Command,
    pub(super) build: GoBuild,
}

impl<'a> Finder<'a> {
    pub(super) fn new(
        file: &'a BuildFile<'a>,
        language: Language,
        model: &'a Model,
        requests: &[(usize, &Request)],
    ) -> Self {
        let mut finder = Self::within(file, PathBuf::new(), model);
        let archives = requests.iter().filter_map(|(_, request)| match request {
            Request::Zip { archive, .. } => Some(crate::program::collapse(archive)),
            _ => None,
        });
        finder.archives = archives.collect();
        let bases = language.bases_of(file.path, model);
        let mut best = 0;
        for base in bases.into_iter().rev() {
            let old = std::mem::replace(&mut finder.base, base);
            let count = finder.count(requests);
            match count >= best {
                true => best = count,
                false => finder.base = old,
            }
        }
        finder
    }

    /// The search when the build file is run in this directory.
    pub(super) fn within(file: &'a BuildFile<'a>, base: PathBuf, model: &'a Model) -> Self {
        Self {
            file,
            model,
            base,
            archives: BTreeSet::new(),
            wishes: Wishes::default(),
            follows: BTreeSet::new(),
            hinders: BTreeSet::new(),
            moved: BTreeSet::new(),
        }
    }

    /// Whether something is to change here when a file moves, or nobody knows.
    pub(super) fn meets(mut self, from: &Path, to: &Path) -> bool {
        let (from, to) = (crate::program::collapse(from), crate::program::collapse(to));
        self.unseen(&from).is_some()
            || self.move_file(&from, &to).is_err()
            || !self.wishes.words.is_empty()
            || !self.wishes.behind.is_empty()
    }

    /// How many requests the file is about when it is run in the present directory.
    fn count(&self, requests: &[(usize, &Request)]) -> usize {
        let is_met = |request: &Request| match request {
            Request::Artifacts { .. } => false,
            Request::Binary { from, to, .. } => {
                !self.builds_of(from).is_empty() || !self.builds_of(to).is_empty()
            }
            Request::Zip { archive, .. } => !self.zips_of(archive).is_empty(),
        };
        let met = requests.iter().filter(|(_, request)| is_met(request));
        met.count()
    }

    /// Says what has to change for each request.
    pub(super) fn find(&mut self, requests: &[(usize, &Request)]) -> BTreeMap<usize, Found> {
        let mut found = BTreeMap::new();
        // A binary that is moved by itself decides where an archive takes it from.
        let is_zip = |request: &Request| matches!(request, Request::Zip { .. });
        let (zips, others): (Vec<_>, Vec<_>) =
            requests.iter().partition(|(_, request)| is_zip(request));
        for (index, request) in others.into_iter().chain(zips) {
            let answer = match request.goarch() {
                None => Err(reason("the architecture is not known".to_owned(), 0)),
                Some(goarch) => self.request(request, goarch, requests),
            };
            let answer = match (answer, request) {
                (Ok(None), Request::Binary { from, to, .. }) => {
                    let answer = self.follow(index, from, to);
                    if answer.is_err() {
                        self.hinders.insert(index);
                    }
                    answer
                }
                (answer, _) => answer,
            };
            found.insert(index, answer);
        }
        found
    }

    /// Moves what is built elsewhere, and by steps like these may be taken further.
    fn follow(&mut self, index: usize, from: &Path, to: &Path) -> Found {
        if from == to || !super::is_steps(self.file.path) {
            return Ok(None);
        }
        let (from, to) = (crate::program::collapse(from), crate::program::collapse(to));
        let before = self.wishes.words.len();
        self.move_file(&from, &to)?;
        if self.wishes.words.len() == before {
            return Ok(None);
        }
        self.follows.insert(index);
        Ok(Some(None))
    }

    fn request(
        &mut self,
        request: &Request,
        goarch: &'static str,
        all: &[(usize, &Request)],
    ) -> Found {
        match request {
            Request::Artifacts { logical_id, .. } => self.artifacts(logical_id, goarch),
            Request::Binary {
                from, to, package, ..
            } => self.binary(from, to, goarch, package.as_deref()),
            Request::Zip { archive, .. } => self.zip(archive, goarch, all),
        }
    }

    pub(super) fn place(&self, key: &str) -> Option<PathBuf> {
        place(key, self.file.path, &self.base)
    }

    /// The file that a word of a command names.
    pub(super) fn names(&self, command: &Command, word: &str) -> Option<PathBuf> {
        self.place(&command.key(word)?)
    }

    pub(super) fn go_builds(&self) -> impl Iterator<Item = Built<'a>> + use<'a> {
        self.model.commands().filter_map(|(unit, command)| {
            Some(Built {
                unit,
                command,
                build: go_build(command)?,
            })
        })
    }

    /// The key of the file that a build writes for certain.
    pub(super) fn output_key(built: &Built<'_>) -> Option<String> {
        match output(built.command, &built.build) {
            Output::Certain(word) => Self::in_dir(built, &word),
            Output::Within(_) => None,
        }
    }

    fn in_dir(built: &Built<'_>, word: &str) -> Option<String> {
        let cwd = match built.build.dir {
            Some(operand) => {
                let dir = built.command.words.get(operand.word)?.as_str();
                built.command.key(dir.get(operand.from..)?)
            }
            None => built.command.cwd.clone(),
        };
        super::model::key(word, cwd.as_deref())
    }

    pub(super) fn builds_of(&self, file: &Path) -> Vec<Built<'a>> {
        let file = crate::program::collapse(file);
        let is_output = |built: &Built<'_>| {
            let key = Self::output_key(built);
            key.and_then(|key| self.place(&key)).as_ref() == Some(&file)
        };
        self.go_builds().filter(is_output).collect()
    }

    pub(super) fn zips_of(&self, archive: &Path) -> Vec<(usize, &'a Command, Zip)> {
        let archive = crate::program::collapse(archive);
        let zips = self.model.commands();
        let zips = zips.filter_map(|(unit, command)| Some((unit, command, zip(command)?)));
        zips.filter(|(_, command, zip)| {
            self.names(command, &zip.archive).as_ref() == Some(&archive)
        })
        .collect()
    }

    fn binary(
        &mut self,
        from: &Path,
        to: &Path,
        goarch: &'static str,
        package: Option<&Path>,
    ) -> Found {
        let (from, to) = (crate::program::collapse(from), crate::program::collapse(to));
        let mut builds = self.builds_of(&from);
        let moves = !builds.is_empty() && from != to;
        if builds.is_empty() {
            builds = self.builds_of(&to);
        }
        if builds.is_empty() {
            return self.unseen(&from).map_or(Ok(None), Err);
        }
        for built in &builds {
            if let Some(package) = package
                && self.packages_of(built) != Some(BTreeSet::from([package.to_owned()]))
            {
                let what = crate::program::tidy(package);
                let why = format!("SAM builds {}, this may be another package", what.display());
                return Err(reason(why, built.command.at));
            }
            self.build(built, goarch)?;
        }
        self.agree(&builds)?;
        if to.starts_with(&from) {
            self.nothing_beside(&from)?;
        }
        if moves {
            self.move_file(&from, &to)?;
        }
        Ok(Some((moves && to.starts_with(&from)).then_some(from)))
    }

    /// Why nobody knows whether a file is built here.
    fn unseen(&self, file: &Path) -> Option<Reason> {
        let name = relative(self.file.path, file)?;
        let base = file.strip_prefix(&self.base).ok()?.to_str()?;
        for built in self.go_builds() {
            let at = built.command.at;
            match output(built.command, &built.build) {
                Output::Certain(word) => {
                    let key = Self::in_dir(&built, &word).unwrap_or(word);
                    let open = key.contains(['$', '*', '{', '`']) && !key.starts_with(ARTIFACTS);
                    if open && may_name(&key, base) {
                        let why = format!("it is not known whether this writes {name}");
                        return Some(reason(why, at));
                    }
                }
                Output::Within(dir) if built.build.output.is_some() => {
                    let key = Self::in_dir(&built, &dir);
                    let place = key.and_then(|key| self.place(&key));
                    if place.as_deref() == file.parent() {
                        let why = format!("one command builds {name} and others");
                        return Some(reason(why, at));
                    }
                }
                Output::Within(_) => {}
            }
        }
        self.hidden(base).or_else(|| self.unread(file))
    }

    /// What could not be read in a build file that names a file.
    pub(super) fn unread(&self, file: &Path) -> Option<Reason> {
        let (at, what) = self.model.unread.first()?;
        let name = file.file_name()?.to_str()?;
        mentions(self.file.text, name).then(|| reason(format!("{what} cannot be read"), *at))
    }

    /// The command that runs `go build` in a way that is not followed, and names a file.
    fn hidden(&self, name: &str) -> Option<Reason> {
        let found = self.model.commands().find(|(_, command)| {
            let words: Vec<_> = command.words.iter().map(Value::as_str).collect();
            let text = format!("{} {}", words.join(" "), command.further);
            let open = command.further.contains("go build") && command.further.contains('$');
            go_build(command).is_none()
                && text.contains("go build")
                && (open || mentions(&text, name))
        });
        found.map(|(_, command)| {
            let why = format!("{name} is built by a command within another one");
            reason(why, command.at)
        })
    }

    /// Wishes that a build be for this architecture, if that can be.
    pub(super) fn build(&mut self, built: &Built<'_>, goarch: &'static str) -> Result<(), Reason> {
        let command = built.command;
        let refuse = |why: &str| Err(reason(why.to_owned(), command.at));
        if !command.certain {
            return refuse("this runs only under a condition, or for names that are not known");
        }
        match setting(command, "GOOS").value("GOOS") {
            Ok(None | Some("linux")) => {}
            Ok(Some(_)) => return refuse("this builds for another system than Linux"),
            Err(()) => return refuse("it is not known for which system this builds"),
        }
        let present = setting(command, "GOARCH");
        let present = present.value("GOARCH").ok().flatten();
        let changes = present != Some(goarch);
        let cgo = setting(command, "CGO_ENABLED");
        if changes && cgo.value("CGO_ENABLED") == Ok(Some("1")) {
            return refuse("this needs cgo, which is set up for one architecture");
        }
        if built.build.special.is_some() {
            return refuse("this option needs cgo or makes no program");
        }
        if changes
            && let Some(other) = Self::output_key(built).and_then(|key| other_name(&key, goarch))
        {
            return refuse(&format!("the name of what this builds says {other}"));
        }
        match self.wishes.builds.insert(built.unit, goarch) {
            Some(other) if other != goarch => refuse("this builds for two architectures"),
            _ => Ok(()),
        }
    }

    /// The directories of the packages whose builds change; `None` when one of them is not known.
    pub(super) fn packages(&self) -> Option<BTreeSet<PathBuf>> {
        let changed = self
            .go_builds()
            .filter(|built| self.wishes.builds.contains_key(&built.unit));
        let mut found = BTreeSet::new();
        for built in changed {
            found.extend(self.packages_of(&built)?);
        }
        Some(found)
    }

    /// The directories of the packages that a command builds.
    fn packages_of(&self, built: &Built<'_>) -> Option<BTreeSet<PathBuf>> {
        let words = &built.build.packages;
        let words = words.iter().map(|word| built.command.words.get(*word));
        let mut words: Vec<&str> = words
            .map(|word| word.filter(|word| word.is_plain()).map(Value::as_str))
            .collect::<Option<_>>()?;
        if words.is_empty() {
            words.push(".");
        }
        let places = words.into_iter().map(|word| {
            let dir = match word.strip_suffix(".go") {
                Some(file) => file.rsplit_once('/').map_or(".", |(dir, _)| dir),
                // A path of imports names no directory here.
                None if word.starts_with('.') && !word.contains("...") => word,
                None => return None,
            };
            self.place(&Self::in_dir(built, dir)?)
        });
        places.collect()
    }

    /// Holds the builds of one file against each other: they are the same but for what they
    /// build, or the file is made for several architectures.
    pub(super) fn agree(&self, builds: &[Built<'_>]) -> Result<(), Reason> {
        let goarch = |built: &Built<'_>| {
            let value = setting(built.command, "GOARCH");
            value.value("GOARCH").map(|it| it.map(str::to_owned))
        };
        let mut values = builds.iter().map(|built| (goarch(built), built.command.at));
        let first = values.next().map(|(value, _)| value);
        match values.find(|(value, _)| Some(value) != first.as_ref()) {
            Some((_, at)) => {
                let why = "the file is built for several architectures under one name";
                Err(reason(why.to_owned(), at))
            }
            None => Ok(()),
        }
    }

    fn artifacts(&mut self, logical_id: &str, goarch: &'static str) -> Found {
        super::artifacts::Search::new(self.model, logical_id).map_or(Ok(None), |search| {
            self.deliver(&search, goarch).map(|()| Some(None))
        })
    }

    /// Wishes that a target deliver `bootstrap`.
    fn deliver(
        &mut self,
        search: &super::artifacts::Search<'_>,
        goarch: &'static str,
    ) -> Result<(), Reason> {
        let delivery = search.delivery()?;
        let builds = self.go_builds();
        let builds = builds.filter(|built| delivery.builds.contains(&built.unit));
        for built in builds.collect::<Vec<_>>() {
            self.build(&built, goarch)?;
        }
        for (unit, word, text) in delivery.words {
            let Some(value) = self.model.word(unit, word) else {
                continue;
            };
            self.wish(unit, word, text, value)?;
        }
        for (unit, word, text) in delivery.behind {
            self.wishes.behind.insert((unit, word), text);
        }
        Ok(())
    }
}

/// The other architecture that a name speaks of.
fn other_name(name: &str, goarch: &str) -> Option<&'static str> {
    let others: &[&str] = match goarch {
        "arm64" => &["amd64", "x86_64", "x86-64", "x64"],
        _ => &["arm64", "aarch64"],
    };
    others.iter().copied().find(|other| name.contains(other))
}
