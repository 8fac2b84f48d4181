//! The table of host hashes.
//!
//! Entries are sorted by their 64-bit hash. A small filter of one 64-bit word per eight entries
//! answers most questions about unlisted hosts; the others find their bucket by the hash's upper
//! bits and compare its lower 48 bits. Twelve bytes an entry, and the same few memory accesses
//! at 300,000 entries as at 300.
//!
//! Layout: number of entries, bits of the bucket index, bits of the filter's index (three u32);
//! filter (u64 each); first entry of each bucket, and their number (u32 each); lower 32 bits of the
//! hashes (u32 each); next 16 bits (u16 each); what the entries mean (u32 each).

use super::bytes::{u16_at, u32_at, u64_at};

/// Bytes before the filter.
const HEAD: usize = 12;
/// Entries per bucket at least, as a power of two; fewer than twice as many.
const BUCKET_SHIFT: u32 = 2;
/// Entries per word of the filter at most, as a power of two.
const FILTER_SHIFT: u32 = 3;

/// The upper `bits` of a hash.
#[inline]
const fn top(hash: u64, bits: u32) -> usize {
    ((hash >> 1) >> (63 - bits)) as usize
}

/// The three bits that a host sets in its word of the filter.
#[inline]
const fn mask(hash: u64) -> u64 {
    (1 << (hash & 63)) | (1 << ((hash >> 6) & 63)) | (1 << ((hash >> 12) & 63))
}

/// Writes the table of these hashes and their meanings. Entries of one hash keep their order.
pub(super) fn write(mut entries: Vec<(u64, u32)>) -> Vec<u8> {
    entries.sort_by_key(|&(hash, _)| hash);
    let n = entries.len();
    let bucket_bits = (n >> BUCKET_SHIFT).max(1).ilog2().min(28);
    let filter_bits = (n >> FILTER_SHIFT).next_power_of_two().ilog2().min(28);
    let mut filter = vec![0u64; 1 << filter_bits];
    let mut index = vec![0u32; (1 << bucket_bits) + 1];
    for &(hash, _) in &entries {
        filter[top(hash, filter_bits)] |= mask(hash);
        index[top(hash, bucket_bits) + 1] += 1;
    }
    let mut sum = 0;
    for count in &mut index {
        sum += *count;
        *count = sum;
    }
    let mut out = Vec::with_capacity(HEAD + filter.len() * 8 + index.len() * 4 + n * 10);
    for number in [n as u32, bucket_bits, filter_bits] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend(filter.iter().flat_map(|word| word.to_le_bytes()));
    out.extend(index.iter().flat_map(|count| count.to_le_bytes()));
    out.extend(
        entries
            .iter()
            .flat_map(|(hash, _)| (*hash as u32).to_le_bytes()),
    );
    out.extend(
        entries
            .iter()
            .flat_map(|(hash, _)| ((*hash >> 32) as u16).to_le_bytes()),
    );
    out.extend(
        entries
            .iter()
            .flat_map(|(_, meaning)| meaning.to_le_bytes()),
    );
    out
}

/// Where the parts of a table are, relative to its beginning.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Layout {
    bucket_bits: u32,
    filter_bits: u32,
    index: usize,
    low: usize,
    high: usize,
    meaning: usize,
    n: usize,
}

impl Layout {
    /// Reads and checks a table; `sound` is asked about every meaning.
    pub(super) fn read(table: &[u8], sound: impl Fn(u32) -> bool) -> Option<Self> {
        let n = u32_at(table, 0) as usize;
        let bucket_bits = u32_at(table, 4);
        let filter_bits = u32_at(table, 8);
        if table.len() < HEAD || bucket_bits > 28 || filter_bits > 28 {
            return None;
        }
        let index = HEAD.checked_add(8usize << filter_bits)?;
        let low = index.checked_add(((1usize << bucket_bits) + 1) * 4)?;
        let high = low.checked_add(n.checked_mul(4)?)?;
        let meaning = high.checked_add(n.checked_mul(2)?)?;
        let end = meaning.checked_add(n.checked_mul(4)?)?;
        if end != table.len() {
            return None;
        }
        let mut before = 0;
        for count in table.get(index..low)?.as_chunks::<4>().0 {
            let count = u32::from_le_bytes(*count);
            if count < before {
                return None;
            }
            before = count;
        }
        let meanings = table.get(meaning..)?.as_chunks::<4>().0;
        let all_sound = meanings.iter().all(|m| sound(u32::from_le_bytes(*m)));
        (before as usize == n && all_sound).then_some(Self {
            bucket_bits,
            filter_bits,
            index,
            low,
            high,
            meaning,
            n,
        })
    }

    /// Whether the table has no entry.
    pub(super) fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Calls `visit` with what each entry of this hash means.
    #[inline]
    pub(super) fn find(&self, table: &[u8], hash: u64, visit: impl FnMut(u32)) {
        let word = u64_at(table, HEAD + top(hash, self.filter_bits) * 8);
        let mask = mask(hash);
        if word & mask == mask {
            self.find_in_bucket(table, hash, visit);
        }
    }

    /// The part of [`Self::find`] that few unlisted hosts reach.
    fn find_in_bucket(&self, table: &[u8], hash: u64, mut visit: impl FnMut(u32)) {
        let bucket = self.index + top(hash, self.bucket_bits) * 4;
        let from = u32_at(table, bucket) as usize;
        let to = u32_at(table, bucket + 4) as usize;
        for entry in from..to {
            if u32_at(table, self.low + entry * 4) == hash as u32
                && u16_at(table, self.high + entry * 2) == (hash >> 32) as u16
            {
                visit(u32_at(table, self.meaning + entry * 4));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::host_hash;

    #[test]
    fn finds_what_was_put_in_and_nothing_else() {
        for n in [0u32, 1, 7, 1000, 40_000] {
            let hash = |i: u32| host_hash(format!("{i}.example").as_bytes());
            let mut entries: Vec<_> = (0..n).map(|i| (hash(i), i)).collect();
            entries.extend((0..n.min(10)).map(|i| (hash(i), i + n)));
            let table = write(entries);
            let layout = Layout::read(&table, |_| true).unwrap();
            for i in 0..n {
                let mut found = Vec::new();
                layout.find(&table, hash(i), |meaning| found.push(meaning));
                let expected = if i < 10 { vec![i, i + n] } else { vec![i] };
                assert_eq!(found, expected);
            }
            for i in n..n + 10_000 {
                layout.find(&table, hash(i), |_| panic!("{i} was never put in"));
            }
        }
    }

    #[test]
    fn damaged_tables_are_refused() {
        let table = write((0..100).map(|i| (host_hash(&[i]), 0)).collect());
        assert!(Layout::read(&table[..table.len() - 1], |_| true).is_none());
        assert!(Layout::read(&table, |_| false).is_none());
        for at in 0..HEAD {
            let mut bad = table.clone();
            bad[at] ^= 0x80;
            assert!(Layout::read(&bad, |_| true).is_none(), "{at}");
        }
        let mut bad = table.clone();
        let layout = Layout::read(&table, |_| true).unwrap();
        bad[layout.index + 4] = 0xff;
        assert!(Layout::read(&bad, |_| true).is_none());
    }
}
