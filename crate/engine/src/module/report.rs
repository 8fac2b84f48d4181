//! From gathered to facts, by the names that signatures use.

use std::borrow::Cow;

use super::census::Function;
use super::constants::{Constants, Found};
use super::kernels::{KERNELS, Kernel, Kernels};
use super::layout::Layout;
use super::names;
use super::parts::{Part, parts};
use super::pow;
use super::runtime::own_size;
use super::walk::{Gathered, TELLING, known_masks};
use crate::verdict::{Fact, Findings, Place};

/// A fact.
pub(super) fn fact(
    name: impl Into<Cow<'static, str>>,
    count: u32,
    function: Option<u32>,
    offset: u32,
    detail: impl Into<String>,
) -> Fact {
    made(name.into(), count, function, offset, detail.into())
}

/// Not inlined: it is asked for in many places.
#[inline(never)]
fn made(
    name: Cow<'static, str>,
    count: u32,
    function: Option<u32>,
    offset: u32,
    detail: String,
) -> Fact {
    Fact {
        name,
        count,
        place: Place {
            function,
            offset: Some(offset),
        },
        detail,
    }
}

/// Not inlined: a page compiles this before its first verdict, and it is called in many places.
#[inline(never)]
fn add(report: &mut Findings, new: Fact) {
    if new.count > 0 {
        report.add(new);
    }
}

/// Something was seen so often, first in this function at this offset.
#[inline(never)]
fn seen(
    report: &mut Findings,
    name: &'static str,
    (count, function, offset): (u32, u32, u32),
    base: u32,
) {
    let offset = base.saturating_add(offset);
    add(report, fact(name, count, Some(function), offset, ""));
}

/// Something holds for what begins here.
#[inline(never)]
fn here(report: &mut Findings, name: &'static str, count: u32, offset: u32) {
    add(report, fact(name, count, None, offset, ""));
}

/// Modules below this size hold little more than a hash.
pub(super) const SMALL: usize = 400_000;
/// Modules below this size hold a hash, what a language brings along, and little else.
pub(super) const LEAN: usize = 64_000;
/// Modules below this size hold one hash and nothing else.
const TINY: usize = 20_000;
/// A function that holds a hash, not unrolled, is not longer.
pub(super) const ROLLED: usize = 8_000;

#[allow(clippy::too_many_lines)] // One paragraph for each kind of fact.
/// Writes the facts of one module.
pub(super) fn write(
    bytes: &[u8],
    layout: &Layout,
    found: &[Found],
    gathered: &Gathered,
    base: u32,
    report: &mut Findings,
) {
    let shown = shown(found, gathered);
    for &known in KERNELS.iter().filter(|known| shown.contains(known.0)) {
        kernel(known, found, gathered, base, report);
    }
    for &(mask, count, function, offset) in &gathered.masks {
        let Some((_, name)) = known_masks().find(|known| known.0 == mask) else {
            continue;
        };
        let offset = base.saturating_add(offset);
        add(
            report,
            fact(name, count, Some(function), offset, format!("{mask:#x}")),
        );
        add(
            report,
            fact(
                format!("{name}.{mask:x}"),
                count,
                Some(function),
                offset,
                "",
            ),
        );
    }
    let walks = gathered.loops.iter().filter(|item| item.scratch >= 2);
    if let Some(first) = walks.clone().next() {
        let offset = base.saturating_add(first.offset);
        add(
            report,
            fact("cryptonight-walk", walks.count() as u32, None, offset, ""),
        );
    }
    seen(report, "memory-walk", gathered.memory_walks, base);
    let size = own_size(layout);
    let small = size < SMALL;
    let name = if small {
        "small-module"
    } else {
        "large-module"
    };
    here(report, name, 1, base);
    let functions = gathered.functions.iter();
    let rolled = size.saturating_sub(functions.map(unrolled).sum());
    for (name, size, limit) in [("lean-module", rolled, LEAN), ("tiny-module", size, TINY)] {
        here(report, name, u32::from(size < limit), base);
    }
    let imported = u32::from(layout.memory_imported);
    here(report, "memory-imported", imported, base);
    here(report, "go-runtime", u32::from(layout.is_go), base);
    for (&(_, name), &telling) in TELLING.iter().zip(&gathered.telling) {
        seen(report, name, telling, base);
    }
    seen(report, "randomx-function", gathered.programs, base);
    seen(report, "choice-of-four", gathered.choices, base);
    let reach = pow::Reach::new(gathered, layout);
    let searches = reach.searches();
    hashed_twice(report, reach.twice(&searches, |_| true), base);
    for search in &searches {
        searched(report, search, layout, base);
    }
    if size >= LEAN {
        let around = u32::from(gathered.beside_curve || report.has("curve"));
        for part in parts(gathered, layout, &searches) {
            let mut facts = alone(gathered, layout, &reach, &searches, &part, base);
            // A curve around makes it a wallet or a library; one within, its own way to draw numbers.
            if facts.iter().any(|fact| fact.name == "curve") {
                continue;
            }
            facts.extend((around > 0).then(|| fact("curve-around", around, None, base, "")));
            report.parts.push(facts);
        }
    }
    for island in 1..=gathered.islands.iter().copied().max().unwrap_or(0) {
        let facts = apart(gathered, layout, &reach, &searches, island, base);
        report.parts.extend(facts);
    }
    for &(span, index, _) in &layout.names {
        if let Some(part) = names::telling(span.of(bytes)) {
            let offset = base.saturating_add(span.start);
            add(report, fact("miner-name", 1, Some(index), offset, part));
        }
    }
}

