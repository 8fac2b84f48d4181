//! The table of grams: four bytes of a pattern's literal text, by which an address finds the few
//! patterns that could match it.
//!
//! Each pattern is filed under one gram, the rarest of its literals. Letters count in lower case
//! by setting bit 5 of every byte, which folds a few other characters too; the pattern itself is
//! compared afterwards. Grams, not an Aho-Corasick automaton over the same literals, because the
//! table is small and is written to the buffer as it is; their speed was not measured side by side.
//!
//! Where every pattern has five literal bytes in a row, each is filed under both grams in them, and
//! only every second place of an address is looked at; otherwise every place is. An entry also knows
//! the bytes on both sides of its gram, for four bytes alone meet many an address by chance.
//!
//! Layout: number of entries, places from one look to the next, bits of the bucket index (three
//! u32); first entry of each bucket, and their number (u32 each); mixed grams (u32 each, ascending);
//! what they mean (u32 each: record in the lower 24 bits, position in the pattern in the upper 8);
//! the bytes before and behind (two u8 each, folded; 0 for any).
//! The filter in front, a byte or a bit for each slot of mixed grams, is filled in on loading.

use super::bytes::{u16_at, u32_at};

/// Bytes before the index.
const HEAD: usize = 12;
/// Bit 5: upper-case letters become lower-case ones.
const FOLD_BYTE: u8 = 0x20;
/// Bit 5 in every byte.
const FOLD: u32 = 0x2020_2020;
/// Odd, so that no two grams mix to the same value (Knuth's multiplicative hashing, 2^32 / phi).
const MIX: u32 = 0x9e37_79b1;
/// The position when the whole address must be searched.
pub(super) const SEARCH: u8 = u8::MAX;
/// Bits of a record's number.
const RECORD_BITS: u32 = 24;

/// Bytes of the small filter, one per slot, as a power of two: fits beside everything else into
/// the first-level cache.
const SMALL_BITS: u32 = 13;
/// Entries up to which the small filter serves.
const SMALL_ENTRIES: usize = 512;
/// Bytes of the large filter, eight slots each, as a power of two.
const LARGE_BITS: u32 = 16;
/// Entries per bucket that the index aims at, as a power of two.
const BUCKET_SHIFT: u32 = 2;
/// Places of an address that are looked at together: hardly any holds a gram of a pattern, so one
/// decision serves for all of them.
const BATCH: usize = 8;

/// A gram in the form in which it is compared.
#[inline]
pub(super) const fn mixed(gram: [u8; 4]) -> u32 {
    (u32::from_le_bytes(gram) | FOLD).wrapping_mul(MIX)
}

/// The upper `bits` of a mixed gram.
#[inline]
const fn top(gram: u32, bits: u32) -> usize {
    ((gram >> 1) >> (31 - bits)) as usize
}

/// A gram of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The gram, mixed.
    pub gram: u32,
    /// The pattern's record.
    pub record: u32,
    /// Where in the pattern it is, or [`SEARCH`].
    pub at: u8,
    /// The bytes on both sides of it.
    pub sides: Sides,
}

/// The bytes before and behind a gram, folded; 0 stands for any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sides {
    before: u8,
    behind: u8,
}

impl Sides {
    /// The byte before, and the byte behind.
    #[cfg(test)]
    pub(super) const fn new(before: u8, behind: u8) -> Self {
        Self { before, behind }
    }

    /// What a text has on both sides of its gram at `at`.
    pub(super) fn of(text: &[u8], at: usize, hole: fn(u8) -> bool) -> Self {
        let byte = |at: Option<usize>| {
            let byte = at.and_then(|at| text.get(at)).filter(|&&b| !hole(b));
            byte.map_or(0, |byte| byte | FOLD_BYTE)
        };
        Self {
            before: byte(at.checked_sub(1)),
            behind: byte(at.checked_add(4)),
        }
    }

