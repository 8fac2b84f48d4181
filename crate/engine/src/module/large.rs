//! Large modules, and smaller ones that hold a curve: walked no further than something can come of it.
//!
//! First bounds from bytes (`screen.rs`). While signatures could speak by them, the functions that
//! may have what these ask for are walked, the least code first, until nothing can speak or all is
//! known. What is left then is the whole, where something may be said about all of the module; or
//! searches that stand alone within it (`parts.rs`), for which only these and what they call need to
//! be walked. Programs of their own that were merged (`islands.rs`) are walked in any case: they are as
//! small modules, of which a disguised hash may be all.

use super::callers::Callers;
use super::constants::Constants;
use super::kernels::{KERNELS, Kernel, Kernels};
use super::layout::{self, Layout, Span};
use super::operator;
use super::reader::Reader;
use super::runtime::own_size;
use super::screen::{self, Hit, Screen};
use super::walk::{Address, Walker, known_masks};
use super::{Part, islands, parts, report};
use crate::order::{sort, sort_each_once};
use crate::signature::{Kind, Outlook, SignatureSet};
use crate::verdict::Outcome;

/// What has to be walked of a module.
pub(super) enum Extent {
    /// Everything.
    Whole,
    /// These functions, by number among the defined ones, in order; perhaps none.
    Some(Vec<u32>),
    /// The same, where what is left out may hold a curve.
    BesideCurve(Vec<u32>),
}

/// What a name of a fact is about.
#[derive(Clone, Copy)]
enum Named {
    /// A kernel; how it shows.
    Kernel(Kernel, Shown),
    /// One of the known masks, by its bit.
    Mask(u32),
    /// That the module is tiny, or a part of another.
    Part,
    /// That a curve is around a part.
    Around,
    /// That it is small.
    Small,
    /// That it holds little beside its hash.
    Lean,
    /// That it is large.
    Large,
    /// What is told of a module as a whole, not of its parts.
    Whole,
    /// A signature, or a fact of other things than modules.
    Foreign,
    /// Anything else that a walk may find.
    Other,
}

/// How a kernel shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Table,
    Shape,
    Code,
    Any,
    /// A function of a program of `RandomX`.
    Program,
}

#[inline(never)]
fn named(name: &str) -> Named {
    match name {
        "tiny-module" | "part-of-module" => return Named::Part,
        "small-module" => return Named::Small,
        "large-module" => return Named::Large,
        // Of a part that is not asked.
        "lean-module" => return Named::Lean,
        "memory-imported" | "go-runtime" | "memory-walk" | "pwxform-mask" => return Named::Whole,
        "curve-around" => return Named::Around,
        "randomx-function" => return Named::Kernel(Kernel::Machine, Shown::Program),
        _ => {}
    }
    if let Some((_, digits)) = name.split_once("-mask.") {
        let mask = u64::from_str_radix(digits, 16).ok();
        let bit = known_masks().position(|known| Some(known.0) == mask);
        return bit.map_or(Named::Other, |bit| Named::Mask(bit as u32));
    }
    let (first, last) = name.split_once('.').unwrap_or((name, name));
    if first == "module" {
        return Named::Foreign;
    }
    let known = KERNELS
        .iter()
        .find(|known| first == known.1 || last == known.1);
    known.map_or(Named::Other, |&(kernel, _)| {
        let shown = match last {
            "table" => Shown::Table,
            "shape" => Shown::Shape,
            "code" => Shown::Code,
            _ => Shown::Any,
        };
        Named::Kernel(kernel, shown)
    })
}

/// The kernels that may be in a module or a part of it, by how they show.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct May {
    shapes: Kernels,
    tables: Kernels,
    code: Kernels,
    /// Whether a function may be one of `RandomX`.
    programs: bool,
    /// Which of the known masks there are, where that was looked for.
    masks: Option<u32>,
}

impl May {
    fn be(&self, kernel: Kernel, shown: Shown) -> bool {
        match shown {
            Shown::Table => self.tables.contains(kernel),
            Shown::Shape => self.shapes.contains(kernel),
            Shown::Code => self.code.contains(kernel),
            Shown::Any => self.any().contains(kernel),
            Shown::Program => self.programs,
        }
    }

