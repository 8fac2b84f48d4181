//! Our own channel's file: filters, signatures and words, versioned, compressed and signed.
//!
//! Layout, little-endian: magic (8 bytes), format, length of the signature, length of the payload
//! (u32 each), the signature (text as minisign writes it, over the compressed payload), the payload
//! (raw deflate). Unpacked, the payload is the length of a head (u32), the head (JSON, [`Head`]) and
//! the bytes of its files one after another.
//!
//! Nothing is unpacked before its signature is good; what is unpacked is bounded; a version that is
//! not newer than the newest ever installed, or whose time is over, is refused. A delta names the
//! version that it changes, and every file that comes out has to have the SHA-256 that was signed.

use std::collections::BTreeMap;

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::key::{self, KeyError, LONGEST_SIGNATURE};
use super::patch;

/// What every bundle begins with.
const MAGIC: [u8; 8] = *b"NOMINE\x1aB";
/// The version of the layout; another one is refused, never guessed at.
const FORMAT: u32 = 1;
/// Bytes before the signature.
const HEAD: usize = 20;
/// Largest bundle, compressed.
pub const LARGEST: usize = 16 << 20;
/// Largest payload, unpacked.
const LARGEST_UNPACKED: usize = 64 << 20;
/// Most files.
const MOST_FILES: usize = 64;
/// Longest life of a bundle from its creation, in seconds.
const LONGEST_LIFE: u64 = 400 * 86_400;
/// The highest version: the highest number that JavaScript, which keeps it, can count to.
const HIGHEST_VERSION: u64 = (1 << 53) - 1;
/// How far a clock may be behind the one that made the bundle, in seconds.
const CLOCK_TOLERANCE: u64 = 86_400;

/// Files by their names.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What a bundle says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Strictly rising.
    pub version: u64,
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// When it ends, in seconds since 1970.
    pub expires: u64,
    /// The version that this one changes; a whole bundle has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<u64>,
    /// Its files; those that are not named are not in the version.
    pub files: Vec<Entry>,
}

/// One file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name: `a-z`, digits, `.`, `-`, `_`.
    pub name: String,
    /// How many bytes of the payload are its.
    pub length: u64,
    /// What those bytes are.
    pub how: How,
    /// SHA-256 of what comes out, in hexadecimal.
    pub sha256: String,
}

/// How a file is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// As it is.
    Whole,
    /// As a difference to the base's file (see [`patch`]).
    Patch,
    /// Not at all: it is the base's file.
    Same,
}

/// A bundle that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What it says about itself.
    pub head: Head,
    /// Its files, whole.
    pub files: Files,
    /// Which of the keys signed it.
    pub key: usize,
}

/// What is known where a bundle is opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circumstances<'a> {
    /// The time, in seconds since 1970; without it times are not checked.
    pub now: Option<u64>,
    /// The newest version that was ever installed here.
    pub newest: Option<u64>,
    /// The version whose files follow, for deltas.
    pub base: Option<(u64, &'a Files)>,
}

/// Why a bundle was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It does not begin like one.
    #[error("this is not a bundle of lists")]
    NotABundle,
    /// Another layout.
    #[error("made for another version of this program (format {0})")]
    Format(u32),
    /// Shorter or longer than it says.
    #[error("the bundle is incomplete")]
    Truncated,
    /// Too large, packed or unpacked.
    #[error("the bundle is too large")]
    TooLarge,
    /// The signature is not good.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Signed, but its content makes no sense.
    #[error("the bundle is damaged ({0})")]
    Damaged(&'static str),
    /// Not newer than what was installed.
    #[error("version {found} is not newer than version {newest}, which was installed already")]
    Old {
        /// Its version.
        found: u64,
        /// The newest installed.
        newest: u64,
    },
    /// Its time is over.
    #[error("it ended {days} days ago by this computer's clock")]
    Expired {
        /// How long ago.
        days: u64,
    },
    /// It was made after now.
    #[error(
        "it was made {days} days in the future by this computer's clock, which is probably wrong"
    )]
    Clock {
        /// How far in the future.
        days: u64,
    },
    /// A delta to something that is not here.
    #[error("it changes version {0}, which is not installed")]
    Base(u64),
    /// What came out of a delta is not what was signed.
    #[error("the change does not fit the installed files ({0})")]
    Delta(String),
}

