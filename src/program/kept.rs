//! What was made of files, as long as that is not much.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::Mutex;

use foldhash::HashMap;

use crate::parallel::locked;

/// What so many bytes of text have become is kept. Parsed, a Makefile can take a hundred times its size, and there may
/// be as many as links to one directory.
const MOST: usize = 2 << 20;

/// Answers by path. Once there is no room for another, those that are there stay: who asks for all of them in
/// turn finds these again.
#[derive(Debug)]
pub(super) struct Kept<V>(Mutex<Room<V>>);

#[derive(Debug)]
struct Room<V> {
    answers: HashMap<OsString, V>,
    /// How many bytes of text they were made of.
    bytes: usize,
    /// The last one that there was no room for: many functions in turn ask for the same.
    last: Option<(OsString, V)>,
}

impl<V> Default for Kept<V> {
    fn default() -> Self {
        Self(Mutex::new(Room {
            answers: HashMap::default(),
            bytes: 0,
            last: None,
        }))
    }
}

impl<V: Clone> Kept<V> {
    /// The answer for a path; to `find` it means to read so many bytes.
    pub(super) fn get(&self, path: &Path, find: impl FnOnce() -> (V, usize)) -> V {
        let path = path.as_os_str();
        if let Some(known) = locked(&self.0).known(path) {
            return known;
        }
        let (found, bytes) = find();
        let mut room = locked(&self.0);
        if room.bytes + bytes > MOST {
            room.last = Some((path.into(), found.clone()));
        } else if room.answers.insert(path.into(), found.clone()).is_none() {
            room.bytes += bytes;
        }
        found
    }
}

impl<V: Clone> Room<V> {
    fn known(&self, path: &OsStr) -> Option<V> {
        let last = || self.last.as_ref().filter(|(known, _)| known == path);
        let known = self.answers.get(path);
        known.or_else(|| last().map(|(_, last)| last)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_a_bound() {
        let kept = Kept::default();
        let name = |at: usize| OsString::from(at.to_string());
        for at in 0..100 {
            assert_eq!(kept.get(Path::new(&name(at)), || (at, MOST / 4)), at);
            // Whoever asks for the same in turn has it.
            assert_eq!(kept.get(Path::new(&name(at)), || (0, 0)), at);
            let room = locked(&kept.0);
            assert!(room.answers.len() <= 4 && room.bytes <= MOST, "{at}");
        }
        // So has who asks for all of them, as far as there was room.
        for at in 0..4 {
            assert_eq!(kept.get(Path::new(&name(at)), || (100, 0)), at);
        }
        assert_eq!(kept.get(Path::new("large"), || (1, 2 * MOST)), 1);
        assert_eq!(kept.get(Path::new("large"), || (0, 0)), 1);
    }
}