    fn union(self, other: &Self) -> Self {
        Self {
            shapes: self.shapes.union(other.shapes),
            tables: self.tables.union(other.tables),
            code: self.code.union(other.code),
            programs: self.programs || other.programs,
            masks: None,
        }
    }

    fn any(&self) -> Kernels {
        self.shapes.union(self.tables).union(self.code)
    }
}

/// What signatures ask for, in a module and in its parts.
struct Questions<'s> {
    signatures: &'s SignatureSet,
    names: Vec<Named>,
    /// Whether a curve was found.
    curve: bool,
    /// How long it is, aside from what its language brings along.
    size: usize,
    /// The same without what unrolling may have made of hashes, at most.
    rolled: usize,
}

impl<'s> Questions<'s> {
    fn new(signatures: &'s SignatureSet, layout: &Layout) -> Self {
        let size = own_size(layout);
        let unrolled = layout.bodies.iter().map(|body| {
            let length = body.end.saturating_sub(body.start) as usize;
            length.saturating_sub(report::ROLLED)
        });
        Self {
            signatures,
            names: signatures.names.iter().map(|name| named(name)).collect(),
            curve: false,
            size,
            rolled: size.saturating_sub(unrolled.sum()),
        }
    }

    fn name(&self, fact: u16) -> Named {
        let name = self.names.get(usize::from(fact));
        name.copied().unwrap_or(Named::Foreign)
    }

    /// On which kernels it depends whether something is said about a module, or about a part of it
    /// where `part` asks for that; `None` where nothing can be.
    fn depends(&self, may: &May, part: bool) -> Option<Kernels> {
        let small = part || self.size < report::SMALL;
        let may_be_lean = !part && self.rolled < report::LEAN;
        let lean = !part && self.size < report::LEAN;
        let facts = self.signatures.depends(
            Kind::Module,
            &Outlook {
                may: &|fact| match self.name(fact) {
                    Named::Kernel(kernel, shown) => may.be(kernel, shown),
                    Named::Mask(bit) => part || may.masks.is_none_or(|all| all >> bit & 1 != 0),
                    Named::Part => part,
                    Named::Around => part && self.curve,
                    Named::Small => small,
                    Named::Lean => may_be_lean,
                    Named::Large => !small,
                    Named::Whole => !part,
                    Named::Foreign => false,
                    Named::Other => true,
                },
                certain: &|fact| match self.name(fact) {
                    Named::Part => part,
                    Named::Around => part && self.curve,
                    Named::Small => small,
                    Named::Lean => lean,
                    Named::Large => !small,
                    Named::Kernel(Kernel::Curve, _) => self.curve && !part,
                    _ => false,
                },
                // A part counts where it would be blocked by itself.
                least: if part { Outcome::Block } else { Outcome::Watch },
            },
        )?;
        let mut kernels = Kernels::default();
        for fact in facts {
            if let Named::Kernel(kernel, _) = self.name(fact) {
                kernels.insert(kernel);
            }
        }
        Some(kernels)
    }
}

/// Adds the kernels of which code holds enough words.
fn coded(words: impl Iterator<Item = u64>, code: &mut Kernels) {
    for (table, bits) in Constants::get().tables.iter().zip(words) {
        if bits.count_ones() >= table.least {
            code.insert(table.kernel);
        }
    }
}

/// What has to be walked of a large module for these signatures.
#[inline(never)]
pub(super) fn extent(
    part: &Part<'_>,
    addresses: &[Address],
    signatures: &SignatureSet,
) -> (Extent, Vec<u8>) {
    let screen = screen::screen(part.bytes, &part.layout);
    let mut callers = Callers::new(part.bytes, &part.layout);
    let holds = holding(&callers, addresses, &screen, &screen.candidates);
    let holds = holds.iter().map(|(number, may)| (*number, may.any()));
    let islands = islands::islands(&mut callers, &holds.collect::<Vec<_>>());
    let mut extent = connected(part, addresses, signatures, &screen, &mut callers);
    if let Extent::Some(functions) | Extent::BesideCurve(functions) = &mut extent {
        let islands = (0..).zip(&islands).filter(|item| *item.1 > 0);
        functions.extend(islands.map(|item| item.0));
        sort_each_once(functions);
    }
    (extent, islands)
}

