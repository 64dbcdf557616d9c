//! What a rule sees, and what it can say.

use super::architecture::Architecture;
use super::context::Context;
use super::image::Image;
use super::placement::{Placement, Refusal};
use super::registry::Registry;
use super::track::Track;
use super::unit::Grant;
use crate::edit::Tree;
use crate::finding::{Effect, Related};
use crate::rules::Rule;
use crate::syntax::NodeId;
use crate::template::{EffectiveFunction, LayerVersion, Template};

/// A function, with everything that has been found out about it.
pub(crate) struct Subject<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) template: &'a Template<'a>,
    pub(crate) function: &'a EffectiveFunction,
    pub(crate) track: &'a Track,
    /// For a function that leaves `go1.x`.
    pub(crate) placement: Option<&'a Result<Placement, Refusal>>,
    pub(crate) architecture: &'a Architecture,
    /// The edits in build files that come along.
    pub(crate) grant: Option<&'a Grant>,
    /// Why build files stay as they are.
    pub(crate) refusals: &'a [Related],
    /// The Dockerfile of a container image.
    pub(crate) image: Option<&'a Image>,
    /// The registry type that the template belongs to.
    pub(crate) registry: Option<&'a Registry>,
}

impl Subject<'_> {
    /// Where the program comes from, if the function leaves `go1.x` and can be moved.
    pub(crate) fn placed(&self) -> Option<&Placement> {
        self.placement?.as_ref().ok()
    }
}

/// A layer version.
pub(crate) struct LayerSubject<'a> {
    pub(crate) template: &'a Template<'a>,
    pub(crate) layer: &'a LayerVersion,
    pub(crate) context: &'a Context<'a>,
}

/// What a rule wants to have changed. The planner decides where the edit lands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    /// These scalars, all of which supply one property, get a value.
    Set {
        property: &'static str,
        /// Invariant: sorted, see [`Notes::edit`].
        leaves: Vec<NodeId>,
        value: String,
    },
    /// The function gets a property that it has nowhere.
    Add { key: &'static str, value: Tree },
    /// `Metadata.BuildMethod: go1.x`.
    BuildMethod,
    /// The list of architectures holds this one.
    Architecture {
        goal: &'static str,
        present: Option<NodeId>,
    },
    /// Retired runtimes leave this list.
    RetireEntries(NodeId),
}

/// Stands in a draft's help for the architecture that the function ends on, in Go's words: it is
/// known when the plan stands.
pub(crate) const GOARCH: &str = "{goarch}";

/// A finding in the making.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) rule: &'static Rule,
    pub(crate) effect: Effect,
    pub(crate) place: NodeId,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) related: Vec<Related>,
    pub(crate) wish: Option<Wish>,
}

impl Draft {
    pub(crate) fn new(
        rule: &'static Rule,
        effect: Effect,
        place: NodeId,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            effect,
            place,
            message: message.into(),
            help: None,
            related: Vec::new(),
            wish: None,
        }
    }

    /// Adds the next step for a person.
    pub(crate) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Adds further places.
    pub(crate) fn related(&mut self, related: impl IntoIterator<Item = Related>) -> &mut Self {
        self.related.extend(related);
        self
    }
}

/// Where rules put what they find.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) drafts: Vec<Draft>,
}

impl Notes {
    /// An edit that is part of the migration.
    pub(crate) fn edit(
        &mut self,
        rule: &'static Rule,
        place: NodeId,
        message: impl Into<String>,
        mut wish: Wish,
    ) -> &mut Draft {
        if let Wish::Set { leaves, .. } = &mut wish {
            leaves.sort_unstable();
        }
        let draft = self.push(rule, Effect::Edit, place, message);
        draft.wish = Some(wish);
        draft
    }

    /// Edits in other files that are part of the migration.
    pub(crate) fn build_file(
        &mut self,
        rule: &'static Rule,
        place: NodeId,
        message: impl Into<String>,
    ) -> &mut Draft {
        self.push(rule, Effect::Edit, place, message)
    }

    /// The function cannot be migrated.
    pub(crate) fn decline(
        &mut self,
        rule: &'static Rule,
        place: NodeId,
        message: impl Into<String>,
    ) -> &mut Draft {
        self.push(rule, Effect::Decline, place, message)
    }

    /// A step that is left to a person.
    pub(crate) fn follow_up(
        &mut self,
        rule: &'static Rule,
        place: NodeId,
        message: impl Into<String>,
    ) -> &mut Draft {
        self.push(rule, Effect::FollowUp, place, message)
    }

    /// Something that is good to know.
    pub(crate) fn note(
        &mut self,
        rule: &'static Rule,
        place: NodeId,
        message: impl Into<String>,
    ) -> &mut Draft {
        self.push(rule, Effect::Note, place, message)
    }

    fn push(
        &mut self,
        rule: &'static Rule,
        effect: Effect,
        place: NodeId,
        message: impl Into<String>,
    ) -> &mut Draft {
        let at = self.drafts.len();
        self.drafts.push(Draft::new(rule, effect, place, message));
        #[expect(clippy::indexing_slicing, reason = "pushed on the line before")]
        &mut self.drafts[at]
    }
}
