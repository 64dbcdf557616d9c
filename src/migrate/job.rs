//! One function on its way through the planner.

use super::code_key::CodeKey;
use super::outcome::ProgramFacts;
use super::subject::Draft;
use super::track::Track;
use crate::edit::Edit;
use crate::finding::Effect;
use crate::template::{EffectiveFunction, Property};

/// What becomes of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing is to be done.
    Idle,
    /// All its edits are made.
    Migrating,
    /// A person has to act; nothing of it is edited.
    Declined,
    /// The user asked for it to be left alone.
    Ignored,
    /// Its fix is unsafe, and only safe ones were asked for.
    HeldBack,
}

/// A function, what was found about it, and what becomes of it.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) function: &'a EffectiveFunction,
    pub(crate) track: &'a Track,
    pub(crate) state: State,
    pub(crate) drafts: Vec<Draft>,
    /// The edits of each draft, in the order of `drafts`, once the plan stands.
    pub(crate) edits: Vec<Vec<Edit>>,
    /// Its architecture stays because of a neighbour.
    pub(crate) keeps_architecture: bool,
    /// What names its package, if SAM does not build it: one package has one architecture.
    pub(crate) package: Vec<CodeKey>,
    /// The architecture it ends on, in Go's words.
    pub(crate) goarch: &'static str,
    /// A parameter's Default is among its edits: stacks that exist keep their value.
    pub(crate) changes_parameter: bool,
    /// What is known of its program.
    pub(crate) program: ProgramFacts,
}

impl<'a> Job<'a> {
    pub(crate) fn new(
        function: &'a EffectiveFunction,
        track: &'a Track,
        drafts: Vec<Draft>,
    ) -> Self {
        let declined = drafts.iter().any(|draft| draft.effect == Effect::Decline);
        let edited = drafts.iter().any(|draft| draft.effect == Effect::Edit);
        let state = match (declined, edited) {
            (true, _) => State::Declined,
            (false, true) => State::Migrating,
            (false, false) => State::Idle,
        };
        Self {
            function,
            track,
            state,
            drafts,
            edits: Vec::new(),
            keeps_architecture: false,
            package: Vec::new(),
            goarch: "amd64",
            changes_parameter: false,
            program: ProgramFacts::default(),
        }
    }

    pub(crate) fn is_migrating(&self) -> bool {
        self.state == State::Migrating
    }

    /// Nothing of the function is edited; this says why.
    pub(crate) fn decline(&mut self, draft: Draft) {
        self.state = State::Declined;
        self.drafts.push(draft);
    }

    /// The property with this name.
    pub(crate) fn property(&self, name: &str) -> Option<&'a Property> {
        let function: &'a EffectiveFunction = self.function;
        function.tracked().find(|property| property.name == name)
    }

    /// Whether something is left to do for a person.
    pub(crate) fn has_follow_up(&self) -> bool {
        let noted = |draft: &Draft| draft.effect == Effect::FollowUp;
        self.changes_parameter || self.drafts.iter().any(noted)
    }
}
