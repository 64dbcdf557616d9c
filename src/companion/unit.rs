//! Files that change together: templates that share build files, and these.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use super::BuildFileChange;
use crate::edit::Output;
use crate::migrate::Outcome;

/// Templates and build files of which all are written, or none.
#[derive(Debug)]
pub(crate) struct Unit<'e> {
    /// Indices of outcomes.
    pub(crate) templates: BTreeSet<usize>,
    /// Those that change; build files first.
    pub(crate) files: Vec<Changed<'e>>,
}

/// A file before and after.
#[derive(Debug)]
pub(crate) struct Changed<'e> {
    pub(crate) path: &'e Path,
    pub(crate) old: &'e str,
    pub(crate) new: Cow<'e, str>,
    /// What has made the new text of the old one, if that is known.
    pub(crate) output: Option<&'e Output>,
}

impl<'e> Unit<'e> {
    /// All units with a change, in the order of their first templates.
    pub(crate) fn all(
        outcomes: &'e [Outcome],
        build_files: &'e [BuildFileChange],
    ) -> impl Iterator<Item = Self> {
        let mut done: BTreeSet<usize> = BTreeSet::new();
        (0..outcomes.len()).filter_map(move |at| {
            if done.contains(&at) {
                return None;
            }
            let unit = Self::of(outcomes, build_files, at);
            done.extend(&unit.templates);
            (!unit.files.is_empty()).then_some(unit)
        })
    }

    fn of(outcomes: &'e [Outcome], build_files: &'e [BuildFileChange], template: usize) -> Self {
        let mut templates = BTreeSet::from([template]);
        let mut chosen = BTreeSet::new();
        // Whoever shares a file shares the other files, too.
        while let Some((at, file)) = build_files
            .iter()
            .enumerate()
            .find(|(at, file)| !chosen.contains(at) && !file.templates.is_disjoint(&templates))
        {
            chosen.insert(at);
            templates.extend(&file.templates);
        }
        let of_build = chosen.iter().filter_map(|&at| build_files.get(at));
        let of_build = of_build.map(|file| Changed {
            path: &file.path,
            old: &file.before,
            new: Cow::Borrowed(&file.after),
            output: None,
        });
        let of_templates = templates.iter().filter_map(|&at| {
            let outcome = outcomes.get(at)?;
            Some(Changed {
                path: outcome.source.path(),
                old: outcome.source.text(),
                new: Cow::Owned(outcome.new_text()?),
                output: outcome.output.as_ref(),
            })
        });
        Self {
            files: of_build.chain(of_templates).collect(),
            templates,
        }
    }
}
