//! `outdated-lambda-go`

use std::path::Path;

use super::{Check, Rule, Silence};
use crate::data::TARGET;
use crate::finding::{Related, Severity};
use crate::migrate::{Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "outdated-lambda-go",
    summary: "The program's aws-lambda-go is too old for provided.al2023.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`github.com/aws/aws-lambda-go` learnt to speak the runtime API of `provided.*` in v1.18.0. A program
with an older version builds without a word, but every invocation hangs until it times out: it waits
to be called the way `go1.x` called it. The library of CloudFormation registry types,
`cloudformation-cli-go-plugin`, brings v1.13.3 along before v1.2.0.",
    declined: "\
Every function whose `go.mod` requires a version below v1.18.0. Run
`go get github.com/aws/aws-lambda-go@latest` in the directory that the finding names, test, and run
lambdalift again.",
    silence: Silence::InTemplate,
    links: &[
        "https://github.com/aws/aws-lambda-go/pull/298",
        "https://github.com/aws/aws-lambda-go/releases/tag/v1.18.0",
    ],
    example: example!("outdated-lambda-go/basic"; "invoice/go.mod"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Some(module) = subject.placed().and_then(|placement| placement.program.module.as_ref())
    else {
        return;
    };
    let Some((version, line)) = module.lambda_go.as_ref().filter(|_| module.outdated_lambda_go())
    else {
        return;
    };
    let name = &subject.function.logical_id;
    let message = format!(
        "{} requires aws-lambda-go {version}, and with versions below v1.18.0 {name} would hang on {TARGET}",
        module.lambda_go_file.display()
    );
    let directory = module.lambda_go_file.parent().map(Path::display);
    let directory = directory.map(|it| it.to_string()).filter(|it| !it.is_empty());
    notes
        .decline(&RULE, subject.function.key, message)
        .help(format!(
            "run `go get github.com/aws/aws-lambda-go@latest` in {}, then run lambdalift again",
            directory.as_deref().unwrap_or(".")
        ))
        .related([Related::Elsewhere {
            message: format!("aws-lambda-go {version} is required here"),
            path: module.lambda_go_file.clone(),
            line: *line,
            column: 1,
        }]);
}
