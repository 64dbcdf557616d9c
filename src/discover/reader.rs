//! Reads one file after the other and keeps those that matter.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::Wanted;
use super::code::{NamedCode, named_code};
use super::prefilter::{Encoding, OVERLAP, Prefilter, Relevance};
use super::{name, open};

/// Most files fit into one block: they cost an open, a read, and no memory of their own.
const BLOCK: usize = 64 * 1024;
/// How much of a file above the size limit is searched before it is reported unseen.
const SEARCHED: usize = 64 * 1024 * 1024;

/// What reading a file came to.
#[derive(Debug)]
pub(super) enum Content {
    /// The whole content of a file to look at.
    Wanted(Vec<u8>),
    /// It can only matter as a neighbour.
    Neighbour {
        /// The code that it names, if that can be told.
        code: Option<NamedCode>,
    },
    /// Ruled out.
    Unwanted,
    /// Not ruled out, but larger than the limit; both in bytes.
    TooLarge { size: u64, limit: u64 },
}

/// One for each thread: its buffers serve all the files that the thread reads.
pub(super) struct Reader {
    prefilter: Prefilter,
    limit: u64,
    block: Box<[u8]>,
    large: Vec<u8>,
}

impl Reader {
    /// `limit` is the size in bytes up to which files are kept.
    pub(super) fn new(limit: u64, wanted: Wanted) -> Self {
        Self {
            prefilter: Prefilter::new(wanted),
            limit,
            block: vec![0; BLOCK].into_boxed_slice(),
            large: Vec::new(),
        }
    }

    /// Reads a file that the user named: only its size can rule it out.
    pub(super) fn named(&self, path: &Path) -> io::Result<Content> {
        let file = open::named(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is no regular file any more"));
        }
        let size = metadata.len();
        if size > self.limit {
            return Ok(self.too_large(size));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        read_up_to(&file, self.limit, &mut bytes)?;
        if length(&bytes) > self.limit {
            return Ok(self.too_large(length(&bytes)));
        }
        Ok(Content::Wanted(bytes))
    }

    /// Reads a file that the walk found, and searches it.
    pub(super) fn walked(&mut self, path: &Path) -> io::Result<Content> {
        let mut file = open::listed(path)?;
        let filled = fill(&mut file, &mut self.block)?;
        let head = self.block.get(..filled).unwrap_or_default();
        if name::is_bare(path) && is_program(head) {
            return Ok(Content::Unwanted);
        }
        if filled == BLOCK {
            return self.walked_large(&mut file);
        }
        Ok(self.verdict(head))
    }

    /// Goes on with a file whose beginning fills the block.
    fn walked_large(&mut self, file: &mut File) -> io::Result<Content> {
        let size = file.metadata()?.len();
        if size <= self.limit {
            self.large.clear();
            self.large.extend_from_slice(&self.block);
            let rest = self.limit.saturating_sub(length(&self.block));
            read_up_to(file, rest, &mut self.large)?;
            return Ok(self.verdict(&self.large));
        }
        Ok(if self.may_match(file)? {
            self.too_large(size)
        } else {
            Content::Unwanted
        })
    }

    /// What to do with a file of this content, which may be cut off beyond the limit.
    fn verdict(&self, bytes: &[u8]) -> Content {
        match self.prefilter.relevance(bytes) {
            Relevance::None => Content::Unwanted,
            _ if length(bytes) > self.limit => self.too_large(length(bytes)),
            Relevance::Neighbour => Content::Neighbour {
                code: named_code(bytes),
            },
            Relevance::Subject => Content::Wanted(bytes.to_vec()),
        }
    }

    /// Searches the block and then the rest of the file, block by block. A file that shows nothing within
    /// [`SEARCHED`] bytes may match.
    fn may_match(&mut self, file: &mut File) -> io::Result<bool> {
        let mut seen = self.prefilter.begin(&self.block);
        let (mut filled, mut searched) = (BLOCK, BLOCK);
        loop {
            let piece = self.block.get(..filled).unwrap_or_default();
            self.prefilter.look(&mut seen, piece);
            if seen.relevance() != Relevance::None || searched >= SEARCHED {
                return Ok(true);
            }
            if filled < BLOCK {
                return Ok(false);
            }
            self.block.copy_within(BLOCK - OVERLAP.., 0);
            let rest = self.block.get_mut(OVERLAP..).unwrap_or_default();
            let read = fill(file, rest)?;
            filled = OVERLAP + read;
            searched += read;
        }
    }

    fn too_large(&self, size: u64) -> Content {
        let limit = self.limit;
        Content::TooLarge { size, limit }
    }
}

fn length(bytes: &[u8]) -> u64 {
    bytes.len() as u64
}

/// Appends the rest of `file` to `bytes`, and stops one byte beyond `limit`.
fn read_up_to(file: &File, limit: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    file.take(limit.saturating_add(1)).read_to_end(bytes)?;
    Ok(())
}

/// Reads until `buffer` is full or the file ends, and returns the number of bytes.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(free) = buffer.get_mut(filled..).filter(|free| !free.is_empty()) {
        match file.read(free) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Whether a file that begins so is a program rather than text: Go builds them without extension.
fn is_program(head: &[u8]) -> bool {
    Encoding::of(head) == Encoding::Ascii && memchr::memchr(0, head).is_some()
}
