//! Where the output of a function's calls comes from, each source once and by number.

/// More are not told apart: numbers are bytes, and some of them mean other things.
const MOST: usize = 250;

/// Where output comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) callee: u32,
    /// In which place of the call it was given; 255 for what is returned.
    pub(super) position: u8,
    /// The source of what the callee was given.
    pub(super) before: u8,
    /// Whether both things that the callee was given were left by the same function in the same place of a call.
    pub(super) alike: bool,
}

/// See the file's head.
pub(super) struct Sources {
    known: Vec<Source>,
    /// Numbers by the hash of their source, each at its place or after it.
    slots: [u8; 512],
}

impl Sources {
    /// None.
    pub(super) fn new() -> Self {
        Self {
            known: Vec::new(),
            slots: [0; 512],
        }
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        if !self.known.is_empty() {
            self.known.clear();
            self.slots.fill(0);
        }
    }

    /// The number of a source, from 1 on; 0 where there are too many.
    pub(super) fn number(&mut self, source: Source) -> u8 {
        let mix = source.callee ^ u32::from(source.position) << 20 ^ u32::from(source.before) << 12;
        // Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4).
        let mut slot = (mix.wrapping_mul(0x9e37_79b9) >> 23) as usize;
        // Less than half of the places are ever taken.
        while let Some(&number) = self.slots.get(slot)
            && number != 0
        {
            if self.of(number) == Some(source) {
                return number;
            }
            slot = (slot + 1) % self.slots.len();
        }
        if self.known.len() >= MOST {
            return 0;
        }
        self.known.push(source);
        let number = self.known.len() as u8;
        if let Some(place) = self.slots.get_mut(slot) {
            *place = number;
        }
        number
    }

    /// The source with a number.
    pub(super) fn of(&self, number: u8) -> Option<Source> {
        self.known.get(usize::from(number).checked_sub(1)?).copied()
    }
}
