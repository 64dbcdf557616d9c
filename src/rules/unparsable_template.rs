//! `unparsable-template`

use super::{Check, Rule, Silence};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "unparsable-template",
    summary: "A template is no valid YAML or JSON.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
The text looks like a template but cannot be read: broken YAML or JSON, text for a template engine
(cookiecutter, Jinja, Helm), an encoding other than UTF-8, a text that two parsers read differently.
It is never edited: a guess at what it means could end in the wrong code.",
    declined: "\
Every function of the file. Correct the place that the finding shows; render a template for another
tool first, and run lambdalift on the result, or leave it out with `--exclude`. Under `--strict` it
makes the run fail with status 2.",
    silence: Silence::ByOption,
    links: &[
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html",
        "https://yaml.org/spec/1.2.2/",
    ],
    example: example!("unparsable-template/basic"),
    check: Check::Engine,
};
