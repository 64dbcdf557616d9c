//! `multiple-documents`

use super::{Check, Rule, Silence};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "multiple-documents",
    summary: "A template is one of several YAML documents in a file.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
CloudFormation takes one YAML document. A file of several, separated by `---`, is none of its
templates as it stands: something else splits it, or it was never deployed.",
    declined: "\
Every function of the file: it is not edited. Put the template into a file of its own. Under
`--strict` it makes the run fail with status 2.",
    silence: Silence::ByOption,
    links: &[
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html",
        "https://yaml.org/spec/1.2.2/#92-streams",
    ],
    example: example!("multiple-documents/basic"),
    check: Check::Engine,
};
