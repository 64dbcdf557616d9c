//! Where a function's code comes from: `CodeUri` of SAM, `Code` of CloudFormation.

use super::function::Property;
use super::intrinsic::intrinsic;
use super::lookup::lookup;
use super::resolve::{NoText, Origin};
use super::{Loop, Template};
use crate::syntax::{Kind, NodeId};

/// A function's code.
#[derive(Debug, Clone)]
pub(crate) enum Code {
    /// Neither `CodeUri` nor `Code`: SAM then takes the template's own directory.
    Absent,
    /// Source text in the template.
    Inline,
    /// A container image.
    Image,
    /// A directory beside the template.
    Directory {
        /// The path as written, relative to the template.
        path: String,
        property: Property,
    },
    /// Something built beforehand: a zip file, an S3 object, or a place only known at deployment.
    Artefact {
        /// Names the artefact: equal names, equal artefact.
        name: String,
        /// Whether the name means the same in every template.
        global: bool,
        property: Property,
    },
}

impl Code {
    pub(super) fn read(template: &Template<'_>, property: Property) -> Self {
        let document = template.document;
        let value = document.resolve(property.entry.value);
        let has = |key| document.is_mapping(value) && lookup(document, value, key).is_some();
        if has("ZipFile") {
            return Self::Inline;
        }
        if has("ImageUri") {
            return Self::Image;
        }
        let literal = intrinsic(document, value).is_none() || property.is_literal_sub(template);
        match property.text().filter(|_| literal) {
            Some(path) if is_archive(path) => Self::Artefact {
                name: path.to_owned(),
                global: path.contains("://"),
                property,
            },
            Some(path) => Self::Directory {
                path: path.to_owned(),
                property,
            },
            None if document.scalar(value).is_some() && intrinsic(document, value).is_none() => {
                // A literal that varies with an Fn::ForEach variable.
                let path = document.scalar(value).unwrap_or_default().to_owned();
                if is_archive(&path) {
                    Self::Artefact {
                        name: path,
                        global: false,
                        property,
                    }
                } else {
                    Self::Directory { path, property }
                }
            }
            None => {
                let mut name = String::new();
                let global = describe(template, value, &mut name);
                Self::Artefact {
                    name,
                    global,
                    property,
                }
            }
        }
    }

    /// The places that it can be, as texts: alternatives, values of `Fn::ForEach` variables, and what
    /// an expression is with every parameter at its Default, which is what SAM builds.
    pub(crate) fn places(&self, template: &Template<'_>, loops: &[Loop]) -> Vec<String> {
        let expanded = |text: &str| {
            let texts = template.expansions(text, loops);
            texts.unwrap_or_else(|| vec![text.to_owned()])
        };
        match self {
            // SAM takes the template's directory.
            Self::Absent => vec![String::new()],
            Self::Inline | Self::Image => Vec::new(),
            Self::Directory { path, .. } => expanded(path),
            Self::Artefact { property, .. } => {
                let leaves = property.resolution.leaves.iter();
                let texts = leaves.filter(|leaf| leaf.origin != Origin::NoValue);
                let mut places: Vec<String> = texts.flat_map(|leaf| expanded(&leaf.text)).collect();
                let unresolved = property.resolution.unresolved.as_ref();
                let detected = unresolved.filter(|it| it.kind == NoText::Computed);
                places.extend(detected.and_then(|it| it.detected.clone()));
                places
            }
        }
    }

    /// Whether it can also be something that `places` does not know: a branch that is put together at
    /// deployment, or absent.
    pub(crate) fn has_unknown_alternative(&self) -> bool {
        self.property().is_some_and(|property| {
            let resolution = &property.resolution;
            let unresolved = resolution.unresolved.as_ref();
            let unknown =
                unresolved.is_some_and(|it| it.kind != NoText::Varies && it.detected.is_none());
            unknown
                || resolution
                    .leaves
                    .iter()
                    .any(|leaf| leaf.origin == Origin::NoValue)
        })
    }

    /// The property that says so.
    pub(crate) fn property(&self) -> Option<&Property> {
        match self {
            Self::Directory { property, .. } | Self::Artefact { property, .. } => Some(property),
            Self::Absent | Self::Inline | Self::Image => None,
        }
    }
}

impl Property {
    fn is_literal_sub(&self, template: &Template<'_>) -> bool {
        let value = template.document.resolve(self.entry.value);
        intrinsic(template.document, value).is_some_and(|call| call.name == "Sub")
            && self.resolution.unresolved.is_none()
    }
}

/// An object in S3, a URL or an archive: SAM builds none of them.
fn is_archive(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    lower.contains("://") || lower.ends_with(".zip") || lower.ends_with(".jar")
}

/// Writes a value in one form that reads like a path; says whether it is the same in every template.
fn describe(template: &Template<'_>, node: NodeId, out: &mut String) -> bool {
    let document = template.document;
    let node = document.resolve(node);
    if let Some(call) = intrinsic(document, node) {
        describe_call(template, call.name, call.argument, out);
        return false;
    }
    let part = |names: [&str; 2]| {
        let mut found = names.iter().filter_map(|name| lookup(document, node, name));
        found.next().map(|found| found.value)
    };
    match &document.kind(node) {
        Kind::Scalar { .. } => {
            out.push_str(document.scalar(node).unwrap_or_default());
            true
        }
        Kind::Mapping { .. } => {
            out.push_str("s3://");
            let mut global = true;
            for (between, names) in [
                ("", ["Bucket", "S3Bucket"]),
                ("/", ["Key", "S3Key"]),
                ("?version=", ["Version", "S3ObjectVersion"]),
            ] {
                if let Some(value) = part(names) {
                    out.push_str(between);
                    global &= describe(template, value, out);
                }
            }
            global
        }
        Kind::Sequence { items, .. } => {
            let parts = items.iter().map(|&item| {
                let mut part = String::new();
                describe(template, item, &mut part);
                part
            });
            out.push_str(&parts.collect::<Vec<_>>().join(", "));
            false
        }
        Kind::Alias { .. } => false,
    }
}

fn describe_call(template: &Template<'_>, name: &str, argument: NodeId, out: &mut String) {
    let document = template.document;
    match (name, document.scalar(argument)) {
        ("Ref", Some(target)) => {
            out.push_str("${");
            out.push_str(target);
            out.push('}');
        }
        ("Sub", Some(text)) => out.push_str(text),
        (name, scalar) => {
            out.push_str(name);
            out.push('(');
            match scalar {
                Some(text) => out.push_str(text),
                None => {
                    for (index, &item) in document.items(argument).iter().enumerate() {
                        out.push_str(if index == 0 { "" } else { ", " });
                        describe(template, item, out);
                    }
                }
            }
            out.push(')');
        }
    }
}
