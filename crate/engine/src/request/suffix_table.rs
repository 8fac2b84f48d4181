//! The table of public suffixes: 49 bits of the hash of each, and what kind of rule it is.
//!
//! Written by `build.rs`, read as it is. A host that is no public suffix meets an entry by
//! chance in about one of 10^10 look-ups, and would only be its own party.
//!
//! Layout: first entry of each bucket, and their number (u16 each); next 32 bits of the hashes (u32
//! each, ascending within a bucket); next 6 bits, and the kind in the lower two (u8 each).

/// The name is a public suffix.
pub(crate) const EXACT: u8 = 1;
/// So is every name with one label more.
pub(crate) const WILDCARD: u8 = 2;
/// The name is none although a wildcard says so. No rule is an exception and something else too.
pub(crate) const EXCEPTION: u8 = 0;

/// Bits of the bucket index: about five entries in each.
pub(crate) const BUCKET_BITS: u32 = 11;
/// Bytes before the entries.
const HEAD: usize = ((1 << BUCKET_BITS) + 1) * 2;

/// The bucket of a hash, and the parts that are kept of it.
pub(crate) const fn parts(hash: u64) -> (usize, u32, u8) {
    let bucket = hash >> (64 - BUCKET_BITS);
    let next = hash >> (32 - BUCKET_BITS);
    let last = hash >> (26 - BUCKET_BITS) & 0x3f;
    (bucket as usize, next as u32, (last as u8) << 2)
}

/// The kind of rule that this hash has in a table.
pub(crate) fn find(table: &[u8], hash: u64) -> Option<u8> {
    let (bucket, next, last) = parts(hash);
    let (index, rest) = table.split_at_checked(HEAD)?;
    let first = |bucket: usize| {
        let number = index.get(bucket * 2..)?.first_chunk()?;
        Some(usize::from(u16::from_le_bytes(*number)))
    };
    let entries = rest.len() / 5;
    let (nexts, lasts) = rest.split_at_checked(entries * 4)?;
    let range = first(bucket)?..first(bucket + 1)?;
    let nexts = nexts.as_chunks::<4>().0.get(range.clone())?;
    let lasts = lasts.get(range)?;
    nexts
        .iter()
        .zip(lasts)
        .find(|&(a, &b)| u32::from_le_bytes(*a) == next && b & !3 == last)
        .map(|(_, b)| b & 3)
}
