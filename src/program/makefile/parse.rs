//! Reads a makefile: rules, variables and what it exports.
//!
//! See <https://www.gnu.org/software/make/manual/make.html>. Nothing is run and nothing included;
//! what depends on a condition is marked so.

use std::collections::BTreeSet;

use crate::program::trace::Traced;
use crate::program::unfold::{Dialect, lines, unfold};

/// A makefile.
#[derive(Debug, Default)]
pub(super) struct Makefile {
    /// The rules in order.
    pub(super) rules: Vec<Rule>,
    /// The assignments to variables in order.
    pub(super) statements: Vec<Statement>,
    /// Variables of single targets: the target and the assignment.
    pub(super) scoped: Vec<(String, Assignment)>,
    /// The variables that some line exports.
    pub(super) exported: BTreeSet<String>,
    /// Whether all variables are exported.
    pub(super) exports_all: bool,
    /// Whether all lines of a recipe go to one shell.
    pub(super) one_shell: bool,
}

/// What changes variables.
#[derive(Debug)]
pub(super) enum Statement {
    /// An assignment.
    Assign(Assignment),
    /// Included files, which may assign anything.
    Include(Include),
}

/// The files that a line includes.
#[derive(Debug)]
pub(super) struct Include {
    /// Their names as written.
    pub(super) names: String,
    /// How many rules stand before it.
    pub(super) rules_before: usize,
    /// Whether a condition decides if it takes place.
    pub(super) conditional: bool,
}

/// An assignment.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    pub(super) name: String,
    pub(super) operator: Operator,
    /// As written.
    pub(super) value: Traced,
    /// Whether the line itself exports the variable.
    pub(super) exported: bool,
    /// Whether a condition decides if it takes place.
    pub(super) conditional: bool,
}

/// How an assignment assigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `=`, `:=`, `::=`
    Set,
    /// `?=`
    Default,
    /// `+=`
    Append,
    /// `!=`, or a `define`: the value is not known.
    Unknown,
}

/// A rule.
#[derive(Debug)]
pub(super) struct Rule {
    /// The targets as written.
    pub(super) targets: Vec<String>,
    /// The target pattern of a static pattern rule.
    pub(super) pattern: Option<String>,
    /// The same as it stands in the file.
    pub(super) pattern_text: Option<Traced>,
    /// The prerequisites as written.
    pub(super) prerequisites: Vec<String>,
    /// All that stands before the colon.
    pub(super) targets_text: Traced,
    /// All that stands behind the last colon.
    pub(super) prerequisites_text: Traced,
    /// The recipe: one logical line each.
    pub(super) recipe: Vec<RecipeLine>,
    /// The line of the targets, counted from 1.
    pub(super) line: usize,
    /// Whether a condition decides if it is there.
    pub(super) conditional: bool,
}

/// A logical line of a recipe.
#[derive(Debug, Clone)]
pub(super) struct RecipeLine {
    /// Its text without the tab.
    pub(super) text: Traced,
    /// Whether a condition decides if it is there.
    pub(super) conditional: bool,
}

impl Makefile {
    /// Reads the text of a makefile; what is no makefile yields little.
    pub(super) fn parse(text: &[u8]) -> Self {
        Self::parse_at(text, 0)
    }

    /// Reads a makefile whose first byte has the offset `base`.
    pub(super) fn parse_at(text: &[u8], base: usize) -> Self {
        let mut parser = Parser::default();
        let mut counted = (0, 1);
        for (offset, line) in lines(&unfold(text, Dialect::Make)) {
            let (from, number) = counted;
            let skipped = text.get(from..offset).unwrap_or_default();
            counted = (offset, number + memchr::memchr_iter(b'\n', skipped).count());
            let line = String::from_utf8_lossy(line);
            parser.line(line.trim_end(), base + offset, counted.1);
        }
        parser.found
    }
}

#[derive(Default)]
struct Parser {
    found: Makefile,
    /// How many conditions are open.
    conditions: usize,
    /// Inside `define`.
    defining: bool,
    /// Whether the last rule still takes recipe lines.
    in_rule: bool,
}

impl Parser {
    /// Reads a line that begins at this offset.
    fn line(&mut self, line: &str, at: usize, number: usize) {
        let word = line.split_whitespace().next().unwrap_or_default();
        if self.defining {
            self.defining = word != "endef";
            return;
        }
        if let Some(recipe) = line.strip_prefix('\t').filter(|_| self.in_rule) {
            self.recipe_line(Traced::literal(recipe, at + 1));
            return;
        }
        let whole = line;
        let line = line.trim_start();
        let at = at + offset_in(whole, line);
        match word {
            "" | "else" | "unexport" | "undefine" | "vpath" => {}
            "ifeq" | "ifneq" | "ifdef" | "ifndef" => self.conditions += 1,
            "endif" => self.conditions = self.conditions.saturating_sub(1),
            "include" | "-include" | "sinclude" => self.include(line),
            _ if self.define(line) || self.export(line) => {}
            _ => match assignment(line, at) {
                Some(found) => self.assign(found),
                None => self.rule(line, at, number),
            },
        }
    }

