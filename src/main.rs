//! The `lambdalift` command.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

static CANCELLED: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    // A second Ctrl-C ends the process at once; files are replaced whole, so none is left broken.
    let handler = ctrlc::set_handler(|| {
        if CANCELLED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    // Without the handler Ctrl-C simply ends the process.
    drop(handler);
    let exit = lambdalift::cli::run(std::env::args_os(), &CANCELLED);
    ExitCode::from(exit.code())
}
