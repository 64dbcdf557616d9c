use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::{Discovered, Discovery, DiscoveryError, Wanted, discover};

mod parity;

const TEMPLATE: &str = "Type: AWS::Serverless::Function\nRuntime: go1.x\n";

/// A directory tree and what to ask of it. Paths in results are shown relative to the tree.
struct Tree {
    directory: tempfile::TempDir,
    include: Vec<String>,
    exclude: Vec<String>,
    ask: fn(Discovery<'_>) -> Discovery<'_>,
}

impl Tree {
    fn new(files: &[&str]) -> Self {
        let tree = Self {
            directory: tempfile::tempdir().unwrap(),
            include: Vec::new(),
            exclude: Vec::new(),
            ask: |discovery| discovery,
        };
        for file in files {
            tree.put(file, TEMPLATE);
        }
        tree
    }

    fn put(&self, file: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.directory.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    fn ask(mut self, ask: fn(Discovery<'_>) -> Discovery<'_>) -> Self {
        self.ask = ask;
        self
    }

    fn run(&self, roots: &[&str]) -> Discovered {
        let roots: Vec<_> = roots
            .iter()
            .map(|root| self.directory.path().join(root))
            .collect();
        let discovery = (self.ask)(Discovery {
            roots: &roots,
            include: &self.include,
            exclude: &self.exclude,
            respect_ignore: true,
            hidden: false,
            threads: 2,
            max_file_size: 1 << 20,
            wanted: Wanted::Retired,
        });
        static NEVER: AtomicBool = AtomicBool::new(false);
        discover(&discovery, &NEVER)
    }

    /// The paths found below the tree itself; there must be no errors.
    fn found(&self, roots: &[&str]) -> Vec<String> {
        let found = self.run(roots);
        assert!(found.errors.is_empty(), "{:?}", found.errors);
        let paths = found.candidates.iter();
        paths.map(|candidate| self.shown(&candidate.path)).collect()
    }

    fn shown(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.directory.path()).unwrap();
        path.to_string_lossy().into_owned()
    }
}

#[test]
fn name_and_content_decide() {
    let tree = Tree::new(&[
        "t.yaml", "b/T.YML", "b/a.json", "b/plain", "b/x.go", "Makefile",
    ]);
    tree.put("other.yaml", "Runtime: go1.x");
    tree.put(
        "late.yaml",
        [&[b' '; 100_000], TEMPLATE.as_bytes()].concat(),
    );
    tree.put("program", [b"\x7fELF\0", TEMPLATE.as_bytes()].concat());
    tree.put("nul.yaml", [b"\0", TEMPLATE.as_bytes()].concat());
    assert_eq!(
        tree.found(&[""]),
        [
            "b/T.YML",
            "b/a.json",
            "b/plain",
            "late.yaml",
            "nul.yaml",
            "t.yaml"
        ]
    );
}

#[test]
fn thorough_takes_any_runtime() {
    let tree = Tree::new(&[]).ask(|discovery| Discovery {
        wanted: Wanted::Any,
        ..discovery
    });
    tree.put("t.yaml", "Type: AWS::Lambda::Function");
    tree.put("u.yaml", "Type: AWS::S3::Bucket");
    assert_eq!(tree.found(&[""]), ["t.yaml"]);
}

#[test]
fn ignore_rules_hold_outside_a_repository_and_nested() {
    let files = [
        "a.yaml",
        "gen/b.yaml",
        "sub/c.yaml",
        "sub/keep/c.yaml",
        "sub/d.yaml",
        ".h.yaml",
    ];
    let tree = Tree::new(&files);
    tree.put(".gitignore", "gen/\nc.yaml\n");
    tree.put("sub/keep/.gitignore", "!c.yaml\n");
    tree.put("sub/.ignore", "d.yaml\n");
    assert_eq!(tree.found(&[""]), ["a.yaml", "sub/keep/c.yaml"]);
    assert_eq!(
        tree.found(&["sub"]),
        ["sub/keep/c.yaml"],
        "rules of the parent"
    );
    let tree = tree.ask(|discovery| Discovery {
        respect_ignore: false,
        ..discovery
    });
    assert_eq!(tree.found(&[""]).len(), 5);
    let tree = tree.ask(|discovery| Discovery {
        hidden: true,
        ..discovery
    });
    assert_eq!(tree.found(&[""]), [".h.yaml", "a.yaml", "sub/keep/c.yaml"]);
}

#[test]
fn rules_above_a_repository_say_nothing_inside() {
    let tree = Tree::new(&["repo/a.yaml", "repo/b.yaml", "plain/a.yaml"]);
    tree.put(".gitignore", "*\n");
    tree.put("repo/.git/HEAD", "");
    tree.put("repo/.gitignore", "b.yaml\n");
    assert_eq!(tree.found(&["repo", "plain"]), ["repo/a.yaml"]);
}

#[test]
fn ignore_files_that_cannot_be_used_close_their_directories() {
    const MAX_SIZE: u64 = 1 << 20;
    for (name, size, is_usable) in [
        (".gitignore", Some(MAX_SIZE), true),
        (".gitignore", Some(MAX_SIZE + 1), false),
        (".ignore", Some(MAX_SIZE + 1), false),
        (".git", Some(MAX_SIZE + 1), false),
        (".git/info/exclude", Some(MAX_SIZE + 1), false),
        (".gitignore", None, true),
        ("other", Some(MAX_SIZE + 1), true),
    ] {
        let tree = Tree::new(&["a/t.yaml", "b/c/t.yaml"]);
        let path = tree.directory.path().join("b").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match size {
            Some(size) => fs::File::create(&path).unwrap().set_len(size).unwrap(),
            None => fs::create_dir(&path).unwrap(),
        }
        // From above, from it, and from below.
        for (root, found) in [("", 2), ("b", 1), ("b/c", 1)] {
            let run = tree.run(&[root]);
            let closed = usize::from(!is_usable);
            assert_eq!(run.candidates.len(), found - closed, "{name} {root}");
            assert_eq!(run.errors.len(), closed, "{name} {root}");
        }
    }
}

#[test]
fn a_submodule_and_a_worktree_have_exclude_files() {
    let tree = Tree::new(&["sub/a.yaml", "sub/b.yaml", "tree/a.yaml", "tree/b.yaml"]);
    tree.put(".git/info/exclude", "");
    tree.put(".git/modules/sub/info/exclude", "a.yaml\n");
    tree.put("sub/.git", "gitdir: ../.git/modules/sub\n");
    tree.put("main/.git/info/exclude", "b.yaml\n");
    tree.put("main/.git/worktrees/tree/commondir", "../..\n");
    tree.put("tree/.git", "gitdir: ../main/.git/worktrees/tree\n");
    assert_eq!(tree.found(&[""]), ["sub/b.yaml", "tree/a.yaml"]);
}

#[test]
fn what_lies_above_a_repository_is_not_even_looked_at() {
    let tree = Tree::new(&["repo/a.yaml"]);
    tree.put(".gitignore", vec![b'a'; 2 << 20]);
    assert_eq!(tree.run(&["repo"]).errors.len(), 1);
    tree.put("repo/.git/HEAD", "");
    assert_eq!(tree.found(&["repo"]), ["repo/a.yaml"]);
}

#[test]
fn generated_directories_are_entered_only_when_named() {
    let tree = Tree::new(&[
        "node_modules/a.yaml",
        ".aws-sam/build/a.yaml",
        "cdk.out/a.json",
        "x/cdk.out/a.json",
        ".git/a.yaml",
    ]);
    assert!(tree.found(&[""]).is_empty());
    assert_eq!(tree.found(&["cdk.out"]), ["cdk.out/a.json"]);
    assert_eq!(tree.found(&[".aws-sam"]), [".aws-sam/build/a.yaml"]);
}

#[test]
fn an_included_file_may_still_be_ignored() {
    let mut tree = Tree::new(&["a.yaml", "b.json", "sub/a.yaml", "gen/a.yaml"]);
    tree.put(".gitignore", "gen/\n");
    tree.include = vec!["*.yaml".into()];
    assert_eq!(tree.found(&[""]), ["a.yaml", "sub/a.yaml"]);
    tree.exclude = vec!["sub/".into()];
    assert_eq!(tree.found(&[""]), ["a.yaml"]);
    assert_eq!(
        tree.found(&["b.json"]),
        ["b.json"],
        "include is not about named files"
    );
    tree.exclude = vec!["*.json".into()];
    assert!(tree.found(&["b.json"]).is_empty(), "exclude is");
}

#[test]
fn a_bad_glob_stops_everything() {
    let mut tree = Tree::new(&["a.yaml"]);
    tree.exclude = vec!["[".into()];
    let found = tree.run(&[""]);
    assert!(found.candidates.is_empty());
    assert!(matches!(found.errors[..], [DiscoveryError::Glob { .. }]));
}

#[test]
fn named_files_are_always_candidates() {
    let tree = Tree::new(&[]);
    tree.put(".gitignore", "*\n");
    tree.put("notes.txt", "nothing");
    tree.put("sub/x", "");
    let found = tree.run(&["notes.txt", "sub/x"]);
    assert!(found.errors.is_empty());
    let facts: Vec<_> = found
        .candidates
        .iter()
        .map(|c| {
            (
                tree.shown(&c.path),
                tree.shown(&c.root),
                c.bytes.len(),
                c.named,
            )
        })
        .collect();
    let expected = [("notes.txt", "", 7, true), ("sub/x", "sub", 0, true)];
    assert_eq!(
        facts,
        expected.map(|(path, root, len, named)| (path.into(), root.into(), len, named))
    );
}

#[test]
fn overlapping_roots_show_each_file_once() {
    let tree = Tree::new(&["a/t.yaml", "a/b/t.yaml"]);
    let found = tree.run(&["a/b", "a", "a/b/t.yaml", "a/../a/b/t.yaml"]);
    let facts: Vec<_> = found
        .candidates
        .iter()
        .map(|c| (tree.shown(&c.path), tree.shown(&c.root), c.named))
        .collect();
    let expected = [
        ("a/../a/b/t.yaml", "a/../a/b", true),
        ("a/t.yaml", "a", false),
    ];
    assert_eq!(
        facts,
        expected.map(|(path, root, named)| (path.into(), root.into(), named))
    );
    let missing = tree.run(&["none", "./none"]);
    assert!(
        matches!(
            missing.errors[..],
            [
                DiscoveryError::Missing { .. },
                DiscoveryError::Missing { .. }
            ]
        ) || missing.errors.len() == 1
    );
}

#[test]
fn order_does_not_depend_on_threads() {
    let names: Vec<_> = (0..300).map(|n| format!("d{}/t{n}.yaml", n % 17)).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let one = Tree::new(&names).ask(|discovery| Discovery {
        threads: 1,
        ..discovery
    });
    let expected = one.found(&[""]);
    assert_eq!(expected.len(), 300);
    assert!(expected.is_sorted());
    let many = one.ask(|discovery| Discovery {
        threads: 7,
        ..discovery
    });
    assert_eq!(many.found(&[""]), expected);
}

#[test]
fn a_cancelled_search_ends() {
    let tree = Tree::new(&["a.yaml"]);
    let roots = [tree.directory.path().to_path_buf()];
    let discovery = Discovery {
        roots: &roots,
        include: &[],
        exclude: &[],
        respect_ignore: true,
        hidden: false,
        threads: 0,
        max_file_size: 1000,
        wanted: Wanted::Retired,
    };
    static CANCELLED: AtomicBool = AtomicBool::new(true);
    assert!(discover(&discovery, &CANCELLED).candidates.is_empty());
}

#[test]
fn files_above_the_limit_are_reported_if_they_matter() {
    let tree = Tree::new(&["small.yaml"]);
    let padding = vec![b' '; 2 << 20];
    tree.put("plain.yaml", &padding);
    let end = [&padding[..], TEMPLATE.as_bytes()].concat();
    tree.put("end.yaml", end);
    // Each name across the border of two blocks, in turn.
    for cut in [65_530, 65_520] {
        let text = [&padding[..cut], TEMPLATE.as_bytes(), &padding].concat();
        tree.put(&format!("cut{cut}.yaml"), text);
    }
    let found = tree.run(&[""]);
    assert_eq!(found.candidates.len(), 1);
    let large: Vec<_> = found
        .errors
        .iter()
        .map(|e| tree.shown(e.path().unwrap()))
        .collect();
    assert_eq!(large, ["cut65520.yaml", "cut65530.yaml", "end.yaml"]);
    let found = tree.run(&["plain.yaml"]);
    assert!(matches!(
        found.errors[..],
        [DiscoveryError::TooLarge {
            size: 2_097_152,
            limit: 1_048_576,
            ..
        }]
    ));
    let tree = tree.ask(|discovery| Discovery {
        max_file_size: 10,
        ..discovery
    });
    assert!(matches!(
        tree.run(&["small.yaml"]).errors[..],
        [DiscoveryError::TooLarge {
            size: 47,
            limit: 10,
            ..
        }]
    ));
    assert_eq!(tree.run(&[""]).errors.len(), 4);
}

#[test]
fn a_huge_sparse_file_is_searched_in_part() {
    let tree = Tree::new(&[]);
    let path = tree.put("huge.json", "{");
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    let found = tree.run(&[""]);
    assert!(matches!(
        found.errors[..],
        [DiscoveryError::TooLarge {
            size: 1_073_741_824,
            ..
        }]
    ));
}

#[test]
fn utf16_files_are_found() {
    let tree = Tree::new(&[]);
    let text = format!("\u{feff}{TEMPLATE}");
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    tree.put("t.yaml", &bytes);
    tree.put("bare", &bytes);
    assert_eq!(tree.found(&[""]), ["bare", "t.yaml"]);
}

#[test]
fn says_from_where_on_to_look_upwards() {
    let tree = Tree::new(&[
        "t.yaml",
        "a/b/t.yaml",
        "configured/t.yaml",
        "configured/x/y/t.yaml",
        "shouted/x/t.yaml",
        "inner/x/t.yaml",
        "module/x/t.yaml",
        "named/t.yaml",
    ]);
    tree.put("configured/.lambdalift.toml", "");
    tree.put("shouted/LambdaLift.TOML", "");
    tree.put("inner/.git/HEAD", "");
    tree.put("module/.git", "gitdir: ../elsewhere\n");
    let found = tree.run(&["", "named/t.yaml"]);
    let marked = found.candidates.iter();
    let marked = marked.map(|it| (tree.shown(&it.path), tree.shown(&it.marked)));
    let expected = [
        ("a/b/t.yaml", ""),
        ("configured/t.yaml", "configured"),
        ("configured/x/y/t.yaml", "configured"),
        ("inner/x/t.yaml", "inner"),
        ("module/x/t.yaml", "module"),
        ("named/t.yaml", "named"),
        ("shouted/x/t.yaml", "shouted"),
        ("t.yaml", ""),
    ];
    let expected = expected.map(|(path, marked)| (path.to_owned(), marked.to_owned()));
    assert_eq!(marked.collect::<Vec<_>>(), expected);
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::Command;

    use super::*;

    #[test]
    fn only_regular_files_are_opened() {
        let tree = Tree::new(&["a.yaml", "out/b.yaml"]);
        let sub = tree.directory.path().join("sub");
        fs::create_dir(&sub).unwrap();
        symlink("../a.yaml", sub.join("link.yaml")).unwrap();
        symlink("../out", sub.join("linked")).unwrap();
        symlink("none.yaml", sub.join("dangling.yaml")).unwrap();
        symlink(".", sub.join("loop")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(sub.join("s.yaml")).unwrap();
        let pipe = Command::new("mkfifo").arg(sub.join("pipe.yaml")).status();
        assert!(tree.found(&["sub"]).is_empty());
        assert_eq!(tree.found(&["sub/link.yaml"]), ["sub/link.yaml"]);
        assert_eq!(tree.found(&["sub/linked"]), ["sub/linked/b.yaml"]);
        assert_eq!(tree.found(&["a.yaml", "sub/link.yaml"]), ["a.yaml"]);
        let dangling = tree.run(&["sub/dangling.yaml"]);
        assert!(matches!(
            dangling.errors[..],
            [DiscoveryError::Missing { .. }]
        ));
        if pipe.is_ok_and(|status| status.success()) {
            let pipe = tree.run(&["sub/pipe.yaml"]);
            assert!(matches!(
                pipe.errors[..],
                [DiscoveryError::NotRegular { .. }]
            ));
        }
    }

    #[test]
    fn any_name_will_do() {
        let tree = Tree::new(&["new\nline.yaml", "-/t.yaml"]);
        let name = OsStr::from_bytes(b"latin\xe9.yaml");
        fs::write(tree.directory.path().join(name), TEMPLATE).unwrap();
        let found = tree.run(&[""]);
        let names: Vec<_> = found
            .candidates
            .iter()
            .map(|c| c.path.file_name().unwrap())
            .collect();
        assert_eq!(
            names,
            [OsStr::new("t.yaml"), name, OsStr::new("new\nline.yaml")]
        );
    }

    #[test]
    fn what_cannot_be_read_is_reported_and_the_walk_goes_on() {
        let tree = Tree::new(&["a.yaml", "locked/b.yaml", "secret.yaml"]);
        let set = |name: &str, mode| {
            let path = tree.directory.path().join(name);
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        set("locked", 0o000);
        set("secret.yaml", 0o000);
        let superuser = fs::read_dir(tree.directory.path().join("locked")).is_ok();
        let found = tree.run(&[""]);
        set("locked", 0o755);
        if superuser {
            return; // Nothing is unreadable then.
        }
        assert_eq!(found.candidates.len(), 1);
        let paths: Vec<_> = found
            .errors
            .iter()
            .map(|e| tree.shown(e.path().unwrap()))
            .collect();
        assert_eq!(paths, ["locked", "secret.yaml"]);
    }
}
