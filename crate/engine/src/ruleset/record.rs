//! Records: one filter each, where a class and a line do not say everything.
//!
//! Three u32: class; text (offset of the host or glob, or number of the regex); the shape in bits 0-1
//! pattern, 2-3 anchor, 4 end, 5 begins with the host by which it is found, 6 case counts, and above
//! it the line, which stops at [`MAX_LINE`].

use super::bytes::u32_at;
use crate::filter::Anchor;

/// Bytes of a record.
pub(super) const RECORD_SIZE: usize = 12;
/// Bits of the shape.
const SHAPE_BITS: u32 = 7;
/// Filters in lines beyond are said to be in this one; no list has as many.
const MAX_LINE: u32 = u32::MAX >> SHAPE_BITS;

/// What sort of pattern a record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// A host.
    Host = 0,
    /// A glob.
    Glob,
    /// A regular expression.
    Regex,
    /// None: any address.
    Any,
}

/// A filter as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub class: u32,
    pub line: u32,
    pub text: u32,
    pub sort: Sort,
    pub anchor: Anchor,
    pub end: bool,
    pub at_host: bool,
    pub case: bool,
}

impl Record {
    /// Reads the record with this number.
    #[inline]
    pub(super) fn read(section: &[u8], number: u32) -> Option<Self> {
        let at = (number as usize).checked_mul(RECORD_SIZE)?;
        let bytes: &[u8; RECORD_SIZE] = section.get(at..)?.first_chunk()?;
        let shape = u32_at(bytes, 8);
        Some(Self {
            class: u32_at(bytes, 0),
            line: shape >> SHAPE_BITS,
            text: u32_at(bytes, 4),
            sort: match shape & 3 {
                0 => Sort::Host,
                1 => Sort::Glob,
                2 => Sort::Regex,
                _ => Sort::Any,
            },
            anchor: match shape >> 2 & 3 {
                0 => Anchor::None,
                1 => Anchor::Address,
                2 => Anchor::Host,
                _ => return None,
            },
            end: shape >> 4 & 1 != 0,
            at_host: shape >> 5 & 1 != 0,
            case: shape >> 6 & 1 != 0,
        })
    }

    /// Appends the record to its section.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let anchor = match self.anchor {
            Anchor::None => 0,
            Anchor::Address => 1,
            Anchor::Host => 2,
        };
        let shape = self.sort as u32
            | anchor << 2
            | u32::from(self.end) << 4
            | u32::from(self.at_host) << 5
            | u32::from(self.case) << 6
            | self.line.min(MAX_LINE) << SHAPE_BITS;
        for word in [self.class, self.text, shape] {
            out.extend_from_slice(&word.to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back() {
        let record = Record {
            class: 1,
            line: 2,
            text: 3,
            sort: Sort::Regex,
            anchor: Anchor::Host,
            end: true,
            at_host: true,
            case: true,
        };
        let mut out = Vec::new();
        record.write(&mut out);
        assert_eq!(Record::read(&out, 0), Some(record));
        assert_eq!(Record::read(&out, 1), None);
        out.clear();
        let line = u32::MAX;
        Record { line, ..record }.write(&mut out);
        let line = MAX_LINE;
        assert_eq!(Record::read(&out, 0), Some(Record { line, ..record }));
    }
}
