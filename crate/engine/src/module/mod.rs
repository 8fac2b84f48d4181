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
mod lanes;
mod layout;
mod names;
mod operator;
mod parts;
mod pow;
mod reader;
mod report;
mod screen;
mod value;
mod walk;

use std::borrow::Cow;

use crate::verdict::Findings;
use constants::{Constants, Found};
pub use instrument::{PERIOD, SUFFIXES};
use kernels::{KERNELS, Kernel, Kernels};
use layout::Layout;
use walk::{Address, Gathered, Walker};

/// Modules inside modules are inspected down to this depth, this many in all.
const MOST_NESTED: usize = 16;
/// More bytes than this are not inspected.
const LARGEST: usize = 512 << 20;

/// Inspects a module, and the modules inside its data.
pub fn inspect(bytes: &[u8]) -> Findings {
    let (parts, report) = outline(bytes);
    walked(&parts, report)
}

/// Asks whether anything can come of a module, by which facts it may have.
pub type Question<'q> = &'q dyn Fn(&dyn Fn(&str) -> bool) -> bool;

/// The same, but a large module is walked only as far as the question asks for: `matters` is asked
/// whether anything can come of it, and told which facts it may have. Where nothing can,
/// the facts are those that needed no walk. Small modules, of which a disguised hash may be all, and
/// those with others inside are always walked.
pub fn inspect_while(bytes: &[u8], matters: Question<'_>) -> Findings {
    let (parts, mut report) = outline(bytes);
    let [part] = parts.as_slice() else {
        return walked(&parts, report);
    };
    if bytes.len() < report::SMALL || may_matter(part, matters) {
        return walked(&parts, report);
    }
    write(part, &Gathered::default(), &mut report);
    report
}

/// Whether anything can come of a large module: by bounds from its bytes, then by a walk of the
/// functions that these leave.
fn may_matter(part: &Part<'_>, matters: Question<'_>) -> bool {
    let constants = Constants::get();
    let screen = screen::screen(part.bytes, &part.layout);
    let mut may = May {
        shapes: screen.shapes,
        program: screen.shapes.contains(Kernel::Machine),
        ..May::default()
    };
    for item in &part.found {
        if let Some(kernel) = constants.kernel(item.table) {
            may.tables.insert(kernel);
        }
    }
    may.words(&screen.words);
    if !matters(&|name| may.be(name)) {
        return false;
    }
    may.shapes = Kernels::default();
    let mut walker = Walker::new(part.bytes, &part.layout, &[], Vec::new());
    for &number in &screen.candidates {
        if let Some(&body) = part.layout.bodies.get(number as usize) {
            walker.walk(part.layout.imported.saturating_add(number), body);
        }
    }
    let gathered = walker.gathered;
    may.program = gathered.programs.0 > 0;
    for function in &gathered.functions {
        may.shapes = may.shapes.union(function.kernels);
    }
    let both = screen.words.iter().zip(&gathered.words);
    may.words(
        &both
            .map(|(seen, folded)| seen | folded.0)
            .collect::<Vec<_>>(),
    );
    matters(&|name| may.be(name))
}

/// The facts of a module and of those inside it, from a walk of everything.
fn walked(parts: &[Part<'_>], mut report: Findings) -> Findings {
    for part in parts {
        let gathered = gather(part.bytes, &part.layout, &part.found);
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

/// What may be in a module.
#[derive(Default)]
struct May {
    shapes: Kernels,
    /// A function of a `RandomX` program.
    program: bool,
    tables: Kernels,
    code: Kernels,
}

impl May {
    /// Takes the constants of code into account.
    fn words(&mut self, words: &[u64]) {
        for (table, bits) in Constants::get().tables.iter().zip(words) {
            if bits.count_ones() >= table.least {
                self.code.insert(table.kernel);
            }
        }
    }

    /// Whether a fact may be found. What is not about a kernel always may; so may any size, as parts
    /// of a large module are judged alone.
    fn be(&self, name: &str) -> bool {
        if name == "randomx-function" {
            return self.program;
        }
        let (first, last) = name.split_once('.').unwrap_or((name, name));
        for &(kernel, known) in KERNELS {
            if first != known && last != known {
                continue;
            }
            let table = self.tables.contains(kernel);
            return match last {
                "table" => table,
                "shape" => self.shapes.contains(kernel),
                "code" => self.code.contains(kernel),
                _ => table || self.shapes.contains(kernel) || self.code.contains(kernel),
            };
        }
        // A signature's own name, which the caller knows about.
        first != "module"
    }
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
    let found = Constants::get().search(bytes, &layout).tables;
    let gathered = gather(bytes, &layout, &found);
    instrument::rewrite(bytes, &layout, &gathered, name)
}

/// Walks every function, knowing where the tables of constants are.
fn gather(bytes: &[u8], layout: &Layout, found: &[Found]) -> Gathered {
    let constants = Constants::get();
    let mut addresses: Vec<Address> = Vec::new();
    for item in found {
        if let (Some(start), Some(kernel)) = (item.address, constants.kernel(item.table)) {
            addresses.push(Address {
                start,
                end: start.saturating_add(u64::from(item.length)),
                kernel,
            });
        }
    }
    let mut gathered = walk_all(bytes, layout, &addresses, Vec::new());
    let lasting = gathered.lasting(layout);
    if let Some(lasting) = &lasting {
        gathered = walk_all(bytes, layout, &addresses, lasting.clone());
    }
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
        gathered = walk_all(bytes, layout, &addresses, lasting.unwrap_or_default());
    }
    gathered
}

fn walk_all(bytes: &[u8], layout: &Layout, addresses: &[Address], lasting: Vec<bool>) -> Gathered {
    let mut walker = Walker::new(bytes, layout, addresses, lasting);
    for (number, &body) in layout.bodies.iter().enumerate() {
        walker.walk(layout.imported.saturating_add(number as u32), body);
    }
    walker.gathered
}
