//! Kernels: the primitives of which proofs of work are made, one file each. A kernel is known by
//! its constants (in a table, or in code after folding) or by the shape of its arithmetic; either
//! way nothing is concluded from one alone.

mod aes;
mod blake;
mod bounds;
mod chain;
mod curve;
mod equihash;
mod groestl;
mod haraka;
mod heavyhash;
mod jh;
mod keccak;
mod progpow;
mod randomx;
mod salsa;
mod sha2;
mod skein;

pub(super) use bounds::{Amount, Bounds};

use super::census::Census;
pub(super) use randomx::program;

macro_rules! kernels {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// A primitive.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Kernel { $($name),* }

        /// All kernels, with the names that signatures use.
        pub(super) const KERNELS: &[(Kernel, &str)] = &[$((Kernel::$name, $text)),*];
    };
}

kernels! {
    Keccak = "keccak",
    Aes = "aes",
    Sha256 = "sha256",
    Sha512 = "sha512",
    Sha1 = "sha1",
    Iv512 = "iv512",
    Iv256 = "iv256",
    Pi = "pi",
    Blake2b = "blake2b",
    Blamka = "blamka",
    Blake512 = "blake512",
    Blake32 = "blake32",
    Groestl = "groestl",
    Jh = "jh",
    Skein = "skein",
    Luffa = "luffa",
    CubeHash = "cubehash",
    Shavite = "shavite",
    Simd = "simd-hash",
    Bmw = "bmw",
    Hamsi = "hamsi",
    Fugue = "fugue",
    Shabal = "shabal",
    Whirlpool = "whirlpool",
    Eaglesong = "eaglesong",
    Haraka = "haraka",
    HeavyHash = "heavyhash",
    RandomxAes = "randomx-aes",
    Superscalar = "superscalar",
    Machine = "randomx-machine",
    Salsa = "salsa20",
    Chacha = "chacha",
    Pwxform = "pwxform",
    Curve = "curve",
    Md5 = "md5",
    Equihash = "equihash",
    ProgPow = "progpow",
    Xoshiro = "xoshiro",
    Elsewhere = "elsewhere",
    WordLookups = "word-lookups",
    WideLookups = "wide-lookups",
}

/// A set of kernels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kernels(pub(super) u64);

impl Kernels {
    /// Adds one.
    pub(super) fn insert(&mut self, kernel: Kernel) {
        self.0 |= 1 << kernel as u8;
    }

    /// Whether it is there.
    pub(super) fn contains(self, kernel: Kernel) -> bool {
        self.0 & (1 << kernel as u8) != 0
    }

    /// Whether there is none.
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Without one.
    pub(super) fn without(self, kernel: Kernel) -> Self {
        Self(self.0 & !(1 << kernel as u8))
    }

    /// Both.
    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A table of constants, in the width in which programs hold it.
#[derive(Clone, Copy)]
pub(super) enum Words {
    /// Bytes.
    Bytes(&'static [u8]),
    /// 32-bit words.
    Short(&'static [u32]),
    /// 64-bit words.
    Long(&'static [u64]),
}

/// Constants that tell a kernel.
pub(super) struct Table {
    /// The kernel.
    pub(super) kernel: Kernel,
    /// What they are, in words.
    pub(super) what: &'static str,
    /// How many different ones in code are enough.
    pub(super) least: u32,
    /// The constants.
    pub(super) words: Words,
}

/// The tables of every kernel.
pub(super) const ALL: &[&[Table]] = &[
    keccak::TABLES,
    aes::TABLES,
    sha2::TABLES,
    blake::TABLES,
    groestl::TABLES,
    jh::TABLES,
    skein::TABLES,
    chain::TABLES,
    haraka::TABLES,
    heavyhash::TABLES,
    randomx::TABLES,
    salsa::TABLES,
    equihash::TABLES,
    progpow::TABLES,
    curve::TABLES,
];

type Test = fn(&Census) -> bool;

/// The kernels whose shape a function has.
pub(super) fn shapes(census: &Census) -> Kernels {
    let tests: [(Kernel, Test); 18] = [
        (Kernel::Keccak, keccak::shape),
        (Kernel::WordLookups, aes::shape),
        (Kernel::CubeHash, chain::cubehash),
        (Kernel::Sha256, sha2::sha256),
        (Kernel::Sha512, sha2::sha512),
        (Kernel::Sha1, sha2::sha1),
        (Kernel::Blake2b, blake::blake2b),
        (Kernel::Blamka, blake::blamka),
        (Kernel::Blake512, blake::blake512),
        (Kernel::Blake32, blake::blake32),
        (Kernel::WideLookups, groestl::shape),
        (Kernel::Jh, jh::shape),
        (Kernel::Skein, skein::shape),
        (Kernel::Machine, randomx::shape),
        (Kernel::Salsa, salsa::salsa),
        (Kernel::Chacha, salsa::chacha),
        (Kernel::Pwxform, salsa::pwxform),
        (Kernel::Xoshiro, heavyhash::xoshiro),
    ];
    let mut found = Kernels::default();
    for (kernel, test) in tests {
        if test(census) {
            found.insert(kernel);
        }
    }
    found
}
