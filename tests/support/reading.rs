//! A second reading of a template, by `serde_yaml` and a few lines that share nothing with the
//! library: what every function comes to, before and after.

use std::collections::{BTreeMap, BTreeSet};

use lambdalift::migrate::{FunctionReport, Verdict};
use serde_yaml::value::TaggedValue;
use serde_yaml::{Mapping, Value};

const FUNCTIONS: [&str; 2] = ["AWS::Serverless::Function", "AWS::Lambda::Function"];
const LAYERS: [&str; 2] = ["AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion"];
const RETIRED: [&str; 3] = ["go1.x", "provided", "provided.al2"];

/// Parameters within parameters: real templates have none.
const DEPTH: usize = 6;

/// A template with every reference replaced by what it comes to.
pub(crate) struct Reading {
    /// Each function as it is after Globals, parameters, mappings, anchors and merge keys.
    functions: BTreeMap<String, Value>,
    /// Layers, without their `CompatibleRuntimes`.
    layers: BTreeMap<String, Value>,
    /// All other resources, outputs, conditions and rules.
    rest: Value,
}

impl Reading {
    /// `None` for what `serde_yaml` does not read, e.g. duplicate keys.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let mut value: Value = serde_yaml::from_slice(text).ok()?;
        value.apply_merge().ok()?;
        let template = Template(without_bare_tags(value));
        let mut reading = Self {
            functions: BTreeMap::new(),
            layers: BTreeMap::new(),
            rest: Value::Null,
        };
        let mut rest = Mapping::new();
        reading.resources(&template, template.0.get("Resources")?, &mut rest)?;
        for section in ["Conditions", "Outputs", "Rules", "Transform", "Description"] {
            if let Some(value) = template.0.get(section) {
                rest.insert(section.into(), template.resolve(value, 0));
            }
        }
        reading.rest = rest.into();
        Some(reading)
    }

    fn resources(
        &mut self,
        template: &Template,
        resources: &Value,
        rest: &mut Mapping,
    ) -> Option<()> {
        for (key, body) in resources.as_mapping()? {
            let name = key.as_str()?;
            if name.starts_with("Fn::ForEach") {
                // The name of the loop, its list, its body.
                let items = body.as_sequence()?;
                self.resources(template, items.last()?, rest)?;
                continue;
            }
            let kind = match body.get("Type") {
                Some(Value::String(kind)) => kind.as_str(),
                _ => "",
            };
            if FUNCTIONS.contains(&kind) {
                let effective = template.effective(body, kind);
                self.functions.insert(name.to_owned(), effective);
            } else if LAYERS.contains(&kind) {
                let mut layer = template.resolve(body, 0);
                if let Some(properties) = layer.get_mut("Properties") {
                    remove(properties, "CompatibleRuntimes");
                }
                self.layers.insert(name.to_owned(), layer);
            } else {
                rest.insert(key.clone(), template.resolve(body, 0));
            }
        }
        Some(())
    }

    /// Compares with the template `after` the migration: how many functions moved, and how many
    /// stayed.
    ///
    /// # Errors
    /// The first thing that moved in part, or that should not have moved at all.
    pub(crate) fn compare(
        &self,
        after: &Self,
        reports: &[FunctionReport],
    ) -> Result<(usize, usize), String> {
        if self.rest != after.rest {
            return Err("something else than functions and layers means something else now".into());
        }
        if self.layers != after.layers {
            return Err("a layer has changed beyond its CompatibleRuntimes".into());
        }
        if !self.functions.keys().eq(after.functions.keys()) {
            return Err("a function has come or gone".into());
        }
        let (mut moved, mut stayed) = (0, 0);
        for ((name, was), is) in self.functions.iter().zip(after.functions.values()) {
            let is_moved = was != is;
            if is_moved {
                moved += 1;
                check_moved(was, is).map_err(|what| format!("{name} {what}"))?;
            } else {
                stayed += 1;
            }
            let mut reports = reports.iter().filter(|it| it.logical_id == *name);
            if let (Some(report), None) = (reports.next(), reports.next()) {
                let says = matches!(
                    report.verdict,
                    Verdict::Migrated | Verdict::MigratedWithFollowUp
                );
                if says != is_moved {
                    let verdict = report.verdict.as_str();
                    return Err(format!("{name} is called {verdict}: moved is {is_moved}"));
                }
            }
        }
        Ok((moved, stayed))
    }
}

