//! Who calls whom, asked about a few functions without walking all. Callers are found by the bytes
//! of a call; whether there really is one is read from the function. Calls through tables are
//! followed where tables hold few functions. Tables and globals count as functions after the defined
//! ones, "called" by who calls through them, or sets them.

use super::kernels::Kernel;
use super::lanes;
use super::layout::{self, Layout, TABLES};
use super::operator::{self, Nesting};
use super::reader::Reader;
use super::walk::Address;
use crate::order::sort_each_once;

/// Of code in which more than each eighth byte may begin a call, callers are not told.
const DENSE: usize = 8;
/// Globals beyond these are not told apart from the last one.
const GLOBALS: u32 = 64;
/// How many numbers follow those of the functions.
const OTHERS: u32 = TABLES + GLOBALS;

/// What is read of a function.
#[derive(Clone, Default)]
struct Known {
    /// What it calls, by number.
    callees: Vec<u32>,
    /// Whether it has a loop.
    loops: bool,
}

/// The functions with a byte before a number that makes it a call, if it begins an operator.
struct Sites {
    /// The callers by number, one function's after another's; then those through tables, by `types`.
    callers: Vec<u32>,
    /// Where they begin; one more at the end.
    starts: Vec<u32>,
    /// What calls of functions that tables hold are known by.
    types: Vec<u32>,
}

/// See the file's head.
pub(super) struct Callers<'a> {
    bytes: &'a [u8],
    layout: &'a Layout,
    known: Vec<Option<Box<Known>>>,
    /// Which functions were asked about.
    asked: Vec<bool>,
    /// Made when it is first asked who calls.
    sites: Option<Sites>,
}

impl<'a> Callers<'a> {
    /// Nothing read yet.
    pub(super) fn new(bytes: &'a [u8], layout: &'a Layout) -> Self {
        Self {
            bytes,
            layout,
            known: vec![None; layout.bodies.len()],
            asked: vec![false; layout.bodies.len()],
            sites: None,
        }
    }

    /// Where the functions are.
    pub(super) fn layout(&self) -> &'a Layout {
        self.layout
    }

    /// What this function calls, each once.
    pub(super) fn callees(&mut self, number: u32) -> &[u32] {
        self.read(number).map_or(&[], |known| &known.callees)
    }

    /// Whether this function has a loop.
    pub(super) fn loops(&mut self, number: u32) -> bool {
        self.read(number).is_some_and(|known| known.loops)
    }

    /// How many numbers there are, of functions, tables and globals.
    pub(super) fn all(&self) -> usize {
        self.layout.bodies.len() + OTHERS as usize
    }

    /// Asks about a function; whether that is for the first time.
    pub(super) fn ask(&mut self, number: u32) -> bool {
        let asked = self.asked.get_mut(number as usize);
        asked.is_some_and(|asked| !core::mem::replace(asked, true))
    }

    /// The functions that call one of these, in order; `None` where that cannot be told, or where more than so
    /// many may call one.
    #[inline(never)]
    pub(super) fn of(&mut self, callees: &[u32], most: usize) -> Option<Vec<u32>> {
        let mut found = Vec::new();
        if callees.is_empty() {
            return Some(found);
        }
        if self.sites.is_none() {
            self.sites = Some(Sites::read(self.bytes, self.layout)?);
        }
        let sites = self.sites.as_ref()?;
        let mut wanted = vec![false; self.all()];
        let mut may_call = wanted.clone();
        for &callee in callees {
            if let Some(wanted) = wanted.get_mut(callee as usize) {
                *wanted = true;
            }
            let mut left = most;
            for &caller in sites.of(callee, self.layout) {
                left = left.checked_sub(1)?;
                if let Some(may) = may_call.get_mut(caller as usize) {
                    *may = true;
                }
            }
        }
        for (number, _) in (0..).zip(may_call).filter(|item| item.1) {
            let is_wanted = |callee: &u32| wanted.get(*callee as usize) == Some(&true);
            if self.callees(number).iter().any(is_wanted) {
                found.push(number);
            }
        }
        Some(found)
    }

    /// The functions whose code may point to one of these tables.
    pub(super) fn pointing(&self, addresses: &[Address]) -> Vec<(u32, Kernel)> {
        let mut found = Vec::new();
        let low = addresses.iter().map(|a| a.start).min().unwrap_or(u64::MAX);
        let high = addresses.iter().map(|a| a.end).max().unwrap_or(0);
        if low >= high {
            return found;
        }
        let code = self.layout.code();
        let start = code.start as usize;
        let code = code.of(self.bytes);
        // How many bytes of the lowest say that another follows.
        let more = (low >= 1 << 7) as usize + (low >= 1 << 14) as usize;
        let mut number = 0;
        lanes::pointers(code, more, |at| {
            // A constant, or an access with an alignment and an offset.
            let value = match code.get(at) {
                Some(0x41 | 0x42) => Reader::new(code, at + 1, code.len())
                    .signed()
                    .map(i64::cast_unsigned),
                _ => Reader::new(code, at + 2, code.len()).u64(),
            };
            let Some(value) = value.filter(|value| (low..high).contains(value)) else {
                return;
            };
            number = self.layout.function_at(start + at, number);
            for table in addresses {
                let item = (number, table.kernel);
                if (table.start..table.end).contains(&value) && found.last() != Some(&item) {
                    found.push(item);
                }
            }
        });
        found
    }

    fn read(&mut self, number: u32) -> Option<&Known> {
        let place = self.known.get_mut(number as usize)?;
        if place.is_none() {
            let body = self.layout.bodies.get(number as usize)?;
            let mut reader = Reader::new(self.bytes, body.start as usize, body.end as usize);
            let mut known = Known::default();
            let _ = read(&mut reader, self.layout, &mut known);
            sort_each_once(&mut known.callees);
            *place = Some(Box::new(known));
        }
        place.as_deref()
    }
}

