//! Who calls whom, asked about a few functions without walking all. Callers are found by the bytes
//! of a call; whether there really is one is read from the function. Calls through tables are
//! followed where tables hold few functions.

use super::kernels::Kernel;
use super::layout::{Layout, value_type};
use super::operator::{self, Nesting};
use super::reader::Reader;
use super::walk::Address;

/// What is read of a function.
#[derive(Clone, Default)]
struct Known {
    /// The functions that it calls, by number among the defined ones.
    callees: Vec<u32>,
    /// Whether it has a loop.
    loops: bool,
}

/// See the file's head.
pub(super) struct Callers<'a> {
    bytes: &'a [u8],
    layout: &'a Layout,
    known: Vec<Option<Box<Known>>>,
    /// Which functions were asked about.
    asked: Vec<bool>,
}

impl<'a> Callers<'a> {
    /// Nothing read yet.
    pub(super) fn new(bytes: &'a [u8], layout: &'a Layout) -> Self {
        Self {
            bytes,
            layout,
            known: vec![None; layout.bodies.len()],
            asked: vec![false; layout.bodies.len()],
        }
    }

    /// Where the functions are.
    pub(super) fn layout(&self) -> &'a Layout {
        self.layout
    }

    /// The functions that this one calls, each once.
    pub(super) fn callees(&mut self, number: u32) -> &[u32] {
        self.read(number).map_or(&[], |known| &known.callees)
    }

    /// Whether this function has a loop.
    pub(super) fn loops(&mut self, number: u32) -> bool {
        self.read(number).is_some_and(|known| known.loops)
    }

    /// Asks about a function; whether that is for the first time.
    pub(super) fn ask(&mut self, number: u32) -> bool {
        let asked = self.asked.get_mut(number as usize);
        asked.is_some_and(|asked| !core::mem::replace(asked, true))
    }

    /// The functions that call one of these and were not asked about before.
    pub(super) fn of(&mut self, callees: &[u32]) -> Vec<u32> {
        let mut found = Vec::new();
        if callees.is_empty() {
            return found;
        }
        let mut wanted = vec![false; self.layout.bodies.len()];
        for &callee in callees {
            if let Some(wanted) = wanted.get_mut(callee as usize) {
                *wanted = true;
            }
        }
        let is_wanted = |callee: u32| wanted.get(callee as usize) == Some(&true);
        let code = self.layout.code();
        let start = code.start as usize;
        let code = code.of(self.bytes);
        let mut number = 0;
        let mut may_call: Vec<u32> = Vec::new();
        let imported = self.layout.imported;
        let own = |callee: u32| callee.checked_sub(imported).is_some_and(is_wanted);
        // The types of those that tables hold.
        let mut types: Vec<u32> = Vec::new();
        for &(of, callee) in &self.layout.tabled {
            if own(callee) && types.last() != Some(&of) && !self.layout.through(of).is_empty() {
                types.push(of);
            }
        }
        let through = if types.is_empty() { 0x10 } else { 0x11 };
        for at in memchr::memchr3_iter(0x10, 0x12, through, code) {
            let operand = Reader::new(code, at + 1, code.len()).u32();
            let is_call = |operand| match code.get(at) {
                Some(0x11) => types.binary_search(&operand).is_ok(),
                _ => own(operand),
            };
            if operand.is_some_and(is_call) {
                number = self.layout.function_at(start + at, number);
                if may_call.last() != Some(&number) {
                    may_call.push(number);
                }
            }
        }
        for number in may_call {
            if self.asked.get(number as usize) == Some(&false)
                && self.callees(number).iter().copied().any(is_wanted)
            {
                found.push(number);
            }
        }
        found
    }

    /// The functions whose code may point to one of these tables.
    pub(super) fn pointing(&self, addresses: &[Address]) -> Vec<(u32, Kernel)> {
        let mut found = Vec::new();
        let low = addresses.iter().map(|a| a.start).min().unwrap_or(u64::MAX);
        let high = addresses.iter().map(|a| a.end).max().unwrap_or(0);
        if low >= high {
            return found;
        }
        for (number, body) in (0..).zip(&self.layout.bodies) {
            let code = body.of(self.bytes);
            let mut at = 0;
            while let Some(&byte) = code.get(at) {
                // A constant, or an access with an alignment and an offset.
                let skip = match byte {
                    0x41 | 0x42 => 1,
                    0x28..=0x3e => 2,
                    _ => 0,
                };
                if skip > 0 {
                    let mut reader = Reader::new(code, at + skip, code.len());
                    let value = if skip == 1 {
                        reader.signed().map(i64::cast_unsigned)
                    } else {
                        reader.u64()
                    };
                    if let Some(value) = value.filter(|value| (low..high).contains(value)) {
                        for table in addresses {
                            let item = (number, table.kernel);
                            if (table.start..table.end).contains(&value)
                                && found.last() != Some(&item)
                            {
                                found.push(item);
                            }
                        }
                    }
                }
                at += 1;
            }
        }
        found
    }

    fn read(&mut self, number: u32) -> Option<&Known> {
        let place = self.known.get_mut(number as usize)?;
        if place.is_none() {
            let body = self.layout.bodies.get(number as usize)?;
            let mut reader = Reader::new(self.bytes, body.start as usize, body.end as usize);
            let mut known = Known::default();
            let _ = read(&mut reader, self.layout, &mut known);
            known.callees.sort_unstable();
            known.callees.dedup();
            *place = Some(Box::new(known));
        }
        place.as_deref()
    }
}

/// Reads a function as far as it can be.
fn read(reader: &mut Reader<'_>, layout: &Layout, known: &mut Known) -> Option<()> {
    for _ in 0..reader.u32()? {
        reader.u32()?;
        value_type(reader)?;
    }
    loop {
        let code = reader.byte()?;
        if let 0x11 | 0x13 = code {
            let through = layout.through(reader.u32()?);
            reader.u32()?;
            let own = |item: &(u32, u32)| item.1.checked_sub(layout.imported);
            known.callees.extend(through.iter().filter_map(own));
        } else if let 0x10 | 0x12 = code {
            if let Some(callee) = reader.u32()?.checked_sub(layout.imported) {
                known.callees.push(callee);
            }
        } else if operator::skip_rest(code, reader)? == Nesting::Loop {
            known.loops = true;
        }
    }
}