/// A function that differs is off every retired runtime, and differs in nothing unforeseen.
fn check_moved(was: &Value, is: &Value) -> Result<(), String> {
    let (from, to) = (leaves(was, "Runtime"), leaves(is, "Runtime"));
    let retired = |runtime: &String| RETIRED.contains(&runtime.as_str());
    if !from.iter().any(retired) {
        return Err("was on no retired runtime, and has changed".into());
    }
    if to != BTreeSet::from(["provided.al2023".to_owned()]) {
        return Err(format!("moved to {to:?}"));
    }
    let from_go = from.contains("go1.x");
    let handler = leaves(is, "Handler");
    if from_go && handler != BTreeSet::from(["bootstrap".to_owned()]) {
        return Err(format!("left go1.x with the Handler {handler:?}"));
    }
    if !from_go && handler != leaves(was, "Handler") {
        return Err("left a custom runtime and lost its Handler".into());
    }
    let (mut was, mut is) = (was.clone(), is.clone());
    for side in [&mut was, &mut is] {
        if let Some(properties) = side.get_mut("Properties") {
            for name in ["Runtime", "Handler", "Architectures"] {
                remove(properties, name);
            }
            // Without neighbours no CodeUri is narrowed: it stays.
        }
        if let Some(metadata) = side.get_mut("Metadata") {
            if metadata.get("BuildMethod").is_some_and(|it| it == "go1.x") {
                remove(metadata, "BuildMethod");
            }
            if metadata.as_mapping().is_some_and(Mapping::is_empty) {
                remove(side, "Metadata");
            }
        }
    }
    if was == is {
        Ok(())
    } else {
        Err(format!("has changed elsewhere:\n{was:?}\n{is:?}"))
    }
}