/// What is hashed again.
#[inline(never)]
fn hashed_twice(report: &mut Findings, twice: Kernels, offset: u32) {
    for &(kernel, name) in KERNELS {
        if twice.contains(kernel) {
            add(report, fact(format!("twice.{name}"), 1, None, offset, ""));
        }
    }
}

/// How much of a function is there only because its hash was unrolled, or inlined more than once: that is
/// not more of a program than a hash in a loop.
fn unrolled(item: &Function) -> usize {
    let hash = item.shaped.union(item.coded);
    if hash
        .without(Kernel::WordLookups)
        .without(Kernel::WideLookups)
        .is_empty()
    {
        return 0;
    }
    (item.body.1 as usize).saturating_sub(ROLLED)
}

/// The kernels of which something was seen.
#[inline(never)]
fn shown(found: &[Found], gathered: &Gathered) -> Kernels {
    let constants = Constants::get();
    let tables = constants.tables.iter().zip(&gathered.words);
    let coded = tables.filter(|(table, words)| words.0.count_ones() >= table.least);
    let shaped = gathered.shaped.iter().map(|shaped| shaped.0);
    let mut kernels = Kernels::default();
    for kernel in found
        .iter()
        .filter_map(|found| constants.kernel(found.table))
        .chain(coded.map(|(table, _)| table.kernel))
        .chain(shaped)
    {
        kernels.insert(kernel);
    }
    kernels
}

