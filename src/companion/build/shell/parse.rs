//! Reads the tokens of a shell script as commands, loops, conditions and functions.
//!
//! <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html>

use super::lexer::{Part, Token, Word, is_name, tokens};
use crate::program::Traced;

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 40;

/// What a script does.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Simple(Simple),
    /// `for NAME in list`; no list means the arguments.
    For {
        name: String,
        list: Vec<Word>,
        body: Vec<Node>,
    },
    /// What may run or not.
    Maybe(Vec<Node>),
    /// What changes nothing for what follows.
    Subshell(Vec<Node>),
    Function {
        name: String,
        body: Vec<Node>,
    },
}

/// A simple command.
#[derive(Debug, Clone, Default)]
pub(super) struct Simple {
    pub(super) words: Vec<Word>,
    /// The files of its redirections, and whether it writes there.
    pub(super) redirections: Vec<(bool, Word)>,
    /// `NAME=(a b)`
    pub(super) array: Option<(String, Vec<Word>)>,
    /// Whether its output goes to another command.
    pub(super) piped: bool,
}

/// A part of the script that is not understood.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) at: usize,
}

/// Parses a script.
pub(super) fn parse(script: &Traced) -> Result<Vec<Node>, Unread> {
    let tokens = tokens(script).map_err(|at| Unread { at })?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        depth: 0,
        start: script.start().unwrap_or_default(),
    };
    let nodes = parser.list(&[])?;
    match parser.tokens.get(parser.at) {
        None => Ok(nodes),
        Some(_) => Err(parser.unread()),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
    start: usize,
}

type Parsed<T> = Result<T, Unread>;

