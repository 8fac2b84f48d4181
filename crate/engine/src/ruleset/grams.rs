//! The table of grams: four bytes of a pattern's literal text, by which an address finds the few
//! patterns that could match it.
//!
//! Each pattern is filed under one gram, the rarest of its literals. Letters count in lower case
//! by setting bit 5 of every byte, which folds a few other characters too; the pattern itself is
//! compared afterwards. Grams, not an Aho-Corasick automaton over the same literals, because the
//! table is small and is written to the buffer as it is; their speed was not measured side by side.
//!
//! Where every pattern has five literal bytes in a row, each is filed under both grams in them, and
//! only every second place of an address is looked at; otherwise every place is.
//!
//! Layout: number of entries, places from one look to the next, bits of the bucket index (three
//! u32); first entry of each bucket, and their number (u32 each); mixed grams (u32 each, ascending);
//! what they mean (u32 each: record in the lower 24 bits, position in the pattern in the upper 8).
//! The filter in front, a byte or a bit for each slot of mixed grams, is filled in on loading.

use super::bytes::u32_at;

/// Bytes before the index.
const HEAD: usize = 12;
/// Bit 5 in every byte: upper-case letters become lower-case ones.
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
const LARGE_BITS: u32 = 15;

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
}

/// Writes the table; entries of one gram keep their order.
pub(super) fn write(mut entries: Vec<Entry>, stride: u32) -> Vec<u8> {
    entries.sort_by_key(|entry| entry.gram);
    let n = entries.len();
    let bucket_bits = n.next_power_of_two().trailing_zeros().min(20);
    let mut index = vec![0u32; (1 << bucket_bits) + 1];
    for entry in &entries {
        index[top(entry.gram, bucket_bits) + 1] += 1;
    }
    let mut sum = 0;
    for count in &mut index {
        sum += *count;
        *count = sum;
    }
    let mut out = Vec::with_capacity(HEAD + index.len() * 4 + n * 8);
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

/// The byte and bit of a gram in the large filter.
#[inline]
const fn large_slot(gram: u32) -> (usize, u8) {
    ((gram >> (32 - LARGE_BITS)) as usize, 1 << ((gram >> 8) & 7))
}

/// The table, ready to be asked; positions are relative to its beginning.
#[derive(Debug, Default)]
pub(super) struct Grams {
    filter: Filter,
    stride: u32,
    bucket_bits: u32,
    keys: usize,
    meanings: usize,
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
        if meanings.checked_add(n.checked_mul(4)?)? != table.len() {
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
        let mut all = table.get(meanings..)?.as_chunks::<4>().0.iter();
        let sound =
            |meaning: &[u8; 4]| u32::from_le_bytes(*meaning) & ((1 << RECORD_BITS) - 1) < records;
        (before as usize == n && all.all(sound)).then(|| Self {
            filter: Filter::of(table.get(grams..meanings).unwrap_or_default()),
            stride,
            bucket_bits,
            keys: grams,
            meanings,
        })
    }

    /// Calls `visit` with the place, record and position of every gram of the address that is in
    /// the table.
    #[inline]
    pub(super) fn scan(&self, table: &[u8], url: &[u8], visit: impl FnMut(usize, u32, u8)) {
        match &self.filter {
            Filter::Empty => {}
            Filter::Small(filter) => {
                self.scan_by(table, url, visit, |gram| filter[small_slot(gram)] != 0);
            }
            Filter::Large(filter) => self.scan_by(table, url, visit, |gram| {
                let (byte, bit) = large_slot(gram);
                filter[byte] & bit != 0
            }),
        }
    }

    /// [`Self::scan`] with one of the filters.
    #[inline]
    fn scan_by(
        &self,
        table: &[u8],
        url: &[u8],
        mut visit: impl FnMut(usize, u32, u8),
        passes: impl Fn(u32) -> bool,
    ) {
        if self.stride == 2 {
            let pairs = url.as_chunks::<2>().0;
            for (at, &[[a, b], [c, d]]) in pairs.array_windows::<2>().enumerate() {
                let gram = mixed([a, b, c, d]);
                if passes(gram) {
                    self.find(table, gram, |record, offset| visit(at * 2, record, offset));
                }
            }
        } else {
            for (at, window) in url.array_windows::<4>().enumerate() {
                let gram = mixed(*window);
                if passes(gram) {
                    self.find(table, gram, |record, offset| visit(at, record, offset));
                }
            }
        }
    }

    /// Calls `visit` with the records of a gram and its positions in them.
    fn find(&self, table: &[u8], gram: u32, mut visit: impl FnMut(u32, u8)) {
        let bucket = HEAD + top(gram, self.bucket_bits) * 4;
        let from = u32_at(table, bucket) as usize;
        let to = u32_at(table, bucket + 4) as usize;
        for entry in from..to {
            if u32_at(table, self.keys + entry * 4) == gram {
                let meaning = u32_at(table, self.meanings + entry * 4);
                visit(
                    meaning & ((1 << RECORD_BITS) - 1),
                    (meaning >> RECORD_BITS) as u8,
                );
            }
        }
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
            // optimised builds make it on the heap; 64 KB fits anyway
            let mut slots = Box::new([0; 1 << LARGE_BITS]);
            for gram in each() {
                let (byte, bit) = large_slot(gram);
                slots[byte] |= bit;
            }
            Self::Large(slots)
        }
    }
}

