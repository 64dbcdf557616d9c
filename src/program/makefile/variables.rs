//! The variables of a makefile and what they come to in a recipe.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::functions;
use super::parse::{Assignment, Makefile, Operator, Statement};
use crate::program::files::Files;
use crate::program::trace::Traced;

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
    value: Option<Traced>,
    /// Whether recipes have it in their environment.
    exported: bool,
    /// Whether the environment wins over it, as it does over `?=`.
    default: bool,
    /// Whether it stood on the command line, so that nothing in the file changes it.
    fixed: bool,
}

impl Variable {
    /// Assigns anew; `value` is None when it is not certain.
    fn assign(&mut self, assignment: &Assignment, value: Option<Traced>) {
        self.exported |= assignment.exported;
        let operator = assignment.operator;
        match (&mut self.value, value) {
            // It has a value already, so a default changes nothing.
            _ if operator == Operator::Default => {}
            (Some(old), Some(new))
                if operator == Operator::Append && old.len() + new.len() <= MAX_LENGTH =>
            {
                old.push_str(" ", None);
                old.push(&new);
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
    /// What calls that list sources come to, by the calls with their references replaced.
    sources: Arc<BTreeMap<String, String>>,
}

impl Variables {
    /// The variables of the whole file, when it is called with these in the environment and on
    /// the command line.
    pub(super) fn of_file(
        makefile: &Makefile,
        environment: BTreeMap<String, String>,
        command_line: BTreeMap<String, String>,
    ) -> Self {
        let fixed = |value: String| Variable {
            value: Some(Traced::unplaced(value)),
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
            sources: Arc::default(),
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
                Statement::Include(_) => {
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

    /// Looks up what the calls in these texts come to that list sources.
    pub(super) fn find_sources(&mut self, files: &dyn Files, dir: &Path, texts: &[&str]) {
        let calls = texts.iter().flat_map(|text| functions::listing_calls(text));
        let mut found = BTreeMap::new();
        for call in calls.take(MAX_REFERENCES) {
            let Some((name, arguments)) = call.split_once([' ', '\t']) else {
                continue;
            };
            let arguments = self.expand(arguments, "", "");
            if let Some(names) = functions::list(files, dir, name, &arguments) {
                found.insert(format!("{name} {arguments}"), names.join(" "));
            }
        }
        self.sources = Arc::new(found);
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
        let found = self.exported(name)?;
        Ok(found.map(|value| value.as_str().to_owned()))
    }

    /// The same, with places.
    pub(super) fn exported(&self, name: &str) -> Result<Option<Traced>, ()> {
        let given = || self.environment.get(name).map(Traced::unplaced);
        match self.named.get(name) {
            Some(variable) if variable.default && given().is_some() => Ok(given()),
            // make passes on what it got, with the value that the file gives it.
            Some(variable) if variable.exported || self.exports_all || given().is_some() => {
                let value = variable.value.as_ref().ok_or(())?;
                let mut through = Traced::default();
                through.push_through(value, value.outer().as_ref());
                Ok(Some(self.expand_traced(&through, &Automatic::default())))
            }
            _ => Ok(given()),
        }
    }

    /// The value of a variable, whether exported or not.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let value = self.named.get(name)?.value.as_ref()?;
        Some(self.expand(value.as_str(), "", ""))
    }

    /// Replaces the references in a text of the recipe of `target`, whose stem is `stem`. What
    /// is not known stays, written as the shell would: `${NAME}`.
    pub(super) fn expand(&self, text: &str, target: &str, stem: &str) -> String {
        let automatic = Automatic {
            target: Traced::unplaced(target),
            stem: stem.to_owned(),
            prerequisites: None,
        };
        let found = self.expand_traced(&Traced::unplaced(text), &automatic);
        found.as_str().to_owned()
    }

    /// The same, with places.
    pub(super) fn expand_traced(&self, text: &Traced, automatic: &Automatic) -> Traced {
        let expansion = Expansion {
            variables: self,
            automatic,
            left: Cell::new(MAX_REFERENCES),
        };
        let mut out = Traced::default();
        expansion.expand(text, 0, None, &mut out);
        out
    }
}

/// What the automatic variables of a recipe stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Automatic {
    /// `$@`
    pub(super) target: Traced,
    /// `$*`
    pub(super) stem: String,
    /// `$^`, if that is known.
    pub(super) prerequisites: Option<Vec<Traced>>,
}

impl Automatic {
    /// The value of an automatic variable; `None` when it is none or not known.
    fn value(&self, name: &str) -> Option<Traced> {
        let mut characters = name.chars();
        let variable = characters.next()?;
        let (directory, file) = match characters.as_str() {
            "" => (false, false),
            "D" => (true, false),
            "F" => (false, true),
            _ => return None,
        };
        let value = match variable {
            '@' => self.target.clone(),
            '*' => Traced::unplaced(&self.stem),
            '<' => self.prerequisites.as_ref()?.first()?.clone(),
            '^' | '+' => {
                let mut all = Traced::default();
                for (index, word) in self.prerequisites.as_ref()?.iter().enumerate() {
                    all.push_str(if index == 0 { "" } else { " " }, None);
                    all.push(word);
                }
                all
            }
            _ => return None,
        };
        Some(match (directory, file) {
            (true, _) => {
                let words = functions::each(value.as_str(), functions::directory_of);
                Traced::unplaced(words.trim_end_matches('/'))
            }
            (_, true) => Traced::unplaced(functions::each(value.as_str(), functions::file_of)),
            _ => value,
        })
    }
}

struct Expansion<'a> {
    variables: &'a Variables,
    automatic: &'a Automatic,
    left: Cell<usize>,
}

impl Expansion<'_> {
    /// Expands into `out`; `via` is the outermost reference that has led here.
    fn expand(&self, text: &Traced, depth: usize, via: Option<&Range<usize>>, out: &mut Traced) {
        let mut at = 0;
        while let Some((plain, reference)) =
            text.as_str().get(at..).and_then(|it| it.split_once('$'))
        {
            let dollar = at + plain.len();
            emit(&text.slice(at..dollar), via, out);
            let (name, behind) = name_of(reference);
            let end = text.len() - behind.len();
            let own = via.cloned().or_else(|| text.slice(dollar..end).outer());
            match name {
                "$" => out.push_str("$", own.as_ref()),
                _ if self.foreach(&text.slice(dollar..end), depth, via, out) => {}
                _ => match self.automatic.value(name) {
                    Some(value) => out.push_through(&value, own.as_ref()),
                    None => self.reference(name, depth, own.as_ref(), out),
                },
            }
            at = end;
            if out.len() > MAX_LENGTH {
                return;
            }
        }
        emit(&text.slice(at..text.len()), via, out);
    }

    fn reference(&self, name: &str, depth: usize, via: Option<&Range<usize>>, out: &mut Traced) {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        let variable = self.variables.named.get(name);
        // SAM gives the artifacts' directory by the environment, which a default leaves alone.
        let from_outside = |variable: &&Variable| {
            variable.default
                && (name == super::ARTIFACTS_DIR || self.variables.environment.contains_key(name))
        };
        let known = variable.filter(|variable| !from_outside(variable));
        match known.and_then(|variable| variable.value.as_ref()) {
            Some(value) if left > 0 && depth < MAX_DEPTH => {
                // Nested references keep what leads to them; their text supplies itself.
                let Some(via) = via else {
                    return self.expand(&Traced::unplaced(value.as_str()), depth + 1, None, out);
                };
                self.expand(value, depth + 1, Some(via), out);
            }
            _ => match self.variables.environment.get(name) {
                Some(value) if known.is_none() => out.push_str(value, via),
                _ => match self.function(name, depth) {
                    Some(value) => out.push_str(&value, via),
                    None if name.contains([' ', '\t', ',', ':', '$']) => {
                        out.push_str(&format!("$({})", self.automatics(name)), via);
                    }
                    None => out.push_str(&format!("${{{name}}}"), via),
                },
            },
        }
    }

    /// Writes out `$(foreach name,list,text)`; false when this is none whose list is known.
    fn foreach(
        &self,
        call: &Traced,
        depth: usize,
        via: Option<&Range<usize>>,
        out: &mut Traced,
    ) -> bool {
        let Some((name, list, text)) = functions::foreach(call.as_str()) else {
            return false;
        };
        if depth >= MAX_DEPTH {
            return false;
        }
        let mut words = Traced::default();
        self.expand(&call.slice(list), depth + 1, via, &mut words);
        if words.as_str().contains('$') {
            return false;
        }
        let name = call.slice(name);
        let text = call.slice(text);
        for (index, word) in words.as_str().split_whitespace().enumerate() {
            let left = self.left.get();
            if left == 0 || out.len() > MAX_LENGTH {
                // Whoever reads this sees that something is missing.
                out.push_str("$(foreach)", via);
                return true;
            }
            let mut variables = self.variables.clone();
            let variable = Variable {
                value: Some(Traced::unplaced(word)),
                exported: false,
                default: false,
                fixed: true,
            };
            let name = name.as_str().trim().to_owned();
            variables.named.insert(name, variable);
            let inner = Expansion {
                variables: &variables,
                automatic: self.automatic,
                left: Cell::new(left - 1),
            };
            out.push_str(if index == 0 { "" } else { " " }, via);
            inner.expand(&text, depth + 1, via, out);
            self.left.set(inner.left.get());
        }
        true
    }

    /// The value of a call of a function that looks at nothing but its arguments.
    fn function(&self, call: &str, depth: usize) -> Option<String> {
        if let Some((variable, from, to)) = functions::substitution(call) {
            let value = self.variables.named.get(variable)?.value.as_ref()?;
            let mut out = Traced::default();
            self.expand(&Traced::unplaced(value.as_str()), depth + 1, None, &mut out);
            let arguments = format!("{from},{to},{}", out.as_str());
            let known = depth < MAX_DEPTH && !arguments.contains('$');
            return known.then(|| functions::call("patsubst", &arguments))?;
        }
        let (name, arguments) = call.split_once([' ', '\t'])?;
        let lists = functions::is_listing(name);
        if !(functions::is_known(name) || lists) || depth >= MAX_DEPTH || self.left.get() == 0 {
            return None;
        }
        let mut out = Traced::default();
        self.expand(&Traced::unplaced(arguments), depth + 1, None, &mut out);
        if lists {
            let call = format!("{name} {}", out.as_str());
            return self.variables.sources.get(&call).cloned();
        }
        // What is not known yet may be anything.
        (!out.as_str().contains('$')).then(|| functions::call(name, out.as_str()))?
    }

    /// A call that stays as it is, but for what differs from target to target.
    fn automatics(&self, call: &str) -> String {
        let mut found = call.to_owned();
        for variable in ["$@", "$*", "$<", "$^", "$(@F)", "$(@D)"] {
            let name = variable.trim_matches(['$', '(', ')']);
            if found.contains(variable)
                && let Some(value) = self.automatic.value(name)
            {
                found = found.replace(variable, value.as_str());
            }
        }
        found
    }
}

/// Adds text that is no reference.
fn emit(text: &Traced, via: Option<&Range<usize>>, out: &mut Traced) {
    match via {
        Some(via) => out.push_through(text, Some(via)),
        None => out.push(text),
    }
}

/// The name at the start of what follows a `$`, and what follows it.
pub(super) fn name_of(reference: &str) -> (&str, &str) {
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
            (
                "L = a b",
                "$(foreach f, $(L),-o bin/$(f) ./$f;) $(f)",
                "-o bin/a ./a; -o bin/b ./b; ${f}",
            ),
            ("", "$(foreach f,$(L),$(f))", "$(foreach f,$(L),$(f))"),
            (
                "L = a b\nM = a.go c",
                "$(L:%=bin/%) $(M:.go=) $(X:%=%)",
                "bin/a bin/b a c $(X:%=%)",
            ),
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
