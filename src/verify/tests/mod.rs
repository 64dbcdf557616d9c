//! The proof, attacked: whatever is written instead of what was meant must be refused.
//!
//! Each golden case is migrated, and what it writes is corrupted in every way of [`corrupt`]. The
//! [`oracle`] says whether the text still means the same; [`verify`] must refuse it where not. `cargo
//! test --lib verify -- --nocapture` prints the counts.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod corrupt;
mod oracle;

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};

use corrupt::{EDITS, Mutant, TEXTS, UNSEEN};

use super::expected::Expected;
use super::{Unproved, bytes, read_regions, read_whole, reread, verify};
use crate::data::Data;
use crate::edit::{Change, Edit, Splices};
use crate::migrate::{Options, Reason};
use crate::session::{Input, Session};
use crate::source::SourceFile;
use crate::syntax::{Document, Limits, parse};

/// A migration, and what it rightly writes.
pub(super) struct Case {
    name: String,
    document: Document,
    splices: Splices,
    right: String,
    /// The right text, parsed.
    new: Document,
}

impl Case {
    /// Migrates `text` as the file at `path`; `None` if nothing is edited.
    fn new(path: &Path, text: &str, neighbours: bool) -> Option<Self> {
        Self::with(Options::default(), path, text, neighbours)
    }

    /// The same, with instructions to ignore what remains.
    fn ignoring(path: &Path, text: &str) -> Option<Self> {
        let options = Options {
            add_ignore: Some(Reason::new("the team moves it in May").unwrap()),
            ..Options::default()
        };
        Self::with(options, path, text, true)
    }

    fn with(options: Options, path: &Path, text: &str, neighbours: bool) -> Option<Self> {
        let data = Data::load(None, None).unwrap();
        let session = Session {
            data: &data,
            threads: 1,
            cancelled: &AtomicBool::new(false),
            edits_build_files: true,
            done: None,
        };
        let input = Input {
            path: path.to_owned(),
            root: path.parent().unwrap().to_owned(),
            bytes: text.into(),
            has_neighbours: neighbours,
            options: Arc::new(options),
        };
        let outcome = session.run(vec![input]).outcomes.pop().unwrap();
        outcome.output?;
        let fixes = outcome.findings.iter().filter_map(|it| it.fix.as_ref());
        let ignores = &outcome.ignores.edits;
        let edits: Vec<&Edit> = fixes.flat_map(|fix| &fix.edits).chain(ignores).collect();
        let splices = Splices::merge(edits).unwrap();
        let document = document(path, text);
        let right = splices.apply(text);
        verify(&document, &splices, &right, Limits::default()).unwrap();
        Some(Self {
            name: path.display().to_string(),
            new: document_of(path, &right)?,
            document,
            splices,
            right,
        })
    }

    /// Whether the proof accepts the text, for the right edits or for those that wrote it.
    fn accepts(&self, mutant: &Mutant) -> bool {
        let limits = Limits::default();
        match &mutant.edits {
            Some(edits) => {
                let splices = Splices::unchecked(edits.clone());
                verify(&self.document, &splices, &mutant.text, limits)
            }
            None => return verify_meaning(&self.document, &self.splices, &mutant.text).is_ok(),
        }
        .is_ok()
    }
}

/// The proof without the look at the bytes, and what rests on it.
fn verify_meaning(old: &Document, splices: &Splices, text: &str) -> Result<(), Unproved> {
    let expected = Expected::new(old, splices.edits());
    read_whole(&expected, splices, text, Limits::default())?;
    let read = reread::check(&expected, text);
    read.map_err(|unlike| Unproved::Unparsable(unlike.message))
}

fn document(path: &Path, text: &str) -> Document {
    document_of(path, text).unwrap()
}

fn document_of(path: &Path, text: &str) -> Option<Document> {
    parse(SourceFile::new(path, text.to_owned()), Limits::default()).ok()
}

