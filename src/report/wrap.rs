//! Messages at the width of the terminal.

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter, wrap};

/// Narrower than this nothing is wrapped: the terminal does as well.
const LEAST: usize = 20;

/// A text in lines of at most `width` columns. What stands between backticks stays in one piece, so that a
/// command can be copied.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    if width < LEAST {
        return text.to_owned();
    }
    let options = Options::new(width)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    wrap(text, options).join("\n")
}

/// The words of a line, each with the space behind it.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    // An odd backtick holds nothing together.
    if line.matches('`').count() % 2 == 1 {
        return WordSeparator::AsciiSpace.find_words(line);
    }
    let mut in_code = false;
    let mut after_space = false;
    let mut starts: Vec<usize> = vec![0];
    for (at, c) in line.char_indices() {
        if after_space && c != ' ' && !in_code {
            starts.push(at);
        }
        after_space = c == ' ';
        in_code ^= c == '`';
    }
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([line.len()]).collect();
    let pairs = starts.into_iter().zip(ends);
    Box::new(pairs.filter_map(|(start, end)| Some(Word::from(line.get(start..end)?))))
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn commands_stay_in_one_piece() {
        let text = "run `go build -o bootstrap ./cmd/hello`, then package that file";
        assert_eq!(
            wrapped(text, 24),
            "run\n`go build -o bootstrap ./cmd/hello`,\nthen package that file"
        );
        assert_eq!(
            wrapped("an odd ` in a line of words", 20),
            "an odd ` in a line\nof words"
        );
        assert_eq!(wrapped(text, 10), text);
    }
}
