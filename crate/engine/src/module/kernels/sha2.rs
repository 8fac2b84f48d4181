//! SHA-256, SHA-512 (FIPS 180-4), SHA-1 and the values that other hashes borrow from them.

use super::{Kernel, Table, Words};
use crate::module::census::Census;

/// Rotations of SHA-256, to the left: the two big and the two small sigmas.
pub(super) const SIGMA32: &[u8] = &[30, 19, 10, 26, 21, 7, 25, 14, 15, 13];
/// Rotations of SHA-512, to the left.
pub(super) const SIGMA64: &[u8] = &[36, 30, 25, 50, 46, 23, 63, 56, 45, 3];

/// All ten rotations, at least once each, and few others: where none is missing, as many as dead code may
/// bring along. Go adds in 64 bits.
pub(super) fn sha256(census: &Census) -> bool {
    let distances = census.distances32(SIGMA32, 1);
    let (own, all) = (census.sum32(SIGMA32), census.all32());
    distances >= 9
        && census.add[0] + census.add[1] + census.add[2] >= 8
        && (own * 4 >= all * 3 || distances == SIGMA32.len() && own * 2 >= all)
}

/// All ten rotations, at least once each.
pub(super) fn sha512(census: &Census) -> bool {
    census.distances64(SIGMA64, 1) >= 9
        && census.add[1] + census.add[3] >= 8
        && census.sum64(SIGMA64) * 4 >= census.all64() * 3
}

/// Rotations by 5, 30 and 1 only, with the round constants checked elsewhere.
pub(super) fn sha1(census: &Census) -> bool {
    let few = census.sum32(&[5]).min(census.sum32(&[30]));
    few >= 4 && census.sum32(&[1, 5, 30]) == census.all32() && census.rotations32[1] >= 1
}

