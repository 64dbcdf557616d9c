//! The walk against the `ignore` crate's, over random trees with random ignore files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::discover::{Discovery, Wanted, discover, name, paths};

const TEMPLATE: &str = "Type: AWS::Serverless::Function\nRuntime: go1.x\n";
const DIRECTORIES: [&str; 5] = ["a", "b", "a.b", ".h", "x.yaml"];
const FILES: [&str; 5] = ["x.yaml", "y.yml", ".z.yaml", "a", "ab.json"];
const PATTERNS: &str = "a a/ /a b/ a/b /a/b/ *.yaml x.* **/a a/** **/b/*.yml a/**/x.yaml .h .h/ .z.yaml \
    * */ /* /*/ .* [xy].* a* ? #a \\!a a.b/";

/// A linear congruential generator: reproducible, and good enough here.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn rules(&mut self) -> String {
        let patterns: Vec<_> = PATTERNS.split_whitespace().collect();
        let mut one = |of: &[&'static str]| of[self.below(of.len())];
        (0..3)
            .flat_map(|_| [one(&["", "", "!"]), one(&patterns), "\n"])
            .collect()
    }

    fn grow(&mut self, at: &Path, depth: usize, directories: &mut Vec<PathBuf>) {
        directories.push(at.to_path_buf());
        let files = [".gitignore", ".ignore", ".git/info/exclude", ".jj/x"];
        for (file, odds) in files.into_iter().zip([3, 6, 8, 6]) {
            if self.below(odds) == 0 {
                put(&at.join(file), &self.rules());
            }
        }
        if self.below(10) == 0 && !at.join(".git").exists() {
            self.make_worktree(at);
        }
        for _ in 0..3 {
            let file = at.join(FILES[self.below(FILES.len())]);
            if !file.exists() {
                put(&file, TEMPLATE);
            }
            let below = at.join(DIRECTORIES[self.below(DIRECTORIES.len())]);
            if depth > 0 && !below.exists() {
                fs::create_dir(&below).unwrap();
                self.grow(&below, depth - 1, directories);
            }
        }
    }

    fn make_worktree(&mut self, at: &Path) {
        let common = at.join(".common");
        put(&common.join("info/exclude"), &self.rules());
        put(&common.join("worktrees/w/commondir"), "../..\n");
        let git = format!("gitdir: {}\n", common.join("worktrees/w").display());
        put(&at.join(".git"), &git);
    }
}

fn put(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn by_crate(root: &Path, hidden: bool) -> BTreeSet<PathBuf> {
    let real = root.canonicalize().unwrap();
    let is_repository = |it: &Path| it.join(".git").exists() || it.join(".jj").exists();
    let walk = ignore::WalkBuilder::new(root)
        .hidden(!hidden)
        .require_git(real.ancestors().any(is_repository))
        .filter_entry(|it| !name::is_skipped(it.file_name()))
        .build();
    walk.map(Result::unwrap)
        .filter(|it| it.path().is_file() && name::may_be_template(it.file_name()))
        .filter(|it| fs::read_to_string(it.path()).unwrap() == TEMPLATE)
        .map(|it| paths::clean(it.path()))
        .collect()
}

fn by_us(roots: &[PathBuf], hidden: bool) -> BTreeSet<PathBuf> {
    let discovery = Discovery {
        roots,
        include: &[],
        exclude: &[],
        respect_ignore: true,
        hidden,
        threads: 2,
        max_file_size: 1 << 20,
        wanted: Wanted::Retired,
    };
    let found = discover(&discovery, &AtomicBool::new(false));
    assert!(found.errors.is_empty(), "{:?}", found.errors);
    found.candidates.into_iter().map(|it| it.path).collect()
}

#[test]
fn the_walk_finds_what_the_crate_finds() {
    let mut found = 0;
    for seed in 0..12 {
        let mut random = Random(seed);
        let tree = tempfile::tempdir().unwrap();
        let mut directories = Vec::new();
        random.grow(tree.path(), 3, &mut directories);
        for _ in 0..6 {
            let root = &directories[random.below(directories.len())];
            let other = &directories[random.below(directories.len())];
            let [to_root, to_other] = [root, other].map(|it| it.strip_prefix(tree.path()).unwrap());
            let up: PathBuf = to_other.components().map(|_| "..").collect();
            for root in [root, &other.join(up).join(to_root)] {
                for hidden in [false, true] {
                    let ours = by_us(std::slice::from_ref(root), hidden);
                    let theirs = by_crate(root, hidden);
                    assert_eq!(ours, theirs, "seed {seed}, hidden {hidden}: {root:?}");
                    found += ours.len();
                }
            }
        }
    }
    assert!(found > 500, "hardly anything is found: {found}");
}

/// What is above roots is read once for all of them, whatever repositories they lie in.
#[test]
fn many_roots_find_what_each_finds_alone() {
    let mut found = 0;
    for seed in 100..112 {
        let mut random = Random(seed);
        let tree = tempfile::tempdir().unwrap();
        let mut directories = Vec::new();
        random.grow(tree.path(), 3, &mut directories);
        // Of those that lie in each other one would be shown for both.
        let sizes = directories.iter().map(|it| it.components().count());
        let deepest = sizes.max().unwrap();
        directories.retain(|it| it.components().count() == deepest);
        let alone = directories.iter();
        let alone = alone.flat_map(|root| by_us(std::slice::from_ref(root), false));
        let together = by_us(&directories, false);
        assert_eq!(alone.collect::<BTreeSet<_>>(), together, "{seed}");
        found += together.len();
    }
    assert!(found > 50, "hardly anything is found: {found}");
}