/// Files as a payload, to be signed and then put into a bundle by [`seal`]. With a base, files that
/// did not change are left out and `difference` may give a shorter form of those that did.
pub fn payload(
    mut head: Head,
    files: &Files,
    base: Option<(u64, &Files)>,
    difference: impl Fn(&[u8], &[u8]) -> Option<Vec<u8>>,
) -> Vec<u8> {
    head.base = base.map(|(version, _)| version);
    head.files.clear();
    let mut body = Vec::new();
    for (name, bytes) in files {
        let old = base.and_then(|(_, files)| files.get(name));
        let (how, carried) = match old {
            Some(old) if old == bytes => (How::Same, Vec::new()),
            Some(old) => match difference(old, bytes) {
                Some(patch) if patch.len() < bytes.len() => (How::Patch, patch),
                _ => (How::Whole, bytes.clone()),
            },
            None => (How::Whole, bytes.clone()),
        };
        head.files.push(Entry {
            name: name.clone(),
            length: carried.len() as u64,
            how,
            sha256: sha256(bytes),
        });
        body.extend_from_slice(&carried);
    }
    // The head holds nothing that JSON cannot.
    let json = serde_json::to_vec(&head).unwrap_or_default();
    let mut out = (json.len() as u32).to_le_bytes().to_vec();
    out.extend_from_slice(&json);
    out.extend_from_slice(&body);
    compress_to_vec(&out, 9)
}

/// A payload and its signature as a bundle.
pub fn seal(payload: &[u8], signature: &str) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    for number in [FORMAT, signature.len() as u32, payload.len() as u32] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(signature.as_bytes());
    out.extend_from_slice(payload);
    out
}

/// The signature and the payload of a bundle, unchecked.
///
/// # Errors
/// It has not the form of a bundle.
pub fn parts(bytes: &[u8]) -> Result<(&str, &[u8]), BundleError> {
    if bytes.get(..MAGIC.len()) != Some(&MAGIC) {
        return Err(BundleError::NotABundle);
    }
    if bytes.len() > LARGEST {
        return Err(BundleError::TooLarge);
    }
    let format = number(bytes, 8).ok_or(BundleError::Truncated)?;
    if format != FORMAT {
        return Err(BundleError::Format(format));
    }
    let signature = number(bytes, 12).ok_or(BundleError::Truncated)? as usize;
    let payload = number(bytes, 16).ok_or(BundleError::Truncated)? as usize;
    if signature > LONGEST_SIGNATURE {
        return Err(BundleError::Damaged("signature"));
    }
    let rest = bytes.get(HEAD..).ok_or(BundleError::Truncated)?;
    let (text, rest) = rest
        .split_at_checked(signature)
        .ok_or(BundleError::Truncated)?;
    if rest.len() != payload {
        return Err(BundleError::Truncated);
    }
    let text = std::str::from_utf8(text).map_err(|_| BundleError::Damaged("signature"))?;
    Ok((text, rest))
}

/// Opens a bundle: signature first, then everything else.
///
/// # Errors
/// Says why it is refused; nothing of it is to be used then.
pub fn open(
    bytes: &[u8],
    keys: &[impl AsRef<str>],
    here: Circumstances<'_>,
) -> Result<Opened, BundleError> {
    let (signature, packed) = parts(bytes)?;
    let (key, _) = key::verify(packed, signature, keys)?;
    content(packed, key, here)
}

/// What is behind the signature, for a fuzzer, which cannot sign.
///
/// # Errors
/// As [`open`].
#[cfg(fuzzing)]
pub fn unsigned(packed: &[u8], here: Circumstances<'_>) -> Result<Opened, BundleError> {
    content(packed, 0, here)
}

