//! What AWS decides and changes: runtime lifecycle dates and known extension layers.
//!
//! Both tables are JSON files in `schemas/`, embedded in the binary and replaceable by a file.
//! They shape messages only; the clock never changes what is edited or the exit status.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The runtime every migrated function gets.
pub const TARGET: &str = "provided.al2023";

/// What Lambda starts on it: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html>.
pub(crate) const BOOTSTRAP: &str = "bootstrap";

/// A runtime that AWS has retired and lambdalift moves functions away from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RetiredRuntime {
    /// `go1.x`: Go on Amazon Linux 1.
    #[serde(rename = "go1.x")]
    Go1,
    /// `provided`: custom runtimes on Amazon Linux 1.
    Provided,
    /// `provided.al2`: custom runtimes on Amazon Linux 2.
    #[serde(rename = "provided.al2")]
    ProvidedAl2,
}

impl RetiredRuntime {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Go1, Self::Provided, Self::ProvidedAl2];

    /// The identifier as templates write it.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Go1 => "go1.x",
            Self::Provided => "provided",
            Self::ProvidedAl2 => "provided.al2",
        }
    }

    /// The retired runtime with this identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|runtime| runtime.id() == id)
    }
}

/// The dates of one runtime.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lifecycle {
    /// The system it runs on.
    pub operating_system: String,
    /// The version of its C library.
    pub glibc: String,
    /// The architectures it offers.
    pub architectures: Vec<String>,
    /// The day from which AWS no longer patches it.
    pub deprecated: String,
    /// The day from which no function can be created on it.
    pub create_blocked: String,
    /// The day from which no function on it can be updated.
    pub update_blocked: String,
}

/// The lifecycle table.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Runtimes {
    /// The day the dates were looked up.
    pub as_of: String,
    /// Where.
    pub source: String,
    /// Runtime identifier to dates.
    pub runtimes: BTreeMap<String, Lifecycle>,
}

/// A public extension layer that exists once per architecture.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerTwins {
    /// The layer's name on x86_64; a final `*` stands for any ending.
    pub x86_64: String,
    /// The layer's name on arm64.
    pub arm64: String,
}

/// The table of known extension layers.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExtensionLayers {
    /// The day the names were looked up.
    pub as_of: String,
    /// The layers.
    pub layers: Vec<LayerTwins>,
}

impl ExtensionLayers {
    /// The layer with this x86_64 name.
    #[must_use]
    pub fn x86_64(&self, name: &str) -> Option<&LayerTwins> {
        self.layers
            .iter()
            .find(|layer| matches(&layer.x86_64, name))
    }

    /// Whether this is the arm64 name of a known layer.
    #[must_use]
    pub fn is_arm64(&self, name: &str) -> bool {
        self.layers.iter().any(|layer| matches(&layer.arm64, name))
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == name,
    }
}

/// Both tables.
#[derive(Debug, Clone)]
pub struct Data {
    /// Runtime lifecycle dates.
    pub runtimes: Runtimes,
    /// Known extension layers.
    pub layers: ExtensionLayers,
}

impl Data {
    /// The embedded tables.
    #[must_use]
    #[expect(clippy::expect_used, reason = "every test reads them")]
    pub fn built_in() -> Self {
        Self::load(None, None).expect("the embedded tables can be read")
    }

    /// The tables to use: each given text replaces the embedded one.
    ///
    /// # Errors
    /// What `serde_json` says of a text that is not such a table.
    pub fn load(runtimes: Option<&str>, layers: Option<&str>) -> Result<Self, serde_json::Error> {
        let runtimes = runtimes.unwrap_or(include_str!("../schemas/runtimes.json"));
        let layers = layers.unwrap_or(include_str!("../schemas/extension-layers.json"));
        Ok(Self {
            runtimes: serde_json::from_str(runtimes)?,
            layers: serde_json::from_str(layers)?,
        })
    }
}
