//! What a function's operators bound from above: which shapes it can at most have, where operators
//! are only counted and no values are known. Each condition follows from one in this folder: what
//! asks for less there asks for less here. What is not known (a distance that is no constant, a
//! rotation in a helper) counts as whatever is missing.

use super::super::walk::{BOXES, SWAPS, turned};
use super::{Kernel, Kernels, blake, heavyhash, keccak, salsa, sha2, skein};

/// The distance of a shift or rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Amount {
    /// A constant.
    Constant(u64),
    /// Anything else.
    Other,
}

/// Counts over a function.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Bounds {
    /// Whether a distance of unknown origin may be a constant.
    any: bool,
    /// Distances of rotations of 32 bits, to the left, one bit each.
    distances32: u64,
    /// The same of 64 bits.
    distances64: u64,
    /// Rotations, or halves of them, of 32 bits by distances that are not known.
    unknown32: u32,
    /// The same of 64 bits.
    unknown64: u32,
    /// All rotations, or halves of them, of 32 bits.
    turns32: u32,
    /// The same of 64 bits.
    turns64: u32,
    /// Operators that rotate.
    rotations: u32,
    xors: u32,
    ands: u32,
    subs: u32,
    products: u32,
    loads: u32,
    wide_loads: u32,
    /// Square roots, divisions and products of doubles.
    doubles: [u32; 3],
    /// Whether a mask of pwxform's boxes occurs.
    boxes: bool,
    /// Which masks of alternating runs of bits occur.
    swaps: u16,
    /// Values limited to a byte, by which a table may be looked up.
    bytes: u32,
    /// Values scaled to the rows of a table.
    scaled: u32,
    /// Exclusive ors with something that is no constant.
    mixes: u32,
    /// Rotations, or halves of them, of 64 bits by one.
    ones64: u32,
    /// The same by distances that are no constants.
    variable64: u32,
    /// What was counted when a stretch of code began, and when the one before began.
    passed: [Near; 2],
    /// Kernels that lie within two stretches.
    near: Kernels,
}

/// The counts of which kernels need enough in one place.
#[derive(Clone, Copy, Debug, Default)]
struct Near {
    mixes: u32,
    ands: u32,
    subs: u32,
    loads: u32,
    wide_loads: u32,
    bytes: u32,
    scaled: u32,
    ones64: u32,
    variable64: u32,
}

impl Amount {
    /// The same distance to the left, where this is to the right.
    fn back(self) -> Self {
        match self {
            Self::Constant(distance) => Self::Constant(distance.wrapping_neg()),
            Self::Other => Self::Other,
        }
    }
}

impl Bounds {
    /// A constant.
    #[inline]
    pub(in super::super) fn constant(&mut self, value: u64) {
        // No mask that matters is smaller.
        if value < 0xff {
            return;
        }
        let low = value & 0xffff_ffff;
        self.boxes |= BOXES.contains(&low);
        self.bytes += u32::from(matches!(low, 0xff | 0x3fc | 0x7f8 | 0xff0));
        self.scaled += u32::from(matches!(low, 0x3fc | 0x7f8 | 0xff0));
        if let Some(bit) = SWAPS.iter().position(|&swap| swap == value) {
            self.swaps |= 1 << bit;
        }
    }

    /// A function; whether distances of unknown origin may be constants.
    pub(in super::super) fn new(any: bool) -> Self {
        Self {
            any,
            ..Self::default()
        }
    }

    /// A call of a helper.
    pub(in super::super) fn include(&mut self, helper: &Self) {
        self.distances32 |= helper.distances32;
        self.distances64 |= helper.distances64;
        self.unknown32 += helper.unknown32;
        self.unknown64 += helper.unknown64;
        self.turns32 += helper.turns32;
        self.turns64 += helper.turns64;
        self.rotations += helper.rotations;
        self.xors += helper.xors;
        self.ands += helper.ands;
        self.subs += helper.subs;
        self.products += helper.products;
        self.loads += helper.loads;
        self.wide_loads += helper.wide_loads;
        self.bytes += helper.bytes;
        self.scaled += helper.scaled;
        self.mixes += helper.mixes;
        self.swaps |= helper.swaps;
        self.ones64 += helper.ones64 + helper.unknown64;
        self.variable64 += helper.variable64;
    }

