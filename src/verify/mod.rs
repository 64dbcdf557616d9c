//! Proof, not trust: the new text is read afresh and must mean the old text plus the changes.
//!
//! ```text
//!   bytes     every byte outside the edits is as it was, and an edit touches only its own node
//!   compare   our reading: tags, anchors, the order of keys, duplicates, quoting, comments; of the whole
//!             text, or of the regions that edits change where the rest cannot be read differently for them
//!   reread    the independent reading of the whole text: the shape, and every scalar as raw text
//! ```
//!
//! The independent parser (`serde_yaml` or `serde_json`) shares no code with ours. It confirms
//! every scalar as it is written, so that `1.10` is not `1.1`.

mod bytes;
mod compare;
mod expected;
mod regions;
mod reread;
#[cfg(test)]
mod tests;

use crate::edit::Splices;
use crate::parallel::Threads;
use crate::source::SourceFile;
use crate::syntax::{Document, Format, Limits, parse};
use expected::Expected;
use regions::regions;
use reread::Unlike;

/// The new text does not mean what was intended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// An edit reaches beyond the node that it changes, or something else than the edits is new.
    #[error("byte {offset} of the old text is not part of what changes, but changes")]
    Reach {
        /// Byte offset into the old text.
        offset: usize,
    },
    /// Our parser cannot read the new text.
    #[error("the new text does not parse: {0}")]
    Unparsable(String),
    /// The new tree is not the old tree plus the changes.
    #[error("line {line} of the new text would not mean what was intended ({what})")]
    Different {
        /// Line in the new text, from 1.
        line: usize,
        /// Which property differs.
        what: &'static str,
    },
    /// The independent parser gives up at a limit of its own.
    #[error("{parser}, which checks every edit, reads no text like this: {message}")]
    Limit {
        /// `serde_yaml` or `serde_json`.
        parser: &'static str,
        /// What it says.
        message: String,
    },
    /// The independent parser reads the text as it was differently, too: that is no fault of ours.
    #[error("{parser}, which checks every edit, reads this text differently: {message}")]
    Ambiguous {
        /// Byte offset into the old text.
        offset: usize,
        /// `serde_yaml` or `serde_json`.
        parser: &'static str,
        /// What it says.
        message: String,
    },
    /// The independent parser disagrees.
    #[error("{parser} reads the new text differently: {message}")]
    Disagreement {
        /// `serde_yaml` or `serde_json`.
        parser: &'static str,
        /// What it says.
        message: String,
    },
}

/// Checks that `text` is `old` plus the changes of `splices`.
///
/// # Errors
/// [`Unproved`] with the first difference; the caller must then leave the file alone.
pub fn verify(
    old: &Document,
    splices: &Splices,
    text: &str,
    limits: Limits,
) -> Result<(), Unproved> {
    verify_shared(old, splices, text, limits, Threads::alone())
}

/// The same by several threads, if the text is long.
pub(crate) fn verify_shared(
    old: &Document,
    splices: &Splices,
    text: &str,
    limits: Limits,
    threads: Threads<'static>,
) -> Result<(), Unproved> {
    const LONG: usize = 256 * 1024;
    let threads = match text.len() < LONG {
        true => Threads::alone(),
        false => threads,
    };
    bytes::check(old, splices, text)?;
    let expected = Expected::new(old, splices.edits());
    let (ours, theirs) = threads.both(
        || read(&expected, splices, text, limits),
        || reread::check(&expected, text),
    );
    ours?;
    theirs.map_err(|unlike| disagreement(old, unlike))
}

/// Our reading.
fn read(
    expected: &Expected,
    splices: &Splices,
    text: &str,
    limits: Limits,
) -> Result<(), Unproved> {
    // What is amiss is said in terms of the whole text.
    match read_regions(expected, splices, text, limits) {
        true => Ok(()),
        false => read_whole(expected, splices, text, limits),
    }
}

/// Whether our parser finds in each part that changes what is meant to be there; not if there are no such
/// parts.
fn read_regions(expected: &Expected, splices: &Splices, text: &str, limits: Limits) -> bool {
    let old = expected.old;
    let nodes = old.ids().count() as u64;
    regions(old, splices, text).is_some_and(|regions| {
        regions.into_iter().all(|(region, text)| {
            // The rest counts, too.
            let limits = Limits {
                depth: limits
                    .depth
                    .saturating_sub(old.ancestors(region.part.collection()).count()),
                expanded_nodes: limits.expanded_nodes.saturating_sub(nodes),
                ..limits
            };
            let name = match old.format() {
                Format::Json => "region.json",
                Format::Yaml => "",
            };
            let new = parse(SourceFile::new(name, text), limits);
            new.is_ok_and(|new| compare::check_region(expected, &region, &new).is_ok())
        })
    })
}

/// The same of the whole text.
fn read_whole(
    expected: &Expected,
    splices: &Splices,
    text: &str,
    limits: Limits,
) -> Result<(), Unproved> {
    let source = SourceFile::new(expected.old.source().path(), text.to_owned());
    let new =
        parse(source, limits).map_err(|(_, error)| Unproved::Unparsable(error.to_string()))?;
    compare::check(expected, splices, &new)
}

fn disagreement(old: &Document, unlike: Unlike) -> Unproved {
    let Unlike {
        parser, message, ..
    } = unlike;
    if ["recursion limit", "repetition limit"]
        .iter()
        .any(|limit| message.contains(limit))
    {
        return Unproved::Limit { parser, message };
    }
    match reread::check(&Expected::new(old, []), old.text()) {
        Err(Unlike {
            parser,
            message,
            offset,
        }) => Unproved::Ambiguous {
            offset,
            parser,
            message,
        },
        Ok(()) => Unproved::Disagreement { parser, message },
    }
}
