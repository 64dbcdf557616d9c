//! The typed model of a template: what CloudFormation and SAM make of the tree.
//!
//! ```text
//! Document ──▶ Template { parameters, mappings, functions, layers, … }
//!                └─▶ EffectiveFunction: each property with its value, its places, its origin
//! ```

mod code;
#[cfg(feature = "guard")]
mod effective;
mod function;
mod globals;
mod inspect;
mod intrinsic;
mod lookup;
mod resolve;
mod sharing;
mod uses;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;

pub(crate) use code::Code;
#[cfg(feature = "guard")]
pub(crate) use effective::{Branches, EffectiveTemplate, TooLarge};
pub(crate) use function::{EffectiveFunction, FunctionType, Property};
pub(crate) use globals::Level;
pub(crate) use intrinsic::intrinsic;
use lookup::effective_entries;
pub(crate) use lookup::lookup;
pub(crate) use resolve::Origin;
pub(crate) use resolve::{Leaf, NoText};
use sharing::AliasIndex;
pub(crate) use uses::{Uses, name_pattern};

use inspect::Duplicate;

use crate::parallel::Threads;
use crate::program::directory_of;
use crate::syntax::{Document, NodeId};

/// The most values of mappings that all the lookups of a template may reach together. CloudFormation takes
/// 500 resources and mappings of 200 keys, so no template that it takes comes near:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>.
const MOST_LOOKUPS: usize = 1_000_000;

/// A parsed CloudFormation or SAM template.
#[derive(Debug)]
pub(crate) struct Template<'d> {
    pub(crate) document: &'d Document,
    /// The root mapping.
    pub(crate) root: NodeId,
    /// `Globals.Function`.
    pub(crate) globals: Option<NodeId>,
    parameters: HashMap<&'d str, Parameter>,
    mappings: HashMap<&'d str, NodeId>,
    /// Every function resource, in text order.
    pub(crate) functions: Vec<EffectiveFunction>,
    /// Every layer version, in text order.
    pub(crate) layers: Vec<LayerVersion>,
    /// The logical IDs of the layers that the user wants to be left alone: what they share stays.
    pub(crate) ignored_layers: HashSet<String>,
    /// Parts that other templates, macros or services fill in.
    pub(crate) unexamined: Vec<Unexamined>,
    /// What is wrong with the template as such.
    pub(crate) malformed: Vec<Malformed>,
    /// The logical IDs of the functions.
    function_ids: HashSet<String>,
    /// How many values of mappings `Fn::FindInMap` may still reach, see `MOST_LOOKUPS`.
    lookups_left: AtomicUsize,
    uses: OnceLock<Uses>,
    aliases: OnceLock<AliasIndex>,
    duplicates: OnceLock<Vec<Duplicate>>,
}

/// A template parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    /// The value of `Type`.
    pub(crate) kind: Option<NodeId>,
    /// The value of `Default`, aliases resolved.
    pub(crate) default: Option<NodeId>,
    /// The value of `AllowedValues`.
    pub(crate) allowed_values: Option<NodeId>,
    /// The value of `AllowedPattern`.
    pub(crate) allowed_pattern: Option<NodeId>,
    /// The value of `MaxLength`.
    pub(crate) max_length: Option<NodeId>,
}

/// An `Fn::ForEach` loop around a resource.
#[derive(Debug, Clone)]
pub(crate) struct Loop {
    /// Its variable.
    pub(crate) variable: String,
    /// What it runs over.
    pub(crate) collection: Option<NodeId>,
}

/// `AWS::Lambda::LayerVersion` or `AWS::Serverless::LayerVersion`.
#[derive(Debug, Clone)]
pub(crate) struct LayerVersion {
    pub(crate) logical_id: String,
    pub(crate) key: NodeId,
    pub(crate) body: NodeId,
    /// The value of `CompatibleRuntimes`.
    pub(crate) compatible_runtimes: Option<NodeId>,
    /// The value of `CompatibleArchitectures`.
    pub(crate) compatible_architectures: Option<NodeId>,
}

/// Something whose functions, if any, are not in this text.
#[derive(Debug, Clone)]
pub(crate) struct Unexamined {
    pub(crate) node: NodeId,
    pub(crate) what: String,
}

/// A part of a template that is not what CloudFormation demands.
#[derive(Debug, Clone)]
pub(crate) struct Malformed {
    pub(crate) node: NodeId,
    pub(crate) message: String,
}

/// Whether a root node is that of a CloudFormation or SAM template.
pub(crate) fn is_template(document: &Document, root: NodeId) -> bool {
    let root = document.resolve(root);
    if document.get(root, "AWSTemplateFormatVersion").is_some() {
        return true;
    }
    document
        .get(root, "Resources")
        .is_some_and(|(_, resources)| {
            let resources = document.resolve(resources);
            document.entries(resources).iter().any(|entry| {
                let aws_type = lookup(document, entry.value, "Type")
                    .and_then(|found| document.string(found.value))
                    .is_some_and(|name| name.starts_with("AWS::") || name.starts_with("Custom::"));
                aws_type || document.string(entry.key).is_some_and(is_for_each)
            }) || looks_like_template(document.text())
        })
}

