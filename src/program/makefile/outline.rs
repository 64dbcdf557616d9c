//! A makefile with all references replaced, and each byte traced to where it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::parse::{Makefile, Operator, Rule, Statement};
use super::variables::{Automatic, Variables};
use super::{Parsed, stem};
use crate::program::trace::Traced;

/// The most rules with one target each that are looked at.
const MAX_INSTANCES: usize = 2_000;

/// All that a makefile says of its rules.
pub(crate) struct Outline {
    /// Each rule once for each of its targets; a pattern rule once for each name it is asked for.
    pub(crate) instances: Vec<Instance>,
    /// The names of the rules that have no recipe of their own: `.PHONY` and the like.
    pub(crate) special: Vec<(String, Vec<Traced>)>,
    /// Whether all lines of a recipe go to one shell.
    pub(crate) one_shell: bool,
    /// Where values stand of variables that are assigned to more than once.
    pub(crate) unsteady: Vec<Range<usize>>,
}

/// A rule for one target.
pub(crate) struct Instance {
    /// The target.
    pub(crate) target: Traced,
    /// For a static pattern rule the target once more, as its pattern makes it.
    pub(crate) by_pattern: Option<Traced>,
    /// What it needs.
    pub(crate) prerequisites: Vec<Traced>,
    /// The lines for the shell, and whether a condition decides if they are there.
    pub(crate) lines: Vec<(Traced, bool)>,
    /// What its commands find in the environment of the names that were asked for; `None` when
    /// something sets it but nobody knows to what.
    pub(crate) environment: BTreeMap<String, Option<Traced>>,
    /// Whether a condition decides if it is there.
    pub(crate) conditional: bool,
}

impl Parsed {
    /// The pattern rules: the pattern of the target, and those of what it needs.
    pub(crate) fn patterns(&self) -> Vec<(String, Vec<String>)> {
        let reader = Reader {
            makefile: &self.makefile,
            variables: &self.variables,
            environment: &[],
        };
        let text = |words: Vec<Traced>| words.iter().map(|it| it.as_str().to_owned()).collect();
        let rules = self.makefile.rules.iter();
        rules
            .filter(|rule| rule.pattern.is_none())
            .flat_map(|rule| {
                let needed: Vec<String> = text(reader.expand(&rule.prerequisites_text).words());
                let targets: Vec<String> = text(reader.expand(&rule.targets_text).words());
                let patterns = targets.into_iter().filter(|target| target.contains('%'));
                patterns.map(move |target| (target, needed.clone()))
            })
            .collect()
    }

    /// The rules with their references replaced. Pattern rules are taken for `names` and for
    /// what the rules need; `environment` names the variables whose exported value matters.
    pub(crate) fn outline(&self, names: &BTreeSet<String>, environment: &[&str]) -> Outline {
        Reader {
            makefile: &self.makefile,
            variables: &self.variables,
            environment,
        }
        .outline(names)
    }
}

struct Reader<'m> {
    makefile: &'m Makefile,
    variables: &'m Variables,
    environment: &'m [&'m str],
}

impl Reader<'_> {
    fn outline(&self, names: &BTreeSet<String>) -> Outline {
        let mut outline = Outline {
            instances: Vec::new(),
            special: Vec::new(),
            one_shell: self.makefile.one_shell,
            unsteady: self.unsteady(),
        };
        let mut names = names.clone();
        for rule in &self.makefile.rules {
            let needed = self.expand(&rule.prerequisites_text);
            names.extend(needed.words().iter().map(|it| it.as_str().to_owned()));
        }
        for rule in &self.makefile.rules {
            let targets = self.expand(&rule.targets_text).words();
            for target in targets {
                if outline.instances.len() >= MAX_INSTANCES {
                    return outline;
                }
                match target.as_str() {
                    name if name.starts_with('.') && !name.contains('/') => {
                        let words = self.expand(&rule.prerequisites_text).words();
                        outline.special.push((name.to_owned(), words));
                    }
                    pattern if pattern.contains('%') => {
                        let asked = names.iter().filter_map(|name| stem(pattern, name));
                        let stems: BTreeSet<_> = asked.collect();
                        let instances = stems.into_iter().map(|stem| {
                            self.instance(rule, target.replaced('%', stem), Some(stem))
                        });
                        outline.instances.extend(instances);
                    }
                    name => {
                        let pattern = rule.pattern_text.as_ref().map(|it| self.expand(it));
                        let pattern = pattern.as_ref().map(Traced::as_str);
                        let stem = pattern.and_then(|pattern| stem(pattern, name));
                        let stem = stem.map(str::to_owned);
                        outline
                            .instances
                            .push(self.instance(rule, target, stem.as_deref()));
                    }
                }
            }
        }
        outline
    }

    fn expand(&self, text: &Traced) -> Traced {
        self.variables.expand_traced(text, &Automatic::default())
    }

    fn instance(&self, rule: &Rule, target: Traced, stem: Option<&str>) -> Instance {
        let mut variables = self.variables.clone();
        variables.enter(self.makefile, target.as_str());
        let needed = self.expand(&rule.prerequisites_text).words();
        let needed = needed.into_iter().filter(|word| word.as_str() != "|");
        let prerequisites: Vec<_> = match stem {
            Some(stem) => needed.map(|word| word.replaced('%', stem)).collect(),
            None => needed.collect(),
        };
        let automatic = Automatic {
            target: target.clone(),
            stem: stem.unwrap_or_default().to_owned(),
            prerequisites: Some(prerequisites.clone()),
        };
        let lines = rule.recipe.iter().map(|line| {
            let text = variables.expand_traced(&line.text, &automatic);
            (text, line.conditional)
        });
        let environment = self.environment.iter().filter_map(|name| {
            let value = variables
                .exported(name)
                .map_or(Some(None), |it| it.map(Some));
            Some(((*name).to_owned(), value?))
        });
        let pattern = rule.pattern_text.as_ref().map(|it| self.expand(it));
        let by_pattern = pattern
            .zip(stem)
            .map(|(pattern, stem)| pattern.replaced('%', stem));
        Instance {
            by_pattern,
            lines: lines.collect(),
            environment: environment.collect(),
            conditional: rule.conditional,
            target,
            prerequisites,
        }
    }

    /// The values of variables that mean something else in another place of the file.
    fn unsteady(&self) -> Vec<Range<usize>> {
        let assignments = self.makefile.statements.iter();
        let assignments: Vec<_> = assignments
            .filter_map(|statement| match statement {
                Statement::Assign(it) => Some(it),
                Statement::Include(_) => None,
            })
            .collect();
        let mut sets: BTreeMap<&str, usize> = BTreeMap::new();
        for it in &assignments {
            let adds = matches!(it.operator, Operator::Append | Operator::Default);
            *sets.entry(&it.name).or_default() += usize::from(!adds);
        }
        let again = |name: &str| sets.get(name).is_some_and(|count| *count > 1);
        let found = assignments.iter().filter(|it| again(&it.name));
        found.filter_map(|it| it.value.outer()).collect()
    }
}
