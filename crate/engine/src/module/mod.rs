//! Inspection of WebAssembly modules: what a module must do, not what it is called.
//!
//! One lenient pass over the operators with a small symbolic stack per function; kernels by their
//! constants and by the shape of their arithmetic; then what the kernels are wired to. The result
//! is a list of facts; signatures decide what they mean. Bounded: linear time, memory
//! proportional to the input, no recursion on it, no panic. A module that does not parse is the
//! browser's to refuse; what could be read of it is still reported.

mod callers;
mod census;
mod constants;
mod extended;
mod frame;
mod instrument;
mod islands;
mod kernels;
mod lanes;
mod large;
mod layout;
mod names;
mod operator;
mod parts;
mod pow;
mod reader;
mod report;
mod runtime;
mod screen;
mod value;
mod walk;
mod writer;

use std::borrow::Cow;

use crate::signature::SignatureSet;
use crate::verdict::Findings;
use callers::Callers;
use constants::{Constants, Found};
pub use instrument::{PERIOD, SUFFIXES};
use kernels::Kernels;
use large::Extent;
use layout::Layout;
use walk::{Address, Gathered, Walker};
pub(crate) use writer::{section, signed, unsigned};

/// Modules inside modules are inspected down to this depth, this many in all.
const MOST_NESTED: usize = 16;
/// More bytes than this are not inspected.
const LARGEST: usize = 512 << 20;

/// Below this size a walk is done about as soon as it is known how little of it is needed.
const LIGHT: usize = 100_000;

/// Inspects a module, and the modules inside its data.
pub fn inspect(bytes: &[u8]) -> Findings {
    let (parts, report) = outline(bytes);
    walked(&parts, report)
}

/// The same, but a large module, or a smaller one that holds a curve, is walked only as far as something can
/// come of it by these signatures: where nothing can, the facts are those that needed no walk. Other modules,
/// of which a disguised hash may be all, and those with others inside are always walked.
pub fn inspect_for(bytes: &[u8], signatures: &SignatureSet) -> Findings {
    let (parts, mut report) = outline(bytes);
    let [part] = parts.as_slice() else {
        return walked(&parts, report);
    };
    let size = part.layout.size();
    // What code holds of a curve is said also where it is not walked: much is not said of a small module then.
    let mut curve = Vec::new();
    if size < report::SMALL {
        let found = if size < LIGHT || large::reads_constants(part) {
            None
        } else {
            large::curve(part)
        };
        match found {
            Some(found) => curve = found,
            None => return walked(&parts, report),
        }
    }
    let mut addresses = addresses(part, &[]);
    if addresses.len() < part.found.len() {
        let copying = walk(part, &addresses, Vec::new(), Some(&large::copying(part)));
        addresses = self::addresses(part, &copying.copies);
    }
    let (extent, islands) = large::extent(part, &addresses, signatures);
    let beside_curve = matches!(extent, Extent::BesideCurve(_));
    let mut gathered = match extent {
        Extent::Whole => gather(part),
        Extent::Some(functions) | Extent::BesideCurve(functions) => {
            let gathered = walk(part, &addresses, Vec::new(), Some(&functions));
            match gathered.lasting(&part.layout) {
                None => gathered,
                Some(mut lasting) => {
                    large::still_lasting(part, &mut lasting);
                    walk(part, &addresses, lasting, Some(&functions))
                }
            }
        }
    };
    gathered.beside_curve = beside_curve;
    gathered.islands = islands;
    gathered.hold(&curve, part.layout.imported);
    write(part, &gathered, &mut report);
    report
}

/// The facts of a module and of those inside it, from a walk of everything.
fn walked(parts: &[Part<'_>], mut report: Findings) -> Findings {
    for part in parts {
        let mut gathered = gather(part);
        let mut holds: Vec<(u32, Kernels)> = Vec::new();
        for (number, function) in (0..).zip(&gathered.functions) {
            if !function.kernels.is_empty() {
                holds.push((number, function.kernels));
            }
        }
        let mut callers = Callers::new(part.bytes, &part.layout);
        gathered.islands = islands::islands(&mut callers, &holds);
        write(part, &gathered, &mut report);
    }
    if let [_, first, rest @ ..] = parts {
        let count = rest.len() as u32 + 1;
        let fact = report::fact("module-in-module", count, None, first.base, "");
        report.add(fact);
    }
    report
}

/// Writes what was gathered of a module. One inside another is judged alone as well; its size says
/// nothing about the other.
fn write(part: &Part<'_>, gathered: &Gathered, report: &mut Findings) {
    let mut inner = Findings::default();
    let (bytes, layout, found) = (part.bytes, &part.layout, &part.found);
    if part.base == 0 {
        return report::write(bytes, layout, found, gathered, 0, report);
    }
    report::write(bytes, layout, found, gathered, part.base, &mut inner);
    for fact in inner.facts.iter().filter(|fact| !report::is_size(fact)) {
        report.add(fact.clone());
    }
    report.parts.push(inner.facts);
    report.parts.append(&mut inner.parts);
}

/// A module, or one inside another.
struct Part<'a> {
    bytes: &'a [u8],
    base: u32,
    layout: Layout,
    /// The tables of constants in its data.
    found: Vec<Found>,
}

