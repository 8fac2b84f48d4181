//! Searches that stand alone within a large module: the function of the loop and all that it
//! calls. Whoever merges a harmless program around a miner, or pads it, leaves that part as it
//! was; so it is judged as if it were a module by itself. Limits: calls through tables are
//! followed where these hold few functions, and a search that reaches much of the module is no part.

use super::callers::Callers;
use super::kernels::Kernel;
use super::layout::Layout;
use super::pow::Search;
use super::walk::Gathered;

/// A part holds no more functions.
const MOST_FUNCTIONS: usize = 64;
/// A part's code is no longer: a chain of sixteen hashes, unrolled, has 350 KB; Keccak unrolled and then
/// compiled without optimisation alone 800 KB.
const MOST_BYTES: u32 = 1_000_000;
/// More parts of a module are not judged.
const MOST_PARTS: usize = 64;
/// Calls followed in a module, for all its parts.
const MOST_CALLS: usize = 1 << 18;

/// A part of a module.
pub(super) struct Part {
    /// Its searches, by their places in the list of all.
    pub(super) searches: Vec<usize>,
    /// Its functions, as indices into the defined ones; that of the search first.
    pub(super) functions: Vec<u32>,
    /// The length of their code.
    pub(super) bytes: u32,
    /// Whether it is a program of its own.
    pub(super) apart: bool,
}

/// The parts around these searches.
pub(super) fn parts(gathered: &Gathered, layout: &Layout, searches: &[Search]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut budget = MOST_CALLS;
    let mut last = None;
    for (number, search) in searches.iter().enumerate() {
        if search.attempt {
            continue;
        }
        // The searches of one function follow each other; what it calls is the same for all.
        if last == Some(search.function) {
            if let Some(part) = parts.last_mut()
                && part.functions.first() == last.as_ref()
            {
                part.searches.push(number);
            }
            continue;
        }
        // What another module hashes is no part of this one.
        let own = !search.kernels.without(Kernel::Elsewhere).is_empty();
        if search.grade < 2 || !own || parts.len() == MOST_PARTS || budget == 0 {
            continue;
        }
        last = Some(search.function);
        if let Some((functions, bytes)) = walked(gathered, layout, search.function, &mut budget) {
            parts.push(Part {
                searches: vec![number],
                functions,
                bytes,
                apart: false,
            });
        }
    }
    parts
}

/// A function and all that it calls, where that is little, with the length of their code. `calls` tells
/// the defined functions that one calls, and goes no further than it is let.
fn closed(
    function: u32,
    length: impl Fn(u32) -> Option<u32>,
    mut calls: impl FnMut(u32, &mut dyn FnMut(u32) -> Option<()>) -> Option<()>,
) -> Option<(Vec<u32>, u32)> {
    let mut functions = vec![function];
    let mut bytes = 0u32;
    let mut next = 0;
    while let Some(&index) = functions.get(next) {
        next += 1;
        bytes = bytes.saturating_add(length(index)?);
        if bytes > MOST_BYTES {
            return None;
        }
        calls(index, &mut |callee| {
            if !functions.contains(&callee) {
                if functions.len() == MOST_FUNCTIONS {
                    return None;
                }
                functions.push(callee);
            }
            Some(())
        })?;
    }
    Some((functions, bytes))
}

/// The same of functions that were walked.
fn walked(
    gathered: &Gathered,
    layout: &Layout,
    function: u32,
    budget: &mut usize,
) -> Option<(Vec<u32>, u32)> {
    let item = |index: u32| gathered.functions.get(index as usize);
    let length = |index| item(index).map(|item| item.body.1);
    closed(function, length, |index, tell| {
        let item = item(index)?;
        let calls = item.calls.0 as usize..item.calls.1 as usize;
        for call in gathered.calls.get(calls).unwrap_or_default() {
            *budget = budget.checked_sub(1)?;
            if let Some(callee) = call.callee.checked_sub(layout.imported) {
                tell(callee)?;
            }
        }
        Some(())
    })
}

/// The same from the code alone, before it is walked.
pub(super) fn reachable(function: u32, callers: &mut Callers<'_>) -> Option<Vec<u32>> {
    let layout = callers.layout();
    let length = |index: u32| {
        let body = layout.bodies.get(index as usize);
        Some(body.map_or(0, |body| body.end.saturating_sub(body.start)))
    };
    let found = closed(function, length, |index, tell| {
        let functions = layout.bodies.len() as u32;
        let called = callers.callees(index).iter();
        let mut called = called.filter(|&&callee| callee < functions);
        called.try_for_each(|&callee| tell(callee))
    });
    found.map(|(functions, _)| functions)
}
