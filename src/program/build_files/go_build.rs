//! Finds the commands of a build file that run `go build`, and what they write.

use memchr::memmem;

/// The most bytes of one command that are looked at.
const MAX_COMMAND_LENGTH: usize = 1 << 14;

/// The offsets behind the commands that run `go build` in a line; `$(GO) build` and `$(GOBUILD)`
/// are such commands by custom.
pub(super) fn go_builds(line: &[u8]) -> Vec<usize> {
    let ended = |end: usize| line.get(end).is_none_or(u8::is_ascii_whitespace);
    let builds = memmem::find_iter(line, "build").filter_map(|at| {
        let before = line.get(..at)?;
        let command = before.trim_ascii_end();
        (command.len() < at && ends_in_go(command)).then_some(at + "build".len())
    });
    let variables = ["(GOBUILD)", "{GOBUILD}", "(GO_BUILD)", "{GO_BUILD}"];
    let variables = variables
        .iter()
        .flat_map(|name| memmem::find_iter(line, name).map(|at| at + name.len()));
    let mut found: Vec<_> = builds.chain(variables).filter(|end| ended(*end)).collect();
    found.sort_unstable();
    found
}

/// Whether the last word is Go's program, or a variable that is named after it.
fn ends_in_go(command: &[u8]) -> bool {
    let is_go = |byte: &u8| !byte.is_ascii_whitespace() && !b"\"'`;&|@".contains(byte);
    let length = command.iter().rev().take_while(|byte| is_go(byte)).count();
    let word = command.get(command.len() - length..).unwrap_or_default();
    let name = word.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let variable = name.windows(4).any(|part| {
        matches!(
            part,
            [b'$', b'(' | b'{', b'G', b'O'] | [b'{', b'{', b'G', b'O']
        )
    });
    matches!(name, b"go" | b"(go" | b"$(go" | b"{go" | b"go.exe" | b"$GO") || variable
}

/// The operand of `-o` in the arguments that begin at byte `at` of `line`, and its offset.
pub(super) fn output(line: &[u8], mut at: usize) -> Option<(String, usize)> {
    let line = line.get(..at + MAX_COMMAND_LENGTH).unwrap_or(line);
    let mut wanted = false;
    loop {
        let word = word(line, at)?;
        let text = line.get(word.start..word.end)?;
        let operand = match text {
            _ if wanted => Some((text, word.start)),
            [b'-', b'o', b'=', rest @ ..] => Some((rest, word.start + 3)),
            _ => None,
        };
        if let Some((text, at)) = operand {
            let (text, margin) = match text {
                [open @ (b'"' | b'\''), inner @ .., close] if open == close => (inner, 1),
                _ => (text, 0),
            };
            let text = String::from_utf8_lossy(text).into_owned();
            return (!text.is_empty()).then_some((text, at + margin));
        }
        wanted = text == b"-o";
        at = word.end;
    }
}

struct Word {
    start: usize,
    end: usize,
}

/// The next word from byte `at`; `None` at the end of the command.
fn word(line: &[u8], at: usize) -> Option<Word> {
    let rest = line.get(at..)?;
    let start = at + rest.len() - rest.trim_ascii_start().len();
    let mut quote = None;
    let mut depth = 0usize;
    let mut before = 0;
    let mut end = start;
    for byte in line.get(start..)? {
        match (byte, quote) {
            (byte, Some(open)) if *byte == open => quote = None,
            (_, Some(_)) => {}
            // The end of a string that holds the command as a whole.
            (b'"' | b'\'' | b'`', None) if !closes(line, end, *byte) => break,
            (b'"' | b'\'' | b'`', None) => quote = Some(*byte),
            (b'(' | b'{', None) if before == b'$' || depth > 0 => depth += 1,
            (b')' | b'}', None) if depth > 0 => depth -= 1,
            (b')' | b';' | b'&' | b'|' | b'<' | b'>', None) if depth == 0 => break,
            (byte, None) if depth == 0 && byte.is_ascii_whitespace() => break,
            _ => {}
        }
        before = *byte;
        end += 1;
    }
    (end > start).then_some(Word { start, end })
}

/// Whether the quote at `at` is closed further on.
fn closes(line: &[u8], at: usize, quote: u8) -> bool {
    let behind = line.get(at + 1..).unwrap_or_default();
    memchr::memchr(quote, behind).is_some()
}
