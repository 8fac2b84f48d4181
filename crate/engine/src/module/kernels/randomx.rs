//! `RandomX`: its AES generators' keys and `SuperscalarHash`'s constants
//! (`aes_hash.cpp` and `dataset.cpp` of the reference), and the arithmetic of its machine.

use super::{Kernel, Table, Words};
use crate::module::census::Census;

/// An interpreter of `RandomX` programs, or one program translated to wasm: integer products,
/// rotations by a register, divisions and square roots of doubles, and accesses limited to the
/// levels of the scratchpad.
pub(super) fn shape(census: &Census) -> bool {
    let doubles = census.double.iter().filter(|&&n| n > 0).count();
    doubles == 3 && census.mul[1] >= 4 && census.variable + census.all64().min(99) as u16 >= 4
}

/// The same where rotations by a register are spelled as shifts: only beside the masks of several
/// levels in one function.
pub(in crate::module) fn program(census: &Census) -> bool {
    let doubles = census.double.iter().filter(|&&n| n > 0).count();
    let turns = u32::from(census.variable) + census.all64() + u32::from(census.shifts[1]);
    doubles == 3 && census.mul[1] >= 4 && turns >= 4
}

/// The constants that give it away, in data or in code.
pub(super) const TABLES: &[Table] = &[
    Table {
        kernel: Kernel::RandomxAes,
        what: "the keys of the AES generators of RandomX",
        least: 8,
        words: Words::Short(&[
            0xd798_3aad,
            0xcc82_db47,
            0x9fa8_56de,
            0x92b5_2c0d,
            0xace7_8057,
            0xf59e_125a,
            0x15c7_b798,
            0x338d_996e,
            0xe8a0_7ce4,
            0x5079_506b,
            0xae62_c7d0,
            0x6a77_0017,
            0x7e99_4948,
            0x79a1_0005,
            0x07ad_828d,
            0x630a_240c,
            0x0689_0201,
            0x90dc_56bf,
            0x8b24_949f,
            0xf6fa_8389,
            0xed18_f99b,
            0xee10_43c6,
            0x51f4_e03c,
            0x61b2_63d1,
            0xb4f4_4917,
            0xdbb5_552b,
            0x6271_6609,
            0x6dac_a553,
            0x0da1_dc4e,
            0x1725_d378,
            0x846a_710d,
            0x6d7c_af07,
            0x3e20_e345,
            0xf4c0_794f,
            0x9f94_7ec6,
            0x3f12_62f1,
            0x4916_9154,
            0x1631_4c88,
            0xb1ba_317c,
            0x6aef_8135,
        ]),
    },
    Table {
        kernel: Kernel::RandomxAes,
        what: "the keys of the AES generators of RandomX",
        least: 8,
        words: Words::Short(&[
            0x99e5_d23f,
            0x2f54_6d2b,
            0xd183_3ddb,
            0x6421_aadd,
            0xa5df_cde5,
            0x06f7_9d53,
            0xb691_3f55,
            0xb20e_3450,
            0x171c_02bf,
            0x0aa4_679f,
            0x515e_7baf,
            0x5c3e_d904,
            0xd8de_d291,
            0xcd67_3785,
            0xe78f_5d08,
            0x8562_3763,
            0x229e_ffb4,
            0x3d51_8b6d,
            0xe3d6_a7a6,
            0xb582_6f73,
            0xb272_b7d2,
            0xe902_4d4e,
            0x9c10_b3d9,
            0xc756_6bf3,
            0xf63b_efa7,
            0x2ba9_660a,
            0xf765_a38b,
            0xf273_c9e7,
            0xc0b0_762d,
            0x0c06_d1fd,
            0x9158_39de,
            0x7a7c_d609,
        ]),
    },
    Table {
        kernel: Kernel::Superscalar,
        what: "the constants of SuperscalarHash",
        least: 4,
        words: Words::Long(&[
            0x810a_978a_59f5_a1fc,
            0xa770_99df_38c2_d846,
            0x8126_b91c_bf22_495c,
            0x494d_2597_179f_8a62,
            0x9237_efb9_ceaa_ec0c,
            0x2f2a_5674_6ce6_2d78,
            0x8485_3bf7_b62c_e54e,
        ]),
    },
];
