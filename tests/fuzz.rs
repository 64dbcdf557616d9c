//! A short fuzz with fixed seeds: some ten thousand mutants of the templates in `testdata`, each
//! held against what always holds. `fuzz/` goes on where this stops.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

#[path = "support/invariants.rs"]
mod invariants;
#[path = "support/mutate.rs"]
mod mutate;
#[path = "support/numbers.rs"]
mod numbers;
#[path = "support/reading.rs"]
mod reading;
#[path = "support/seeds.rs"]
mod seeds;

use std::path::{Path, PathBuf};

use invariants::{Counts, File, check};
use mutate::Mutation;
use numbers::Numbers;

/// Mutants that run together, each in a directory of its own.
const BATCH: usize = 50;

fn mutation(numbers: &mut Numbers) -> Mutation {
    Mutation {
        kind: numbers.next(),
        first: numbers.next(),
        second: numbers.next(),
    }
}

/// `count` mutants; what is asserted of each stands in [`check`].
fn run(seed: u64, count: usize) -> Counts {
    let seeds = seeds::all();
    let mut numbers = Numbers(seed);
    let mut counts = Counts::default();
    for batch in 0..count / BATCH {
        let files: Vec<File> = (0..BATCH)
            .map(|index| {
                let seed = &seeds[numbers.below(seeds.len())];
                let mut text = seed.text.clone();
                for _ in 0..1 + numbers.below(8) / 3 {
                    let donor = &seeds[numbers.below(seeds.len())];
                    text = mutation(&mut numbers).apply(&text, &donor.text);
                }
                let path = PathBuf::from(format!("{index}/template.{}", seed.extension));
                File::new(path, text)
            })
            .collect();
        match check(&files, &seeds::options(batch)) {
            Ok(more) => counts.add(more),
            Err(problem) => panic!("seed {seed}, batch {batch}: {problem}"),
        }
    }
    counts
}

#[test]
fn mutants_of_templates_keep_every_promise() {
    let mut counts = Counts::default();
    std::thread::scope(|scope| {
        let halves = [1, 2].map(|seed| scope.spawn(move || run(seed, 8_000)));
        for half in halves {
            counts.add(half.join().unwrap());
        }
    });
    eprintln!("{counts:?}");
    assert!(counts.examined * 3 > counts.files, "{counts:?}");
    assert!(counts.changed * 6 > counts.files, "{counts:?}");
    assert!(counts.compared * 4 > counts.changed * 3, "{counts:?}");
    assert!(counts.moved > 1_000 && counts.stayed > 100, "{counts:?}");
}

/// What the fuzzers have found, rewritten as small templates of our own.
#[test]
fn past_findings_keep_every_promise() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/fuzz");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        files.push(File::new(path.clone(), std::fs::read(path).unwrap()));
    }
    assert!(!files.is_empty());
    for file in files {
        for number in 0..8 {
            check(std::slice::from_ref(&file), &seeds::options(number)).unwrap();
        }
    }
}
