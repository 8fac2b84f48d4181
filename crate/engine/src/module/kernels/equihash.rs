//! Equihash (Biryukov and Khovratovich, 2016), by the personalisation of its `BLAKE2b`: Zcash's
//! protocol specification, 7.7.1, and its relatives'.

use super::{Kernel, Table, Words};

/// The constants that give it away, in data or in code.
pub(super) const TABLES: &[Table] = &[
    Table {
        kernel: Kernel::Equihash,
        what: "the personalisation of Equihash",
        least: 1,
        words: Words::Long(&[
            0x576f_5068_7361_635a, // "ZcashPoW"
            0x1fec_8bc1_8820_de31, // and the same in the state of BLAKE2b
        ]),
    },
    Table {
        kernel: Kernel::Equihash,
        what: "the personalisation of Equihash",
        least: 2,
        words: Words::Short(&[0x7361_635a, 0x576f_5068]),
    },
];
