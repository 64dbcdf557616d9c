//! Writes the effective template of one alternative.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::super::function::{EffectiveFunction, FunctionType};
use super::super::globals::Levels;
use super::super::intrinsic::{intrinsic, sub_text};
use super::super::lookup::effective_entries;
use super::super::{Loop, Template, is_for_each};
use super::branches::Evaluation;
use super::scalar::typed;
use super::{Branches, DEPTH, EffectiveTemplate, NODES, TooLarge};
use crate::migrate::ProgramFacts;
use crate::source::Range;
use crate::syntax::{Entry, NodeId};

/// How far a value is resolved.
#[derive(Clone, Copy)]
enum Scope<'l> {
    /// Only YAML's own abbreviations.
    AsWritten,
    /// Also parameters, mappings and conditions; with the loops around the resource.
    Resolved(&'l [Loop]),
}

pub(super) struct Writer<'w, 'd> {
    template: &'w Template<'d>,
    branches: Evaluation<'w, 'd>,
    facts: &'w HashMap<&'w str, ProgramFacts>,
    functions: HashMap<NodeId, &'w EffectiveFunction>,
    layers: Vec<NodeId>,
    places: HashMap<String, Range>,
    /// Where the value being written will stand.
    path: String,
    depth: usize,
    /// How many inherited items come before those of the list that is written next.
    preceding: usize,
}

/// A value; `None` where `AWS::NoValue` takes it away.
type Written = Result<Option<Value>, TooLarge>;

impl<'w, 'd> Writer<'w, 'd> {
    pub(super) fn new(
        template: &'w Template<'d>,
        branches: &'w Branches,
        facts: &'w HashMap<&'w str, ProgramFacts>,
    ) -> Self {
        let functions = template.functions.iter();
        Self {
            template,
            branches: Evaluation::new(template, branches),
            facts,
            functions: functions
                .map(|function| (function.body, function))
                .collect(),
            layers: template.layers.iter().map(|layer| layer.body).collect(),
            places: HashMap::new(),
            path: String::new(),
            depth: 0,
            preceding: 0,
        }
    }

    pub(super) fn template(mut self) -> Result<EffectiveTemplate, TooLarge> {
        let document = self.template.document;
        let mut root = Map::new();
        for entry in effective_entries(document, self.template.root) {
            let Some(key) = document.string(entry.key) else {
                continue;
            };
            let value = self.within(key, entry.key, |writer| match key {
                "Resources" => writer.resources(entry.value).map(Some),
                _ => writer.value(entry.value, Scope::AsWritten),
            })?;
            root.extend(value.map(|value| (key.to_owned(), value)));
        }
        Ok(EffectiveTemplate {
            json: Value::Object(root),
            places: self.places,
        })
    }

