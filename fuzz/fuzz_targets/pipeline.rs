//! Arbitrary bytes through everything: parse, migrate, verify, report, diff.
#![no_main]

#[path = "../../tests/support/invariants.rs"]
mod invariants;
#[path = "../../tests/support/reading.rs"]
mod reading;

use invariants::{File, check};
use lambdalift::migrate::Options;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(problem) = check(&[File::new("template.yaml", bytes)], &Options::default()) {
        panic!("{problem}");
    }
});
