//! `arm64-blocker`

use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::{Architecture, Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "arm64-blocker",
    summary: "Something keeps a function on x86_64.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
Functions that leave `go1.x` go to arm64, unless something shows that their code or their layers are
for x86_64, or may be. An x86_64 binary on an arm64 function ends with `exec format error`, and so
does an extension in a layer. The function is migrated and stays on x86_64; the finding names each
reason:

- a layer whose ARN is for x86_64 only or says nothing of its architecture, a layer of the template
  that does not list arm64 in `CompatibleArchitectures`, a layer behind a parameter or a condition;
- C code: the program or what it needs imports \"C\" or links C, or its build says `CGO_ENABLED=1`;
- Go files that are built for amd64 only;
- a build file that says `GOARCH=amd64`, or a make target that does not build for arm64 for certain,
  where it does not move in the same run;
- another function that runs the same prebuilt package and stays on x86_64;
- a CloudFormation registry project (`.rpdk-config`).

Public extension layers that have an arm64 twin are named with it.",
    declined: "\
Never for this: the function is migrated, and `Architectures` stays as it is, present or absent. To
free it, do what the finding says (name the arm64 twin of the layer, build the layer or the program
for arm64), then set `Architectures` to `[arm64]`. If x86_64 is what you want, `--architecture keep`
or `--architecture x86_64` asks no such question.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-layerversion.html",
    ],
    example: example!("arm64-blocker/basic", "fixed.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Architecture::Blocked(blockers) = subject.architecture else {
        return;
    };
    let Some((first, others)) = blockers.split_first() else {
        return;
    };
    let name = &subject.function.logical_id;
    let mut message = format!("{name} stays on x86_64: {}", first.message);
    for other in others {
        message.push_str("; ");
        message.push_str(&other.message);
    }
    notes
        .note(&RULE, first.node.unwrap_or(subject.function.key), message)
        .help(first.help.clone())
        .related(blockers.iter().flat_map(|blocker| blocker.related.clone()));
}
