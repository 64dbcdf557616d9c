//! Reads an edited Dockerfile again and holds it against what was intended.

use super::base::{self, Base};
use super::entry::{Entry, Program};
use super::origin::{self, Origin};
use super::read::{self, Dockerfile, Outline};
use super::{Request, image, plan};
use crate::companion::{Refused, TextEdit};

/// What the edited file has to say.
pub(super) struct Expected<'e> {
    /// The stage that is built.
    pub(super) target: usize,
    /// The image that it begins from.
    pub(super) image: &'e str,
    /// The program that it starts, as far as it is known.
    pub(super) program: Option<&'e Program>,
}

/// Proves that the edits do what was intended and nothing else.
///
/// # Errors
/// When they do not; nothing may be written then.
pub(super) fn prove(
    text: &str,
    before: &Dockerfile,
    edits: &[TextEdit],
    request: &Request<'_>,
    expected: &Expected<'_>,
) -> Result<(), Refused> {
    let at = edits.first().map_or(0, |it| it.range.start);
    let failed = |why: &str| {
        Err(Refused {
            why: format!("the edited Dockerfile {why}"),
            at,
        })
    };
    let Some(edited) = apply(text, edits) else {
        return failed("cannot be put together");
    };
    let Ok(after) = read::read(&edited) else {
        return failed("cannot be read");
    };
    if !same_but_for_edits(text, before, &after, edits) {
        return failed("differs in more than what was intended");
    }
    let (_, base) = origin::chain(&after, expected.target);
    if !matches!(base, Base::Image(name) if name.value == expected.image) {
        return failed("begins from another image than intended");
    }
    if image::kind(expected.image) != image::Kind::Other {
        return failed("begins from a retired image");
    }
    let others = |file: &Dockerfile| {
        let (chain, _) = origin::chain(file, expected.target);
        let indices = (0..file.stages.len()).filter(|it| Some(it) != chain.first());
        indices
            .map(|it| match base::of(file, it) {
                Base::Image(name) => name.value,
                Base::Stage(index) => index.to_string(),
                Base::Unclear => String::new(),
            })
            .collect::<Vec<_>>()
    };
    if others(before) != others(&after) {
        return failed("has another stage whose base changes");
    }
    let started = Entry::of(&after, expected.target).of_provided();
    if !same_program(expected.program, started.as_ref(), request) {
        return failed("starts another program");
    }
    match plan::plan(&edited, request) {
        Ok(again) if again.edits.is_empty() => Ok(()),
        _ => failed("would be edited again"),
    }
}

/// Whether the programs before and after are the same file, made by the same command.
fn same_program(before: Option<&Program>, after: Option<&Program>, request: &Request<'_>) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return before.is_none() && after.is_none();
    };
    let same_origin = match (&before.origin, &after.origin) {
        (Origin::Named(Some(old)), Origin::Named(Some(new))) => {
            old.is_moved_to(new, request.architecture)
        }
        (old, new) => old == new,
    };
    before.path == after.path && same_origin
}

/// The text with the edits made; `None` if they overlap or lie outside.
pub(super) fn apply(text: &str, edits: &[TextEdit]) -> Option<String> {
    let mut edited = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        edited.push_str(text.get(done..edit.range.start)?);
        edited.push_str(&edit.content);
        done = edit.range.end;
    }
    edited.push_str(text.get(done..)?);
    Some(edited)
}

/// Whether the instructions without an edit are the same, and the others changed in the one way
/// that their kind allows.
fn same_but_for_edits(
    text: &str,
    before: &Dockerfile,
    after: &Dockerfile,
    edits: &[TextEdit],
) -> bool {
    if before.outline.len() != after.outline.len() || before.escape != after.escape {
        return false;
    }
    let ends = before
        .outline
        .iter()
        .skip(1)
        .map(|it| it.at)
        .chain([text.len()]);
    before
        .outline
        .iter()
        .zip(ends)
        .zip(&after.outline)
        .all(|((old, end), new)| {
            let inside = |it: &&TextEdit| (old.at..end).contains(&it.range.start);
            let edits: Vec<_> = edits.iter().filter(inside).collect();
            match edits.as_slice() {
                [] => old.name == new.name && old.parts == new.parts,
                edits => changed(old, new, edits),
            }
        })
}

