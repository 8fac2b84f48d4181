//! BLAKE-256, BLAKE-512 (SHA-3 round 3), `BLAKE2b`, BLAKE2s (RFC 7693), BLAKE3 and `BlaMka`
//! (RFC 9106, Argon2), by their rotation distances.

use super::{Kernel, Table, Words};
use crate::module::census::Census;

pub(super) const BLAKE2B: &[u8] = &[32, 40, 48, 1];
pub(super) const BLAKE512: &[u8] = &[32, 39, 48, 53];
pub(super) const BLAKE32: &[u8] = &[16, 20, 24, 25];

fn clean64(census: &Census, distances: &[u8], least: u16) -> bool {
    census.distances64(distances, least) == 4 && census.pure64(distances)
}

fn products(census: &Census) -> u32 {
    u32::from(census.mul[1]) + u32::from(census.mul[2])
}

/// `BLAKE2b`'s mixing: rotations to the right by 32, 24, 16 and 63, and no products.
pub(super) fn blake2b(census: &Census) -> bool {
    // Around rotations of 64 bits the rest may work on halves.
    let adds = adds64(census) + u32::from(census.add[0]);
    clean64(census, BLAKE2B, 1) && products(census) * 4 < census.all64() && adds >= 3
}

fn adds64(census: &Census) -> u32 {
    u32::from(census.add[1]) + u32::from(census.add[3])
}

/// The same rotations with a product for each: `a + b + 2 * low(a) * low(b)`.
pub(super) fn blamka(census: &Census) -> bool {
    clean64(census, BLAKE2B, 1) && products(census) * 2 >= census.all64()
}

/// BLAKE-512: 32, 25, 16 and 11 to the right.
pub(super) fn blake512(census: &Census) -> bool {
    clean64(census, BLAKE512, 1) && adds64(census) >= 4
}

/// BLAKE-256, BLAKE2s and BLAKE3: 16, 12, 8 and 7 to the right.
pub(super) fn blake32(census: &Census) -> bool {
    census.distances32(BLAKE32, 1) == 4
        && census.pure32(BLAKE32)
        && census.add[0] + census.add[1] + census.add[2] >= 4
}

/// The constants that give it away, in data or in code.
pub(super) const TABLES: &[Table] = &[
    Table {
        kernel: Kernel::Pi,
        what: "the digits of pi in BLAKE-256 and Blowfish",
        least: 8,
        words: Words::Short(&[
            0x243f_6a88,
            0x85a3_08d3,
            0x1319_8a2e,
            0x0370_7344,
            0xa409_3822,
            0x299f_31d0,
            0x082e_fa98,
            0xec4e_6c89,
            0x4528_21e6,
            0x38d0_1377,
            0xbe54_66cf,
            0x34e9_0c6c,
            0xc0ac_29b7,
            0xc97c_50dd,
            0x3f84_d5b5,
            0xb547_0917,
        ]),
    },
    Table {
        kernel: Kernel::Pi,
        what: "the digits of pi in BLAKE-512",
        least: 8,
        words: Words::Long(&[
            0x243f_6a88_85a3_08d3,
            0x1319_8a2e_0370_7344,
            0xa409_3822_299f_31d0,
            0x082e_fa98_ec4e_6c89,
            0x4528_21e6_38d0_1377,
            0xbe54_66cf_34e9_0c6c,
            0xc0ac_29b7_c97c_50dd,
            0x3f84_d5b5_b547_0917,
            0x9216_d5d9_8979_fb1b,
            0xd131_0ba6_98df_b5ac,
            0x2ffd_72db_d01a_dfb7,
            0xb8e1_afed_6a26_7e96,
            0xba7c_9045_f12c_7f99,
            0x24a1_9947_b391_6cf7,
            0x0801_f2e2_858e_fc16,
            0x6369_20d8_7157_4e69,
        ]),
    },
];
