//! The command line: arguments, a run, an exit status.

mod args;
mod choice;
mod explain;
mod interactive;
mod list;
mod migrate;
mod policy;
mod scope;
mod settings;
mod shell;

use std::ffi::OsString;
use std::io::Write;
use std::sync::atomic::AtomicBool;

use clap::Parser;

use args::{Cli, ColorArg, Command};

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
pub fn run(args: impl IntoIterator<Item = OsString>, cancelled: &AtomicBool) -> Exit {
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
        Some(Command::Rules { format }) => explain::rules(*format),
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
