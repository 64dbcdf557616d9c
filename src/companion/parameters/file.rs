//! Parameter files: what each of the known forms gives, and which template a file names.

use std::ops::Range;
use std::path::Path;

use super::overrides::aws;
use super::samconfig::{self, Given};
use super::text::Text;
use super::tree::{Value, refuse};
use super::whose::{Evidence, Owner};
use super::{ParameterChange, change, expect_few, written_key};
use crate::companion::Refused;

/// A place that carries an old value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place<'v, 'c> {
    pub(super) text: &'v Text,
    /// Byte offsets into the string's value.
    pub(super) part: Range<usize>,
    /// What shall stand there.
    pub(super) to: &'c str,
}

impl<'v, 'c> Place<'v, 'c> {
    /// The place of a parameter whose value is the whole string.
    pub(super) fn whole(
        key: &str,
        value: &'v Value,
        changes: &[ParameterChange<'c>],
    ) -> Option<Self> {
        let text = value.text()?;
        let change = change(changes, key, &text.value)?;
        Some(Self {
            text,
            part: 0..text.value.len(),
            to: change.to,
        })
    }
}

/// The places at which a parameter file of our template carries an old value.
///
/// # Errors
/// When it cannot be told whose file it is, or whether it is a parameter file at all.
pub(super) fn places<'v, 'c>(
    root: &'v Value,
    changes: &[ParameterChange<'c>],
    evidence: Evidence<'_>,
) -> Result<Vec<Place<'v, 'c>>, Refused> {
    let mut given = Given::default();
    let form = Form::of(root, evidence.file);
    match form {
        Form::Unknown => return Ok(Vec::new()),
        Form::Map(map) | Form::Loose(map) => samconfig::read(map, changes, &mut given)?,
        Form::Pairs(items) => pairs(items, changes, &mut given),
        Form::Strings(items) if is_json(evidence.file) => strings(items, changes, &mut given),
        Form::Strings(_) => samconfig::read(root, changes, &mut given)?,
    }
    given.settle();
    expect_few(given.places.len(), "places to change")?;
    let Some(first) = given.places.first() else {
        return Ok(Vec::new());
    };
    let at = first.text.content.start;
    if matches!(form, Form::Loose(_)) {
        return Err(refuse("nothing says that the file holds parameters", at));
    }
    let owner = match template(root) {
        Some(written) => evidence.by_path(written),
        None => evidence.by_name_or_keys(&given.keys),
    };
    match owner {
        Owner::Ours => Ok(given.places),
        Owner::Theirs => Ok(Vec::new()),
        Owner::Unknown(why) => Err(refuse(why, at)),
    }
}

/// The forms of a parameter file.
enum Form<'v> {
    /// `{"Parameters": {"Key": "Value"}}` of CodePipeline, `parameters:` of a stack deployment file
    /// of Git sync, or the map alone where the name of the file says what it is.
    Map(&'v Value),
    /// A map of scalars that may be anything.
    Loose(&'v Value),
    /// `[{"ParameterKey": "Key", "ParameterValue": "Value"}]` of the AWS CLI, alone or as the
    /// `Parameters` of `--cli-input-json`.
    Pairs(&'v [Value]),
    /// `["Key=Value"]` of `aws cloudformation deploy`.
    Strings(&'v [Value]),
    /// Something else, a template for one.
    Unknown,
}

impl<'v> Form<'v> {
    /// Forms as of
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html>,
    /// <https://docs.aws.amazon.com/cli/latest/reference/cloudformation/create-stack.html>,
    /// <https://awscli.amazonaws.com/v2/documentation/api/latest/reference/cloudformation/deploy/index.html#supported-json-syntax> and
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/git-sync-concepts-terms.html>.
    fn of(root: &'v Value, file: &Path) -> Self {
        if root.get("Resources").is_some() || root.get("AWSTemplateFormatVersion").is_some() {
            return Self::Unknown;
        }
        let of_git_sync = root.get("template-file-path").and(root.get("parameters"));
        match (root, root.get("Parameters").or(of_git_sync)) {
            (_, Some(map)) if is_flat(map) => Self::Map(map),
            (_, Some(Value::List(items))) if items.iter().all(is_pair) => Self::Pairs(items),
            (_, Some(_)) => Self::Unknown,
            (Value::List(items), _) if items.iter().all(is_pair) => Self::Pairs(items),
            (Value::List(items), _) if items.iter().all(is_assignment) => Self::Strings(items),
            _ if is_flat(root) && says_parameters(file) => Self::Map(root),
            _ if is_flat(root) => Self::Loose(root),
            _ => Self::Unknown,
        }
    }
}

fn is_flat(value: &Value) -> bool {
    let is_scalar = |value: &Value| matches!(value, Value::Text(_) | Value::Other(_));
    let is_plain = |value: &Value| match value {
        Value::List(items) => items.iter().all(is_scalar),
        other => is_scalar(other),
    };
    matches!(value, Value::Table(entries) if entries.iter().all(|(_, it)| is_plain(it)))
}

fn is_pair(value: &Value) -> bool {
    value
        .get("ParameterKey")
        .is_some_and(|key| key.text().is_some())
}

fn is_assignment(value: &Value) -> bool {
    value.text().is_some_and(|text| text.value.contains('='))
}

fn is_json(file: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// Whether the name of the file or of its directory speaks of parameters.
fn says_parameters(file: &Path) -> bool {
    let mut names = file.iter().rev().take(2);
    names.any(|name| {
        name.to_string_lossy()
            .to_ascii_lowercase()
            .contains("param")
    })
}

fn pairs<'v, 'c>(items: &'v [Value], changes: &[ParameterChange<'c>], given: &mut Given<'v, 'c>) {
    for item in items {
        let Some(key) = item.get("ParameterKey").and_then(Value::text) else {
            continue;
        };
        given.keys.push(&key.value);
        let value = item.get("ParameterValue");
        let place = value.and_then(|value| Place::whole(&key.value, value, changes));
        given.places.extend(place);
    }
}

fn strings<'v, 'c>(items: &'v [Value], changes: &[ParameterChange<'c>], given: &mut Given<'v, 'c>) {
    for text in items.iter().filter_map(Value::text) {
        let Some(it) = aws(&text.value) else { continue };
        given.keys.extend(written_key(&text.value, &it.key));
        given
            .places
            .extend(change(changes, &it.key, &it.says).map(|change| Place {
                text,
                part: it.value,
                to: change.to,
            }));
    }
}

/// The template that the file itself names.
fn template(root: &Value) -> Option<&str> {
    let names = ["template-file-path", "TemplateBody", "TemplateURL"];
    let text = names.iter().find_map(|name| root.get(name)?.text())?;
    Some(text.value.as_str())
}