/// Every string that a property of a function can come to.
fn leaves(function: &Value, property: &str) -> BTreeSet<String> {
    fn collect(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::String(text) => drop(into.insert(text.clone())),
            Value::Sequence(items) => items.iter().for_each(|item| collect(item, into)),
            Value::Tagged(tagged) => collect(&tagged.value, into),
            Value::Mapping(entries) => entries.values().for_each(|value| collect(value, into)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    let value = function.get("Properties").and_then(|it| it.get(property));
    if let Some(value) = value {
        collect(value, &mut found);
    }
    found
}

/// A tag that is a mere `!` says that a scalar is a string.
fn without_bare_tags(value: Value) -> Value {
    match value {
        Value::Tagged(tagged) if tagged.tag == "!" => without_bare_tags(tagged.value),
        Value::Tagged(mut tagged) => {
            tagged.value = without_bare_tags(tagged.value);
            Value::Tagged(tagged)
        }
        Value::Sequence(items) => items.into_iter().map(without_bare_tags).collect(),
        Value::Mapping(entries) => {
            let entries = entries.into_iter();
            let bare = |(key, value)| (without_bare_tags(key), without_bare_tags(value));
            Value::Mapping(entries.map(bare).collect())
        }
        other => other,
    }
}

fn remove(from: &mut Value, key: &str) {
    if let Some(entries) = from.as_mapping_mut() {
        entries.remove(key);
    }
}

struct Template(Value);

impl Template {
    /// The resource with Globals merged in and every reference resolved.
    fn effective(&self, body: &Value, kind: &str) -> Value {
        let mut body = body.clone();
        let globals = self.0.get("Globals").and_then(|it| it.get("Function"));
        let ignored = body.get("IgnoreGlobals").cloned().unwrap_or_default();
        let globals = globals.and_then(Value::as_mapping);
        if let Some(body) = body.as_mapping_mut() {
            // SAM gives Globals to a function without properties, too.
            body.entry("Properties".into())
                .and_modify(|it| {
                    if it.is_null() {
                        *it = Mapping::new().into()
                    }
                })
                .or_insert_with(|| Mapping::new().into());
        }
        let properties = body.get_mut("Properties").and_then(Value::as_mapping_mut);
        if let (Some(globals), Some(properties), "AWS::Serverless::Function") =
            (globals, properties, kind)
        {
            for (key, value) in globals {
                let opted_out =
                    ignored == "*" || ignored.as_sequence().is_some_and(|it| it.contains(key));
                if !opted_out && !properties.contains_key(key) {
                    properties.insert(key.clone(), value.clone());
                }
            }
        }
        self.resolve(&body, 0)
    }

    fn resolve(&self, value: &Value, depth: usize) -> Value {
        if depth > DEPTH {
            return value.clone();
        }
        match value {
            Value::Tagged(tagged) => {
                let name = tagged.tag.to_string();
                let name = name.trim_start_matches('!');
                self.intrinsic(name, &tagged.value, depth)
                    .unwrap_or_else(|| {
                        Value::Tagged(Box::new(TaggedValue {
                            tag: tagged.tag.clone(),
                            value: self.resolve(&tagged.value, depth),
                        }))
                    })
            }
            Value::Mapping(entries) => {
                if let (1, Some((Value::String(name), argument))) =
                    (entries.len(), entries.iter().next())
                {
                    let name = name.strip_prefix("Fn::").unwrap_or(name);
                    if let Some(found) = self.intrinsic(name, argument, depth) {
                        return found;
                    }
                }
                let resolve =
                    |(key, value): (&Value, &Value)| (key.clone(), self.resolve(value, depth));
                Value::Mapping(entries.iter().map(resolve).collect())
            }
            Value::Sequence(items) => items.iter().map(|item| self.resolve(item, depth)).collect(),
            other => other.clone(),
        }
    }

    /// What an intrinsic function comes to: all that it can be, where that is not one value.
    fn intrinsic(&self, name: &str, argument: &Value, depth: usize) -> Option<Value> {
        match name {
            "Ref" => {
                let parameter = self.0.get("Parameters")?.get(argument)?;
                Some(self.resolve(parameter.get("Default")?, depth + 1))
            }
            "Sub" => {
                let text = argument.as_str()?;
                Some(match text.contains("${") {
                    false => text.into(),
                    true => self.substitute(text).into(),
                })
            }
            "FindInMap" => {
                let path = argument.as_sequence()?;
                let map = self.0.get("Mappings")?.get(path.first()?)?;
                Some(match (path.get(1)?, path.get(2)?) {
                    (row @ Value::String(_), column @ Value::String(_)) => {
                        let cell = map.get(row).and_then(|row| row.get(column));
                        self.resolve(cell.unwrap_or(&Value::Null), depth + 1)
                    }
                    (_, column @ Value::String(_)) => {
                        let rows = map.as_mapping()?.values();
                        let cells = rows.filter_map(|row| row.get(column));
                        cells.map(|cell| self.resolve(cell, depth + 1)).collect()
                    }
                    (row @ Value::String(_), _) => self.resolve(map.get(row)?, depth + 1),
                    _ => self.resolve(map, depth + 1),
                })
            }
            "If" => {
                let branches = argument.as_sequence()?.get(1..)?;
                let mut seen = Vec::new();
                for branch in branches {
                    let branch = self.resolve(branch, depth);
                    if !seen.contains(&branch) {
                        seen.push(branch);
                    }
                }
                Some(Value::Sequence(seen))
            }
            _ => None,
        }
    }

    fn substitute(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let parameters = self.0.get("Parameters").and_then(Value::as_mapping);
        for (name, parameter) in parameters.into_iter().flatten() {
            let default = parameter.get("Default").and_then(Value::as_str);
            if let (Some(name), Some(default)) = (name.as_str(), default) {
                text = text.replace(&format!("${{{name}}}"), default);
            }
        }
        text
    }
}
