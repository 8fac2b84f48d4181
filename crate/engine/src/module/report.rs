//! From gathered to facts, by the names that signatures use.

use std::borrow::Cow;

use super::constants::{Constants, Found};
use super::kernels::KERNELS;
use super::layout::Layout;
use super::names;
use super::pow;
use super::walk::{BOXES, Gathered, NIGHTS};
use crate::verdict::{Fact, Findings, Place};

/// A fact.
pub(super) fn fact(
    name: impl Into<Cow<'static, str>>,
    count: u32,
    function: Option<u32>,
    offset: u32,
    detail: impl Into<String>,
) -> Fact {
    Fact {
        name: name.into(),
        count,
        place: Place {
            function,
            offset: Some(offset),
        },
        detail: detail.into(),
    }
}

fn add(report: &mut Findings, new: Fact) {
    if new.count > 0 {
        report.add(new);
    }
}

/// Masks of `RandomX` scratchpads: three levels by eight bytes, the largest by 64.
const LEVELS: &[u64] = &[
    0x3ff8, 0x3_fff8, 0x1f_fff8, 0x1f_ffc0, 0xf_fff8, 0xf_ffc0, 0x1_fff8,
];
/// Modules below this size hold little more than a hash.
pub(super) const SMALL: usize = 400_000;
/// Modules below this size hold one hash and nothing else.
const TINY: usize = 20_000;

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
    let constants = Constants::get();
    for &(kernel, name) in KERNELS {
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
    for &(mask, count, function, offset) in &gathered.masks {
        let name = if NIGHTS.contains(&mask) {
            "cryptonight-mask"
        } else if LEVELS.contains(&mask) {
            "randomx-mask"
        } else if BOXES.contains(&mask) {
            "pwxform-mask"
        } else {
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
    if base == 0 {
        let small = bytes.len() < SMALL;
        let size = if small {
            "small-module"
        } else {
            "large-module"
        };
        add(report, fact(size, 1, None, base, ""));
        add(
            report,
            fact("tiny-module", u32::from(bytes.len() < TINY), None, base, ""),
        );
    }
    let (count, function, offset) = gathered.choices;
    add(
        report,
        fact(
            "choice-of-four",
            count,
            Some(function),
            base.saturating_add(offset),
            "",
        ),
    );
    let reach = pow::Reach::new(gathered, layout.imported);
    let searches = reach.searches();
    let twice = reach.twice(&searches);
    for &(kernel, name) in KERNELS {
        if twice.contains(kernel) {
            add(report, fact(format!("twice.{name}"), 1, None, base, ""));
        }
    }
    for search in searches {
        let function = Some(layout.imported.saturating_add(search.function));
        let offset = base.saturating_add(search.offset);
        let grade = search.grade;
        let inlined = if search.inlined { "inlined" } else { "" };
        for &(kernel, name) in KERNELS {
            let mut found = |name: String| add(report, fact(name, 1, function, offset, inlined));
            if search.around.contains(kernel) && grade > 1 {
                found(format!("loop{grade}.{name}"));
            }
            if !search.kernels.contains(kernel) {
                continue;
            }
            found(format!("search{grade}.{name}"));
            if search.places[0] {
                found(format!("blob{grade}.{name}"));
            }
            if search.places[1] {
                found(format!("header{grade}.{name}"));
            }
        }
    }
    for &(span, index, _) in &layout.names {
        if let Some(part) = names::telling(span.of(bytes)) {
            let offset = base.saturating_add(span.start);
            add(report, fact("miner-name", 1, Some(index), offset, part));
        }
    }
}
