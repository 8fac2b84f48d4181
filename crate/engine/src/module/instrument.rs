//! Counts the work of a watched module in the module itself, and makes it stoppable.
//!
//! The functions that hold a kernel or reach one get a check at the head of their loops and at
//! their own: a share of fuel is taken, and when it is used up, a function of ours is called. That
//! one counts, calls whoever was put into a table of ours, fills up again, and traps if a switch of
//! ours is on, which no handler of the module can catch. Everything new is added at the end of its
//! index space, so that nothing that was there is renumbered; four globals and the table are
//! exported under names that the caller chose.
//!
//! A call that never returns can be one long computation or a search. Where an exported function leaves
//! its hashing to others and needs two kernels or more for it, each turn of a loop that reaches all of
//! them is another whole hash: such turns are counted as calls are.
//!
//! Limits: a function with an operator that is not known stays as it is, and so does a module
//! whose outline does not parse; what a start function does is not told to anyone, as it runs before
//! there is someone in the table. The caller lets the platform validate the outcome.

use super::kernels::Kernels;
use super::layout::{Layout, MAGIC, Span};
use super::operator::{Nesting, skip};
use super::pow::Reach;
use super::reader::Reader;
use super::walk::Gathered;
use super::writer::{section, signed, unsigned};
use crate::order::sort;

/// Units of work between two calls of ours; about ten milliseconds of an optimised hash function.
pub const PERIOD: i32 = 1 << 25;
/// Bytes of code for one unit.
const UNIT: usize = 8;
/// The innermost loops that are shorter are not worth a check: what is around them has one.
const SHORTEST: usize = 256;
/// Functions without a loop that are shorter have no check of their own.
const SHORTEST_FUNCTION: usize = 160;
/// Larger modules are not instrumented: only their hash functions would be worth it, and a copy
/// of the whole is too much.
const LARGEST: usize = 64 << 20;

/// What follows the caller's name in the names of the exports, in this order: fuel, switch, calls
/// of exported functions, work done, and the table.
pub const SUFFIXES: [u8; 5] = *b"fscwt";

/// Added to the count of calls from the start where turns of a search within a call are counted too.
const SEEN_WITHIN: i32 = i32::MIN;

/// Indices of what is added.
struct Added {
    hook_type: u32,
    table: u32,
    fuel: u32,
    switch: u32,
    calls: u32,
    work: u32,
    tick: u32,
    /// What the count of calls starts from.
    first: i32,
}

/// What is done to one function.
#[derive(Clone, Copy, Default)]
struct Wanted {
    /// A check at the head of its loops.
    loops: bool,
    /// A check at its own head.
    head: bool,
    /// Its calls are counted.
    calls: bool,
}

