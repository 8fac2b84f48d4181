//! What is counted while a function is walked, and what is remembered of it afterwards.

use super::kernels::Kernels;
use super::walk::TELLING;

/// Counts over one function (or one loop nest: the difference of two).
#[derive(Clone)]
pub(super) struct Census {
    /// Rotations of 32-bit values (and lanes) by distance, to the left.
    pub(super) rotations32: [u16; 32],
    /// Rotations of 64-bit values (and lanes) by distance, to the left.
    pub(super) rotations64: [u16; 64],
    /// Two halves of a 64-bit rotation, by distance.
    pub(super) funnels: [u16; 32],
    /// Rotations by a distance that is not constant.
    pub(super) variable: u16,
    /// Exclusive ors: 32 bits, 64 bits, vectors.
    pub(super) xor: [u16; 3],
    /// Additions and subtractions of unknowns: 32 bits, 64 bits, vectors of 32 and of 64.
    pub(super) add: [u16; 4],
    /// Conjunctions of unknowns: 32 bits, 64 bits, vectors.
    pub(super) and: [u16; 3],
    /// Multiplications: 32 bits, 64 bits, vectors of 64-bit products.
    pub(super) mul: [u16; 3],
    /// Divisions of 64-bit integers.
    pub(super) div64: u16,
    /// Square roots, divisions and multiplications of doubles (scalars and lanes).
    pub(super) double: [u16; 3],
    /// Loads whose address is a table plus a byte: 8-bit, 32-bit, 64-bit.
    pub(super) lookups: [u16; 3],
    /// Loads and stores at an address limited by a scratchpad's mask.
    pub(super) scratch: [u16; 2],
    /// Unsigned right shifts that are not half of a rotation: 32 bits, 64 bits.
    pub(super) shifts: [u16; 2],
    /// Byte shuffles and swizzles that are no rotation.
    pub(super) shuffles: u16,
    /// Loads and stores of any kind.
    pub(super) memory: [u16; 2],
    /// Branches by table.
    pub(super) tables: u16,
    /// Choices by two bits of a value: branches by table, or indirect calls.
    pub(super) choices: u16,
    /// Which masks of alternating runs of bits occur: 1, 2, 4, 8 and 16 wide, each twice.
    pub(super) swaps: u16,
    /// Loads at an address limited by the mask of a box of pwxform.
    pub(super) boxes: u16,
    /// Operators walked.
    pub(super) operators: u32,
}

impl Default for Census {
    fn default() -> Self {
        Self {
            rotations32: [0; 32],
            rotations64: [0; 64],
            funnels: [0; 32],
            variable: 0,
            xor: [0; 3],
            add: [0; 4],
            and: [0; 3],
            mul: [0; 3],
            div64: 0,
            double: [0; 3],
            lookups: [0; 3],
            scratch: [0; 2],
            shifts: [0; 2],
            shuffles: 0,
            memory: [0; 2],
            tables: 0,
            choices: 0,
            swaps: 0,
            boxes: 0,
            operators: 0,
        }
    }
}

/// Adds one, stopping at the top.
#[inline]
pub(super) fn bump(count: &mut u16) {
    *count = count.saturating_add(1);
}

impl Census {
    /// How many of these distances occur at least `least` times.
    pub(super) fn distances64(&self, distances: &[u8], least: u16) -> usize {
        let seen = |&&d: &&u8| {
            self.rotations64
                .get(d as usize)
                .is_some_and(|&n| n >= least)
        };
        distances.iter().filter(seen).count()
    }

    /// How many of these distances occur at least `least` times.
    pub(super) fn distances32(&self, distances: &[u8], least: u16) -> usize {
        let seen = |&&d: &&u8| {
            self.rotations32
                .get(d as usize)
                .is_some_and(|&n| n >= least)
        };
        distances.iter().filter(seen).count()
    }

    /// All rotations of 32-bit values.
    pub(super) fn all32(&self) -> u32 {
        self.rotations32.iter().map(|&n| u32::from(n)).sum()
    }

    /// All rotations of 64-bit values.
    pub(super) fn all64(&self) -> u32 {
        self.rotations64.iter().map(|&n| u32::from(n)).sum()
    }

