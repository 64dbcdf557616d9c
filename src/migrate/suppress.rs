//! `# lambdalift: ignore[rule] reason` and `Metadata: {lambdalift: {ignore: [rule]}}`.
//!
//! A comment counts for the property on its line, or on the next line if it stands alone; on a
//! resource's logical ID it counts for the resource. Metadata counts for its resource, and at the
//! top level for the whole template. What else stands in `Metadata.lambdalift`, such as a reason, is for
//! people.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use crate::rules::{self, Rule};
use crate::source::Range;
use crate::syntax::{Document, NodeId};
use crate::template::{EffectiveFunction, Template, lookup};

/// What an instruction silences.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Scope {
    /// Findings on a line.
    Line(usize),
    /// Findings about a resource; the logical ID's node.
    Resource(NodeId),
    /// All findings of the file.
    Template,
}

/// One rule of one instruction.
#[derive(Debug)]
struct Ignore {
    scope: Scope,
    /// The rule's id as written; `None` stands for all rules.
    rule: Option<String>,
    /// Where it is written.
    range: Range,
    used: bool,
}

/// The instructions of one file.
#[derive(Debug, Default)]
pub(crate) struct Suppressions {
    ignores: Vec<Ignore>,
    /// Where in `ignores` those of a line, a resource or the template are.
    by_scope: HashMap<Scope, Vec<usize>>,
    /// Comments that were meant to be instructions.
    misread: Vec<Range>,
}

/// An instruction that silenced nothing.
#[derive(Debug)]
pub(crate) struct Unused {
    pub(crate) range: Range,
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

impl Suppressions {
    /// The instructions of a template, and one for each resource that was refused.
    pub(crate) fn read(template: &Template<'_>, refused: &BTreeSet<(PathBuf, String)>) -> Self {
        let mut suppressions = Self::default();
        let document = template.document;
        // From the last comment to the first: the line that a block of comments stands above is
        // looked for once.
        let mut below: Option<(usize, usize)> = None;
        for range in document.comments().iter().rev() {
            suppressions.comment(document, range, &mut below);
        }
        suppressions.ignores.reverse();
        suppressions.misread.reverse();

        for function in &template.functions {
            suppressions.metadata(document, function.body, &Scope::Resource(function.key));
        }
        for layer in &template.layers {
            suppressions.metadata(document, layer.body, &Scope::Resource(layer.key));
        }
        suppressions.metadata(document, template.root, &Scope::Template);
        suppressions.refuse(template, refused);
        suppressions.index();
        suppressions
    }

    /// Whether a finding of `rule` about `resource` at these nodes is silenced; remembers that the
    /// instruction was of use.
    pub(crate) fn silences(
        &mut self,
        document: &Document,
        rule: &Rule,
        resource: Option<NodeId>,
        places: &[NodeId],
    ) -> bool {
        if self.ignores.is_empty() {
            return false;
        }
        let lines = places
            .iter()
            .chain(&resource)
            .map(|&place| Scope::Line(document.line_of(place)));
        let scopes = lines
            .chain(resource.map(Scope::Resource))
            .chain([Scope::Template]);
        let mut silenced = false;
        for scope in scopes {
            for &at in self.by_scope.get(&scope).into_iter().flatten() {
                let Some(ignore) = self.ignores.get_mut(at) else {
                    continue;
                };
                if ignore.rule.as_deref().is_none_or(|id| id == rule.id) {
                    ignore.used = true;
                    silenced = true;
                }
            }
        }
        silenced
    }

    /// Whether instructions keep a function on its runtime; `may_need_list` says whether Architectures may
    /// be among what has to be edited for it to move.
    pub(crate) fn keep(
        &mut self,
        document: &Document,
        function: &EffectiveFunction,
        may_need_list: bool,
    ) -> bool {
        let edited = [
            (&rules::retired_runtime::RULE, &function.runtime),
            (&rules::go_handler::RULE, &function.handler),
        ];
        let lists = [
            &function.own_architectures,
            &function.inherited_architectures,
        ];
        let lists = lists.map(|list| (&rules::x86_architecture::RULE, list));
        let lists = lists.into_iter().filter(|_| may_need_list);
        edited.into_iter().chain(lists).any(|(rule, property)| {
            let leaves = property.iter().flat_map(|it| &it.resolution.leaves);
            let mut places: Vec<NodeId> = leaves.map(|leaf| leaf.node).collect();
            places.extend(property.iter().map(|it| it.entry.value));
            self.silences(document, rule, Some(function.key), &places)
        })
    }

    /// The instructions that silenced nothing, in text order.
    pub(crate) fn unused(&self) -> impl Iterator<Item = Unused> + '_ {
        let misread = self.misread.iter().map(|range| Unused {
            range: range.clone(),
            message: "this instruction is not understood, and nothing is ignored".to_owned(),
            help: "write `# lambdalift: ignore[rule] reason`, at the end of the line or above it",
        });
        let unused = self.ignores.iter().filter(|ignore| !ignore.used);
        misread.chain(unused.map(|ignore| Unused {
            range: ignore.range.clone(),
            help: "remove the instruction, or move it to the line of the finding",
            message: match &ignore.rule {
                Some(id) if rules::find(id).is_none() => {
                    format!("there is no rule {id} to be ignored")
                }
                Some(id) => format!("nothing here is a finding of {id}: the instruction is unused"),
                None => "there is no finding here: the instruction is unused".to_owned(),
            },
        }))
    }

    /// Silences a finding that is about no function.
    pub(crate) fn silences_place(
        &mut self,
        document: &Document,
        rule: &Rule,
        place: NodeId,
    ) -> bool {
        self.silences(document, rule, None, &[place])
    }

