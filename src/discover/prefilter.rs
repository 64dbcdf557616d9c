//! The byte search that rules out almost every file without parsing it.
//!
//! It misses a runtime that is written as an escape or put together from parts; `thorough` takes every
//! file that names a resource of the right kind.

use std::borrow::Cow;

use memchr::memmem::Finder;

/// A file has to name one of these runtimes (the second stands for `provided.al2`, too), or a container
/// image that is built from a Dockerfile.
const RUNTIMES: [&[u8]; 3] = [b"go1.x", b"provided", b"DockerContext"];
/// And a resource type: this, followed by one of [`SERVICES`]. One search finds both, and nothing in the
/// YAML and JSON that is not CloudFormation.
const VENDOR: &[u8] = b"AWS::";
const SERVICES: [&[u8]; 2] = [b"Lambda::", b"Serverless::"];

/// Two adjoining pieces of a file must share this many bytes for every name to lie in one of them whole,
/// in UTF-16 as well. Even, so that both begin at the same half of a UTF-16 unit.
pub(super) const OVERLAP: usize = 64;

/// How the bytes of a file spell characters, by its byte order mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8 or anything that spells ASCII like it.
    Ascii,
    Utf16Little,
    Utf16Big,
}

impl Encoding {
    pub(super) fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xfe, ..] => Self::Utf16Little,
            [0xfe, 0xff, ..] => Self::Utf16Big,
            _ => Self::Ascii,
        }
    }

    /// `bytes` in a spelling that holds ASCII as ASCII; whatever is broken is replaced.
    fn readable(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        let unit = match self {
            Self::Ascii => return Cow::Borrowed(bytes),
            Self::Utf16Little => u16::from_le_bytes,
            Self::Utf16Big => u16::from_be_bytes,
        };
        let (pairs, _) = bytes.as_chunks::<2>();
        let text: String = char::decode_utf16(pairs.iter().copied().map(unit))
            .map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        Cow::Owned(text.into_bytes())
    }
}

/// The searchers, built once.
#[derive(Clone, Debug)]
pub(super) struct Prefilter {
    runtimes: [Finder<'static>; 3],
    vendor: Finder<'static>,
    thorough: bool,
}

/// What the pieces of a file have shown so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    encoding: Encoding,
    runtime: bool,
    resource: bool,
}

impl Seen {
    /// Whether the file may hold a function to migrate.
    pub(super) fn enough(self) -> bool {
        self.runtime && self.resource
    }
}

impl Prefilter {
    pub(super) fn new(thorough: bool) -> Self {
        Self {
            runtimes: RUNTIMES.map(Finder::new),
            vendor: Finder::new(VENDOR),
            thorough,
        }
    }

    /// Whether a file with this content may hold a function to migrate.
    pub(super) fn matches(&self, bytes: &[u8]) -> bool {
        let mut seen = self.begin(bytes);
        self.look(&mut seen, bytes);
        seen.enough()
    }

    /// Begins a search in pieces; `head` is how the file begins.
    pub(super) fn begin(&self, head: &[u8]) -> Seen {
        Seen {
            encoding: Encoding::of(head),
            runtime: self.thorough,
            resource: false,
        }
    }

    /// Searches the next piece of a file.
    pub(super) fn look(&self, seen: &mut Seen, piece: &[u8]) {
        let text = seen.encoding.readable(piece);
        seen.resource = seen.resource || self.names_resource(&text);
        seen.runtime = seen.runtime || self.names_runtime(&text);
    }

    fn names_resource(&self, text: &[u8]) -> bool {
        self.vendor.find_iter(text).any(|at| {
            text.get(at + VENDOR.len()..)
                .is_some_and(|rest| SERVICES.iter().any(|service| rest.starts_with(service)))
        })
    }

    fn names_runtime(&self, text: &[u8]) -> bool {
        self.runtimes.iter().any(|name| name.find(text).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let text = format!("\u{feff}{text}");
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn both_a_runtime_and_a_resource_are_needed() {
        let cases = [
            ("AWS::Serverless::Function go1.x", true, true),
            ("provided AWS::Lambda::Function", true, true),
            (
                "AWS::S3::Bucket AWS::Lambda::LayerVersion provided.al2",
                true,
                true,
            ),
            ("AWS::Serverless::Function python3.12", false, true),
            ("AWS::Serverless-2016-10-31 go1.x", false, false),
            ("go1.x provided", false, false),
            ("AWS::", false, false),
            ("", false, false),
        ];
        for (text, usual, thorough) in cases {
            for bytes in [
                text.as_bytes().to_vec(),
                utf16(text, u16::to_le_bytes),
                utf16(text, u16::to_be_bytes),
            ] {
                assert_eq!(Prefilter::new(false).matches(&bytes), usual, "{text}");
                assert_eq!(Prefilter::new(true).matches(&bytes), thorough, "{text}");
            }
        }
    }

    #[test]
    fn broken_utf16_is_searched_all_the_same() {
        let mut bytes = utf16("go1.x AWS::Lambda::Function", u16::to_le_bytes);
        bytes.extend([0x00, 0xd8, 0x41]);
        assert!(Prefilter::new(false).matches(&bytes));
    }
}
