//! Operators of the garbage collection proposal. Their operands are references: only the
//! immediates matter, and a rough count of operands.

use super::frame::State;
use super::layout::heap_type;
use super::reader::Reader;

#[allow(clippy::match_same_arms)] // One arm for each operator.
/// Walks one operator after the prefix 0xfb.
pub(super) fn aggregate(state: &mut State, reader: &mut Reader<'_>) -> Option<()> {
    let code = reader.u32()?;
    match code {
        // New structures take as many operands as they have fields; these are left in place,
        // which shifts nothing that is looked at.
        0 | 1 => {
            reader.u32()?;
            state.push_unknown(1);
        }
        2..=4 => {
            reader.u32()?;
            reader.u32()?;
            state.drop(1);
            state.push_unknown(1);
        }
        5 => {
            reader.u32()?;
            reader.u32()?;
            state.drop(2);
        }
        6 => {
            reader.u32()?;
            state.drop(2);
            state.push_unknown(1);
        }
        7 => {
            reader.u32()?;
            state.drop(1);
            state.push_unknown(1);
        }
        8 => {
            reader.u32()?;
            let count = reader.u32()?;
            state.drop(count as usize);
            state.push_unknown(1);
        }
        9..=13 => {
            reader.u32()?;
            if code < 11 {
                reader.u32()?;
            }
            state.drop(2);
            state.push_unknown(1);
        }
        14 => {
            reader.u32()?;
            state.drop(3);
        }
        15 => {
            state.drop(1);
            state.push_unknown(1);
        }
        16 => {
            reader.u32()?;
            state.drop(4);
        }
        17 => {
            reader.u32()?;
            reader.u32()?;
            state.drop(5);
        }
        18 | 19 => {
            reader.u32()?;
            reader.u32()?;
            state.drop(4);
        }
        20..=23 => {
            heap_type(reader)?;
            state.drop(1);
            state.push_unknown(1);
        }
        24 | 25 => {
            reader.byte()?;
            let depth = reader.u32()?;
            heap_type(reader)?;
            heap_type(reader)?;
            state.branch(depth);
        }
        26..=30 => {
            state.drop(1);
            state.push_unknown(1);
        }
        _ => return None,
    }
    Some(())
}
