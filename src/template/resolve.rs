//! What a property's value can be, and which places of the text supply it.

use std::collections::HashSet;
use std::sync::atomic::Ordering::Relaxed;

use super::intrinsic::{intrinsic, is_literal_sub, sub_text, sub_variables};
use super::lookup::{effective_entries, lookup};
use super::uses::name_pattern;
use super::{Loop, Parameter, Template};
use crate::data::RetiredRuntime;
use crate::syntax::{Kind, NodeId};

/// Everything a value can turn out to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resolution {
    /// The texts that it can be, each with the scalar that supplies it.
    pub(crate) leaves: Vec<Leaf>,
    /// Every node passed on the way: aliases, references, lookups, leaves.
    pub(crate) trail: Vec<NodeId>,
    /// What could not be resolved, if anything.
    pub(crate) unresolved: Option<Unresolved>,
}

/// A text that a property can have.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    /// The scalar that supplies it.
    pub(crate) node: NodeId,
    /// Its value.
    pub(crate) text: String,
    /// How the property comes by it.
    pub(crate) origin: Origin,
}

/// How a property comes by a value: it decides where an edit lands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    /// Written as the property's own literal.
    Literal,
    /// Through a YAML alias; the name of the anchor.
    Anchor(String),
    /// The `Default` of a template parameter.
    Parameter(String),
    /// A leaf of a mapping of the template.
    Mapping(String),
    /// A branch of `Fn::If`.
    Branch,
    /// `AWS::NoValue`: the property is absent.
    NoValue,
}

/// A value that is only known when the stack is deployed.
#[derive(Debug, Clone)]
pub(crate) struct Unresolved {
    /// The place.
    pub(crate) node: NodeId,
    /// Why, as a clause that follows the property's name.
    pub(crate) reason: String,
    /// Whether a Default would have helped.
    pub(crate) kind: NoText,
    /// What it would be with every parameter at its Default.
    pub(crate) detected: Option<String>,
}

/// Why a value has no text of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoText {
    /// It is put together when the stack is deployed.
    Computed,
    /// It is that of a parameter without a Default.
    NoDefault(String),
    /// It is a text with an `Fn::ForEach` variable in it.
    Varies,
}

/// Nested `Fn::If` deeper than this is taken as unresolved.
const DEPTH: usize = 32;

impl Template<'_> {
    /// Resolves a value through aliases, parameters, mappings and conditions.
    pub(crate) fn resolve_value(&self, node: NodeId, loops: &[Loop]) -> Resolution {
        let mut resolver = Resolver {
            template: self,
            loops,
            out: Resolution::default(),
            seen: HashSet::new(),
        };
        resolver.visit(node, &Origin::Literal, 0);
        resolver.out
    }
}

struct Resolver<'r, 'd> {
    template: &'r Template<'d>,
    loops: &'r [Loop],
    out: Resolution,
    /// The scalars that are leaves already, once there are more than a few.
    seen: HashSet<NodeId>,
}

impl Resolver<'_, '_> {
    fn visit(&mut self, node: NodeId, origin: &Origin, depth: usize) {
        let document = self.template.document;
        self.out.trail.push(node);
        if depth > DEPTH {
            return self.give_up(node, "is nested too deeply");
        }
        if let Kind::Alias { target } = document.kind(node) {
            let name = document.node(target).anchor.unwrap_or_default();
            let anchored = Origin::Anchor(name.to_owned());
            let origin = if *origin == Origin::Literal {
                &anchored
            } else {
                origin
            };
            return self.visit(target, origin, depth + 1);
        }
        if let Some(call) = intrinsic(document, node) {
            return self.call(node, call.name, call.argument, origin, depth);
        }
        match document.scalar(node) {
            Some(text) if self.names_loop_variable(text) => {
                self.leaf(node, text, origin.clone());
                self.vary(node);
            }
            Some(text) => self.leaf(node, text, origin.clone()),
            None => self.give_up(node, "is no string"),
        }
    }

    fn call(&mut self, node: NodeId, name: &str, argument: NodeId, origin: &Origin, depth: usize) {
        let document = self.template.document;
        match name {
            "Ref" => self.reference(argument),
            "If" => match document.items(argument) {
                &[_, yes, no] => {
                    let origin = match origin {
                        Origin::Literal => &Origin::Branch,
                        other => other,
                    };
                    self.visit(yes, origin, depth + 1);
                    self.visit(no, origin, depth + 1);
                }
                _ => self.give_up(node, "is an Fn::If without three arguments"),
            },
            "FindInMap" => self.find_in_map(node, argument, depth),
            "Sub" => match sub_text(document, argument) {
                Some((text_node, text)) if is_literal_sub(text) => {
                    if text_node != node {
                        self.out.trail.push(text_node);
                    }
                    self.leaf(text_node, text, origin.clone());
                }
                Some((text_node, text)) if self.only_loop_variables(text) => {
                    self.leaf(text_node, text, origin.clone());
                    self.vary(text_node);
                }
                _ => self.give_up(node, "is an Fn::Sub with variables"),
            },
            _ => self.give_up(node, &format!("is computed by {}", display_name(name))),
        }
    }

