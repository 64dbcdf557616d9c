//! Puts the makefiles that a makefile includes in their place.

use std::path::{Path, PathBuf};

use super::parse::{Makefile, Statement};
use crate::program::files::{Files, collapse, directory_of};

/// The most files that are included.
const MAX_FILES: usize = 32;

/// Reads a makefile and what it includes by a plain name, provided that this can be read. What
/// cannot stays in the statements, because it may assign anything.
pub(super) fn read(
    files: &dyn Files,
    file: &Path,
    text: &[u8],
    included: &mut Vec<(PathBuf, String, usize)>,
) -> Makefile {
    let mut makefile = Makefile::parse(text);
    let directory = directory_of(file);
    let mut next = text.len() + 1;
    let mut at = 0;
    while let Some(statement) = makefile.statements.get(at) {
        let found = match statement {
            Statement::Include(it) if !it.conditional => {
                plain(&it.names).map(|name| (collapse(&directory.join(name)), it.rules_before))
            }
            _ => None,
        };
        let unseen =
            |path: &PathBuf| path != file && included.iter().all(|(known, ..)| known != path);
        let found = found.filter(|(path, _)| unseen(path) && included.len() < MAX_FILES);
        let content = found.and_then(|(path, rules_before)| {
            let content = String::from_utf8(files.read(&path)?).ok()?;
            Some((path, content, rules_before))
        });
        let Some((path, content, rules_before)) = content else {
            at += 1;
            continue;
        };
        let inner = Makefile::parse_at(content.as_bytes(), next);
        splice(&mut makefile, inner, at, rules_before);
        let length = content.len();
        included.push((path, content, next));
        next += length + 1;
    }
    makefile
}

/// The only file that is named, if its name is plain.
fn plain(names: &str) -> Option<&str> {
    (!names.is_empty() && !names.contains([' ', '\t', '$', '*', '?', '[', '~'])).then_some(names)
}

/// Puts an included file in the place of the statement `at`.
fn splice(makefile: &mut Makefile, mut inner: Makefile, at: usize, rules_before: usize) {
    let count = inner.rules.len();
    for statement in makefile.statements.iter_mut().skip(at + 1) {
        if let Statement::Include(it) = statement {
            it.rules_before += count;
        }
    }
    for statement in &mut inner.statements {
        if let Statement::Include(it) = statement {
            it.rules_before += rules_before;
        }
    }
    let rules_at = rules_before.min(makefile.rules.len());
    makefile.rules.splice(rules_at..rules_at, inner.rules);
    makefile.statements.splice(at..=at, inner.statements);
    makefile.scoped.extend(inner.scoped);
    makefile.exported.extend(inner.exported);
    makefile.exports_all |= inner.exports_all;
    makefile.one_shell |= inner.one_shell;
}
