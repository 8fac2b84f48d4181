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
mod pow;
mod reader;
mod report;
mod screen;
mod value;
mod walk;

use std::borrow::Cow;

use crate::signature::Certainty;
use crate::verdict::Findings;
use constants::{Constants, Found};
pub use instrument::{PERIOD, SUFFIXES};
use kernels::{KERNELS, Kernels};
use layout::Layout;
use walk::{Address, Gathered, Walker};

/// Modules inside modules are inspected down to this depth, this many in all.
const MOST_NESTED: usize = 16;
/// More bytes than this are not inspected.
const LARGEST: usize = 512 << 20;

/// Inspects a module, and the modules inside its data.
pub fn inspect(bytes: &[u8]) -> Findings {
    let (parts, mut report) = outline(bytes);
    for part in &parts {
        let gathered = gather(part.bytes, &part.layout, &part.found);
        report::write(
            part.bytes,
            &part.layout,
            &part.found,
            &gathered,
            part.base,
            &mut report,
        );
    }
    nested_fact(&parts, &mut report);
    report
}

/// Asks whether anything can come of a module, by what is known of each fact.
pub type Question<'q> = &'q dyn Fn(&dyn Fn(&str) -> Certainty) -> bool;

/// The same, but as little of the module is walked as the question allows: `matters` is asked whether
/// anything can come of it, and told what is known of each fact so far. Where nothing can, the facts
/// are those that needed no walk.
pub fn inspect_while(bytes: &[u8], matters: Question<'_>) -> Findings {
    let (parts, mut report) = outline(bytes);
    let constants = Constants::get();
    let small = bytes.len() < report::SMALL;
    let mut may = May::default();
    let mut screens = Vec::new();
    for part in &parts {
        let screen = screen::screen(part.bytes, &part.layout, !small);
        for item in &part.found {
            if let Some(kernel) = constants.kernel(item.table) {
                may.tables.insert(kernel);
            }
        }
        may.shapes = may.shapes.union(screen.shapes);
        may.words(&screen.words);
        screens.push(screen);
    }
    let mut walk = matters(&|name| may.be(name, small));
    if walk && !small {
        // Only the functions that may have a shape: most have not.
        may.shapes = Kernels::default();
        for (part, screen) in parts.iter().zip(&screens) {
            let mut walker = Walker::new(part.bytes, &part.layout, &[]);
            for &number in &screen.candidates {
                if let Some(&body) = part.layout.bodies.get(number as usize) {
                    walker.walk(part.layout.imported.saturating_add(number), body);
                }
            }
            let gathered = walker.gathered;
            for function in &gathered.functions {
                may.shapes = may.shapes.union(function.kernels);
            }
            let both = screen.words.iter().zip(&gathered.words);
            may.words(
                &both
                    .map(|(seen, folded)| seen | folded.0)
                    .collect::<Vec<_>>(),
            );
        }
        walk = matters(&|name| may.be(name, small));
    }
    for part in &parts {
        let gathered = if walk {
            gather(part.bytes, &part.layout, &part.found)
        } else {
            Gathered::default()
        };
        report::write(
            part.bytes,
            &part.layout,
            &part.found,
            &gathered,
            part.base,
            &mut report,
        );
    }
    nested_fact(&parts, &mut report);
    report
}

/// What may be in a module.
#[derive(Default)]
struct May {
    shapes: Kernels,
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

    /// What is known of a fact. What is not about a kernel may always be found.
    fn be(&self, name: &str, small: bool) -> Certainty {
        let sure = |known: bool| {
            if known {
                Certainty::Surely
            } else {
                Certainty::Never
            }
        };
        let (first, last) = name.split_once('.').unwrap_or((name, name));
        for &(kernel, known) in KERNELS {
            if first != known && last != known {
                continue;
            }
            let table = self.tables.contains(kernel);
            let may = match last {
                "table" => return sure(table),
                "shape" => self.shapes.contains(kernel),
                "code" => self.code.contains(kernel),
                _ if first == last && table => return Certainty::Surely,
                _ => table || self.shapes.contains(kernel) || self.code.contains(kernel),
            };
            return if may {
                Certainty::Perhaps
            } else {
                Certainty::Never
            };
        }
        match name {
            // A signature's own name, which the caller knows about.
            _ if first == "module" => Certainty::Never,
            "small-module" => sure(small),
            "large-module" => sure(!small),
            _ => Certainty::Perhaps,
        }
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

fn nested_fact(parts: &[Part<'_>], report: &mut Findings) {
    if let [_, first, rest @ ..] = parts {
        let count = rest.len() as u32 + 1;
        report.add(report::fact(
            "module-in-module",
            count,
            None,
            first.base,
            "",
        ));
    }
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
    gathered
}

fn walk_all(bytes: &[u8], layout: &Layout, addresses: &[Address]) -> Gathered {
    let mut walker = Walker::new(bytes, layout, addresses);
    for (number, &body) in layout.bodies.iter().enumerate() {
        walker.walk(layout.imported.saturating_add(number as u32), body);
    }
    walker.gathered
}
