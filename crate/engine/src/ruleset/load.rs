//! The flat buffer: its header, and the checks before it is used.
//!
//! Layout, little-endian: magic (8 bytes), version, number of sections (u32 each), length of
//! everything, checksum of what follows (u64 each), end of each section counted from the first
//! section's beginning (u32 each), then the sections one after another. Nothing is rebuilt on
//! loading; the buffer is used as it is.

use std::ops::Range;
use std::sync::OnceLock;

use super::bytes::{checksum, string_at, u16_at, u32_at, u64_at};
use super::options::{CLASS_SIZE, Class, NONE, Scope};
use super::record::{RECORD_SIZE, Record, Sort};
use super::regex::Expression;
use super::{grams, hosts};

/// What every serialised ruleset begins with.
const MAGIC: [u8; 8] = *b"NOMINE\x1aR";
/// The version of the layout; another version is refused, never guessed at.
const VERSION: u32 = 3;
/// Bytes before the ends of the sections.
const HEAD: usize = 32;

/// The sections, in order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Section {
    Strings,
    Lists,
    Classes,
    Scopes,
    Records,
    Hosts,
    From,
    Grams,
    Always,
    Regexes,
    Meta,
}

/// Number of sections.
pub(super) const SECTIONS: usize = 11;
/// Bytes of the section `Meta`: types of `Always`, types of `From` (u16 each), bits of a line in
/// the meaning of a host (u32), number of filters (u32).
pub(super) const META_SIZE: usize = 12;
/// Records have numbers below this: they share a word with a gram's position.
pub(super) const MAX_RECORDS: u32 = 1 << 24;
/// In the meaning of a host: the rest is the number of a record.
pub(super) const IS_RECORD: u32 = 1 << 31;

/// Why a serialised ruleset was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It does not begin like one.
    #[error("this is not a compiled ruleset")]
    NotARuleset,
    /// It was written by another version.
    #[error("compiled by another version (format {0}, expected {VERSION})")]
    Version(u32),
    /// It is shorter or longer than it says.
    #[error("the compiled ruleset is {actual} bytes long, but should be {expected}")]
    Length {
        /// What its header says.
        expected: u64,
        /// What there is.
        actual: u64,
    },
    /// Its content was changed.
    #[error("the compiled ruleset is damaged (its checksum is wrong)")]
    Checksum,
    /// Its content makes no sense although the checksum is right.
    #[error("the compiled ruleset is damaged ({0})")]
    Structure(&'static str),
}

/// A regex that is compiled when it is first needed.
pub(super) type LazyRegex = OnceLock<Option<Box<Expression>>>;

/// A compiled ruleset.
#[derive(Debug, Default)]
pub(crate) struct Ruleset {
    pub(super) bytes: Vec<u8>,
    sections: [(usize, usize); SECTIONS],
    pub(super) hosts: hosts::Layout,
    pub(super) from: hosts::Layout,
    pub(super) grams: grams::Grams,
    pub(super) always_types: u16,
    pub(super) from_types: u16,
    pub(super) line_bits: u32,
    pub(super) filters: u32,
    pub(super) regexes: Vec<LazyRegex>,
}

/// Puts the sections together.
pub(super) fn assemble(sections: &[Vec<u8>; SECTIONS]) -> Vec<u8> {
    let body: usize = sections.iter().map(Vec::len).sum();
    let total = HEAD + SECTIONS * 4 + body;
    let mut out = Vec::with_capacity(total);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&(SECTIONS as u32).to_le_bytes());
    out.extend_from_slice(&(total as u64).to_le_bytes());
    out.extend_from_slice(&[0; 8]);
    let mut end = 0u32;
    for section in sections {
        end = end.saturating_add(section.len() as u32);
        out.extend_from_slice(&end.to_le_bytes());
    }
    for section in sections {
        out.extend_from_slice(section);
    }
    seal(&mut out);
    out
}

/// Writes the checksum of what follows the header.
fn seal(bytes: &mut [u8]) {
    if let Some((head, body)) = bytes.split_at_mut_checked(HEAD) {
        let sum = checksum(body).to_le_bytes();
        if let Some(place) = head.last_chunk_mut::<8>() {
            *place = sum;
        }
    }
}

