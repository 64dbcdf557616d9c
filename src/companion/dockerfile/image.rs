//! Names of base images: which are retired, and what takes their place.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/go-image.html>
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-provided.html>

use std::ops::Range;

use crate::program::Goarch;

/// The image for operating-system-only runtimes, in the registry that AWS documents.
const PROVIDED: &str = "public.ecr.aws/lambda/provided";

/// The tag of the release that is not retired.
const CURRENT: &str = "al2023";

/// What an image is to this migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A retired image that can be replaced.
    Retired(Replacement),
    /// An image that looks retired and is left to a person, and why.
    Unmoved(&'static str),
    /// Any other image.
    Other,
}

/// How a retired image is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replacement {
    pub(super) family: Family,
    /// Pieces of the name, in order, and what stands there instead.
    pub(super) edits: Vec<(Range<usize>, &'static str)>,
    /// The architecture that the tag names.
    pub(super) architecture: Option<Goarch>,
    /// Whether a digest goes away.
    pub(super) drops_digest: bool,
}

/// The retired images, by what they start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Starts the file of the task root that `CMD` names.
    Go,
    /// Starts `/var/runtime/bootstrap`, like its successor.
    Provided,
}

/// A name in pieces.
struct Parts<'n> {
    name: &'n str,
    tag: Option<&'n str>,
    digest: Option<&'n str>,
}

fn parts(image: &str) -> Parts<'_> {
    let (rest, digest) = match image.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (image, None),
    };
    // A colon before the last slash belongs to the port of the registry.
    match rest.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
        Some((name, tag)) => Parts {
            name,
            tag: Some(tag),
            digest,
        },
        None => Parts {
            name: rest,
            tag: None,
            digest,
        },
    }
}

/// Says what an image is.
pub(super) fn kind(image: &str) -> Kind {
    let parts = parts(image);
    let (known, is_mirror) = match parts.name {
        "public.ecr.aws/lambda/go" => (Some(Family::Go), false),
        PROVIDED => (Some(Family::Provided), false),
        name => match docker_hub(name) {
            Some("amazon/aws-lambda-go") => (Some(Family::Go), false),
            Some("amazon/aws-lambda-provided") => (Some(Family::Provided), false),
            _ => (mirrored(name), true),
        },
    };
    let Some(family) = known else {
        return legacy(&parts);
    };
    let (core, architecture) = architecture(parts.tag.unwrap_or("latest"));
    match (family, release(core), parts.tag, parts.digest) {
        (Family::Provided, Release::Current, ..) => Kind::Other,
        _ if is_mirror => Kind::Unmoved(
            "it is a copy of a retired base image in another registry, whose tags are not known here",
        ),
        (Family::Provided, _, None, Some(_)) => {
            Kind::Unmoved("its digest does not say which release of the base image it is")
        }
        (Family::Provided, Release::Unknown, ..) => {
            Kind::Unmoved("its tag is none of the known releases of the base image")
        }
        _ => Kind::Retired(replacement(image, family, &parts, core, architecture)),
    }
}

fn replacement(
    image: &str,
    family: Family,
    parts: &Parts<'_>,
    core: &str,
    architecture: Option<Goarch>,
) -> Replacement {
    let name_end = parts.name.len();
    let mut edits = Vec::new();
    if family == Family::Go {
        match parts.name.strip_suffix("/lambda/go") {
            Some(_) => edits.push((name_end - "go".len()..name_end, "provided")),
            None => edits.push((0..name_end, PROVIDED)),
        }
    }
    let tag_end = match parts.tag {
        Some(tag) => {
            let start = name_end + 1;
            edits.push((start..start + core.len(), CURRENT));
            start + tag.len()
        }
        None => {
            edits.push((name_end..name_end, ":al2023"));
            name_end
        }
    };
    if parts.digest.is_some() {
        edits.push((tag_end..image.len(), ""));
    }
    Replacement {
        family,
        edits,
        architecture,
        drops_digest: parts.digest.is_some(),
    }
}

/// The name in Docker Hub, without the registry that may stand before it.
fn docker_hub(name: &str) -> Option<&str> {
    let registries = [
        "docker.io/",
        "index.docker.io/",
        "registry-1.docker.io/",
        "registry.hub.docker.com/",
    ];
    let stripped = registries.iter().find_map(|it| name.strip_prefix(it));
    let is_local = || {
        name.split_once('/')
            .is_some_and(|(owner, _)| !owner.contains(['.', ':']))
    };
    stripped.or_else(|| is_local().then_some(name))
}

/// The family of an image in another registry, by the end of its name.
fn mirrored(name: &str) -> Option<Family> {
    let ends = |suffixes: [&str; 2]| suffixes.iter().any(|it| name.ends_with(it));
    if ends(["/lambda/go", "/aws-lambda-go"]) {
        Some(Family::Go)
    } else if ends(["/lambda/provided", "/aws-lambda-provided"]) {
        Some(Family::Provided)
    } else {
        None
    }
}

/// Images of the docker-lambda project: never meant for deployment.
/// <https://github.com/lambci/docker-lambda>
fn legacy(parts: &Parts<'_>) -> Kind {
    let tag = parts.tag.unwrap_or_default();
    let is_retired = tag.contains("go1.x") || tag.starts_with("provided");
    if docker_hub(parts.name) == Some("lambci/lambda") && is_retired {
        return Kind::Unmoved("it is an image of docker-lambda, which emulates a retired runtime");
    }
    Kind::Other
}

enum Release {
    Retired,
    Current,
    Unknown,
}