/// The constants that give it away, in data or in code.
pub(super) const TABLES: &[Table] = &[
    Table {
        kernel: Kernel::Sha256,
        what: "round constants of SHA-256",
        least: 24,
        words: Words::Short(&[
            0x428a_2f98,
            0x7137_4491,
            0xb5c0_fbcf,
            0xe9b5_dba5,
            0x3956_c25b,
            0x59f1_11f1,
            0x923f_82a4,
            0xab1c_5ed5,
            0xd807_aa98,
            0x1283_5b01,
            0x2431_85be,
            0x550c_7dc3,
            0x72be_5d74,
            0x80de_b1fe,
            0x9bdc_06a7,
            0xc19b_f174,
            0xe49b_69c1,
            0xefbe_4786,
            0x0fc1_9dc6,
            0x240c_a1cc,
            0x2de9_2c6f,
            0x4a74_84aa,
            0x5cb0_a9dc,
            0x76f9_88da,
            0x983e_5152,
            0xa831_c66d,
            0xb003_27c8,
            0xbf59_7fc7,
            0xc6e0_0bf3,
            0xd5a7_9147,
            0x06ca_6351,
            0x1429_2967,
            0x27b7_0a85,
            0x2e1b_2138,
            0x4d2c_6dfc,
            0x5338_0d13,
            0x650a_7354,
            0x766a_0abb,
            0x81c2_c92e,
            0x9272_2c85,
            0xa2bf_e8a1,
            0xa81a_664b,
            0xc24b_8b70,
            0xc76c_51a3,
            0xd192_e819,
            0xd699_0624,
            0xf40e_3585,
            0x106a_a070,
            0x19a4_c116,
            0x1e37_6c08,
            0x2748_774c,
            0x34b0_bcb5,
            0x391c_0cb3,
            0x4ed8_aa4a,
            0x5b9c_ca4f,
            0x682e_6ff3,
            0x748f_82ee,
            0x78a5_636f,
            0x84c8_7814,
            0x8cc7_0208,
            0x90be_fffa,
            0xa450_6ceb,
            0xbef9_a3f7,
            0xc671_78f2,
        ]),
    },
    Table {
        kernel: Kernel::Sha512,
        what: "round constants of SHA-512",
        least: 16,
        words: Words::Long(&[
            0x428a_2f98_d728_ae22,
            0x7137_4491_23ef_65cd,
            0xb5c0_fbcf_ec4d_3b2f,
            0xe9b5_dba5_8189_dbbc,
            0x3956_c25b_f348_b538,
            0x59f1_11f1_b605_d019,
            0x923f_82a4_af19_4f9b,
            0xab1c_5ed5_da6d_8118,
            0xd807_aa98_a303_0242,
            0x1283_5b01_4570_6fbe,
            0x2431_85be_4ee4_b28c,
            0x550c_7dc3_d5ff_b4e2,
            0x72be_5d74_f27b_896f,
            0x80de_b1fe_3b16_96b1,
            0x9bdc_06a7_25c7_1235,
            0xc19b_f174_cf69_2694,
            0xe49b_69c1_9ef1_4ad2,
            0xefbe_4786_384f_25e3,
            0x0fc1_9dc6_8b8c_d5b5,
            0x240c_a1cc_77ac_9c65,
            0x2de9_2c6f_592b_0275,
            0x4a74_84aa_6ea6_e483,
            0x5cb0_a9dc_bd41_fbd4,
            0x76f9_88da_8311_53b5,
            0x983e_5152_ee66_dfab,
            0xa831_c66d_2db4_3210,
            0xb003_27c8_98fb_213f,
            0xbf59_7fc7_beef_0ee4,
            0xc6e0_0bf3_3da8_8fc2,
            0xd5a7_9147_930a_a725,
            0x06ca_6351_e003_826f,
            0x1429_2967_0a0e_6e70,
        ]),
    },
    Table {
        kernel: Kernel::Iv512,
        what: "the initial values of SHA-512 and BLAKE2b",
        least: 6,
        words: Words::Long(&[
            0x6a09_e667_f3bc_c908,
            0xbb67_ae85_84ca_a73b,
            0x3c6e_f372_fe94_f82b,
            0xa54f_f53a_5f1d_36f1,
            0x510e_527f_ade6_82d1,
            0x9b05_688c_2b3e_6c1f,
            0x1f83_d9ab_fb41_bd6b,
            0x5be0_cd19_137e_2179,
        ]),
    },
    Table {
        kernel: Kernel::Iv256,
        what: "the initial values of SHA-256 and BLAKE2s",
        least: 6,
        words: Words::Short(&[
            0x6a09_e667,
            0xbb67_ae85,
            0x3c6e_f372,
            0xa54f_f53a,
            0x510e_527f,
            0x9b05_688c,
            0x1f83_d9ab,
            0x5be0_cd19,
        ]),
    },
    Table {
        kernel: Kernel::Sha1,
        what: "round constants of SHA-1",
        least: 4,
        words: Words::Short(&[0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xca62_c1d6]),
    },
    Table {
        kernel: Kernel::Md5,
        what: "round constants of MD5",
        least: 8,
        words: Words::Short(&[
            0xd76a_a478,
            0xe8c7_b756,
            0x2420_70db,
            0xc1bd_ceee,
            0xf57c_0faf,
            0x4787_c62a,
            0xa830_4613,
            0xfd46_9501,
            0x6980_98d8,
            0x8b44_f7af,
            0xffff_5bb1,
            0x895c_d7be,
            0x6b90_1122,
            0xfd98_7193,
            0xa679_438e,
            0x49b4_0821,
        ]),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha_256_shows_beside_as_many_other_rotations() {
        let mut census = Census::default();
        census.add[0] = 8;
        for &distance in SIGMA32 {
            census.rotations32[usize::from(distance)] = 1;
        }
        census.rotations32[1] = 10;
        assert!(sha256(&census));
        census.rotations32[1] = 11;
        assert!(!sha256(&census));
        // Without one of its own there are fewer others.
        census.rotations32[30] = 0;
        census.rotations32[1] = 4;
        assert!(!sha256(&census));
        census.rotations32[1] = 3;
        assert!(sha256(&census));
    }
}