    /// Whether an address has these bytes on both sides of the gram at `at`.
    #[inline]
    fn fit(self, url: &[u8], at: usize) -> bool {
        let is = |want: u8, at: usize| {
            want == 0 || url.get(at).is_some_and(|&have| have | FOLD_BYTE == want)
        };
        is(self.before, at.wrapping_sub(1)) && is(self.behind, at.wrapping_add(4))
    }
}

/// Writes the table; entries of one gram keep their order.
pub(super) fn write(mut entries: Vec<Entry>, stride: u32) -> Vec<u8> {
    entries.sort_by_key(|entry| entry.gram);
    let n = entries.len();
    let bucket_bits = (n >> BUCKET_SHIFT).next_power_of_two();
    let bucket_bits = bucket_bits.trailing_zeros().min(20);
    let mut index = vec![0u32; (1 << bucket_bits) + 1];
    for entry in &entries {
        index[top(entry.gram, bucket_bits) + 1] += 1;
    }
    let mut sum = 0;
    for count in &mut index {
        sum += *count;
        *count = sum;
    }
    let mut out = Vec::with_capacity(HEAD + index.len() * 4 + n * 10);
    for number in [n as u32, stride, bucket_bits] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend(index.iter().flat_map(|count| count.to_le_bytes()));
    out.extend(entries.iter().flat_map(|entry| entry.gram.to_le_bytes()));
    let meaning = |entry: &Entry| entry.record | u32::from(entry.at) << RECORD_BITS;
    out.extend(
        entries
            .iter()
            .flat_map(|entry| meaning(entry).to_le_bytes()),
    );
    let sides = |entry: &Entry| [entry.sides.before, entry.sides.behind];
    out.extend(entries.iter().flat_map(sides));
    out
}

/// Answers most questions about grams that no pattern has.
#[derive(Debug, Default)]
enum Filter {
    /// There are no patterns.
    #[default]
    Empty,
    /// A byte for each slot.
    Small(Box<[u8; 1 << SMALL_BITS]>),
    /// A bit for each slot.
    Large(Box<[u8; 1 << LARGE_BITS]>),
}

/// The slot of a gram in the small filter.
#[inline]
const fn small_slot(gram: u32) -> usize {
    (gram >> (32 - SMALL_BITS)) as usize
}

/// The byte of a gram in the large filter, and the number of its bit.
#[inline]
const fn large_slot(gram: u32) -> (usize, u32) {
    ((gram >> (32 - LARGE_BITS)) as usize, (gram >> 8) & 7)
}

/// The table, ready to be asked; positions are relative to its beginning.
#[derive(Debug, Default)]
pub(super) struct Grams {
    filter: Filter,
    stride: u32,
    bucket_bits: u32,
    keys: usize,
    meanings: usize,
    sides: usize,
}

impl Grams {
    /// Reads and checks a table whose records are numbered below `records`.
    pub(super) fn read(table: &[u8], records: u32) -> Option<Self> {
        let n = u32_at(table, 0) as usize;
        let stride = u32_at(table, 4);
        let bucket_bits = u32_at(table, 8);
        if table.len() < HEAD || !(1..=2).contains(&stride) || bucket_bits > 28 {
            return None;
        }
        let grams = HEAD.checked_add(((1usize << bucket_bits) + 1).checked_mul(4)?)?;
        let meanings = grams.checked_add(n.checked_mul(4)?)?;
        let sides = meanings.checked_add(n.checked_mul(4)?)?;
        if sides.checked_add(n.checked_mul(2)?)? != table.len() {
            return None;
        }
        let mut before = 0;
        for count in table.get(HEAD..grams)?.as_chunks::<4>().0 {
            let count = u32::from_le_bytes(*count);
            if count < before {
                return None;
            }
            before = count;
        }
        let mut all = table.get(meanings..sides)?.as_chunks::<4>().0.iter();
        let sound =
            |meaning: &[u8; 4]| u32::from_le_bytes(*meaning) & ((1 << RECORD_BITS) - 1) < records;
        (before as usize == n && all.all(sound)).then(|| Self {
            filter: Filter::of(table.get(grams..meanings).unwrap_or_default()),
            stride,
            bucket_bits,
            keys: grams,
            meanings,
            sides,
        })
    }

