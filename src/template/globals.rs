//! How SAM combines `Globals.Function` with a function's own properties: the one place.
//!
//! Measured with the SAM translator (and described at
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>):
//! scalars and intrinsics: the own value wins; maps merge deeply; lists are global items, then own
//! ones. `Architectures` alone is replaced since translator 1.113.0 and was concatenated before,
//! so a list on both levels means different things to different versions. `Metadata`,
//! `BuildMethod` and `PackageType` are not taken from Globals.

use super::Template;
use super::lookup::{Found, lookup};
use crate::syntax::NodeId;

/// On which level a property stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// On the resource.
    Own,
    /// In `Globals.Function`.
    Globals,
}

/// What a resource's `IgnoreGlobals` opts out of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IgnoredGlobals {
    /// Nothing: there is no such attribute.
    Nothing,
    /// `"*"`.
    Everything,
    /// The listed properties.
    Properties(Vec<String>),
}

impl IgnoredGlobals {
    pub(crate) fn read(template: &Template<'_>, body: NodeId) -> Self {
        let document = template.document;
        let Some(found) = lookup(document, body, "IgnoreGlobals") else {
            return Self::Nothing;
        };
        let value = document.resolve(found.value);
        match document.scalar(value) {
            Some("*") => Self::Everything,
            Some(name) => Self::Properties(vec![name.to_owned()]),
            None => Self::Properties(
                document
                    .items(value)
                    .iter()
                    .filter_map(|&item| document.string(item).map(str::to_owned))
                    .collect(),
            ),
        }
    }

    pub(crate) fn covers(&self, property: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Properties(names) => names.iter().any(|name| name == property),
        }
    }
}

/// A function's two levels of properties.
#[derive(Debug, Clone)]
pub(crate) struct Levels {
    /// The resource's own `Properties`.
    pub(crate) own: Option<NodeId>,
    /// `Globals.Function`, for a SAM function.
    pub(crate) globals: Option<NodeId>,
    pub(crate) ignored: IgnoredGlobals,
}

impl Levels {
    /// The property on the resource itself.
    pub(crate) fn own(&self, template: &Template<'_>, key: &str) -> Option<Found> {
        lookup(template.document, self.own?, key)
    }

    /// The property in Globals, as far as the function inherits it.
    pub(crate) fn inherited(&self, template: &Template<'_>, key: &str) -> Option<Found> {
        let globals = self.globals.filter(|_| !self.ignored.covers(key))?;
        lookup(template.document, globals, key)
    }

    /// The effective property for everything that does not merge: own value, else Globals.
    pub(crate) fn effective(&self, template: &Template<'_>, key: &str) -> Option<(Level, Found)> {
        let own = self.own(template, key).map(|found| (Level::Own, found));
        own.or_else(|| Some((Level::Globals, self.inherited(template, key)?)))
    }
}
