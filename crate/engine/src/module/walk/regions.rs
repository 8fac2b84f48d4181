//! Memory of a function that holds the output of calls, by the address that it begins at: the last
//! [`MOST`] places, and filters that say at once of most addresses that nothing is known of them.

use super::flow::Place;

/// Regions that are remembered.
const MOST: usize = 48;
/// How far beyond its beginning an address still lies in a region of which no more is known.
pub(super) const WIDTH: u32 = 1 << WIDE;
const WIDE: u32 = 7;
/// The same of where values are copied to.
const COPIED: u64 = 1 << NEAR;
const NEAR: u32 = 6;

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
    /// In which blocks of [`WIDTH`] bytes regions may lie.
    held: Filter,
    /// In which blocks of [`COPIED`] bytes they may begin.
    begun: Filter,
}

/// Blocks of memory that were put in, and a few others: by their base and their number.
#[derive(Default)]
struct Filter([u64; 8]);

impl Filter {
    fn insert(&mut self, base: u32, block: u64) {
        let (word, bit) = filter(base, block);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    fn may_hold(&self, base: u32, block: u64) -> bool {
        let (word, bit) = filter(base, block);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
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
            if !self.held.may_hold(base, offset >> WIDE) {
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
        let (width, last) = (if new.copied { COPIED } else { 1 }, new.start >> NEAR);
        let before = new.start.wrapping_sub(width - 1) >> NEAR;
        if [last, before]
            .iter()
            .any(|&block| self.begun.may_hold(new.base, block))
        {
            let known = self.known.iter_mut().find(|region| {
                region.source != 0
                    && region.base == new.base
                    && new.start.wrapping_sub(region.start) < width
            });
            if let Some(known) = known {
                let start = known.start;
                *known = Region { start, ..new };
                return self.holds(new.base, start, new.width);
            }
        }
        self.begun.insert(new.base, last);
        self.holds(new.base, new.start, new.width);
        match self.known.get_mut(self.next) {
            Some(place) => *place = new,
            None => self.known.push(new),
        }
        self.next = (self.next + 1) % MOST;
    }

    /// A region of this width, which is no more than a block's, lies in one block or two.
    fn holds(&mut self, base: u32, start: u64, width: u32) {
        let end = start.wrapping_add(u64::from(width.saturating_sub(1)));
        self.held.insert(base, start >> WIDE);
        self.held.insert(base, end >> WIDE);
    }
}

/// Where a block is in a filter.
fn filter(base: u32, block: u64) -> (usize, u64) {
    // Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4).
    let hash = base.wrapping_add((block as u32).wrapping_mul(0x85eb_ca6b));
    let hash = hash.wrapping_mul(0x9e37_79b9);
    ((hash >> 29) as usize, 1 << (hash >> 23 & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without filters.
    fn holding(known: &[Region], (base, offset): Place) -> Option<u64> {
        let holds = |region: &&Region| {
            region.base == base && offset.wrapping_sub(region.start) < u64::from(region.width)
        };
        let starts = known.iter().filter(holds).map(|region| region.start);
        starts.max()
    }

    #[test]
    fn filters_hide_nothing() {
        let mut state = 1u64;
        let mut next = |below: u64| {
            // A linear congruential generator (Knuth, MMIX).
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (state >> 33) % below
        };
        let mut regions = Regions::default();
        for _ in 0..5000 {
            let new = Region {
                base: next(3) as u32,
                start: next(6000).wrapping_sub(300),
                source: 1,
                copied: next(2) == 0,
                time: 0,
                width: 1 + next(u64::from(WIDTH)) as u32,
            };
            let width = if new.copied { COPIED } else { 1 };
            let same = |known: &&Region| {
                known.base == new.base && new.start.wrapping_sub(known.start) < width
            };
            let known = regions.known.iter().find(same).copied();
            let before = regions.next;
            regions.note(new);
            assert_eq!(regions.next == before, known.is_some());
            for _ in 0..20 {
                let place = (next(3) as u32, next(6300).wrapping_sub(300));
                let found = regions.holding(std::iter::once(place));
                let found = found.map(|region| region.start);
                assert_eq!(found, holding(&regions.known, place));
            }
        }
    }
}