    /// Calls `visit` with the place, record and position of every gram of the address that is in
    /// the table.
    #[inline]
    pub(super) fn scan(&self, table: &[u8], url: &[u8], mut visit: impl FnMut(usize, u32, u8)) {
        let mut seen = |at, gram| {
            self.find(table, url, at, gram, |record, offset| {
                visit(at, record, offset);
            });
        };
        match (&self.filter, self.stride) {
            (Filter::Empty, _) => {}
            (Filter::Small(filter), stride) => {
                let passes = |gram| u32::from(filter[small_slot(gram)]);
                if stride == 2 {
                    places::<2, { 2 * BATCH + 2 }>(url, passes, &mut seen);
                } else {
                    places::<1, { BATCH + 3 }>(url, passes, &mut seen);
                }
            }
            (Filter::Large(filter), stride) => {
                let passes = |gram| {
                    let (byte, bit) = large_slot(gram);
                    u32::from(filter[byte]) >> bit & 1
                };
                if stride == 2 {
                    places::<2, { 2 * BATCH + 2 }>(url, passes, &mut seen);
                } else {
                    places::<1, { BATCH + 3 }>(url, passes, &mut seen);
                }
            }
        }
    }

    /// Calls `visit` with the records of a gram, seen at this place of the address, and its positions
    /// in them.
    fn find(
        &self,
        table: &[u8],
        url: &[u8],
        seen: usize,
        gram: u32,
        mut visit: impl FnMut(u32, u8),
    ) {
        let bucket = HEAD + top(gram, self.bucket_bits) * 4;
        let from = u32_at(table, bucket) as usize;
        let to = u32_at(table, bucket + 4) as usize;
        let keys = table.get(self.keys + from * 4..self.keys + to * 4);
        let (keys, _) = keys.unwrap_or_default().as_chunks::<4>();
        for (entry, key) in (from..).zip(keys) {
            if u32::from_le_bytes(*key) != gram {
                continue;
            }
            let [before, behind] = u16_at(table, self.sides + entry * 2).to_le_bytes();
            if (Sides { before, behind }).fit(url, seen) {
                let meaning = u32_at(table, self.meanings + entry * 4);
                visit(
                    meaning & ((1 << RECORD_BITS) - 1),
                    (meaning >> RECORD_BITS) as u8,
                );
            }
        }
    }
}