/// The same aside from programs of their own within it.
#[inline(never)]
fn connected(
    part: &Part<'_>,
    addresses: &[Address],
    signatures: &SignatureSet,
    screen: &Screen,
    callers: &mut Callers<'_>,
) -> Extent {
    let nothing = Extent::Some(Vec::new());
    let mut questions = Questions::new(signatures, &part.layout);
    let mut may = May::default();
    for item in &part.found {
        if let Some(kernel) = Constants::get().kernel(item.table) {
            may.tables.insert(kernel);
        }
    }
    coded(screen.words.iter().copied(), &mut may.code);
    questions.curve = may.any().contains(Kernel::Curve);
    let mut shapes: Vec<(u32, Kernels)> = screen.candidates.clone();
    let mut walked = vec![false; shapes.len()];
    let mut narrowed = false;
    let mut walk = Walker::new(part.bytes, &part.layout, addresses, Vec::new());
    let (whole, wanted) = loop {
        let left = shapes.iter().zip(&walked).filter(|(_, walked)| !**walked);
        may.programs = walk.gathered.programs.0 > 0
            || left.into_iter().any(|(s, _)| s.1.contains(Kernel::Machine));
        may.shapes = shapes
            .iter()
            .fold(Kernels::default(), |all, shapes| all.union(shapes.1));
        let words = screen.words.iter().zip(&walk.gathered.words);
        coded(words.map(|(seen, folded)| seen | folded.0), &mut may.code);
        let whole = questions.depends(&may, false);
        let parts = questions.depends(&may, true);
        let Some(wanted) = whole.or(parts) else {
            return nothing;
        };
        if whole.is_none() && !narrowed {
            // What calls too much is in no part.
            narrowed = true;
            for ((number, shapes), walked) in shapes.iter_mut().zip(&mut walked) {
                if !shapes.is_empty() && parts::reachable(*number, callers).is_none() {
                    *walked = true;
                    *shapes = Kernels::default();
                }
            }
            continue;
        }
        let wanted = wanted.union(parts.unwrap_or_default());
        let Some(kernel) = least(part, &shapes, &walked, wanted) else {
            if whole.is_some() && may.masks.is_none() {
                let of = walk.gathered.functions.iter();
                let all = of.fold(plain_masks(part), |all, function| all | function.masks);
                may.masks = Some(all);
                continue;
            }
            break (whole.is_some(), wanted);
        };
        for ((number, shapes), walked) in shapes.iter_mut().zip(&mut walked) {
            if !*walked && shapes.contains(kernel) {
                *walked = true;
                *shapes = shapes_of(&mut walk, part, *number);
            }
        }
    };
    if whole {
        return Extent::Whole;
    }
    let found = alone(callers, addresses, &questions, screen, &shapes, wanted);
    match found {
        None => Extent::Whole,
        Some(functions) if questions.curve => Extent::BesideCurve(functions),
        Some(functions) => Extent::Some(functions),
    }
}

/// Which of the known masks are among the constants of code, as they are.
#[inline(never)]
fn plain_masks(part: &Part<'_>) -> u32 {
    let code = part.layout.code().of(part.bytes);
    let mut found = 0;
    // The lowest bits of the masks, by which the first byte of a constant tells most others.
    let begins = known_masks().fold(0u128, |all, (mask, _)| all | 1 << (mask & 0x7f));
    for at in memchr::memchr2_iter(0x41, 0x42, code) {
        let first = code.get(at + 1).copied().unwrap_or(0);
        // All of them have more than a byte.
        if first < 0x80 || begins >> (first & 0x7f) & 1 == 0 {
            continue;
        }
        let value = Reader::new(code, at + 1, code.len()).signed();
        let value = value.map_or(0, |value| value.cast_unsigned() & 0xffff_ffff);
        let masks = (0..).zip(known_masks());
        for (bit, _) in masks.filter(|(_, (mask, _))| *mask == value) {
            found |= 1 << bit;
        }
    }
    found
}