/// What shows one kernel.
#[inline(never)]
fn kernel(
    (kernel, name): (Kernel, &'static str),
    found: &[Found],
    gathered: &Gathered,
    base: u32,
    report: &mut Findings,
) {
    let constants = Constants::get();
    let mut any: Option<Fact> = None;
    let shapes = gathered
        .shape_counts
        .get(kernel as usize)
        .copied()
        .unwrap_or(0);
    if let Some(&(_, function, offset)) = gathered.shaped.iter().find(|s| s.0 == kernel) {
        let detail = "its arithmetic";
        let place = fact(
            format!("{name}.shape"),
            shapes,
            Some(function),
            base + offset,
            detail,
        );
        any = Some(place.clone());
        add(report, place);
    }
    for item in found
        .iter()
        .filter(|f| constants.kernel(f.table) == Some(kernel))
    {
        let what = constants
            .tables
            .get(item.table as usize)
            .map_or("", |t| t.what);
        let offset = base.saturating_add(item.offset);
        let new = fact(format!("{name}.table"), 1, None, offset, what);
        if item.masked {
            add(report, fact("table-masked", 1, None, offset, what));
        }
        any.get_or_insert_with(|| new.clone());
        add(report, new);
    }
    for (table, words) in constants.tables.iter().zip(&gathered.words) {
        if table.kernel == kernel && words.0.count_ones() >= table.least {
            let offset = base.saturating_add(words.2);
            let new = fact(format!("{name}.code"), 1, Some(words.1), offset, table.what);
            any.get_or_insert_with(|| new.clone());
            add(report, new);
        }
    }
    if let Some(mut any) = any {
        any.name = Cow::Borrowed(name);
        any.count = 1;
        add(report, any);
    }
}

/// Whether a fact tells how large a module is: what holds for one inside another does not hold for
/// the other.
pub(super) fn is_size(fact: &Fact) -> bool {
    matches!(
        &*fact.name,
        "small-module" | "large-module" | "lean-module" | "tiny-module"
    )
}

/// What one search shows.
#[inline(never)]
fn searched(report: &mut Findings, search: &pow::Search, layout: &Layout, base: u32) {
    let function = Some(layout.imported.saturating_add(search.function));
    let offset = base.saturating_add(search.offset);
    let grade = search.grade;
    let inlined = if search.inlined { "inlined" } else { "" };
    // Argon2 hashes itself by BLAKE2b, in a loop of its own as well.
    if search.around.contains(Kernel::Blamka) && search.kernels.contains(Kernel::Blake2b) {
        let name = format!("search{grade}.argon2");
        add(report, fact(name, 1, function, offset, inlined));
    }
    for &(kernel, name) in KERNELS {
        let mut found = |name: String| add(report, fact(name, 1, function, offset, inlined));
        if search.around.contains(kernel) && grade > 1 && !search.attempt {
            found(format!("loop{grade}.{name}"));
        }
        if !search.kernels.contains(kernel) {
            continue;
        }
        if search.stepped {
            found(format!("stepped.{name}"));
            continue;
        }
        if search.equal {
            found(format!("equal.{name}"));
        }
        if !search.attempt {
            found(format!("search{grade}.{name}"));
        }
        if search.out {
            found(format!("out{grade}.{name}"));
        }
        if search.told && kernel != Kernel::Elsewhere {
            found(format!("told{grade}.{name}"));
        }
        if search.target {
            found(format!("target.{name}"));
        }
        if search.places[0] {
            found(format!("blob{grade}.{name}"));
        }
        if search.places[1] {
            found(format!("header{grade}.{name}"));
        }
    }
}

/// The facts of a program of its own within a module, where it hashes.
#[inline(never)]
fn apart(
    gathered: &Gathered,
    layout: &Layout,
    reach: &pow::Reach<'_>,
    searches: &[pow::Search],
    island: u8,
    base: u32,
) -> Option<Vec<Fact>> {
    let is_own = |number: u32| gathered.islands.get(number as usize) == Some(&island);
    let mut part = Part {
        searches: Vec::new(),
        functions: Vec::new(),
        bytes: 0,
        apart: true,
    };
    let mut hashes = false;
    for (number, item) in (0..).zip(&gathered.functions).filter(|item| is_own(item.0)) {
        part.functions.push(number);
        part.bytes = part.bytes.saturating_add(item.body.1);
        hashes |= !item.kernels.is_empty();
    }
    for (at, search) in searches.iter().enumerate() {
        if is_own(search.function) {
            part.searches.push(at);
        }
    }
    hashes.then(|| alone(gathered, layout, reach, searches, &part, base))
}

/// The facts of a part of a module, as if it were all.
#[inline(never)]
fn alone(
    gathered: &Gathered,
    layout: &Layout,
    reach: &pow::Reach<'_>,
    searches: &[pow::Search],
    part: &Part,
    base: u32,
) -> Vec<Fact> {
    let mut report = Findings::default();
    let mut walks = 0;
    let mut first = 0;
    for &number in &part.functions {
        let Some(item) = gathered.functions.get(number as usize) else {
            continue;
        };
        let function = Some(layout.imported.saturating_add(number));
        let offset = base.saturating_add(item.body.0);
        first = if first == 0 { offset } else { first };
        for &(kernel, name) in KERNELS {
            if !item.kernels.contains(kernel) {
                continue;
            }
            add(&mut report, fact(name, 1, function, offset, ""));
            if item.shaped.contains(kernel) {
                let new = fact(
                    format!("{name}.shape"),
                    1,
                    function,
                    offset,
                    "its arithmetic",
                );
                add(&mut report, new);
            }
            if item.coded.contains(kernel) {
                let new = fact(format!("{name}.code"), 1, function, offset, "its constants");
                add(&mut report, new);
            }
            if item.referenced.contains(kernel) {
                let new = fact(format!("{name}.table"), 1, function, offset, "its table");
                add(&mut report, new);
            }
        }
        for (bit, (mask, name)) in known_masks().enumerate() {
            if item.masks & 1 << bit != 0 {
                let new = fact(format!("{name}.{mask:x}"), 1, function, offset, "");
                add(&mut report, new);
            }
        }
        for ((_, name), &count) in TELLING.iter().zip(&item.telling) {
            let new = fact(*name, count.into(), function, offset, "");
            add(&mut report, new);
        }
        let loops = item.loops.0 as usize..item.loops.1 as usize;
        let loops = gathered.loops.get(loops).unwrap_or_default();
        walks += loops.iter().filter(|item| item.scratch >= 2).count();
    }
    here(&mut report, "cryptonight-walk", walks as u32, first);
    let small = !part.apart || (part.bytes as usize) < SMALL;
    let name = if small {
        "small-module"
    } else {
        "large-module"
    };
    here(&mut report, name, 1, first);
    here(&mut report, "part-of-module", u32::from(!part.apart), first);
    let surplus = part.functions.iter().map(|&number| {
        let item = gathered.functions.get(number as usize);
        item.map_or(0, unrolled)
    });
    let rolled = (part.bytes as usize).saturating_sub(surplus.sum());
    here(&mut report, "tiny-module", u32::from(rolled < TINY), first);
    let lean = part.apart && rolled < LEAN;
    here(&mut report, "lean-module", lean.into(), first);
    let within = |function: u32| part.functions.contains(&function);
    let own: Vec<pow::Search> = part
        .searches
        .iter()
        .filter_map(|&number| searches.get(number))
        .copied()
        .collect();
    hashed_twice(&mut report, reach.twice(&own, within), first);
    for search in &own {
        searched(&mut report, search, layout, base);
    }
    report.facts
}
