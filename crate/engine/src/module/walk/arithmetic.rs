//! Arithmetic on integers and on lanes.

use super::super::census::bump;
use super::super::reader::Reader;
use super::super::value::{
    BOX, Binary, DIFFERENCE, Effect, Kind, NIGHT, SCRATCH, Value, binary, number,
};
use super::flow::memory_argument;
use super::{BOXES, DECIMAL, MIXED, NIGHTS, SWAPS, Walker, known_masks};

impl Walker<'_> {
    pub(super) fn integer(&mut self, index: u8, bits: u8, offset: u32) {
        let op = match index {
            0 => Binary::Add,
            1 => Binary::Sub,
            2 => Binary::Mul,
            7 => Binary::And,
            8 => Binary::Or,
            9 => Binary::Xor,
            10 => Binary::ShiftLeft,
            11 => Binary::ShiftSigned,
            12 => Binary::ShiftRight,
            13 => Binary::RotateLeft,
            14 => Binary::RotateRight,
            _ => Binary::Other,
        };
        let y = self.state.pop();
        let x = self.state.pop();
        if bits == 64 && (3..=6).contains(&index) {
            bump(&mut self.census.div64);
        }
        if matches!(index, 3..=6) && y.known() == Some(10) {
            self.telling(DECIMAL, offset);
        }
        if matches!(index, 5 | 6) {
            self.divided(&x);
        }
        let both = x.kind == Kind::Constant && y.kind == Kind::Constant;
        let (mut value, effect) = binary(op, x, y, bits);
        if both {
            self.known(value.constant, offset);
            self.telling(value.constant, offset);
            self.point(value.constant);
        } else if value.kind == Kind::Offset {
            self.point(value.constant);
            if op == Binary::Sub && y.kind == Kind::Constant {
                // Optimisers subtract what is shorter when it is negated.
                self.known(
                    y.constant.wrapping_neg() & (u64::MAX >> (64 - bits)),
                    offset,
                );
            }
        }
        if matches!(value.kind, Kind::Sum | Kind::Offset) {
            self.remember(&value);
        }
        if value.flags & DIFFERENCE != 0 && self.alike(x.key, y.key) {
            value.flags &= !DIFFERENCE;
        }
        self.scales(op, &x, &y, &value);
        if self.turns[0].0 != 0 && index >= 7 && !both {
            self.turns(x.key, y.key, value.key);
        }
        let wide = usize::from(bits == 64);
        self.count(effect, wide, bits, &mut value, offset);
        if effect == Effect::None && op == Binary::ShiftRight {
            let shifts = &mut self.census.shifts;
            bump(&mut shifts[wide]);
        }
        self.state.push(value);
    }

    /// Counts an effect; `class` is 0 for 32 bits, 1 for 64, 2 for vectors.
    #[inline(never)]
    fn count(&mut self, effect: Effect, class: usize, bits: u8, value: &mut Value, offset: u32) {
        match effect {
            Effect::None => {}
            Effect::Rotation(distance) => {
                self.mixed(value);
                if bits == 64 {
                    bump(&mut self.census.rotations64[distance as usize % 64]);
                } else {
                    bump(&mut self.census.rotations32[distance as usize % 32]);
                }
            }
            Effect::Funnel(distance) => {
                self.mixed(value);
                if bits == 32 {
                    bump(&mut self.census.funnels[distance as usize % 32]);
                }
            }
            Effect::Variable => {
                self.mixed(value);
                bump(&mut self.census.variable);
            }
            Effect::Xor => bump(&mut self.census.xor[class.min(2)]),
            Effect::Add => {
                let lane = if class == 2 {
                    2 + usize::from(bits == 64)
                } else {
                    class
                };
                bump(&mut self.census.add[lane.min(3)]);
            }
            Effect::And => bump(&mut self.census.and[class.min(2)]),
            Effect::Mul => bump(&mut self.census.mul[class.min(2)]),
            Effect::Mask(mask) => self.mask(mask, value, offset),
        }
    }

    /// A rotation. In a loop within a loop it is done again and again: rounds that are not unrolled
    /// mix as deeply as those that are.
    fn mixed(&mut self, value: &mut Value) {
        self.rotations += 1;
        if self.open.len() > 1 {
            value.level = value.level.max(MIXED);
        }
    }

    /// A mask may limit an address to a scratchpad: some ones, some zeros below.
    #[inline(never)]
    fn mask(&mut self, mask: u64, value: &mut Value, offset: u32) {
        if let Some(bit) = SWAPS.iter().position(|&swap| swap == mask) {
            self.census.swaps |= 1 << bit;
        }
        let low = mask & 0xffff_ffff;
        if (mask >> 32 != 0 && mask >> 32 != low) || low < 0x7f0 {
            return;
        }
        let zeros = low.trailing_zeros();
        let ones = (low >> zeros).trailing_ones();
        // As an address, or as the number of a word.
        if zeros <= 6
            && low.count_ones() == ones
            && (if zeros < 2 { 14 } else { 16 }..=26).contains(&(zeros + ones))
        {
            value.flags |= SCRATCH;
        }
        if !(3..=6).contains(&zeros) || u64::from(low.count_ones()) != u64::from(ones) || ones > 27
        {
            return;
        }
        if zeros + ones >= 32 {
            return;
        }
        if NIGHTS.contains(&low) {
            value.flags |= NIGHT;
        }
        if BOXES.contains(&low) {
            value.flags |= BOX;
        }
        if let Some(bit) = known_masks().position(|known| known.0 == low) {
            self.masks |= 1 << bit;
        }
        let masks = &mut self.gathered.masks;
        if let Some(entry) = masks.iter_mut().find(|entry| entry.0 == low) {
            entry.1 = entry.1.saturating_add(1);
        } else if masks.len() < 64 {
            masks.push((low, 1, self.function, offset));
        }
    }

    /// A vector constant: its words may be known.
    pub(super) fn vector_constant(&mut self, bytes: &[u8], offset: u32) {
        for chunk in bytes.chunks_exact(8) {
            let value = chunk.try_into().map_or(0, u64::from_le_bytes);
            self.known(value, offset);
            self.known(value & 0xffff_ffff, offset);
            self.known(value >> 32, offset);
        }
        let first = bytes.first_chunk().map_or(0, |b| u64::from_le_bytes(*b));
        let last = bytes.last_chunk().map_or(0, |b| u64::from_le_bytes(*b));
        if first == last {
            self.telling(first & 0xffff_ffff, offset);
            self.state.push(Value::constant(first));
        } else {
            let key = number(0x76, first as u32 ^ (first >> 32) as u32, last as u32);
            self.state.push(Value::opaque(key));
        }
    }

    /// Applies a binary operator on lanes of `bits`.
    pub(super) fn lanes(&mut self, op: Binary, bits: u8, offset: u32) {
        let y = self.state.pop();
        let x = self.state.pop();
        let (mut value, effect) = binary(op, x, y, bits);
        self.count(effect, 2, bits, &mut value, offset);
        self.state.push(value);
    }

    /// Reads a vector from memory.
    pub(super) fn load_vector(&mut self, reader: &mut Reader<'_>, code: u8) -> Option<()> {
        let at = memory_argument(reader)?;
        let address = self.state.pop();
        self.point(at);
        let value = self.loaded(&address, at, code, code == 0xf0);
        self.state.push(value);
        Some(())
    }

    /// Writes a vector to memory.
    pub(super) fn store_vector(&mut self, reader: &mut Reader<'_>, whole: bool) -> Option<()> {
        let at = memory_argument(reader)?;
        let value = self.state.pop();
        let address = self.state.pop();
        self.store(address, at, value, whole);
        Some(())
    }

    /// A rotation of lanes.
    pub(super) fn rotated(&mut self, value: Value, distance: u8, bits: u8, offset: u32) {
        let mut result = value.with(&value, number(0x72, value.key, u32::from(distance)));
        result.level = value.level.saturating_add(1);
        self.count(Effect::Rotation(distance), 2, bits, &mut result, offset);
        self.state.push(result);
    }
}
