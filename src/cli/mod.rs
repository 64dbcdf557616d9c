//! The command line: arguments, a run, an exit status.

mod args;
mod bystanders;
mod choice;
mod explain;
mod init;
mod interactive;
mod list;
mod migrate;
mod neighbours;
mod output;
mod policy;
mod progress;
mod report;
mod schema;
mod scope;
mod settings;
mod shell;
mod show;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::sync::atomic::AtomicBool;

use clap::Parser;

use args::{Cli, ColorArg, Command};

use crate::report::Docs;
use crate::report::text::Style;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The run completed.
    Success,
    /// `--check` objects.
    Found,
    /// The tool or its input failed.
    Failure,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The process's exit status.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Found => 1,
            Self::Failure => 2,
            Self::Interrupted => 130,
        }
    }
}

/// Runs the command that the arguments ask for. `cancelled` may be set at any time to end early.
pub fn run(args: impl IntoIterator<Item = OsString>, cancelled: &'static AtomicBool) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no failure; neither is a reader that has gone away.
            let failed = error.use_stderr();
            drop(error.print());
            return if failed { Exit::Failure } else { Exit::Success };
        }
    };
    let result = match &cli.command {
        None => migrate::run(&cli.migrate, cancelled),
        Some(Command::List(args)) => list::run(args, cancelled),
        Some(Command::Report(args)) => report::run(args),
        Some(Command::Rules { format }) => explain::rules(*format),
        Some(Command::Init) => init::run(),
        Some(Command::Schema { of }) => schema::run(*of),
        Some(Command::Explain { rule }) => explain::explain(rule),
        Some(Command::Completions { shell }) => shell::completions(*shell),
        Some(Command::Man { command }) => shell::man(command.as_deref()),
        #[cfg(feature = "guard")]
        Some(Command::GuardWorker) => policy::work(),
    };
    match result {
        Ok(exit) => exit,
        Err(error) if is_broken_pipe(&error) => Exit::Success,
        Err(error) => {
            let message = format!("lambdalift: {error:#}\n");
            drop(std::io::stderr().write_all(message.as_bytes()));
            Exit::Failure
        }
    }
}

/// `lambdalift | head` is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// Whether to colour a stream: what was asked for, else what the stream and the environment say.
fn colored(choice: ColorArg, stream: &impl anstream::stream::RawStream) -> bool {
    match choice {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
    }
}

/// How to write for people on standard error.
fn stderr_style(choice: ColorArg) -> Style {
    let stderr = std::io::stderr();
    let color = colored(choice, &stderr);
    let size = stderr
        .is_terminal()
        .then(|| terminal_size::terminal_size_of(&stderr));
    let has_links = color && supports_hyperlinks::on(supports_hyperlinks::Stream::Stderr);
    Style {
        color,
        width: size.flatten().map(|(width, _)| usize::from(width.0)),
        docs: Docs::find().filter(|_| has_links),
    }
}
