//! Where a file of an image comes from: the `COPY`, `ADD` or `RUN` that puts it there.

use std::cell::Cell;

use super::base::{self, Base};
use super::go_build::{self, GoBuild};
use super::read::{Action, Command, Copy, Dockerfile, Text};
use super::scene::{Place, Scene, collapse, join};
use super::shell::{self, Line};

/// How many stages are searched for one file: each `COPY` of a stage can lead to another search.
const MAX_SEARCHES: usize = 64;

/// How far a file is followed from stage to stage.
const MAX_DEPTH: usize = 8;

/// Directories that every Linux base image has, or that the base images of AWS Lambda have.
const KNOWN_DIRECTORIES: [&str; 10] = [
    "/",
    "/var/task",
    "/var/runtime",
    "/opt",
    "/tmp",
    "/bin",
    "/usr/bin",
    "/usr/local/bin",
    "/etc",
    "/usr/local",
];

/// Who puts a file at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// An instruction that names it; with the `go build` that makes it, where that is known.
    Named(Option<Box<GoBuild>>),
    /// An instruction that copies a directory, or depends on the default of an `ARG`.
    Possible,
    /// Nothing that is seen.
    Unknown,
}

impl Origin {
    /// The better known of two; the later instruction wins among equals.
    fn or(self, earlier: Self) -> Self {
        match (&self, &earlier) {
            (Self::Named(_), _) => self,
            (_, Self::Named(_)) => earlier,
            (Self::Possible, _) => self,
            _ => earlier,
        }
    }
}

/// The stages that make up the image of the stage at `index`, the first one first, and the image
/// that they begin from.
pub(super) fn chain(file: &Dockerfile, index: usize) -> (Vec<usize>, Base) {
    let mut stages = vec![index];
    let mut base = base::of(file, index);
    // A stage begins from an earlier one only, so this ends.
    while let Base::Stage(earlier) = base {
        stages.push(earlier);
        base = base::of(file, earlier);
    }
    stages.reverse();
    (stages, base)
}

/// The scene at the beginning of a chain.
pub(super) fn scene<'f>(file: &'f Dockerfile, base: &Base) -> Scene<'f> {
    match base {
        Base::Image(name) => Scene::of(file, &name.value),
        Base::Stage(_) | Base::Unclear => Scene::of(file, ""),
    }
}

/// Who puts a file at `path` in the image of the stage at `index`.
pub(super) fn origin(file: &Dockerfile, index: usize, path: &str) -> Origin {
    find(file, index, path, MAX_DEPTH, &Cell::new(MAX_SEARCHES))
}

fn find(
    file: &Dockerfile,
    index: usize,
    path: &str,
    depth: usize,
    searches: &Cell<usize>,
) -> Origin {
    let left = depth.checked_sub(1).zip(searches.get().checked_sub(1));
    let Some((depth, left)) = left else {
        return Origin::Unknown;
    };
    searches.set(left);
    let (stages, base) = chain(file, index);
    let mut scene = scene(file, &base);
    let mut found = Origin::Unknown;
    for index in stages {
        scene.enter_stage();
        let instructions = file.stages.get(index).map(|it| it.instructions.as_slice());
        for instruction in instructions.unwrap_or_default() {
            let search = Search {
                file,
                index,
                scene: &scene,
                path,
                depth,
                searches,
            };
            match &instruction.action {
                Action::Copy(copy) => found = search.copied(copy).or(found),
                Action::Run { command, .. } => found = search.ran(command, found),
                _ => {}
            }
            scene.pass(&instruction.action);
        }
    }
    found
}

struct Search<'s> {
    file: &'s Dockerfile,
    /// The stage that the instruction is in.
    index: usize,
    scene: &'s Scene<'s>,
    path: &'s str,
    depth: usize,
    /// How many searches are left.
    searches: &'s Cell<usize>,
}