/// Whether a text was meant to be a template, even if no parser takes it or its parts are not what
/// they should be.
pub(crate) fn looks_like_template(text: &str) -> bool {
    let marks = [
        "AWSTemplateFormatVersion",
        "AWS::Serverless",
        "AWS::Lambda::",
    ];
    marks.iter().any(|mark| text.contains(mark))
}

fn is_for_each(key: &str) -> bool {
    key.starts_with("Fn::ForEach::")
}

impl<'d> Template<'d> {
    /// Reads the model. Whatever is not understood ends up in `malformed` or `unexamined`.
    pub(crate) fn read(document: &'d Document, root: NodeId) -> Self {
        let root = document.resolve(root);
        let globals = lookup(document, root, "Globals")
            .and_then(|found| lookup(document, found.value, "Function"))
            .map(|found| document.resolve(found.value))
            .filter(|&globals| document.is_mapping(globals));
        let mut template = Self {
            document,
            root,
            globals,
            parameters: HashMap::new(),
            mappings: HashMap::new(),
            functions: Vec::new(),
            layers: Vec::new(),
            ignored_layers: HashSet::new(),
            unexamined: Vec::new(),
            malformed: Vec::new(),
            function_ids: HashSet::new(),
            lookups_left: AtomicUsize::new(MOST_LOOKUPS),
            uses: OnceLock::new(),
            aliases: OnceLock::new(),
            duplicates: OnceLock::new(),
        };
        template.read_parameters();
        template.read_mappings();
        template.read_transforms();
        template.read_inclusions();
        template.read_resources();
        template
    }

    /// Asks the same of many of its functions, by several threads where that is worth it.
    pub(crate) fn of_each<I: Send, O: Send>(
        &self,
        functions: Vec<I>,
        threads: Threads<'static>,
        ask: impl Fn(I) -> O + Sync,
    ) -> Vec<O> {
        // All lookups in mappings together are limited: who comes last must not depend on threads.
        let threads = match self.mappings.is_empty() {
            true => threads.for_functions(functions.len()),
            false => Threads::alone(),
        };
        threads.share(functions, ask)
    }

    /// The directory that it lies in; paths in it are meant from there.
    pub(crate) fn home(&self) -> &'d Path {
        directory_of(self.document.source().path())
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<Parameter> {
        self.parameters.get(name).copied()
    }

