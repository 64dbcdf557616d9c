//! Real-looking templates, mutated by steps that know what templates are made of.
//!
//! The input chooses one or two templates of `testdata`, the options, and the steps.
#![no_main]

#[path = "../../tests/support/invariants.rs"]
mod invariants;
#[path = "../../tests/support/mutate.rs"]
mod mutate;
#[path = "../../tests/support/reading.rs"]
mod reading;
#[path = "../../tests/support/seeds.rs"]
mod seeds;

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use invariants::{File, check};
use libfuzzer_sys::fuzz_target;
use mutate::Mutation;
use seeds::Seed;

#[derive(Debug, Arbitrary)]
struct Plan {
    options: u8,
    templates: Vec<(u16, Vec<(u8, u16, u16, u16)>)>,
}

static SEEDS: LazyLock<Vec<Seed>> = LazyLock::new(seeds::all);

fuzz_target!(|plan: Plan| {
    let files: Vec<File> = plan
        .templates
        .iter()
        .take(2)
        .enumerate()
        .map(|(index, (number, steps))| {
            let seed = &SEEDS[usize::from(*number) % SEEDS.len()];
            let mut text = seed.text.clone();
            for &(kind, first, second, donor) in steps.iter().take(6) {
                let donor = &SEEDS[usize::from(donor) % SEEDS.len()];
                let mutation = Mutation {
                    kind: kind.into(),
                    first: first.into(),
                    second: second.into(),
                };
                text = mutation.apply(&text, &donor.text);
            }
            File::new(format!("{index}/template.{}", seed.extension), text)
        })
        .collect();
    if let Err(problem) = check(&files, &seeds::options(plan.options.into())) {
        panic!("{problem}");
    }
});
