//! The worker, seen from the process that started it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::protocol::{Answer, Checked, Question, Rules};
use super::rules::RuleSet;

/// The name of the hidden command that is the worker.
const COMMAND: &str = "guard-worker";
/// Of what a dying worker says, as much as a message should hold.
const SAID: u64 = 64 << 10;

/// Why a worker gave no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// The user does not want to wait any longer.
    Cancelled,
    /// There is no such process.
    NotStarted(String),
    /// It has ended.
    Died {
        /// The position of the rules file that it was at.
        at: usize,
        cause: String,
    },
}

/// A running worker. It ends with this value.
pub(super) struct Worker {
    process: Child,
    /// `None` once it has ended.
    questions: Option<ChildStdin>,
    answers: Receiver<String>,
    said: Option<JoinHandle<String>>,
    /// Those of its rules files.
    names: Vec<String>,
}

impl Worker {
    /// Starts a worker, and says for each rules file what is wrong with it.
    pub(super) fn start(
        rules: &RuleSet,
        cancelled: &AtomicBool,
    ) -> Result<(Self, Vec<Checked>), NoAnswer> {
        let mut worker =
            Self::spawn(rules).map_err(|error| NoAnswer::NotStarted(error.to_string()))?;
        let texts: Rules = rules.files.iter().map(|file| file.text.clone()).collect();
        let checked = worker.ask_for(&texts, cancelled)?;
        Ok((worker, checked))
    }

    fn spawn(rules: &RuleSet) -> std::io::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(COMMAND)
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (questions, answers) = (process.stdin.take(), process.stdout.take());
        let said = process.stderr.take();
        Ok(Self {
            answers: answers.map_or_else(|| mpsc::channel().1, lines_of),
            said: said.map(|stream| std::thread::spawn(|| text_of(stream))),
            process,
            questions,
            names: rules.files.iter().map(|file| file.name.clone()).collect(),
        })
    }

    /// What each rules file says of some templates.
    pub(super) fn ask(
        &mut self,
        question: &Question,
        cancelled: &AtomicBool,
    ) -> Result<Vec<Answer>, NoAnswer> {
        self.ask_for(question, cancelled)
    }

    fn ask_for<A: DeserializeOwned>(
        &mut self,
        question: &impl serde::Serialize,
        cancelled: &AtomicBool,
    ) -> Result<Vec<A>, NoAnswer> {
        let line = serde_json::to_string(question).unwrap_or_default();
        if let Some(questions) = &mut self.questions {
            let sent = questions
                .write_all(line.as_bytes())
                .and_then(|()| questions.write_all(b"\n"))
                .and_then(|()| questions.flush());
            // A worker that has ended says so below.
            drop(sent);
        }
        let mut answers = Vec::new();
        for at in 0..self.names.len() {
            let line = self.next_line(at, cancelled)?;
            // Guard makes up names of its own for what it reads.
            let name = self.names.get(at).map_or("", String::as_str);
            let name = serde_json::to_string(name).unwrap_or_default();
            let line = line
                .replace("RULES_STDIN[1]", name.trim_matches('"'))
                .replace("DATA_STDIN[1]", "the template")
                .replace("DATA_STDIN[2]", "the template");
            let answer = serde_json::from_str(&line).map_err(|error| NoAnswer::Died {
                at,
                cause: format!("its answer cannot be read: {error}"),
            })?;
            answers.push(answer);
        }
        Ok(answers)
    }

    fn next_line(&mut self, at: usize, cancelled: &AtomicBool) -> Result<String, NoAnswer> {
        loop {
            match self.answers.recv_timeout(Duration::from_millis(20)) {
                Ok(line) => return Ok(line),
                Err(RecvTimeoutError::Timeout) if cancelled.load(Ordering::Relaxed) => {
                    return Err(NoAnswer::Cancelled);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let cause = self.last_words();
                    return Err(NoAnswer::Died { at, cause });
                }
            }
        }
    }

    /// Why it has ended.
    fn last_words(&mut self) -> String {
        self.questions = None;
        let status = self.process.wait();
        let said = self.said.take().and_then(|thread| thread.join().ok());
        let said = said.unwrap_or_default();
        if said.contains("overflowed its stack") {
            return "it recursed without end, as a `let` does that names itself".to_owned();
        }
        let status = match status {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        match said.lines().map(str::trim).find(|line| !line.is_empty()) {
            Some(_) => format!("{} ({status})", panic_message(&said)),
            None => status,
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may be in the middle of an evaluation that nobody waits for any more.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// What a panic says, without the place in the library's source and the hint about backtraces.
fn panic_message(said: &str) -> String {
    let is_about_itself = |line: &&str| {
        !line.is_empty() && !line.starts_with("thread '") && !line.starts_with("note: run with")
    };
    let words = said.lines().map(str::trim).filter(is_about_itself);
    let words = words.flat_map(str::split_whitespace).take(60);
    words.collect::<Vec<&str>>().join(" ")
}

/// The lines of a stream, read by a thread, so that whoever waits can stop waiting.
fn lines_of(stream: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// What a stream says; read to its end, so that the writer is not held up.
fn text_of(mut stream: ChildStderr) -> String {
    let mut said = Vec::new();
    drop(stream.by_ref().take(SAID).read_to_end(&mut said));
    drop(std::io::copy(&mut stream, &mut std::io::sink()));
    String::from_utf8_lossy(&said).into_owned()
}
