//! Grøstl (SHA-3 finalist): the AES S-box with its own 8×8 matrix, by tables of 64-bit rows.

use super::{Kernel, Table, Words};
use crate::module::census::Census;

/// Look-ups in a table of 64-bit rows (or in its two halves) by bytes, combined by exclusive or,
/// many in one function, and no arithmetic beside.
pub(super) fn shape(census: &Census) -> bool {
    let xor = u32::from(census.xor[0]) + u32::from(census.xor[1]);
    census.lookups[2] >= 32 && xor >= 32
}

/// The constants that give it away, in data or in code.
pub(super) const TABLES: &[Table] = &[Table {
    kernel: Kernel::Groestl,
    what: "the table of Grøstl",
    least: 8,
    words: Words::Long(&[
        0xc6a5_97f4_a5f4_32c6,
        0xf884_eb97_8497_6ff8,
        0xee99_c7b0_99b0_5eee,
        0xf68d_f78c_8d8c_7af6,
        0xff0d_e517_0d17_e8ff,
        0xd6bd_b7dc_bddc_0ad6,
        0xdeb1_a7c8_b1c8_16de,
        0x9154_39fc_54fc_6d91,
        0x6050_c0f0_50f0_9060,
        0x0203_0405_0305_0702,
        0xcea9_87e0_a9e0_2ece,
        0x567d_ac87_7d87_d156,
        0xe719_d52b_192b_cce7,
        0xb562_71a6_62a6_13b5,
        0x4de6_9a31_e631_7c4d,
        0xec9a_c3b5_9ab5_59ec,
    ]),
}];
