//! `ProgPoW` (EIP-1057; Ravencoin's `KawPow`), by its generator KISS99 beside FNV-1a.

use super::{Kernel, Table, Words};

/// The constants that give it away, in data or in code.
pub(super) const TABLES: &[Table] = &[Table {
    kernel: Kernel::ProgPow,
    what: "KISS99 and FNV-1a, by which ProgPoW mixes",
    least: 4,
    // Smaller ones, 36969 and 18000, are not looked up.
    words: Words::Short(&[69_069, 1_234_567, 0x0100_0193, 0x811c_9dc5]),
}];
