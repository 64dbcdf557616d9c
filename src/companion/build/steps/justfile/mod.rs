//! The recipes of a justfile, line by line. What is not understood makes the file unread: there is
//! no parser for it but that of `just` itself.
//!
//! <https://just.systems/man/en/>

mod expression;

use std::collections::BTreeMap;

use super::dynamic::filled;
use super::{Environment, MAX_VARIABLES, Script, Step, Steps, joined};
use crate::companion::build::model::ENVIRONMENT;
use crate::program::Traced;

/// The variables by their names; None for a value that is not known.
type Variables = BTreeMap<String, Option<Traced>>;

/// The most lines that are read.
const MAX_LINES: usize = 5_000;

/// Settings that change nothing for what a recipe does.
const HARMLESS: [&str; 8] = [
    "allow-duplicate-recipes",
    "fallback",
    "ignore-comments",
    "positional-arguments",
    "quiet",
    "tempdir",
    "unstable",
    "windows-shell",
];

/// Attributes that change nothing for what a recipe does.
const PLAIN_ATTRIBUTES: [&str; 6] = ["confirm", "default", "doc", "group", "no-quiet", "private"];

pub(super) fn steps(text: &str) -> Steps {
    let mut reader = Reader {
        text,
        steps: Steps::default(),
        variables: Variables::new(),
        environment: Environment::new(),
        exports_all: false,
        exported: Vec::new(),
        attributes: Attributes::default(),
        recipes: Vec::new(),
        in_recipe: false,
    };
    reader.read();
    reader.finish()
}

/// What stands in brackets above a recipe.
#[derive(Debug, Default)]
struct Attributes {
    conditional: bool,
    elsewhere: bool,
}

/// A recipe as written.
struct Recipe {
    lines: Vec<Traced>,
    parameters: Vec<String>,
    attributes: Attributes,
}

struct Reader<'t> {
    text: &'t str,
    steps: Steps,
    variables: Variables,
    environment: Environment,
    exports_all: bool,
    exported: Vec<String>,
    attributes: Attributes,
    recipes: Vec<Recipe>,
    in_recipe: bool,
}

