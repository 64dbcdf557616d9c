//! The variables of a makefile and what they come to in a recipe.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::parse::{Assignment, Makefile, Operator, Statement};

/// The most references that are replaced in one text: makefiles may double it at each level.
const MAX_REFERENCES: usize = 1_000;

/// The deepest chain of references that is followed.
const MAX_DEPTH: usize = 16;

/// The longest text that results, in bytes.
const MAX_LENGTH: usize = 1 << 16;

/// A variable.
#[derive(Debug, Clone)]
struct Variable {
    /// As written; None when it is not certain.
    value: Option<String>,
    /// Whether recipes have it in their environment.
    exported: bool,
    /// Whether the environment wins over it, as it does over `?=`.
    default: bool,
    /// Whether it stood on the command line, so that nothing in the file changes it.
    fixed: bool,
}

impl Variable {
    /// Assigns anew; `value` is None when it is not certain.
    fn assign(&mut self, assignment: &Assignment, value: Option<String>) {
        self.exported |= assignment.exported;
        let operator = assignment.operator;
        match (&mut self.value, value) {
            // It has a value already, so a default changes nothing.
            _ if operator == Operator::Default => {}
            (Some(old), Some(new))
                if operator == Operator::Append && old.len() + new.len() <= MAX_LENGTH =>
            {
                old.push(' ');
                old.push_str(&new);
            }
            (old, _) if operator == Operator::Append => *old = None,
            (old, new) => {
                *old = new;
                self.default = false;
            }
        }
    }
}

/// The variables that hold for one target.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    named: BTreeMap<String, Variable>,
    /// What a makefile that called this one gave it by its environment.
    environment: BTreeMap<String, String>,
    exports_all: bool,
}

impl Variables {
    /// The variables of the whole file, when it is called with these in the environment and on
    /// the command line.
    pub(super) fn of_file(
        makefile: &Makefile,
        environment: BTreeMap<String, String>,
        command_line: BTreeMap<String, String>,
    ) -> Self {
        let fixed = |value| Variable {
            value: Some(value),
            exported: true,
            default: false,
            fixed: true,
        };
        let mut found = Self {
            named: command_line
                .into_iter()
                .map(|(name, value)| (name, fixed(value)))
                .collect(),
            environment,
            exports_all: makefile.exports_all,
        };
        let mut included = false;
        for statement in &makefile.statements {
            match statement {
                // A default does not hold against what an included file may have assigned.
                Statement::Assign(it) if included && it.operator == Operator::Default => {
                    found.assign(&Assignment {
                        conditional: true,
                        ..it.clone()
                    });
                }
                Statement::Assign(it) => found.assign(it),
                Statement::Include => {
                    included = true;
                    let open = found.named.values_mut().filter(|variable| !variable.fixed);
                    open.for_each(|variable| variable.value = None);
                }
            }
        }
        for name in &makefile.exported {
            if let Some(variable) = found.named.get_mut(name) {
                variable.exported = true;
            }
        }
        found
    }

    /// Adds the variables of one target.
    pub(super) fn enter(&mut self, makefile: &Makefile, target: &str) {
        for (_, assignment) in makefile.scoped.iter().filter(|(name, _)| name == target) {
            self.assign(assignment);
        }
    }

    fn assign(&mut self, assignment: &Assignment) {
        let value = (!assignment.conditional && assignment.operator != Operator::Unknown)
            .then(|| assignment.value.clone());
        match self.named.entry(assignment.name.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(Variable {
                    value,
                    exported: assignment.exported,
                    default: assignment.operator == Operator::Default,
                    fixed: false,
                });
            }
            Entry::Occupied(entry) if entry.get().fixed => {}
            Entry::Occupied(entry) => entry.into_mut().assign(assignment, value),
        }
    }

    /// What a command finds in its environment; `Err` when something sets it but nobody knows to
    /// what, `Ok(None)` when nothing here sets it.
    pub(super) fn in_environment(&self, name: &str) -> Result<Option<String>, ()> {
        let given = || self.environment.get(name).cloned();
        match self.named.get(name) {
            Some(variable) if variable.default && given().is_some() => Ok(given()),
            // make passes on what it got, with the value that the file gives it.
            Some(variable) if variable.exported || self.exports_all || given().is_some() => {
                let value = variable.value.as_ref().ok_or(())?;
                Ok(Some(self.expand(value, "", "")))
            }
            _ => Ok(given()),
        }
    }

    /// The value of a variable, whether exported or not.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let value = self.named.get(name)?.value.as_ref()?;
        Some(self.expand(value, "", ""))
    }

    /// Replaces the references in a text of the recipe of `target`, whose stem is `stem`. What
    /// is not known stays, written as the shell would: `${NAME}`.
    pub(super) fn expand(&self, text: &str, target: &str, stem: &str) -> String {
        let expansion = Expansion {
            variables: self,
            target,
            stem,
            left: Cell::new(MAX_REFERENCES),
        };
        let mut out = String::new();
        expansion.expand(text, 0, &mut out);
        out
    }
}