    fn reference(&mut self, argument: NodeId) {
        let document = self.template.document;
        let name = document.scalar(argument).unwrap_or_default();
        if argument != *self.out.trail.last().unwrap_or(&argument) {
            self.out.trail.push(argument);
        }
        if name == "AWS::NoValue" {
            return self.leaf(argument, name, Origin::NoValue);
        }
        if self.is_loop_variable(name) {
            return self.vary(argument);
        }
        if name_pattern(name).is_some() {
            self.vary(argument);
            let retired = self.template.retired_default_of(name);
            return self.detect(retired);
        }
        let Some(parameter) = self.template.parameter(name) else {
            return self.give_up(argument, "refers to something that is no parameter");
        };
        match parameter.default {
            Some(default) if document.scalar(default).is_some() => {
                self.out.trail.push(default);
                let text = document.scalar(default).unwrap_or_default();
                self.leaf(default, text, Origin::Parameter(name.to_owned()));
            }
            _ => {
                let reason = format!("comes from the parameter {name}, which has no Default");
                self.give_up(argument, &reason);
                if let Some(unresolved) = &mut self.out.unresolved {
                    unresolved.kind = NoText::NoDefault(name.to_owned());
                    unresolved.detected = self.template.retired_allowed_value(parameter);
                }
            }
        }
    }

    fn find_in_map(&mut self, node: NodeId, argument: NodeId, depth: usize) {
        let document = self.template.document;
        let &[map, first, second, ref more @ ..] = document.items(argument) else {
            return self.give_up(node, "is an Fn::FindInMap without three arguments");
        };
        let literal = document
            .string(map)
            .filter(|text| name_pattern(text).is_none());
        let Some(name) = literal else {
            self.give_up(node, "looks in a map whose name is computed");
            let retired = self.template.retired_runtime_in_mappings();
            return self.detect(retired);
        };
        let Some(mapping) = self.template.mapping(name) else {
            return self.give_up(node, "looks in a map that is not there");
        };
        let leaves = self.template.rows(mapping, first, second, self.loops);
        if !self.template.can_look_up(leaves.len()) {
            self.give_up(node, "looks in a map with more values than can be followed");
            let retired = self.template.retired_runtime_in_mappings();
            return self.detect(retired);
        }
        for leaf in leaves {
            self.visit(leaf, &Origin::Mapping(name.to_owned()), depth + 1);
        }
        // AWS::LanguageExtensions: a fourth argument {DefaultValue: …}.
        for &option in more {
            if let Some((_, default)) = document.get(document.resolve(option), "DefaultValue") {
                self.visit(default, &Origin::Branch, depth + 1);
            }
        }
        if self.out.leaves.is_empty() {
            self.give_up(node, "looks up a key that is not there");
        }
    }

    fn leaf(&mut self, node: NodeId, text: &str, origin: Origin) {
        /// Most values have one; of so many all can be looked at.
        const FEW: usize = 8;
        let leaves = &self.out.leaves;
        let is_known = if leaves.len() < FEW {
            leaves.iter().any(|leaf| leaf.node == node)
        } else {
            if self.seen.is_empty() {
                self.seen.extend(leaves.iter().map(|leaf| leaf.node));
            }
            !self.seen.insert(node)
        };
        if !is_known {
            self.out.leaves.push(Leaf {
                node,
                text: text.to_owned(),
                origin,
            });
        }
    }

    fn names_loop_variable(&self, text: &str) -> bool {
        (text.contains("${") || text.contains("&{"))
            && self
                .loops
                .iter()
                .any(|it| names_variable(text, &it.variable))
    }

    fn only_loop_variables(&self, text: &str) -> bool {
        sub_variables(text).all(|name| self.is_loop_variable(name))
    }

    fn vary(&mut self, node: NodeId) {
        self.give_up(node, "varies with the Fn::ForEach variable");
        if let Some(unresolved) = &mut self.out.unresolved {
            unresolved.kind = NoText::Varies;
        }
        let retired = self.loops.iter().find_map(|it| {
            let collection = it.collection?;
            self.template.retired_runtime_below(collection)
        });
        self.detect(retired);
    }

    /// Notes what an unresolved value may be, if nothing better is known.
    fn detect(&mut self, text: Option<String>) {
        if let Some(unresolved) = &mut self.out.unresolved
            && text.is_some()
        {
            unresolved.detected = text;
        }
    }

