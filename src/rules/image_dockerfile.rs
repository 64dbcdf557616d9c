//! `image-dockerfile`

use std::path::{Path, PathBuf};

use super::{Check, Rule};
use crate::finding::{Related, Severity};
use crate::migrate::{Notes, Subject, Track};
use crate::program::tidy;
use crate::template::lookup;

pub(crate) static RULE: Rule = Rule {
    id: "image-dockerfile",
    summary: "A container image is built from a retired base image.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
A function with `PackageType: Image` takes no Runtime, Handler or Layers: its Dockerfile says what runs.
The template is never edited for it. If the Dockerfile begins from `public.ecr.aws/lambda/go`,
`amazon/aws-lambda-go` or an image of Amazon Linux 1 or 2, it has to move to
`public.ecr.aws/lambda/provided:al2023`.

See <https://docs.aws.amazon.com/lambda/latest/dg/go-image.html>.",
    example: example!("image-dockerfile/basic/template.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Track::Image = subject.track else {
        return;
    };
    let Some((dockerfile, text)) = dockerfile(subject) else {
        return;
    };
    let retired = text.lines().enumerate().find_map(|(index, line)| {
        let image = base_image(line)?;
        is_retired(image).then_some((index + 1, image))
    });
    let Some((line, image)) = retired else { return };
    let name = &subject.function.logical_id;
    let message = format!("{} builds {name} from the retired image {image}", dockerfile.display());
    notes
        .note(&RULE, subject.function.key, message)
        .help("build from public.ecr.aws/lambda/provided:al2023, with the binary as its entry point")
        .related([Related::Elsewhere {
            message: "the base image".to_owned(),
            path: dockerfile,
            line,
            column: 1,
        }]);
}

/// The Dockerfile that `Metadata` names; its path counts from `DockerContext`.
fn dockerfile(subject: &Subject<'_>) -> Option<(PathBuf, String)> {
    let document = subject.template.document;
    let metadata = subject.function.metadata.as_ref();
    let value = |key| {
        let found = lookup(document, metadata?.node, key)?;
        document.string(found.value)
    };
    let context = value("DockerContext")?;
    let home = document.source().path().parent().unwrap_or(Path::new(""));
    let path = tidy(&home.join(context).join(value("Dockerfile").unwrap_or("Dockerfile")));
    let bytes = subject.context.survey.read(&path)?;
    Some((path, String::from_utf8(bytes).ok()?))
}

/// The image of a `FROM [--platform=…] image [AS name]` instruction.
fn base_image(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let from = words.next()?;
    let image = words.find(|word| !word.starts_with("--"))?;
    from.eq_ignore_ascii_case("FROM").then_some(image)
}

fn is_retired(image: &str) -> bool {
    let (name, tag) = image.rsplit_once(':').unwrap_or((image, "latest"));
    match name {
        "public.ecr.aws/lambda/go" | "amazon/aws-lambda-go" | "lambci/lambda" => true,
        "public.ecr.aws/lambda/provided" | "amazon/aws-lambda-provided" => !tag.starts_with("al2023"),
        _ => false,
    }
}
