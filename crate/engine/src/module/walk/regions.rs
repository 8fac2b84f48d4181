//! Memory of a function that holds the output of calls, by the address that it begins at: the last
//! [`MOST`] places, and a filter that says at once of most addresses that nothing is known of them.

use super::addresses::Place;

/// Regions that are remembered.
const MOST: usize = 48;
/// How far beyond its beginning an address still lies in a region of which no more is known.
pub(super) const WIDTH: u32 = 128;
/// The same of where values are copied to.
const COPIED: u64 = 64;

/// Memory that holds output.
#[derive(Clone, Copy, Default)]
pub(super) struct Region {
    pub(super) base: u32,
    pub(super) start: u64,
    pub(super) source: u8,
    /// Whether values were copied there, and not only its address given to a call.
    pub(super) copied: bool,
    pub(super) time: u32,
    /// How many bytes it has at most.
    pub(super) width: u32,
}

/// See the file's head.
#[derive(Default)]
pub(super) struct Regions {
    known: Vec<Region>,
    next: usize,
    /// Which bases may be known, by their last bits.
    bases: [u64; 8],
}

impl Regions {
    /// Forgets all.
    pub(super) fn clear(&mut self) {
        *self = Self {
            known: core::mem::take(&mut self.known),
            ..Self::default()
        };
        self.known.clear();
    }

    /// The region that holds the first of these places that is in one; of several the one that begins last.
    pub(super) fn holding(&self, places: impl Iterator<Item = Place>) -> Option<Region> {
        let find = |(base, offset): Place| {
            if !self.may_know(base) {
                return None;
            }
            let regions = self.known.iter().filter(|region| {
                region.source != 0
                    && region.base == base
                    && offset.wrapping_sub(region.start) < u64::from(region.width)
            });
            regions.max_by_key(|region| region.start).copied()
        };
        let mut places = places;
        places.find_map(find)
    }

    /// Notes a region; one that is known at this place is that from now on.
    #[inline(never)]
    pub(super) fn note(&mut self, new: Region) {
        let width = if new.copied { COPIED } else { 1 };
        if self.may_know(new.base) {
            let known = self.known.iter_mut().find(|region| {
                region.source != 0
                    && region.base == new.base
                    && new.start.wrapping_sub(region.start) < width
            });
            if let Some(known) = known {
                let start = known.start;
                *known = Region { start, ..new };
                return;
            }
        }
        let (word, bit) = filter(new.base);
        if let Some(bases) = self.bases.get_mut(word) {
            *bases |= bit;
        }
        match self.known.get_mut(self.next) {
            Some(place) => *place = new,
            None => self.known.push(new),
        }
        self.next = (self.next + 1) % MOST;
    }

    fn may_know(&self, base: u32) -> bool {
        let (word, bit) = filter(base);
        self.bases.get(word).is_some_and(|bases| bases & bit != 0)
    }
}

/// Where a base is in the filter.
fn filter(base: u32) -> (usize, u64) {
    (base as usize >> 6 & 7, 1 << (base & 63))
}