    /// Rotations by these distances.
    pub(super) fn sum32(&self, distances: &[u8]) -> u32 {
        let count = |&d: &u8| u32::from(self.rotations32.get(d as usize).copied().unwrap_or(0));
        distances.iter().map(count).sum()
    }

    /// Rotations by these distances.
    pub(super) fn sum64(&self, distances: &[u8]) -> u32 {
        let count = |&d: &u8| u32::from(self.rotations64.get(d as usize).copied().unwrap_or(0));
        distances.iter().map(count).sum()
    }
}

/// Whether these counts are nearly all there is, or as equal as a round function makes them.
fn pure(all: u32, counts: impl Iterator<Item = u16>) -> bool {
    let (mut least, mut most, mut sum) = (u16::MAX, 0, 0u32);
    for count in counts {
        least = least.min(count);
        most = most.max(count);
        sum += u32::from(count);
    }
    sum * 10 >= all * 9 || (least >= 8 && u32::from(most) * 4 <= u32::from(least) * 5)
}

impl Census {
    /// Whether rotations by these distances stand for a kernel of their own.
    pub(super) fn pure32(&self, distances: &[u8]) -> bool {
        let count = |&d: &u8| self.rotations32.get(d as usize).copied().unwrap_or(0);
        pure(self.all32(), distances.iter().map(count))
    }

    /// Whether rotations by these distances stand for a kernel of their own.
    pub(super) fn pure64(&self, distances: &[u8]) -> bool {
        let count = |&d: &u8| self.rotations64.get(d as usize).copied().unwrap_or(0);
        pure(self.all64(), distances.iter().map(count))
    }

    /// What was counted since `earlier`.
    #[inline(never)]
    pub(super) fn since(&self, earlier: &Self) -> Self {
        fn less<const N: usize>(now: &[u16; N], then: &[u16; N]) -> [u16; N] {
            let mut result = *now;
            for (value, earlier) in result.iter_mut().zip(then) {
                *value = value.saturating_sub(*earlier);
            }
            result
        }
        Self {
            rotations32: less(&self.rotations32, &earlier.rotations32),
            rotations64: less(&self.rotations64, &earlier.rotations64),
            funnels: less(&self.funnels, &earlier.funnels),
            variable: self.variable.saturating_sub(earlier.variable),
            xor: less(&self.xor, &earlier.xor),
            add: less(&self.add, &earlier.add),
            and: less(&self.and, &earlier.and),
            mul: less(&self.mul, &earlier.mul),
            div64: self.div64.saturating_sub(earlier.div64),
            double: less(&self.double, &earlier.double),
            lookups: less(&self.lookups, &earlier.lookups),
            scratch: less(&self.scratch, &earlier.scratch),
            shifts: less(&self.shifts, &earlier.shifts),
            shuffles: self.shuffles.saturating_sub(earlier.shuffles),
            memory: less(&self.memory, &earlier.memory),
            tables: self.tables.saturating_sub(earlier.tables),
            choices: self.choices.saturating_sub(earlier.choices),
            swaps: self.swaps,
            boxes: self.boxes.saturating_sub(earlier.boxes),
            operators: self.operators.saturating_sub(earlier.operators),
        }
    }
}

/// A loop, as far as a search for a proof of work cares.
#[allow(clippy::struct_excessive_bools)] // Each is seen by itself.
#[derive(Clone, Copy, Default)]
pub(super) struct Loop {
    /// The loop around it in the same function, as an index into the same list plus one.
    pub(super) parent: u32,
    /// Its first operator's offset in the input.
    pub(super) offset: u32,
    /// Whether a counter stepped by a small constant is written to memory or handed to a call.
    pub(super) nonce: bool,
    /// The locals that count and go somewhere, except for where something is read.
    pub(super) counted: u64,
    /// Ordered comparisons of any loaded value.
    pub(super) compared: u16,
    /// Branches on what a call returned.
    pub(super) asked: u16,
    /// Rotations within (inlined kernels).
    pub(super) rotations: u32,
    /// Exits: branches out of the loop and returns.
    pub(super) exits: u16,
    /// Whether it goes on as long as a hash is not as it should be.
    pub(super) until: bool,
    /// Whether its counter can be known outside it.
    pub(super) out: bool,
    /// Whether it calls an imported function itself: the page, or another module.
    pub(super) tells: bool,
    /// Whether it does so under a condition.
    pub(super) notes: bool,
    /// Loads and stores at addresses limited by a scratchpad's mask.
    pub(super) scratch: u16,
    /// Calls within.
    pub(super) calls: u16,
    /// Where the counter lies in a buffer that a call is given: at byte 39, at byte 76.
    pub(super) places: [bool; 2],
    /// Kernels whose shape it has by itself.
    pub(super) kernels: Kernels,
    /// How often it goes round at most, whatever is found, where that is a few times; 0 where it is not.
    pub(super) few: u16,
}