    /// All rotations, or halves of them.
    pub(in super::super) fn turns(&self) -> u32 {
        self.turns32 + self.turns64
    }

    /// All exclusive ors.
    pub(in super::super) fn xors(&self) -> u32 {
        self.xors
    }

    fn turn(&mut self, bits: u64, left: Amount) {
        if bits == 32 {
            self.turns32 += 1;
        } else {
            self.turns64 += 1;
        }
        let open = match left {
            Amount::Constant(_) => false,
            Amount::Other => self.any,
        };
        match (left, bits) {
            (Amount::Constant(distance), 32) => self.distances32 |= 1 << (distance & 31),
            (Amount::Constant(distance), _) => {
                self.distances64 |= 1 << (distance & 63);
                self.ones64 += u32::from(distance & 63 == 1);
            }
            (_, 32) => self.unknown32 += u32::from(open),
            (_, _) => {
                self.unknown64 += u32::from(open);
                self.variable64 += 1;
            }
        }
    }

    /// A load.
    #[inline]
    pub(in super::super) fn load(&mut self, code: u8) {
        self.loads += 1;
        self.wide_loads += u32::from(code == 0x29);
        self.bytes += u32::from(matches!(code, 0x2c | 0x2d | 0x30 | 0x31));
    }

    /// An operator that may be one on doubles.
    #[inline]
    pub(in super::super) fn double(&mut self, code: u8) {
        match code {
            0x9f => self.doubles[0] += 1,
            0xa3 => self.doubles[1] += 1,
            0xa2 => self.doubles[2] += 1,
            _ => {}
        }
    }

    /// An operator on integers, with the constant before it.
    #[inline]
    pub(in super::super) fn scalar(&mut self, code: u8, amount: Amount) {
        let back = amount.back();
        if let (0x76 | 0x88, Amount::Constant(24 | 56)) = (code, amount) {
            self.bytes += 1;
        }
        match code {
            0x6b | 0x7d => self.subs += 1,
            0x71 | 0x83 => self.ands += 1,
            0x73 | 0x85 => {
                self.xors += 1;
                self.mixes += u32::from(amount == Amount::Other);
            }
            0x6c | 0x74 | 0x7e | 0x86 => {
                self.products += u32::from(code == 0x7e);
                let scales = if matches!(code, 0x74 | 0x86) {
                    matches!(amount, Amount::Constant(2..=4))
                } else {
                    matches!(amount, Amount::Constant(4 | 8 | 16))
                };
                self.scaled += u32::from(scales || (self.any && amount == Amount::Other));
            }
            0x76 => self.turn(32, back),
            0x88 => self.turn(64, back),
            0x77 | 0x78 => {
                self.rotations += 1;
                self.turn(32, if code == 0x77 { amount } else { back });
            }
            0x89 | 0x8a => {
                self.rotations += 1;
                self.turn(64, if code == 0x89 { amount } else { back });
            }
            _ => {}
        }
    }

    /// A vector operator, with the constant before it.
    #[inline]
    pub(in super::super) fn vector(&mut self, code: u32, amount: Amount) {
        let back = amount.back();
        match code {
            0..=10 | 92 | 93 => {
                self.loads += 1;
                self.wide_loads += 1;
            }
            78 | 79 => self.ands += 1,
            81 => {
                self.xors += 1;
                self.mixes += 1;
            }
            173 => self.turn(32, back),
            205 => self.turn(64, back),
            177 | 209 => self.subs += 1,
            213 | 220..=223 => self.products += 1,
            239 => self.doubles[0] += 1,
            242 => self.doubles[2] += 1,
            243 => self.doubles[1] += 1,
            _ => {}
        }
    }

    /// A shuffle of bytes, which may rotate.
    pub(in super::super) fn shuffle(&mut self, lanes: &[u8]) {
        if let Some((distance, bits)) = turned(lanes) {
            self.turn(bits.into(), Amount::Constant(distance.into()));
        }
    }

    fn counts(&self) -> Near {
        Near {
            mixes: self.mixes,
            ands: self.ands,
            subs: self.subs,
            loads: self.loads,
            wide_loads: self.wide_loads,
            bytes: self.bytes,
            scaled: self.scaled,
            ones64: self.ones64,
            variable64: self.variable64,
        }
    }

