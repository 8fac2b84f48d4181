//! Addresses: what a value is the sum or an offset of, by the numbers of values, and the places that loads and
//! stores go to.

use super::super::frame::is_global;
use super::super::value::{Kind, LOADED, OUTPUT, RETURNED, Value, number};
use super::Walker;

/// Sums that are remembered, by number.
pub(super) const SUMS: usize = 2048;
/// Constants below this are no addresses.
pub(super) const LOWEST: u64 = 1024;

/// A sum, by which an address is taken apart again.
#[derive(Clone, Copy, Default)]
pub(super) struct Sum {
    key: u32,
    first: u32,
    second: u32,
    constant: u64,
}

/// An address: a base and an offset.
pub(super) type Place = (u32, u64);

/// The numbers of what fields point to begin like this.
pub(super) const FIELD: u32 = 0xe1e0_0000;

/// Whether a number is that of what a field points to.
pub(super) fn is_field(key: u32) -> bool {
    key & 0xfff0_0000 == FIELD
}

/// An address as up to four bases with offsets.
pub(super) type Terms = [Place; 4];

impl Walker<'_> {
    /// Remembers a sum or an offset by its number.
    pub(super) fn remember(&mut self, value: &Value) {
        if let Some(entry) = self.sums.get_mut(value.key as usize % SUMS) {
            *entry = Sum {
                key: value.key,
                first: value.first,
                second: if value.kind == Kind::Sum {
                    value.second
                } else {
                    0
                },
                constant: value.constant,
            };
        }
    }

    /// Remembers what a local or a slot of the frame held before blocks or loops met.
    #[inline]
    pub(super) fn begins_as(&mut self, value: &Value) {
        if value.kind == Kind::Opaque && (value.first != 0 || value.constant != 0) {
            self.same(value.key, (value.first, value.constant));
        }
    }

    /// Whether a value in the frame is an address in the frame, or was when it was last known, or what a call
    /// returned, as one does that allocates memory: a variable of its own, and no part of what another call left
    /// beside it.
    #[inline(never)]
    pub(super) fn is_pointer(&self, value: &Value) -> bool {
        value.flags & (RETURNED | OUTPUT | LOADED) == RETURNED
            || matches!(value.kind, Kind::Offset | Kind::Opaque)
                && value.first != 0
                && is_global(self.origin(value.first, 0).0)
    }

    /// Remembers that a value began as, or may be, another value plus an offset.
    pub(super) fn same(&mut self, key: u32, (first, constant): (u32, u64)) {
        if let Some(entry) = self.sums.get_mut(key as usize % SUMS) {
            *entry = Sum {
                key,
                first,
                second: 0,
                constant,
            };
        }
    }

    /// What a value is an offset of, as far back as is known.
    pub(super) fn origin(&self, key: u32, offset: u64) -> (u32, u64) {
        let (mut key, mut offset) = (key, offset);
        for _ in 0..4 {
            match self.sum(key) {
                Some(part) if part.second == 0 => {
                    key = part.first;
                    offset = part.constant.wrapping_add(offset) & 0xffff_ffff;
                }
                _ => break,
            }
        }
        (key, offset)
    }

    fn sum(&self, key: u32) -> Option<Sum> {
        let entry = self.sums.get(key as usize % SUMS)?;
        (entry.key == key && key != 0).then_some(*entry)
    }

    /// What an address is the sum of, by numbers.
    pub(super) fn parts_of(&self, address: &Value) -> [u32; 2] {
        if address.kind == Kind::Sum {
            return [address.first, address.second];
        }
        let (base, _) = place(address, 0);
        match self.sum(base) {
            Some(sum) if sum.second != 0 => [sum.first, sum.second],
            _ => [base, 0],
        }
    }

    /// The bases that an address may start from.
    #[inline(never)]
    pub(super) fn terms(&self, address: &Value, at: u64) -> Terms {
        let (base, offset) = place(address, at);
        let mut terms = [(base, offset), (0, 0), (0, 0), (0, 0)];
        if base == 0 {
            return terms;
        }
        if (LOWEST..0xffff_0000).contains(&offset) {
            terms[1] = (0, offset);
        }
        let (origin, start) = self.origin(base, offset);
        let sum = if address.kind == Kind::Sum {
            Some((address.first, address.second))
        } else {
            self.sum(origin)
                .filter(|sum| sum.second != 0)
                .map(|sum| (sum.first, sum.second))
        };
        if let Some((first, second)) = sum {
            terms[2] = self.origin(first, start);
            terms[3] = self.origin(second, start);
            if !is_global(terms[2].0) && is_global(terms[3].0) {
                terms.swap(2, 3);
            }
        } else if origin != base {
            terms[2] = (origin, start);
        }
        terms
    }
}

/// An address as a base and an offset.
pub(super) fn place(address: &Value, at: u64) -> (u32, u64) {
    match address.kind {
        Kind::Constant => (0, address.constant.wrapping_add(at)),
        Kind::Offset => (
            address.first,
            address.constant.wrapping_add(at) & 0xffff_ffff,
        ),
        _ => (address.key, at),
    }
}

/// The number of a place in memory.
pub(super) fn place_number((base, offset): Place) -> u32 {
    number(0x6d, base, number(3, offset as u32, (offset >> 32) as u32))
}
