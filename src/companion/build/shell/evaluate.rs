//! Follows a shell script: variables, loops over known names, functions, directories.

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::{Command, ENVIRONMENT, Value};
use super::known::Beside;
use super::lexer::{Part, Word};
use super::parse::{Node, Simple, Unread, parse};
use crate::program::Traced;

/// The most commands that are followed.
const MAX_COMMANDS: usize = 5_000;

/// The deepest calls of functions that are followed.
const MAX_CALLS: usize = 16;

/// Words that stand before a command without changing what it does.
const PREFIXES: [&str; 5] = ["env", "time", "exec", "command", "nice"];

/// A shell: what it knows.
#[derive(Clone)]
pub(in super::super) struct Shell<'f> {
    pub(super) variables: BTreeMap<String, Value>,
    pub(super) arrays: BTreeMap<String, Vec<Value>>,
    pub(super) exported: BTreeSet<String>,
    exports_all: bool,
    functions: BTreeMap<String, Vec<Node>>,
    pub(super) arguments: Option<Vec<Value>>,
    pub(super) cwd: Option<String>,
    /// The files that its patterns may meet.
    pub(super) beside: &'f Beside<'f>,
    calls: usize,
}

impl<'f> Shell<'f> {
    /// A shell in the directory where the build file is run.
    pub(in super::super) fn new(beside: &'f Beside<'f>) -> Self {
        Self {
            beside,
            variables: BTreeMap::new(),
            arrays: BTreeMap::new(),
            exported: BTreeSet::new(),
            exports_all: false,
            functions: BTreeMap::new(),
            arguments: None,
            cwd: Some(String::new()),
            calls: 0,
        }
    }

    /// Gives it a variable by its environment; without a value, one that is not known.
    pub(in super::super) fn give(&mut self, name: &str, value: Option<Traced>) {
        let value = value.map_or_else(|| unknown(name), Value::of);
        self.variables.insert(name.to_owned(), value);
        self.exported.insert(name.to_owned());
    }

    /// Forgets what a part that may not have run has changed.
    fn doubt(&mut self, after: &Self) {
        let same = |a: Option<&Value>, b: Option<&Value>| match (a, b) {
            (Some(a), Some(b)) => a.as_str() == b.as_str(),
            (a, b) => a.is_none() && b.is_none(),
        };
        for name in after.variables.keys() {
            if !same(self.variables.get(name), after.variables.get(name)) {
                self.variables.insert(name.clone(), unknown(name));
            }
        }
        self.arrays
            .retain(|name, _| after.arrays.contains_key(name));
        self.exported.extend(after.exported.iter().cloned());
        self.exports_all |= after.exports_all;
        let functions = after.functions.iter();
        let functions = functions.map(|(name, body)| (name.clone(), body.clone()));
        self.functions.extend(functions);
        if self.cwd != after.cwd {
            self.cwd = None;
        }
    }
}

/// A variable whose value is not known.
pub(super) fn unknown(name: &str) -> Value {
    Value {
        text: Traced::unplaced(format!("${{{name}}}")),
        unknown: true,
        pattern: false,
    }
}

/// Follows a script and adds the commands that it runs. `Err` is the place of what cannot be read.
pub(in super::super) fn run(
    script: &Traced,
    shell: &mut Shell<'_>,
    certain: bool,
    found: &mut Vec<Command>,
) -> Result<(), usize> {
    let nodes = parse(script).map_err(|Unread { at }| at)?;
    let start = script.start().unwrap_or_default();
    let mut runner = Runner {
        found,
        start,
        called: BTreeSet::new(),
    };
    runner.nodes(&nodes, shell, certain);
    // Whoever runs the script may choose one of the functions that it does not call itself.
    let functions = std::mem::take(&mut shell.functions);
    for (name, body) in &functions {
        if !runner.called.contains(name) {
            runner.nodes(body, &mut shell.clone(), false);
        }
    }
    match runner.found.len() < MAX_COMMANDS {
        true => Ok(()),
        false => Err(start),
    }
}