/// What is done to a module.
struct Plan {
    /// Function by function, those that are defined.
    functions: Vec<Wanted>,
    /// Where the loops begin whose turns are counted as calls are, in order.
    turns: Vec<u32>,
    /// Whether a search within a call would be among those.
    sees_within: bool,
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
        tick: layout.imported.checked_add(defined)?,
        first: if plan.sees_within { SEEN_WITHIN } else { 0 },
    };
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8 + 256);
    out.extend_from_slice(MAGIC);
    let mut reader = Reader::new(bytes, MAGIC.len(), bytes.len());
    let mut missing = [4u8, 6, 7].as_slice();
    let mut seen = 0u32;
    while !reader.is_done() {
        let id = reader.byte()?;
        let size = reader.u32()? as usize;
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
    let count = reader.u32()?;
    let mut out = Vec::with_capacity(content.len() + 160);
    let more = match id {
        6 => 4,
        7 => 5,
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
            // The end of that, the switch, the calls, the work.
            out.extend_from_slice(&[0x0b, 0x7f, 1, 0x41, 0, 0x0b, 0x7f, 1, 0x41]);
            signed(&mut out, i64::from(added.first));
            out.extend_from_slice(&[0x0b, 0x7e, 1, 0x42, 0, 0x0b]);
        }
        _ => {
            let indices = [
                added.fuel,
                added.switch,
                added.calls,
                added.work,
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
/// found, all of them. And which loops are turns of a search.
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
            calls: false,
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
    // Whole hashes: what exported functions reach, but not what only their parts do.
    let mut whole: Vec<Kernels> = exported.iter().map(|&index| of(index)).collect();
    sort(&mut whole, |a, b| a.0 < b.0);
    whole.dedup();
    let within = |part: &Kernels, of: &Kernels| part != of && part.0 & of.0 == part.0;
    let parts = whole.clone();
    whole.retain(|one| one.0.count_ones() > 1 && !parts.iter().any(|other| within(one, other)));
    // One that hashes by itself may have the search in it too, where its turns cannot be told apart.
    let leaves = |index: &usize| {
        let own = gathered.functions.get(*index);
        own.is_some_and(|function| function.kernels.is_empty()) && whole.contains(&of(*index))
    };
    let sees_within = exported.iter().any(leaves);
    let mut turns: Vec<u32> = gathered
        .loops
        .iter()
        .zip(reach.loops())
        .filter(|(_, kernels)| whole.contains(kernels))
        .map(|(item, _)| item.offset)
        .collect();
    sort(&mut turns, |a, b| a < b);
    Plan {
        functions,
        turns,
        sees_within,
    }
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
        let turns = &plan.turns;
        if function(bytes, span, parameters, wanted, turns, added, &mut body).is_some() {
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

/// A loop of a function: where its first operator is, and how long it is without those inside.
struct Head {
    offset: u32,
    at: usize,
    own: usize,
    innermost: bool,
}

/// Writes the body of one function with its checks; `None` where it stays as it is.
fn function(
    bytes: &[u8],
    span: Span,
    parameters: u64,
    wanted: Wanted,
    turns: &[u32],
    added: &Added,
    out: &mut Vec<u8>,
) -> Option<()> {
    if !wanted.loops && !wanted.calls {
        return None;
    }
    let mut reader = Reader::new(bytes, span.start as usize, span.end as usize);
    let groups = reader.u32()?;
    let declared = reader.position();
    let mut local = parameters;
    for _ in 0..groups {
        local += u64::from(reader.u32()?);
        super::layout::value_type(&mut reader)?;
    }
    let start = reader.position();
    let heads = if wanted.loops {
        heads(&mut reader, turns)?
    } else {
        Vec::new()
    };
    let end = span.end as usize;
    let length = end.checked_sub(start)?;
    let head = wanted.head && heads.is_empty() && length >= SHORTEST_FUNCTION;
    if !wanted.calls && !head && heads.is_empty() {
        return None;
    }
    unsigned(out, u64::from(groups) + 1);
    out.extend_from_slice(bytes.get(declared..start)?);
    out.extend_from_slice(&[1, 0x7f]);
    if wanted.calls {
        count(out, added);
    }
    if head {
        check(out, length, local, added);
    }
    let mut copied = start;
    for head in heads {
        out.extend_from_slice(bytes.get(copied..head.at)?);
        if turns.binary_search(&head.offset).is_ok() {
            count(out, added);
        }
        check(out, head.own, local, added);
        copied = head.at;
    }
    out.extend_from_slice(bytes.get(copied..end)?);
    Some(())
}

/// The loops that get a check, in order.
fn heads(reader: &mut Reader<'_>, turns: &[u32]) -> Option<Vec<Head>> {
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
                found.push(Head {
                    offset: u32::try_from(before).ok()?,
                    at: reader.position(),
                    own: 0,
                    innermost: true,
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
    found.retain(|head| {
        !head.innermost || head.own >= SHORTEST || turns.binary_search(&head.offset).is_ok()
    });
    Some(found)
}

/// Counts a call, or what is as good as one.
fn count(out: &mut Vec<u8>, added: &Added) {
    out.push(0x23); // global.get
    unsigned(out, u64::from(added.calls));
    out.extend_from_slice(&[0x41, 1, 0x6a, 0x24]); // i32.const 1, i32.add, global.set
    unsigned(out, u64::from(added.calls));
}

/// Takes fuel for so many bytes of code and calls [`tick`] when there is none left.
fn check(out: &mut Vec<u8>, length: usize, local: u64, added: &Added) {
    let units = (length / UNIT + 1).min(4_096);
    out.push(0x23); // global.get
    unsigned(out, u64::from(added.fuel));
    out.push(0x41); // i32.const
    signed(out, i64::try_from(units).unwrap_or(1));
    out.extend_from_slice(&[0x6b, 0x22]); // i32.sub, local.tee
    unsigned(out, local);
    out.push(0x24); // global.set
    unsigned(out, u64::from(added.fuel));
    out.push(0x20); // local.get
    unsigned(out, local);
    out.extend_from_slice(&[0x41, 0, 0x48, 0x04, 0x40, 0x10]); // i32.const 0, i32.lt_s, if, call
    unsigned(out, u64::from(added.tick));
    out.push(0x0b);
}

/// The function that is called when the fuel is used up.
fn tick(added: &Added) -> Vec<u8> {
    let mut out = vec![0];
    // work += PERIOD - fuel; fuel = PERIOD
    out.push(0x23);
    unsigned(&mut out, u64::from(added.work));
    out.push(0x42);
    signed(&mut out, i64::from(PERIOD));
    out.push(0x23);
    unsigned(&mut out, u64::from(added.fuel));
    out.extend_from_slice(&[0xac, 0x7d, 0x7c, 0x24]);
    unsigned(&mut out, u64::from(added.work));
    out.push(0x41);
    signed(&mut out, i64::from(PERIOD));
    out.push(0x24);
    unsigned(&mut out, u64::from(added.fuel));
    // if the table holds a function, call it
    out.extend_from_slice(&[0x41, 0, 0x25]);
    unsigned(&mut out, u64::from(added.table));
    out.extend_from_slice(&[0xd1, 0x45, 0x04, 0x40, 0x41, 0, 0x11]);
    unsigned(&mut out, u64::from(added.hook_type));
    unsigned(&mut out, u64::from(added.table));
    out.push(0x0b);
    // if the switch is on, trap
    out.push(0x23);
    unsigned(&mut out, u64::from(added.switch));
    out.extend_from_slice(&[0x04, 0x40, 0x00, 0x0b, 0x0b]);
    out
}
