//! Writes the effective template of one alternative.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::super::function::{EffectiveFunction, FunctionType};
use super::super::globals::Levels;
use super::super::intrinsic::{intrinsic, sub_text};
use super::super::lookup::effective_entries;
use super::super::{Loop, Template, is_for_each};
use super::branches::Evaluation;
use super::scalar::{self, typed};
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
    facts: &'w [ProgramFacts],
    /// Position and function by the node of the logical ID.
    functions: HashMap<NodeId, (usize, &'w EffectiveFunction)>,
    layers: Vec<NodeId>,
    places: HashMap<String, Range>,
    /// Where the value being written will stand.
    path: String,
    depth: usize,
}

/// A value; `None` where `AWS::NoValue` takes it away.
type Written = Result<Option<Value>, TooLarge>;

impl<'w, 'd> Writer<'w, 'd> {
    pub(super) fn new(
        template: &'w Template<'d>,
        branches: &'w Branches,
        facts: &'w [ProgramFacts],
    ) -> Self {
        let functions = template.functions.iter();
        Self {
            template,
            branches: Evaluation::new(template, branches),
            facts,
            functions: functions
                .enumerate()
                .map(|(at, function)| (function.key, (at, function)))
                .collect(),
            layers: template.layers.iter().map(|layer| layer.body).collect(),
            places: HashMap::new(),
            path: String::new(),
            depth: 0,
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
        for entry in self.entries(section) {
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
            let function = self.functions.get(&entry.key).copied();
            let is_examined = function.is_some() || self.layers.contains(&body);
            if is_examined && !self.branches.exists(body) {
                continue;
            }
            // Two loops may name their resources alike.
            let copies = (2..).map(|count| format!("{key}#{count}"));
            let mut names = std::iter::once(key.to_owned()).chain(copies);
            let name = names.find(|name| !into.contains_key(name));
            let name = name.unwrap_or_default();
            let value = self.within(&name, place, |writer| match function {
                Some((at, function)) => writer.function(at, function).map(Some),
                None if is_examined => writer.value(body, Scope::Resolved(&[])),
                None => writer.value(body, Scope::AsWritten),
            })?;
            into.extend(value.map(|value| (name, value)));
        }
        Ok(())
    }

    fn function(&mut self, at: usize, function: &EffectiveFunction) -> Result<Value, TooLarge> {
        let document = self.template.document;
        let scope = Scope::Resolved(&function.loops);
        let mut resource = Map::new();
        let entries = self.entries(function.body);
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
        if let Some(facts) = self.facts.get(at) {
            let metadata = resource.entry("Metadata").or_insert(Value::Null);
            if metadata.is_null() {
                *metadata = Value::Object(Map::new());
            }
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
        let inherited: Vec<Entry> = match (function.kind, *globals) {
            (FunctionType::Serverless, Some(globals)) => self.entries(globals),
            _ => Vec::new(),
        };
        let own = own.map_or_else(Vec::new, |own| self.entries(own));
        let mut properties = Map::new();
        for entry in &inherited {
            let Some(key) = document
                .string(entry.key)
                .filter(|key| !ignored.covers(key))
            else {
                continue;
            };
            match own.iter().find(|it| document.string(it.key) == Some(key)) {
                None => self.entry(entry, scope, &mut properties)?,
                Some(own) if key == "Architectures" => self.entry(own, scope, &mut properties)?,
                Some(own) => self.merged(entry, own, scope, &mut properties)?,
            }
        }
        for entry in &own {
            let key = document.string(entry.key).unwrap_or_default();
            let is_merged = inherited
                .iter()
                .any(|it| document.string(it.key) == Some(key) && !ignored.covers(key));
            if !is_merged {
                self.entry(entry, scope, &mut properties)?;
            }
        }
        Ok(properties)
    }

    /// An inherited entry and the own one of the same key: maps are merged deeply and lists joined,
    /// but of everything else, and beside an intrinsic function, the own value counts.
    fn merged(
        &mut self,
        inherited: &Entry,
        own: &Entry,
        scope: Scope<'_>,
        into: &mut Map<String, Value>,
    ) -> Result<(), TooLarge> {
        let document = self.template.document;
        let (from, to) = (
            document.resolve(inherited.value),
            document.resolve(own.value),
        );
        let is_call = |node| intrinsic(document, node).is_some();
        let key = document.string(own.key).unwrap_or_default();
        if is_call(from) || is_call(to) {
            return self.entry(own, scope, into);
        }
        let value = if document.is_mapping(from) && document.is_mapping(to) {
            self.within(key, own.key, |writer| writer.merged_maps(from, to, scope))?
        } else if document.is_sequence(from) && document.is_sequence(to) {
            let items = document.items(from).iter().chain(document.items(to));
            let items: Vec<NodeId> = items.copied().collect();
            self.within(key, own.key, |writer| writer.items(&items, scope))?
        } else {
            return self.entry(own, scope, into);
        };
        into.insert(key.to_owned(), value);
        Ok(())
    }

    fn merged_maps(
        &mut self,
        from: NodeId,
        to: NodeId,
        scope: Scope<'_>,
    ) -> Result<Value, TooLarge> {
        let document = self.template.document;
        let (inherited, own) = (self.entries(from), self.entries(to));
        let mut map = Map::new();
        for entry in &inherited {
            let key = document.string(entry.key);
            match own.iter().find(|it| document.string(it.key) == key) {
                None => self.entry(entry, scope, &mut map)?,
                Some(own) => self.merged(entry, own, scope, &mut map)?,
            }
        }
        for entry in &own {
            let key = document.string(entry.key);
            if !inherited.iter().any(|it| document.string(it.key) == key) {
                self.entry(entry, scope, &mut map)?;
            }
        }
        Ok(Value::Object(map))
    }

    fn items(&mut self, items: &[NodeId], scope: Scope<'_>) -> Result<Value, TooLarge> {
        let mut list = Vec::new();
        for &item in items {
            let index = list.len().to_string();
            list.extend(self.within(&index, item, |writer| writer.value(item, scope))?);
        }
        Ok(Value::Array(list))
    }

    /// The entries of a mapping, merge keys followed; of a key that stands twice the last one
    /// counts, as for the YAML reader that SAM is written with.
    fn entries(&self, mapping: NodeId) -> Vec<Entry> {
        let document = self.template.document;
        let mut entries = effective_entries(document, mapping);
        let own = document.entries(document.resolve(mapping));
        if own.len() > entries.len() || own.len() > 1 {
            let last: HashMap<&str, Entry> = own
                .iter()
                .filter_map(|entry| Some((document.string(entry.key)?, *entry)))
                .collect();
            for entry in &mut entries {
                let key = document.string(entry.key);
                *entry = key.and_then(|key| last.get(key)).copied().unwrap_or(*entry);
            }
        }
        entries
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
            for entry in self.entries(node) {
                self.entry(&entry, scope, &mut map)?;
            }
            return Ok(Value::Object(map));
        }
        if document.is_sequence(node) {
            return self.items(document.items(node), scope);
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
                let parameter = |name: &str| self.branches.parameter(name);
                let text = self.template.substitute(argument, 0, parameter)?;
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
        let is_number = kind == "Number" || kind == "List<Number>";
        let typed = |text: &str| {
            let number = is_number.then(|| scalar::number(text)).flatten();
            number.map_or_else(|| Value::String(text.to_owned()), Value::Number)
        };
        let value = if kind == "CommaDelimitedList" || kind.starts_with("List<") {
            Value::Array(text.split(',').map(|item| typed(item.trim())).collect())
        } else {
            typed(&text)
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

fn described(facts: ProgramFacts) -> Value {
    let mut described = Map::new();
    if facts.go {
        described.insert("Language".to_owned(), Value::String("Go".to_owned()));
    }
    if facts.may_be_retired {
        described.insert("MayBeRetired".to_owned(), Value::Bool(true));
    }
    described.insert(
        "BuiltFromSource".to_owned(),
        Value::Bool(facts.built_from_source),
    );
    Value::Object(described)
}
