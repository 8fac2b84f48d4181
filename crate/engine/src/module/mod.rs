//! Inspection of WebAssembly modules: what a module must do, not what it is called.
//!
//! One lenient pass over the operators with a small symbolic stack per function; kernels by their
//! constants and by the shape of their arithmetic; then what the kernels are wired to. The result
//! is a list of facts; signatures decide what they mean. Bounded: linear time, memory
//! proportional to the input, no recursion on it, no panic. A module that does not parse is the
//! browser's to refuse; what could be read of it is still reported.

mod census;
mod constants;
mod extended;
mod frame;
mod instrument;
mod kernels;
mod layout;
mod names;
mod operator;
mod pow;
mod reader;
mod report;
mod value;
mod walk;

use std::borrow::Cow;

use crate::verdict::Findings;
use constants::{Constants, Found};
pub use instrument::{PERIOD, SUFFIXES};
use layout::{Layout, MAGIC};
use walk::{Address, Gathered, Walker};

/// Modules inside modules are inspected down to this depth, this many in all.
const MOST_NESTED: usize = 16;
/// More bytes than this are not inspected.
const LARGEST: usize = 512 << 20;

/// Inspects a module, and the modules inside its data.
pub fn inspect(bytes: &[u8]) -> Findings {
    let mut report = Findings::default();
    if bytes.len() > LARGEST {
        report.not_inspected = Some(Cow::Borrowed("not inspected: larger than 512 MiB"));
        return report;
    }
    let mut queue = vec![(0usize, bytes.len())];
    let mut next = 0;
    while let Some(&(start, end)) = queue.get(next) {
        let slice = bytes.get(start..end).unwrap_or_default();
        let Some(layout) = Layout::read(slice) else {
            if next == 0 {
                report.not_inspected = Some(Cow::Borrowed(
                    "not inspected: not a WebAssembly core module",
                ));
                return report;
            }
            next += 1;
            continue;
        };
        one(slice, &layout, start as u32, &mut report);
        if layout.damaged && next == 0 {
            report.not_inspected = Some(Cow::Borrowed("not inspected: cut short or malformed"));
        }
        for segment in &layout.segments {
            nested(
                slice,
                segment.span.start as usize,
                segment.span.end as usize,
                start,
                &mut queue,
            );
        }
        next += 1;
    }
    if queue.len() > 1 {
        let at = queue.get(1).map_or(0, |part| part.0);
        report.add(report::fact(
            "module-in-module",
            queue.len() as u32 - 1,
            None,
            at as u32,
            "",
        ));
    }
    report
}

/// The module with a counter and a switch in the loops of its suspicious functions, exported under
/// `name` with each of [`SUFFIXES`] after it; `None` where that cannot be done.
pub fn instrument(bytes: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let layout = Layout::read(bytes)?;
    let (_, gathered) = gather(bytes, &layout);
    instrument::rewrite(bytes, &layout, &gathered, name)
}

/// Queues the modules that begin inside a data segment.
fn nested(bytes: &[u8], start: usize, end: usize, base: usize, queue: &mut Vec<(usize, usize)>) {
    let mut position = start;
    while queue.len() < MOST_NESTED
        && let Some(rest) = bytes.get(position..end)
        && let Some(found) = rest.windows(MAGIC.len()).position(|window| window == MAGIC)
    {
        let at = position + found;
        queue.push((base + at, base + end));
        position = at + MAGIC.len();
    }
}

fn one(bytes: &[u8], layout: &Layout, base: u32, report: &mut Findings) {
    let (found, gathered) = gather(bytes, layout);
    report::write(bytes, layout, &found, &gathered, base, report);
}

/// Finds the tables of constants and walks every function.
fn gather(bytes: &[u8], layout: &Layout) -> (Vec<Found>, Gathered) {
    let constants = Constants::get();
    let found = constants.search(bytes, layout);
    let mut addresses: Vec<Address> = Vec::new();
    for item in &found {
        if let (Some(start), Some(kernel)) = (item.address, constants.kernel(item.table)) {
            addresses.push(Address {
                start,
                end: start.saturating_add(u64::from(item.length)),
                kernel,
            });
        }
    }
    let mut gathered = walk_all(bytes, layout, &addresses);
    // Passive segments get their addresses from the code that copies them.
    let passive = found.iter().any(|item| item.address.is_none());
    if passive && !gathered.copies.is_empty() {
        for item in found.iter().filter(|item| item.address.is_none()) {
            let copy = gathered.copies.iter().find(|copy| copy.0 == item.segment);
            let segment = layout.segments.get(item.segment as usize);
            if let (Some(&(_, to)), Some(segment), Some(kernel)) =
                (copy, segment, constants.kernel(item.table))
            {
                let within = u64::from(item.offset.saturating_sub(segment.span.start));
                let start = to.saturating_add(within);
                addresses.push(Address {
                    start,
                    end: start.saturating_add(u64::from(item.length)),
                    kernel,
                });
            }
        }
        gathered = walk_all(bytes, layout, &addresses);
    }
    (found, gathered)
}

fn walk_all(bytes: &[u8], layout: &Layout, addresses: &[Address]) -> Gathered {
    let mut walker = Walker::new(bytes, layout, addresses);
    for (number, &body) in layout.bodies.iter().enumerate() {
        walker.walk(layout.imported.saturating_add(number as u32), body);
    }
    walker.gathered
}