/// Calls `seen` with every place, of each `STRIDE` one, whose gram passes (1, not 0). `WIDTH` is how
/// many bytes a batch of places takes.
#[inline]
fn places<const STRIDE: usize, const WIDTH: usize>(
    url: &[u8],
    passes: impl Fn(u32) -> u32,
    mut seen: impl FnMut(usize, u32),
) {
    let gram_at = |bytes: &[u8; WIDTH], at: usize| {
        mixed([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    };
    let mut at = 0;
    while let Some(bytes) = url.get(at..).and_then(<[u8]>::first_chunk::<WIDTH>) {
        let mut hits = 0;
        for place in 0..BATCH {
            hits |= passes(gram_at(bytes, place * STRIDE)) << place;
        }
        while hits != 0 {
            let place = hits.trailing_zeros() as usize * STRIDE;
            seen(at + place, gram_at(bytes, place));
            hits &= hits - 1;
        }
        at += BATCH * STRIDE;
    }
    while let Some(bytes) = url.get(at..).and_then(<[u8]>::first_chunk::<4>) {
        let gram = mixed(*bytes);
        if passes(gram) != 0 {
            seen(at, gram);
        }
        at += STRIDE;
    }
}

impl Filter {
    /// The filter that passes these grams.
    fn of(grams: &[u8]) -> Self {
        let grams = grams.as_chunks::<4>().0;
        let each = || grams.iter().map(|gram| u32::from_le_bytes(*gram));
        if grams.is_empty() {
            Self::Empty
        } else if grams.len() <= SMALL_ENTRIES {
            let mut slots = Box::new([0; 1 << SMALL_BITS]);
            each().for_each(|gram| slots[small_slot(gram)] = 1);
            Self::Small(slots)
        } else {
            #[allow(clippy::large_stack_arrays)]
            // optimised builds make it on the heap; it fits anyway
            let mut slots = Box::new([0; 1 << LARGE_BITS]);
            for gram in each() {
                let (byte, bit) = large_slot(gram);
                slots[byte] |= 1 << bit;
            }
            Self::Large(slots)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(gram: [u8; 4], record: u32) -> Entry {
        Entry {
            gram: mixed(gram),
            record,
            at: 1,
            sides: Sides::default(),
        }
    }

    #[test]
    fn finds_grams_in_either_case() {
        let table = write(
            vec![entry(*b"mine", 7), entry(*b"/ads", 3), entry(*b"mine", 9)],
            1,
        );
        let grams = Grams::read(&table, 10).unwrap();
        let mut found = Vec::new();
        grams.scan(&table, b"http://x/ADS/coin-Miner", |at, record, _| {
            found.push((at, record));
        });
        assert_eq!(found, [(8, 3), (18, 7), (18, 9)]);
        grams.scan(&table, b"abc", |_, _, _| panic!("too short"));
        assert!(Grams::read(&table, 9).is_none());
    }

    #[test]
    fn every_place_of_a_long_address_is_looked_at() {
        for stride in [1, 2] {
            for at in (0..60).step_by(stride as usize) {
                let table = write(vec![entry(*b"mine", 3)], stride);
                let grams = Grams::read(&table, 10).unwrap();
                let url = format!("{}mine{}", "x".repeat(at), "y".repeat(60 - at));
                for url in [url.as_str(), &url[..at + 4]] {
                    let mut found = Vec::new();
                    grams.scan(&table, url.as_bytes(), |at, record, _| {
                        found.push((at, record));
                    });
                    assert_eq!(found, [(at, 3)]);
                }
            }
        }
    }

    #[test]
    fn the_bytes_on_both_sides_count() {
        let mut mine = entry(*b"mine", 3);
        mine.sides = Sides::of(b"/mineR", 1, |_| false);
        let table = write(vec![mine], 1);
        let grams = Grams::read(&table, 10).unwrap();
        for (url, times) in [
            ("x/minerx", 1),
            ("/MINEr", 1),
            ("/mine", 0),
            ("miner", 0),
            ("xminer", 0),
            ("/minex/miner", 1),
        ] {
            let mut found = 0;
            grams.scan(&table, url.as_bytes(), |_, _, _| found += 1);
            assert_eq!(found, times, "{url}");
        }
        assert_eq!(
            Sides::of(b"mine", 0, |_| false),
            Sides::of(b"^mine*", 1, |b| b"^*".contains(&b))
        );
    }

    #[test]
    fn every_second_place_is_enough_for_pairs() {
        for many in [false, true] {
            let mut entries = vec![entry(*b"coin", 1), entry(*b"oinh", 1)];
            if many {
                entries.extend((0..1000u32).map(|n| Entry {
                    gram: n.wrapping_mul(MIX),
                    record: 0,
                    at: SEARCH,
                    sides: Sides::default(),
                }));
            }
            let table = write(entries, 2);
            let grams = Grams::read(&table, 2).unwrap();
            for url in ["coinhive", "/coinhive", "x/coinh", "xy/coinh"] {
                let mut found = 0;
                grams.scan(&table, url.as_bytes(), |_, record, at| {
                    found += record * u32::from(at);
                });
                assert_eq!(found, 1, "{url}");
            }
        }
    }
}
