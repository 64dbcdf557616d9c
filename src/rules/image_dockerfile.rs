//! `image-dockerfile`

use super::{Check, Rule, Silence};
use crate::finding::{Related, Severity};
use crate::migrate::{Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "image-dockerfile",
    summary: "A container image is built from a retired base image.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
A function with `PackageType: Image` takes no Runtime, Handler or Layers: its Dockerfile says what
runs, and the template is never edited for it. If the Dockerfile that `Metadata` names begins from
`public.ecr.aws/lambda/go`, `amazon/aws-lambda-go`, or the `provided` image of Amazon Linux 1 or 2,
it moves to `public.ecr.aws/lambda/provided:al2023`. For Go the `CMD` that named the binary becomes
the `ENTRYPOINT` that starts the same program, because the new image starts no program by its name.
`--templates-only` leaves Dockerfiles alone.",
    declined: "\
Where it is not certain what the Dockerfile does, it stays as it is, and the finding says why: a
command that the template sets (`ImageConfig`), build arguments, a function of another template that
is built from it, a program with an aws-lambda-go older than v1.18.0 or one that reads its Handler.
`--check` does not object to that. Move it by hand: build from
`public.ecr.aws/lambda/provided:al2023`, with the binary as `ENTRYPOINT`. Amazon Linux 2023 has
`dnf` and no `yum`.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/go-image.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
    ],
    example: example!("image-dockerfile/basic"; "receipt-scan/Dockerfile" => "receipt-scan/Dockerfile.fixed"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Some(image) = subject.image else {
        return;
    };
    let retired = image.text.lines().enumerate().find_map(|(index, line)| {
        let image = base_image(line)?;
        is_retired(image).then_some((index + 1, image))
    });
    let name = &subject.function.logical_id;
    let key = subject.function.key;
    let dockerfile = image.dockerfile.display();
    match (&image.plan, retired) {
        (Ok(plan), _) if !plan.edits.is_empty() => {
            let first = plan.edits.iter().map(|edit| edit.range.start).next();
            let place = image.place(first.unwrap_or_default(), "edited");
            let message = format!("{dockerfile} builds {name} from a retired image");
            notes.build_file(&RULE, key, message).related([place]);
            for note in &plan.notes {
                let message = format!("{dockerfile}: {}", note.message);
                let place = image.place(note.at, "here");
                notes.follow_up(&RULE, key, message).help(note.help.clone()).related([place]);
            }
            if !plan.certain && plan.notes.is_empty() {
                let message = format!("{name} is built from another base image");
                let help = "build the image and invoke it once before you deploy";
                notes.follow_up(&RULE, key, message).help(help);
            }
        }
        (plan, Some((line, base))) => {
            let mut message = format!("{dockerfile} builds {name} from the retired image {base}");
            if let (Err(why), true) = (plan, subject.context.edits_build_files) {
                message.push_str(&format!("; it is not edited, because {why}"));
            }
            notes
                .note(&RULE, key, message)
                .help("build from public.ecr.aws/lambda/provided:al2023, with the binary as its entry point")
                .related([Related::Elsewhere {
                    message: "the base image".to_owned(),
                    path: image.dockerfile.clone(),
                    line,
                    column: 1,
                }]);
        }
        (Err(why), None) if subject.context.edits_build_files => {
            let message = format!("{dockerfile}, which builds {name}, is not examined: {why}");
            notes
                .note(&RULE, key, message)
                .help("see whether it begins from a retired image");
        }
        (_, None) => {}
    }
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