impl Ruleset {
    /// Checks a buffer and takes it as a ruleset.
    pub(crate) fn load(bytes: Vec<u8>) -> Result<Self, LoadError> {
        if bytes.get(..8) != Some(&MAGIC) || bytes.len() < HEAD {
            return Err(LoadError::NotARuleset);
        }
        let version = u32_at(&bytes, 8);
        if version != VERSION {
            return Err(LoadError::Version(version));
        }
        let expected = u64_at(&bytes, 16);
        if expected != bytes.len() as u64 {
            return Err(LoadError::Length {
                expected,
                actual: bytes.len() as u64,
            });
        }
        let body = bytes.get(HEAD..).unwrap_or_default();
        // A fuzzer would hardly ever get behind it.
        if !cfg!(fuzzing) && checksum(body) != u64_at(&bytes, 24) {
            return Err(LoadError::Checksum);
        }
        Self::structured(bytes)
    }

    /// Checks everything that an offset or number in the buffer refers to.
    fn structured(bytes: Vec<u8>) -> Result<Self, LoadError> {
        let bad = |what| move || LoadError::Structure(what);
        let first = HEAD + SECTIONS * 4;
        if u32_at(&bytes, 12) as usize != SECTIONS || bytes.len() < first {
            return Err(LoadError::Structure("sections"));
        }
        let mut sections = [(0, 0); SECTIONS];
        let mut start = first;
        for (index, place) in sections.iter_mut().enumerate() {
            let end = first
                .checked_add(u32_at(&bytes, HEAD + index * 4) as usize)
                .filter(|&end| end >= start && end <= bytes.len())
                .ok_or_else(bad("sections"))?;
            *place = (start, end);
            start = end;
        }
        if start != bytes.len() {
            return Err(LoadError::Structure("sections"));
        }
        let mut ruleset = Self {
            bytes,
            sections,
            hosts: hosts::Layout::default(),
            from: hosts::Layout::default(),
            grams: grams::Grams::default(),
            always_types: 0,
            from_types: 0,
            line_bits: 0,
            filters: 0,
            regexes: Vec::new(),
        };
        let meta = ruleset.section(Section::Meta);
        let line_bits = u32_at(meta, 4);
        if meta.len() != META_SIZE || line_bits > 31 {
            return Err(LoadError::Structure("meta"));
        }
        let (always_types, from_types) = (u16_at(meta, 0), u16_at(meta, 2));
        let filters = u32_at(meta, 8);
        let classes = ruleset.check_classes().ok_or_else(bad("options"))?;
        let records = ruleset.check_records(classes).ok_or_else(bad("records"))?;
        let sound = |meaning: u32| {
            if meaning & IS_RECORD == 0 {
                meaning >> line_bits < classes
            } else {
                meaning & !IS_RECORD < records
            }
        };
        let hosts = hosts::Layout::read(ruleset.section(Section::Hosts), sound);
        let from = hosts::Layout::read(ruleset.section(Section::From), sound);
        let grams = grams::Grams::read(ruleset.section(Section::Grams), records);
        let always = ruleset.section(Section::Always).as_chunks::<4>();
        if !always.1.is_empty() || !always.0.iter().all(|id| u32::from_le_bytes(*id) < records) {
            return Err(LoadError::Structure("general filters"));
        }
        let regexes = ruleset.section(Section::Regexes).len() / 4;
        ruleset.hosts = hosts.ok_or_else(bad("hosts"))?;
        ruleset.from = from.ok_or_else(bad("sites"))?;
        ruleset.grams = grams.ok_or_else(bad("patterns"))?;
        ruleset.always_types = always_types;
        ruleset.from_types = from_types;
        ruleset.line_bits = line_bits;
        ruleset.filters = filters;
        ruleset.regexes.resize_with(regexes, OnceLock::new);
        Ok(ruleset)
    }