/// Words that addresses are full of, whoever wrote them: a pattern is filed under something else
/// where it can be. From the common vocabulary of URLs (schemes, top-level domains, file types,
/// the paths of widespread content systems), not from any one recording.
const COMMON: &[&str] = &[
    "https://",
    "http://",
    "://www.",
    "www.",
    ".com/",
    ".net/",
    ".org/",
    ".co.uk/",
    "index",
    ".html",
    ".php?",
    ".aspx",
    ".json",
    ".css?",
    ".css",
    ".min.js",
    ".js?",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".svg",
    ".webp",
    ".woff2",
    ".ico",
    "/images/",
    "image",
    "/img/",
    "/static/",
    "assets",
    "/media/",
    "/content/",
    "wp-content",
    "uploads",
    "themes",
    "plugins",
    "/scripts/",
    "script",
    "style",
    "/css/",
    "/js/",
    "/api/",
    "/v1/",
    "/v2/",
    "jquery",
    "bootstrap",
    "font",
    "/lib/",
    "/dist/",
    "bundle",
    "/public/",
    "/files/",
    "thumb",
    "photo",
    "logo",
    "icon",
    "video",
    "/news/",
    "page",
    "user",
    "site",
    "default",
    "common",
    "main",
    "version",
    "width=",
    "height=",
    "type=",
    "/cdn",
    "cdn.",
    "google",
    "static.",
    "images.",
    "cloudfront.net",
    "amazonaws.com",
    "data",
    "http%3a%2f%2f",
    "%2f",
    "%3d",
    "%26",
    "2016",
    "2017",
    "2018",
    "2019",
    "2020",
    "2021",
    "2022",
    "2023",
    "2024",
    "2025",
    "true",
    "false",
    "ation",
    "ing",
    "0000",
    "1111",
    "&ver",
    "?ver=",
    "&id=",
    "?id=",
    "callback=",
    "analytics",
    "facebook",
    "search",
    "product",
    "/web",
    "home",
    "color",
    "language",
    "download",
];

/// Chooses the gram under which each pattern is filed.
pub(super) struct Chooser {
    counts: std::collections::HashMap<u32, u32>,
}

/// More than any count: what a gram of a common word costs.
const COMMON_COST: u32 = 1 << 20;

impl Chooser {
    /// Counts the grams of all literals.
    pub(super) fn new<'a>(literals: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut counts = std::collections::HashMap::new();
        for word in COMMON {
            for window in word.as_bytes().array_windows::<4>() {
                counts.insert(mixed(*window), COMMON_COST);
            }
        }
        for literal in literals {
            for window in literal.array_windows::<4>() {
                let count = counts.entry(mixed(*window)).or_insert(0);
                *count = u32::saturating_add(*count, 1);
            }
        }
        Self { counts }
    }

    /// The rarest `LENGTH` bytes in a row without a character for which `hole` holds, judged by
    /// their rarest gram (`LENGTH` 4) or both (5): where they are, and whether they are common all
    /// the same.
    fn rarest<const LENGTH: usize>(
        &self,
        text: &[u8],
        hole: fn(u8) -> bool,
    ) -> Option<(usize, u32)> {
        let cost = |window: &[u8; LENGTH]| -> u32 {
            let grams = window.array_windows::<4>();
            grams
                .map(|gram| self.counts.get(&mixed(*gram)).copied().unwrap_or(0))
                .fold(0, u32::saturating_add)
        };
        text.array_windows::<LENGTH>()
            .enumerate()
            .filter(|(_, window)| !window.iter().any(|&byte| hole(byte)))
            .map(|(at, window)| (cost(window), at))
            .min()
            .map(|(cost, at)| (at, cost))
    }

    /// Where to file a literal text, and how.
    pub(super) fn choose(&self, text: &[u8], hole: fn(u8) -> bool) -> Option<Choice> {
        let gram_at = |at: usize| {
            let gram = text.get(at..).and_then(<[u8]>::first_chunk);
            gram.map_or(0, |gram| mixed(*gram))
        };
        let (single_at, single_cost) = self.rarest::<4>(text, hole)?;
        let pair = self.rarest::<5>(text, hole);
        Some(Choice {
            single: (single_at, gram_at(single_at)),
            pair: pair.map(|(at, _)| [(at, gram_at(at)), (at + 1, gram_at(at + 1))]),
            common: single_cost >= COMMON_COST,
            pair_common: pair.is_none_or(|(_, cost)| cost >= COMMON_COST),
        })
    }
}

/// The grams under which a text can be filed, with their positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// When every place of an address is looked at.
    pub single: (usize, u32),
    /// When every second one is.
    pub pair: Option<[(usize, u32); 2]>,
    /// Whether the single gram is one that addresses are full of.
    pub common: bool,
    /// Whether one of the pair is, or there is none.
    pub pair_common: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(gram: [u8; 4], record: u32) -> Entry {
        Entry {
            gram: mixed(gram),
            record,
            at: 1,
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
    fn every_second_place_is_enough_for_pairs() {
        for many in [false, true] {
            let mut entries = vec![entry(*b"coin", 1), entry(*b"oinh", 1)];
            if many {
                entries.extend((0..1000u32).map(|n| Entry {
                    gram: n.wrapping_mul(MIX),
                    record: 0,
                    at: SEARCH,
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

    #[test]
    fn the_rarest_grams_are_chosen() {
        let texts: [&[u8]; 3] = [b"/ads/one", b"/ads/two", b"/images/"];
        let chooser = Chooser::new(texts.into_iter());
        let hole = |b| b == b'^' || b == b'*';
        let choice = chooser.choose(b"/ads/one", hole).unwrap();
        assert_eq!(choice.single, (2, mixed(*b"ds/o")));
        assert_eq!(choice.pair.unwrap()[1], (3, mixed(*b"s/on")));
        assert!(!choice.common && !choice.pair_common);
        assert!(chooser.choose(b"/images/", hole).unwrap().common);
        assert_eq!(chooser.choose(b"ab^cd*ef", hole), None);
        assert_eq!(chooser.choose(b"abcd^ef", hole).unwrap().pair, None);
    }
}
