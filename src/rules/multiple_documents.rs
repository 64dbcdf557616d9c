//! `multiple-documents`

use super::{Check, Rule};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "multiple-documents",
    summary: "A template is one of several YAML documents in a file.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
CloudFormation takes one YAML document. A file of several is none of its templates as it stands, so it is
not edited.",
    example: example!("multiple-documents/basic/template.yaml"),
    check: Check::Engine,
};
