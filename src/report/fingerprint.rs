//! What a finding is known by from one run to the next.

use std::collections::HashMap;
use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::place;
use crate::finding::Finding;
use crate::migrate::Outcome;

/// The fingerprints of the findings of a file, in their order.
///
/// They are made of the rule, the path, the resource and the text that the finding points at, and of
/// nothing that an edit elsewhere in the file or another wording of the message would change. Findings
/// that are equal in all of this are numbered.
pub(crate) fn of(outcome: &Outcome) -> Vec<String> {
    let path = place::shown_bytes(outcome.source.path());
    let mut seen: HashMap<u128, u64> = HashMap::new();
    let mut one = |finding: &Finding| {
        let text = place::first_line(&outcome.source, &finding.range);
        let resource = finding.resource.as_deref().unwrap_or_default();
        let parts = [
            finding.rule.id.as_bytes(),
            &path,
            resource.as_bytes(),
            text.as_bytes(),
        ];
        let number = seen.entry(hash(&parts, 0)).or_default();
        let print = hash(&parts, *number);
        *number += 1;
        format!("{print:032x}")
    };
    outcome.findings.iter().map(&mut one).collect()
}

/// The fingerprint of something that has no place in a template.
pub(super) fn of_failure(path: &str, message: &str) -> String {
    format!(
        "{:032x}",
        hash(&[b"failure", path.as_bytes(), message.as_bytes()], 0)
    )
}

/// The same in every version and on every machine.
fn hash(parts: &[&[u8]], number: u64) -> u128 {
    let mut hasher = SipHasher13::new();
    for part in parts {
        // The length, in as many bytes on every machine, keeps the parts apart.
        hasher.write(&(part.len() as u64).to_le_bytes());
        hasher.write(part);
    }
    hasher.write(&number.to_le_bytes());
    hasher.finish128().as_u128()
}

#[cfg(test)]
mod tests {
    use super::hash;

    /// Changing this would make every known finding a new one for everybody.
    #[test]
    fn the_hash_stays_what_it_is() {
        let known = hash(&[b"retired-runtime", b"t.yaml", b"Intake", b"go1.x"], 0);
        assert_eq!(format!("{known:032x}"), "da705622067531bc61045cb2bc712d3f");
        assert_ne!(hash(&[b"ab", b"c"], 0), hash(&[b"a", b"bc"], 0));
    }
}