struct Expansion<'a> {
    variables: &'a Variables,
    target: &'a str,
    stem: &'a str,
    left: Cell<usize>,
}

impl Expansion<'_> {
    fn expand(&self, text: &str, depth: usize, out: &mut String) {
        let mut rest = text;
        while let Some((plain, reference)) = rest.split_once('$') {
            out.push_str(plain);
            let (name, behind) = name_of(reference);
            rest = behind;
            match name {
                "$" => out.push('$'),
                "@" => out.push_str(self.target),
                "*" => out.push_str(self.stem),
                _ => self.reference(name, depth, out),
            }
            if out.len() > MAX_LENGTH {
                return;
            }
        }
        out.push_str(rest);
    }

    fn reference(&self, name: &str, depth: usize, out: &mut String) {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        let variable = self.variables.named.get(name);
        // SAM gives the artifacts' directory by the environment, which a default leaves alone.
        let from_outside = |variable: &&Variable| {
            variable.default
                && (name == super::ARTIFACTS_DIR || self.variables.environment.contains_key(name))
        };
        let known = variable.filter(|variable| !from_outside(variable));
        match known.and_then(|variable| variable.value.as_deref()) {
            Some(value) if left > 0 && depth < MAX_DEPTH => self.expand(value, depth + 1, out),
            _ => match self.variables.environment.get(name) {
                Some(value) if known.is_none() => out.push_str(value),
                _ if name.contains([' ', '\t', ',', ':', '$']) => {
                    out.extend(["$(", name, ")"]);
                }
                _ => out.extend(["${", name, "}"]),
            },
        }
    }
}

/// The name at the start of what follows a `$`, and what follows it.
fn name_of(reference: &str) -> (&str, &str) {
    let close = match reference.as_bytes().first() {
        Some(b'(') => b')',
        Some(b'{') => b'}',
        Some(_) => {
            let length = reference.chars().next().map_or(0, char::len_utf8);
            return reference
                .split_at_checked(length)
                .unwrap_or((reference, ""));
        }
        None => return ("", ""),
    };
    let open = reference.as_bytes().first().copied().unwrap_or_default();
    let mut depth = 0usize;
    for (index, byte) in reference.bytes().enumerate() {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
        }
        if depth == 0 {
            let name = reference.get(1..index).unwrap_or_default();
            return (name, reference.get(index + 1..).unwrap_or_default());
        }
    }
    (reference.get(1..).unwrap_or_default(), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(makefile: &str, text: &str) -> String {
        let makefile = Makefile::parse(makefile.as_bytes());
        Variables::of_file(&makefile, BTreeMap::new(), BTreeMap::new()).expand(text, "build-A", "A")
    }

    #[test]
    fn expands() {
        for (makefile, text, expected) in [
            ("A = x$(B)\nB = y", "$(A) ${B} $B", "xy y y"),
            ("A = 1\nA = 2", "$(A)", "2"),
            ("A = 1\nA ?= 2", "$(A)", "1"),
            ("A = 1\nA += 2", "$(A)", "1 2"),
            ("A = 1\nifdef X\nA = 2\nendif", "$(A)", "${A}"),
            ("A = 1\ninclude x", "$(A)", "${A}"),
            ("include x\nA = 1\nB ?= 2", "$(A)$(B)", "1${B}"),
            (
                "",
                "$$HOME $$ $(shell go env $(X)) $@ $* $<",
                "$HOME $ $(shell go env $(X)) build-A A ${<}",
            ),
            (
                "ARTIFACTS_DIR ?= out",
                "$(ARTIFACTS_DIR)",
                "${ARTIFACTS_DIR}",
            ),
            ("ARTIFACTS_DIR = out", "$(ARTIFACTS_DIR)", "out"),
            ("", "$(open ä$", "$(open ä$)"),
            ("", "$", "${}"),
            ("", "$ä", "${ä}"),
        ] {
            assert_eq!(expanded(makefile, text), expected, "{makefile} {text}");
        }
    }

    #[test]
    fn is_bounded() {
        assert_eq!(expanded("A = $(A)", "$(A)"), "${A}");
        let twice = |name: char, next: char| format!("{name} = $({next})$({next})\n");
        let text: String = ('a'..'y').zip('b'..'z').map(|(a, b)| twice(a, b)).collect();
        assert!(expanded(&text, &"$(a)".repeat(100)).len() < 2 * MAX_LENGTH);
        let grows = format!(
            "A = {}\n{}",
            "x".repeat(1000),
            "A += $(A) $(A)\n".repeat(50)
        );
        assert!(expanded(&grows, &"$(A)".repeat(100)).len() < 3 * MAX_LENGTH);
    }
}