/// Reads the outlines of a module and of those inside its data.
fn outline(bytes: &[u8]) -> (Vec<Part<'_>>, Findings) {
    let mut report = Findings::default();
    let mut parts = Vec::new();
    if bytes.len() > LARGEST {
        report.not_inspected = Some(Cow::Borrowed("not inspected: larger than 512 MiB"));
        return (parts, report);
    }
    let mut queue = vec![(0usize, bytes.len())];
    let mut next = 0;
    while let Some(&(start, end)) = queue.get(next) {
        let slice = bytes.get(start..end).unwrap_or_default();
        if let Some(layout) = Layout::read(slice) {
            if layout.damaged && next == 0 {
                report.not_inspected = Some(Cow::Borrowed("not inspected: cut short or malformed"));
            }
            let found = Constants::get().search(slice, &layout);
            for &(at, segment) in &found.modules {
                let end = layout.segments.get(segment as usize);
                let end = end.map_or(0, |segment| segment.span.end as usize);
                if queue.len() < MOST_NESTED {
                    queue.push((start + at as usize, start + end));
                }
            }
            parts.push(Part {
                bytes: slice,
                base: start as u32,
                layout,
                found: found.tables,
            });
        } else if next == 0 {
            report.not_inspected = Some(Cow::Borrowed(
                "not inspected: not a WebAssembly core module",
            ));
        }
        next += 1;
    }
    (parts, report)
}

/// The module with a counter and a switch in the loops of its suspicious functions, exported under
/// `name` with each of [`SUFFIXES`] after it; `None` where that cannot be done.
pub fn instrument(bytes: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let layout = Layout::read(bytes)?;
    let part = Part {
        bytes,
        base: 0,
        found: Constants::get().search(bytes, &layout).tables,
        layout,
    };
    instrument::rewrite(bytes, &part.layout, &gather(&part), name)
}

/// Walks every function, knowing where the tables of constants are.
fn gather(part: &Part<'_>) -> Gathered {
    let at_first = addresses(part, &[]);
    let mut gathered = walk(part, &at_first, Vec::new(), None);
    let lasting = gathered.lasting(&part.layout);
    if let Some(lasting) = &lasting {
        gathered = walk(part, &at_first, lasting.clone(), None);
    }
    let addresses = addresses(part, &gathered.copies);
    if addresses.len() > at_first.len() {
        gathered = walk(part, &addresses, lasting.unwrap_or_default(), None);
    }
    gathered
}

/// Where the tables of constants are in memory. Passive segments get their addresses from the code
/// that copies them: (segment, address).
fn addresses(part: &Part<'_>, copies: &[(u32, u64)]) -> Vec<Address> {
    let constants = Constants::get();
    let address = |item: &Found| {
        let start = item.address.or_else(|| {
            let copy = copies.iter().find(|copy| copy.0 == item.segment)?;
            let segment = part.layout.segments.get(item.segment as usize)?;
            let within = u64::from(item.offset.saturating_sub(segment.span.start));
            Some(copy.1.saturating_add(within))
        })?;
        Some(Address {
            start,
            end: start.saturating_add(u64::from(item.length)),
            kernel: constants.kernel(item.table)?,
        })
    };
    part.found.iter().filter_map(address).collect()
}

/// Walks all functions, or only some: by number among the defined ones, in order.
fn walk(
    part: &Part<'_>,
    addresses: &[Address],
    lasting: Vec<bool>,
    some: Option<&[u32]>,
) -> Gathered {
    let mut walker = Walker::new(part.bytes, &part.layout, addresses, lasting);
    let mut next = some.unwrap_or_default().iter().peekable();
    for (number, &body) in (0..).zip(&part.layout.bodies) {
        if some.is_none() || next.next_if(|&&wanted| wanted == number).is_some() {
            walker.walk(part.layout.imported.saturating_add(number), body);
        } else {
            walker.skip();
        }
    }
    walker.gathered
}