    /// Writes a part below the present path and notes its place.
    fn within<T>(
        &mut self,
        key: &str,
        node: NodeId,
        write: impl FnOnce(&mut Self) -> Result<T, TooLarge>,
    ) -> Result<T, TooLarge> {
        let length = self.path.len();
        self.path.push('/');
        self.path.push_str(key);
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(TooLarge::Depth);
        }
        if self.places.len() > NODES {
            return Err(TooLarge::Nodes);
        }
        let range = self.template.document.node(node).range.clone();
        self.places.insert(self.path.clone(), range);
        let written = write(self);
        self.path.truncate(length);
        self.depth -= 1;
        written
    }

    fn resources(&mut self, section: NodeId) -> Result<Value, TooLarge> {
        let mut resources = Map::new();
        self.collect_resources(section, &mut resources)?;
        Ok(Value::Object(resources))
    }

    fn collect_resources(
        &mut self,
        section: NodeId,
        into: &mut Map<String, Value>,
    ) -> Result<(), TooLarge> {
        let document = self.template.document;
        for entry in effective_entries(document, section) {
            let Some(key) = document.string(entry.key) else {
                continue;
            };
            let body = document.resolve(entry.value);
            if let (true, &[_, _, inner]) = (is_for_each(key), document.items(body)) {
                self.depth += 1;
                if self.depth > DEPTH {
                    return Err(TooLarge::Depth);
                }
                self.collect_resources(inner, into)?;
                self.depth -= 1;
                continue;
            }
            let place = if document.is_mapping(body) {
                entry.key
            } else {
                entry.value
            };
            let function = self.functions.get(&body).copied();
            let is_examined = function.is_some() || self.layers.contains(&body);
            if is_examined && !self.branches.exists(body) {
                continue;
            }
            let value = self.within(key, place, |writer| match function {
                Some(function) => writer.function(function).map(Some),
                None if is_examined => writer.value(body, Scope::Resolved(&[])),
                None => writer.value(body, Scope::AsWritten),
            })?;
            into.extend(value.map(|value| (key.to_owned(), value)));
        }
        Ok(())
    }

    fn function(&mut self, function: &EffectiveFunction) -> Result<Value, TooLarge> {
        let document = self.template.document;
        let scope = Scope::Resolved(&function.loops);
        let mut resource = Map::new();
        let entries = effective_entries(document, function.body);
        let writes_properties = |entry: &Entry| document.string(entry.key) == Some("Properties");
        for entry in entries.iter().filter(|entry| !writes_properties(entry)) {
            self.entry(entry, scope, &mut resource)?;
        }
        let place = entries.iter().find(|entry| writes_properties(entry));
        let place = place.map_or(function.key, |entry| entry.key);
        let properties = self.within("Properties", place, |writer| {
            writer.properties(function, scope)
        })?;
        resource.insert("Properties".to_owned(), Value::Object(properties));
        if let Some(facts) = self.facts.get(function.logical_id.as_str()) {
            let metadata = resource
                .entry("Metadata")
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(metadata) = metadata {
                metadata.insert("Lambdalift".to_owned(), described(*facts));
            }
        }
        Ok(Value::Object(resource))
    }

    /// The own properties and the inherited ones, combined as SAM does.
    fn properties(
        &mut self,
        function: &EffectiveFunction,
        scope: Scope<'_>,
    ) -> Result<Map<String, Value>, TooLarge> {
        let document = self.template.document;
        let Levels {
            own,
            globals,
            ignored,
        } = &function.levels;
        let mut properties = Map::new();
        let entries = |node: Option<NodeId>| {
            node.map_or_else(Vec::new, |node| effective_entries(document, node))
        };
        for entry in entries(*globals) {
            let key = document.string(entry.key).unwrap_or_default();
            if function.kind == FunctionType::Serverless && !ignored.covers(key) {
                self.entry(&entry, scope, &mut properties)?;
            }
        }
        for entry in entries(*own) {
            let Some(key) = document.string(entry.key) else {
                continue;
            };
            let inherited = properties.remove(key);
            self.preceding = match &inherited {
                Some(Value::Array(items)) if key != "Architectures" => items.len(),
                _ => 0,
            };
            self.entry(&entry, scope, &mut properties)?;
            self.preceding = 0;
            if let (Some(inherited), Some(own)) = (inherited, properties.get_mut(key))
                && key != "Architectures"
            {
                *own = merge(inherited, own.take());
            }
        }
        Ok(properties)
    }

    fn entry(
        &mut self,
        entry: &Entry,
        scope: Scope<'_>,
        into: &mut Map<String, Value>,
    ) -> Result<(), TooLarge> {
        let document = self.template.document;
        if let Some(key) = document.scalar(document.resolve(entry.key)) {
            // Of a map or a list the key is what people look for.
            let is_scalar = document.scalar(document.resolve(entry.value)).is_some();
            let place = if is_scalar { entry.value } else { entry.key };
            let written = self.within(key, place, |writer| writer.value(entry.value, scope))?;
            into.extend(written.map(|value| (key.to_owned(), value)));
        }
        Ok(())
    }

    fn value(&mut self, node: NodeId, scope: Scope<'_>) -> Written {
        let document = self.template.document;
        let node = document.resolve(node);
        if let (Scope::Resolved(loops), Some(call)) = (scope, intrinsic(document, node))
            && let Some(resolved) = self.resolved(node, call.name, call.argument, loops)
        {
            self.places.insert(
                self.path.clone(),
                document.node(resolved.node).range.clone(),
            );
            return match resolved.value {
                Substitute::Nothing => Ok(None),
                Substitute::Text(value) => Ok(Some(value)),
                Substitute::Node => self.deeper(|writer| writer.value(resolved.node, scope)),
            };
        }
        match document.tag(node).and_then(long_form) {
            Some(name) => {
                let argument = self.within(&name, node, |writer| writer.content(node, scope))?;
                let mut call = Map::new();
                call.insert(name, argument);
                Ok(Some(Value::Object(call)))
            }
            None => self.content(node, scope).map(Some),
        }
    }

    fn deeper<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, TooLarge>,
    ) -> Result<T, TooLarge> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(TooLarge::Depth);
        }
        let written = write(self);
        self.depth -= 1;
        written
    }

    /// A node without its tag.
    fn content(&mut self, node: NodeId, scope: Scope<'_>) -> Result<Value, TooLarge> {
        let document = self.template.document;
        if document.is_mapping(node) {
            let mut map = Map::new();
            for entry in effective_entries(document, node) {
                self.entry(&entry, scope, &mut map)?;
            }
            return Ok(Value::Object(map));
        }
        if document.is_sequence(node) {
            let preceding = std::mem::take(&mut self.preceding);
            let mut items = Vec::new();
            for &item in document.items(node) {
                let index = (preceding + items.len()).to_string();
                items.extend(self.within(&index, item, |writer| writer.value(item, scope))?);
            }
            return Ok(Value::Array(items));
        }
        Ok(typed(document, node))
    }

    /// What a call stands for, if the template itself says so.
    fn resolved(
        &self,
        node: NodeId,
        name: &str,
        argument: NodeId,
        loops: &[Loop],
    ) -> Option<Resolved> {
        let document = self.template.document;
        let of_node = |node| Resolved {
            node,
            value: Substitute::Node,
        };
        match name {
            "Ref" => self.reference(node, document.scalar(argument)?, loops),
            "If" => {
                let &[condition, yes, no] = document.items(argument) else {
                    return None;
                };
                let holds = self.branches.holds(document.string(condition)?);
                Some(of_node(document.resolve(if holds { yes } else { no })))
            }
            "FindInMap" => {
                let value = self.branches.mapped(argument, loops)?;
                Some(of_node(document.resolve(value)))
            }
            "Sub" => {
                let (text_node, _) = sub_text(document, argument)?;
                let text = self.template.evaluate(node, 0)?;
                let value = Substitute::Text(Value::String(text));
                Some(Resolved {
                    node: text_node,
                    value,
                })
            }
            _ => None,
        }
    }

    fn reference(&self, node: NodeId, name: &str, loops: &[Loop]) -> Option<Resolved> {
        if name == "AWS::NoValue" {
            return Some(Resolved {
                node,
                value: Substitute::Nothing,
            });
        }
        if loops.iter().any(|of| of.variable == name) {
            return None;
        }
        let document = self.template.document;
        let text = self.branches.parameter(name)?;
        let parameter = self.template.parameter(name);
        let kind = parameter
            .and_then(|parameter| document.string(parameter.kind?))
            .unwrap_or_default();
        let value = if kind == "CommaDelimitedList" || kind.starts_with("List<") {
            let items = text
                .split(',')
                .map(|item| Value::String(item.trim().to_owned()));
            Value::Array(items.collect())
        } else {
            Value::String(text)
        };
        Some(Resolved {
            node: parameter.and_then(|it| it.default).unwrap_or(node),
            value: Substitute::Text(value),
        })
    }
}

