//! What .gitignore, .ignore and git's exclude files leave out.
//!
//! The patterns are the `ignore` crate's, and so is their order of precedence. Its walk is not used: it looks
//! for ignore files in each directory although the listing has just said that there are none, waits for the
//! writer of a FIFO that has the right name, and turns each byte of a file into many times its size. A
//! directory whose ignore file cannot be used is not entered: without it the run would touch files that it
//! must not.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::error::DiscoveryError;
use super::open;
use super::paths;
use crate::config::NAMES;

const IGNORE: &str = ".ignore";
const GIT_IGNORE: &str = ".gitignore";
/// A directory, or in a worktree a file that names one.
const GIT: &str = ".git";
const EXCLUDE: &str = "info/exclude";
const JUJUTSU: &str = ".jj";

/// The largest ignore file in bytes: as large as any other file beside a template may be.
const MAX_SIZE: u64 = 1 << 20;

/// Which of the names that matter here a directory holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    ignore: bool,
    git_ignore: bool,
    git: bool,
    jujutsu: bool,
    landmark: bool,
}

impl Marks {
    /// What may be there when no whole listing is at hand.
    pub(super) const ANY: Self = Self {
        ignore: true,
        git_ignore: true,
        git: true,
        jujutsu: true,
        landmark: true,
    };
    /// The same where git's own rules say nothing.
    const BEYOND_REPOSITORY: Self = Self {
        git_ignore: false,
        git: false,
        jujutsu: false,
        ..Self::ANY
    };

    /// Takes in a name of the listing.
    pub(super) fn note(&mut self, name: &OsStr) {
        let Some(name) = name.to_str() else { return };
        match name {
            IGNORE => self.ignore = true,
            GIT_IGNORE => self.git_ignore = true,
            GIT => self.git = true,
            JUJUTSU => self.jujutsu = true,
            _ => {}
        }
        // Not everywhere does the case of a name matter.
        let mut landmarks = NAMES.iter().chain([&GIT]);
        self.landmark |= landmarks.any(|it| name.eq_ignore_ascii_case(it));
    }

    /// Whether a repository may begin here, or configuration hold from here on.
    pub(super) fn is_landmark(self) -> bool {
        self.landmark
    }

    fn any(self) -> bool {
        self.ignore || self.git_ignore || self.git || self.jujutsu
    }
}

/// The rules that hold in a directory: its own, and those of the directories above.
#[derive(Debug)]
pub(super) struct IgnoreRules {
    /// Those of the next directory above that has any.
    above: Option<Arc<IgnoreRules>>,
    ignore: Gitignore,
    git_ignore: Gitignore,
    exclude: Gitignore,
    /// Whether git's rules from above say nothing here.
    is_boundary: bool,
    /// Whether the directory lies above the root: its rules are matched against real paths.
    is_above_root: bool,
}

/// Where a walk begins, and what holds everywhere below.
#[derive(Debug)]
pub(super) struct IgnoreRoot {
    path: PathBuf,
    /// The real path, if a directory above has rules.
    real: Option<PathBuf>,
    /// Within a repository git's own rule holds: a .gitignore above it says nothing. Elsewhere there is no
    /// such bound, and all of them are honoured.
    is_bounded: bool,
    /// git's exclude file of the user.
    global: Arc<Gitignore>,
}

/// The rules of directories above roots. Roots lie side by side, often by the thousand: what is above them is
/// read once.
#[derive(Debug)]
pub(super) struct Above {
    global: Arc<Gitignore>,
    /// By canonical directories, and whether git's rules hold there.
    known: HashMap<(PathBuf, bool), Option<Arc<IgnoreRules>>>,
}

impl Above {
    pub(super) fn new() -> Self {
        Self {
            global: Arc::new(Gitignore::global().0),
            known: HashMap::new(),
        }
    }

    /// A root at `path`, a cleaned one, and the rules that hold there.
    ///
    /// # Errors
    /// With the first ignore file that cannot be used.
    pub(super) fn root(
        &mut self,
        path: &Path,
    ) -> Result<(IgnoreRoot, Option<Arc<IgnoreRules>>), DiscoveryError> {
        let mut root = IgnoreRoot {
            path: path.to_path_buf(),
            real: None,
            is_bounded: false,
            global: Arc::clone(&self.global),
        };
        let Ok(real) = path.canonicalize() else {
            return Ok((root, None));
        };
        let repository = real.ancestors().position(is_repository);
        root.is_bounded = repository.is_some();
        let mut rules = None;
        let above: Vec<_> = real.ancestors().enumerate().skip(1).collect();
        for (at, directory) in above.into_iter().rev() {
            let is_beyond = repository.is_some_and(|repository| repository < at);
            let key = (directory.to_path_buf(), is_beyond);
            if let Some(known) = self.known.get(&key) {
                rules.clone_from(known);
                continue;
            }
            let marks = match is_beyond {
                true => Marks::BEYOND_REPOSITORY,
                false => Marks::ANY,
            };
            rules = root.below(directory, marks, rules, true)?;
            self.known.insert(key, rules.clone());
        }
        root.real = rules.is_some().then_some(real);
        Ok((root, rules))
    }
}

impl IgnoreRoot {
    /// The rules in `directory`, which is listed, given those `above`.
    ///
    /// # Errors
    /// With the ignore file that cannot be used.
    pub(super) fn enter(
        &self,
        directory: &Path,
        marks: Marks,
        above: Option<&Arc<IgnoreRules>>,
    ) -> Result<Option<Arc<IgnoreRules>>, DiscoveryError> {
        match marks.any() {
            true => self.below(directory, marks, above.cloned(), false),
            false => Ok(above.cloned()),
        }
    }

