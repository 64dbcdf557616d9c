//! What people decide themselves: `--interactive`, and `--add-ignore` for what remains.

use clap::Args;

use crate::migrate::Reason;

#[derive(Debug, Args)]
pub(super) struct ChoiceArgs {
    /// Show the edits function by function, ask about each, and write those that are accepted.
    #[arg(
        long,
        short,
        conflicts_with_all = ["check", "diff", "quiet", "add_ignore"],
        help_heading = "What to do"
    )]
    pub(super) interactive: bool,
    /// Add an instruction to ignore, with this reason, to each function that remains as it is and needs a
    /// person; --write writes it, else it is part of the diff.
    #[arg(
        long,
        value_name = "REASON",
        conflicts_with = "check",
        value_parser = reason,
        help_heading = "What to do"
    )]
    pub(super) add_ignore: Option<Reason>,
}

fn reason(text: &str) -> Result<Reason, String> {
    Reason::new(text).map_err(|unfit| unfit.to_string())
}
