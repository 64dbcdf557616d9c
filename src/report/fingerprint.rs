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
    let path = place::shown(outcome.source.path());
    let mut seen: HashMap<u128, u64> = HashMap::new();
    let mut one = |finding: &Finding| {
        let text = place::first_line(&outcome.source, &finding.range);
        let resource = finding.resource.as_deref().unwrap_or_default();
        let parts = [finding.rule.id, &path, resource, text];
        let number = seen.entry(hash(&parts, 0)).or_default();
        let print = hash(&parts, *number);
        *number += 1;
        format!("{print:032x}")
    };
    outcome.findings.iter().map(&mut one).collect()
}

/// The fingerprint of something that has no place in a template.
pub(super) fn of_failure(path: &str, message: &str) -> String {
    format!("{:032x}", hash(&["failure", path, message], 0))
}

/// The same in every version and on every machine.
fn hash(parts: &[&str], number: u64) -> u128 {
    let mut hasher = SipHasher13::new();
    for part in parts {
        hasher.write(part.as_bytes());
        hasher.write_u8(0xFF);
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
        let known = format!(
            "{:032x}",
            hash(&["retired-runtime", "t.yaml", "Intake", "go1.x"], 0)
        );
        assert_eq!(known, "d6b2f2deb6160767941e35e382cd1a7d");
        assert_ne!(hash(&["ab", "c"], 0), hash(&["a", "bc"], 0));
    }
}