impl Search<'_> {
    fn copied(&self, copy: &Copy) -> Origin {
        let Some(target) = self.scene.place(&copy.target.value) else {
            return Origin::Unknown;
        };
        let is_directory = self.is_directory(&target) || copy.sources.len() > 1;
        let found = copy
            .sources
            .iter()
            .map(|source| self.source(copy, source, &target, is_directory));
        let found = found.fold(Origin::Unknown, |found, next| next.or(found));
        match found {
            Origin::Named(_) if copy.rearranges || target.assumed => Origin::Possible,
            found => found,
        }
    }

    fn is_directory(&self, place: &Place) -> bool {
        place.is_directory
            || KNOWN_DIRECTORIES.contains(&place.path.as_str())
            || self.scene.directory.as_deref() == Some(place.path.as_str())
    }

    fn source(&self, copy: &Copy, source: &Text, target: &Place, is_directory: bool) -> Origin {
        let Some(source) = self.scene.expand(&source.value) else {
            if !is_directory && target.path == self.path {
                return Origin::Named(None);
            }
            return self
                .below(&target.path)
                .map_or(Origin::Unknown, |_| Origin::Possible);
        };
        let source = source.value.as_str();
        let last = source
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let has_pattern = source.contains(['*', '?', '[']);
        let is_whole = source.ends_with('/') || matches!(last, "" | "." | "..");
        let is_one = !has_pattern && !is_whole;
        // The file itself, under its own name or the name that the target gives.
        let named = if is_directory {
            join(&target.path, last)
        } else {
            Some(target.path.clone())
        };
        if is_one && named.as_deref() == Some(self.path) {
            let made = self.made(copy, source);
            return Origin::Named(made.and_then(|it| it));
        }
        let Some(inner) = self.below(&target.path) else {
            return Origin::Unknown;
        };
        if has_pattern {
            return Origin::Possible;
        }
        // What the source holds, if it is a directory.
        let within = collapse(source).and_then(|it| join(&it, inner));
        match within.and_then(|it| self.made(copy, &it)) {
            Some(made) => return Origin::Named(made),
            None if is_whole => return Origin::Possible,
            None => {}
        }
        let is_file = self.made(copy, source).is_some() || is_file_name(last);
        let is_archive = copy.is_add && is_archive(last);
        if is_file && !is_archive {
            Origin::Unknown
        } else {
            Origin::Possible
        }
    }

    /// The `go build` that makes a file of the stage that `copy` names; `None` when nothing there
    /// is seen to make it.
    fn made(&self, copy: &Copy, path: &str) -> Option<Option<Box<GoBuild>>> {
        let from = stage_of(self.file, self.index, copy.from.as_deref()?)?;
        match find(self.file, from, &collapse(path)?, self.depth, self.searches) {
            Origin::Named(build) => Some(build),
            Origin::Possible | Origin::Unknown => None,
        }
    }

    /// The rest of the path below a directory.
    fn below(&self, directory: &str) -> Option<&str> {
        let rest = self.path.strip_prefix(directory.trim_end_matches('/'))?;
        rest.strip_prefix('/').filter(|it| !it.is_empty())
    }

    fn ran(&self, command: &Command, before: Origin) -> Origin {
        let Command::Shell(text) = command else {
            return before;
        };
        let Some(lines) = shell::lines(text, self.file.escape) else {
            return before;
        };
        let mut scene = self.scene.clone();
        let mut found = before;
        for line in &lines {
            found = self.line(line, &scene, found);
            if let Some(directory) = changed_directory(line) {
                scene.directory = scene.place(directory).map(|it| it.path);
            }
        }
        found
    }

    fn line(&self, line: &Line, scene: &Scene<'_>, before: Origin) -> Origin {
        let is_path = |word: &str| scene.place(word).is_some_and(|it| it.path == self.path);
        if let Some(build) = go_build::read(line) {
            return self.built(build, line, scene).or(before);
        }
        let words: Vec<_> = line.words.iter().map(shell::Word::text).collect();
        let [program, rest @ ..] = words.as_slice() else {
            return before;
        };
        let operands: Vec<_> = rest
            .iter()
            .filter(|it| !it.starts_with('-'))
            .copied()
            .collect();
        match (*program, operands.as_slice()) {
            ("rm" | "rmdir" | "unlink", operands) if operands.iter().any(|it| is_path(it)) => {
                Origin::Unknown
            }
            ("mv", [from, _]) if is_path(from) => Origin::Unknown,
            ("cp" | "mv" | "ln" | "install", [from, to]) if line.certain => {
                let last = from.rsplit('/').next().unwrap_or_default();
                let target = scene.place(to);
                let inside = target.as_ref().and_then(|it| join(&it.path, last));
                if is_path(to) || inside.as_deref() == Some(self.path) {
                    return Origin::Named(None);
                }
                before
            }
            _ => before,
        }
    }

    fn built(&self, mut build: GoBuild, line: &Line, scene: &Scene<'_>) -> Origin {
        let place = build.output.as_deref().and_then(|it| scene.place(it));
        let Some(place) = place.filter(|_| line.certain) else {
            return Origin::Unknown;
        };
        build.made = (self.index, place.path.clone());
        build.environment = scene.variable("GOARCH").map(|it| it.value.clone());
        match (self.is_directory(&place), place.assumed) {
            (true, _) if self.below(&place.path).is_some() => Origin::Possible,
            (false, false) if place.path == self.path => Origin::Named(Some(Box::new(build))),
            (false, true) if place.path == self.path => Origin::Possible,
            _ => Origin::Unknown,
        }
    }
}

/// The directory that `cd` changes to.
fn changed_directory(line: &Line) -> Option<&str> {
    match line.words.as_slice() {
        [cd, directory] if cd.text() == "cd" => Some(directory.text()),
        _ => None,
    }
}

/// The stage that `--from` names, by its name or its number.
pub(super) fn stage_of(file: &Dockerfile, before: usize, name: &str) -> Option<usize> {
    let earlier = file.stages.get(..before)?;
    let by_name = earlier.iter().rposition(|it| base::is_named(it, name));
    by_name.or_else(|| name.parse().ok().filter(|it| *it < before))
}

/// Whether a name has an extension, as files have and directories seldom.
fn is_file_name(name: &str) -> bool {
    name.trim_start_matches('.').contains('.')
}

/// Whether `ADD` unpacks a file of this name.
fn is_archive(name: &str) -> bool {
    [
        ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz",
    ]
    .iter()
    .any(|it| name.ends_with(it))
}
