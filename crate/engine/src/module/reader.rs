//! A bounds-checked cursor over the input. Every read returns `None` past the end or on a number
//! that is too long; nothing here panics or allocates.

/// A position in a byte slice.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    /// Starts at `position` and ends at `end`, both clamped to the input.
    pub(super) fn new(bytes: &'a [u8], position: usize, end: usize) -> Self {
        let end = end.min(bytes.len());
        Self {
            bytes: bytes.get(..end).unwrap_or(bytes),
            position: position.min(end),
        }
    }

    /// The same at another position.
    pub(super) fn at(&self, position: usize) -> Self {
        Self {
            bytes: self.bytes,
            position: position.min(self.bytes.len()),
        }
    }

    /// The offset of the next byte from the start of the input.
    #[inline]
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// The number of bytes left.
    #[inline]
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// Whether everything is read.
    #[inline]
    pub(super) fn is_done(&self) -> bool {
        self.position >= self.bytes.len()
    }

    /// One byte.
    #[inline]
    pub(super) fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.position)?;
        self.position += 1;
        Some(byte)
    }

    /// The next byte, unread.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// `count` bytes.
    #[inline]
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.position.checked_add(count)?;
        let slice = self.bytes.get(self.position..end)?;
        self.position = end;
        Some(slice)
    }

    /// Passes over a LEB128 of at most 64 bits.
    #[inline]
    pub(super) fn skip(&mut self) -> Option<()> {
        for _ in 0..10 {
            if self.byte()? < 0x80 {
                return Some(());
            }
        }
        None
    }

    /// An unsigned LEB128 of at most 32 bits.
    #[inline]
    pub(super) fn u32(&mut self) -> Option<u32> {
        let first = self.byte()?;
        if first < 0x80 {
            return Some(u32::from(first));
        }
        u32::try_from(self.long(u64::from(first & 0x7f), 5)?).ok()
    }

    /// The same where that is read seldom: not once more in each place.
    #[inline(never)]
    pub(super) fn number(&mut self) -> Option<u32> {
        self.u32()
    }

    /// An unsigned LEB128 of at most 64 bits.
    #[inline]
    pub(super) fn u64(&mut self) -> Option<u64> {
        let first = self.byte()?;
        if first < 0x80 {
            return Some(u64::from(first));
        }
        self.long(u64::from(first & 0x7f), 10)
    }

    fn long(&mut self, mut value: u64, most: u32) -> Option<u64> {
        for index in 1..most {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A signed LEB128 of at most 64 bits (also used for the 32 and 33 bit forms).
    #[inline]
    pub(super) fn signed(&mut self) -> Option<i64> {
        let first = self.byte()?;
        if first < 0x80 {
            return Some(i64::from((first << 1).cast_signed() >> 1));
        }
        let mut value = u64::from(first & 0x7f);
        for index in 1..10 {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                let shift = 64 - (7 * (index + 1)).min(64);
                return Some((value << shift).cast_signed() >> shift);
            }
        }
        None
    }
}
