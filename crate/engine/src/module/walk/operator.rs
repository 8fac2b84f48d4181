//! What each operator does to the operands, one arm each, and those that are told in a few lines. The
//! others have files of their own.

use super::super::census::bump;
use super::super::frame::{bit, global, is_global};
use super::super::layout::{heap_type, through, value_type};
use super::super::reader::Reader;
use super::super::value::{BYTE, FRACTION, Kind, LIMITED, LOADED, TWO_BITS, Value, ZEROS, number};
use super::Walker;
use super::flow::{THROUGH, memory_argument};

impl Walker<'_> {
    #[allow(clippy::too_many_lines, clippy::match_same_arms)] // One arm for each operator.
    pub(super) fn operator(
        &mut self,
        code: u8,
        offset: u32,
        reader: &mut Reader<'_>,
    ) -> Option<()> {
        match code {
            0x00 => self.state.unreachable(),
            0x01 => {}
            0x02 => self.open_block(reader, false)?,
            0x03 => self.open_loop(reader, offset)?,
            0x04 => self.open_if(reader)?,
            0x06 => self.open_block(reader, true)?,
            0x05 if self.rest_between(offset as usize, reader) => {}
            0x05 => {
                self.state.otherwise();
                self.serial = self.serial.wrapping_add(1);
            }
            0x19 => {
                self.state.turn();
                self.serial = self.serial.wrapping_add(1);
            }
            0x07 => {
                reader.u32()?;
                self.state.turn();
                self.state.push_unknown(1);
            }
            0x08 => {
                reader.u32()?;
                self.state.unreachable();
            }
            0x09 => {
                reader.u32()?;
                self.state.unreachable();
            }
            0x0a => self.state.unreachable(),
            0x0b if self.rest_ends(offset as usize, reader) => {}
            0x0b => self.end(),
            0x0c => {
                let depth = reader.u32()?;
                self.branch(depth);
                self.state.unreachable();
            }
            0x0d => self.branch_if(reader)?,
            0x0e => self.branch_table(offset, reader)?,
            0x0f => {
                self.returns();
                self.carries_out();
                if let Some(item) = self.in_loop() {
                    bump(&mut item.exits);
                }
                self.state.unreachable();
            }
            0x10 | 0x12 => self.call_directly(code, reader)?,
            0x11 | 0x13 => self.call_through(code, offset, reader)?,
            0x14 | 0x15 => {
                let index = reader.u32()?;
                self.state.pop();
                self.call(None, self.layout.type_arity(index));
                if code == 0x15 {
                    self.state.unreachable();
                }
            }
            0x18 => {
                reader.u32()?;
                self.end();
            }
            0x1a => self.state.drop(1),
            0x1b | 0x1c => {
                if code == 0x1c {
                    for _ in 0..reader.u32()? {
                        value_type(reader)?;
                    }
                }
                self.select();
            }
            0x1f => self.open_try(reader)?,
            0x20 => self.read_local(reader)?,
            0x21 | 0x22 => self.set_local(code, reader)?,
            0x23 => {
                let index = reader.u32()?;
                self.read_global(index, offset);
            }
            0x24 => self.set_global(reader)?,
            0x25 => {
                reader.u32()?;
                self.state.drop(1);
                self.state.push_unknown(1);
            }
            0x26 => {
                reader.u32()?;
                self.state.drop(2);
            }
            0x28..=0x35 => self.load(code, reader)?,
            0x36..=0x3e => {
                let at = memory_argument(reader)?;
                let value = self.state.pop();
                let address = self.state.pop();
                self.store(address, at, value, code == 0x36 || code == 0x37);
            }
            0x3f | 0x40 => {
                reader.u32()?;
                if code == 0x40 {
                    self.state.drop(1);
                }
                self.state.push_unknown(1);
            }
            0x41 => {
                let value = reader.signed()?.cast_unsigned() & 0xffff_ffff;
                self.constant(value, offset);
            }
            0x42 => {
                let value = reader.signed()?.cast_unsigned();
                self.constant(value, offset);
            }
            0x43 | 0x44 => {
                reader.take(if code == 0x43 { 4 } else { 8 })?;
                let mut value = self.state.unknown();
                value.flags = FRACTION;
                self.state.push(value);
            }
            0x45 | 0x50 => self.compare_zero(code),
            0x46..=0x4f | 0x51..=0x66 => self.compare(code),
            0x92..=0x98 | 0xa0..=0xa6 => self.fraction(code),
            0x67 | 0x79 => {
                let mut value = self.unary(code);
                value.flags |= ZEROS;
                self.state.drop(1);
                self.state.push(value);
            }
            0x68 | 0x69 | 0x7a | 0x7b => {
                self.unary(code);
            }
            0x6a..=0x78 => self.integer(code - 0x6a, 32, offset),
            0x7c..=0x8a => self.integer(code - 0x7c, 64, offset),
            0x9f => {
                bump(&mut self.census.double[0]);
                self.state.drop(1);
                self.state.push_unknown(1);
            }
            0x8b..=0x91 | 0x99..=0x9e => {
                self.state.drop(1);
                self.state.push_unknown(1);
            }
            // Wrap and extend keep constants; and the lower half keeps its masks.
            0xa7 | 0xac | 0xad => self.convert(code),
            0xa8..=0xab | 0xae..=0xbf => {
                let value = self.state.pop();
                let key = number(u32::from(code), value.key, 1);
                self.state.push(value.with(&value, key));
            }
            0xc0..=0xc4 => {
                self.unary(code);
            }
            0xd0 => {
                heap_type(reader)?;
                self.state.push_unknown(1);
            }
            0xd1 => {
                self.state.drop(1);
                self.state.push_unknown(1);
            }
            0xd2 => {
                reader.u32()?;
                self.state.push_unknown(1);
            }
            0xd3 => {
                self.state.drop(2);
                self.state.push_unknown(1);
            }
            0xd4 => {}
            0xd5 | 0xd6 => {
                let depth = reader.u32()?;
                self.branch(depth);
            }
            0xfb => super::super::extended::aggregate(&mut self.state, reader)?,
            0xfc => self.bulk(reader)?,
            0xfd => super::vector::walk(self, offset, reader)?,
            0xfe => self.atomic(reader)?,
            _ => return None,
        }
        Some(())
    }

    /// An `if` opens.
    #[inline(never)]
    fn open_if(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let condition = self.state.pop();
        self.condition(&condition);
        let frames = self.state.frames.len();
        if let Some(open) = self.open.last_mut() {
            bump(&mut open.wander.branches);
            // A loop that an `if` fills goes on where that is taken; one that a block fills is left there.
            let within = frames.wrapping_sub(open.depth);
            if condition.key == self.few.key && within <= usize::from(self.few.equal) {
                open.limited(&self.few);
            }
        }
        self.open_block(reader, true)?;
        self.holds_rest(reader);
        Some(())
    }

    /// A branch under a condition.
    #[inline(never)]
    fn branch_if(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let depth = reader.u32()?;
        let condition = self.state.pop();
        if self.stacked.unwinds(&condition) {
            return Some(());
        }
        self.condition(&condition);
        self.branch(depth);
        self.repeated(depth, &condition);
        Some(())
    }

    /// A branch by a table.
    #[inline(never)]
    fn branch_table(&mut self, offset: u32, reader: &mut Reader<'_>) -> Option<()> {
        let count = reader.u32()?;
        let selector = self.state.pop();
        for _ in 0..=u64::from(count) {
            let depth = reader.u32()?;
            self.branch(depth);
        }
        bump(&mut self.census.tables);
        self.parts_cases();
        if selector.flags & TWO_BITS != 0 && (2..=4).contains(&count) {
            self.choice(offset);
        }
        self.state.unreachable();
        Some(())
    }

    /// A call of a function that is named.
    #[inline(never)]
    fn call_directly(&mut self, code: u8, reader: &mut Reader<'_>) -> Option<()> {
        let callee = reader.u32()?;
        let arity = self.layout.arity(callee);
        if code == 0x12 || !self.inline(callee, arity) {
            self.call(Some(callee), arity);
        }
        if code == 0x12 {
            self.state.unreachable();
        }
        Some(())
    }

    /// A call through a table.
    #[inline(never)]
    fn call_through(&mut self, code: u8, offset: u32, reader: &mut Reader<'_>) -> Option<()> {
        let index = reader.u32()?;
        let known = through(reader.u32()?, index);
        let selector = self.state.pop();
        if selector.flags & TWO_BITS != 0 || selector.flags & (BYTE | LOADED) == BYTE {
            self.choice(offset);
        }
        self.call(Some(THROUGH | known), self.layout.type_arity(index));
        if code == 0x13 {
            self.state.unreachable();
        }
        Some(())
    }

    /// A block with handlers opens.
    #[inline(never)]
    fn open_try(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.open_block(reader, true)?;
        for _ in 0..reader.u32()? {
            if reader.byte()? < 2 {
                reader.u32()?;
            }
            reader.u32()?;
        }
        Some(())
    }

    /// A local is read.
    #[inline(never)]
    fn read_local(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let index = self.local_index(reader.u32()?);
        if let Some(pointer) = self.stacked.pointer(index) {
            self.state.push(pointer);
            return Some(());
        }
        if !self.ended.is_empty() {
            self.reads_after(index);
        }
        let value = self.state.get(index);
        self.begins_as(&value);
        self.state.push(value);
        Some(())
    }

    /// A local is set.
    #[inline(never)]
    fn set_local(&mut self, code: u8, reader: &mut Reader<'_>) -> Option<()> {
        let index = self.local_index(reader.u32()?);
        let value = self.state.pop();
        if !self.records.is_empty() {
            let read = self.state.read(index);
            self.keeps(read, &value);
        }
        if value.kind == Kind::Constant && !self.open.is_empty() {
            self.descends(index, &value);
        }
        let batch = self.open.last().map_or(0, |open| open.batch);
        let batched = batch > 0
            && value.kind == Kind::Offset
            && value.constant == u64::from(batch)
            && value.first == self.state.read(index);
        let stepped = self.state.set(index, value) | if batched { bit(index) } else { 0 };
        self.begins_anew(index, &value);
        self.steps(stepped);
        if value.kind == Kind::Sum {
            self.summed = (value.key, bit(index));
        }
        if !self.pending.is_empty() && value.source != 0 {
            self.settle(index, &value);
        }
        if code == 0x22 {
            self.state.push(value);
        }
        Some(())
    }

    /// A global is set.
    #[inline(never)]
    fn set_global(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let index = reader.u32()?;
        if let Some(entry) = self.gathered.globals.get_mut(index as usize) {
            entry.0 = true;
        }
        let value = self.state.pop();
        if !self.stacked.moves(index, &value) {
            self.globals += 1;
        }
        Some(())
    }

    /// A comparison with zero.
    #[inline(never)]
    fn compare_zero(&mut self, code: u8) {
        let value = self.state.pop();
        self.finds(0);
        self.judge(&value, None, code);
        let key = number(0x45, value.key, 0);
        if value.key == self.decided {
            self.decided = key;
        }
        self.noughts(&value, key, true);
        if value.key == self.few.key {
            self.few.key = key;
        }
        self.inquire(key, &value);
        self.state.push(outcome(value.with(&value, key)));
    }

    /// A comparison.
    #[inline(never)]
    fn compare(&mut self, code: u8) {
        let y = self.state.pop();
        let x = self.state.pop();
        let key = number(u32::from(code), x.key, y.key);
        self.finds(key);
        if self.judge(&x, Some(&y), code) {
            self.decided = key;
        }
        if y.kind == Kind::Constant {
            self.inquire(key, &x);
            let equal = matches!(code, 0x46 | 0x47 | 0x51 | 0x52);
            self.limit(key, &x, &y, equal);
            if y.constant == 0 && equal {
                self.noughts(&x, key, matches!(code, 0x46 | 0x51));
            }
        }
        self.state.push(outcome(x.with(&y, key)));
    }

    /// Arithmetic on two fractions.
    #[inline(never)]
    fn fraction(&mut self, code: u8) {
        match code {
            0xa2 => bump(&mut self.census.double[2]),
            0xa3 => bump(&mut self.census.double[1]),
            _ => {}
        }
        let y = self.state.pop();
        let x = self.state.pop();
        let key = self.state.fresh();
        let mut value = x.with(&y, key);
        // What is divided by a hash is no number that is drawn, but how hard that was to find.
        if matches!(code, 0x95 | 0xa3) && x.source == 0 && y.source != 0 {
            value.flags &= !FRACTION;
        }
        self.state.push(value);
    }

    /// A global that never changes is the constant that it begins as.
    #[inline(never)]
    fn read_global(&mut self, index: u32, offset: u32) {
        if let Some(&(Some(value), changes)) = self.layout.initial.get(index as usize)
            && value > 0xffff
            && let Some(entry) = self.gathered.globals.get_mut(index as usize)
        {
            entry.1 = entry.1.saturating_add(1);
            if !changes || self.lasting.get(index as usize) == Some(&true) {
                self.constant(value, offset);
                return;
            }
        }
        let value = self.stacked.global(index);
        let value = value.unwrap_or_else(|| Value::opaque(global(index, self.globals)));
        self.state.push(value);
    }

    #[inline(never)]
    fn choice(&mut self, offset: u32) {
        bump(&mut self.census.choices);
        let choices = &mut self.gathered.choices;
        if choices.0 == 0 {
            (choices.1, choices.2) = (self.function, offset);
        }
        choices.0 += 1;
    }

    #[inline(never)]
    fn select(&mut self) {
        let condition = self.state.pop();
        let y = self.state.pop();
        let x = self.state.pop();
        self.condition(&condition);
        self.keeps(x.key, &y);
        self.keeps(y.key, &x);
        let key = number(0x1b, number(1, x.key, y.key), condition.key);
        self.state.push(x.with(&y, key));
    }

    #[inline(never)]
    fn convert(&mut self, code: u8) {
        let value = self.state.pop();
        let result = if let Some(constant) = value.known() {
            Value::constant(if code == 0xac {
                i64::from((constant as u32).cast_signed()).cast_unsigned()
            } else {
                constant & 0xffff_ffff
            })
        } else {
            // A value with zeros above is the same number.
            if value.kind == Kind::Offset && is_global(value.first) {
                // Within the stack, whatever the width.
                return self.state.push(value);
            }
            let key = if code == 0xad {
                value.key
            } else {
                number(0xa7, value.key, u32::from(code != 0xa7))
            };
            let mut result = value.with(&value, key);
            result.flags |= value.flags & (LIMITED | TWO_BITS);
            if let (0xa7, Kind::ShiftLeft | Kind::ShiftRight) = (code, value.kind) {
                // Shifted in 64 bits, of which the lower half is kept.
                result = value;
            }
            if value.kind == Kind::Masked {
                (result.kind, result.constant) = (value.kind, value.constant);
                (result.amount, result.first) = (value.amount, value.first);
            }
            result
        };
        if code == 0xa7 && result.kind == Kind::Opaque && self.stacked.is_there() {
            // An address that is kept in 64 bits.
            self.same(result.key, (value.key, 0));
        }
        self.state.push(result);
    }

    #[inline(never)]
    fn unary(&mut self, code: u8) -> Value {
        let value = self.state.pop();
        let key = number(u32::from(code), value.key, 2);
        let result = value.with(&value, key);
        self.state.push(result);
        result
    }
}

/// What a comparison finds is no longer what was read.
fn outcome(mut value: Value) -> Value {
    value.flags &= !LOADED;
    value
}
