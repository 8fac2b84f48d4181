//! Counts the work of a watched module in the module itself, and makes it stoppable.
//!
//! The functions that hold a kernel or reach one get a check at the head of their loops and at
//! their own: a share of fuel is taken, and when it is used up, a function of ours is called. That
//! one counts, calls whoever was put into a table of ours, fills up again, and traps if a switch of
//! ours is on, which no handler of the module can catch. Everything new is added at the end of its
//! index space, so that nothing that was there is renumbered; five globals and the table are
//! exported under names that the caller chose.
//!
//! A call that never returns can be one long computation or a search. The kernels that work within it
//! tell: a key derivation leaves the one that it began with and comes back to it at its end, while a
//! search needs all of them for each hash. So each function and each loop with kernels of its own leaves
//! a mark, and when fuel is used up, the marks are looked at: where all that were ever seen in this call
//! are there once more, or one is back after others had been at work without it, another hash has begun,
//! and that is counted as a call is. Whatever calls whatever how, a loop, a table, itself, is the same here.
//!
//! Limits: a function with an operator that is not known stays as it is, and so does a module
//! whose outline does not parse; what a start function does is not told to anyone, as it runs before
//! there is someone in the table. The caller lets the platform validate the outcome.

mod counters;

use counters::{Added, begin, check, mark, tick};

use super::kernels::{Kernel, Kernels};
use super::layout::{Layout, MAGIC, Span};
use super::operator::{Nesting, skip};
use super::pow::Reach;
use super::reader::Reader;
use super::walk::Gathered;
use super::writer::{section, signed, unsigned};
use crate::order::sort;

/// Units of work between two calls of ours; about ten milliseconds of an optimised hash function.
pub const PERIOD: i32 = 1 << 25;
/// The innermost loops that are shorter are not worth a check: what is around them has one.
const SHORTEST: usize = 256;
/// Functions without a loop that are shorter have no check of their own.
const SHORTEST_FUNCTION: usize = 160;
/// Larger modules are not instrumented: only their hash functions would be worth it, and a copy
/// of the whole is too much.
const LARGEST: usize = 64 << 20;

/// What follows the caller's name in the names of the exports, in this order: fuel, switch, calls
/// of exported functions and hashes within them, work done, marks of this call, and the table.
pub const SUFFIXES: [u8; 6] = *b"fscwpt";

/// Globals that are added: those that are exported and three of the marks.
const GLOBALS: u32 = 8;
/// What shows by less than a hash function: any code may look things up in a table.
const NOT_MARKED: [Kernel; 3] = [Kernel::Elsewhere, Kernel::WordLookups, Kernel::WideLookups];

/// What is done to one function.
#[derive(Clone, Copy, Default)]
struct Wanted {
    /// A check at the head of its loops.
    loops: bool,
    /// A check at its own head.
    head: bool,
    /// Its calls are counted.
    calls: bool,
    /// What it leaves a mark of where it begins.
    marks: i32,
}

/// What is done to a module.
struct Plan {
    /// Function by function, those that are defined.
    functions: Vec<Wanted>,
    /// Where loops begin that leave marks, in order, and which.
    loops: Vec<(u32, i32)>,
}

/// The module with counters and a switch, exported under `name` with each of [`SUFFIXES`]; `None`
/// where it cannot be done.
pub(super) fn rewrite(
    bytes: &[u8],
    layout: &Layout,
    gathered: &Gathered,
    name: &[u8],
) -> Option<Vec<u8>> {
    if layout.damaged || bytes.len() > LARGEST || name.len() > 100 {
        return None;
    }
    let defined = u32::try_from(layout.bodies.len()).ok()?;
    let globals = layout.globals;
    let plan = choose(layout, gathered);
    let added = Added {
        hook_type: u32::try_from(layout.types.len()).ok()?,
        table: layout.tables,
        fuel: globals,
        switch: globals.checked_add(1)?,
        calls: globals.checked_add(2)?,
        work: globals.checked_add(3)?,
        marks: globals.checked_add(4)?,
        fresh: globals.checked_add(5)?,
        since: globals.checked_add(6)?,
        last: globals.checked_add(7)?,
        tick: layout.imported.checked_add(defined)?,
    };
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8 + 256);
    out.extend_from_slice(MAGIC);
    let mut reader = Reader::new(bytes, MAGIC.len(), bytes.len());
    let mut missing = [4u8, 6, 7].as_slice();
    let mut seen = 0u32;
    while !reader.is_done() {
        let id = reader.byte()?;
        let size = reader.number()? as usize;
        let content = reader.take(size)?;
        if id == 0 {
            section(&mut out, 0, content);
            continue;
        }
        if id > 30 || seen & (1 << id) != 0 {
            return None;
        }
        seen |= 1 << id;
        while let Some((&first, rest)) = missing.split_first()
            && rank(first) <= rank(id)
        {
            if first != id {
                section(&mut out, first, &grown(&[0], first, &added, name)?);
            }
            missing = rest;
        }
        match id {
            1 | 3 | 4 | 6 | 7 => section(&mut out, id, &grown(content, id, &added, name)?),
            10 => section(&mut out, id, &code(bytes, layout, &plan, &added)?),
            _ => section(&mut out, id, content),
        }
    }
    // Types, functions and code: without them there is nothing to count.
    (seen & 0b100_0000_1010 == 0b100_0000_1010 && missing.is_empty()).then_some(out)
}

