//! What the two processes say to each other: one JSON value a line.

use serde::{Deserialize, Serialize};

/// The first line to the worker: the text of each rules file. The answer is a line for each, a
/// [`Checked`]; so whoever waits knows at which file the worker is.
pub(super) type Rules = Vec<String>;

/// `None`: the rules can be used; otherwise what is wrong with them.
pub(super) type Checked = Option<String>;

/// Every further line to the worker: templates in JSON. The answer is a line for each rules file, an
/// [`Answer`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) templates: Vec<String>,
}

/// What a rules file says of each template, or why it can say nothing.
pub(super) type Answer = Result<Vec<Vec<Violation>>, String>;

/// A rule that a template breaks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Violation {
    /// The rule's name.
    pub(super) rule: String,
    /// The clause as it is written: a rule can break over one clause before, over another after.
    pub(super) clause: String,
    /// Where the values stand in the template, e.g. `/Resources/Api/Properties/Runtime`: one, or
    /// one for each alternative that could have kept the rule; none if Guard does not say.
    pub(super) paths: Vec<String>,
    /// The rule's own message, else Guard's.
    pub(super) message: String,
    pub(super) is_own_message: bool,
}

impl Violation {
    /// What is broken, and by whom: a clause that another resource breaks is broken anew.
    pub(super) fn subject(&self) -> (&str, &str, Option<&str>, Option<&str>) {
        let (section, name) = self.place();
        (&self.rule, &self.clause, section, name)
    }

    /// The section of the template and the name there.
    pub(super) fn place(&self) -> (Option<&str>, Option<&str>) {
        let path = self.paths.first().map_or("", String::as_str);
        let mut parts = path.split('/').skip(1);
        (parts.next(), parts.next())
    }

    /// The logical ID of the resource it is about.
    pub(super) fn resource(&self) -> Option<&str> {
        let (section, name) = self.place();
        name.filter(|_| section == Some("Resources"))
    }
}
