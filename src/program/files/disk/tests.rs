use super::*;

const PLAIN: EntryKind = EntryKind::File { executable: false };

fn kinds(files: &DiskFiles, dir: &Path) -> Vec<(String, EntryKind)> {
    let entries = files.entries(dir).unwrap();
    entries.iter().map(|e| (e.name.clone(), e.kind)).collect()
}

#[test]
fn reads_only_below_its_root() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("repository");
    fs::create_dir_all(root.join("a/b")).unwrap();
    fs::write(root.join("a/main.go"), "package main").unwrap();
    fs::write(dir.path().join("secret"), "secret").unwrap();
    let files = DiskFiles::new(&root).unwrap();
    let read = files.read(&root.join("a/b/../main.go")).unwrap();
    assert_eq!(read, b"package main");
    assert_eq!(files.read(&root.join("../secret")), None);
    assert_eq!(files.read(&root.join("a")), None);
    assert_eq!(files.entries(&root.join("..")), None);
    assert_eq!(files.entries(&root.join("a/main.go")), None);
    assert_eq!(files.entries(&root.join("absent")), None);
    let expected = [
        ("b".to_owned(), EntryKind::Directory),
        ("main.go".to_owned(), PLAIN),
    ];
    assert_eq!(kinds(&files, &root.join("a")), expected);
}

#[test]
#[cfg(unix)]
fn sees_names_that_lead_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("repository");
    fs::create_dir_all(root.join("a")).unwrap();
    fs::write(dir.path().join("outside"), "").unwrap();
    for (link, target) in [("nowhere", "absent"), ("out", "../outside")] {
        std::os::unix::fs::symlink(target, root.join(link)).unwrap();
    }
    let files = DiskFiles::new(&root).unwrap();
    for (name, expected) in [
        ("a", true),
        ("nowhere", true),
        ("out", true),
        ("absent", false),
        ("../outside", false),
        ("a/../nowhere", true),
    ] {
        assert_eq!(files.is_present(&root.join(name)), expected, "{name}");
    }
}

#[test]
fn bounds_the_size_but_not_for_heads() {
    let dir = tempfile::tempdir().unwrap();
    for (name, size) in [("fits", 1 << 20), ("large", (1 << 20) + 1)] {
        fs::write(dir.path().join(name), vec![b'x'; size]).unwrap();
    }
    let files = DiskFiles::new(dir.path()).unwrap();
    let fits = files.read(&dir.path().join("fits"));
    assert_eq!(fits.map(|bytes| bytes.len()), Some(1 << 20));
    assert_eq!(files.read(&dir.path().join("large")), None);
    let head = files.head(&dir.path().join("large"));
    assert_eq!(head.map(|bytes| bytes.len()), Some(HEAD_SIZE));
}

/// To make one path canonical costs the square of its depth: more than that, once for each question, and
/// a deep tree takes minutes.
#[test]
#[cfg(target_os = "linux")]
fn a_deep_directory_is_resolved_part_by_part_and_once() {
    let dir = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(dir.path()).unwrap();
    let deep = root.join(["d"; 1900].join("/"));
    fs::create_dir_all(&deep).unwrap();
    let files = DiskFiles::new(&root).unwrap();
    assert!(files.is_directory(&deep));
    assert!(!files.is_directory(&deep.join("absent/below/../x")));
    let known = locked(&files.ways);
    let parts = deep.ancestors().filter(|it| it.starts_with(&root));
    assert_eq!(
        parts
            .filter(|it| known.contains_key(it.as_os_str()))
            .count(),
        1901
    );
    let absent = known.get(deep.join("absent").as_os_str());
    assert_eq!(absent, Some(&Leads::Nowhere));
    assert!(!known.contains_key(deep.join("absent/below").as_os_str()));
}

#[cfg(unix)]
#[test]
fn spells_each_place_once() {
    let dir = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(dir.path()).unwrap();
    fs::create_dir_all(root.join("real/sub")).unwrap();
    std::os::unix::fs::symlink("real/sub", root.join("link")).unwrap();
    let files = DiskFiles::new(&root).unwrap();
    for (given, expected) in [
        ("real/./sub/", "real/sub"),
        ("link", "real/sub"),
        ("link/absent/x", "real/sub/absent/x"),
        ("link/../sub", "real/sub"),
        ("absent/../link/y", "real/sub/y"),
        ("absent/../../x/..", ""),
        ("absent", "absent"),
    ] {
        let expected = match given.starts_with("absent/../..") {
            true => root.parent().unwrap().to_path_buf(),
            false => root.join(expected),
        };
        assert_eq!(files.canonical(&root.join(given)), expected, "{given}");
    }
    let here = fs::canonicalize(".").unwrap();
    for (given, expected) in [("", here.clone()), ("no/../z", here.join("z"))] {
        assert_eq!(files.canonical(Path::new(given)), expected);
    }
}

#[cfg(unix)]
#[test]
fn follows_links_only_inside() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("repository");
    fs::create_dir_all(root.join("real")).unwrap();
    fs::create_dir(dir.path().join("outside")).unwrap();
    fs::write(dir.path().join("outside/main.go"), "package main").unwrap();
    fs::write(root.join("real/tool"), "x").unwrap();
    fs::set_permissions(root.join("real/tool"), PermissionsExt::from_mode(0o755)).unwrap();
    symlink("real/tool", root.join("inside")).unwrap();
    symlink("real", root.join("linked")).unwrap();
    symlink("../outside", root.join("escape")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    let files = DiskFiles::new(&root).unwrap();
    let expected = [
        ("dangling", EntryKind::Other),
        ("escape", EntryKind::Other),
        ("inside", EntryKind::File { executable: true }),
        ("linked", EntryKind::Directory),
        ("loop", EntryKind::Other),
        ("real", EntryKind::Directory),
    ]
    .map(|(name, kind)| (name.to_owned(), kind));
    assert_eq!(kinds(&files, &root), expected);
    assert_eq!(files.entries(&root.join("escape")), None);
    assert_eq!(files.read(&root.join("escape/main.go")), None);
    assert_eq!(files.read(&root.join("linked/tool")).unwrap(), b"x");
}

#[cfg(unix)]
#[test]
fn never_opens_a_fifo_or_an_unreadable_directory() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    let files = DiskFiles::new(dir.path()).unwrap();
    if made.is_ok_and(|status| status.success()) {
        assert_eq!(files.read(&fifo), None);
        assert_eq!(files.head(&fifo), None);
        let found = kinds(&files, dir.path());
        assert_eq!(found, [("fifo".to_owned(), EntryKind::Other)]);
    }
    let closed = dir.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, PermissionsExt::from_mode(0o000)).unwrap();
    // What was made after its directory was listed is not there.
    let files = DiskFiles::new(dir.path()).unwrap();
    // The superuser may read it all the same: then there is nothing to see.
    let expected = fs::read_dir(&closed).is_ok().then(Arc::default);
    assert_eq!(files.entries(&closed), expected);
    fs::set_permissions(&closed, PermissionsExt::from_mode(0o755)).unwrap();
}
