//! `unparsable-template`

use super::{Check, Rule};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "unparsable-template",
    summary: "A template is no valid YAML or JSON.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
The text looks like a template but cannot be read: broken YAML or JSON, text for a template engine
(cookiecutter, Jinja, Helm), an encoding other than UTF-8. It is never edited. Under `--strict` it makes
the run fail with status 2.",
    example: example!("unparsable-template/basic/template.yaml"),
    check: Check::Engine,
};