/// The release of Amazon Linux that a tag of the `provided` image means, dated tags included.
fn release(core: &str) -> Release {
    let (release, date) = core.split_once('.').unwrap_or((core, ""));
    let dated = date.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    match release {
        _ if core.starts_with(CURRENT) => Release::Current,
        "al2" | "alami" if dated => Release::Retired,
        // Documented nowhere; whatever it means, the documented tag takes its place.
        "latest" => Release::Retired,
        _ => Release::Unknown,
    }
}

/// Splits the architecture off a tag.
fn architecture(tag: &str) -> (&str, Option<Goarch>) {
    let suffixes = [("-x86_64", Goarch::Amd64), ("-arm64", Goarch::Arm64)];
    let found = suffixes.into_iter().find_map(|(suffix, goarch)| {
        let core = tag.strip_suffix(suffix)?;
        Some((core, Some(goarch)))
    });
    found.unwrap_or((tag, None))
}

/// The architecture that `--platform` names.
pub(super) fn platform(value: &str) -> Option<Goarch> {
    match value.strip_prefix("linux/").unwrap_or(value) {
        "amd64" | "x86_64" => Some(Goarch::Amd64),
        "arm64" | "arm64/v8" | "aarch64" => Some(Goarch::Arm64),
        _ => None,
    }
}

/// Whether a text may name an image of AWS Lambda at all.
pub(super) fn may_matter(text: &str) -> bool {
    let names = [b"lambda", b"LAMBDA"];
    names
        .iter()
        .any(|it| memchr::memmem::find(text.as_bytes(), *it).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(image: &str) -> String {
        match kind(image) {
            Kind::Other => "-".to_owned(),
            Kind::Unmoved(why) => format!("! {}", why.split_whitespace().last().unwrap_or("")),
            Kind::Retired(replacement) => {
                let mut text = image.to_owned();
                for (range, content) in replacement.edits.iter().rev() {
                    text.replace_range(range.clone(), content);
                }
                text
            }
        }
    }

    #[test]
    fn replaces_names() {
        for (image, expected) in [
            (
                "public.ecr.aws/lambda/go:1",
                "public.ecr.aws/lambda/provided:al2023",
            ),
            (
                "public.ecr.aws/lambda/go:latest",
                "public.ecr.aws/lambda/provided:al2023",
            ),
            (
                "public.ecr.aws/lambda/go",
                "public.ecr.aws/lambda/provided:al2023",
            ),
            (
                "public.ecr.aws/lambda/go:1.2023.08.02.10",
                "public.ecr.aws/lambda/provided:al2023",
            ),
            (
                "public.ecr.aws/lambda/go:1-x86_64",
                "public.ecr.aws/lambda/provided:al2023-x86_64",
            ),
            (
                "public.ecr.aws/lambda/go:1@sha256:ab",
                "public.ecr.aws/lambda/provided:al2023",
            ),
            (
                "public.ecr.aws/lambda/go@sha256:ab",
                "public.ecr.aws/lambda/provided:al2023",
            ),
            (
                "amazon/aws-lambda-go:1",
                "public.ecr.aws/lambda/provided:al2023",
            ),
            (
                "docker.io/amazon/aws-lambda-go",
                "public.ecr.aws/lambda/provided:al2023",
            ),
            (
                "public.ecr.aws/lambda/provided:al2",
                "public.ecr.aws/lambda/provided:al2023",
            ),
            (
                "public.ecr.aws/lambda/provided:alami",
                "public.ecr.aws/lambda/provided:al2023",
            ),
            (
                "public.ecr.aws/lambda/provided",
                "public.ecr.aws/lambda/provided:al2023",
            ),
            (
                "public.ecr.aws/lambda/provided:al2.2023.08.01.10-arm64",
                "public.ecr.aws/lambda/provided:al2023-arm64",
            ),
            (
                "amazon/aws-lambda-provided:al2-x86_64",
                "amazon/aws-lambda-provided:al2023-x86_64",
            ),
            (
                "amazon/aws-lambda-provided:al2@sha256:ab",
                "amazon/aws-lambda-provided:al2023",
            ),
            ("public.ecr.aws/lambda/provided:al2023", "-"),
            ("public.ecr.aws/lambda/provided:al2023.2024.05.01.10", "-"),
            ("public.ecr.aws/lambda/provided:al2023-arm64", "-"),
            ("public.ecr.aws/lambda/provided:al2023@sha256:ab", "-"),
            ("public.ecr.aws/lambda/provided@sha256:ab", "! is"),
            ("public.ecr.aws/lambda/provided:al2-rapid-x86_64", "! image"),
            ("public.ecr.aws/lambda/provided:al2028", "! image"),
            (
                "1234.dkr.ecr.eu-west-1.amazonaws.com/mirror/lambda/go:1",
                "! here",
            ),
            ("localhost:5000/amazon/aws-lambda-provided:al2", "! here"),
            ("localhost:5000/lambda/provided:al2023", "-"),
            ("lambci/lambda:go1.x", "! runtime"),
            ("lambci/lambda:nodejs12.x", "-"),
            ("public.ecr.aws/lambda/nodejs:20", "-"),
            ("public.ecr.aws/lambda/python:3.12", "-"),
            ("public.ecr.aws/lambda/golang:1", "-"),
            ("golang:1.22", "-"),
            ("scratch", "-"),
            ("", "-"),
            (":", "-"),
            ("@", "-"),
        ] {
            assert_eq!(moved(image), expected, "{image}");
        }
    }
}
