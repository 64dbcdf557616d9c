//! What was made of files, as long as that is not much.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Mutex;

use crate::parallel::locked;

/// What so many bytes of text have become is kept. Parsed, a file can take forty times its size, and there may
/// be as many as links to one directory.
const MOST: usize = 1 << 20;

/// Answers by path, which are all forgotten once there is no room for another.
#[derive(Debug)]
pub(super) struct Kept<V>(Mutex<Room<V>>);

#[derive(Debug)]
struct Room<V> {
    answers: HashMap<OsString, V, foldhash::fast::RandomState>,
    /// How many bytes of text they were made of.
    bytes: usize,
}

impl<V> Default for Kept<V> {
    fn default() -> Self {
        Self(Mutex::new(Room {
            answers: HashMap::default(),
            bytes: 0,
        }))
    }
}

impl<V: Clone> Kept<V> {
    /// The answer for a path; to `find` it means to read so many bytes.
    pub(super) fn get(&self, path: &Path, find: impl FnOnce() -> (V, usize)) -> V {
        let path = path.as_os_str();
        if let Some(known) = locked(&self.0).answers.get(path) {
            return known.clone();
        }
        let (found, bytes) = find();
        let mut room = locked(&self.0);
        if room.bytes + bytes > MOST {
            room.answers.clear();
            room.bytes = 0;
        }
        if room.answers.insert(path.into(), found.clone()).is_none() {
            room.bytes += bytes;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_a_bound() {
        let kept = Kept::default();
        let found = |at: usize| kept.get(Path::new(&at.to_string()), || (at, MOST / 4));
        for at in 0..100 {
            assert_eq!(found(at), at);
            assert_eq!(kept.get(Path::new(&at.to_string()), || (0, 0)), at);
            let room = locked(&kept.0);
            assert!(room.answers.len() <= 4 && room.bytes <= MOST, "{at}");
        }
        assert_eq!(kept.get(Path::new("large"), || (1, 2 * MOST)), 1);
        assert_eq!(locked(&kept.0).answers.len(), 1);
    }
}
