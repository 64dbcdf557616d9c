//! What is known of a function before anything is planned. Plans are made anew when somebody has to leave
//! them; this depends on none, and most of it comes from the disk.

use super::context::Context;
use super::decision::Decision;
use super::placement::{Placement, Refusal};
use super::track::Track;
use crate::template::{EffectiveFunction, Template};

/// A function of a template that is being migrated.
pub(crate) struct Known<'t> {
    pub(crate) function: &'t EffectiveFunction,
    pub(crate) track: Track,
    /// Where its program comes from, if it leaves `go1.x` as the user wants it.
    pub(crate) placement: Option<Result<Placement, Refusal>>,
}

impl<'t> Known<'t> {
    /// All functions of a template, in text order.
    pub(crate) fn all(context: &Context<'_>, template: &'t Template<'_>) -> Vec<Self> {
        let functions = template.functions.iter().collect();
        template.of_each(functions, context.threads, |function| {
            let track = Track::of(template, function);
            let is_wanted = matches!(&track, Track::Leaving(leaving)
                if context.options.from.contains(&leaving.from));
            let placement = (is_wanted && track.is_leaving_go())
                .then(|| Decision::decide(context, template, function, &track));
            Self {
                function,
                track,
                placement,
            }
        })
    }
}