/// Walks a function, and tells the shapes that it has.
fn shapes_of(walker: &mut Walker<'_>, part: &Part<'_>, number: u32) -> Kernels {
    let Some(&body) = part.layout.bodies.get(number as usize) else {
        return Kernels::default();
    };
    walker.walk(part.layout.imported.saturating_add(number), body);
    let function = walker.gathered.functions.last();
    function.map_or(Kernels::default(), |function| function.shaped)
}

/// Which of the wanted kernels is in the least code that is not walked yet.
#[inline(never)]
fn least(
    part: &Part<'_>,
    shapes: &[(u32, Kernels)],
    walked: &[bool],
    wanted: Kernels,
) -> Option<Kernel> {
    let mut sizes = [0u64; 64];
    for ((number, shapes), _) in shapes.iter().zip(walked).filter(|(_, walked)| !**walked) {
        let body = part.layout.bodies.get(*number as usize);
        let size = body.map_or(0, |body| u64::from(body.end - body.start));
        for (bit, sum) in sizes.iter_mut().enumerate() {
            if (shapes.0 & wanted.0) >> bit & 1 != 0 {
                *sum += size.max(1);
            }
        }
    }
    let sizes = KERNELS.iter().filter_map(|&(kernel, _)| {
        let size = *sizes.get(kernel as usize)?;
        (size > 0).then_some((size, kernel))
    });
    sizes.min_by_key(|size| size.0).map(|size| size.1)
}

/// The functions of searches that may stand alone and are worth a look: see `parts.rs`. `None` where it
/// cannot be told who calls whom.
#[inline(never)]
fn alone(
    callers: &mut Callers<'_>,
    addresses: &[Address],
    questions: &Questions<'_>,
    screen: &Screen,
    shapes: &[(u32, Kernels)],
    wanted: Kernels,
) -> Option<Vec<u32>> {
    let matters = |kernel: Kernel| wanted.contains(kernel);
    let addresses: Vec<Address> = addresses
        .iter()
        .copied()
        .filter(|a| matters(a.kernel))
        .collect();
    let holds = holding(callers, &addresses, screen, shapes);
    let mut answers: Vec<(May, bool)> = Vec::new();
    let mut chosen: Vec<u32> = Vec::new();
    let mut level: Vec<u32> = holds
        .iter()
        .filter(|item| item.1.any().0 & wanted.0 != 0)
        .map(|item| item.0)
        .collect();
    for _ in 0..=super::pow::DEPTH {
        let mut next = Vec::new();
        for &number in &level {
            if !callers.ask(number) {
                continue;
            }
            let Some(functions) = parts::reachable(number, callers) else {
                // Whoever calls this calls as much.
                continue;
            };
            next.push(number);
            if !callers.loops(number) {
                continue;
            }
            let mut may = May::default();
            for function in &functions {
                if let Ok(at) = holds.binary_search_by_key(function, |item| item.0)
                    && let Some((_, held)) = holds.get(at)
                {
                    may = may.union(held);
                }
            }
            if may.any().contains(Kernel::Curve) {
                continue;
            }
            let known = answers.iter().find(|answer| answer.0 == may);
            let speaks = match known {
                Some(answer) => answer.1,
                None => questions.depends(&may, true).is_some(),
            };
            if known.is_none() {
                answers.push((may, speaks));
            }
            if speaks {
                chosen.extend(functions);
            }
        }
        level = callers.of(&next, usize::MAX)?;
        if level.is_empty() {
            break;
        }
    }
    sort_each_once(&mut chosen);
    Some(chosen)
}

