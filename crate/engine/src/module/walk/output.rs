//! Where output lies: what a call was given a pointer to, and what mixed values are written to. The number
//! of its source goes with it.

use super::super::value::{DOWN, Kind, Value};
use super::Walker;
use super::addresses::{LOWEST, Place, Terms};
use super::regions::{Region, WIDTH};
use super::sources::Source;

impl Walker<'_> {
    #[inline(never)]
    pub(super) fn region(&self, terms: &Terms) -> Option<Region> {
        let addresses = terms.iter().copied();
        self.regions
            .holding(addresses.filter(|&(base, offset)| base != 0 || offset >= LOWEST))
    }

    pub(super) fn taint(&mut self, (base, start): Place, source: u8, copied: bool) {
        if base == 0 && start < LOWEST {
            return;
        }
        self.regions.note(Region {
            base,
            start,
            source,
            copied,
            time: self.memory,
            width: WIDTH,
        });
    }

    /// What ends at a place holds output, which was written there from its end on: a digest has 32 bytes.
    #[inline(never)]
    fn taint_below(&mut self, (base, end): Place, source: u8) {
        self.regions.note(Region {
            base,
            start: end.saturating_sub(31),
            source,
            copied: true,
            time: self.memory,
            width: 32,
        });
    }

    /// A pointer that began as a fixed address is set to what lies a little lower: what was written at it holds
    /// as much output below.
    #[inline(never)]
    pub(super) fn descends(&mut self, index: u32, value: &Value) {
        let Some(before) = self.state.constant(index) else {
            return;
        };
        let step = before.wrapping_sub(value.constant);
        if before < LOWEST || !(1..=16).contains(&step) {
            return;
        }
        let places = (0..step).map(|at| (0, before + at));
        if let Some(region) = self.regions.holding(places) {
            let end = (0, before + step - 1);
            self.taint_below(end, region.source);
        }
    }

    /// So many bytes of a place in the stack hold output.
    pub(super) fn taint_some(&mut self, (base, start): Place, source: u8, most: u32) {
        self.regions.note(Region {
            base,
            start,
            source,
            copied: false,
            time: self.memory,
            width: most.min(WIDTH),
        });
    }

    pub(super) fn source(&mut self, callee: u32, position: u8, before: u8) -> u8 {
        self.sources.number(Source {
            callee,
            position,
            before,
            alike: false,
        })
    }

    /// Output is written to an address.
    #[inline(never)]
    pub(super) fn outputs(&mut self, address: &Value, at: u64, source: u8) {
        let terms = self.terms(address, at);
        let [first, second, third, _] = terms;
        self.taint(if third == (0, 0) { first } else { third }, source, true);
        if second.1 != 0 && address.kind == Kind::Offset && address.amount == DOWN {
            self.taint_below(second, source);
        } else if second.1 != 0 {
            self.taint(second, source, true);
        }
    }
}