impl Parser<'_> {
    fn unread(&self) -> Unread {
        let next = self.tokens.get(self.at..).unwrap_or_default();
        let before = self.tokens.get(..self.at).unwrap_or_default();
        let place = |token: &Token| match token {
            Token::Word(word) => word.parts.iter().find_map(|part| match part {
                Part::Text { text, .. } | Part::Variable { text, .. } | Part::Opaque(text) => {
                    text.start()
                }
            }),
            Token::Operator(_) => None,
        };
        let at = next.iter().find_map(place);
        let at = at.or_else(|| before.iter().rev().find_map(place));
        Unread {
            at: at.unwrap_or(self.start),
        }
    }

    fn operator(&self) -> Option<&'static str> {
        match self.tokens.get(self.at)? {
            Token::Operator(operator) => Some(operator),
            Token::Word(_) => None,
        }
    }

    fn keyword(&self) -> Option<&str> {
        match self.tokens.get(self.at)? {
            Token::Word(word) => word.plain(),
            Token::Operator(_) => None,
        }
    }

    fn word(&mut self) -> Parsed<Word> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(word.clone())
            }
            _ => Err(self.unread()),
        }
    }

    fn expect(&mut self, keyword: &str) -> Parsed<()> {
        if self.keyword() == Some(keyword) || self.operator() == Some(keyword) {
            self.at += 1;
            return Ok(());
        }
        Err(self.unread())
    }

    fn skip_lines(&mut self) {
        while self.operator() == Some("\n") {
            self.at += 1;
        }
    }

    /// Commands up to one of these keywords, or to a closing operator.
    fn list(&mut self, ends: &[&str]) -> Parsed<Vec<Node>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.unread());
        }
        let mut found = Vec::new();
        loop {
            while matches!(self.operator(), Some("\n" | ";" | "&")) {
                self.at += 1;
            }
            let ended = self.tokens.get(self.at).is_none()
                || matches!(self.operator(), Some(")" | ";;" | ";&" | ";;&"))
                || self.keyword().is_some_and(|word| ends.contains(&word));
            if ended {
                break;
            }
            found.extend(self.chain()?);
        }
        self.depth -= 1;
        Ok(found)
    }

    /// Pipelines with `&&` and `||` between them.
    fn chain(&mut self) -> Parsed<Vec<Node>> {
        let mut found = self.pipeline()?;
        // What stands behind a test depends on it; behind another command, on its success alone.
        let mut maybe = is_test(&found);
        while let Some(operator @ ("&&" | "||")) = self.operator() {
            self.at += 1;
            self.skip_lines();
            let next = self.pipeline()?;
            maybe |= operator == "||";
            let is_test = is_test(&next);
            match maybe {
                true => found.push(Node::Maybe(next)),
                false => found.extend(next),
            }
            maybe |= is_test;
        }
        Ok(found)
    }

    fn pipeline(&mut self) -> Parsed<Vec<Node>> {
        if self.keyword() == Some("!") {
            self.at += 1;
        }
        let mut found = self.command()?;
        let mut piped = false;
        while matches!(self.operator(), Some("|" | "|&")) {
            self.at += 1;
            self.skip_lines();
            if !piped {
                found = vec![Node::Subshell(found)];
            }
            pipe(&mut found);
            piped = true;
            let next = self.command()?;
            found.push(Node::Subshell(next));
        }
        Ok(found)
    }

    fn command(&mut self) -> Parsed<Vec<Node>> {
        let found = match self.keyword() {
            Some("if") => self.condition()?,
            Some("while" | "until") => self.while_loop()?,
            Some("for") => self.for_loop()?,
            Some("case") => self.case()?,
            Some("{") => {
                self.at += 1;
                let body = self.list(&["}"])?;
                self.expect("}")?;
                body
            }
            Some("function") => {
                self.at += 1;
                let name = self.word()?.plain().map(str::to_owned);
                if self.operator() == Some("(") {
                    self.at += 1;
                    self.expect(")")?;
                }
                self.function(name)?
            }
            Some("select" | "coproc" | "then" | "do" | "done" | "fi" | "esac" | "}") => {
                return Err(self.unread());
            }
            _ if self.operator() == Some("(") => {
                self.at += 1;
                let body = self.list(&[])?;
                self.expect(")")?;
                vec![Node::Subshell(body)]
            }
            _ => return self.simple(),
        };
        // Redirections of the whole.
        let simple = self.redirections()?;
        let mut found = found;
        if !simple.redirections.is_empty() {
            found.push(Node::Simple(simple));
        }
        Ok(found)
    }

    fn function(&mut self, name: Option<String>) -> Parsed<Vec<Node>> {
        let Some(name) = name else {
            return Err(self.unread());
        };
        self.skip_lines();
        if self.keyword() != Some("{") && self.operator() != Some("(") {
            return Err(self.unread());
        }
        let body = self.command()?;
        Ok(vec![Node::Function { name, body }])
    }

    fn condition(&mut self) -> Parsed<Vec<Node>> {
        let mut found = Vec::new();
        let mut first = true;
        loop {
            self.at += 1;
            let test = self.list(&["then"])?;
            self.expect("then")?;
            let body = self.list(&["elif", "else", "fi"])?;
            // The first test is run for certain.
            match first {
                true => found.extend(test),
                false => found.push(Node::Maybe(test)),
            }
            first = false;
            found.push(Node::Maybe(body));
            match self.keyword() {
                Some("elif") => {}
                Some("else") => {
                    self.at += 1;
                    let body = self.list(&["fi"])?;
                    found.push(Node::Maybe(body));
                    break;
                }
                _ => break,
            }
        }
        self.expect("fi")?;
        Ok(found)
    }

    fn while_loop(&mut self) -> Parsed<Vec<Node>> {
        self.at += 1;
        let mut found = self.list(&["do"])?;
        self.expect("do")?;
        found.extend(self.list(&["done"])?);
        self.expect("done")?;
        Ok(vec![Node::Maybe(found)])
    }

    fn for_loop(&mut self) -> Parsed<Vec<Node>> {
        self.at += 1;
        let name = self.word()?;
        let name = name.plain().filter(|name| is_name(name));
        let Some(name) = name.map(str::to_owned) else {
            return Err(self.unread());
        };
        let mut list = Vec::new();
        self.skip_lines();
        if self.keyword() == Some("in") {
            self.at += 1;
            while let Some(Token::Word(word)) = self.tokens.get(self.at) {
                list.push(word.clone());
                self.at += 1;
            }
        } else {
            list.push(Word {
                parts: vec![Part::Variable {
                    name: "@".to_owned(),
                    default: None,
                    text: Traced::unplaced("$@"),
                    quoted: true,
                }],
                document: None,
            });
        }
        while matches!(self.operator(), Some("\n" | ";")) {
            self.at += 1;
        }
        self.expect("do")?;
        let body = self.list(&["done"])?;
        self.expect("done")?;
        Ok(vec![Node::For { name, list, body }])
    }

    fn case(&mut self) -> Parsed<Vec<Node>> {
        self.at += 1;
        self.word()?;
        self.skip_lines();
        self.expect("in")?;
        let mut found = Vec::new();
        loop {
            self.skip_lines();
            if self.keyword() == Some("esac") {
                self.at += 1;
                return Ok(found);
            }
            if self.operator() == Some("(") {
                self.at += 1;
            }
            self.word()?;
            while self.operator() == Some("|") {
                self.at += 1;
                self.word()?;
            }
            self.expect(")")?;
            found.push(Node::Maybe(self.list(&["esac"])?));
            if matches!(self.operator(), Some(";;" | ";&" | ";;&")) {
                self.at += 1;
            }
        }
    }

    fn redirections(&mut self) -> Parsed<Simple> {
        let mut simple = Simple::default();
        while let Some(writes) = self.redirection() {
            self.at += 1;
            simple.redirections.push((writes, self.word()?));
        }
        Ok(simple)
    }

    /// Whether a redirection follows, and if so, whether it writes.
    fn redirection(&self) -> Option<bool> {
        match self.operator()? {
            "<" | "<<" | "<<-" | "<<<" | "<&" => Some(false),
            ">" | ">>" | ">&" | "&>" | "&>>" | "<>" | ">|" => Some(true),
            _ => None,
        }
    }

    fn simple(&mut self) -> Parsed<Vec<Node>> {
        let mut simple = Simple::default();
        loop {
            if let Some(writes) = self.redirection() {
                self.at += 1;
                // `2>`: the number is no argument.
                let number = simple.words.last().and_then(Word::plain);
                if number.is_some_and(|it| it.len() == 1 && it.bytes().all(|b| b.is_ascii_digit()))
                {
                    simple.words.pop();
                }
                simple.redirections.push((writes, self.word()?));
            } else if self.operator() == Some("(") {
                let last = simple.words.last().and_then(Word::plain);
                let name = last.map(str::to_owned);
                self.at += 1;
                match name {
                    Some(name) if name.ends_with('=') => {
                        simple.words.pop();
                        let name = name.trim_end_matches(['=', '+']).to_owned();
                        simple.array = Some((name, self.array()?));
                    }
                    name if simple.words.len() == 1 => {
                        self.expect(")")?;
                        return self.function(name);
                    }
                    _ => return Err(self.unread()),
                }
            } else if let Some(Token::Word(word)) = self.tokens.get(self.at) {
                simple.words.push(word.clone());
                self.at += 1;
            } else {
                break;
            }
        }
        let empty = simple.words.is_empty() && simple.redirections.is_empty();
        match empty && simple.array.is_none() {
            true => Err(self.unread()),
            false => Ok(vec![Node::Simple(simple)]),
        }
    }

    fn array(&mut self) -> Parsed<Vec<Word>> {
        let mut found = Vec::new();
        loop {
            self.skip_lines();
            if self.operator() == Some(")") {
                self.at += 1;
                return Ok(found);
            }
            found.push(self.word()?);
        }
    }
}

/// Marks commands whose output goes to another one.
fn pipe(nodes: &mut [Node]) {
    for node in nodes {
        match node {
            Node::Simple(simple) => simple.piped = true,
            Node::Maybe(body) | Node::Subshell(body) | Node::For { body, .. } => pipe(body),
            Node::Function { .. } => {}
        }
    }
}

/// Whether commands end in a test.
fn is_test(nodes: &[Node]) -> bool {
    let Some(Node::Simple(simple)) = nodes.last() else {
        return false;
    };
    let program = simple.words.first().and_then(Word::plain);
    matches!(program, Some("[" | "[[" | "test"))
}
