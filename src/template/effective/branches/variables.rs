//! What an alternative decides: parameters and all else that only the deployment knows.

use std::collections::HashMap;

/// Something that conditions and lookups depend on.
///
/// It is known by its name or by how it is written, so that it means the same in the template
/// before and after an edit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Variable {
    /// A parameter of the template, or one of CloudFormation's own (`AWS::Region`).
    Parameter(String),
    /// A text that is computed at deployment, or that of a loop.
    Expression(String),
    /// A condition that is not there, or not understood.
    Condition(String),
}

/// What a variable is in one alternative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// What the template itself gives it: after an edit maybe another text than before.
    Default,
    Text(String),
    /// None of the texts that the template knows.
    Other,
    /// Of a condition.
    Holds(bool),
}

/// The texts that a variable can have.
#[derive(Debug, Clone, Default)]
pub(super) struct Domain {
    pub(super) default: Option<String>,
    /// Without repetition, in the order in which they were found.
    texts: Vec<String>,
    /// Whether the template says that there are no others.
    pub(super) is_closed: bool,
}

impl Domain {
    pub(super) fn closed(default: Option<String>, texts: Vec<String>) -> Self {
        let mut domain = Self::open(default);
        for text in texts {
            domain.offer(text);
        }
        domain.is_closed = true;
        domain
    }

    pub(super) fn open(default: Option<String>) -> Self {
        Self {
            default,
            ..Self::default()
        }
    }

    /// Adds a text that makes a difference somewhere.
    fn offer(&mut self, text: String) {
        if !self.is_closed && self.default.as_ref() != Some(&text) && !self.texts.contains(&text) {
            self.texts.push(text);
        }
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        self.default.iter().chain(&self.texts)
    }

    /// How many choices there are: the Default, each other text, and any other.
    fn size(&self) -> usize {
        self.all().count() + usize::from(!self.is_closed)
    }

    fn choice(&self, at: usize) -> Choice {
        match (at, &self.default) {
            (0, Some(_)) => Choice::Default,
            _ => self
                .all()
                .nth(at)
                .cloned()
                .map_or(Choice::Other, Choice::Text),
        }
    }
}

/// Every variable of a template, by number.
#[derive(Debug, Default)]
pub(super) struct Variables {
    numbers: HashMap<Variable, usize>,
    list: Vec<(Variable, Domain)>,
    /// Those that are compared with one another.
    related: Vec<(usize, usize)>,
}

impl Variables {
    pub(super) fn get(&self, variable: &Variable) -> Option<usize> {
        self.numbers.get(variable).copied()
    }

    /// The number of a variable, which is entered if it is new.
    pub(super) fn number(&mut self, variable: &Variable, domain: impl FnOnce() -> Domain) -> usize {
        if let Some(number) = self.get(variable) {
            return number;
        }
        let number = self.list.len();
        self.numbers.insert(variable.clone(), number);
        self.list.push((variable.clone(), domain()));
        number
    }

    pub(super) fn offer(&mut self, number: usize, text: String) {
        if let Some((_, domain)) = self.list.get_mut(number) {
            domain.offer(text);
        }
    }

    pub(super) fn relate(&mut self, one: usize, other: usize) {
        self.related.push((one, other));
    }

    /// What can be equal gets a chance to be: the texts of each are offered to the other.
    pub(super) fn exchange(&mut self) {
        for (one, other) in std::mem::take(&mut self.related) {
            for (from, to) in [(one, other), (other, one)] {
                let domain = self.list.get(from).map(|(_, domain)| domain);
                let texts: Vec<String> =
                    domain.map_or_else(Vec::new, |it| it.all().cloned().collect());
                for text in texts {
                    self.offer(to, text);
                }
            }
        }
    }

    /// How many choices a variable has.
    pub(super) fn size(&self, number: usize) -> usize {
        match self.list.get(number) {
            Some((Variable::Condition(_), _)) => 2,
            Some((_, domain)) => domain.size(),
            None => 0,
        }
    }

    /// A variable and one of its choices; the Default, or that a condition holds, is the first.
    pub(super) fn chosen(&self, number: usize, choice: usize) -> Option<(Variable, Choice)> {
        let (variable, domain) = self.list.get(number)?;
        let choice = match variable {
            Variable::Condition(_) => Choice::Holds(choice == 0),
            _ => domain.choice(choice),
        };
        Some((variable.clone(), choice))
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }
}
