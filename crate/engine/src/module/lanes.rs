//! Looking at many bytes at once: what the screen counts in a block of code. In WebAssembly by
//! 128-bit vectors; elsewhere plainly, in loops that compilers turn into vectors. Both give the same.

/// Bytes in a block.
pub(super) const BLOCK: usize = 256;
/// Bytes that a look at a block reads beyond its end.
pub(super) const BEYOND: usize = 4;

/// Bounds from above of what a block holds: the count of the bytes that encode each operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Rotations, and unsigned shifts to the right.
    pub(super) turns: u16,
    /// Exclusive ors.
    pub(super) xors: u16,
    /// Conjunctions.
    pub(super) ands: u16,
    /// Subtractions.
    pub(super) subs: u16,
}

/// Counts what is in a block; `tell` hears the places, within the block, of what needs a closer look:
/// constants of four bytes or more, vector operators, and calls where `calls` asks for them.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(super) fn look(
    bytes: &[u8; BLOCK + BEYOND],
    calls: bool,
    mut tell: impl FnMut(usize),
) -> Counts {
    use core::arch::wasm32::{
        i8x16_shr, u8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_splat, u8x16_sub,
        u16x8_extadd_pairwise_u8x16, u32x4_extadd_pairwise_u16x8, u32x4_extract_lane, u64x2, v128,
        v128_and, v128_any_true, v128_or,
    };
    fn load(bytes: &[u8], at: usize) -> v128 {
        let word = |at: usize| {
            let chunk = bytes
                .get(at..at + 8)
                .and_then(|chunk| chunk.try_into().ok());
            chunk.map_or(0, u64::from_le_bytes)
        };
        u64x2(word(at), word(at + 8))
    }
    fn sum(lanes: v128) -> u16 {
        let lanes = u32x4_extadd_pairwise_u16x8(u16x8_extadd_pairwise_u8x16(lanes));
        let low = u32x4_extract_lane::<0>(lanes) + u32x4_extract_lane::<1>(lanes);
        (low + u32x4_extract_lane::<2>(lanes) + u32x4_extract_lane::<3>(lanes)) as u16
    }
    let is = |lanes: v128, byte: u8| u8x16_eq(lanes, u8x16_splat(byte));
    let from = |lanes: v128, byte: u8, count: u8| {
        u8x16_lt(u8x16_sub(lanes, u8x16_splat(byte)), u8x16_splat(count))
    };
    let none = u8x16_splat(0);
    let call = u8x16_splat(if calls { 0x10 } else { 0xfd });
    let (mut turns, mut xors, mut ands, mut subs) = (none, none, none, none);
    for at in (0..BLOCK).step_by(16) {
        let here = load(bytes, at);
        // A comparison that holds is -1 in its lane.
        turns = u8x16_sub(turns, v128_or(from(here, 0x76, 3), from(here, 0x88, 3)));
        xors = u8x16_sub(xors, v128_or(is(here, 0x73), is(here, 0x85)));
        ands = u8x16_sub(ands, v128_or(is(here, 0x71), is(here, 0x83)));
        subs = u8x16_sub(subs, v128_or(is(here, 0x6b), is(here, 0x7d)));
        // A constant, and three bytes that each say that another follows.
        let follow = v128_and(
            v128_and(load(bytes, at + 1), load(bytes, at + 2)),
            load(bytes, at + 3),
        );
        let wide = v128_and(from(here, 0x41, 2), i8x16_shr(follow, 7));
        let marked = v128_or(wide, v128_or(is(here, 0xfd), u8x16_eq(here, call)));
        if v128_any_true(marked) {
            let mut places = u8x16_bitmask(marked);
            while places != 0 {
                tell(at + places.trailing_zeros() as usize);
                places &= places - 1;
            }
        }
    }
    Counts {
        turns: sum(turns),
        xors: sum(xors),
        ands: sum(ands),
        subs: sum(subs),
    }
}

/// See above.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(super) fn look(
    bytes: &[u8; BLOCK + BEYOND],
    calls: bool,
    mut tell: impl FnMut(usize),
) -> Counts {
    let mut counts = Counts::default();
    for &byte in bytes.iter().take(BLOCK) {
        counts.turns += u16::from(matches!(byte, 0x76..=0x78 | 0x88..=0x8a));
        counts.xors += u16::from(matches!(byte, 0x73 | 0x85));
        counts.ands += u16::from(matches!(byte, 0x71 | 0x83));
        counts.subs += u16::from(matches!(byte, 0x6b | 0x7d));
    }
    for (at, window) in bytes.windows(4).take(BLOCK).enumerate() {
        let marked = match window {
            [0x41 | 0x42, rest @ ..] => rest.iter().all(|&byte| byte >= 0x80),
            [0x10, ..] => calls,
            [first, ..] => *first == 0xfd,
            [] => false,
        };
        if marked {
            tell(at);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_marks() {
        let mut bytes = [0u8; BLOCK + BEYOND];
        bytes[0..4].copy_from_slice(&[0x41, 0x80, 0x80, 0x80]);
        bytes[10..13].copy_from_slice(&[0x76, 0x8a, 0x79]);
        bytes[20..25].copy_from_slice(&[0x73, 0x85, 0x71, 0x6b, 0x7d]);
        bytes[255..].copy_from_slice(&[0x42, 0xff, 0xff, 0x80, 0x73]);
        bytes[100..102].copy_from_slice(&[0xfd, 0x10]);
        let mut places = Vec::new();
        let counts = look(&bytes, true, |at| places.push(at));
        assert_eq!(
            counts,
            Counts {
                turns: 2,
                xors: 2,
                ands: 1,
                subs: 2
            }
        );
        assert_eq!(places, [0, 100, 101, 255]);
        places.clear();
        let _ = look(&bytes, false, |at| places.push(at));
        assert_eq!(places, [0, 100, 255]);
    }
}
