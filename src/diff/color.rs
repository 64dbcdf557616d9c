//! The colours of a diff on a terminal: those of `git diff`.

use anstyle::{AnsiColor, Style};

/// How many lines of the old and the new file the current hunk still has to show. Outside of a hunk both
/// are zero, and `---` can only be a header; inside, it is a removed line that begins with `--`.
#[derive(Default)]
struct Hunk {
    old: usize,
    new: usize,
}

impl Hunk {
    /// The style of the next line; `None` for lines shown as they are.
    fn style(&mut self, line: &[u8]) -> Option<Style> {
        let inside = self.old > 0 || self.new > 0;
        match line.first() {
            Some(b'@') if !inside => {
                *self = counts(line);
                Some(AnsiColor::Cyan.on_default())
            }
            Some(b'-') if inside => {
                self.old = self.old.saturating_sub(1);
                Some(AnsiColor::Red.on_default())
            }
            Some(b'+') if inside => {
                self.new = self.new.saturating_sub(1);
                Some(AnsiColor::Green.on_default())
            }
            Some(b' ') if inside => {
                self.old = self.old.saturating_sub(1);
                self.new = self.new.saturating_sub(1);
                None
            }
            Some(b'-' | b'+') => Some(Style::new().bold()),
            _ => None,
        }
    }
}

/// The line counts in `@@ -1,7 +1,9 @@`; a count that is left out is one.
fn counts(header: &[u8]) -> Hunk {
    let count = |marker: u8| {
        let mut words = header.split(|byte| *byte == b' ');
        let range = words.find_map(|word| word.strip_prefix(&[marker]))?;
        let Some(comma) = range.iter().position(|byte| *byte == b',') else {
            return Some(1);
        };
        std::str::from_utf8(range.get(comma + 1..)?)
            .ok()?
            .parse()
            .ok()
    };
    Hunk {
        old: count(b'-').unwrap_or(0),
        new: count(b'+').unwrap_or(0),
    }
}

/// `diff`, one or more unified diffs, with ANSI styles: headers bold, hunk ranges cyan, removed lines red,
/// added lines green. The styles end before each line feed; stripped of them the bytes are those of `diff`.
pub(crate) fn colored(diff: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(diff.len() + diff.len() / 4);
    let mut hunk = Hunk::default();
    for line in diff.split_inclusive(|byte| *byte == b'\n') {
        let Some(style) = hunk.style(line) else {
            out.extend_from_slice(line);
            continue;
        };
        let (text, end) = line
            .strip_suffix(b"\n")
            .map_or((line, &b""[..]), |text| (text, &b"\n"[..]));
        out.extend_from_slice(style.render().to_string().as_bytes());
        out.extend_from_slice(text);
        out.extend_from_slice(style.render_reset().to_string().as_bytes());
        out.extend_from_slice(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::colored;

    #[test]
    fn lines_are_told_apart_by_the_hunk_counts() {
        let diff = "--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n--- y\n z\n\\ No newline at end of file\n\
                    --- a/w\n+++ b/w\n@@ -0,0 +1 @@\n+++ q\r\n";
        let expected = "\u{1b}[1m--- a/x\u{1b}[0m\n\u{1b}[1m+++ b/x\u{1b}[0m\n\
                        \u{1b}[36m@@ -1,2 +1 @@\u{1b}[0m\n\u{1b}[31m--- y\u{1b}[0m\n z\n\
                        \\ No newline at end of file\n\
                        \u{1b}[1m--- a/w\u{1b}[0m\n\u{1b}[1m+++ b/w\u{1b}[0m\n\
                        \u{1b}[36m@@ -0,0 +1 @@\u{1b}[0m\n\u{1b}[32m+++ q\r\u{1b}[0m\n";
        let shown = String::from_utf8_lossy(&colored(diff.as_bytes())).into_owned();
        assert_eq!(shown, expected);
    }

    #[test]
    fn nonsense_passes_through() {
        for text in ["", "@@", "@@ -x,y +9999999999999999999999 @@\n+a", "\n\n"] {
            let shown = colored(text.as_bytes());
            assert!(shown.len() >= text.len());
        }
    }
}
