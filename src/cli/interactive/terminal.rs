//! Questions and answers.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::diff;

/// A decision about a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Migrate it.
    Yes,
    /// Leave it.
    No,
    /// Migrate it and all the rest.
    All,
    /// Write what was accepted before, and stop.
    Quit,
    /// Ctrl-C.
    Interrupted,
}

const PROMPT: &str = "Apply? [y,n,a,q,e,?] ";

const HELP: &str = "\
y  migrate this
n  leave it as it is; the rest is planned anew
a  migrate this and all the rest
q  leave this and all the rest, write what was accepted, and stop (so does Ctrl-D)
e  explain the rules at work
?  show this help
Nothing is written before the last answer. Ctrl-C stops without writing anything.
";

/// The person at the terminal.
pub(super) struct Terminal<'a> {
    /// A thread does the reading, because only this one sees Ctrl-C.
    lines: Receiver<io::Result<Option<String>>>,
    color: bool,
    cancelled: &'a AtomicBool,
}

impl<'a> Terminal<'a> {
    pub(super) fn open(color: bool, cancelled: &'a AtomicBool) -> anyhow::Result<Self> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            anyhow::bail!(
                "--interactive needs a terminal as standard input and output; elsewhere use --write"
            );
        }
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            loop {
                let mut line = String::new();
                let read = io::stdin().lock().read_line(&mut line);
                let ends = !matches!(read, Ok(1..));
                // Nobody waits any more after the last answer.
                let sent = sender.send(read.map(|length| (length > 0).then_some(line)));
                if ends || sent.is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            lines,
            color,
            cancelled,
        })
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(super) fn show(&self, patch: &[u8]) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        if self.color {
            stdout.write_all(&diff::colored(patch))?;
        } else {
            stdout.write_all(patch)?;
        }
        stdout.flush()
    }

    pub(super) fn say(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// Asks until there is a decision.
    pub(super) fn ask(&mut self, explain: impl Fn() -> String) -> anyhow::Result<Answer> {
        loop {
            self.say(PROMPT)?;
            let Some(line) = self.line()? else {
                self.say("\n")?;
                return Ok(match self.is_interrupted() {
                    true => Answer::Interrupted,
                    false => Answer::Quit,
                });
            };
            match line.trim() {
                "y" | "Y" | "yes" => return Ok(Answer::Yes),
                "n" | "N" | "no" => return Ok(Answer::No),
                "a" | "A" | "all" => return Ok(Answer::All),
                "q" | "Q" | "quit" => return Ok(Answer::Quit),
                "e" | "E" => self.say(&explain())?,
                _ => self.say(HELP)?,
            }
        }
    }

    /// The next line; `None` at the end of input and after Ctrl-C.
    fn line(&mut self) -> anyhow::Result<Option<String>> {
        loop {
            if self.is_interrupted() {
                return Ok(None);
            }
            match self.lines.recv_timeout(Duration::from_millis(20)) {
                Ok(line) => return Ok(line?),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }
}
