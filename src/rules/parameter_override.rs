//! `parameter-override`

use std::path::Path;

use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::Context;
use crate::template::Template;

pub(crate) static RULE: Rule = Rule {
    id: "parameter-override",
    summary: "Deployed stacks keep the old value of a parameter.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
The `Default` of a parameter counts when a stack is created. A stack that exists keeps the value it
has, and `samconfig.toml` or a parameter file may name the old one: after the migration they would
bring the retired runtime back, with a Handler and a package that no longer fit it. Those beside the
template that name the old value for certain are edited in the same run, unless `--templates-only`
was given; the finding names what is left.",
    declined: "\
Never for this: the function is migrated with a step left to do. Deploy with the new value, e.g.
`sam deploy --parameter-overrides`, and change the files and pipelines that pass the old one. A
parameter that has another use, or no Default, declines the function as `shared-value`.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Parameter.html",
        "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html",
    ],
    example: example!("parameter-override/basic", "fixed.yaml"),
    check: Check::Engine,
};

/// The largest number of files beside a template that are searched for the parameter.
const MOST_FILES: usize = 200;

/// The files beside a template that give the old value to the parameter: `samconfig.toml` and parameter
/// files of CloudFormation and CodePipeline. They are searched, never edited.
pub(crate) fn carriers(
    context: &Context<'_>,
    template: &Template<'_>,
    name: &str,
    old: &str,
) -> Vec<String> {
    let home = template.home();
    let names = context.survey.file_names(home);
    let candidates = names.iter().filter(|file| may_carry_parameters(file));
    candidates
        .take(MOST_FILES)
        .map(|file| home.join(file))
        .filter(|path| path != template.document.source().path())
        .filter(|path| {
            let bytes = context.survey.read(path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            !text.contains("\"Resources\"") && names_word(&text, name) && names_word(&text, old)
        })
        .map(|path| path.display().to_string())
        .collect()
}

fn may_carry_parameters(file: &str) -> bool {
    let lower = file.to_ascii_lowercase();
    let path = Path::new(&lower);
    let extension = path.extension().and_then(|it| it.to_str());
    match extension {
        Some("toml" | "yaml" | "yml") => lower.starts_with("samconfig"),
        Some("json") => true,
        _ => false,
    }
}

/// Whether `name` stands in the text as a word of its own.
fn names_word(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let is_word = |c: char| c.is_alphanumeric();
        let before = text.get(..at).and_then(|it| it.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|it| it.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}
