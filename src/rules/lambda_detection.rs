//! `lambda-detection`

use super::{Check, Rule, Silence};
use crate::finding::{Related, Severity};
use crate::migrate::{Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "lambda-detection",
    summary: "The program tells by something of go1.x whether it runs in Lambda.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`go1.x` set `_LAMBDA_SERVER_PORT`, and `AWS_EXECUTION_ENV` was `AWS_Lambda_go1.x`. On
`provided.al2023` neither is so. A program that looks at them to see whether it runs in Lambda takes
the other way after the migration: often it starts as a web server, and every invocation times out.",
    declined: "\
Never for this: the function is migrated with a step left to do. Test for `AWS_LAMBDA_RUNTIME_API`
instead, which every runtime sets, before you deploy. The finding shows the lines.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html",
    ],
    example: example!("lambda-detection/basic", "fixed.yaml"; "tariffs/main.go"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Some(placement) = subject.placed() else {
        return;
    };
    let hits = &placement.program.detects_lambda;
    let Some(first) = hits.first() else { return };
    let name = &subject.function.logical_id;
    let message = format!(
        "the program of {name} looks at {}, which is not on provided.al2023 what it was on go1.x",
        first.what
    );
    notes
        .follow_up(&RULE, subject.function.key, message)
        .help("test for AWS_LAMBDA_RUNTIME_API instead, which every runtime sets")
        .related(hits.iter().map(|hit| Related::hit(hit, format!("{} is read here", hit.what))));
}
