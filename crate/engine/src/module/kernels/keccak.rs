//! Keccak-f[1600] (SHA-3, Keccak-256, `CryptoNight`, ethash): FIPS 202.

use super::{Kernel, Table, Words};
use crate::module::census::Census;

/// The 24 rotations of the rho step.
pub(super) const RHO: &[u8] = &[
    1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
];

/// Unrolled over the lanes: the rotations of rho. Rolled: theta's rotations by one, and either
/// rotations by a distance from a table or rho in place, with chi's conjunctions.
pub(super) fn shape(census: &Census) -> bool {
    let xor = u32::from(census.xor[1]) + u32::from(census.xor[2]);
    let and = u32::from(census.and[1]) + u32::from(census.and[2]);
    // Around rotations of 64 bits the rest may work on halves.
    let halves = [census.xor[0], census.and[0]].map(u32::from);
    if census.distances64(RHO, 1) >= 20 && xor + halves[0] >= 20 && and + halves[1] >= 4 {
        return true;
    }
    // Rolled: theta's rotation by one and rho's by a table, nothing added or multiplied.
    if census.rotations64[1] >= 1
        && census.variable >= 1
        && census.all64() <= u32::from(census.rotations64[1]) + 2
        && census.all32() == 0
        && xor >= 6
        && and >= 1
        && census.add[1] + census.mul[1] == 0
    {
        return true;
    }
    // As pairs of 32-bit halves: distances modulo 32, one from each pair.
    let pairs = census.funnels.iter().filter(|&&n| n >= 2).count();
    pairs >= 18 && census.xor[0] >= 100 && census.and[0] >= 20
}

/// The constants that give it away, in data or in code.
pub(super) const TABLES: &[Table] = &[Table {
    kernel: Kernel::Keccak,
    what: "round constants of Keccak-f[1600]",
    least: 10,
    words: Words::Long(&[
        0x0000_0000_0000_0001,
        0x0000_0000_0000_8082,
        0x8000_0000_0000_808a,
        0x8000_0000_8000_8000,
        0x0000_0000_0000_808b,
        0x0000_0000_8000_0001,
        0x8000_0000_8000_8081,
        0x8000_0000_0000_8009,
        0x0000_0000_0000_008a,
        0x0000_0000_0000_0088,
        0x0000_0000_8000_8009,
        0x0000_0000_8000_000a,
        0x0000_0000_8000_808b,
        0x8000_0000_0000_008b,
        0x8000_0000_0000_8089,
        0x8000_0000_0000_8003,
        0x8000_0000_0000_8002,
        0x8000_0000_0000_0080,
        0x0000_0000_0000_800a,
        0x8000_0000_8000_000a,
        0x8000_0000_8000_8081,
        0x8000_0000_0000_8080,
        0x0000_0000_8000_0001,
        0x8000_0000_8000_8008,
    ]),
}];
