//! `kHeavyHash` (Kaspa): a 64 by 64 matrix of nibbles between two cSHAKE256. Source of the states:
//! the reference's `pow_hashers`.

use super::{Kernel, Table, Words};
use crate::module::census::Census;

/// The distances of xoshiro256++ (Blackman and Vigna), which fills the matrix.
pub(super) const XOSHIRO: &[u8] = &[23, 45];

/// xoshiro256++, apart from the rotations by 23 and 45 of SHA-512.
pub(super) fn xoshiro(census: &Census) -> bool {
    census.distances64(XOSHIRO, 1) == 2
        && census.distances64(&[30, 46, 50], 1) == 0
        && census.xor[1] >= 5
        && census.add[1] >= 2
}

/// The constants that give it away, in data or in code.
pub(super) const TABLES: &[Table] = &[
    Table {
        kernel: Kernel::HeavyHash,
        what: "the initial state of cSHAKE256(\"ProofOfWorkHash\")",
        least: 8,
        words: Words::Long(&[
            0x113c_ff0d_a1f6_d83d,
            0x29bf_8855_b702_7e3c,
            0x1e5f_2e72_0efb_44d2,
            0x1ba5_a4a3_f598_69a0,
            0x7b2f_afca_875e_2d65,
            0x4aef_61d6_29dc_e246,
            0x183a_981e_ad41_5b10,
            0x776b_f60c_789b_c29c,
            0xf8eb_f133_8866_3140,
            0x2e65_1c3c_4328_5ff0,
            0x0f96_0705_40f1_4a0a,
            0x44e3_6787_5b29_9152,
            0xec70_f1a4_25b1_3715,
            0xe6c8_5d8f_82e9_da89,
            0xb21a_601f_85b4_b223,
            0x3485_5490_64a3_6a46,
            0x0f06_dd1c_7a2f_851a,
            0xc1a2_021d_563b_b142,
            0xba1d_e5e4_4516_68e4,
            0xd102_5741_0509_5f8d,
            0x89ca_4e84_9bce_cf4a,
            0x48b0_9427_a874_2edb,
            0xb1fc_ce9c_e78b_5272,
            0x5d11_29cf_82af_a5bc,
            0x02b9_7c78_6f82_4383,
        ]),
    },
    Table {
        kernel: Kernel::HeavyHash,
        what: "the initial state of cSHAKE256(\"HeavyHash\")",
        least: 8,
        words: Words::Long(&[
            0x3ad7_4c52_b224_8509,
            0x7962_9b0e_2f9f_4216,
            0x7a14_ff48_16c7_f8ee,
            0x11a7_5f4c_8005_6498,
            0xe720_e0df_44ee_ceda,
            0x72c7_d82e_14f3_4069,
            0xc100_ff2a_9389_35ba,
            0x5e21_9040_250f_c462,
            0x8039_f9a6_0dcf_6a48,
            0xa0bc_aa9f_792a_3d0c,
            0xf431_c05d_d0a9_a226,
            0xd31f_4cc3_54c1_8c3f,
            0x6c6b_7d01_a769_cc3d,
            0x2ec6_5bd3_5624_93e4,
            0x4ef7_4b3a_99cd_b044,
            0x774c_8683_5434_f2b0,
            0x07e9_61b0_36bc_9416,
            0x7e8f_1db1_7765_cc07,
            0xea8f_db80_bac4_6d39,
            0xb992_f2d3_7b34_ca58,
            0xc776_c504_8481_b957,
            0x47c3_9f67_5112_c22e,
            0x92bb_399d_b529_0c0a,
            0x549a_e031_2f9f_c615,
            0x1619_327d_10b9_da35,
        ]),
    },
];
