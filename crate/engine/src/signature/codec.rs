//! Reading and writing the few types of which the binary form is made.
//!
//! Numbers are LEB128, sequences begin with their length. A reader never trusts a length: it
//! reserves no more than the bytes that are left could hold.

/// Writes values one after the other.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn byte(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(super) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push((value as u8 & 0x7f) | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    pub(super) fn length(&mut self, value: usize) {
        self.number(value as u64);
    }

    pub(super) fn signed(&mut self, value: i16) {
        self.number(u64::from(value.cast_unsigned()));
    }

    pub(super) fn blob(&mut self, value: &[u8]) {
        self.length(value.len());
        self.bytes.extend_from_slice(value);
    }
}

/// Reads values one after the other; `None` where the bytes end or a value does not fit.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return None;
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    pub(super) fn narrow<T: TryFrom<u64>>(&mut self) -> Option<T> {
        T::try_from(self.number()?).ok()
    }

    pub(super) fn signed(&mut self) -> Option<i16> {
        self.narrow::<u16>().map(u16::cast_signed)
    }

    pub(super) fn blob(&mut self) -> Option<&'a [u8]> {
        let length: usize = self.narrow()?;
        if length > self.rest.len() {
            return None;
        }
        let (head, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(head)
    }

    pub(super) fn text(&mut self) -> Option<String> {
        String::from_utf8(self.blob()?.to_vec()).ok()
    }

    pub(super) fn sequence<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let length: usize = self.narrow()?;
        // Every item takes at least one byte.
        if length > self.rest.len() {
            return None;
        }
        let mut items = Vec::new();
        for _ in 0..length {
            items.push(item(self)?);
        }
        Some(items)
    }
}
