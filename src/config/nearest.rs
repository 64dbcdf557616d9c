//! "Did you mean?"

/// The name that is most likely meant by `word`, if any is near enough.
pub(crate) fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // The comparison costs the product of the lengths, and no name here is that long.
    if word.len() > 64 {
        return None;
    }
    let word = word.to_lowercase().replace(['_', ' '], "-");
    let names = names.into_iter();
    let scored = names.map(|name| (likeness(&word, name), name));
    scored
        .filter(|(score, _)| *score > 0.5)
        // Of equals the first, so that the order of the names decides, not chance.
        .reduce(|best, other| if other.0 > best.0 { other } else { best })
        .map(|(_, name)| name)
}

/// Letters that are alike, or a word of several that is the same.
fn likeness(word: &str, name: &str) -> f64 {
    let letters = strsim::normalized_damerau_levenshtein(word, name);
    let parts: Vec<&str> = word.split('-').collect();
    let of_name: Vec<&str> = name.split('-').collect();
    let shared = of_name.iter().filter(|part| parts.contains(part)).count();
    let several = shared > 0 && shared < of_name.len() && of_name.len() > 1;
    // Words weigh less than letters that are nearly all the same.
    letters.max(if several { 0.5 + letters / 4.0 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RULES;

    #[test]
    fn finds_what_is_meant() {
        let rules = || RULES.iter().map(|rule| rule.id);
        for (word, expected) in [
            ("retired-runtme", Some("retired-runtime")),
            ("retired_runtime", Some("retired-runtime")),
            ("Retired-Runtime", Some("retired-runtime")),
            ("go-runtime", Some("computed-runtime")),
            ("gohandler", Some("go-handler")),
            ("x86", Some("x86-architecture")),
            ("nothing-like-it", None),
            ("", None),
            (&"x".repeat(1 << 20), None),
        ] {
            assert_eq!(nearest(word, rules()), expected, "{word}");
        }
        assert_eq!(nearest("arm46", ["auto", "arm64", "x86_64"]), Some("arm64"));
        assert_eq!(
            nearest("x86-64", ["auto", "arm64", "x86_64"]),
            Some("x86_64")
        );
    }
}
