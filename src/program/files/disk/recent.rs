//! The files that were read last.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::parallel::locked;

/// So many files are kept, up to this size in bytes.
const MOST: usize = 16;
const LARGEST: usize = 32 * 1024;

/// One question after the other is about the same source file, and one function after the other lies in the
/// same module: such files are not read again each time.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<VecDeque<(OsString, Arc<[u8]>)>>);

impl Recent {
    /// What the file held, by its absolute path.
    pub(super) fn get(&self, file: &Path) -> Option<Arc<[u8]>> {
        let files = locked(&self.0);
        let mut latest = files.iter().rev();
        let (_, bytes) = latest.find(|(known, _)| known == file.as_os_str())?;
        Some(Arc::clone(bytes))
    }

    /// Keeps what a file holds; the one that was read longest ago makes room.
    pub(super) fn keep(&self, file: PathBuf, bytes: &[u8]) {
        if bytes.len() > LARGEST {
            return;
        }
        let mut files = locked(&self.0);
        if files.len() >= MOST {
            files.pop_front();
        }
        files.push_back((file.into(), bytes.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_latest_small_ones() {
        let recent = Recent::default();
        for at in 0..=MOST {
            recent.keep(PathBuf::from(format!("/{at}")), at.to_string().as_bytes());
        }
        recent.keep(PathBuf::from("/large"), &vec![b'x'; LARGEST + 1]);
        assert_eq!(recent.get(Path::new("/0")), None);
        assert_eq!(recent.get(Path::new("/large")), None);
        for at in 1..=MOST {
            let kept = recent.get(Path::new(&format!("/{at}")));
            assert_eq!(kept.as_deref(), Some(at.to_string().as_bytes()));
        }
    }
}