/// What is kept of a function.
#[allow(clippy::struct_excessive_bools)] // Each is seen by itself.
#[derive(Clone, Copy, Default)]
pub(super) struct Function {
    /// The kernels found in it.
    pub(super) kernels: Kernels,
    /// Those of them that its arithmetic shows.
    pub(super) shaped: Kernels,
    /// Those of them whose constants its code holds.
    pub(super) coded: Kernels,
    /// Those of them to whose tables it points.
    pub(super) referenced: Kernels,
    /// Which of the known masks limit a value in it: bits by `walk::masked`.
    pub(super) masks: u32,
    /// How often it holds each of the constants of `TELLING`.
    pub(super) telling: [u8; TELLING.len()],
    /// Where its body begins, and its length.
    pub(super) body: (u32, u32),
    /// Its loops: a range of the module's list.
    pub(super) loops: (u32, u32),
    /// Its calls: a range of the module's list.
    pub(super) calls: (u32, u32),
    /// Whether a number that it is given, or that it counts up in memory, goes into what is hashed.
    pub(super) takes: bool,
    /// Whether it counts that number up in memory itself.
    pub(super) steps: bool,
    /// Whether it calls itself with what it was given, one step on.
    pub(super) recurs: bool,
    /// Where that lies in a buffer that a call is given: at byte 39, at byte 76.
    pub(super) places: [bool; 2],
    /// Which of its locals tell where it reads: one bit each, as loops have them.
    pub(super) read: u64,
    /// Whether it reads and compares: 0 no, 1 for equality, 2 for order, 3 for that of bytes in memory.
    pub(super) compares: u8,
    /// Whether it writes nothing.
    pub(super) quiet: bool,
}

/// A call, with the innermost loop around it (index into the module's list plus one, 0 for none).
#[derive(Clone, Copy)]
pub(super) struct Call {
    /// The function called.
    pub(super) callee: u32,
    /// The innermost loop around it.
    pub(super) around: u32,
}

/// A comparison of what a call left in memory or returned, or of what was mixed in place.
#[allow(clippy::struct_excessive_bools)] // Each is seen by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Test {
    /// The function it is in, as an index into the defined functions.
    pub(super) function: u32,
    /// The innermost loop around it (index plus one, 0 for none).
    pub(super) around: u32,
    /// The calls that the compared value came through, last first; `u32::MAX` for none.
    pub(super) calls: [u32; 6],
    /// Whether it was mixed in the same function.
    pub(super) inlined: bool,
    /// Whether what these calls were given first was.
    pub(super) copied: bool,
    /// Whether it is what the last call returned.
    pub(super) returned: bool,
    /// 4 for order against bytes in memory, 3 for order against another unknown (or leading
    /// zeros), 2 for zero or a constant, 1 for equality with another unknown.
    pub(super) grade: u8,
    /// Whether it is compared for order with whatever it is.
    pub(super) ordered: bool,
    /// Which of these calls, counted from one, was given two things of one kind to compare; 0 for none.
    pub(super) alike: u8,
    /// Whether the last call may have returned what it was given, such as with its bytes swapped.
    pub(super) passed: bool,
}

/// Something that one call left in memory is handed to another call, in another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Again {
    /// The first call.
    pub(super) first: u32,
    /// The second call.
    pub(super) second: u32,
}
