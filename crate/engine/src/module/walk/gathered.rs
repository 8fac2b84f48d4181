//! What a walk looks for among constants, and what it gathers over all functions.

use super::super::census::{Again, Call, Function, Loop, Test};
use super::super::kernels::Kernel;
use super::super::layout::Layout;
use super::super::screen::Hit;

/// Masks of `CryptoNight` scratchpads from 128 KiB to 4 MiB.
pub(in super::super) const NIGHTS: &[u64] =
    &[0x1_fff0, 0x3_fff0, 0x7_fff0, 0xf_fff0, 0x1f_fff0, 0x3f_fff0];
/// Masks of pwxform's S-boxes (yescrypt 0.5 to 1.0).
pub(in super::super) const BOXES: &[u64] = &[0xff0, 0x7ff0, 0x3ff0, 0x1ff0];
/// Masks of `RandomX` scratchpads: three levels by eight bytes, the largest by 64.
pub(in super::super) const LEVELS: &[u64] = &[
    0x3ff8, 0x3_fff8, 0x1f_fff8, 0x1f_ffc0, 0xf_fff8, 0xf_ffc0, 0x1_fff8, 0x3_ffc0, 0x7_ffc0,
];

/// The known masks, with the names that signatures use.
pub(in super::super) fn known_masks() -> impl Iterator<Item = (u64, &'static str)> {
    let named = |list: &'static [u64], name| list.iter().map(move |&mask| (mask, name));
    named(NIGHTS, "cryptonight-mask")
        .chain(named(LEVELS, "randomx-mask"))
        .chain(named(BOXES, "pwxform-mask"))
}

/// Which of the known masks are those of `RandomX`, as bits.
pub(super) fn level_bits() -> u32 {
    let all = known_masks().enumerate();
    all.filter(|(_, (mask, _))| LEVELS.contains(mask))
        .fold(0, |bits, (bit, _)| bits | 1 << bit)
}

/// Masks of alternating runs of ones and zeros.
pub(in super::super) const SWAPS: [u64; 10] = [
    0x5555_5555_5555_5555,
    0xaaaa_aaaa_aaaa_aaaa,
    0x3333_3333_3333_3333,
    0xcccc_cccc_cccc_cccc,
    0x0f0f_0f0f_0f0f_0f0f,
    0xf0f0_f0f0_f0f0_f0f0,
    0x00ff_00ff_00ff_00ff,
    0xff00_ff00_ff00_ff00,
    0x0000_ffff_0000_ffff,
    0xffff_0000_ffff_0000,
];
/// Constants that tell something together with others: the length of Bitcoin's block header in
/// bits, as SHA-256 appends it; the first word of `BLAKE2b` for a digest of eight bytes, which
/// is Nano's work; its thresholds, of main, receiving and older blocks; the prime of 32-bit FNV,
/// by which ethash mixes; and by what numbers are divided that are written as text.
pub(in super::super) const TELLING: [(u64, &str); 7] = [
    (0xffff_ffc0_0000_0000, "nano-threshold"),
    (0xffff_fff8_0000_0000, "nano-threshold"),
    (0xffff_fe00_0000_0000, "nano-threshold"),
    (640, "header-bits"),
    (0x6a09_e667_f2bd_c900, "nano-work"),
    (0x0100_0193, "fnv-prime"),
    (DECIMAL, "decimal"),
];
/// Stands for a division by ten, which no constant by itself tells.
pub(in super::super) const DECIMAL: u64 = 0xd1_0000_000a;
/// A constant that hides others is read this often at least.
const OFTEN: u32 = 8;

/// What a walk gathers over all functions.
#[derive(Default)]
pub(in super::super) struct Gathered {
    /// The functions, in order.
    pub(in super::super) functions: Vec<Function>,
    /// Their loops.
    pub(in super::super) loops: Vec<Loop>,
    /// Their calls.
    pub(in super::super) calls: Vec<Call>,
    /// Comparisons of what calls left or returned.
    pub(in super::super) tests: Vec<Test>,
    /// Calls in loops that are given a counter: the loop, the callee, in which place, and which locals
    /// count, all of them and those that may be another variable elsewhere.
    pub(in super::super) handed: Vec<(u32, u32, u8, [u64; 2])>,
    /// Calls that are given what the function itself was given: the function, the callee, in which place, and
    /// which locals.
    pub(in super::super) passes: Vec<(u32, u32, u8, u64)>,
    /// What is hashed again.
    pub(in super::super) agains: Vec<Again>,
    /// For each table of constants: which of its words code holds, and where it was first seen.
    pub(in super::super) words: Vec<(u64, u32, u32)>,
    /// Masks that limit a value to a scratchpad, with count and first place (function, offset).
    pub(in super::super) masks: Vec<(u64, u32, u32, u32)>,
    /// Where passive segments are copied to: (segment, address).
    pub(in super::super) copies: Vec<(u32, u64)>,
    /// Where each kernel's shape was seen first: (kernel, function, offset).
    pub(in super::super) shaped: Vec<(Kernel, u32, u32)>,
    /// Functions in which each kernel's shape was seen.
    pub(in super::super) shape_counts: Vec<u32>,
    /// Choices by two bits of the state: count and first place.
    pub(in super::super) choices: (u32, u32, u32),
    /// The constants of `TELLING`: count and first place (function, offset).
    pub(in super::super) telling: [(u32, u32, u32); TELLING.len()],
    /// Functions that are a `RandomX` program, with the masks of its levels: count and first place.
    pub(in super::super) programs: (u32, u32, u32),
    /// Loops that do nothing but walk about in a large area of memory: count and first place (function,
    /// offset).
    pub(in super::super) memory_walks: (u32, u32, u32),
    /// Which globals are set, and how often each one is read that begins as a wide constant.
    pub(in super::super) globals: Vec<(bool, u32)>,
    /// Of which program of its own within the module each function is, from one; otherwise 0.
    pub(in super::super) islands: Vec<u8>,
    /// Whether functions that were not walked may hold a curve.
    pub(in super::super) beside_curve: bool,
    /// Functions that could not be walked to their end.
    pub(in super::super) cut: u32,
    /// The census of all functions that hold a lot of mixing, for `explain`.
    pub(in super::super) operators: u64,
}

impl Gathered {
    /// The globals that could change but are never set, where they are read so often that they
    /// seem to hide constants.
    pub(in super::super) fn lasting(&self, layout: &Layout) -> Option<Vec<bool>> {
        let all = layout.initial.iter().zip(&self.globals);
        let lasting = |(initial, seen): (&(Option<u64>, bool), &(bool, u32))| {
            initial.1 && !seen.0 && seen.1 >= OFTEN
        };
        let lasting: Vec<bool> = all.map(lasting).collect();
        lasting.contains(&true).then_some(lasting)
    }

    /// Words that were seen in code, also where it was not walked.
    pub(in super::super) fn hold(&mut self, hits: &[Hit], imported: u32) {
        for hit in hits {
            if let Some(words) = self.words.get_mut(usize::from(hit.table)) {
                if words.0 == 0 {
                    (words.1, words.2) = (imported.saturating_add(hit.function), hit.at);
                }
                words.0 |= hit.bits;
            }
        }
    }
}
