//! `not-examined`

use super::{Check, Rule, Silence};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "not-examined",
    summary: "Functions may hide where lambdalift does not look.",
    severity: Severity::Info,
    since: "0.1.0",
    explanation: "\
Macros, `AWS::Include` and `Fn::Transform` add to a template when it is deployed; nested stacks and
applications of the Serverless Application Repository are templates of their own. They may declare
functions on retired runtimes that this run has not seen, and are listed so that nobody takes
silence for proof.",
    declined: "\
Never: this is for information, and shown with `--verbose`; the summary counts the places. Run
lambdalift on the other template, or look into the macro.",
    silence: Silence::AtItsLine,
    links: &[
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html",
    ],
    example: example!("not-examined/basic", "fixed.yaml"),
    check: Check::Engine,
};
