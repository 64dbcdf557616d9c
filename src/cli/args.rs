//! The command line as it is typed.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use super::choice::ChoiceArgs;
use super::shell::ShellArg;
use crate::config::parse_size;

/// Move AWS Lambda functions in CloudFormation and SAM templates off the retired runtimes go1.x,
/// provided and provided.al2, to provided.al2023.
///
/// By default nothing is written: the unified diff goes to standard output (it applies with
/// `git apply` and `patch -p1`), findings and a summary go to standard error.
#[derive(Debug, Parser)]
#[command(
    name = "lambdalift",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Exit status: 0 the run completed; 1 only with --check: something would be edited, or a \
                  function was declined; 2 the tool or its input failed; 130 interrupted."
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) migrate: MigrateArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List each function with its effective runtime, where that comes from, and the verdict.
    List(Box<ListArgs>),
    /// Put reports of several repositories together to one inventory.
    Report(ReportArgs),
    /// List the rules.
    Rules {
        /// How to print them.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Write a lambdalift.toml with every key, commented out, to the working directory.
    Init,
    /// Print the JSON Schema of a format.
    Schema {
        /// Which one.
        #[arg(value_enum, value_name = "SCHEMA")]
        of: SchemaArg,
    },
    /// Explain a rule, with an example.
    Explain {
        /// The rule's id, e.g. retired-runtime.
        rule: String,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: ShellArg,
    },
    /// Print the manual page, for `man -l -`.
    Man {
        /// The command to print the page of; without it, the page of lambdalift.
        command: Option<String>,
    },
    /// Evaluate Guard rules for a process that asks on standard input.
    #[cfg(feature = "guard")]
    #[command(hide = true)]
    GuardWorker,
}

#[derive(Debug, Args)]
pub(super) struct MigrateArgs {
    #[command(flatten)]
    pub(super) scope: ScopeArgs,
    /// Write the migrated files in place.
    #[arg(long, short, help_heading = "What to do")]
    pub(super) write: bool,
    /// Report only; exit with status 1 if something would be edited or a function was declined.
    #[arg(long, conflicts_with = "write", help_heading = "What to do")]
    pub(super) check: bool,
    /// Print the diff, also with --check or --write.
    #[arg(long, help_heading = "What to do")]
    pub(super) diff: bool,
    #[command(flatten)]
    pub(super) choice: ChoiceArgs,
    /// Stop a file from being migrated if it breaks AWS CloudFormation Guard rules that it keeps now:
    /// a rules file, a directory of *.guard and *.ruleset files, or `builtin`; may be repeated, and
    /// adds to `guard-rules` of the configuration file.
    #[arg(long, value_name = "FILE|DIR", help_heading = "Policy")]
    pub(super) guard_rules: Vec<PathBuf>,
    /// List also the Guard rules that a template breaks before and after.
    #[arg(long, help_heading = "Policy")]
    pub(super) guard_report: bool,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    /// Say less: errors only.
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Output")]
    pub(super) quiet: bool,
    /// Say more: every edit with its rule, and what was not examined.
    #[arg(long, short, help_heading = "Output")]
    pub(super) verbose: bool,
}

