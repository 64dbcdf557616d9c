//! `lambdalift completions SHELL` and `lambdalift man`: made from the arguments, so that they cannot
//! say anything else than `--help`.

use std::io::Write as _;

use anyhow::Context as _;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{CommandFactory as _, ValueEnum};
use clap_complete::{Generator, Shell};
use clap_complete_nushell::Nushell;

use super::Exit;
use super::args::Cli;
use crate::rules::RULES;

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
    print(&script(shell))
}

fn script(shell: ShellArg) -> String {
    let command = visible()
        .mut_subcommand("explain", |it| it.mut_arg("rule", of_rules))
        .mut_arg("select", of_rules)
        .mut_arg("ignore", of_rules);
    match shell {
        ShellArg::Bash => generated(Shell::Bash, command),
        ShellArg::Elvish => generated(Shell::Elvish, command),
        ShellArg::Fish => fish(command),
        ShellArg::Nushell => generated(Nushell, command),
        ShellArg::PowerShell => generated(Shell::PowerShell, command),
        ShellArg::Zsh => zsh(command),
    }
}

fn of_rules(argument: clap::Arg) -> clap::Arg {
    let rules = RULES.iter();
    let values = rules.map(|rule| PossibleValue::new(rule.id).help(rule.summary));
    argument.value_parser(PossibleValuesParser::new(values))
}

fn generated(shell: impl Generator, mut command: clap::Command) -> String {
    // The generators panic if they cannot write; a buffer always takes it.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "lambdalift", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The generator forgets the values of a command's own arguments, and takes an option that still waits for
/// its value for a mistake.
fn fish(command: clap::Command) -> String {
    let mut lines = String::new();
    for it in command.get_subcommands() {
        let arguments = it.get_positionals().map(clap::Arg::get_possible_values);
        let values: Vec<String> = arguments
            .flatten()
            .map(|it| it.get_name().to_owned())
            .collect();
        if !values.is_empty() {
            lines.push_str(&format!(
                "complete -c lambdalift -n \"__fish_lambdalift_using_subcommand {}\" -f -a \"{}\"\n",
                it.get_name(),
                values.join(" ")
            ));
        }
    }
    let script = generated(Shell::Fish, command);
    script.replacen(FISH_FAILS, FISH_WAITS, 1) + &lines
}

const FISH_FAILS: &str = "2>/dev/null\n    or return\n";
const FISH_WAITS: &str = "2>/dev/null\n    or return 0\n";

/// The generator counts optional paths as the word before the command. So it is given none, and the paths
/// stand beside the commands.
fn zsh(command: clap::Command) -> String {
    let without_paths = bare(&command)
        .args(command.get_arguments().filter(|it| !it.is_positional()))
        .subcommands(command.get_subcommands());
    generated(Shell::Zsh, without_paths)
        .replacen(ZSH_COMMANDS, ZSH_COMMANDS_OR_PATHS, 1)
        .replacen(ZSH_FIRST_WORD, ZSH_FIRST_WORD_OR_PATH, 1)
        .replacen(ZSH_FUNCTION, ZSH_FUNCTIONS, 1)
}

const ZSH_COMMANDS: &str = "\":: :_lambdalift_commands\"";
const ZSH_COMMANDS_OR_PATHS: &str = "\":: :_lambdalift_commands_or_paths\"";
const ZSH_FIRST_WORD: &str = "        case $line[1] in\n";
const ZSH_FIRST_WORD_OR_PATH: &str = "        \
        (( ${+functions[_lambdalift__subcmd__$line[1]_commands]} )) || { _files && ret=0 }
        case $line[1] in\n";
const ZSH_FUNCTION: &str = "_lambdalift_commands() {\n";
const ZSH_FUNCTIONS: &str = "\
_lambdalift_commands_or_paths() {
    _alternative 'commands:command:_lambdalift_commands' 'paths:path:_files'
}
(( $+functions[_lambdalift_commands] )) ||
_lambdalift_commands() {
";

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
    print(&String::from_utf8_lossy(&page))
}

/// The command line without what only lambdalift itself calls: the generators would offer that, too, and
/// clap takes no subcommand out again.
fn visible() -> clap::Command {
    let whole = Cli::command();
    let shown = whole.get_subcommands().filter(|it| !it.is_hide_set());
    bare(&whole).args(whole.get_arguments()).subcommands(shown)
}

/// A command of this name that takes nothing yet.
fn bare(command: &clap::Command) -> clap::Command {
    clap::Command::new("lambdalift")
        .version(env!("CARGO_PKG_VERSION"))
        .about(command.get_about().cloned().unwrap_or_default())
        .long_about(command.get_long_about().cloned().unwrap_or_default())
        .after_help(command.get_after_help().cloned().unwrap_or_default())
        .args_conflicts_with_subcommands(true)
}

fn print(text: &str) -> anyhow::Result<Exit> {
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_knows_the_commands_and_not_the_hidden_one() {
        for shell in ShellArg::value_variants() {
            let script = script(*shell);
            assert!(script.contains("completions"), "{shell:?}");
            // The generators for the others leave values out.
            let has_values = !matches!(shell, ShellArg::Elvish | ShellArg::PowerShell);
            assert_eq!(script.contains("retired-runtime"), has_values, "{shell:?}");
            assert!(!script.contains("guard-worker"), "{shell:?}");
        }
    }

    /// Each repair of a generated script finds its place: else a newer generator is to be looked at.
    #[test]
    fn repairs_find_their_place() {
        let fish = script(ShellArg::Fish);
        assert!(fish.contains(FISH_WAITS) && !fish.contains(FISH_FAILS));
        let zsh = script(ShellArg::Zsh);
        for repair in [ZSH_COMMANDS_OR_PATHS, ZSH_FIRST_WORD_OR_PATH, ZSH_FUNCTIONS] {
            assert!(zsh.contains(repair), "{repair}");
        }
    }
}