/// The golden cases that change something, once as they are and once with CRLF line endings behind a
/// byte-order mark; and two templates with everything that is rare.
///
/// Every `step`th: all of them take minutes.
fn cases(step: usize) -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    let mut cases = Vec::new();
    for (index, path) in paths.iter().enumerate().step_by(step) {
        let Ok(text) = std::fs::read_to_string(path) else {
            continue;
        };
        cases.extend(Case::new(path, &text, true));
        if index % (4 * step) == 0 && !text.contains('\r') {
            let marked = format!("\u{feff}{}", text.replace('\n', "\r\n"));
            cases.extend(Case::new(path, &marked, true));
        }
    }
    for declined in [
        "shared-bootstrap/basic/template.yaml",
        "duplicate-key/json/template.json",
    ] {
        let path = root.join("rules").join(declined);
        let text = std::fs::read_to_string(&path).unwrap();
        cases.push(Case::ignoring(&path, &text).unwrap());
    }
    let growing = r#"{"Resources": {"Legacy": {"Type": "AWS::Serverless::Function",
        "Metadata": {"BuildMethod": "go", "lambdalift": {"ignore": ["go-handler"]}},
        "Properties": {"CodeUri": "legacy/", "Handler": "legacy", "Runtime": "go1.x"}}}}"#;
    cases.push(Case::ignoring(Path::new("growing.json"), growing).unwrap());
    let rare = [
        ("rare.yaml", include_str!("rare.yaml")),
        ("rare.json", include_str!("rare.json")),
    ];
    for (name, text) in rare {
        cases.push(Case::new(Path::new(name), text, false).unwrap());
    }
    cases
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    for path in found {
        let name = path.file_name().unwrap().to_str().unwrap();
        let extension = path.extension().and_then(|it| it.to_str());
        if path.is_dir() {
            collect(&path, paths);
        } else if matches!(extension, Some("yaml" | "yml" | "json" | "template"))
            && !name.contains("fixed.")
        {
            paths.push(path);
        }
    }
}

/// What became of the mutants of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    /// Mutants that mean something else, or nothing.
    harmful: usize,
    /// Of these, accepted: must be none.
    escaped: usize,
    /// Mutants that mean the same.
    harmless: usize,
    /// Of these, refused all the same.
    refused: usize,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.harmful += other.harmful;
        self.escaped += other.escaped;
        self.harmless += other.harmless;
        self.refused += other.refused;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:6} harmful, {:5} escaped, {:5} harmless ({:5} refused)",
            self.harmful, self.escaped, self.harmless, self.refused
        )
    }
}

/// Harmful mutants that every kind of corruption must come to, or it tries nothing.
const MINIMUM: usize = 10;

/// Every how many golden cases the quick tests take one.
const STEP: usize = 12;

/// Tries all mutants of a kind; what escapes is printed.
fn attack(
    cases: &[Case],
    mutants: impl Fn(&Case) -> Vec<Mutant> + Sync,
    accepts: impl Fn(&Case, &Mutant) -> bool + Sync,
) -> (Counts, Vec<String>) {
    let total = Mutex::new((Counts::default(), Vec::new()));
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Relaxed)) {
            let (counts, escaped) = attack_one(case, mutants(case), &accepts);
            let mut total = total.lock().unwrap();
            total.0.add(counts);
            total.1.extend(escaped);
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    total.into_inner().unwrap()
}

fn attack_one(
    case: &Case,
    mutants: Vec<Mutant>,
    accepts: &impl Fn(&Case, &Mutant) -> bool,
) -> (Counts, Vec<String>) {
    let (meaning, words) = (oracle::meaning(&case.right), oracle::words(&case.right));
    let mut seen = HashSet::from([case.right.clone()]);
    let (mut counts, mut escaped) = (Counts::default(), Vec::new());
    for mutant in mutants {
        if !seen.insert(mutant.text.clone()) {
            continue;
        }
        // Only edits are asked about comments: whether the rest is untouched, bytes can tell.
        let same = match mutant.edits {
            Some(_) => oracle::words(&mutant.text) == words,
            None => oracle::meaning(&mutant.text) == meaning,
        };
        let accepted = accepts(case, &mutant);
        match (same, accepted) {
            (true, true) => counts.harmless += 1,
            (true, false) => {
                counts.harmless += 1;
                counts.refused += 1;
            }
            (false, false) => counts.harmful += 1,
            (false, true) => {
                counts.harmful += 1;
                counts.escaped += 1;
                escaped.push(format!("{}\n{}", case.name, mutant.text));
            }
        }
    }
    (counts, escaped)
}

/// Attacks with every corruption, prints a line for each, and returns what escaped.
fn attack_with_all(cases: &[Case]) -> Vec<String> {
    let mut all = Counts::default();
    let mut escapes = Vec::new();
    for (name, mutants) in EDITS.iter().chain(TEXTS) {
        let (counts, escaped) = attack(cases, mutants, Case::accepts);
        eprintln!("{counts}  {name}");
        assert!(
            counts.harmful >= MINIMUM,
            "{name}: hardly any mutant does harm"
        );
        all.add(counts);
        escapes.extend(escaped.into_iter().map(|text| format!("{name}: {text}")));
    }
    eprintln!("{all}  in all, of {} migrations", cases.len());
    escapes
}

#[test]
fn no_corruption_that_changes_the_meaning_escapes() {
    assert_eq!(attack_with_all(&cases(STEP)), [""; 0]);
}

/// The same over every golden case.
#[test]
#[ignore = "takes minutes"]
fn no_corruption_of_any_golden_case_escapes() {
    assert_eq!(attack_with_all(&cases(1)), [""; 0]);
}