    fn include(&mut self, line: &str) {
        let names = line.split_once(|c: char| c.is_ascii_whitespace());
        let include = Include {
            names: names.map_or("", |(_, names)| names.trim()).to_owned(),
            rules_before: self.found.rules.len(),
            conditional: self.conditions > 0,
        };
        self.statement(Statement::Include(include));
    }

    fn recipe_line(&mut self, text: Traced) {
        let conditional = self.conditions > 0;
        if let Some(rule) = self
            .found
            .rules
            .last_mut()
            .filter(|_| !text.as_str().trim().is_empty())
        {
            rule.recipe.push(RecipeLine { text, conditional });
        }
    }

    fn statement(&mut self, statement: Statement) {
        self.in_rule = false;
        self.found.statements.push(statement);
    }

    fn assign(&mut self, assignment: Assignment) {
        let conditional = self.conditions > 0;
        self.statement(Statement::Assign(Assignment {
            conditional,
            ..assignment
        }));
    }

    /// `define NAME`, whose value is not looked at.
    fn define(&mut self, line: &str) -> bool {
        let mut words = line.split_whitespace();
        let words = words.by_ref().skip_while(|word| is_modifier(word));
        let mut words = words.skip_while(|word| *word != "define").take(2);
        if !line.contains("define")
            || words.next() != Some("define")
            || assignment(line, 0).is_some()
        {
            return false;
        }
        self.defining = true;
        self.assign(Assignment {
            name: words.next().unwrap_or_default().to_owned(),
            operator: Operator::Unknown,
            value: Traced::default(),
            exported: line.starts_with("export"),
            conditional: true,
        });
        true
    }

    /// `export`, alone or with names.
    fn export(&mut self, line: &str) -> bool {
        let Some(names) = line.strip_prefix("export") else {
            return false;
        };
        if names.contains(['=', ':']) || !names.is_empty() && !names.starts_with([' ', '\t']) {
            return false;
        }
        if self.conditions == 0 {
            self.found.exports_all |= names.is_empty();
            let names = names.split_whitespace().map(str::to_owned);
            self.found.exported.extend(names);
        }
        true
    }

    fn rule(&mut self, line: &str, at: usize, number: usize) {
        self.in_rule = false;
        let placed = |part: &str| Traced::literal(part, at + offset_in(line, part));
        let Some((targets, rest)) = split_outside(line, b':') else {
            return;
        };
        let targets_text = placed(targets.trim_end_matches('&'));
        let rest = rest.trim_start_matches(':').trim();
        let targets: Vec<_> = targets
            .trim_end_matches('&')
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        match targets.first().map(String::as_str) {
            None => return,
            Some(".ONESHELL") => self.found.one_shell = true,
            Some(".EXPORT_ALL_VARIABLES") => self.found.exports_all = true,
            Some(_) => {}
        }
        if let Some(found) = assignment(rest, at + offset_in(line, rest)) {
            let conditional = self.conditions > 0;
            let found = Assignment {
                conditional,
                ..found
            };
            let scoped = targets.into_iter().map(|target| (target, found.clone()));
            self.found.scoped.extend(scoped);
            return;
        }
        let (rest, inline) = match split_outside(rest, b';') {
            Some((rest, inline)) => (rest, Some(inline)),
            None => (rest, None),
        };
        let (pattern, prerequisites) = match split_outside(rest, b':') {
            Some((pattern, prerequisites)) => (Some(pattern.trim()), prerequisites),
            None => (None, rest),
        };
        let prerequisites_text = placed(prerequisites);
        let prerequisites = prerequisites.split_whitespace().filter(|word| *word != "|");
        self.found.rules.push(Rule {
            targets,
            targets_text,
            prerequisites_text,
            pattern_text: pattern.map(placed),
            pattern: pattern.map(str::to_owned),
            prerequisites: prerequisites.map(str::to_owned).collect(),
            recipe: Vec::new(),
            line: number,
            conditional: self.conditions > 0,
        });
        self.in_rule = true;
        if let Some(inline) = inline {
            self.recipe_line(placed(inline));
        }
    }
}

fn is_modifier(word: &str) -> bool {
    matches!(word, "export" | "override" | "private")
}

