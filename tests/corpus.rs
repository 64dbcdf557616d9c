//! Templates of other people, if there are any: `LAMBDALIFT_CORPUS` names a directory of them.
//!
//! Each stands alone. Whatever it is, the migration is proved, final, and whole.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod support;

use lambdalift::migrate::{Status, Verdict};
use support::migrate;
use walkdir::WalkDir;

#[test]
fn every_template_of_the_corpus() {
    let Some(corpus) = std::env::var_os("LAMBDALIFT_CORPUS") else {
        eprintln!("skipped: LAMBDALIFT_CORPUS names no directory of templates");
        return;
    };
    let files = WalkDir::new(corpus).sort_by_file_name().into_iter();
    let files = files
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file());
    let mut seen = 0;
    for entry in files {
        let path = entry.path();
        let outcome = migrate(path, std::fs::read(path).unwrap());
        let name = path.display();
        seen += 1;
        assert!(
            outcome.status != Status::Failed,
            "{name}: the result was not proved"
        );
        let left = |verdict| matches!(verdict, Verdict::OtherRuntime);
        for function in &outcome.functions {
            let go = function.runtimes.iter().any(|runtime| runtime == "go1.x");
            assert!(
                !(go && left(function.verdict)),
                "{name}: {} was overlooked",
                function.logical_id
            );
        }
        if let Some(output) = outcome.new_text() {
            let again = migrate(path, output.into_bytes());
            assert!(
                again.output.is_none(),
                "{name}: a second run changes something"
            );
        }
    }
    assert!(seen > 0, "the corpus is empty");
}
