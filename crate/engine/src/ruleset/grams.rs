//! The table of grams: four bytes of a pattern's literal text, by which an address finds the few
//! patterns that could match it.
//!
//! Each pattern is filed under one gram, the rarest of its literals. Letters count in lower case
//! by setting bit 5 of every byte, which folds a few other characters too; the pattern itself is
//! compared afterwards. This took the place of an Aho-Corasick automaton over the same literals:
//! it answers in fewer instructions per address, needs a fraction of the memory, and is written to
//! the buffer as it is.
//!
//! Layout: number of entries, bits of the filter's index, bits of the bucket index (three u32);
//! filter (one bit each); first entry of each bucket, and their number (u32 each); mixed grams
//! (u32 each, ascending); records (u32 each).

use super::bytes::u32_at;

/// Bytes before the filter.
const HEAD: usize = 12;
/// Bits of the filter per entry, as a power of two.
const FILTER_SHIFT: u32 = 4;
/// Bit 5 in every byte: upper-case letters become lower-case ones.
const FOLD: u32 = 0x2020_2020;
/// Odd, so that no two grams mix to the same value (Knuth's multiplicative hashing, 2^32 / phi).
const MIX: u32 = 0x9e37_79b1;

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

/// Writes the table; entries of one gram keep their order.
pub(super) fn write(mut entries: Vec<(u32, u32)>) -> Vec<u8> {
    entries.sort_by_key(|&(gram, _)| gram);
    let n = entries.len();
    let bits = |count: usize| count.next_power_of_two().trailing_zeros();
    // At least one 64-bit word, at most what fits the first-level cache several times.
    let filter_bits = bits(n << FILTER_SHIFT).clamp(9, 22);
    let bucket_bits = bits(n).min(20);
    let mut filter = vec![0u8; 1 << (filter_bits - 3)];
    let mut index = vec![0u32; (1 << bucket_bits) + 1];
    for &(gram, _) in &entries {
        let bit = top(gram, filter_bits);
        filter[bit >> 3] |= 1 << (bit & 7);
        index[top(gram, bucket_bits) + 1] += 1;
    }
    let mut sum = 0;
    for count in &mut index {
        sum += *count;
        *count = sum;
    }
    let mut out = Vec::with_capacity(HEAD + filter.len() + index.len() * 4 + n * 8);
    for number in [n as u32, filter_bits, bucket_bits] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(&filter);
    out.extend(index.iter().flat_map(|count| count.to_le_bytes()));
    out.extend(entries.iter().flat_map(|(gram, _)| gram.to_le_bytes()));
    out.extend(entries.iter().flat_map(|(_, record)| record.to_le_bytes()));
    out
}

/// Where the parts of a table are, relative to its beginning.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Layout {
    filter_bits: u32,
    bucket_bits: u32,
    index: usize,
    grams: usize,
    records: usize,
    n: usize,
}

impl Layout {
    /// Reads and checks a table whose records are numbered below `records`.
    pub(super) fn read(table: &[u8], records: u32) -> Option<Self> {
        let n = u32_at(table, 0) as usize;
        let filter_bits = u32_at(table, 4);
        let bucket_bits = u32_at(table, 8);
        if table.len() < HEAD || !(3..=28).contains(&filter_bits) || bucket_bits > 28 {
            return None;
        }
        let index = HEAD.checked_add(1usize << (filter_bits - 3))?;
        let grams = index.checked_add(((1usize << bucket_bits) + 1) * 4)?;
        let ids = grams.checked_add(n.checked_mul(4)?)?;
        if ids.checked_add(n.checked_mul(4)?)? != table.len() {
            return None;
        }
        let mut before = 0;
        for count in table.get(index..grams)?.as_chunks::<4>().0 {
            let count = u32::from_le_bytes(*count);
            if count < before {
                return None;
            }
            before = count;
        }
        let mut all = table.get(ids..)?.as_chunks::<4>().0.iter();
        (before as usize == n && all.all(|id| u32::from_le_bytes(*id) < records)).then_some(Self {
            filter_bits,
            bucket_bits,
            index,
            grams,
            records: ids,
            n,
        })
    }

    /// Calls `visit` with the position and record of every gram of the address that is in the table.
    #[inline]
    pub(super) fn scan(&self, table: &[u8], url: &[u8], mut visit: impl FnMut(usize, u32)) {
        if self.n == 0 {
            return;
        }
        let filter = table.get(HEAD..self.index).unwrap_or_default();
        let shift = 31 - self.filter_bits;
        for (at, window) in url.array_windows::<4>().enumerate() {
            let gram = mixed(*window);
            let bit = (gram >> 1) >> shift;
            let byte = filter.get((bit >> 3) as usize).copied().unwrap_or_default();
            if byte >> (bit & 7) & 1 != 0 {
                self.find(table, gram, |record| visit(at, record));
            }
        }
    }

    /// Calls `visit` with the records of a gram.
    fn find(&self, table: &[u8], gram: u32, mut visit: impl FnMut(u32)) {
        let bucket = self.index + top(gram, self.bucket_bits) * 4;
        let from = u32_at(table, bucket) as usize;
        let to = u32_at(table, bucket + 4) as usize;
        for entry in from..to {
            if u32_at(table, self.grams + entry * 4) == gram {
                visit(u32_at(table, self.records + entry * 4));
            }
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

    /// The rarest gram without a character for which `hole` holds: its position, its mixed form,
    /// and whether it is common all the same.
    pub(super) fn rarest(&self, text: &[u8], hole: fn(u8) -> bool) -> Option<(usize, u32, bool)> {
        text.array_windows::<4>()
            .enumerate()
            .filter(|(_, window)| !window.iter().any(|&b| hole(b)))
            .map(|(at, window)| {
                let gram = mixed(*window);
                (self.counts.get(&gram).copied().unwrap_or(0), at, gram)
            })
            .min()
            .map(|(count, at, gram)| (at, gram, count >= COMMON_COST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_grams_in_either_case() {
        let table = write(vec![
            (mixed(*b"mine"), 7),
            (mixed(*b"/ads"), 3),
            (mixed(*b"mine"), 9),
        ]);
        let layout = Layout::read(&table, 10).unwrap();
        let mut found = Vec::new();
        layout.scan(&table, b"http://x/ADS/coin-Miner", |at, record| {
            found.push((at, record));
        });
        assert_eq!(found, [(8, 3), (18, 7), (18, 9)]);
        layout.scan(&table, b"abc", |_, _| panic!("too short"));
        assert!(Layout::read(&table, 9).is_none());
    }

    #[test]
    fn the_rarest_gram_is_chosen() {
        let texts: [&[u8]; 3] = [b"/ads/one", b"/ads/two", b"/images/"];
        let chooser = Chooser::new(texts.into_iter());
        let hole = |b| b == b'^' || b == b'*';
        let (at, gram, common) = chooser.rarest(b"/ads/one", hole).unwrap();
        assert_eq!((at, gram, common), (2, mixed(*b"ds/o"), false));
        assert!(chooser.rarest(b"/images/", hole).unwrap().2);
        assert_eq!(chooser.rarest(b"ab^cd*ef", hole), None);
    }
}