/// Regions are only ever a quicker way to what reading the whole text comes to.
#[test]
fn what_regions_prove_the_whole_text_proves() {
    let limits = Limits::default();
    let (mut taken_apart, mut refused) = (0, 0);
    for case in cases(STEP) {
        let right = read_regions(
            &Expected::new(&case.document, case.splices.edits()),
            &case.splices,
            &case.right,
            limits,
        );
        taken_apart += usize::from(right);
        let mutants = EDITS.iter().flat_map(|(_, mutants)| mutants(&case));
        for Mutant { edits, text } in mutants {
            let splices = Splices::unchecked(edits.unwrap());
            let expected = Expected::new(&case.document, splices.edits());
            if read_regions(&expected, &splices, &text, limits) {
                let whole = read_whole(&expected, &splices, &text, limits);
                assert!(whole.is_ok(), "{}: {whole:?}\n{text}", case.name);
            } else if right {
                refused += 1;
            }
        }
    }
    eprintln!("{taken_apart} migrations taken apart, {refused} mutants refused");
    assert!(taken_apart >= MINIMUM && refused >= MINIMUM);
}

/// Texts that mean something else although each of their lines, read on its own, means what it should: the
/// edit is said to set the scalar to what it is.
#[test]
fn what_only_the_whole_text_shows_is_seen() {
    let cases = [
        // A byte-order mark begins a text, and stands nowhere else.
        ("a: b\nc: d\n", "c:", "\u{feff}\n", "d"),
        ("a:\n  b: x\nc: d\n", "c:", "\u{feff}\r\n", "d"),
        // Directives hold for what follows.
        ("# c\nK: v\nL: !x w\n", "K:", "%TAG ! !foo-\n---\n", "v"),
        (
            "\u{feff}%TAG ! !foo-\n---\nK: !x v\nL: 1\n",
            "x v",
            "foo-",
            "v",
        ),
        (
            "# c\r%TAG ! !foo-\r\n---\r\nK: !x v\r\nL: 1\r\n",
            "x v",
            "foo-",
            "v",
        ),
        ("---\na: b\nc: d\n", "a:", "%YAML 1.2\n---\n", "b"),
        // Documents end.
        ("a: b\nc: d\n", "c:", "---\n", "d"),
        ("a: b\nc: d\n", "c:", "...\n", "d"),
        ("a: b\nc: d\n", "c:", "X: v\n...\n", "d"),
        // Keys that are not beside their values.
        ("? |\n b\n: x\n", "b\n", "K: \"a", "x"),
        ("k k: x\n: y\n", "x", "#c\n? \n", "x"),
        ("?\n a\n: x\n", "a", "b: ", "x"),
        // A collection goes on.
        ("a:\n- b: 1\n  c: 2\n-\n  d: 3\n", "2\n", "2\n- ", "2"),
        ("a: b\nc: d\n", "d", "d\n  e", "d"),
        ("a: |\n  b\nc: d\n", "c:", "  c\n", "d"),
        ("a: b\nc: d\n", "c:", " c\n", "d"),
        // A map of JSON ends, and another begins.
        (r#"{"a": {"b": "x"}}"#, "x", r#"y"}, "c": {"b": ""#, "x"),
        (r#"{"a": ["x"]}"#, "\"x", r#"], "b": ["#, "x"),
        (r#"{"a": {"b": "x"}}"#, "\"x", "\u{feff}", "x"),
        (r#"{"a": {"b": "x"}}"#, "\"x", "# c\n", "x"),
        (r#"{"a": {"b": "x"}}"#, "\"x", "&c ", "x"),
        (r#"{"a": {"b": "x"}}"#, "}}", ", ", "x"),
    ];
    for (old, before, inserted, value) in cases {
        let name = match old.starts_with('{') {
            true => "t.json",
            false => "t.yaml",
        };
        let old = document(Path::new(name), old);
        let at = old.text().find(before).unwrap();
        let node = old.ids().filter(|id| old.scalar(*id) == Some(value)).last();
        let edit = Edit {
            range: at..at,
            content: inserted.to_owned(),
            change: Change::Set {
                node: node.unwrap(),
                value: value.to_owned(),
            },
        };
        let splices = Splices::unchecked(vec![edit]);
        let text = splices.apply(old.text());
        let expected = Expected::new(&old, splices.edits());
        let limits = Limits::default();
        let whole = read_whole(&expected, &splices, &text, limits);
        assert!(
            whole.is_ok() || !read_regions(&expected, &splices, &text, limits),
            "{text:?}: {whole:?}"
        );
        assert!(verify(&old, &splices, &text, limits).is_err(), "{text:?}");
    }
}

/// What stands between brackets in JSON is read alone, maps and lists.
#[test]
fn maps_and_lists_of_json_are_taken_apart() {
    let old = document(
        Path::new("t.json"),
        r#"{"a": {"b": "x"}, "d": ["y", 1.10]}"#,
    );
    for value in ["x", "y"] {
        let node = old.ids().find(|id| old.scalar(*id) == Some(value)).unwrap();
        let edit = Edit {
            range: old.node(node).range,
            content: r#""z""#.to_owned(),
            change: Change::Set {
                node,
                value: "z".to_owned(),
            },
        };
        let splices = Splices::unchecked(vec![edit]);
        let text = splices.apply(old.text());
        let expected = Expected::new(&old, splices.edits());
        assert!(
            read_regions(&expected, &splices, &text, Limits::default()),
            "{text}"
        );
    }
}

/// A run may be as long as its text, but not as its square.
#[test]
fn many_edits_in_one_place_are_read_in_one_go() {
    let many = 5_000;
    let functions: String = (0..many).map(|n| format!("F{n}: {{R: a}}, ")).collect();
    let texts = [
        format!("{}Resources: {{{functions}}}\n", " ".repeat(100_000)),
        format!("A:\n  B: [{}]\n", "a, ".repeat(many)),
    ];
    for text in texts {
        let old = document(Path::new("t.yaml"), &text);
        let scalars = old.ids().filter(|id| old.scalar(*id) == Some("a"));
        let edit = |node| Edit {
            range: old.node(node).range,
            content: "b".to_owned(),
            change: Change::Set {
                node,
                value: "b".to_owned(),
            },
        };
        let splices = Splices::unchecked(scalars.map(edit).collect());
        assert_eq!(splices.edits().len(), many);
        let new = splices.apply(&text);
        verify(&old, &splices, &new, Limits::default()).unwrap();
    }
}

#[test]
fn no_character_of_the_output_is_beyond_the_proof() {
    let cases = cases(10 * STEP);
    let (counts, escaped) = attack(&cases, corrupt::everywhere, Case::accepts);
    eprintln!("{counts}  every character, of {} migrations", cases.len());
    assert!(counts.harmful > 10_000, "{counts}");
    assert_eq!(escaped, [""; 0]);
}

/// Whatever the meaning: a text that differs outside the edits is never written.
#[test]
fn no_byte_outside_the_edits_can_change() {
    let cases = cases(STEP);
    for (name, mutants) in TEXTS.iter().chain(UNSEEN) {
        let mut tried = 0;
        for case in &cases {
            let spoilt = |mutant: &Mutant| mutant.text != case.right;
            for Mutant { text, .. } in mutants(case).into_iter().filter(spoilt) {
                let checked = bytes::check(&case.document, &case.splices, &text);
                assert!(checked.is_err(), "{name}: {}\n{text}", case.name);
                tried += 1;
            }
        }
        eprintln!("{tried:6} refused  {name}");
        assert!(tried >= MINIMUM, "{name}: hardly any mutant");
    }
}

/// The harness can fail: proofs that are commonly thought good enough let a great deal through.
#[test]
fn weaker_proofs_let_mutants_escape() {
    type Weak = fn(&Case, &Mutant) -> bool;
    let values: Weak = |case, mutant| {
        let read = |text: &str| serde_yaml::from_str::<serde_yaml::Value>(text).ok();
        let right = read(&case.right);
        right.is_some() && right == read(&mutant.text)
    };
    let scalars: Weak = |case, mutant| {
        let scalars = |document: &Document| -> Vec<String> {
            let ids = document.ids();
            ids.filter_map(|id| Some(document.scalar(id)?.to_owned()))
                .collect()
        };
        let path = case.document.source().path();
        document_of(path, &mutant.text).is_some_and(|new| scalars(&new) == scalars(&case.new))
    };
    let cases = cases(4 * STEP);
    let escapes = |weak: Weak, kinds: &[&str]| {
        for &(name, mutants) in EDITS
            .iter()
            .chain(TEXTS)
            .filter(|(name, _)| kinds.contains(name))
        {
            let (counts, _) = attack(&cases, mutants, weak);
            eprintln!("{counts}  {name}");
            assert!(counts.escaped > 0, "nothing escapes: {name}");
        }
    };
    eprintln!("equal values:");
    escapes(
        values,
        &[
            "two lines swapped",
            "a number or a word spelt otherwise",
            "an anchor or a tag lost",
            "an edit's range moved by one or two bytes",
        ],
    );
    eprintln!("equal scalars, in order:");
    escapes(
        scalars,
        &[
            "an anchor or a tag lost",
            "a scalar quoted otherwise",
            "a line indented otherwise",
        ],
    );
}
