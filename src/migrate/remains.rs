//! `--add-ignore`: instructions to ignore what remains after a migration, written into the template.
//!
//! In YAML a comment on the logical ID; in JSON, and where a logical ID does not begin its line,
//! `Metadata.lambdalift`. They are edits like all others, and are proved like all others.

use std::collections::BTreeSet;
use std::fmt;

use super::job::{Job, State};
use super::layers::LayerPlan;
use super::run::Examination;
use super::subject::Draft;
use crate::edit::{Edit, Tree};
use crate::finding::{Effect, Severity};
use crate::source::Range;
use crate::syntax::{CannotEdit, Document, Editor, Kind, NodeId, Position};
use crate::template::{Template, intrinsic};

/// Why something is to be ignored: one line of text that is safe in a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

/// A text that cannot be a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnfitReason {
    /// There is nothing in it.
    #[error("it is empty: say why these findings may stay")]
    Empty,
    /// It holds a line ending or another character that moves the cursor.
    #[error("it holds a line ending or a control character: write one line of plain text")]
    Control,
    /// It holds something that begins or ends comments.
    #[error("it holds `{0}`, which begins or ends comments: leave it out")]
    Mark(&'static str),
}

impl Reason {
    /// A reason, if the text is fit to be one.
    ///
    /// # Errors
    /// [`UnfitReason`] for text that is empty, has more than one line, or could end a comment.
    pub fn new(text: &str) -> Result<Self, UnfitReason> {
        // Some readers take the first two for line endings; the others turn the direction of writing.
        let moves = |c: char| {
            c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        if text.contains(moves) {
            return Err(UnfitReason::Control);
        }
        if let Some(mark) = ["#", "*/", "/*"]
            .into_iter()
            .find(|mark| text.contains(mark))
        {
            return Err(UnfitReason::Mark(mark));
        }
        match text.trim() {
            "" => Err(UnfitReason::Empty),
            text => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What became of the wish to ignore what remains.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddedIgnores {
    /// The edits that write the instructions; they belong to no finding.
    pub edits: Vec<Edit>,
    /// The logical IDs that have an instruction from now on.
    pub added: Vec<String>,
    /// Those for which none could be written: the logical ID, its place, and why, as a clause that follows
    /// "because".
    pub refused: Vec<(String, Range, &'static str)>,
}

/// A resource about which something remains to be said.
struct Remaining<'t> {
    logical_id: &'t str,
    key: NodeId,
    body: NodeId,
    rules: BTreeSet<&'static str>,
}

impl Examination<'_> {
    /// The instructions for everything that remains.
    pub(super) fn ignore_remains(
        &self,
        template: &Template<'_>,
        editor: &Editor<'_>,
        jobs: &[Job<'_>],
        layers: &[LayerPlan],
    ) -> AddedIgnores {
        let mut done = AddedIgnores::default();
        let Some(reason) = &self.context.options.add_ignore else {
            return done;
        };
        let of_jobs = jobs.iter().filter_map(|job| {
            Remaining::new(
                &job.function.logical_id,
                job.function.key,
                job.function.body,
                job.drafts.iter().filter(|draft| remains_of(job, draft)),
            )
        });
        let of_layers = template.layers.iter().filter_map(|layer| {
            let plans = layers
                .iter()
                .filter(|plan| plan.logical_id == layer.logical_id);
            let rest = plans
                .filter(|plan| plan.edits.is_empty())
                .map(|plan| &plan.draft);
            Remaining::new(&layer.logical_id, layer.key, layer.body, rest)
        });
        for remaining in of_jobs.chain(of_layers) {
            match remaining.ignore(self.document, editor, reason) {
                Ok(more) => {
                    done.added.push(remaining.logical_id.to_owned());
                    done.edits.extend(more);
                }
                Err(why) => {
                    let place = self.range(remaining.key);
                    done.refused
                        .push((remaining.logical_id.to_owned(), place, why.reason));
                }
            }
        }
        done
    }
}

/// Whether a next run would say this again.
fn remains_of(job: &Job<'_>, draft: &Draft) -> bool {
    match job.state {
        State::Declined => draft.effect == Effect::Decline,
        State::Idle => draft.rule.severity != Severity::Info,
        State::Migrating | State::Ignored | State::HeldBack => false,
    }
}

impl<'t> Remaining<'t> {
    fn new<'d>(
        logical_id: &'t str,
        key: NodeId,
        body: NodeId,
        drafts: impl Iterator<Item = &'d Draft>,
    ) -> Option<Self> {
        let rules: BTreeSet<&'static str> = drafts.map(|draft| draft.rule.id).collect();
        (!rules.is_empty()).then_some(Self {
            logical_id,
            key,
            body,
            rules,
        })
    }

    fn ignore(
        &self,
        document: &Document,
        editor: &Editor<'_>,
        reason: &Reason,
    ) -> Result<Vec<Edit>, CannotEdit> {
        let rules: Vec<&str> = self.rules.iter().copied().collect();
        let comment = format!("# lambdalift: ignore[{}] {reason}", rules.join(", "));
        match editor.add_comment(self.key, &comment) {
            Ok(edit) => Ok(vec![edit]),
            Err(_) => self.ignore_in_metadata(document, editor, reason),
        }
    }

    fn ignore_in_metadata(
        &self,
        document: &Document,
        editor: &Editor<'_>,
        reason: &Reason,
    ) -> Result<Vec<Edit>, CannotEdit> {
        let cannot = |node: NodeId, reason| CannotEdit {
            offset: document.node(node).start,
            reason,
        };
        let mut around = std::iter::once(self.body).chain(document.ancestors(self.body));
        if around.any(|node| document.node(node).anchor.is_some()) {
            return Err(cannot(self.body, "an anchor may repeat the place"));
        }
        let ids = self.rules.iter().map(|id| Tree::scalar(*id)).collect();
        let ignore = ("ignore".to_owned(), Tree::Sequence(ids));
        let reason = ("reason".to_owned(), Tree::scalar(reason.to_string()));
        let instruction = Tree::Mapping(vec![ignore, reason]);
        let Some((_, metadata)) = document.get(self.body, "Metadata") else {
            let place = match document.get(self.body, "Type") {
                Some((index, _)) => Position::After(index),
                None => Position::After(0),
            };
            let tree = Tree::Mapping(vec![("lambdalift".to_owned(), instruction)]);
            return Ok(vec![
                editor.insert_entry(self.body, place, "Metadata", &tree)?,
            ]);
        };
        if !document.is_mapping(metadata) || intrinsic(document, metadata).is_some() {
            return Err(cannot(metadata, "its Metadata is no map of its own"));
        }
        let last = |mapping| Position::After(document.entries(mapping).len().saturating_sub(1));
        let Some((_, own)) = document.get(metadata, "lambdalift") else {
            let made = editor.insert_entry(metadata, last(metadata), "lambdalift", &instruction)?;
            return Ok(vec![made]);
        };
        if !document.is_mapping(own) {
            return Err(cannot(own, "its Metadata.lambdalift is no map"));
        }
        let Some((_, list)) = document.get(own, "ignore") else {
            let Tree::Mapping(entries) = &instruction else {
                return Ok(Vec::new());
            };
            let missing = entries
                .iter()
                .filter(|(key, _)| document.get(own, key).is_none());
            return missing
                .map(|(key, value)| editor.insert_entry(own, last(own), key, value))
                .collect();
        };
        if !matches!(document.kind(list), Kind::Sequence { .. }) {
            return Err(cannot(list, "its Metadata.lambdalift.ignore is no list"));
        }
        let ids: Vec<&str> = self.rules.iter().copied().collect();
        editor.append_items(list, &ids)
    }
}

#[cfg(test)]
mod tests {
    use super::{Reason, UnfitReason};

    #[test]
    fn reasons() {
        assert_eq!(
            Reason::new("  retires in May ").map(|it| it.0),
            Ok("retires in May".to_owned())
        );
        for (text, expected) in [
            ("", UnfitReason::Empty),
            (" \u{a0} ", UnfitReason::Empty),
            ("one\ntwo", UnfitReason::Control),
            ("one\ttwo", UnfitReason::Control),
            ("one\u{85}two", UnfitReason::Control),
            ("one\u{2028}two", UnfitReason::Control),
            ("a \u{202e}b", UnfitReason::Control),
            ("see #12", UnfitReason::Mark("#")),
            ("ends */ here", UnfitReason::Mark("*/")),
        ] {
            assert_eq!(Reason::new(text), Err(expected), "{text:?}");
        }
    }
}
