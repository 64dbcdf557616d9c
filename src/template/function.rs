//! The effective view of a function: what it ends up with, and where each part comes from.

use std::collections::HashSet;

use super::code::Code;
use super::globals::{IgnoredGlobals, Level, Levels};
use super::lookup::{Found, lookup};
use super::resolve::Resolution;
use super::{Loop, Template};
use crate::syntax::{Document, Kind, NodeId, ScalarStyle};

/// The two resource types that declare a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FunctionType {
    /// `AWS::Serverless::Function`
    Serverless,
    /// `AWS::Lambda::Function`
    Lambda,
}

/// A property that a function ends up with.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    pub(crate) name: &'static str,
    /// Own or inherited.
    pub(crate) level: Level,
    /// The entry that supplies it.
    pub(crate) entry: Found,
    /// What the value can be.
    pub(crate) resolution: Resolution,
}

impl Property {
    /// The texts it can have, without repetition, in text order.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let texts = self.resolution.leaves.iter();
        let mut texts: Vec<&str> = texts.map(|leaf| leaf.text.as_str()).collect();
        if texts.len() > 1 {
            let mut seen = HashSet::new();
            texts.retain(|text| seen.insert(*text));
        }
        texts
    }

    /// The one text it has, if it is known and has no alternative.
    pub(crate) fn text(&self) -> Option<&str> {
        let mut texts = self.resolution.leaves.iter().map(|leaf| &leaf.text);
        let first = texts.next()?;
        let is_only = self.resolution.unresolved.is_none() && texts.all(|text| text == first);
        is_only.then_some(first)
    }

    /// Whether it is written as a literal in the function's own `Properties`.
    pub(crate) fn is_own(&self) -> bool {
        self.level == Level::Own && self.entry.merges.is_empty()
    }
}

/// The `Metadata` of a function's resource.
#[derive(Debug, Clone)]
pub(crate) struct Metadata {
    /// The entry in the resource.
    pub(crate) entry: Found,
    /// The value, aliases resolved.
    pub(crate) node: NodeId,
    pub(crate) build_method: Option<Found>,
    pub(crate) skip_build: bool,
}

/// A function resource with everything that decides its migration.
#[derive(Debug, Clone)]
pub(crate) struct EffectiveFunction {
    pub(crate) logical_id: String,
    /// The logical ID's node in `Resources`.
    pub(crate) key: NodeId,
    /// The resource's mapping, aliases resolved.
    pub(crate) body: NodeId,
    pub(crate) kind: FunctionType,
    /// Variables of the `Fn::ForEach` loops around it.
    pub(crate) loops: Vec<Loop>,
    /// The entry `Properties` of the resource.
    pub(crate) properties: Option<Found>,
    pub(crate) levels: Levels,
    pub(crate) runtime: Option<Property>,
    pub(crate) handler: Option<Property>,
    pub(crate) package_type: Option<Property>,
    /// The function's own list.
    pub(crate) own_architectures: Option<Property>,
    /// The list in Globals, as far as it is not opted out of.
    pub(crate) inherited_architectures: Option<Property>,
    pub(crate) code: Code,
    /// Items of `Layers`, global ones first.
    pub(crate) layers: Vec<NodeId>,
    pub(crate) metadata: Option<Metadata>,
    /// `Metadata.BuildMethod`, as something that a shared scalar may supply.
    build_method: Option<Property>,
}

impl EffectiveFunction {
    pub(super) fn read(
        template: &Template<'_>,
        id: &str,
        key: NodeId,
        body: NodeId,
        kind: FunctionType,
        loops: &[Loop],
    ) -> Self {
        let document = template.document;
        let properties = lookup(document, body, "Properties");
        let own = properties
            .as_ref()
            .map(|found| document.resolve(found.value))
            .filter(|&own| document.is_mapping(own));
        let levels = match kind {
            FunctionType::Serverless => Levels {
                own,
                globals: template.globals,
                ignored: IgnoredGlobals::read(template, body),
            },
            FunctionType::Lambda => Levels {
                own,
                globals: None,
                ignored: IgnoredGlobals::Nothing,
            },
        };
        let reader = Reader {
            template,
            levels: &levels,
            loops,
        };
        Self {
            logical_id: id.to_owned(),
            key,
            body,
            kind,
            loops: loops.to_vec(),
            runtime: reader.scalar("Runtime"),
            handler: reader.scalar("Handler"),
            package_type: reader.own_scalar("PackageType"),
            own_architectures: reader.list(Level::Own, "Architectures"),
            inherited_architectures: reader.list(Level::Globals, "Architectures"),
            code: reader.code(kind),
            layers: reader.layers(),
            build_method: reader.build_method(body),
            metadata: reader.metadata(body),
            properties,
            levels,
        }
    }

    /// The properties whose places other functions may share.
    pub(crate) fn tracked(&self) -> impl Iterator<Item = &Property> {
        [
            self.runtime.as_ref(),
            self.handler.as_ref(),
            self.own_architectures.as_ref(),
            self.inherited_architectures.as_ref(),
            self.code.property(),
            self.build_method.as_ref(),
        ]
        .into_iter()
        .flatten()
    }