/// The place of a section in the order that the specification fixes.
fn rank(id: u8) -> u8 {
    match id {
        13 => 6,           // tags, after memories
        14 => 7,           // strings
        6..=9 => id + 2,   // globals, exports, start, elements
        12 => 12,          // count of data segments
        10 | 11 => id + 3, // code, data
        _ => id,
    }
}

/// A section that is a vector, with our entries at its end.
fn grown(content: &[u8], id: u8, added: &Added, name: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(content, 0, content.len());
    let count = reader.number()?;
    let mut out = Vec::with_capacity(content.len() + 160);
    let more = match id {
        6 => GLOBALS,
        7 => SUFFIXES.len() as u32,
        _ => 1,
    };
    unsigned(&mut out, u64::from(count.checked_add(more)?));
    out.extend_from_slice(reader.take(reader.left())?);
    match id {
        1 => out.extend_from_slice(&[0x60, 0, 0]),
        3 => unsigned(&mut out, u64::from(added.hook_type)),
        4 => out.extend_from_slice(&[0x70, 1, 1, 1]),
        6 => {
            out.extend_from_slice(&[0x7f, 1, 0x41]);
            signed(&mut out, i64::from(PERIOD));
            // The end of that, the switch, the calls, the work, the marks.
            out.extend_from_slice(&[0x0b, 0x7f, 1, 0x41, 0, 0x0b, 0x7f, 1, 0x41, 0, 0x0b]);
            out.extend_from_slice(&[0x7e, 1, 0x42, 0, 0x0b]);
            out.extend_from_slice(&[0x7f, 1, 0x41, 0, 0x0b].repeat(4));
        }
        _ => {
            let indices = [
                added.fuel,
                added.switch,
                added.calls,
                added.work,
                added.marks,
                added.table,
            ];
            for (suffix, index) in SUFFIXES.into_iter().zip(indices) {
                unsigned(&mut out, name.len() as u64 + 1);
                out.extend_from_slice(name);
                out.push(suffix);
                out.push(if suffix == b't' { 1 } else { 3 });
                unsigned(&mut out, u64::from(index));
            }
        }
    }
    Some(out)
}

/// Which functions are worth a check: those that hold a kernel or reach one; where no kernel was
/// found, all of them. And where marks are left.
fn choose(layout: &Layout, gathered: &Gathered) -> Plan {
    let reach = Reach::new(gathered, layout);
    let reached = reach.functions();
    let all = reached.iter().all(|kernels| kernels.is_empty());
    let mut functions: Vec<Wanted> = reached
        .iter()
        .zip(&gathered.functions)
        .map(|(reached, function)| Wanted {
            loops: all || !reached.is_empty(),
            head: !function.kernels.is_empty(),
            ..Wanted::default()
        })
        .collect();
    let exported: Vec<usize> = layout
        .names
        .iter()
        .filter(|name| name.2)
        .filter_map(|name| name.1.checked_sub(layout.imported))
        .map(|index| index as usize)
        .collect();
    let of = |index: usize| reached.get(index).copied().unwrap_or_default();
    let telling = exported.iter().any(|&index| !of(index).is_empty());
    for &index in &exported {
        if let Some(function) = functions.get_mut(index) {
            function.calls = !telling || !of(index).is_empty();
        }
    }
    let loops = marks(gathered, &mut functions);
    Plan { functions, loops }
}

/// Gives each kernel a bit, and each function and loop those of the kernels that are its own.
fn marks(gathered: &Gathered, functions: &mut [Wanted]) -> Vec<(u32, i32)> {
    let all = gathered
        .functions
        .iter()
        .fold(0, |all, f| all | f.kernels.0);
    let all = NOT_MARKED
        .iter()
        .fold(Kernels(all), |all, &one| all.without(one))
        .0;
    let bits = |kernels: u64| {
        let mut bits = 0i32;
        for kernel in 0..64u32 {
            if kernels & all & (1 << kernel) != 0 {
                let place = (all & ((1 << kernel) - 1)).count_ones();
                bits |= 1i32.checked_shl(place.min(31)).unwrap_or(0);
            }
        }
        bits
    };
    let mut own: Vec<u64> = gathered.loops.iter().map(|item| item.kernels.0).collect();
    for item in &gathered.loops {
        let outer = (item.parent as usize).checked_sub(1);
        if let Some(outer) = outer.and_then(|outer| own.get_mut(outer)) {
            *outer &= !item.kernels.0;
        }
    }
    for (function, wanted) in gathered.functions.iter().zip(functions) {
        // One that is asked from outside begins once, whatever it does then.
        if wanted.calls {
            continue;
        }
        let loops = function.loops.0 as usize..function.loops.1 as usize;
        let within = gathered.loops.get(loops).unwrap_or_default();
        let within = within.iter().fold(0, |all, item| all | item.kernels.0);
        wanted.marks = bits(function.kernels.0 & !within);
    }
    let mut marks: Vec<(u32, i32)> = gathered
        .loops
        .iter()
        .zip(own)
        .map(|(item, own)| (item.offset, bits(own)))
        .filter(|mark| mark.1 != 0)
        .collect();
    sort(&mut marks, |a, b| a.0 < b.0);
    marks
}

