//! What a text means, found without any of the code under test: the parser's own stream of events.

use granit_parser::{Event, Parser, ScalarStyle, options};

/// The meaning of a text as one flat list; `None` if it has none.
pub(super) fn meaning(text: &str) -> Option<Vec<String>> {
    let mut tokens = events(text)?;
    tokens.retain(|token| !token.starts_with('#'));
    Some(tokens)
}

/// The meaning, and every comment at its place.
pub(super) fn words(text: &str) -> Option<Vec<String>> {
    events(text)
}

fn events(text: &str) -> Option<Vec<String>> {
    let options = options! {
        emit_anchor_events: true,
        block_scalar_eof_without_line_feed: true,
        simple_key_max_lookahead: usize::MAX,
        max_buffered_comment_events: usize::MAX,
    };
    let mut tokens = vec![format!("json {}", is_json(text))];
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, _) = event.ok()?;
        tokens.push(match event {
            Event::Scalar(value, style, anchor, tag) => {
                let string = style != ScalarStyle::Plain || is_surely_string(&value);
                format!("scalar {value:?} string {string} &{anchor} {tag:?}")
            }
            Event::SequenceStart(_, anchor, tag) => format!("[ &{anchor} {tag:?}"),
            Event::MappingStart(_, anchor, tag) => format!("{{ &{anchor} {tag:?}"),
            Event::SequenceEnd => "]".to_owned(),
            Event::MappingEnd => "}".to_owned(),
            Event::Alias(anchor) => format!("*{anchor}"),
            Event::Anchor(id, name) => format!("&{id} = {name}"),
            Event::Comment(comment, _) => format!("#{}", comment.trim()),
            Event::DocumentStart(..) => "document".to_owned(),
            _ => continue,
        });
    }
    Some(tokens)
}

fn is_json(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Whether a plain scalar is a string to every reader: it begins with a letter or a path, and is no
/// word with a meaning.
fn is_surely_string(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_alphabetic() || "/_!@%*".contains(c));
    let path = text.starts_with("./") || text.starts_with("../");
    let words = "y n yes no on off true false null";
    let word = words.split(' ').any(|word| text.eq_ignore_ascii_case(word));
    (begins || path) && !word
}
