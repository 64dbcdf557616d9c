//! What the template says about its parameters and loops.

use super::super::super::{Loop, Template};
use super::expression::{Part, written};
use super::variables::Variable;
use crate::syntax::Document;

/// The variable that a name in `Ref` or `Fn::Sub` stands for, unless it is a resource's.
pub(super) fn named(template: &Template<'_>, name: &str, loops: &[Loop]) -> Option<Variable> {
    if let Some(of) = loops.iter().find(|of| of.variable == name) {
        return Some(of_loop(template.document, of));
    }
    let is_own = name.starts_with("AWS::") && name != "AWS::NoValue";
    (is_own || template.parameter(name).is_some()).then(|| Variable::Parameter(name.to_owned()))
}

pub(super) fn of_loop(document: &Document, of: &Loop) -> Variable {
    let collection = of.collection.map(|node| document.resolve(node));
    let collection = collection.map_or_else(String::new, |node| written(document, node));
    Variable::Expression(format!("{} in {collection}", of.variable))
}

/// What a variable is if nobody says otherwise.
pub(super) fn default_of(
    template: &Template<'_>,
    variable: &Variable,
    parts: &[Part],
) -> Option<String> {
    if let Variable::Parameter(name) = variable {
        return template.default_text(name).map(str::to_owned);
    }
    if parts.is_empty() {
        return None;
    }
    let texts = parts.iter().map(|part| match part {
        Part::Text(text) => Some(text.clone()),
        Part::Variable(Variable::Parameter(name)) => template.default_text(name).map(str::to_owned),
        _ => None,
    });
    texts.collect()
}

impl Template<'_> {
    /// The texts of a variable, if the template says that there are no others.
    pub(super) fn known_texts(&self, variable: &Variable, loops: &[Loop]) -> Option<Vec<String>> {
        match variable {
            Variable::Parameter(name) if !self.is_stored(name) => {
                let allowed = self.allowed_values(name);
                let texts = allowed.into_iter().map(str::to_owned).collect();
                Some(texts).filter(|texts: &Vec<String>| !texts.is_empty())
            }
            Variable::Expression(_) => {
                let is_its = |of: &&Loop| of_loop(self.document, of) == *variable;
                self.literal_collection(loops.iter().find(is_its)?)
            }
            _ => None,
        }
    }

    /// In alphabetical order.
    pub(super) fn mapping_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.mappings.keys().map(|&name| name.to_owned()).collect();
        names.sort_unstable();
        names
    }
}