/// What the functions hold that hold anything, by number.
#[inline(never)]
fn holding(
    callers: &Callers<'_>,
    addresses: &[Address],
    screen: &Screen,
    shapes: &[(u32, Kernels)],
) -> Vec<(u32, May)> {
    let mut holds: Vec<(u32, May)> = Vec::new();
    for &(number, shapes) in shapes.iter().filter(|shapes| !shapes.1.is_empty()) {
        let may = May {
            shapes,
            ..May::default()
        };
        holds.push((number, may));
    }
    for hit in &screen.hits {
        let table = Constants::get().tables.get(usize::from(hit.table));
        if let Some(table) = table.filter(|table| hit.bits.count_ones() >= table.least) {
            let mut may = May::default();
            may.code.insert(table.kernel);
            holds.push((hit.function, may));
        }
    }
    for (number, kernel) in callers.pointing(addresses) {
        let mut may = May::default();
        may.tables.insert(kernel);
        holds.push((number, may));
    }
    sort(&mut holds, |a, b| a.0 < b.0);
    holds.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = kept.1.union(&next.1);
        }
        same
    });
    holds
}

/// The functions that copy data which has no address of its own into memory.
pub(super) fn copying(part: &Part<'_>) -> Vec<u32> {
    let copies = |body: &Span| {
        let code = body.of(part.bytes);
        memchr::memchr_iter(0xfc, code).any(|at| code.get(at + 1) == Some(&8))
            && reads_to_copy(part, *body).is_some()
    };
    let bodies = (0..).zip(&part.layout.bodies);
    bodies
        .filter(|(_, body)| copies(body))
        .map(|(number, _)| number)
        .collect()
}

/// Reads a function up to the operator that copies data of a segment; `None` where there is none.
fn reads_to_copy(part: &Part<'_>, body: Span) -> Option<()> {
    let mut reader = Reader::new(part.bytes, body.start as usize, body.end as usize);
    layout::locals(&mut reader)?;
    loop {
        let mut ahead = reader;
        if ahead.byte() == Some(0xfc) && ahead.u32() == Some(8) {
            return Some(());
        }
        operator::skip(&mut reader)?;
    }
}

/// Of globals that a part of the code never sets, those that may be set elsewhere are taken out.
pub(super) fn still_lasting(part: &Part<'_>, lasting: &mut [bool]) {
    for body in &part.layout.bodies {
        let code = body.of(part.bytes);
        for at in memchr::memchr_iter(0x24, code) {
            let global = Reader::new(code, at + 1, code.len()).u32();
            if let Some(place) = global.and_then(|global| lasting.get_mut(global as usize)) {
                *place = false;
            }
        }
    }
}

/// Whether a curve shows by its constants: where these are in code, or nowhere there where data has them; `None`
/// where there is no curve.
#[inline(never)]
pub(super) fn curve(part: &Part<'_>) -> Option<Vec<Hit>> {
    let constants = Constants::get();
    let is_curve = |table: u8| constants.kernel(table) == Some(Kernel::Curve);
    let (words, mut hits) = screen::words(part.bytes, &part.layout);
    hits.retain(|hit| is_curve(hit.table));
    let mut code = Kernels::default();
    coded(words.into_iter(), &mut code);
    let in_data = part.found.iter().any(|item| is_curve(item.table));
    (in_data || code.contains(Kernel::Curve)).then_some(hits)
}

/// Whether code may read constants from globals that nothing sets: what it does with them is only known once
/// it is walked.
pub(super) fn reads_constants(part: &Part<'_>) -> bool {
    let globals = &part.layout.initial;
    let telling = |global: &(Option<u64>, bool)| global.0.is_some_and(|value| value > 0xffff);
    let mut lasting: Vec<bool> = globals.iter().map(telling).collect();
    if !lasting.contains(&true) {
        return false;
    }
    still_lasting(part, &mut lasting);
    let code = part.layout.code().of(part.bytes);
    memchr::memchr_iter(0x23, code).any(|at| {
        let index = Reader::new(code, at + 1, code.len()).u32();
        index.is_some_and(|index| {
            let index = index as usize;
            let constant = globals
                .get(index)
                .is_some_and(|global| telling(global) && !global.1);
            constant || lasting.get(index) == Some(&true)
        })
    })
}