fn code(bytes: &[u8], layout: &Layout, plan: &Plan, added: &Added) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    unsigned(&mut out, layout.bodies.len() as u64 + 1);
    let mut body = Vec::new();
    for (number, &span) in layout.bodies.iter().enumerate() {
        let index = layout.imported.checked_add(u32::try_from(number).ok()?)?;
        let whole = span.of(bytes);
        let wanted = plan.functions.get(number).copied().unwrap_or_default();
        body.clear();
        let parameters = u64::from(layout.arity(index).parameters);
        let marks = &plan.loops;
        if function(bytes, span, parameters, wanted, marks, added, &mut body).is_some() {
            unsigned(&mut out, body.len() as u64);
            out.extend_from_slice(&body);
        } else {
            unsigned(&mut out, whole.len() as u64);
            out.extend_from_slice(whole);
        }
    }
    let tick = tick(added);
    unsigned(&mut out, tick.len() as u64);
    out.extend_from_slice(&tick);
    Some(out)
}

/// A loop of a function: where its first operator is, how long it is without those inside, and what
/// marks it leaves.
struct Head {
    before: usize,
    at: usize,
    own: usize,
    innermost: bool,
    marks: i32,
}

impl Head {
    fn checked(&self) -> bool {
        !self.innermost || self.own >= SHORTEST
    }
}

/// Writes the body of one function with its checks; `None` where it stays as it is.
fn function(
    bytes: &[u8],
    span: Span,
    parameters: u64,
    wanted: Wanted,
    marks: &[(u32, i32)],
    added: &Added,
    out: &mut Vec<u8>,
) -> Option<()> {
    if !wanted.loops && !wanted.calls && wanted.marks == 0 {
        return None;
    }
    let mut reader = Reader::new(bytes, span.start as usize, span.end as usize);
    let groups = reader.number()?;
    let declared = reader.position();
    let mut local = parameters;
    for _ in 0..groups {
        local += u64::from(reader.number()?);
        super::layout::value_type(&mut reader)?;
    }
    let start = reader.position();
    let heads = if wanted.loops {
        heads(&mut reader, marks)?
    } else {
        Vec::new()
    };
    let end = span.end as usize;
    let length = end.checked_sub(start)?;
    let head = wanted.head && heads.is_empty() && length >= SHORTEST_FUNCTION;
    if !wanted.calls && !head && heads.is_empty() && wanted.marks == 0 {
        return None;
    }
    unsigned(out, u64::from(groups) + 1);
    out.extend_from_slice(bytes.get(declared..start)?);
    out.extend_from_slice(&[1, 0x7f]);
    if wanted.calls {
        begin(out, added);
    }
    mark(out, wanted.marks, added);
    if head {
        check(out, length, local, added);
    }
    let mut copied = start;
    for head in heads {
        // Where no fuel is taken, nothing is looked at either before the loop is left.
        let to = if head.checked() { head.at } else { head.before };
        out.extend_from_slice(bytes.get(copied..to)?);
        mark(out, head.marks, added);
        if head.checked() {
            check(out, head.own, local, added);
        }
        copied = to;
    }
    out.extend_from_slice(bytes.get(copied..end)?);
    Some(())
}

/// The loops that get a check, in order.
fn heads(reader: &mut Reader<'_>, marks: &[(u32, i32)]) -> Option<Vec<Head>> {
    let mut found: Vec<Head> = Vec::new();
    // For each open block: the innermost loop that it is or is in, as an index plus one.
    let mut open: Vec<usize> = vec![0];
    while let Some(&around) = open.last() {
        let before = reader.position();
        match skip(reader)? {
            Nesting::Flat => {}
            Nesting::Block => open.push(around),
            Nesting::Loop => {
                if let Some(outer) = around.checked_sub(1).and_then(|at| found.get_mut(at)) {
                    outer.innermost = false;
                }
                let offset = u32::try_from(before).ok()?;
                let of = marks.binary_search_by_key(&offset, |mark| mark.0);
                found.push(Head {
                    before,
                    at: reader.position(),
                    own: 0,
                    innermost: true,
                    marks: of.map_or(0, |at| marks.get(at).map_or(0, |mark| mark.1)),
                });
                open.push(found.len());
                continue;
            }
            Nesting::End => {
                open.pop();
            }
        }
        if let Some(around) = around.checked_sub(1).and_then(|at| found.get_mut(at)) {
            around.own += reader.position() - before;
        }
    }
    reader.is_done().then_some(())?;
    found.retain(|head| head.checked() || head.marks != 0);
    Some(found)
}
