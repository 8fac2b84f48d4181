//! What a language brings along. A Go program of a few lines has more than a megabyte, of which nothing is
//! its own; every function of it begins in the same way.

use super::layout::{Layout, locals};
use super::reader::Reader;

/// How much of a Go module is not its own: the runtime, and the packages that most programs use (fmt,
/// encoding/json, math/big: 2.85 MB with Go 1.19, of which 1.37 MB is the least).
const GO: usize = 2_900_000;
/// Programs in Go are never smaller than this; what is left of them is not taken for less, either, than
/// what holds one hash and nothing else.
const LEAST: usize = 600_000;
const LEFT: usize = 20_000;
/// What people write as one function is not longer: Keccak, unrolled and not optimised, has 2.1 MB.
const LONG: usize = 100_000;
/// Functions that are looked at, out of all.
const SAMPLES: usize = 256;

/// The global and the local that hold the pointer to the stack, in a function that begins as Go's do.
pub(super) fn holders(mut reader: Reader<'_>) -> Option<(u32, u32)> {
    if reader.byte()? != 0x23 {
        return None;
    }
    let global = reader.u32()?;
    if !matches!(reader.byte()?, 0x21 | 0x22) {
        return None;
    }
    Some((global, reader.u32()?))
}

/// Whether most functions begin so, and take and leave one number.
pub(super) fn is_go(bytes: &[u8], layout: &Layout) -> bool {
    let code = layout.code();
    if (code.end.saturating_sub(code.start) as usize) < LEAST {
        return false;
    }
    let step = layout.bodies.len() / SAMPLES + 1;
    let some = (layout.imported..).zip(&layout.bodies).step_by(step);
    let like = some.clone().filter(|&(function, body)| {
        let mut reader = Reader::new(bytes, body.start as usize, body.end as usize);
        let arity = layout.arity(function);
        arity.parameters == 1
            && arity.results == 1
            && locals(&mut reader).is_some()
            && holders(reader).is_some()
    });
    like.count() * 2 > some.count()
}

/// How long code and data are, aside from what the language brings along, and from what only unrolling,
/// or a compiler that was told not to optimise, makes of a function.
pub(super) fn own_size(layout: &Layout) -> usize {
    let surplus = layout.bodies.iter().map(|body| {
        let length = body.end.saturating_sub(body.start) as usize;
        length.saturating_sub(LONG)
    });
    let size = layout.size().saturating_sub(surplus.sum());
    if layout.is_go {
        size.saturating_sub(GO).max(LEFT)
    } else {
        size
    }
}