    fn below(
        &self,
        directory: &Path,
        marks: Marks,
        above: Option<Arc<IgnoreRules>>,
        is_above_root: bool,
    ) -> Result<Option<Arc<IgnoreRules>>, DiscoveryError> {
        let read = |is_there: bool, file: &Path| match is_there {
            true => rules_of(directory, file),
            false => Ok(Gitignore::empty()),
        };
        let ignore = read(marks.ignore, &directory.join(IGNORE))?;
        let git_ignore = read(marks.git_ignore, &directory.join(GIT_IGNORE))?;
        let exclude = match marks.git {
            true => exclude_of(directory)?,
            false => Gitignore::empty(),
        };
        let is_boundary =
            self.is_bounded && (marks.git || marks.jujutsu) && is_repository(directory);
        if !is_boundary
            && [&ignore, &git_ignore, &exclude]
                .iter()
                .all(|it| it.is_empty())
        {
            return Ok(above);
        }
        Ok(Some(Arc::new(IgnoreRules {
            above,
            ignore,
            git_ignore,
            exclude,
            is_boundary,
            is_above_root,
        })))
    }

    /// Whether the `rules` of the directory that `path` lies in leave it out; `Some(false)` if they say that
    /// it is not to be left out, even if it is hidden.
    pub(super) fn leaves_out(
        &self,
        rules: Option<&Arc<IgnoreRules>>,
        path: &Path,
        is_directory: bool,
    ) -> Option<bool> {
        let real = || {
            let way = path.strip_prefix(&self.path).unwrap_or(path);
            self.real.as_ref().map(|real| real.join(way))
        };
        let mut above_root = None;
        let (mut ignore, mut git_ignore, mut exclude) = (Match::None, Match::None, Match::None);
        let mut is_beyond = false;
        for rules in std::iter::successors(rules, |rules| rules.above.as_ref()) {
            let path = match rules.is_above_root {
                true => match above_root.get_or_insert_with(real) {
                    Some(real) => real.as_path(),
                    None => break,
                },
                false => path,
            };
            let or_else = |found: &mut Match<()>, rules: &Gitignore| {
                if found.is_none() {
                    *found = without_glob(rules.matched(path, is_directory));
                }
            };
            or_else(&mut ignore, &rules.ignore);
            if !is_beyond {
                or_else(&mut git_ignore, &rules.git_ignore);
                or_else(&mut exclude, &rules.exclude);
            }
            is_beyond |= rules.is_boundary;
        }
        let global = without_glob(self.global.matched(path, is_directory));
        match ignore.or(git_ignore).or(exclude).or(global) {
            Match::None => None,
            Match::Ignore(()) => Some(true),
            Match::Whitelist(()) => Some(false),
        }
    }
}

fn without_glob<T>(found: Match<T>) -> Match<()> {
    found.map(|_| ())
}

fn is_repository(directory: &Path) -> bool {
    directory.join(GIT).exists() || directory.join(JUJUTSU).exists()
}

/// The rules of an ignore file; paths in it count from `directory`.
fn rules_of(directory: &Path, file: &Path) -> Result<Gitignore, DiscoveryError> {
    let Some(bytes) = read(file)? else {
        return Ok(Gitignore::empty());
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut builder = GitignoreBuilder::new(directory);
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // A pattern that makes no sense is passed over, as git does.
        if let Ok(line) = std::str::from_utf8(line) {
            let _ = builder.add_line(None, line);
        }
    }
    let built = builder.build();
    built.map_err(|cause| unusable(file, format!("has too many patterns ({cause})")))
}

/// The rules of the exclude file of the repository that `directory` is the top of.
fn exclude_of(directory: &Path) -> Result<Gitignore, DiscoveryError> {
    let git = directory.join(GIT);
    // What cannot be looked at has no exclude file; other things named like it are refused by `read`.
    if fs::metadata(&git).is_ok_and(|found| found.is_dir()) {
        return rules_of(directory, &git.join(EXCLUDE));
    }
    let own = read(&git)?.and_then(|text| {
        let way = first_line(&text)?;
        Some(directory.join(way.strip_prefix("gitdir: ")?))
    });
    let Some(own) = own else {
        return Ok(Gitignore::empty());
    };
    // A worktree shares the exclude file of its repository; a submodule has its own.
    let common = read(&own.join("commondir"))?.and_then(|text| first_line(&text));
    let common = common.map_or_else(|| own.clone(), |way| own.join(way));
    rules_of(directory, &common.join(EXCLUDE))
}

fn first_line(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    text.lines().next().map(str::to_owned)
}

/// The content of a regular file that is not too large; `None` if there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, DiscoveryError> {
    let refused = || {
        let cause = format!("is no regular file of at most {} MiB", MAX_SIZE >> 20);
        unusable(path, cause)
    };
    let unread = |cause: io::Error| unusable(path, format!("cannot be read ({cause})"));
    let fits = |found: &fs::Metadata| found.is_file() && found.len() <= MAX_SIZE;
    match fs::metadata(path) {
        // Nothing can be read from it, which harms nothing.
        Ok(found) if found.is_dir() => return Ok(None),
        Ok(found) if fits(&found) => {}
        Ok(_) => return Err(refused()),
        Err(_) => return Ok(None),
    }
    let file = match open::named(path) {
        Ok(file) => file,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(unread(cause)),
    };
    if !file.metadata().is_ok_and(|found| fits(&found)) {
        return Err(refused());
    }
    let mut bytes = Vec::new();
    file.take(MAX_SIZE)
        .read_to_end(&mut bytes)
        .map_err(unread)?;
    Ok(Some(bytes))
}

fn unusable(path: &Path, cause: String) -> DiscoveryError {
    let path = paths::clean(path);
    DiscoveryError::IgnoreFile { path, cause }
}
