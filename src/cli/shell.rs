//! `lambdalift completions SHELL` and `lambdalift man`: made from the arguments, so that they cannot
//! say anything else than `--help`.

use std::io::Write as _;

use anyhow::Context as _;
use clap::{CommandFactory as _, ValueEnum};
use clap_complete::Shell;
use clap_complete_nushell::Nushell;

use super::Exit;
use super::args::Cli;

/// A shell that completions can be made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ShellArg {
    /// GNU Bash.
    Bash,
    /// Elvish.
    Elvish,
    /// The friendly interactive shell.
    Fish,
    /// Nushell.
    Nushell,
    /// PowerShell.
    #[value(name = "powershell")]
    PowerShell,
    /// The Z shell.
    Zsh,
}

/// Prints the completions for a shell.
pub(super) fn completions(shell: ShellArg) -> anyhow::Result<Exit> {
    let mut command = visible();
    let name = command.get_name().to_owned();
    // The generators panic if they cannot write; a buffer always takes it.
    let mut script = Vec::new();
    let known = match shell {
        ShellArg::Bash => Shell::Bash,
        ShellArg::Elvish => Shell::Elvish,
        ShellArg::Fish => Shell::Fish,
        ShellArg::PowerShell => Shell::PowerShell,
        ShellArg::Zsh => Shell::Zsh,
        ShellArg::Nushell => {
            clap_complete::generate(Nushell, &mut command, name, &mut script);
            return print(&script);
        }
    };
    clap_complete::generate(known, &mut command, name, &mut script);
    print(&script)
}

/// Prints the manual page of the program, or of one of its commands.
pub(super) fn man(of: Option<&str>) -> anyhow::Result<Exit> {
    let mut command = visible();
    // Fills in the usage of the subcommands.
    command.build();
    let command = match of {
        None => command,
        Some(name) => {
            let found = command.find_subcommand(name).cloned();
            let found = found.with_context(|| {
                let known = command.get_subcommands().map(clap::Command::get_name);
                let known: Vec<&str> = known.filter(|it| *it != "help").collect();
                format!("there is no command {name}; there are {}", known.join(", "))
            })?;
            found.display_name(format!("lambdalift-{name}"))
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .source(concat!("lambdalift ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands")
        .render(&mut page)?;
    print(&page)
}

/// The command line without what only lambdalift itself calls: the generators would offer that, too, and
/// clap takes no subcommand out again.
fn visible() -> clap::Command {
    let whole = Cli::command();
    let shown = whole.get_subcommands().filter(|it| !it.is_hide_set());
    clap::Command::new("lambdalift")
        .version(env!("CARGO_PKG_VERSION"))
        .about(whole.get_about().cloned().unwrap_or_default())
        .long_about(whole.get_long_about().cloned().unwrap_or_default())
        .after_help(whole.get_after_help().cloned().unwrap_or_default())
        .args_conflicts_with_subcommands(true)
        .args(whole.get_arguments())
        .groups(whole.get_groups())
        .subcommands(shown)
}

fn print(text: &[u8]) -> anyhow::Result<Exit> {
    std::io::stdout().write_all(text)?;
    Ok(Exit::Success)
}
