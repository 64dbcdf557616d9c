//! The byte search that rules out almost every file without parsing it.
//!
//! It misses a runtime that is written as an escape or put together from parts; [`Wanted::Any`] takes every
//! file that names a resource of the right kind.

use std::borrow::Cow;

use memchr::memmem::Finder;

use super::Wanted;

/// A resource type: this, followed by one of [`SERVICES`]. One search finds both, and nothing in the
/// YAML and JSON that is not CloudFormation.
const VENDOR: &[u8] = b"AWS::";
const SERVICES: [&[u8]; 2] = [b"Lambda::", b"Serverless::"];

/// What makes a template worth a look whatever else it names: the runtime, a container image that is built
/// from a Dockerfile, the function of a registry type with its files beside it, or a comment to this program.
const MARKS: [&[u8]; 4] = [b"go1.x", b"DockerContext", b"TypeFunction", b"lambdalift"];
/// How the names of the other runtimes begin, and how that of the current one goes on.
const PROVIDED: &[u8] = b"provided";
const CURRENT: &[u8] = b".al2023";

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

/// What a file is to a run, by what its bytes name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relevance {
    /// Nothing.
    None,
    /// It may share code with a function that moves, but holds none itself.
    Neighbour,
    /// It may hold a function that moves.
    Subject,
}

/// The searchers, built once.
#[derive(Clone, Debug)]
pub(super) struct Prefilter {
    vendor: Finder<'static>,
    marks: [Finder<'static>; 4],
    provided: Finder<'static>,
    wanted: Wanted,
}

/// What the pieces of a file have shown so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    encoding: Encoding,
    resource: bool,
    named: Relevance,
}

impl Seen {
    pub(super) fn relevance(self) -> Relevance {
        if self.resource {
            self.named
        } else {
            Relevance::None
        }
    }
}

impl Prefilter {
    pub(super) fn new(wanted: Wanted) -> Self {
        Self {
            vendor: Finder::new(VENDOR),
            marks: MARKS.map(Finder::new),
            provided: Finder::new(PROVIDED),
            wanted,
        }
    }

    /// What a file with this content is.
    pub(super) fn relevance(&self, bytes: &[u8]) -> Relevance {
        let text = Encoding::of(bytes).readable(bytes);
        // Nearly every file ends here, after a single search.
        if self.names_resource(&text) {
            self.named(&text)
        } else {
            Relevance::None
        }
    }

    /// Begins a search in pieces; `head` is how the file begins.
    pub(super) fn begin(&self, head: &[u8]) -> Seen {
        Seen {
            encoding: Encoding::of(head),
            resource: false,
            named: Relevance::None,
        }
    }

    /// Searches the next piece of a file.
    pub(super) fn look(&self, seen: &mut Seen, piece: &[u8]) {
        let text = seen.encoding.readable(piece);
        seen.resource = seen.resource || self.names_resource(&text);
        seen.named = seen.named.max(self.named(&text));
    }

    fn names_resource(&self, text: &[u8]) -> bool {
        self.vendor.find_iter(text).any(|at| {
            text.get(at + VENDOR.len()..)
                .is_some_and(|rest| SERVICES.iter().any(|service| rest.starts_with(service)))
        })
    }

    /// What a text is that names a resource.
    fn named(&self, text: &[u8]) -> Relevance {
        if self.wanted == Wanted::Any || self.marks.iter().any(|mark| mark.find(text).is_some()) {
            return Relevance::Subject;
        }
        let mut found = Relevance::None;
        for at in self.provided.find_iter(text) {
            let rest = text.get(at + PROVIDED.len()..).unwrap_or_default();
            if self.wanted != Wanted::Retired || !rest.starts_with(CURRENT) {
                return Relevance::Subject;
            }
            found = Relevance::Neighbour;
        }
        found
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
        use Relevance::{Neighbour, None, Subject};
        let cases = [
            ("AWS::Serverless::Function go1.x", [Subject; 3]),
            ("provided\nAWS::Lambda::Function", [Subject; 3]),
            (
                "AWS::S3::Bucket AWS::Lambda::LayerVersion provided.al2",
                [Subject; 3],
            ),
            ("AWS::Serverless::Function DockerContext", [Subject; 3]),
            (
                "AWS::Serverless::Function provided.al2023",
                [Neighbour, Subject, Subject],
            ),
            (
                "AWS::Serverless::Function provided.al2023 provided.al2",
                [Subject; 3],
            ),
            (
                "AWS::Lambda::Function provided.al2023 # lambdalift: ignore",
                [Subject; 3],
            ),
            ("AWS::Lambda::Function provided.${Suffix}", [Subject; 3]),
            ("AWS::Lambda::Function provided # comment", [Subject; 3]),
            (
                "AWS::Lambda::Function: the key provided by you",
                [Subject; 3],
            ),
            (
                "AWS::Serverless::Function python3.12",
                [None, None, Subject],
            ),
            ("AWS::Serverless-2016-10-31 go1.x", [None; 3]),
            ("go1.x provided", [None; 3]),
            ("AWS::", [None; 3]),
            ("", [None; 3]),
        ];
        for (text, expected) in cases {
            for bytes in [
                text.as_bytes().to_vec(),
                utf16(text, u16::to_le_bytes),
                utf16(text, u16::to_be_bytes),
            ] {
                let all = [Wanted::Retired, Wanted::Provided, Wanted::Any];
                let found = all.map(|wanted| Prefilter::new(wanted).relevance(&bytes));
                assert_eq!(found, expected, "{text}");
                let pieces = all.map(|wanted| {
                    let prefilter = Prefilter::new(wanted);
                    let mut seen = prefilter.begin(&bytes);
                    prefilter.look(&mut seen, &bytes);
                    seen.relevance()
                });
                assert_eq!(pieces, expected, "{text}");
            }
        }
    }

    #[test]
    fn broken_utf16_is_searched_all_the_same() {
        let mut bytes = utf16("go1.x AWS::Lambda::Function", u16::to_le_bytes);
        bytes.extend([0x00, 0xd8, 0x41]);
        let prefilter = Prefilter::new(Wanted::Retired);
        assert_eq!(prefilter.relevance(&bytes), Relevance::Subject);
    }
}
