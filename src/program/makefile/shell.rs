//! Splits a line for the shell into simple commands, as far as they matter here.

/// One simple command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// Its words without quotes, redirections left out. `${NAME}` and `$(command)` stay.
    pub(super) words: Vec<String>,
    /// Whether it is run for certain, provided that those before it succeed.
    pub(super) certain: bool,
    /// The files that its output goes to.
    pub(super) outputs: Vec<String>,
    /// The numbers of the subshells that it runs in, the outermost first.
    pub(super) subshells: Vec<usize>,
}

/// Words behind which a command depends on something.
const CONDITIONS: [&str; 10] = [
    "if", "elif", "else", "while", "until", "for", "case", "[", "[[", "test",
];

/// Words that stand before a command without changing what it does.
const PREFIXES: [&str; 8] = ["then", "do", "{", "!", "time", "exec", "command", "nice"];

/// The simple commands of a line. Those that follow a condition or `||` are not certain.
pub(super) fn commands(line: &str) -> Vec<Command> {
    let mut splitter = Splitter {
        found: Vec::new(),
        words: Vec::new(),
        certain: true,
        outputs: Vec::new(),
        subshells: Vec::new(),
        numbered: 0,
    };
    let mut rest = line;
    while let Some(next) = rest.chars().next() {
        rest = match next {
            ' ' | '\t' | '\r' => after(rest, 1),
            '#' => break,
            '|' if rest.starts_with("||") => splitter.end(false, rest, 2),
            '&' if rest.starts_with("&&") => splitter.end(true, rest, 2),
            '&' if rest.starts_with("&>") => splitter.redirect(after(rest, 1)),
            '(' => splitter.open(rest),
            ')' => splitter.close(rest),
            ';' | '&' | '|' | '\n' => splitter.end(true, rest, 1),
            '>' | '<' => splitter.redirect(rest),
            _ => {
                let (word, rest) = word(rest);
                splitter.add(word, rest)
            }
        };
    }
    splitter.end(true, "", 0);
    splitter.found
}

struct Splitter {
    found: Vec<Command>,
    words: Vec<String>,
    certain: bool,
    outputs: Vec<String>,
    subshells: Vec<usize>,
    /// How many subshells there have been.
    numbered: usize,
}

impl Splitter {
    fn open<'l>(&mut self, rest: &'l str) -> &'l str {
        let rest = self.end(true, rest, 1);
        self.numbered += 1;
        self.subshells.push(self.numbered);
        rest
    }

    fn close<'l>(&mut self, rest: &'l str) -> &'l str {
        let rest = self.end(true, rest, 1);
        self.subshells.pop();
        rest
    }

    /// Reads a redirection and its file.
    fn redirect<'l>(&mut self, rest: &'l str) -> &'l str {
        let is_output = rest.starts_with('>');
        let (file, rest) = word(rest.trim_start_matches(['>', '<', '&', '|']).trim_start());
        if is_output {
            self.outputs.push(file);
        }
        rest
    }

    fn add<'l>(&mut self, word: String, rest: &'l str) -> &'l str {
        let describes_redirection =
            rest.starts_with(['>', '<']) && word.bytes().all(|byte| byte.is_ascii_digit());
        let first = self.words.is_empty();
        if first && CONDITIONS.contains(&word.as_str()) {
            self.certain = false;
        }
        if !(describes_redirection || first && is_prefix(&word)) {
            self.words.push(word);
        }
        rest
    }

    /// Ends a command at an operator of this length.
    fn end<'l>(&mut self, next_is_certain: bool, rest: &'l str, length: usize) -> &'l str {
        let words = std::mem::take(&mut self.words);
        let certain = self.certain;
        let outputs = std::mem::take(&mut self.outputs);
        if !words.is_empty() || !outputs.is_empty() {
            self.found.push(Command {
                words,
                certain,
                outputs,
                subshells: self.subshells.clone(),
            });
        }
        self.certain &= next_is_certain;
        after(rest, length)
    }
}

/// Whether a word at the start of a command can be left out; `if go build …` runs a command, too.
fn is_prefix(word: &str) -> bool {
    PREFIXES.contains(&word) || matches!(word, "if" | "elif" | "else" | "while" | "until")
}

fn after(text: &str, length: usize) -> &str {
    text.get(length..).unwrap_or_default()
}

/// The word at the start of `text` and what follows it.
fn word(text: &str) -> (String, &str) {
    let mut found = String::new();
    let mut quote = None;
    let mut depth = 0usize;
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match (character, quote) {
            (_, Some('\'')) if character != '\'' => found.push(character),
            ('\\', _) => found.extend(characters.next().map(|(_, escaped)| escaped)),
            ('"' | '\'' | '`', Some(open)) if character == open => {
                quote = None;
                if character == '`' {
                    found.push(character);
                }
            }
            ('`', None) => {
                quote = Some(character);
                found.push(character);
            }
            ('"' | '\'', None) => quote = Some(character),
            ('(' | '{', None) if depth > 0 || found.ends_with('$') => {
                depth += 1;
                found.push(character);
            }
            (')' | '}', None) if depth > 0 => {
                depth -= 1;
                found.push(character);
            }
            (' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>', None)
                if depth == 0 =>
            {
                return (found, after(text, index));
            }
            _ => found.push(character),
        }
    }
    (found, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_outputs_and_subshells() {
        let found: Vec<_> = commands("a > x 2>&1; (b >> y; (c)) && (> z) < i | d &> w")
            .into_iter()
            .map(|it| (it.words.concat(), it.outputs.join(" "), it.subshells))
            .collect();
        let expected = [
            ("a", "x 1", vec![]),
            ("b", "y", vec![1]),
            ("c", "", vec![1, 2]),
            ("", "z", vec![3]),
            ("d", "w", vec![]),
        ]
        .map(|(words, outputs, shells)| (words.to_owned(), outputs.to_owned(), shells));
        assert_eq!(found, expected);
    }

    #[test]
    fn splits() {
        for (line, expected) in [
            ("a 'b c' \"d $(e f)\"; g", vec!["a,b c,d $(e f)", "g"]),
            (
                "cd x && A=1 go build -o \"${D}/b\" . # c",
                vec!["cd,x", "A=1,go,build,-o,${D}/b,."],
            ),
            ("a > /dev/null 2>&1 | b", vec!["a", "b"]),
            ("a || b; c", vec!["a", "?b", "?c"]),
            (
                "if [ -f x ]; then a; else b; fi",
                vec!["?[,-f,x,]", "?a", "?b", "?fi"],
            ),
            ("[ -f x ] && a", vec!["?[,-f,x,]", "?a"]),
            (
                "for b in x y; do go build; done",
                vec!["?for,b,in,x,y", "?go,build", "?done"],
            ),
            ("(a; b)", vec!["a", "b"]),
            ("a `b c` d\\ e", vec!["a,`b c`,d e"]),
            (
                "-X=$(shell git describe) y",
                vec!["-X=$(shell git describe),y"],
            ),
            ("a \"open", vec!["a,open"]),
            ("", vec![]),
            (";;&&||", vec![]),
        ] {
            let found: Vec<_> = commands(line)
                .iter()
                .map(|it| {
                    format!(
                        "{}{}",
                        if it.certain { "" } else { "?" },
                        it.words.join(",")
                    )
                })
                .collect();
            assert_eq!(found, expected, "{line}");
        }
    }
}
