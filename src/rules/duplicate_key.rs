//! `duplicate-key`

use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject, Track};

pub(crate) static RULE: Rule = Rule {
    id: "duplicate-key",
    summary: "A key stands twice where a function is to be edited.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
Two equal keys in one mapping: which of them counts depends on who reads the file. Some readers take
the first, some the last, some refuse the file. An edit of one of them could be without effect, or
change a value that nobody meant.",
    declined: "\
A function with a duplicate key inside, or on the path to anything that it is edited by (Globals, an
anchor, a parameter), and a layer with one inside. Remove the one that is not meant, and run
lambdalift again. Duplicate keys elsewhere in the template do no harm.",
    silence: Silence::InTemplate,
    links: &[
        "https://yaml.org/spec/1.2.2/#mapping",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html",
    ],
    example: example!("duplicate-key/basic", "fixed.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Some(key) = subject.template.duplicate_key_of(subject.function) else {
        return;
    };
    let document = subject.template.document;
    // Judged by the first of the two keys; a reader may take the other.
    let unconcerned = matches!(
        subject.track,
        Track::Unconcerned | Track::Current | Track::Image
    );
    let decides = matches!(
        document.scalar(key),
        Some("Runtime" | "Properties" | "Type" | "<<" | "Globals" | "Function")
    );
    if unconcerned && !(decides && subject.template.names_retired_runtime(subject.function.body)) {
        return;
    }
    let message = format!(
        "the key {} stands twice where {} is to be edited",
        document.scalar(key).unwrap_or_default(),
        subject.function.logical_id
    );
    notes
        .decline(&RULE, key, message)
        .help("remove the one that is not meant, then run lambdalift again");
}
