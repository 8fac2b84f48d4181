//! Under which four bytes of its text each pattern is filed: those that are rare among all patterns and
//! no part of the words that addresses are full of.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::grams::{Sides, mixed};

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

/// Whether a text is part of a word that addresses are full of.
pub(super) fn is_common(text: &[u8]) -> bool {
    let has = |word: &&str| memchr::memmem::find(word.as_bytes(), text).is_some();
    COMMON.iter().any(has)
}

/// Hashes mixed grams, whose upper bits are as good as random, by turning them around.
#[derive(Default)]
struct Turned(u64);

impl Hasher for Turned {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(u32::from(byte));
        }
    }

    fn write_u32(&mut self, gram: u32) {
        // The table takes its index from the lower bits, and seven more from the top.
        self.0 = u64::from(gram.swap_bytes()) ^ u64::from(gram) << 32;
    }
}

/// Chooses the gram under which each pattern is filed.
pub(super) struct Chooser {
    counts: HashMap<u32, u32, BuildHasherDefault<Turned>>,
}

/// More than any count: what a gram of a common word costs.
const COMMON_COST: u32 = 1 << 20;

impl Chooser {
    /// Counts the grams of all literals.
    pub(super) fn new<'a>(literals: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut counts = HashMap::default();
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
        let place = |at: usize| Place {
            at,
            gram: text
                .get(at..)
                .and_then(<[u8]>::first_chunk)
                .map_or(0, |gram| mixed(*gram)),
            sides: Sides::of(text, at, hole),
        };
        let (single_at, single_cost) = self.rarest::<4>(text, hole)?;
        let pair = self.rarest::<5>(text, hole);
        Some(Choice {
            single: place(single_at),
            pair: pair.map(|(at, _)| [place(at), place(at + 1)]),
            common: single_cost >= COMMON_COST,
            pair_common: pair.is_none_or(|(_, cost)| cost >= COMMON_COST),
        })
    }
}

/// A gram in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Where it is.
    pub at: usize,
    /// The gram, mixed.
    pub gram: u32,
    /// The bytes on both sides of it.
    pub sides: Sides,
}

/// The grams under which a text can be filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// When every place of an address is looked at.
    pub single: Place,
    /// When every second one is.
    pub pair: Option<[Place; 2]>,
    /// Whether the single gram is one that addresses are full of.
    pub common: bool,
    /// Whether one of the pair is, or there is none.
    pub pair_common: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarest_grams_are_chosen() {
        let texts: [&[u8]; 3] = [b"/ads/one", b"/ads/two", b"/images/"];
        let chooser = Chooser::new(texts.into_iter());
        let hole = |b| b == b'^' || b == b'*';
        let choice = chooser.choose(b"/ads/one", hole).unwrap();
        let place = |at, gram: &[u8; 4], [before, behind]: [u8; 2]| Place {
            at,
            gram: mixed(*gram),
            sides: Sides::new(before, behind),
        };
        assert_eq!(choice.single, place(2, b"ds/o", *b"an"));
        assert_eq!(choice.pair.unwrap()[1], place(3, b"s/on", *b"de"));
        assert!(!choice.common && !choice.pair_common);
        assert!(chooser.choose(b"/images/", hole).unwrap().common);
        assert_eq!(chooser.choose(b"ab^cd*ef", hole), None);
        assert_eq!(chooser.choose(b"abcd^ef", hole).unwrap().pair, None);
    }
}