/// What the report looks like, and where it goes.
#[derive(Debug, Args)]
pub(super) struct OutputArgs {
    /// How to write the report; all but text go to standard output in place of the diff.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text, help_heading = "Output")]
    pub(super) format: ReportFormat,
    /// Write the report to this file; diff and findings go where they go without --format.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(super) output: Option<PathBuf>,
    /// The name of the repository, for every line of --format jsonl.
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub(super) label: Option<String>,
    /// Count findings by rule, and functions by runtime and verdict.
    #[arg(long, help_heading = "Output")]
    pub(super) statistics: bool,
    /// Print the files that would be looked at, and do nothing else.
    #[arg(long, conflicts_with_all = ["write", "check", "diff", "format", "output", "show_settings"], help_heading = "Output")]
    pub(super) show_files: bool,
    /// Print the settings that hold, and do nothing else.
    #[arg(long, conflicts_with_all = ["write", "check", "diff", "format", "output"], help_heading = "Output")]
    pub(super) show_settings: bool,
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Reports that were written with --format jsonl; `-` is standard input.
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// How to write the inventory.
    #[arg(long, value_enum, default_value_t = InventoryFormat::Markdown)]
    pub(super) format: InventoryFormat,
    /// Write the inventory to this file.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) scope: ScopeArgs,
    /// How to print the list.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

/// What to look at, and what to want.
#[derive(Debug, Args)]
pub(super) struct ScopeArgs {
    /// Files and directories; `-` is standard input.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,
    /// The name to give to standard input; the files beside it are looked at if it exists.
    #[arg(long, value_name = "PATH", help_heading = "Files")]
    pub(super) stdin_filename: Option<PathBuf>,
    /// Look only at files that match one of these globs.
    #[arg(long, value_name = "GLOB", help_heading = "Files")]
    pub(super) include: Vec<String>,
    /// Look at no file that matches one of these globs; adds to `exclude` of the configuration file.
    #[arg(long, value_name = "GLOB", help_heading = "Files")]
    pub(super) exclude: Vec<String>,
    /// Do not honour .gitignore and .ignore. This and other switches take `=false` against a configuration
    /// file.
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide_possible_values = true,
        help_heading = "Files"
    )]
    pub(super) no_ignore: Option<bool>,
    /// Look at hidden files and directories, too.
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide_possible_values = true,
        help_heading = "Files"
    )]
    pub(super) hidden: Option<bool>,
    /// Parse every file that names a Lambda resource, whatever runtimes it names.
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide_possible_values = true,
        help_heading = "Files"
    )]
    pub(super) thorough: Option<bool>,
    /// Refuse files larger than this, in bytes or with K, M or G (powers of 1024) [default: 8M].
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "Files")]
    pub(super) max_file_size: Option<u64>,
    /// A template that cannot be read makes the run fail with status 2.
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide_possible_values = true,
        help_heading = "Files"
    )]
    pub(super) strict: Option<bool>,
    /// Use this many threads, 64 at most; 0 means one for each processor.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads_in_range, help_heading = "Files")]
    pub(super) threads: usize,
    /// Leave only these retired runtimes [default: go1.x,provided,provided.al2].
    #[arg(
        long,
        value_name = "RUNTIME",
        value_delimiter = ',',
        help_heading = "Migration"
    )]
    pub(super) from: Option<Vec<String>>,
    /// The architecture that functions end on [default: auto].
    #[arg(long, value_enum, help_heading = "Migration")]
    pub(super) architecture: Option<ArchitectureArg>,
    /// Apply only fixes that are proved from the files at hand, and leave nothing to do.
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide_possible_values = true,
        help_heading = "Migration"
    )]
    pub(super) safe_only: Option<bool>,
    /// Use only these rules; a function is edited only if all the rules it needs are on.
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        help_heading = "Migration"
    )]
    pub(super) select: Option<Vec<String>>,
    /// Do not use these rules; adds to `ignore` of the configuration file.
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        help_heading = "Migration"
    )]
    pub(super) ignore: Vec<String>,
    /// Leave build files, Dockerfiles and parameter files alone: what they need is then a step left
    /// to do.
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide_possible_values = true,
        help_heading = "Migration"
    )]
    pub(super) templates_only: Option<bool>,
    /// A table of runtime dates in place of the built-in one (see schemas/runtimes.json).
    #[arg(long, value_name = "FILE", help_heading = "Migration")]
    pub(super) runtimes: Option<PathBuf>,
    /// A table of extension layers in place of the built-in one (see schemas/extension-layers.json).
    #[arg(long, value_name = "FILE", help_heading = "Migration")]
    pub(super) extension_layers: Option<PathBuf>,
    /// Use this configuration file for everything, in place of the lambdalift.toml closest to each template.
    #[arg(long, value_name = "FILE", help_heading = "Configuration")]
    pub(super) config: Option<PathBuf>,
    /// Use no configuration file.
    #[arg(long, conflicts_with = "config", help_heading = "Configuration")]
    pub(super) isolated: bool,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t = ColorArg::Auto, action = ArgAction::Set, help_heading = "Output")]
    pub(super) color: ColorArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// One JSON document, versioned (see schemas/report.schema.json).
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaArg {
    /// Configuration files.
    Config,
    /// Reports of --format json.
    Report,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// For people.
    Text,
    /// One JSON document, versioned (see schemas/report.schema.json).
    Json,
    /// One JSON document a line; reports of several repositories can be put one after the other
    /// (see schemas/report-line.schema.json, and `lambdalift report`).
    Jsonl,
    /// SARIF 2.1.0, for code scanning and editors.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit XML: a test for each function.
    Junit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum InventoryFormat {
    /// Tables for a page or an issue.
    Markdown,
    /// The functions, for a spreadsheet.
    Csv,
    /// One JSON document, versioned (see schemas/report-inventory.schema.json).
    Json,
    /// One page that needs no other file.
    Html,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ArchitectureArg {
    /// Functions leaving go1.x go to arm64 where nothing speaks against it.
    Auto,
    /// As auto, and functions leaving provided and provided.al2 go to arm64, too.
    Arm64,
    /// Functions leaving go1.x state x86_64.
    #[value(name = "x86_64")]
    X86_64,
    /// Architectures is never touched.
    Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorArg {
    /// On a terminal, unless NO_COLOR says otherwise.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

fn threads_in_range(text: &str) -> Result<usize, String> {
    let threads: Option<usize> = text.parse().ok();
    threads
        .filter(|threads| *threads <= 64)
        .ok_or_else(|| "it takes a number from 0 to 64".to_owned())
}