    /// A stretch of code ends, and another begins.
    pub(in super::super) fn pass(&mut self) {
        self.near = self.nearby();
        self.passed = [self.counts(), self.passed[0]];
    }

    /// The kernels of which everything lies within two stretches, so far.
    fn nearby(&self) -> Kernels {
        let (now, then) = (self.counts(), self.passed[1]);
        let since = |count: fn(&Near) -> u32| count(&now).saturating_sub(count(&then));
        let xors = since(|n| n.mixes) + since(|n| n.ands).min(since(|n| n.subs));
        let (bytes, scaled) = (since(|n| n.bytes), since(|n| n.scaled));
        let mut found = self.near;
        if xors >= 12 && since(|n| n.loads) >= 14 && bytes >= 10 && scaled >= 8 {
            found.insert(Kernel::WordLookups);
        }
        if xors >= 32 && since(|n| n.wide_loads) >= 32 && bytes >= 20 && scaled >= 16 {
            found.insert(Kernel::WideLookups);
        }
        if xors >= 6 && since(|n| n.ones64) >= 1 && since(|n| n.variable64) >= 1 {
            found.insert(Kernel::Keccak);
        }
        found
    }

    fn of32(&self, distances: &[u8], least: u32) -> bool {
        let bits = distances
            .iter()
            .fold(0u64, |bits, &distance| bits | 1 << distance);
        (self.distances32 & bits).count_ones() + self.unknown32 >= least
    }

    fn of64(&self, distances: &[u8], least: u32) -> bool {
        let bits = distances
            .iter()
            .fold(0u64, |bits, &distance| bits | 1 << distance);
        (self.distances64 & bits).count_ones() + self.unknown64 >= least
    }

    /// The kernels whose shape the function may have.
    pub(in super::super) fn shapes(&self) -> Kernels {
        // An exclusive or may be spelled as a difference with a conjunction.
        let xors = self.xors + self.ands.min(self.subs);
        // Look-ups, and the loop over theta's and rho's rotations.
        let mut found = self.nearby();
        let mut may = |kernel, holds: bool| {
            if holds {
                found.insert(kernel);
            }
        };
        may(
            Kernel::Keccak,
            (self.of64(keccak::RHO, 20) && xors >= 20)
                || (self.distances32.count_ones() + self.unknown32 >= 18
                    && self.turns32 >= 36
                    && xors >= 40),
        );
        may(Kernel::CubeHash, self.of32(&[7, 11], 2) && xors >= 16);
        may(Kernel::Sha256, self.of32(sha2::SIGMA32, 9));
        may(Kernel::Sha512, self.of64(sha2::SIGMA64, 9));
        may(Kernel::Sha1, self.of32(&[1, 5, 30], 3) && self.turns32 >= 9);
        let blake2b = self.of64(blake::BLAKE2B, 4);
        may(Kernel::Blake2b, blake2b);
        may(Kernel::Blamka, blake2b && self.products >= 2);
        may(Kernel::Blake512, self.of64(blake::BLAKE512, 4));
        may(Kernel::Blake32, self.of32(blake::BLAKE32, 4));
        // As pairs of masks that undo each other.
        let every = (0..5).all(|width| self.swaps >> (2 * width) & 3 != 0);
        may(Kernel::Jh, xors >= 12 && self.ands >= 6 && every);
        may(Kernel::Skein, self.of64(skein::MIX, 23));
        may(Kernel::Xoshiro, self.of64(heavyhash::XOSHIRO, 2));
        // A program's rotations by a register may be spelled as shifts.
        let turns = self.turns64.max(self.rotations);
        may(
            Kernel::Machine,
            self.doubles.iter().all(|&count| count > 0) && self.products >= 4 && turns >= 4,
        );
        may(
            Kernel::Salsa,
            self.of32(salsa::SALSA, 4) && self.turns32 >= 8,
        );
        may(Kernel::Chacha, self.of32(salsa::CHACHA, 4));
        may(
            Kernel::Pwxform,
            self.products >= 1 && xors >= 1 && self.boxes,
        );
        found
    }
}
