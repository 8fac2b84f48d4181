//! JH (SHA-3 finalist), bitsliced: swaps of neighbouring bits, pairs, nibbles and so on.

use super::{Kernel, Table, Words};
use crate::module::census::Census;

/// The masks by which bits, pairs, nibbles, bytes and so on change places, and the S-box's
/// conjunctions between them.
pub(super) fn shape(census: &Census) -> bool {
    let and = u32::from(census.and[1]) + u32::from(census.and[2]);
    let xor = u32::from(census.xor[1]) + u32::from(census.xor[2]);
    let every = (0..5).all(|width| census.swaps >> (2 * width) & 3 != 0);
    every && and >= 6 && xor >= 12
}

/// The constants that give it away, in data or in code.
pub(super) const TABLES: &[Table] = &[
    Table {
        kernel: Kernel::Jh,
        what: "round constants of JH",
        least: 8,
        words: Words::Long(&[
            0x67f8_15df_a2de_d572,
            0x5715_23b7_0a15_847b,
            0xf687_5a4d_90d6_ab81,
            0x402b_d1c3_c54f_9f4e,
            0x9cfa_455c_e03a_98ea,
            0x9a99_b266_99d2_c503,
            0x8a53_bbf2_b496_0266,
            0x31a2_db88_1a14_56b5,
            0xdb0e_199a_5c5a_a303,
            0x1044_c187_0ab2_3f40,
            0x1d95_9e84_8019_051c,
            0xdccd_e75e_adeb_336f,
            0x416b_bf02_9213_ba10,
            0xd027_bbf7_1565_78dc,
            0x5078_aa37_3981_2c0a,
            0xd391_0041_d2bf_1a3f,
            0x907e_ccf6_0d5a_2d42,
            0xce97_c092_9c9f_62dd,
            0xac44_2bc7_0ba7_5c18,
            0x23fc_c663_d665_dfd1,
            0x1ab8_e09e_036c_6e97,
            0xa8ec_6c44_7e45_0521,
            0xfa61_8e5d_bb03_f1ee,
            0x9781_8394_b297_96fd,
        ]),
    },
    Table {
        kernel: Kernel::Jh,
        what: "the initial value of JH-512",
        least: 6,
        words: Words::Long(&[
            0x17aa_003e_964b_d16f,
            0x43d5_157a_052e_6a63,
            0x0bef_970c_8d5e_228a,
            0x61c3_b3f2_5912_34e9,
            0x1e80_6f53_c1a0_1d89,
            0x806d_2bea_6b05_a92a,
            0xa6ba_7520_dbcc_8e58,
            0xf73b_f8ba_763a_0fa9,
            0x694a_e341_05e6_6901,
            0x5ae6_6f2e_8e8a_b546,
            0x243c_84c1_d0a7_4710,
            0x99c1_5a2d_b171_6e3b,
            0x56f8_b19d_ecf6_57cf,
            0x56b1_1657_7c88_06a7,
            0xfb17_85e6_dffc_c2e3,
            0x4bdd_8ccc_7846_5a54,
        ]),
    },
    Table {
        kernel: Kernel::Jh,
        what: "the initial value of JH-256",
        least: 6,
        words: Words::Long(&[
            0xebd3_202c_41a3_98eb,
            0xc145_b29c_7bbe_cd92,
            0xfac7_d460_9151_931c,
            0x038a_507e_d682_0026,
            0x45b9_2677_269e_23a4,
            0x7794_1ad4_481a_fbe0,
            0x7a17_6b02_26ab_b5cd,
            0xa82f_ff0f_4224_f056,
        ]),
    },
];