/// Opens what a key signed.
fn content(packed: &[u8], key: usize, here: Circumstances<'_>) -> Result<Opened, BundleError> {
    let unpacked = decompress_to_vec_with_limit(packed, LARGEST_UNPACKED).map_err(|error| {
        if error.status == miniz_oxide::inflate::TINFLStatus::HasMoreOutput {
            BundleError::TooLarge
        } else {
            BundleError::Damaged("compression")
        }
    })?;
    let length = number(&unpacked, 0).ok_or(BundleError::Damaged("head"))? as usize;
    let (json, body) = unpacked
        .get(4..)
        .and_then(|rest| rest.split_at_checked(length))
        .ok_or(BundleError::Damaged("head"))?;
    let head: Head = serde_json::from_slice(json).map_err(|_| BundleError::Damaged("head"))?;
    check(&head, here)?;
    let files = files(&head, body, here)?;
    Ok(Opened { head, files, key })
}

fn check(head: &Head, here: Circumstances<'_>) -> Result<(), BundleError> {
    if head.files.len() > MOST_FILES || head.files.iter().any(|file| !is_name(&file.name)) {
        return Err(BundleError::Damaged("names"));
    }
    if head.version > HIGHEST_VERSION {
        return Err(BundleError::Damaged("version"));
    }
    if head.expires <= head.created || head.expires - head.created > LONGEST_LIFE {
        return Err(BundleError::Damaged("times"));
    }
    if let Some(newest) = here.newest.filter(|newest| head.version <= *newest) {
        return Err(BundleError::Old {
            found: head.version,
            newest,
        });
    }
    let Some(now) = here.now else { return Ok(()) };
    if now.saturating_add(CLOCK_TOLERANCE) < head.created {
        return Err(BundleError::Clock {
            days: (head.created - now) / 86_400,
        });
    }
    if now >= head.expires {
        return Err(BundleError::Expired {
            days: (now - head.expires) / 86_400,
        });
    }
    Ok(())
}

fn files(head: &Head, mut body: &[u8], here: Circumstances<'_>) -> Result<Files, BundleError> {
    let base = match head.base {
        None => None,
        Some(wanted) => match here.base {
            Some((version, files)) if version == wanted => Some(files),
            _ => return Err(BundleError::Base(wanted)),
        },
    };
    let mut files = Files::new();
    for entry in &head.files {
        let length = usize::try_from(entry.length).map_err(|_| BundleError::Damaged("lengths"))?;
        let (carried, rest) = body
            .split_at_checked(length)
            .ok_or(BundleError::Damaged("lengths"))?;
        body = rest;
        let unfit = || BundleError::Delta(entry.name.clone());
        let old = || {
            base.and_then(|base| base.get(&entry.name))
                .ok_or_else(unfit)
        };
        let bytes = match entry.how {
            How::Whole => carried.to_vec(),
            How::Same => old()?.clone(),
            How::Patch => {
                let old = std::str::from_utf8(old()?).map_err(|_| unfit())?;
                let change = std::str::from_utf8(carried).map_err(|_| unfit())?;
                patch::apply_file(old, change, "")
                    .map_err(|_| unfit())?
                    .into_bytes()
            }
        };
        if sha256(&bytes) != entry.sha256 {
            return Err(if entry.how == How::Whole {
                BundleError::Damaged("checksum")
            } else {
                unfit()
            });
        }
        if files.insert(entry.name.clone(), bytes).is_some() {
            return Err(BundleError::Damaged("names"));
        }
    }
    if body.is_empty() {
        Ok(files)
    } else {
        Err(BundleError::Damaged("lengths"))
    }
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
    (1..=64).contains(&name.len()) && name.bytes().all(fits) && !name.starts_with('.')
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|nibble| char::from_digit(u32::from(nibble), 16))
        .collect()
}