impl Sites {
    /// Reads all code once; `None` where too much of it may be calls.
    fn read(bytes: &[u8], layout: &Layout) -> Option<Self> {
        let mut types: Vec<u32> = layout.tabled.iter().map(|item| item.0).collect();
        types.dedup();
        let code = layout.code();
        let start = code.start as usize;
        let code = code.of(bytes);
        let most = code.len() / DENSE;
        let after = layout.bodies.len() + OTHERS as usize;
        let slots = after + types.len();
        let mut calls: Vec<(u32, u32)> = Vec::new();
        let mut counts = vec![0u32; slots + 2];
        let mut number = 0;
        lanes::calls(code, |at| {
            let operand = Reader::new(code, at + 1, code.len()).u32();
            let slot = operand.and_then(|operand| match code.get(at) {
                Some(0x11 | 0x13) => {
                    let known = code.get(at + 1..).and_then(|rest| {
                        let mut rest = Reader::new(rest, 0, rest.len());
                        through(&mut rest).map(|(_, known)| known)
                    })?;
                    Some(after + types.binary_search(&known).ok()?)
                }
                Some(0x24) => Some(global(layout, operand) as usize),
                _ => Some(operand.checked_sub(layout.imported)? as usize)
                    .filter(|&callee| callee < layout.bodies.len()),
            });
            let Some(slot) = slot else { return };
            number = layout.function_at(start + at, number);
            let call = (slot as u32, number);
            if calls.len() <= most && calls.last() != Some(&call) {
                calls.push(call);
                if let Some(count) = counts.get_mut(slot + 2) {
                    *count += 1;
                }
            }
        });
        if calls.len() > most {
            return None;
        }
        // Where each begins, one place too late; every caller that is put there moves it on.
        let mut sum = 0;
        for count in &mut counts {
            sum += *count;
            *count = sum;
        }
        let mut callers = vec![0; calls.len()];
        for (slot, caller) in calls {
            if let Some(next) = counts.get_mut(slot as usize + 1) {
                if let Some(place) = callers.get_mut(*next as usize) {
                    *place = caller;
                }
                *next += 1;
            }
        }
        Some(Self {
            callers,
            starts: counts,
            types,
        })
    }

    /// Who may call this.
    fn of(&self, callee: u32, layout: &Layout) -> impl Iterator<Item = &u32> {
        let index = callee.saturating_add(layout.imported);
        let types = layout
            .tabled
            .iter()
            .filter(move |item| item.1 == index)
            .filter_map(|item| self.types.binary_search(&item.0).ok())
            .map(|place| layout.bodies.len() + OTHERS as usize + place);
        let slots = core::iter::once(callee as usize).chain(types);
        slots.flat_map(|slot| {
            let start = self.starts.get(slot).copied().unwrap_or(0) as usize;
            let end = self.starts.get(slot + 1).copied().unwrap_or(0) as usize;
            self.callers.get(start..end).unwrap_or_default()
        })
    }
}

/// Reads what follows a call through a table: the table, and what the call is known by.
fn through(reader: &mut Reader<'_>) -> Option<(u32, u32)> {
    let of = reader.u32()?;
    let table = reader.u32()?;
    Some((table, layout::through(table, of)))
}

/// The number of a table.
fn table(layout: &Layout, table: u32) -> u32 {
    layout.bodies.len() as u32 + table.min(TABLES - 1)
}

/// The number of a global.
fn global(layout: &Layout, global: u32) -> u32 {
    layout.bodies.len() as u32 + TABLES + global.min(GLOBALS - 1)
}

/// Reads a function as far as it can be.
fn read(reader: &mut Reader<'_>, layout: &Layout, known: &mut Known) -> Option<()> {
    layout::locals(reader)?;
    loop {
        let code = reader.byte()?;
        if let 0x11 | 0x13 = code {
            let (table, known_by) = through(reader)?;
            known.callees.push(self::table(layout, table));
            let through = layout.through(known_by);
            let own = |item: &(u32, u32)| item.1.checked_sub(layout.imported);
            known.callees.extend(through.iter().filter_map(own));
        } else if let 0x10 | 0x12 = code {
            if let Some(callee) = reader.u32()?.checked_sub(layout.imported) {
                known.callees.push(callee);
            }
        } else if code == 0x24 {
            known.callees.push(global(layout, reader.u32()?));
        } else if operator::skip_rest(code, reader)? == Nesting::Loop {
            known.loops = true;
        }
    }
}
