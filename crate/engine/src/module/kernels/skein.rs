//! Skein-512 (SHA-3 finalist): Threefish's rotations.

use super::{Kernel, Table, Words};
use crate::module::census::Census;

/// The 32 distances of Threefish-512 (26 distinct).
pub(super) const MIX: &[u8] = &[
    46, 36, 19, 37, 33, 27, 14, 42, 17, 49, 39, 44, 9, 54, 56, 30, 34, 24, 13, 50, 10, 25, 29, 43,
    8, 35, 22,
];

/// Nearly all distances of Threefish-512 (22 or more: an inlined half still shows them).
pub(super) fn shape(census: &Census) -> bool {
    census.distances64(MIX, 1) >= 23
        && census.sum64(MIX) * 10 >= census.all64() * 8
        && u32::from(census.add[1]) + u32::from(census.add[3]) >= 20
}

/// The constants that give it away, in data or in code.
pub(super) const TABLES: &[Table] = &[
    Table {
        kernel: Kernel::Skein,
        what: "the initial value of Skein-512-256",
        least: 6,
        words: Words::Long(&[
            0xccd0_44a1_2fdb_3e13,
            0xe835_9030_1a79_a9eb,
            0x55ae_a061_4f81_6e6f,
            0x2a27_67a4_ae9b_94db,
            0xec06_025e_74dd_7683,
            0xe7a4_36cd_c474_6251,
            0xc36f_baf9_393a_d185,
            0x3eed_ba18_33ed_fc13,
        ]),
    },
    Table {
        kernel: Kernel::Skein,
        what: "the initial value of Skein-512",
        least: 6,
        words: Words::Long(&[
            0x4903_adff_749c_51ce,
            0x0d95_de39_9746_df03,
            0x8fd1_9341_27c7_9bce,
            0x9a25_5629_ff35_2cb1,
            0x5db6_2599_df6c_a7b0,
            0xeabe_394c_a9d5_c3f4,
            0x9911_12c7_1a75_b523,
            0xae18_a40b_660f_cc33,
        ]),
    },
    Table {
        kernel: Kernel::Skein,
        what: "the parity constant of Threefish",
        least: 1,
        words: Words::Long(&[0x1bd1_1bda_a9fc_1a22]),
    },
];