/// Whether an edited instruction changed as its kind may.
fn changed(old: &Outline, new: &Outline, edits: &[&TextEdit]) -> bool {
    let differing = old
        .parts
        .iter()
        .zip(&new.parts)
        .filter(|(old, new)| old != new)
        .count();
    let same_length = old.parts.len() == new.parts.len();
    match (old.name, new.name) {
        // The name of the image, the values, or the line.
        ("FROM", "FROM") | ("ARG", "ARG") => same_length && differing == 1,
        ("RUN", "RUN") => same_length && differing == 1 && is_grown(old, new, edits),
        // `exec` and the program.
        ("CMD", "ENTRYPOINT") => {
            let program = |it: &Outline| {
                it.parts
                    .get(1)
                    .map(|it| it.trim_start_matches("./").to_owned())
            };
            let ends = |new: String, old: String| new.ends_with(old.trim_start_matches('/'));
            old.parts.len() == 2
                && same_length
                && program(new)
                    .zip(program(old))
                    .is_some_and(|(new, old)| ends(new, old))
        }
        _ => false,
    }
}

/// Whether the line of a `RUN` grew and shrank by the edits alone.
fn is_grown(old: &Outline, new: &Outline, edits: &[&TextEdit]) -> bool {
    let length = |it: &Outline| it.parts.iter().map(String::len).sum::<usize>();
    let added: usize = edits.iter().map(|it| it.content.len()).sum();
    let removed: usize = edits.iter().map(|it| it.range.len()).sum();
    length(old) + added == length(new) + removed
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const TEXT: &str = "FROM golang AS build\nRUN go build -o /main\nFROM public.ecr.aws/lambda/go:1\n\
        COPY --from=build /main ./\nCMD [\"main\"]\n# end\n";

    /// The proof of a plan whose edits put `content` in the place of `old`, besides the right ones.
    fn proved(replacements: &[(&str, &str)]) -> Result<(), Refused> {
        let request = Request {
            target_stage: None,
            architecture: None,
            command_in_template: false,
        };
        let file = read::read(TEXT).unwrap();
        let program = Entry::of(&file, 1).leave_go().ok().unwrap().program;
        let edits: Vec<_> = replacements
            .iter()
            .map(|(old, content)| {
                let start = TEXT.find(old).expect("the text holds it");
                let range = start..start + old.len();
                TextEdit {
                    range,
                    content: (*content).to_owned(),
                }
            })
            .collect();
        let expected = Expected {
            target: 1,
            image: "public.ecr.aws/lambda/provided:al2023",
            program: Some(&program),
        };
        prove(TEXT, &file, &edits, &request, &expected)
    }

    #[test]
    fn accepts_what_was_intended_and_nothing_else() {
        let go = ("lambda/go:1", "lambda/provided:al2023");
        let cmd = ("CMD [\"main\"]", "ENTRYPOINT [\"./main\"]");
        let tag = ("go build", "go build -tags lambda.norpc");
        for (edits, expected) in [
            (vec![tag, go, cmd], ""),
            (vec![go, cmd], ""),
            (vec![go], "starts another program"),
            (vec![cmd], "begins from another image"),
            (
                vec![("lambda/go:1", "lambda/provided:al2"), cmd],
                "begins from another image",
            ),
            (
                vec![go, ("CMD [\"main\"]", "ENTRYPOINT [\"/main\"]")],
                "starts another program",
            ),
            (
                vec![go, ("CMD [\"main\"]", "ENTRYPOINT [\"./other\"]")],
                "differs in more",
            ),
            (vec![go, ("COPY", "ADD"), cmd], "differs in more"),
            (
                vec![go, ("/main ./", "/main /opt/"), cmd],
                "differs in more",
            ),
            (
                vec![("golang", "alpine"), go, cmd],
                "another stage whose base",
            ),
            (
                vec![("-o /main", "-o /made"), go, cmd],
                "starts another program",
            ),
            (vec![go, cmd, ("# end", "RUN x")], "differs in more"),
            (
                vec![go, ("CMD [\"main\"]", "ENTRYPOINT [\"./main\"] x \\")],
                "differs in more",
            ),
            (vec![("FROM public", "X public"), cmd], "cannot be read"),
            (vec![cmd, go], "cannot be put together"),
        ] {
            let found = proved(&edits).err().map_or(String::new(), |it| it.why);
            let holds = if expected.is_empty() {
                found.is_empty()
            } else {
                found.contains(expected)
            };
            assert!(holds, "{edits:?}: {found}");
        }
    }
}