/// What a call stands for, and where that is written.
struct Resolved {
    node: NodeId,
    value: Substitute,
}

enum Substitute {
    /// `AWS::NoValue`
    Nothing,
    /// A value of its own.
    Text(Value),
    /// The node.
    Node,
}

/// `!Sub` to `Fn::Sub`; tags that are no intrinsic functions are left out.
fn long_form(tag: &str) -> Option<String> {
    let name = tag.strip_prefix('!').filter(|name| !name.is_empty())?;
    Some(match name {
        "Ref" | "Condition" => name.to_owned(),
        _ => format!("Fn::{name}"),
    })
}

/// Maps merge deeply, lists are joined, of all else the own value counts.
fn merge(inherited: Value, own: Value) -> Value {
    match (inherited, own) {
        (Value::Array(mut items), Value::Array(own)) => {
            items.extend(own);
            Value::Array(items)
        }
        (Value::Object(mut map), Value::Object(own)) if !is_call(&map) && !is_call(&own) => {
            for (key, value) in own {
                let merged = match map.remove(&key) {
                    Some(inherited) => merge(inherited, value),
                    None => value,
                };
                map.insert(key, merged);
            }
            Value::Object(map)
        }
        (_, own) => own,
    }
}

fn is_call(map: &Map<String, Value>) -> bool {
    map.len() == 1
        && map
            .keys()
            .all(|key| key == "Ref" || key.starts_with("Fn::"))
}

fn described(facts: ProgramFacts) -> Value {
    let mut described = Map::new();
    if facts.go {
        described.insert("Language".to_owned(), Value::String("Go".to_owned()));
    }
    described.insert(
        "BuiltFromSource".to_owned(),
        Value::Bool(facts.built_from_source),
    );
    Value::Object(described)
}