impl Reader<'_> {
    fn unread(&mut self, at: usize) {
        self.steps.unread.push((at, "this line of a justfile"));
    }

    fn read(&mut self) {
        let mut at = if self.text.starts_with('\u{feff}') {
            3
        } else {
            0
        };
        let text = self.text.get(at..).unwrap_or_default();
        if text.lines().count() > MAX_LINES {
            self.unread(at);
            return;
        }
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            self.line(content, at);
            at += line.len();
        }
    }

    fn line(&mut self, line: &str, at: usize) {
        if line.starts_with([' ', '\t']) {
            let indented = line.trim_start();
            let at = at + line.len() - indented.len();
            match self.recipes.last_mut().filter(|_| self.in_recipe) {
                Some(recipe) => recipe.lines.push(Traced::literal(indented, at)),
                None if indented.is_empty() || indented.starts_with('#') => {}
                None => self.unread(at),
            }
            return;
        }
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        self.in_recipe = false;
        if line.ends_with('\\') {
            self.unread(at);
            return;
        }
        if let Some(inner) = line.strip_prefix('[') {
            match inner.strip_suffix(']') {
                Some(inner) => self.attribute(inner),
                None => self.unread(at),
            }
            return;
        }
        let word = line.split([' ', '\t']).next().unwrap_or_default();
        match word {
            "set" => self.setting(line, at),
            "alias" if line.contains(":=") => {}
            "import" | "mod" | "import?" | "mod?" => {
                self.steps
                    .unread
                    .push((at, "what another justfile brings along"));
            }
            _ => match line.split_once(":=") {
                Some((head, _)) if is_assignment(head) => self.assignment(line, at),
                _ => self.recipe(line, at),
            },
        }
    }

    fn attribute(&mut self, inner: &str) {
        for attribute in inner.split(',') {
            let name = attribute
                .split(['(', ':'])
                .next()
                .unwrap_or_default()
                .trim();
            match name {
                name if PLAIN_ATTRIBUTES.contains(&name) => {}
                "no-cd" | "working-directory" => self.attributes.elsewhere = true,
                // A system, or what is not known.
                _ => self.attributes.conditional = true,
            }
        }
    }

    fn setting(&mut self, line: &str, at: usize) {
        let rest = line.trim_start_matches("set").trim();
        let (name, value) = match rest.split_once(":=") {
            Some((name, value)) => (name.trim(), value.trim()),
            None => (rest, "true"),
        };
        match name {
            "export" => self.exports_all = value == "true",
            "dotenv-load" | "dotenv-filename" | "dotenv-path" | "dotenv-required"
            | "dotenv-override" => {
                self.environment.insert("GOFLAGS".to_owned(), None);
            }
            "shell" if is_posix(value) => {}
            name if HARMLESS.contains(&name) => {}
            _ => self.unread(at),
        }
    }

    fn assignment(&mut self, line: &str, at: usize) {
        let Some((head, value)) = line.split_once(":=") else {
            return;
        };
        let mut words = head.split_whitespace();
        let mut name = words.next().unwrap_or_default();
        if name == "export" {
            name = words.next().unwrap_or_default();
            self.exported.push(name.to_owned());
        }
        let value = Traced::literal(value, at + line.len() - value.len());
        let found = expression::value(&value, &self.variables);
        // A string or a list in brackets that goes on in the next line.
        let open = ["\"\"\"", "'''", "```", "if ", "("];
        if found.is_none() && open.iter().any(|it| value.as_str().contains(it)) {
            let closed = value.as_str().matches('(').count() == value.as_str().matches(')').count()
                && value.as_str().matches('{').count() == value.as_str().matches('}').count()
                && !open.iter().take(3).any(|it| value.as_str().contains(it));
            if !closed {
                self.unread(at);
            }
        }
        let is_steady = !self.variables.contains_key(name) && self.is_simple(name);
        let found = found.map(|value| match is_steady {
            true => value,
            false => Traced::unplaced(value.as_str()),
        });
        self.variables.insert(name.to_owned(), found);
        if self.variables.len() > MAX_VARIABLES {
            self.unread(at);
            self.variables.clear();
        }
    }

    /// Whether a variable is referred to by `{{name}}` alone.
    fn is_simple(&self, name: &str) -> bool {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let all = self.text.match_indices(name).filter(|(at, _)| {
            let before = self.text.get(..*at).and_then(|it| it.chars().next_back());
            let after = self.text.get(at + name.len()..);
            let after = after.and_then(|it| it.chars().next());
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        });
        let forms = [format!("{{{{{name}}}}}"), format!("{{{{ {name} }}}}")];
        let plain: usize = forms.iter().map(|it| self.text.matches(it).count()).sum();
        // Once where it is set.
        all.count() == plain + 1
    }

    fn recipe(&mut self, line: &str, at: usize) {
        let Some((head, dependencies)) = line.split_once(':') else {
            self.unread(at);
            return;
        };
        let head = head.trim_start_matches('@');
        let quoted = head.contains(['"', '\'', '`', '(']) || dependencies.starts_with('=');
        let mut words = head.split_whitespace();
        let name = words.next().unwrap_or_default();
        if name.is_empty() || !name.chars().all(is_name) {
            self.unread(at);
            return;
        }
        let mut parameters: Vec<String> = words
            .map(|word| word.trim_start_matches(['+', '*', '$']))
            .map(|word| word.split('=').next().unwrap_or_default().to_owned())
            .collect();
        // A default that holds blanks or colons: its parts are taken for parameters, too.
        if quoted && !head.contains('=') {
            self.unread(at);
            parameters.clear();
        }
        self.in_recipe = true;
        self.recipes.push(Recipe {
            lines: Vec::new(),
            parameters,
            attributes: std::mem::take(&mut self.attributes),
        });
    }

    fn finish(mut self) -> Steps {
        // What is set further down counts further up, too.
        for name in self.variables.keys().cloned().collect::<Vec<_>>() {
            if self.exports_all || self.exported.contains(&name) {
                let value = self.variables.get(&name).cloned().flatten();
                let value = value.map(|value| match ENVIRONMENT.contains(&name.as_str()) {
                    true => value,
                    false => Traced::unplaced(value.as_str()),
                });
                self.environment.insert(name, value);
            }
        }
        for recipe in std::mem::take(&mut self.recipes) {
            let job = self.job(&recipe);
            self.steps.jobs.push(job);
        }
        self.steps
    }

    fn job(&self, recipe: &Recipe) -> Vec<Step> {
        let mut variables = self.variables.clone();
        let mut environment = self.environment.clone();
        for name in &recipe.parameters {
            variables.insert(name.clone(), None);
            // `$name` is exported.
            if ENVIRONMENT.contains(&name.as_str()) || environment.contains_key(name) {
                environment.insert(name.clone(), None);
            }
        }
        let fill = |line: &Traced| {
            filled(line, "{{", |inner| match inner.trim() {
                "justfile_directory()" => Some(Traced::unplaced("${CURDIR}")),
                name => match variables.get(name) {
                    Some(value) => value.clone(),
                    None => expression::value(&Traced::unplaced(inner), &variables),
                },
            })
        };
        let directory = match recipe.attributes.elsewhere {
            true => Err(()),
            false => Ok(None),
        };
        let certain = !recipe.attributes.conditional;
        let script = |text: Traced| {
            Step::Script(Script {
                text,
                environment: environment.clone(),
                directory: directory.clone(),
                certain,
            })
        };
        let lines: Vec<Traced> = recipe.lines.iter().map(fill).collect();
        let first = lines.first().map(Traced::as_str).unwrap_or_default();
        if let Some(interpreter) = first.strip_prefix("#!") {
            let is_posix = interpreter
                .split([' ', '/'])
                .any(|it| matches!(it, "sh" | "bash"));
            return vec![match is_posix {
                true => script(joined(&lines)),
                false => Step::Other {
                    at: lines.first().and_then(Traced::start).unwrap_or_default(),
                    words: lines.iter().flat_map(Traced::words).collect(),
                    environment: environment.clone(),
                },
            }];
        }
        // A line that ends in a backslash goes on.
        let mut scripts: Vec<Traced> = Vec::new();
        let mut goes_on = false;
        for line in lines {
            match scripts.last_mut().filter(|_| goes_on) {
                Some(last) => {
                    last.push_str("\n", None);
                    last.push(&line);
                }
                None => {
                    let text = line.as_str();
                    let bare = text.trim_start_matches(['@', '-', ' ']);
                    scripts.push(line.slice(text.len() - bare.len()..text.len()));
                }
            }
            goes_on = line.as_str().ends_with('\\');
        }
        scripts.into_iter().map(script).collect()
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

/// Whether this stands before the `:=` of an assignment.
fn is_assignment(head: &str) -> bool {
    let words: Vec<_> = head.split_whitespace().collect();
    match words.as_slice() {
        [name] | ["export", name] => name.chars().all(is_name),
        _ => false,
    }
}

/// Whether a list such as `["bash", "-cu"]` is a POSIX shell that takes a script.
fn is_posix(list: &str) -> bool {
    let inner = list.trim_start_matches('[').trim_end_matches(']');
    let words: Vec<_> = inner
        .split(',')
        .map(|it| it.trim().trim_matches(['"', '\'']))
        .collect();
    match words.as_slice() {
        [program, options @ .., last] => {
            let name = program.rsplit('/').next().unwrap_or_default();
            let plain = options
                .iter()
                .all(|it| it.starts_with('-') || *it == "pipefail");
            matches!(name, "sh" | "bash") && plain && last.starts_with('-') && last.contains('c')
        }
        _ => false,
    }
}