struct Runner<'f> {
    found: &'f mut Vec<Command>,
    /// The offset of the script.
    start: usize,
    /// The functions that were called.
    called: BTreeSet<String>,
}

impl Runner<'_> {
    fn nodes(&mut self, nodes: &[Node], shell: &mut Shell<'_>, certain: bool) {
        for node in nodes {
            if self.found.len() >= MAX_COMMANDS {
                return;
            }
            self.node(node, shell, certain);
        }
    }

    fn node(&mut self, node: &Node, shell: &mut Shell<'_>, certain: bool) {
        match node {
            Node::Simple(simple) => self.simple(simple, shell, certain),
            Node::Subshell(body) => self.nodes(body, &mut shell.clone(), certain),
            Node::Maybe(body) => {
                let mut after = shell.clone();
                self.nodes(body, &mut after, false);
                shell.doubt(&after);
            }
            Node::Function { name, body } => {
                shell.functions.insert(name.clone(), body.clone());
            }
            Node::For { name, list, body } => {
                let items: Vec<_> = list.iter().flat_map(|word| shell.listed(word)).collect();
                let known = !items.is_empty() && items.iter().all(Value::is_plain);
                let items = if known { items } else { vec![unknown(name)] };
                for item in items {
                    shell.variables.insert(name.clone(), item);
                    self.nodes(body, shell, certain && known);
                    if self.found.len() >= MAX_COMMANDS {
                        return;
                    }
                }
            }
        }
    }

    fn simple(&mut self, simple: &Simple, shell: &mut Shell<'_>, certain: bool) {
        if let Some((name, words)) = &simple.array {
            let values = words.iter().flat_map(|word| shell.listed(word)).collect();
            shell.arrays.insert(name.clone(), values);
        }
        let mut words = Vec::new();
        let mut is_lead = true;
        let mut lead = 0;
        for word in &simple.words {
            if is_lead && shell.assigns(word) {
                words.push(shell.joined(word));
                lead = words.len();
                continue;
            }
            let declares = matches!(
                words.first().map(Value::as_str),
                Some("export" | "local" | "readonly" | "declare" | "typeset")
            );
            let fields = match declares {
                true => vec![shell.joined(word)],
                false => shell.fields(word),
            };
            // A reference may bring assignments along only through make, which has replaced it.
            if is_lead {
                let prefix = fields
                    .first()
                    .is_some_and(|it| PREFIXES.contains(&it.as_str()));
                is_lead = prefix;
                lead += usize::from(prefix);
                // `env $SETTINGS go build`: what the reference brings along are settings, too.
                if words.last().is_some_and(|it| it.as_str() == "env")
                    && fields.iter().all(is_setting)
                {
                    is_lead = true;
                    lead += fields.len();
                }
            }
            words.extend(fields);
        }
        let outputs = outputs_of(shell, &simple.redirections);
        let mut further = further(simple);
        // `cat <<EOF` alone says something to a person.
        let says = !simple.piped && outputs.is_empty();
        if says && words.get(lead).map(Value::as_str) == Some("cat") {
            further.clear();
        }
        if words.len() == lead && outputs.is_empty() && !words.iter().any(|it| it.as_str() == "env")
        {
            for word in words {
                shell.assign(&word, false);
            }
            if further.is_empty() {
                return;
            }
            self.add(Vec::new(), 0, outputs, further, simple, shell, certain);
            return;
        }
        let (program, arguments) = match words.get(lead..) {
            Some([program, arguments @ ..]) => (program.as_str().to_owned(), arguments.to_vec()),
            _ => (String::new(), Vec::new()),
        };
        match program.as_str() {
            "export" => arguments.iter().for_each(|word| shell.assign(word, true)),
            "declare" | "typeset" | "local" | "readonly" => {
                let exports = arguments.iter().any(|word| word.as_str() == "-x");
                arguments
                    .iter()
                    .for_each(|word| shell.assign(word, exports));
            }
            "unset" => {
                for word in &arguments {
                    shell.variables.remove(word.as_str());
                    shell.exported.remove(word.as_str());
                }
            }
            "set" => {
                let allexport = |word: &Value| matches!(word.as_str(), "-a" | "allexport");
                shell.exports_all |= arguments.iter().any(allexport);
                self.add(words, lead, outputs, further, simple, shell, certain);
            }
            "cd" | "pushd" => {
                self.add(words, lead, outputs, further, simple, shell, certain);
                shell.enter(&arguments);
            }
            "popd" => shell.cwd = None,
            "source" | "." | "read" | "mapfile" | "readarray" | "eval" => {
                let names: Vec<_> = shell.variables.keys().cloned().collect();
                for name in names
                    .iter()
                    .filter(|name| !ENVIRONMENT.contains(&name.as_str()))
                {
                    shell.variables.insert(name.clone(), unknown(name));
                }
                shell.arrays.clear();
                self.add(words, lead, outputs, further, simple, shell, certain);
            }
            name if shell.functions.contains_key(name) && shell.calls < MAX_CALLS => {
                let body = shell.functions.get(name).cloned().unwrap_or_default();
                self.called.insert(name.to_owned());
                let mut inner = shell.clone();
                inner.calls += 1;
                inner.arguments = Some(arguments);
                for word in words.iter().take(lead) {
                    inner.assign(word, true);
                }
                self.nodes(&body, &mut inner, certain);
                inner.arguments = shell.arguments.take();
                inner.calls = shell.calls;
                for word in words.iter().take(lead) {
                    let name = word.as_str().split('=').next().unwrap_or_default();
                    inner.variables.remove(name);
                }
                *shell = inner;
            }
            _ => self.add(words, lead, outputs, further, simple, shell, certain),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one command")]
    fn add(
        &mut self,
        words: Vec<Value>,
        lead: usize,
        outputs: Vec<Value>,
        further: String,
        simple: &Simple,
        shell: &Shell<'_>,
        certain: bool,
    ) {
        let is_exported = |name: &str| shell.exports_all || shell.exported.contains(name);
        let environment = ENVIRONMENT.into_iter().filter(|name| is_exported(name));
        let environment =
            environment.filter_map(|name| Some((name, shell.variables.get(name)?.clone())));
        let at = simple.words.iter().flat_map(|word| &word.parts);
        let at = at
            .filter_map(|part| match part {
                Part::Text { text, .. } | Part::Variable { text, .. } | Part::Opaque(text) => {
                    text.start()
                }
            })
            .next();
        self.found.push(Command {
            words,
            lead,
            environment: environment.collect(),
            cwd: shell.cwd.clone(),
            certain,
            outputs,
            further,
            at: at.unwrap_or(self.start),
        });
    }
}

/// Whether `env` takes a word for a variable.
fn is_setting(word: &Value) -> bool {
    let name = word.as_str().split_once('=').map(|(name, _)| name);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !word.unknown && name.is_some_and(|name| !name.is_empty() && name.chars().all(is_part))
}

/// The files that a command's output goes to.
fn outputs_of(shell: &Shell<'_>, redirections: &[(bool, Word)]) -> Vec<Value> {
    let files = redirections.iter().filter(|(writes, _)| *writes);
    let files = files.map(|(_, word)| shell.joined(word));
    let is_file = |value: &Value| !matches!(value.as_str(), "1" | "2" | "/dev/null");
    files.filter(is_file).collect()
}

/// The text of here-documents and of commands that stand within words.
fn further(simple: &Simple) -> String {
    let redirected = simple.redirections.iter().map(|(_, word)| word);
    let mut found = String::new();
    for word in simple.words.iter().chain(redirected) {
        if let Some(document) = &word.document {
            found.push_str(document.as_str());
        }
        for part in &word.parts {
            match part {
                Part::Opaque(text) if text.as_str().contains("go build") => {
                    found.push_str(text.as_str());
                }
                _ => {}
            }
        }
    }
    found
}