    fn refuse(&mut self, template: &Template<'_>, refused: &BTreeSet<(PathBuf, String)>) {
        let functions = template.functions.iter().map(|it| (&it.logical_id, it.key));
        let layers = template.layers.iter().map(|it| (&it.logical_id, it.key));
        let path = template.document.source().path();
        for (id, key) in functions.chain(layers) {
            if refused.contains(&(path.to_owned(), id.clone())) {
                self.ignores.push(Ignore {
                    scope: Scope::Resource(key),
                    rule: None,
                    range: template.document.node(key).range.clone(),
                    used: true,
                });
            }
        }
    }

    fn index(&mut self) {
        for (at, ignore) in self.ignores.iter().enumerate() {
            let ignores = self.by_scope.entry(ignore.scope.clone()).or_default();
            ignores.push(at);
        }
    }

    fn comment(&mut self, document: &Document, range: &Range, below: &mut Option<(usize, usize)>) {
        let text = document.text().get(range.clone()).unwrap_or_default();
        let rules = match instruction(text) {
            Instruction::None => return,
            Instruction::Ignore(rules) => rules,
            Instruction::NotUnderstood => {
                self.misread.push(range.clone());
                return;
            }
        };
        let source = document.source();
        let place = source.position(range.start);
        let alone = source.line(place.line).trim_start().starts_with('#');
        let line = if alone {
            let code = match *below {
                // Nothing but comments lies between this one and that.
                Some((comment, code)) if comment == place.line + 1 => code,
                _ => next_line_of_code(document, place.line),
            };
            *below = Some((place.line, code));
            code
        } else {
            place.line
        };
        self.add(&Scope::Line(line), rules, range);
    }

    fn metadata(&mut self, document: &Document, owner: NodeId, scope: &Scope) {
        let found = lookup(document, owner, "Metadata")
            .and_then(|found| lookup(document, found.value, "lambdalift"))
            .and_then(|found| lookup(document, found.value, "ignore"));
        let Some(found) = found else { return };
        let node = document.resolve(found.value);
        let range = document.node(found.value).range.clone();
        let listed: Vec<String> = match document.string(node) {
            Some("true" | "*" | "all") => Vec::new(),
            Some(id) => vec![id.to_owned()],
            None if document.items(node).is_empty() => return,
            None => document
                .items(node)
                .iter()
                .filter_map(|&item| document.string(item).map(str::to_owned))
                .collect(),
        };
        self.add(scope, listed, &range);
    }

    fn add(&mut self, scope: &Scope, rules: Vec<String>, range: &Range) {
        let rules = if rules.is_empty() {
            vec![None]
        } else {
            rules.into_iter().map(Some).collect()
        };
        for rule in rules {
            self.ignores.push(Ignore {
                scope: scope.clone(),
                rule,
                range: range.clone(),
                used: false,
            });
        }
    }
}

/// What a comment says to lambdalift.
#[derive(Debug, PartialEq, Eq)]
enum Instruction {
    /// Nothing.
    None,
    /// To ignore these rules; none means all.
    Ignore(Vec<String>),
    /// Something that was meant as an instruction.
    NotUnderstood,
}

/// Reads `# lambdalift: ignore[rule, other-rule] reason`.
fn instruction(comment: &str) -> Instruction {
    let Some((before, rest)) = comment.split_once("lambdalift") else {
        return Instruction::None;
    };
    let leads = before.trim_start_matches('#').trim().is_empty();
    let (colon, rest) = match rest.trim_start().strip_prefix(':') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, rest.trim_start()),
    };
    let rest = match (leads, colon, rest.strip_prefix("ignore")) {
        (true, true, Some(rest)) => rest,
        // Prose may name the tool.
        (_, false, None) | (false, true, None) => return Instruction::None,
        _ => return Instruction::NotUnderstood,
    };
    if let Some(list) = rest.trim_start().strip_prefix('[') {
        let Some((list, _)) = list.split_once(']') else {
            return Instruction::NotUnderstood;
        };
        let rules = list.split(',').map(str::trim).filter(|id| !id.is_empty());
        return Instruction::Ignore(rules.map(str::to_owned).collect());
    }
    if rest.is_empty() || rest.starts_with(char::is_whitespace) {
        Instruction::Ignore(Vec::new())
    } else {
        Instruction::NotUnderstood
    }
}

/// The next line that holds more than a comment.
fn next_line_of_code(document: &Document, line: usize) -> usize {
    let source = document.source();
    let last = source.position(usize::MAX).line;
    (line + 1..=last)
        .find(|&line| {
            let text = source.line(line).trim_start();
            !text.is_empty() && !text.starts_with('#')
        })
        .unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::{Instruction, instruction};

    #[test]
    fn instructions() {
        let read = |comment| match instruction(comment) {
            Instruction::None => "nothing".to_owned(),
            Instruction::Ignore(rules) => format!("ignore {}", rules.join("+")),
            Instruction::NotUnderstood => "not understood".to_owned(),
        };
        for (comment, expected) in [
            ("# lambdalift: ignore", "ignore "),
            ("#lambdalift: ignore because", "ignore "),
            ("# lambdalift: ignore[a, b] because", "ignore a+b"),
            ("# lambdalift: ignore [a] because", "ignore a"),
            ("# lambdalift moves this", "nothing"),
            ("# see lambdalift: a tool", "nothing"),
            ("# lambdalift: ignored", "not understood"),
            ("# lambdalift: ingore", "not understood"),
            ("# lambdalift ignore[a]", "not understood"),
            ("# lambdalift: ignore: because", "not understood"),
            ("# Go. lambdalift: ignore", "not understood"),
            ("# lambdalift: ignore[a", "not understood"),
        ] {
            assert_eq!(read(comment), expected, "{comment}");
        }
    }
}
