//! Looking at sixteen bytes of code at once. In WebAssembly these are 128-bit vectors; elsewhere arrays,
//! in loops that compilers turn into vectors. What is looked for is written once, over both.

/// Bytes in a block.
pub(super) const BLOCK: usize = 256;
/// Bytes that a look at a block reads beyond its end.
pub(super) const BEYOND: usize = 4;

/// Bounds from above of what a block holds: the count of the bytes that encode each operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Rotations, and unsigned shifts to the right, where what is before them may be their distance.
    pub(super) turns: u16,
    /// Exclusive ors.
    pub(super) xors: u16,
    /// Conjunctions.
    pub(super) ands: u16,
    /// Subtractions.
    pub(super) subs: u16,
}

/// Counts what is in each block of code. `tell` hears the places of what needs a closer look, and may
/// add to the counts of their block: constants of four bytes or more, vector operators, and calls where
/// `calls` asks for them.
pub(super) fn look(
    code: &[u8],
    calls: bool,
    mut tell: impl FnMut(usize, &mut Counts),
) -> Vec<Counts> {
    let mut all = Vec::with_capacity(code.len() / BLOCK + 1);
    let mut marked: Vec<usize> = Vec::with_capacity(BLOCK);
    each_block(code, |start, block| {
        marked.clear();
        let mut counts = count(block, calls, &mut marked);
        for &at in &marked {
            tell(start + at, &mut counts);
        }
        all.push(counts);
    });
    all
}

/// Counts what is in a block, and notes the places of what needs a closer look.
///
/// A function by itself, as whatever is done for each block is: an engine compiles anew what runs often, while
/// it runs. That is soon done for little code and helps from the next block on; the rest of a large
/// function would be compiled with it for nothing.
#[inline(never)]
fn count(block: &[u8; BLOCK + BEYOND], calls: bool, marked: &mut Vec<usize>) -> Counts {
    let (mut turns, mut xors) = (Lanes::NONE, Lanes::NONE);
    let (mut ands, mut subs) = (Lanes::NONE, Lanes::NONE);
    for at in (0..BLOCK).step_by(16) {
        let [here, second, third, fourth] = four(block, at);
        turns = turns.count(turned(here, second, third, fourth));
        // Few bytes are like these.
        let mixes = third.is(0x73).or(third.is(0x85));
        if mixes.any() {
            xors = xors.count(mixed(mixes, here, second, fourth));
        }
        ands = ands.count(here.is(0x71).or(here.is(0x83)));
        subs = subs.count(here.is(0x6b).or(here.is(0x7d)));
        // A constant, and three bytes that each say that another follows.
        let long = second.and(third).and(fourth).continued();
        let mut closer = here.among(0x41, 2).and(long).or(here.is(0xfd));
        if calls {
            closer = closer.or(here.is(0x10));
        }
        closer.places(|place| marked.push(at + place));
    }
    Counts {
        turns: turns.sum(),
        xors: xors.sum(),
        ands: ands.sum(),
        subs: subs.sum(),
    }
}

/// Where the fourth byte turns what the bytes before it may encode: a constant, a local or global of a
/// number below 128, a local below 16384, what was loaded or computed. So what turns in the first bytes of a
/// block counts for the one before.
fn turned(here: Lanes, second: Lanes, third: Lanes, fourth: Lanes) -> Lanes {
    let computed = third.among(0x67, 36).or(third.among(0xa7, 7));
    let short = second.among(0x41, 2).or(second.among(0x20, 4));
    let more = second.continued().or(here.among(0x28, 14));
    let long = here.among(0x20, 22).and(more);
    let turns = fourth.among(0x76, 3).or(fourth.among(0x88, 3));
    turns.and(computed.or(short).or(long))
}

/// Where an exclusive or (the third byte) follows the byte here or, where that begins a call, the one after
/// it: in a call it would be part of the number of the function. Neither is what no exclusive or is followed
/// by.
fn mixed(mixes: Lanes, here: Lanes, second: Lanes, fourth: Lanes) -> Lanes {
    let number = here
        .among(0x20, 5)
        .or(here.among(0x41, 2))
        .or(here.among(0, 8));
    let called = second.is(0x10).but(number);
    // Nothing, exceptions, tail calls.
    let never = fourth
        .among(0, 2)
        .or(fourth.among(0x06, 5))
        .or(fourth.among(0x12, 8));
    mixes.but(called).but(never)
}