    /// The literal `AllowedValues` of a parameter.
    pub(crate) fn allowed_values(&self, name: &str) -> Vec<&'d str> {
        let document = self.document;
        let list = self
            .parameter(name)
            .and_then(|parameter| parameter.allowed_values);
        let items = list.map_or(&[][..], |list| document.items(document.resolve(list)));
        items
            .iter()
            .filter_map(|&item| document.string(item))
            .collect()
    }

    pub(crate) fn mapping(&self, name: &str) -> Option<NodeId> {
        self.mappings.get(name).copied()
    }

    /// Who refers to which parameter and mapping.
    pub(crate) fn uses(&self) -> &Uses {
        self.uses.get_or_init(|| Uses::collect(self.document))
    }

    fn duplicates(&self) -> &[Duplicate] {
        self.duplicates
            .get_or_init(|| Duplicate::all(self.document))
    }

    fn aliases(&self) -> &AliasIndex {
        self.aliases.get_or_init(|| AliasIndex::of(self.document))
    }

    fn section(&self, name: &str) -> Option<NodeId> {
        let found = lookup(self.document, self.root, name)?;
        Some(self.document.resolve(found.value))
    }

    fn read_parameters(&mut self) {
        let document = self.document;
        let Some(section) = self.section("Parameters") else {
            return;
        };
        for entry in effective_entries(document, section) {
            let Some(name) = document.string(entry.key) else {
                continue;
            };
            let value = |key| lookup(document, entry.value, key).map(|found| found.value);
            let parameter = Parameter {
                kind: value("Type"),
                default: value("Default").map(|node| document.resolve(node)),
                allowed_values: value("AllowedValues"),
                allowed_pattern: value("AllowedPattern"),
                max_length: value("MaxLength"),
            };
            self.parameters.insert(name, parameter);
        }
    }

    fn read_mappings(&mut self) {
        let document = self.document;
        let Some(section) = self.section("Mappings") else {
            return;
        };
        for entry in effective_entries(document, section) {
            if let Some(name) = document.string(entry.key) {
                self.mappings.insert(name, entry.value);
            }
        }
    }

    fn read_transforms(&mut self) {
        let document = self.document;
        let Some(section) = self.section("Transform") else {
            return;
        };
        let listed = document.items(section);
        let single = if listed.is_empty() {
            vec![section]
        } else {
            Vec::new()
        };
        for &transform in listed.iter().chain(&single) {
            let resolved = document.resolve(transform);
            let name = document.string(resolved).or_else(|| {
                lookup(document, resolved, "Name").and_then(|found| document.string(found.value))
            });
            let known = name.is_some_and(|name| {
                name.starts_with("AWS::Serverless") || name == "AWS::LanguageExtensions"
            });
            if !known {
                let what = format!("the macro {}", name.unwrap_or("(computed name)"));
                self.unexamined.push(Unexamined {
                    node: transform,
                    what,
                });
            }
        }
    }

    /// `Fn::Transform` calls: a macro, or `AWS::Include`, fills that place in at deployment.
    fn read_inclusions(&mut self) {
        let document = self.document;
        if !["Fn::Transform", "!Transform"]
            .iter()
            .any(|it| document.may_say(it))
        {
            return;
        }
        for id in document.ids() {
            let tagged = document.tag(id) == Some("!Transform");
            let called = document
                .entries(id)
                .iter()
                .find(|entry| document.string(entry.key) == Some("Fn::Transform"));
            let Some((place, argument)) = called
                .map(|entry| (entry.key, document.resolve(entry.value)))
                .or(tagged.then_some((id, id)))
            else {
                continue;
            };
            let name = lookup(document, argument, "Name")
                .and_then(|found| document.string(found.value))
                .unwrap_or("a macro");
            self.unexamined.push(Unexamined {
                node: place,
                what: format!("what {name} fills in here"),
            });
        }
    }

    fn read_resources(&mut self) {
        let document = self.document;
        self.read_repeated_sections();
        let Some(found) = lookup(document, self.root, "Resources") else {
            return;
        };
        let resources = document.resolve(found.value);
        if !document.is_mapping(resources) {
            self.malformed.push(Malformed {
                node: found.value,
                message: "Resources is not a map of logical IDs".to_owned(),
            });
            return;
        }
        self.read_resource_map(resources, &mut Vec::new());
    }

    /// A section that stands twice: only one of them counts, and which one depends on the reader.
    fn read_repeated_sections(&mut self) {
        let document = self.document;
        let mut seen = Vec::new();
        for entry in document.entries(self.root) {
            let Some(key) = document.string(entry.key) else {
                continue;
            };
            if seen.contains(&key) {
                self.malformed.push(Malformed {
                    node: entry.key,
                    message: format!("the section {key} stands twice"),
                });
            }
            seen.push(key);
        }
    }

    fn read_resource_map(&mut self, resources: NodeId, loops: &mut Vec<Loop>) {
        let document = self.document;
        for entry in effective_entries(document, resources) {
            let Some(key) = document.string(entry.key) else {
                continue;
            };
            if is_for_each(key) {
                self.read_for_each(entry.key, entry.value, loops);
            } else if key != "Fn::Transform" {
                self.read_resource(key, entry.key, entry.value, loops);
            }
        }
    }

    /// `Fn::ForEach::Name: [Variable, [values…], {"${Variable}Function": {…}}]`.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>
    fn read_for_each(&mut self, key: NodeId, value: NodeId, loops: &mut Vec<Loop>) {
        let document = self.document;
        let parts = document.items(document.resolve(value));
        let (variable, body) = match parts {
            &[variable, _, body] => (document.string(variable), document.resolve(body)),
            _ => (None, key),
        };
        let collection = parts.get(1).copied();
        let Some(variable) = variable.filter(|_| document.is_mapping(body)) else {
            self.malformed.push(Malformed {
                node: key,
                message: "Fn::ForEach takes a variable, a collection and a map".to_owned(),
            });
            return;
        };
        loops.push(Loop {
            variable: variable.to_owned(),
            collection,
        });
        self.read_resource_map(body, loops);
        loops.pop();
    }

    fn read_resource(&mut self, id: &str, key: NodeId, value: NodeId, loops: &[Loop]) {
        let document = self.document;
        let body = document.resolve(value);
        let kind = lookup(document, body, "Type").and_then(|found| document.string(found.value));
        let Some(kind) = kind else {
            let message = format!("the resource {id} has no Type");
            self.malformed.push(Malformed { node: key, message });
            return;
        };
        match kind {
            "AWS::Serverless::Function" => {
                self.read_function(id, key, body, FunctionType::Serverless, loops);
            }
            "AWS::Lambda::Function" => {
                self.read_function(id, key, body, FunctionType::Lambda, loops);
            }
            "AWS::Lambda::LayerVersion" | "AWS::Serverless::LayerVersion" => {
                let property = |name| {
                    let properties = lookup(document, body, "Properties")?;
                    Some(lookup(document, properties.value, name)?.value)
                };
                self.layers.push(LayerVersion {
                    logical_id: id.to_owned(),
                    key,
                    body,
                    compatible_runtimes: property("CompatibleRuntimes"),
                    compatible_architectures: property("CompatibleArchitectures"),
                });
            }
            "AWS::CloudFormation::Stack" | "AWS::Serverless::Application" => {
                self.unexamined.push(Unexamined {
                    node: key,
                    what: format!("{id} ({kind}), which stands for another template"),
                });
            }
            _ => {}
        }
    }

    fn read_function(
        &mut self,
        id: &str,
        key: NodeId,
        body: NodeId,
        kind: FunctionType,
        loops: &[Loop],
    ) {
        let function = EffectiveFunction::read(self, id, key, body, kind, loops);
        self.function_ids.insert(id.to_owned());
        self.functions.push(function);
    }
}
