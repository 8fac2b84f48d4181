//! How much one archive may unpack to: bounds against decompression bombs.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// The bounds that hold for one file of the scan with everything in it.
#[derive(Debug)]
pub struct Budget {
    /// Most bytes of one item.
    item: u64,
    /// Bytes that may still be unpacked; `None` once there were more.
    left: Rc<Cell<Option<u64>>>,
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
    pub fn new(item: u64, total: u64) -> Self {
        Self {
            item,
            left: Rc::new(Cell::new(Some(total))),
            entries: ENTRIES,
        }
    }

    /// Counts one entry.
    pub fn entry(&mut self) -> Result<(), Stop> {
        self.entries = self.entries.checked_sub(1).ok_or(Stop::Entries)?;
        Ok(())
    }

    /// Counts bytes that were copied out of something.
    pub fn charge(&self, bytes: usize) -> Result<(), Stop> {
        spend(&self.left, bytes).map_err(|_| Stop::Total)
    }

    /// A reader of what is unpacked. Every byte counts, also those that are skipped.
    pub fn unpacked<R: Read>(&self, inner: R) -> Unpacked<R> {
        Unpacked {
            inner,
            left: Rc::clone(&self.left),
        }
    }

    /// Reads one item to its end, as far as the budget goes.
    pub fn read(&self, reader: impl Read) -> Result<Vec<u8>, Stop> {
        let mut bytes = Vec::new();
        reader
            .take(self.item.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| self.stop(error))?;
        if bytes.len() as u64 > self.item {
            return Err(Stop::Item(self.item));
        }
        Ok(bytes)
    }

    /// Why reading ended with this error.
    pub fn stop(&self, error: io::Error) -> Stop {
        if self.left.get().is_none() {
            Stop::Total
        } else {
            Stop::Broken(error)
        }
    }
}

/// What is unpacked, counted.
pub struct Unpacked<R> {
    inner: R,
    left: Rc<Cell<Option<u64>>>,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        spend(&self.left, read)?;
        Ok(read)
    }
}

fn spend(left: &Cell<Option<u64>>, bytes: usize) -> io::Result<()> {
    left.set(left.get().and_then(|left| left.checked_sub(bytes as u64)));
    match left.get() {
        Some(_) => Ok(()),
        None => Err(io::Error::other("unpacks to more than is allowed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold() {
        let budget = Budget::new(10, 15);
        let read = budget.read(budget.unpacked(&b"0123456789"[..]));
        assert_eq!(read.expect("fits").len(), 10);
        let read = budget.read(budget.unpacked(io::repeat(0)));
        assert!(matches!(read, Err(Stop::Total)));
        let budget = Budget::new(10, 100);
        let read = budget.read(budget.unpacked(io::repeat(0)));
        assert!(matches!(read, Err(Stop::Item(10))));
        assert!(budget.charge(50).is_ok());
        assert!(matches!(budget.charge(50), Err(Stop::Total)));
    }

    #[test]
    fn what_is_skipped_counts() {
        let budget = Budget::new(10, 100);
        let mut reader = budget.unpacked(io::repeat(0));
        let error = io::copy(&mut (&mut reader).take(1_000), &mut io::sink()).expect_err("stops");
        assert!(matches!(budget.stop(error), Stop::Total));
    }
}
