//! The length of every operator of the finished WebAssembly proposals, and of the legacy exceptions:
//! just enough to find loops. An operator that is not known ends the reading; nothing is guessed.

use super::layout::{heap_type, value_type};
use super::reader::Reader;

/// What an operator means for nesting.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Nesting {
    /// None of the others.
    Flat,
    /// Opens a block that is not a loop.
    Block,
    /// Opens a loop.
    Loop,
    /// Closes the innermost block.
    End,
}

/// Reads one operator with its immediates.
pub(super) fn skip(reader: &mut Reader<'_>) -> Option<Nesting> {
    let code = reader.byte()?;
    skip_apart(code, reader)
}

/// What follows an operator, where that is simple.
#[derive(Clone, Copy)]
enum Follows {
    Nothing,
    /// One number.
    Number,
    /// An alignment and an offset.
    Memory,
    /// Something else: see `skip_other`.
    Other,
}

const FOLLOWS: [Follows; 256] = {
    let mut table = [Follows::Other; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = match code {
            0x00 | 0x01 | 0x05 | 0x0a | 0x0f | 0x19..=0x1b | 0x45..=0xc4 | 0xd1 | 0xd3 | 0xd4 => {
                Follows::Nothing
            }
            // Labels, tags, functions, types, locals, globals, tables, memories; constants.
            0x07..=0x09
            | 0x0c
            | 0x0d
            | 0x10
            | 0x12
            | 0x14
            | 0x15
            | 0x20..=0x26
            | 0x3f..=0x42
            | 0xd2
            | 0xd5
            | 0xd6 => Follows::Number,
            0x28..=0x3e => Follows::Memory,
            _ => Follows::Other,
        };
        code += 1;
    }
    table
};

/// Reads the immediates of the operator `code`.
#[inline(always)]
#[allow(clippy::inline_always)] // The inner loop of all that only decodes.
pub(super) fn skip_rest(code: u8, reader: &mut Reader<'_>) -> Option<Nesting> {
    match FOLLOWS.get(usize::from(code))? {
        Follows::Nothing => {}
        Follows::Number => reader.skip()?,
        Follows::Memory => memory(reader)?,
        Follows::Other => return skip_other(code, reader),
    }
    Some(Nesting::Flat)
}

/// The same where that is done seldom: not once more in each place.
#[inline(never)]
pub(super) fn skip_apart(code: u8, reader: &mut Reader<'_>) -> Option<Nesting> {
    skip_rest(code, reader)
}

#[inline(never)]
fn skip_other(code: u8, reader: &mut Reader<'_>) -> Option<Nesting> {
    match code {
        0x02 | 0x04 | 0x06 => {
            block_type(reader)?;
            return Some(Nesting::Block);
        }
        0x03 => {
            block_type(reader)?;
            return Some(Nesting::Loop);
        }
        0x1f => {
            block_type(reader)?;
            for _ in 0..reader.number()? {
                // Catch clauses 0 and 1 name a tag, all a label.
                if reader.byte()? < 2 {
                    reader.number()?;
                }
                reader.number()?;
            }
            return Some(Nesting::Block);
        }
        0x0b => return Some(Nesting::End),
        0x18 => {
            reader.number()?;
            return Some(Nesting::End);
        }
        0x0e => {
            for _ in 0..reader.number()? {
                reader.number()?;
            }
            reader.number()?;
        }
        0x11 | 0x13 => {
            reader.number()?;
            reader.number()?;
        }
        0x1c => {
            for _ in 0..reader.number()? {
                value_type(reader)?;
            }
        }
        0x43 => {
            reader.take(4)?;
        }
        0x44 => {
            reader.take(8)?;
        }
        0xd0 => heap_type(reader)?,
        0xfb => aggregate(reader)?,
        0xfc => bulk(reader)?,
        0xfd => vector(reader)?,
        0xfe => atomic(reader)?,
        _ => return None,
    }
    Some(Nesting::Flat)
}

fn block_type(reader: &mut Reader<'_>) -> Option<()> {
    match reader.peek()? {
        0x40 => reader.byte().map(|_| ()),
        0x63..=0x7f => value_type(reader),
        _ => reader.skip(),
    }
}

/// Alignment (bit 6: a memory's index follows) and offset.
#[inline]
pub(super) fn memory(reader: &mut Reader<'_>) -> Option<()> {
    if reader.u32()? & 0x40 != 0 {
        reader.skip()?;
    }
    reader.skip()
}

fn aggregate(reader: &mut Reader<'_>) -> Option<()> {
    match reader.number()? {
        15 | 26..=30 => {}
        0 | 1 | 6 | 7 | 11..=14 | 16 => {
            reader.number()?;
        }
        2..=5 | 8..=10 | 17..=19 => {
            reader.number()?;
            reader.number()?;
        }
        20..=23 => heap_type(reader)?,
        24 | 25 => {
            reader.byte()?;
            reader.number()?;
            heap_type(reader)?;
            heap_type(reader)?;
        }
        _ => return None,
    }
    Some(())
}

fn bulk(reader: &mut Reader<'_>) -> Option<()> {
    match reader.number()? {
        0..=7 | 19..=22 => {}
        9 | 11 | 13 | 15..=17 => {
            reader.number()?;
        }
        8 | 10 | 12 | 14 => {
            reader.number()?;
            reader.number()?;
        }
        _ => return None,
    }
    Some(())
}

fn vector(reader: &mut Reader<'_>) -> Option<()> {
    match reader.number()? {
        0..=11 | 92 | 93 => memory(reader)?,
        12 | 13 => {
            reader.take(16)?;
        }
        21..=34 => {
            reader.byte()?;
        }
        84..=91 => {
            memory(reader)?;
            reader.byte()?;
        }
        14..=20 | 35..=83 | 94..=275 => {}
        _ => return None,
    }
    Some(())
}

fn atomic(reader: &mut Reader<'_>) -> Option<()> {
    match reader.number()? {
        0..=2 | 0x10..=0x4e => memory(reader),
        3 => reader.byte().map(|_| ()),
        _ => None,
    }
}
