//! `missing-build-method`

use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject, Wish};

pub(crate) static RULE: Rule = Rule {
    id: "missing-build-method",
    summary: "SAM is not told how to build a Go function on a custom runtime.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
On `go1.x` the runtime told `sam build` that the source is Go. On `provided.al2023` it has to be
told: `Metadata: {BuildMethod: go1.x}` on the resource. There is no other name for it: `go` and
`Go1.x` are no builders. Without the key `sam build` fails (\"Makefile not found\"), or silently runs
a Makefile that lies in the directory; linters are silent.

The key belongs in the `Metadata` of the resource: in `Properties` and in Globals it is an error,
beside `Type` it is ignored. `makefile` stays `makefile`. Nothing is added where SAM builds nothing:
for an archive, an S3 object, a directory that exists and holds no Go source, or with
`SkipBuild: true`.

`sam build` needs SAM CLI 1.101 or newer for `provided.al2023`.",
    declined: "\
If `Metadata` is computed (`malformed-function`), or a YAML alias repeats the place where the key
would go (`shared-value`), the function is declined. Write the key by hand, and run lambdalift
again. Any other BuildMethod declines the function as `other-build-method`.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html",
        "https://github.com/aws/aws-lambda-builders",
    ],
    example: example!("missing-build-method/basic", "fixed.yaml"),
    check: Check::Function(check),
};

/// The build method of Go; SAM compares it with regard to case.
pub(crate) const BUILD_METHOD: &str = "go1.x";

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Some(placement) = subject.placed() else {
        return;
    };
    let metadata = subject.function.metadata.as_ref();
    let stated = metadata.is_some_and(|metadata| metadata.build_method.is_some());
    let skipped = metadata.is_some_and(|metadata| metadata.skip_build);
    // A build file that is edited makes it, and the directory comes with the next build.
    let is_made = subject.grant.is_some() && !placement.is_built_by_sam();
    if stated || skipped || is_made || !placement.wants_build_method() {
        return;
    }
    let name = &subject.function.logical_id;
    let message = format!("{name} does not say that it is built as Go");
    notes.edit(&RULE, subject.function.key, message, Wish::BuildMethod);
}
