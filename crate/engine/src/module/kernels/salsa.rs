//! Salsa20 and `ChaCha` cores (scrypt, yescrypt, stream ciphers), and pwxform (yescrypt, yespower).

use super::{Kernel, Table, Words};
use crate::module::census::Census;

pub(super) const SALSA: &[u8] = &[7, 9, 13, 18];
pub(super) const CHACHA: &[u8] = &[16, 12, 8, 7];

/// Rotations by 7, 9, 13 and 18, equally many of each.
pub(super) fn salsa(census: &Census) -> bool {
    census.distances32(SALSA, 2) == 4 && census.pure32(SALSA)
}

/// Rotations by 16, 12, 8 and 7.
pub(super) fn chacha(census: &Census) -> bool {
    census.distances32(CHACHA, 1) == 4 && census.pure32(CHACHA)
}

/// Products of the halves of a word, then an addition and an exclusive or with words found by
/// masking: pwxform has no rotations.
pub(super) fn pwxform(census: &Census) -> bool {
    let products = u32::from(census.mul[1]) + u32::from(census.mul[2]);
    let xor = u32::from(census.xor[1]) + u32::from(census.xor[2]);
    let add = u32::from(census.add[1]) + u32::from(census.add[3]);
    products >= 1
        && add >= products / 2
        && xor >= products.div_ceil(2)
        && census.all64() * 4 < products
        && census.boxes >= 2
}

/// The constants that give it away, in data or in code.
pub(super) const TABLES: &[Table] = &[Table {
    kernel: Kernel::Salsa,
    what: "the constant of Salsa20 and ChaCha",
    least: 4,
    words: Words::Short(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]),
}];
