//! How much one archive may unpack to: bounds against decompression bombs.

use std::io::{self, Read};

/// The bounds that hold for one file of the scan with everything in it.
#[derive(Debug)]
pub struct Budget {
    /// Most bytes of one item.
    item: u64,
    /// Bytes that may still be unpacked.
    left: u64,
    /// Entries that may still be opened.
    entries: u32,
}

/// How deep archives in archives are opened.
pub const DEPTH: u32 = 5;
/// How many entries one file with everything in it may have.
const ENTRIES: u32 = 2_000_000;

/// Why something was not read to its end.
#[derive(Debug)]
pub enum Stop {
    /// One item is larger than allowed.
    Item(u64),
    /// Everything unpacked together is larger than allowed.
    Total,
    /// There are more entries than allowed.
    Entries,
    /// It could not be read.
    Broken(io::Error),
}

impl std::fmt::Display for Stop {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Item(limit) => {
                write!(formatter, "not inspected: larger than {} MiB", limit >> 20)
            }
            Self::Total => formatter.write_str("not inspected: unpacks to more than is allowed"),
            Self::Entries => write!(formatter, "not inspected: more than {ENTRIES} entries"),
            Self::Broken(error) => write!(formatter, "not inspected: cannot be unpacked: {error}"),
        }
    }
}

impl Budget {
    /// A budget of so many bytes for one item and for all of them.
    pub const fn new(item: u64, total: u64) -> Self {
        Self {
            item,
            left: total,
            entries: ENTRIES,
        }
    }

    /// Counts one entry.
    pub fn entry(&mut self) -> Result<(), Stop> {
        self.entries = self.entries.checked_sub(1).ok_or(Stop::Entries)?;
        Ok(())
    }

    /// Reads to the end, as far as the budget goes.
    pub fn read(&mut self, reader: impl Read) -> Result<Vec<u8>, Stop> {
        let limit = self.item.min(self.left);
        let mut bytes = Vec::new();
        let read = reader.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        self.left = self.left.saturating_sub(bytes.len() as u64);
        read.map_err(Stop::Broken)?;
        if bytes.len() as u64 > limit {
            return Err(if limit == self.item {
                Stop::Item(self.item)
            } else {
                Stop::Total
            });
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold() {
        let mut budget = Budget::new(10, 15);
        assert_eq!(budget.read(&b"0123456789"[..]).expect("fits").len(), 10);
        assert!(matches!(budget.read(io::repeat(0)), Err(Stop::Total)));
        let mut budget = Budget::new(10, 100);
        assert!(matches!(budget.read(io::repeat(0)), Err(Stop::Item(10))));
    }
}
