//! Numbers for names, so that what is known of each stands in a list.

use crate::hash::fnv32;
use std::collections::BTreeMap;

/// Names by their hash and length: two that share both are taken for one, which costs a string.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<(u32, u32), u32>);

impl Names {
    /// The number of a name that has one.
    #[inline(never)]
    pub(super) fn get(&self, name: &[u8]) -> Option<usize> {
        self.0.get(&key(name)).map(|&number| number as usize)
    }

    /// The number of a name: its own, or the next.
    #[inline(never)]
    pub(super) fn number(&mut self, name: &[u8]) -> usize {
        let next = self.0.len() as u32;
        *self.0.entry(key(name)).or_insert(next) as usize
    }
}

fn key(name: &[u8]) -> (u32, u32) {
    (fnv32(name), name.len() as u32)
}