/// Whether code holds what may turn an operand, or vector operators.
#[inline(never)]
pub(super) fn turns(code: &[u8]) -> bool {
    let mut found = Lanes::NONE;
    each_block(code, |start, block| {
        for at in (0..BLOCK.min(code.len() - start)).step_by(16) {
            let [here, second, third, fourth] = four(block, at);
            found = found
                .or(turned(here, second, third, fourth))
                .or(here.is(0xfd));
        }
    });
    found.any()
}

/// Tells where bytes of code are that encode a call, or that a global is set.
pub(super) fn calls(code: &[u8], tell: impl FnMut(usize)) {
    each_place(code, called, tell);
}

#[inline(never)]
fn called(block: &[u8; BLOCK + BEYOND], places: &mut Vec<usize>) {
    for at in (0..BLOCK).step_by(16) {
        let here = Lanes::load(block, at);
        let found = here.among(0x10, 4).or(here.is(0x24));
        found.places(|place| places.push(at + place));
    }
}

/// Tells where bytes of code are that encode a constant, or an access to memory with an alignment and an
/// offset, with a number of more than `more` bytes (at most two).
pub(super) fn pointers(code: &[u8], more: usize, tell: impl FnMut(usize)) {
    each_place(code, |block, places| pointing(block, more, places), tell);
}

#[inline(never)]
fn pointing(block: &[u8; BLOCK + BEYOND], more: usize, places: &mut Vec<usize>) {
    for at in (0..BLOCK).step_by(16) {
        let [here, second, third, fourth] = four(block, at);
        let mut constant = here.among(0x41, 2);
        let mut access = here.among(0x28, 23);
        if more > 0 {
            constant = constant.and(second.continued());
            access = access.and(third.continued());
        }
        if more > 1 {
            constant = constant.and(third.continued());
            access = access.and(fourth.continued());
        }
        let found = constant.or(access);
        found.places(|place| places.push(at + place));
    }
}

/// Tells the places that `find` notes in each block.
fn each_place(
    code: &[u8],
    find: impl Fn(&[u8; BLOCK + BEYOND], &mut Vec<usize>),
    mut tell: impl FnMut(usize),
) {
    let mut places: Vec<usize> = Vec::with_capacity(BLOCK);
    each_block(code, |start, block| {
        places.clear();
        find(block, &mut places);
        for &place in &places {
            tell(start + place);
        }
    });
}

/// Blocks of code with the bytes after them, and where they begin; zeros follow the last.
fn each_block(code: &[u8], mut hear: impl FnMut(usize, &[u8; BLOCK + BEYOND])) {
    let mut rest = [0u8; BLOCK + BEYOND];
    for at in (0..code.len()).step_by(BLOCK) {
        let block = code.get(at..at + BLOCK + BEYOND);
        if let Some(block) = block.and_then(|block| block.try_into().ok()) {
            hear(at, block);
            continue;
        }
        rest.fill(0);
        for (place, &byte) in rest.iter_mut().zip(code.get(at..).unwrap_or_default()) {
            *place = byte;
        }
        hear(at, &rest);
    }
}

