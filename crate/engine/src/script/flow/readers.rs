//! Who read what: which functions have to be read again when something else becomes known.

use crate::work::look;

/// The functions that read each of some things since those last changed, and what is due to be read.
#[derive(Debug)]
pub(super) struct Readers {
    /// Of each thing the newest of its entries; 0 for none.
    newest: Vec<u32>,
    /// A function and the entry before. The first is none.
    entries: Vec<(u32, u32)>,
    /// Which functions are due.
    due: Vec<bool>,
}

impl Readers {
    /// For so many things and functions; all of these are due.
    pub(super) fn new(things: usize, functions: usize) -> Self {
        Self {
            newest: vec![0; things],
            entries: vec![(0, 0)],
            due: vec![true; functions],
        }
    }

    /// A function reads a thing.
    #[inline(never)]
    pub(super) fn reads(&mut self, thing: usize, function: usize) {
        let next = self.entries.len() as u32;
        let Some(newest) = self.newest.get_mut(thing) else {
            return;
        };
        let known = self.entries.get(*newest as usize);
        if *newest != 0 && known.is_some_and(|entry| entry.0 == function as u32) {
            return;
        }
        self.entries.push((function as u32, *newest));
        *newest = next;
    }

    /// A thing is not any more what it was when it was read.
    #[inline(never)]
    pub(super) fn changed(&mut self, thing: usize) {
        let mut entry = self.newest.get_mut(thing).map_or(0, std::mem::take);
        while entry != 0 {
            let Some(&(function, before)) = self.entries.get(entry as usize) else {
                break;
            };
            look(1);
            self.make_due(function as usize);
            entry = before;
        }
    }

    /// A function has to be read again.
    pub(super) fn make_due(&mut self, function: usize) {
        if let Some(due) = self.due.get_mut(function) {
            *due = true;
        }
    }

    /// Whether a function has to be read, which is now done.
    pub(super) fn take(&mut self, function: usize) -> bool {
        self.due.get_mut(function).is_some_and(std::mem::take)
    }
}
