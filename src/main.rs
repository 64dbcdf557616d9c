//! The `lambdalift` command.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// Half of the time over a large tree goes by in the allocator of musl.
#[cfg(all(target_env = "musl", target_pointer_width = "64"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
