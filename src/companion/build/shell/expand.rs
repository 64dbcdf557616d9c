//! Replaces what a shell knows in a word.

use super::super::model::{SCRIPT_DIR, Value, key};
use super::evaluate::{Shell, unknown};
use super::lexer::{Part, Word, is_name};
use crate::program::Traced;

/// The most values that one word may become.
const MAX_FIELDS: usize = 1_000;

impl Shell<'_> {
    /// Whether a word is an assignment.
    pub(super) fn assigns(&self, word: &Word) -> bool {
        let Some(Part::Text {
            text,
            quoted: false,
        }) = word.parts.first()
        else {
            return false;
        };
        let name = text.as_str().split_once('=').map(|(name, _)| name);
        name.is_some_and(|name| is_name(name.trim_end_matches('+')))
    }

    pub(super) fn assign(&mut self, word: &Value, exports: bool) {
        let text = word.as_str();
        let Some((name, _)) = text.split_once('=') else {
            if exports && is_name(text) {
                self.exported.insert(text.to_owned());
            }
            return;
        };
        let value = match name.strip_suffix('+') {
            None => Value {
                text: word.text.slice(name.len() + 1..word.text.len()),
                ..word.clone()
            },
            Some(name) => unknown(name),
        };
        let name = name.trim_end_matches('+');
        if exports {
            self.exported.insert(name.to_owned());
        }
        self.variables.insert(name.to_owned(), value);
    }

    pub(super) fn enter(&mut self, arguments: &[Value]) {
        self.cwd = match arguments {
            [dir] if dir.pattern || dir.as_str().starts_with(['-', '~']) => None,
            [dir] if !dir.unknown || dir.as_str().starts_with("${") => {
                key(dir.as_str(), self.cwd.as_deref())
            }
            _ => None,
        };
    }

    /// A word as one value, as in an assignment.
    pub(super) fn joined(&self, word: &Word) -> Value {
        let mut fields = self.expand(word, false).into_iter();
        let mut found = fields.next().unwrap_or_default();
        for field in fields {
            found.text.push_str(" ", None);
            found.text.push(&field.text);
            found.unknown |= field.unknown;
        }
        found.pattern = false;
        found
    }

    /// The values that a word becomes.
    pub(super) fn fields(&self, word: &Word) -> Vec<Value> {
        self.expand(word, true)
    }

    fn expand(&self, word: &Word, splits: bool) -> Vec<Value> {
        let mut found = Fields::default();
        for part in &word.parts {
            match part {
                Part::Text { text, quoted } => {
                    let special = !quoted && text.as_str().contains(['*', '?', '[']);
                    let braces = !quoted && text.as_str().contains('{') && splits;
                    let home = !quoted && text.as_str().starts_with('~') && found.is_empty();
                    found.push(text, home);
                    found.last.pattern |= special || braces;
                }
                Part::Opaque(text) => {
                    let outer = text.outer();
                    let mut value = Traced::default();
                    let known = self.evaluated(text.as_str());
                    let unknown = known.is_none();
                    let known = known.unwrap_or_else(|| known_command(text.as_str()));
                    value.push_str(&known, outer.as_ref());
                    found.push(&value, unknown);
                }
                Part::Variable {
                    name,
                    default,
                    text,
                    quoted,
                } => self.variable(name, default.as_ref(), text, *quoted || !splits, &mut found),
            }
        }
        found.finish()
    }

    /// What is known of a variable or an argument.
    pub(super) fn known(&self, name: &str) -> Option<&Value> {
        let argument = name
            .parse::<usize>()
            .ok()
            .and_then(|number| self.arguments.as_ref()?.get(number.checked_sub(1)?));
        argument.or_else(|| self.variables.get(name))
    }

    fn variable(
        &self,
        name: &str,
        default: Option<&Traced>,
        text: &Traced,
        whole: bool,
        found: &mut Fields,
    ) {
        let outer = text.outer();
        let through = |value: &Traced| {
            let mut through = Traced::default();
            through.push_through(value, outer.as_ref());
            through
        };
        let list = match name {
            "@" | "*" => self.arguments.as_ref(),
            name => name
                .strip_suffix("[@]")
                .and_then(|name| self.arrays.get(name)),
        };
        if let Some(list) = list {
            for (index, value) in list.iter().take(MAX_FIELDS).enumerate() {
                if index > 0 {
                    found.next();
                }
                found.push(&through(&value.text), value.unknown);
                found.last.pattern |= value.pattern;
            }
            return;
        }
        match (self.known(name), default) {
            (Some(value), _) if !value.unknown && !whole => {
                for (index, word) in value.text.words().iter().enumerate() {
                    if index > 0 {
                        found.next();
                    }
                    found.push(&through(word), false);
                    found.last.pattern |= word.as_str().contains(['*', '?', '[']);
                }
            }
            (Some(value), _) => {
                found.push(&through(&value.text), value.unknown);
                found.last.pattern |= value.pattern && !whole;
            }
            (None, Some(default)) => found.push(&through(default), false),
            (None, None) => {
                let mut value = Traced::default();
                value.push_str(&format!("${{{name}}}"), outer.as_ref());
                found.push(&value, true);
            }
        }
    }
}

/// The values that a word becomes, while they are put together.
#[derive(Default)]
struct Fields {
    done: Vec<Value>,
    last: Value,
    open: bool,
}

impl Fields {
    fn is_empty(&self) -> bool {
        self.done.is_empty() && self.last.text.is_empty()
    }

    fn push(&mut self, text: &Traced, unknown: bool) {
        self.last.text.push(text);
        self.last.unknown |= unknown;
        self.open = true;
    }

    fn next(&mut self) {
        self.done.push(std::mem::take(&mut self.last));
    }

    fn finish(mut self) -> Vec<Value> {
        if self.open {
            self.done.push(self.last);
        }
        self.done
    }
}

/// The text of a command substitution; that of one whose result has a name of its own is that.
fn known_command(text: &str) -> String {
    let inner = text
        .strip_prefix("$(")
        .and_then(|it| it.strip_suffix(')'))
        .or_else(|| text.strip_prefix('`')?.strip_suffix('`'));
    let Some(inner) = inner else {
        return text.to_owned();
    };
    let inner = inner.replace(['"', '\''], "");
    let words: Vec<_> = inner.split_whitespace().filter(|it| *it != "--").collect();
    let is_script = |word: &str| {
        matches!(
            word,
            "$0" | "${0}" | "${BASH_SOURCE[0]}" | "$BASH_SOURCE" | "${BASH_SOURCE}"
        )
    };
    match words.as_slice() {
        ["pwd"] => "${PWD}".to_owned(),
        ["dirname", script] if is_script(script) => SCRIPT_DIR.to_owned(),
        ["cd", "$(dirname", script, .., "pwd"] | ["cd", "$(dirname", script, .., "pwd", "-P"] => {
            let (script, path) = script.split_once(')').unwrap_or((script, ""));
            match is_script(script) {
                true => format!("{SCRIPT_DIR}{path}"),
                false => text.to_owned(),
            }
        }
        _ => text.to_owned(),
    }
}
