//! Operators of the garbage collection proposal. Their operands are references: only the
//! immediates matter, and a rough count of operands.

use super::frame::State;
use super::layout::heap_type;
use super::reader::Reader;

#[allow(clippy::match_same_arms)] // One arm for each operator.
/// Walks one operator after the prefix 0xfb.
pub(super) fn aggregate(state: &mut State, reader: &mut Reader<'_>) -> Option<()> {
    let code = reader.number()?;
    match code {
        // New structures take as many operands as they have fields; these are left in place,
        // which shifts nothing that is looked at.
        0 | 1 => {
            reader.number()?;
            state.push_unknown(1);
        }
        2..=4 => {
            reader.number()?;
            reader.number()?;
            state.drop(1);
            state.push_unknown(1);
        }
        5 => {
            reader.number()?;
            reader.number()?;
            state.drop(2);
        }
        6 => {
            reader.number()?;
            state.drop(2);
            state.push_unknown(1);
        }
        7 => {
            reader.number()?;
            state.drop(1);
            state.push_unknown(1);
        }
        8 => {
            reader.number()?;
            let count = reader.number()?;
            state.drop(count as usize);
            state.push_unknown(1);
        }
        9..=13 => {
            reader.number()?;
            if code < 11 {
                reader.number()?;
            }
            state.drop(2);
            state.push_unknown(1);
        }
        14 => {
            reader.number()?;
            state.drop(3);
        }
        15 => {
            state.drop(1);
            state.push_unknown(1);
        }
        16 => {
            reader.number()?;
            state.drop(4);
        }
        17 => {
            reader.number()?;
            reader.number()?;
            state.drop(5);
        }
        18 | 19 => {
            reader.number()?;
            reader.number()?;
            state.drop(4);
        }
        20..=23 => {
            heap_type(reader)?;
            state.drop(1);
            state.push_unknown(1);
        }
        24 | 25 => {
            reader.byte()?;
            let depth = reader.number()?;
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
