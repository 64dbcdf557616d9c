//! One line that shows how far a long run is, on a terminal and nowhere else.

use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A run that ends before this shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);

/// Whether there is somebody to show progress to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    is_shown: bool,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            is_shown: !quiet && !is_dumb && std::io::stderr().is_terminal(),
        }
    }

    /// Does some work of `total` steps, if their number is known; the work counts those that are done.
    /// The line is gone when this returns.
    pub(super) fn during<T>(
        self,
        what: &'static str,
        total: Option<usize>,
        work: impl FnOnce(&AtomicUsize) -> T,
    ) -> T {
        let done = AtomicUsize::new(0);
        if !self.is_shown {
            return work(&done);
        }
        std::thread::scope(|scope| {
            // The sender is dropped with the work, also if that panics.
            let (sender, receiver) = mpsc::channel();
            scope.spawn(|| show(what, total, &done, receiver));
            let result = work(&done);
            drop(sender);
            result
        })
    }
}

/// Draws until nobody holds the other end any more.
fn show(what: &'static str, total: Option<usize>, done: &AtomicUsize, working: Receiver<()>) {
    let goes_on = |time| working.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
    if !goes_on(PATIENCE) {
        return;
    }
    let total = total.and_then(|total| u64::try_from(total).ok());
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    let template = match total {
        Some(_) => "{spinner} {msg}: {percent} %",
        None => "{spinner} {msg}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.tick_chars("-\\|/-"));
    }
    bar.set_message(what);
    loop {
        bar.set_position(u64::try_from(done.load(Ordering::Relaxed)).unwrap_or_default());
        bar.tick();
        if !goes_on(TICK) {
            break;
        }
    }
    bar.finish_and_clear();
}