    /// Checks lists, classes, scopes and regexes; the number of classes.
    fn check_classes(&self) -> Option<u32> {
        let strings = self.section(Section::Strings);
        let scopes = self.section(Section::Scopes);
        let string = |at: u32| at == NONE || string_at(strings, at).is_some();
        let numbers = |section| {
            let (numbers, rest) = self.section(section).as_chunks::<4>();
            rest.is_empty().then_some(numbers)
        };
        let lists = numbers(Section::Lists)?;
        let regexes = numbers(Section::Regexes)?;
        let all = lists.iter().chain(regexes);
        if !all
            .into_iter()
            .all(|at| string_at(strings, u32::from_le_bytes(*at)).is_some())
        {
            return None;
        }
        let scope = |at: u32| {
            at == NONE
                || Scope::read(scopes, at).is_some_and(|scope| {
                    scope
                        .regexes()
                        .all(|number| (number as usize) < regexes.len())
                })
        };
        let section = self.section(Section::Classes);
        let count = (section.len() / CLASS_SIZE) as u32;
        let sound = |number| {
            Class::read(section, number).is_some_and(|class| {
                (class.list as usize) < lists.len()
                    && [class.before, class.behind, class.argument]
                        .into_iter()
                        .all(string)
                    && [class.from, class.to, class.denyallow]
                        .into_iter()
                        .all(scope)
            })
        };
        (section.len().is_multiple_of(CLASS_SIZE) && (0..count).all(sound)).then_some(count)
    }

    /// Checks the records; their number.
    fn check_records(&self, classes: u32) -> Option<u32> {
        let strings = self.section(Section::Strings);
        let regexes = (self.section(Section::Regexes).len() / 4) as u32;
        let section = self.section(Section::Records);
        let count = (section.len() / RECORD_SIZE) as u32;
        let sound = |number| {
            Record::read(section, number).is_some_and(|record| {
                record.class < classes
                    && match record.sort {
                        Sort::Regex => record.text < regexes,
                        Sort::Any => true,
                        Sort::Host | Sort::Glob => string_at(strings, record.text).is_some(),
                    }
            })
        };
        (section.len().is_multiple_of(RECORD_SIZE) && count < MAX_RECORDS && (0..count).all(sound))
            .then_some(count)
    }

    /// The bytes of a section.
    #[inline]
    pub(super) fn section(&self, section: Section) -> &[u8] {
        let (start, end) = self.sections[section as usize];
        self.bytes.get(Range { start, end }).unwrap_or_default()
    }

    /// The string at an offset; empty where there is none.
    pub(super) fn string(&self, at: u32) -> &str {
        string_at(self.section(Section::Strings), at).unwrap_or_default()
    }

    /// The buffer, ready to be stored.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many filters are in force.
    pub(crate) fn filters(&self) -> u32 {
        self.filters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_damage_has_its_error() {
        let empty = assemble(&super::super::build::tests::empty_sections());
        assert!(Ruleset::load(empty.clone()).is_ok());
        let load = |change: fn(&mut Vec<u8>)| {
            let mut bytes = empty.clone();
            change(&mut bytes);
            Ruleset::load(bytes).map(|_| ())
        };
        assert_eq!(load(Vec::clear), Err(LoadError::NotARuleset));
        assert_eq!(load(|b| b[0] = 0), Err(LoadError::NotARuleset));
        assert_eq!(load(|b| b[8] = 9), Err(LoadError::Version(9)));
        assert!(matches!(load(|b| b.push(0)), Err(LoadError::Length { .. })));
        assert_eq!(load(|b| b[40] ^= 1), Err(LoadError::Checksum));
        assert_eq!(
            load(|b| {
                b[HEAD] ^= 1;
                seal(b);
            }),
            Err(LoadError::Structure("sections"))
        );
    }

    #[test]
    fn resealed_damage_never_panics() {
        let sample = super::super::build::tests::sample_bytes();
        for at in HEAD..sample.len() {
            for value in [0, 1, 0x80, 0xff] {
                let mut bytes = sample.clone();
                bytes[at] = value;
                seal(&mut bytes);
                if let Ok(ruleset) = Ruleset::load(bytes) {
                    super::super::build::tests::ask_everything(&ruleset);
                }
            }
        }
    }
}