/// The offset of `part` in `whole`, of which it is a part.
fn offset_in(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

/// The assignment that a line at this offset is, with or without modifiers before it.
fn assignment(line: &str, at: usize) -> Option<Assignment> {
    let whole = line;
    let mut line = line.trim_start();
    let mut exported = false;
    while let Some((word, rest)) = line.split_once(|c: char| c.is_ascii_whitespace()) {
        if !is_modifier(word) || rest.trim_start().starts_with(['=', ':', '?', '+']) {
            break;
        }
        exported |= word == "export";
        line = rest.trim_start();
    }
    let (name, value) = split_outside(line, b'=')?;
    let (name, operator) = match name.as_bytes().last() {
        Some(b'?') => (name.trim_end_matches('?'), Operator::Default),
        Some(b'+') => (name.trim_end_matches('+'), Operator::Append),
        Some(b'!') => (name.trim_end_matches('!'), Operator::Unknown),
        _ => (name.trim_end_matches(':'), Operator::Set),
    };
    let name = name.trim_end();
    let is_name = |c: char| !c.is_whitespace() && !matches!(c, ':' | '$' | '#' | '=');
    (!name.is_empty() && name.chars().all(is_name)).then(|| Assignment {
        name: name.to_owned(),
        operator,
        value: Traced::literal(value.trim(), at + offset_in(whole, value.trim())),
        exported,
        conditional: false,
    })
}

/// Splits at the first `separator` that stands in no `$(…)` or `${…}`.
fn split_outside(line: &str, separator: u8) -> Option<(&str, &str)> {
    let mut depth = 0usize;
    let mut before = 0;
    for (index, byte) in line.bytes().enumerate() {
        match byte {
            b'(' | b'{' if before == b'$' || depth > 0 => depth += 1,
            b')' | b'}' => depth = depth.saturating_sub(1),
            byte if byte == separator && depth == 0 => {
                let (left, right) = line.split_at_checked(index)?;
                return Some((left, right.get(1..)?));
            }
            _ => {}
        }
        before = byte;
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn reads_rules() {
        let text = "# build\n.PHONY: a\nA = 1\n\na b: c \\\n  d | e ; one\n\ttwo \\\n\t  three\n\
            ifdef X\n\tfour\nendif\n\n# c\n\tfive\nc::\nx.o y.o: %.o: %.c\n";
        let found = Makefile::parse(text.as_bytes());
        assert_eq!(found.rules.len(), 4);
        let rule = &found.rules[1];
        assert_eq!(rule.targets, ["a", "b"]);
        assert_eq!(rule.prerequisites, ["c", "d", "e"]);
        assert_eq!(rule.line, 5);
        let recipe: Vec<_> = rule
            .recipe
            .iter()
            .map(|line| {
                let words: Vec<_> = line.text.as_str().split_whitespace().collect();
                (words.join(" "), line.conditional)
            })
            .collect();
        let expected = [
            ("one", false),
            ("two three", false),
            ("four", true),
            ("five", false),
        ];
        assert_eq!(
            recipe,
            expected.map(|(text, maybe)| (text.to_owned(), maybe))
        );
        assert_eq!(found.rules[3].pattern.as_deref(), Some("%.o"));
        assert_eq!(found.rules[3].line, 16);
    }

    #[test]
    fn reads_variables() {
        let text = "A=1\nexport B := 2\nC ?= $(A):=3\nD += 4\noverride E = 5\nexport F G\n\
            x y: export H = 6\nifeq ($(A),1)\nI = 7\nendif\ndefine J\nK = 8\nendef\nL != date\n\
            include z.mk\nexport = 9\n";
        let found = Makefile::parse(text.as_bytes());
        let names: Vec<_> = found
            .statements
            .iter()
            .map(|statement| match statement {
                Statement::Assign(it) => format!(
                    "{} {:?} {} {} {}",
                    it.name, it.operator, it.value, it.exported, it.conditional
                ),
                Statement::Include(_) => "include".to_owned(),
            })
            .collect();
        let expected = [
            "A Set 1 false false",
            "B Set 2 true false",
            "C Default $(A):=3 false false",
            "D Append 4 false false",
            "E Set 5 false false",
            "I Set 7 false true",
            "J Unknown  false false",
            "L Unknown date false false",
            "include",
            "export Set 9 false false",
        ];
        assert_eq!(names, expected);
        assert_eq!(Vec::from_iter(&found.exported), ["F", "G"]);
        let scoped: Vec<_> = found
            .scoped
            .iter()
            .map(|(target, it)| (target.as_str(), it.name.as_str()))
            .collect();
        assert_eq!(scoped, [("x", "H"), ("y", "H")]);
    }

    #[test]
    fn survives_nonsense() {
        for text in [
            "", "\t", ":", "::=", "=", "endif", "define", "export", "a:b:c:d", "$(", "\\",
        ] {
            let _ = Makefile::parse(text.as_bytes());
        }
    }
}