    fn is_loop_variable(&self, name: &str) -> bool {
        self.loops.iter().any(|it| it.variable == name)
    }

    fn give_up(&mut self, node: NodeId, reason: &str) {
        let detected = self.template.evaluate(node, 0);
        if self.out.unresolved.is_none() {
            self.out.unresolved = Some(Unresolved {
                node,
                reason: reason.to_owned(),
                kind: NoText::Computed,
                detected,
            });
        }
    }
}

/// `${Name}`, or `&{Name}` (without characters other than letters and digits), of `Fn::ForEach`.
pub(crate) fn names_variable(text: &str, name: &str) -> bool {
    ["${", "&{"]
        .iter()
        .any(|open| text.contains(&format!("{open}{name}}}")))
}

fn display_name(name: &str) -> String {
    match name {
        "Ref" | "Condition" => name.to_owned(),
        _ => format!("Fn::{name}"),
    }
}

fn admits(wanted: Option<&[String]>, key: Option<&str>) -> bool {
    match (wanted, key) {
        (None, _) => true,
        (Some(wanted), Some(key)) => wanted.iter().any(|it| it == key),
        (Some(_), None) => false,
    }
}

impl Template<'_> {
    /// The values of a mapping under the keys that two arguments can name.
    pub(super) fn rows(
        &self,
        mapping: NodeId,
        first: NodeId,
        second: NodeId,
        loops: &[Loop],
    ) -> Vec<NodeId> {
        let first = self.lookup_keys(first, loops);
        let second = self.lookup_keys(second, loops);
        let outer = self.values_under(mapping, first.as_deref());
        outer
            .into_iter()
            .flat_map(|value| self.values_under(value, second.as_deref()))
            .collect()
    }

    /// Takes so many values from those that all lookups of the template may reach together.
    fn can_look_up(&self, values: usize) -> bool {
        let take = |left: usize| Some(left.saturating_sub(values));
        let left = self.lookups_left.fetch_update(Relaxed, Relaxed, take);
        left.is_ok_and(|left| values <= left)
    }

    /// The values of a mapping under any of these keys; `None` means all of them.
    fn values_under(&self, mapping: NodeId, keys: Option<&[String]>) -> Vec<NodeId> {
        let document = self.document;
        if let Some([key]) = keys {
            // Nearly every lookup names its key: no list of all the others for each of them.
            let found = lookup(document, mapping, key);
            return found.into_iter().map(|found| found.value).collect();
        }
        effective_entries(document, mapping)
            .into_iter()
            .filter(|entry| admits(keys, document.string(entry.key)))
            .map(|entry| entry.value)
            .collect()
    }

    /// The keys that an argument of `Fn::FindInMap` can name; `None` means any.
    pub(crate) fn lookup_keys(&self, argument: NodeId, loops: &[Loop]) -> Option<Vec<String>> {
        let document = self.document;
        let node = document.resolve(argument);
        match intrinsic(document, node) {
            None => document
                .scalar(node)
                .filter(|text| !loops.iter().any(|it| names_variable(text, &it.variable)))
                .map(|text| vec![text.to_owned()]),
            Some(call) if call.name == "Ref" => {
                let name = document.scalar(call.argument)?;
                if let Some(of) = loops.iter().find(|it| it.variable == name) {
                    return self.literal_collection(of);
                }
                let allowed = self.parameter(name)?.allowed_values?;
                let allowed = document.items(document.resolve(allowed));
                let texts = allowed.iter().map(|&item| document.string(item));
                texts.map(|text| text.map(str::to_owned)).collect()
            }
            Some(_) => None,
        }
    }

    /// A retired runtime among the Defaults of the parameters that a name with `Fn::ForEach`
    /// variables can mean.
    fn retired_default_of(&self, name: &str) -> Option<String> {
        let (before, after) = name_pattern(name)?;
        let document = self.document;
        let parameters = self.parameters.iter();
        let named = parameters.filter(|(it, _)| it.starts_with(before) && it.ends_with(after));
        let mut defaults = named.filter_map(|(_, parameter)| document.scalar(parameter.default?));
        let retired = defaults.find(|text| RetiredRuntime::from_id(text).is_some());
        retired.map(str::to_owned)
    }

    /// A retired runtime among a parameter's `AllowedValues`: what a stack's value may be.
    fn retired_allowed_value(&self, parameter: Parameter) -> Option<String> {
        let allowed = self.document.resolve(parameter.allowed_values?);
        let texts = self.document.items(allowed).iter();
        texts
            .filter_map(|&item| self.document.string(item))
            .find(|text| RetiredRuntime::from_id(text).is_some())
            .map(str::to_owned)
    }

    /// What a loop runs over, if it is a list of literals.
    pub(crate) fn literal_collection(&self, of: &Loop) -> Option<Vec<String>> {
        let collection = self.document.resolve(of.collection?);
        let items = self.document.items(collection);
        let texts = items
            .iter()
            .map(|&item| self.document.string(item).map(str::to_owned));
        texts
            .collect::<Option<Vec<String>>>()
            .filter(|texts| !texts.is_empty())
    }

    /// What a text with loop variables can become; `None` if a loop runs over something computed.
    pub(crate) fn expansions(&self, text: &str, loops: &[Loop]) -> Option<Vec<String>> {
        const MOST: usize = 1_000;
        let mut texts = vec![text.to_owned()];
        for of in loops.iter().filter(|of| names_variable(text, &of.variable)) {
            let values = self.literal_collection(of)?;
            let expand = |text: &String| {
                let of = of.variable.as_str();
                let put = |value: &String| {
                    text.replace(&format!("${{{of}}}"), value)
                        .replace(&format!("&{{{of}}}"), value)
                };
                values.iter().map(put).collect::<Vec<String>>()
            };
            texts = texts.iter().flat_map(expand).collect();
            if texts.len() > MOST {
                return None;
            }
        }
        Some(texts)
    }

    /// The text a value has with every parameter at its Default: for detection, never for an edit.
    pub(crate) fn evaluate(&self, node: NodeId, depth: usize) -> Option<String> {
        let document = self.document;
        let node = document.resolve(node);
        if depth > DEPTH {
            return None;
        }
        let Some(call) = intrinsic(document, node) else {
            return document.scalar(node).map(str::to_owned);
        };
        match call.name {
            "Ref" => {
                let name = document.scalar(call.argument)?;
                self.default_text(name).map(str::to_owned)
            }
            "Sub" => self.evaluate_sub(call.argument, depth),
            "Join" => {
                let &[separator, list] = document.items(call.argument) else {
                    return None;
                };
                let separator = document.string(separator)?;
                let parts: Option<Vec<String>> = document
                    .items(document.resolve(list))
                    .iter()
                    .map(|&item| self.evaluate(item, depth + 1))
                    .collect();
                Some(parts?.join(separator))
            }
            "Select" => {
                let &[index, list] = document.items(call.argument) else {
                    return None;
                };
                let index: usize = document.string(index)?.parse().ok()?;
                let list = document.resolve(list);
                if let Some(split) = intrinsic(document, list).filter(|call| call.name == "Split") {
                    let &[separator, text] = document.items(split.argument) else {
                        return None;
                    };
                    let text = self.evaluate(text, depth + 1)?;
                    let part = text.split(document.string(separator)?).nth(index)?;
                    return Some(part.to_owned());
                }
                let item = document.items(list).get(index)?;
                self.evaluate(*item, depth + 1)
            }
            _ => None,
        }
    }

    /// What a parameter is if nobody says otherwise.
    pub(crate) fn default_text(&self, name: &str) -> Option<&str> {
        let default = self.parameter(name)?.default?;
        self.document
            .scalar(default)
            .filter(|_| !self.is_stored(name))
    }

    /// Whether the Default and the AllowedValues of a parameter are names under which its value is
    /// stored.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html#aws-ssm-parameter-types>
    pub(crate) fn is_stored(&self, name: &str) -> bool {
        let kind = self.parameter(name).and_then(|parameter| parameter.kind);
        kind.and_then(|kind| self.document.string(kind))
            .is_some_and(|kind| kind.starts_with("AWS::SSM::Parameter::Value"))
    }

    fn evaluate_sub(&self, argument: NodeId, depth: usize) -> Option<String> {
        self.substitute(argument, depth, |name| {
            self.default_text(name).map(str::to_owned)
        })
    }

    /// The text of an `Fn::Sub` with its variables filled in: from its own map, else by `parameter`.
    pub(crate) fn substitute(
        &self,
        argument: NodeId,
        depth: usize,
        parameter: impl Fn(&str) -> Option<String>,
    ) -> Option<String> {
        let document = self.document;
        let (_, text) = sub_text(document, argument)?;
        let own = document.items(argument).get(1).copied();
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}')?;
            out.push_str(before);
            match name.strip_prefix('!') {
                // `${!Name}` stands for the text `${Name}`.
                Some(literal) => out.push_str(&format!("${{{literal}}}")),
                None => {
                    let name = name.trim();
                    let value = match own.and_then(|map| lookup(document, map, name)) {
                        Some(found) => self.evaluate(found.value, depth + 1),
                        None => parameter(name),
                    };
                    out.push_str(&value?);
                }
            }
            rest = behind;
        }
        out.push_str(rest);
        Some(out)
    }
}
