//! Haraka v2 (and with it `VerusHash`): round constants from the reference (`haraka.c`).

use super::{Kernel, Table, Words};

/// The constants that give it away, in data or in code.
pub(super) const TABLES: &[Table] = &[Table {
    kernel: Kernel::Haraka,
    what: "round constants of Haraka",
    least: 8,
    words: Words::Short(&[
        0x7581_7b9d,
        0xb2c5_fef0,
        0xe620_c00a,
        0x0684_704c,
        0x2f08_f717,
        0x640f_6ba4,
        0x88f3_a06b,
        0x8b66_b4e1,
        0x9f02_9114,
        0xcf02_9d60,
        0x53f2_8498,
        0x3402_de2d,
        0xfd5b_4f79,
        0xbbf3_bcaf,
        0x2e7b_4f08,
        0x0ed6_eae6,
        0xbe39_7044,
        0x79ee_cd1c,
        0x4872_448b,
        0xcbcf_b0cb,
        0x2b8a_057b,
        0x8d53_35ed,
        0x6e90_32b7,
        0x7eea_cdee,
        0xda4f_ef1b,
        0xe241_2761,
        0x5e2e_7cd0,
        0x67c2_8f43,
        0x1fc7_0b3b,
        0x675f_fde2,
        0xafca_cc07,
        0x2924_d9b0,
    ]),
}];