/// The bytes at a place of a block, and those one, two and three further on.
#[inline]
fn four(block: &[u8; BLOCK + BEYOND], at: usize) -> [Lanes; 4] {
    [0, 1, 2, 3].map(|further| Lanes::load(block, at + further))
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wide {
    use core::arch::wasm32::{
        i8x16_lt, u8x16_add_sat, u8x16_bitmask, u8x16_eq, u8x16_splat, u8x16_sub,
        u16x8_extadd_pairwise_u8x16, u32x4_extadd_pairwise_u16x8, u32x4_extract_lane, u64x2, v128,
        v128_and, v128_andnot, v128_or,
    };

    /// Sixteen bytes, or sixteen answers: 0 or 255.
    #[derive(Clone, Copy)]
    pub(super) struct Lanes(v128);

    impl Lanes {
        pub(super) const NONE: Self = Self(u64x2(0, 0));

        #[inline]
        pub(super) fn load(bytes: &[u8], at: usize) -> Self {
            let word = |at: usize| {
                let chunk = bytes
                    .get(at..at + 8)
                    .and_then(|chunk| chunk.try_into().ok());
                chunk.map_or(0, u64::from_le_bytes)
            };
            Self(u64x2(word(at), word(at + 8)))
        }

        #[inline]
        pub(super) fn is(self, byte: u8) -> Self {
            Self(u8x16_eq(self.0, u8x16_splat(byte)))
        }

        #[inline]
        pub(super) fn among(self, first: u8, count: u8) -> Self {
            // With signs: engines have one instruction for that, and four for numbers without.
            let above = u8x16_sub(self.0, u8x16_splat(first.wrapping_add(0x80)));
            Self(i8x16_lt(above, u8x16_splat(count.wrapping_sub(0x80))))
        }

        #[inline]
        pub(super) fn continued(self) -> Self {
            // Shifts of bytes are long sequences in engines; what is doubled beyond a byte is full.
            Self(u8x16_eq(u8x16_add_sat(self.0, self.0), u8x16_splat(0xff)))
        }

        #[inline]
        pub(super) fn and(self, other: Self) -> Self {
            Self(v128_and(self.0, other.0))
        }

        #[inline]
        pub(super) fn or(self, other: Self) -> Self {
            Self(v128_or(self.0, other.0))
        }

        #[inline]
        pub(super) fn but(self, other: Self) -> Self {
            Self(v128_andnot(self.0, other.0))
        }

        #[inline]
        pub(super) fn any(self) -> bool {
            u8x16_bitmask(self.0) != 0
        }

        #[inline]
        pub(super) fn count(self, answers: Self) -> Self {
            Self(u8x16_sub(self.0, answers.0))
        }

        #[inline]
        pub(super) fn sum(self) -> u16 {
            let lanes = u32x4_extadd_pairwise_u16x8(u16x8_extadd_pairwise_u8x16(self.0));
            let low = u32x4_extract_lane::<0>(lanes) + u32x4_extract_lane::<1>(lanes);
            (low + u32x4_extract_lane::<2>(lanes) + u32x4_extract_lane::<3>(lanes)) as u16
        }

        #[inline]
        pub(super) fn places(self, mut tell: impl FnMut(usize)) {
            let mut places = u8x16_bitmask(self.0);
            while places != 0 {
                tell(places.trailing_zeros() as usize);
                places &= places - 1;
            }
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod wide {
    /// Sixteen bytes, or sixteen answers: 0 or 255.
    #[derive(Clone, Copy)]
    pub(super) struct Lanes([u8; 16]);

    impl Lanes {
        pub(super) const NONE: Self = Self([0; 16]);

        #[inline]
        pub(super) fn load(bytes: &[u8], at: usize) -> Self {
            let chunk = bytes.get(at..at + 16).and_then(|c| c.try_into().ok());
            Self(chunk.unwrap_or([0; 16]))
        }

        #[inline]
        pub(super) fn is(self, byte: u8) -> Self {
            self.among(byte, 1)
        }

        /// Whether each is one of `count` bytes from `first` on.
        #[inline]
        pub(super) fn among(self, first: u8, count: u8) -> Self {
            let is = |byte: u8| u8::from(byte.wrapping_sub(first) < count).wrapping_neg();
            Self(self.0.map(is))
        }

        /// Whether each says that another byte of its number follows.
        #[inline]
        pub(super) fn continued(self) -> Self {
            Self(self.0.map(|byte| (byte >> 7).wrapping_neg()))
        }

        #[inline]
        pub(super) fn and(self, other: Self) -> Self {
            self.with(other, |a, b| a & b)
        }

        #[inline]
        pub(super) fn or(self, other: Self) -> Self {
            self.with(other, |a, b| a | b)
        }

        /// Where this is and the other is not.
        #[inline]
        pub(super) fn but(self, other: Self) -> Self {
            self.with(other, |a, b| a & !b)
        }

        #[inline]
        pub(super) fn any(self) -> bool {
            u128::from_le_bytes(self.0) != 0
        }

        /// One more in each lane whose answer is yes.
        #[inline]
        pub(super) fn count(self, answers: Self) -> Self {
            self.with(answers, u8::wrapping_sub)
        }

        /// All lanes together.
        #[inline]
        pub(super) fn sum(self) -> u16 {
            self.0.iter().copied().map(u16::from).sum()
        }

        /// Tells the places of the answers that are yes.
        #[inline]
        pub(super) fn places(self, mut tell: impl FnMut(usize)) {
            if !self.any() {
                return;
            }
            for (place, _) in self.0.iter().enumerate().filter(|lane| *lane.1 != 0) {
                tell(place);
            }
        }

        #[inline]
        fn with(self, other: Self, each: impl Fn(u8, u8) -> u8) -> Self {
            let mut lanes = self.0;
            for (lane, &other) in lanes.iter_mut().zip(&other.0) {
                *lane = each(*lane, other);
            }
            Self(lanes)
        }
    }
}

use wide::Lanes;

#[cfg(test)]
mod tests {
    use super::*;

    fn places(each: impl FnOnce(&mut dyn FnMut(usize))) -> Vec<usize> {
        let mut found = Vec::new();
        each(&mut |at| found.push(at));
        found
    }

    #[test]
    fn counts_and_marks() {
        let mut bytes = [0u8; BLOCK + BEYOND];
        bytes[0..4].copy_from_slice(&[0x41, 0x80, 0x80, 0x80]);
        // By a constant, by a local, by another, by what was loaded, by what was computed, by a call's result.
        bytes[10..13].copy_from_slice(&[0x41, 0x07, 0x77]);
        bytes[30..33].copy_from_slice(&[0x20, 0x05, 0x8a]);
        bytes[40..44].copy_from_slice(&[0x22, 0x85, 0x01, 0x89]);
        bytes[50..54].copy_from_slice(&[0x2d, 0x00, 0x10, 0x76]);
        bytes[60..62].copy_from_slice(&[0x6b, 0x78]);
        bytes[70..73].copy_from_slice(&[0x10, 0x01, 0x77]);
        bytes[80..85].copy_from_slice(&[0x73, 0x20, 0x71, 0x6b, 0x7d]);
        // A call of 5 + 128 * 9, an exclusive or with the local 16.
        bytes[110..113].copy_from_slice(&[0x10, 0x85, 0x09]);
        bytes[120..124].copy_from_slice(&[0x20, 0x10, 0x85, 0x21]);
        bytes[255..].copy_from_slice(&[0x42, 0xff, 0xff, 0x80, 0x73]);
        bytes[100..102].copy_from_slice(&[0xfd, 0x10]);
        let counts = look(&bytes[..256], true, |_, _| {});
        let first = Counts {
            turns: 5,
            xors: 2,
            ands: 1,
            subs: 3,
        };
        assert_eq!(counts, [first]);
        let marked = |calls| places(|found| drop(look(&bytes, calls, |at, _| found(at))));
        assert_eq!(marked(true), [0, 52, 70, 100, 101, 110, 121, 255]);
        assert_eq!(marked(false), [0, 100, 255]);
    }

    #[test]
    fn calls_and_pointers() {
        let mut bytes = vec![0u8; 300];
        bytes[3..5].copy_from_slice(&[0x10, 0x07]);
        bytes[20] = 0x11;
        bytes[290] = 0x12;
        bytes[40] = 0x24;
        assert_eq!(places(|found| calls(&bytes, found)), [3, 20, 40, 290]);
        let mut bytes = vec![0u8; 300];
        bytes[5..9].copy_from_slice(&[0x41, 0x80, 0x88, 0x04]);
        bytes[20..22].copy_from_slice(&[0x42, 0x05]);
        bytes[254..259].copy_from_slice(&[0x2d, 0x00, 0x90, 0x80, 0x01]);
        bytes[297..300].copy_from_slice(&[0x36, 0x02, 0x90]);
        assert_eq!(
            places(|found| pointers(&bytes, 0, found)),
            [5, 20, 254, 297]
        );
        assert_eq!(places(|found| pointers(&bytes, 1, found)), [5, 254, 297]);
        assert_eq!(places(|found| pointers(&bytes, 2, found)), [5, 254]);
    }
}
