//! Functions that the options of their template leave where they are.
//!
//! Templates of one run can have different options. Whoever shares a package with a function that
//! stays has to know.

use super::context::{ArchitectureChoice, Options};
use super::track::Track;
use crate::rules;
use crate::template::EffectiveFunction;

/// Whether the function stays for certain.
pub(super) fn is_left(options: &Options, track: &Track, function: &EffectiveFunction) -> bool {
    let Track::Leaving(leaving) = track else {
        return false;
    };
    let allows = |rule| options.rules.allows(rule);
    !options.from.contains(&leaving.from)
        || !allows(&rules::retired_runtime::RULE)
        || (track.is_leaving_go() && names_program(function) && !allows(&rules::go_handler::RULE))
}

/// Whether the function may stay: all its edits have to be allowed, and which it needs beyond these is
/// not known before it has been looked at.
pub(super) fn may_be_left(options: &Options, track: &Track, function: &EffectiveFunction) -> bool {
    is_left(options, track, function)
        || (may_need_list(options, track) && !options.rules.allows(&rules::x86_architecture::RULE))
}

/// Whether Architectures may have to be edited for the function to move.
pub(super) fn may_need_list(options: &Options, track: &Track) -> bool {
    match options.architecture {
        ArchitectureChoice::Keep => false,
        ArchitectureChoice::Arm64 => matches!(track, Track::Leaving(_)),
        ArchitectureChoice::Auto | ArchitectureChoice::X86_64 => track.is_leaving_go(),
    }
}

/// Whether the function leaves for an architecture other than arm64 by choice.
pub(super) fn chooses_x86_64(options: &Options, track: &Track) -> bool {
    match options.architecture {
        ArchitectureChoice::Auto => !track.is_leaving_go(),
        ArchitectureChoice::Arm64 => false,
        ArchitectureChoice::X86_64 | ArchitectureChoice::Keep => true,
    }
}

fn names_program(function: &EffectiveFunction) -> bool {
    let handler = function.handler.as_ref();
    handler.is_none_or(|handler| {
        let mut leaves = handler.resolution.leaves.iter();
        leaves.any(|leaf| leaf.text != "bootstrap")
    })
}