    /// The one text that Handler has, if it is known and has no alternative.
    pub(crate) fn handler_text(&self) -> Option<&str> {
        self.handler.as_ref().and_then(Property::text)
    }

    /// `BuildMethod`, if it is a plain string.
    pub(crate) fn build_method<'d>(&self, template: &Template<'d>) -> Option<&'d str> {
        let found = self.metadata.as_ref()?.build_method.as_ref()?;
        template.document.string(found.value)
    }

    /// Whether the function is a container image, for certain or perhaps.
    pub(crate) fn is_image(&self) -> bool {
        let typed = self.package_type.as_ref().is_some_and(|property| {
            property.texts().contains(&"Image") || property.resolution.unresolved.is_some()
        });
        typed || matches!(self.code, Code::Image)
    }
}

/// Reads one function's properties.
struct Reader<'r, 'd> {
    template: &'r Template<'d>,
    levels: &'r Levels,
    loops: &'r [Loop],
}

impl Reader<'_, '_> {
    fn scalar(&self, name: &'static str) -> Option<Property> {
        let (level, entry) = self.levels.effective(self.template, name)?;
        Some(self.property(name, level, entry))
    }

    fn own_scalar(&self, name: &'static str) -> Option<Property> {
        let entry = self.levels.own(self.template, name)?;
        Some(self.property(name, Level::Own, entry))
    }

    fn property(&self, name: &'static str, level: Level, entry: Found) -> Property {
        let mut resolution = self.template.resolve_value(entry.value, self.loops);
        resolution.trail.extend(&entry.merges);
        Property {
            name,
            level,
            entry,
            resolution,
        }
    }

    fn list(&self, level: Level, name: &'static str) -> Option<Property> {
        let entry = match level {
            Level::Own => self.levels.own(self.template, name)?,
            Level::Globals => self.levels.inherited(self.template, name)?,
        };
        let document = self.template.document;
        let list = document.resolve(entry.value);
        if !document.is_sequence(list) || document.tag(list).is_some() {
            return Some(self.property(name, level, entry));
        }
        let mut resolution = Resolution::default();
        resolution.trail.extend(&entry.merges);
        resolution.trail.extend([entry.value, list]);
        for &item in document.items(list) {
            let part = self.template.resolve_value(item, self.loops);
            resolution.leaves.extend(part.leaves);
            resolution.trail.extend(part.trail);
            resolution.unresolved = resolution.unresolved.or(part.unresolved);
        }
        Some(Property {
            name,
            level,
            entry,
            resolution,
        })
    }

    fn code(&self, kind: FunctionType) -> Code {
        let name = match kind {
            FunctionType::Serverless => "CodeUri",
            FunctionType::Lambda => "Code",
        };
        if let Some(property) = self.scalar(name) {
            return Code::read(self.template, property);
        }
        let has = |name| self.levels.effective(self.template, name).is_some();
        if has("ImageUri") {
            Code::Image
        } else if has("InlineCode") {
            Code::Inline
        } else {
            Code::Absent
        }
    }

    fn layers(&self) -> Vec<NodeId> {
        let document = self.template.document;
        let inherited = self.levels.inherited(self.template, "Layers");
        let own = self.levels.own(self.template, "Layers");
        let mut layers = Vec::new();
        for found in inherited.iter().chain(&own) {
            let list = document.resolve(found.value);
            if document.is_sequence(list) && document.tag(list).is_none() {
                layers.extend_from_slice(document.items(list));
            } else if !document.is_null(list) {
                layers.push(found.value);
            }
        }
        layers
    }

    fn build_method(&self, body: NodeId) -> Option<Property> {
        let document = self.template.document;
        let metadata = lookup(document, body, "Metadata")?;
        let entry = lookup(document, metadata.value, "BuildMethod")?;
        Some(self.property("BuildMethod", Level::Own, entry))
    }

    fn metadata(&self, body: NodeId) -> Option<Metadata> {
        let document = self.template.document;
        let entry = lookup(document, body, "Metadata")?;
        let node = document.resolve(entry.value);
        let skip = lookup(document, node, "SkipBuild")
            .is_some_and(|found| is_truthy(document, document.resolve(found.value)));
        Some(Metadata {
            build_method: lookup(document, node, "BuildMethod"),
            skip_build: skip,
            entry,
            node,
        })
    }
}

/// Whether Python, in which SAM is written, takes a YAML value for true: any text does.
fn is_truthy(document: &Document, node: NodeId) -> bool {
    let plain = matches!(
        document.kind(node),
        Kind::Scalar {
            style: ScalarStyle::Plain,
            ..
        }
    );
    let text = document.scalar(node).unwrap_or("true").to_ascii_lowercase();
    let falsy = ["false", "no", "off", "null", "~", "0"];
    !(text.is_empty() || (plain && falsy.contains(&text.as_str())))
}
