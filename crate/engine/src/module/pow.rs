//! What the kernels are wired to: a loop that steps a counter, writes it, reaches a hash and
//! compares the outcome. Limits: calls through tables are not followed, and chains of more than
//! four calls between loop and kernel are not a mining loop's.

use super::kernels::Kernels;
use super::walk::Gathered;

/// How far calls are followed from a loop.
const DEPTH: usize = 6;

/// A loop that looks like a search for a proof of work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    /// The function it is in, as an index into the defined functions.
    pub(super) function: u32,
    /// Its offset in the input.
    pub(super) offset: u32,
    /// The kernels that it reaches.
    pub(super) kernels: Kernels,
    /// How sure: 3 when hash output is compared for order, 2 for zero, 1 when only something
    /// loaded is compared, or a callee is asked.
    pub(super) grade: u8,
    /// Whether it reaches its kernels without a call.
    pub(super) inlined: bool,
}

/// For each function, the kernels that it reaches within `DEPTH` calls.
pub(super) fn reach(gathered: &Gathered, imported: u32) -> Vec<Kernels> {
    let mut reached: Vec<Kernels> = gathered.functions.iter().map(|f| f.kernels).collect();
    for _ in 0..DEPTH {
        let before = reached.clone();
        for (function, target) in gathered.functions.iter().zip(reached.iter_mut()) {
            let calls = function.calls.0 as usize..function.calls.1 as usize;
            for call in gathered.calls.get(calls).unwrap_or_default() {
                if let Some(callee) = call.callee.checked_sub(imported)
                    && let Some(kernels) = before.get(callee as usize)
                {
                    *target = target.union(*kernels);
                }
            }
        }
    }
    reached
}

/// The loops that look like a search for a proof of work.
pub(super) fn searches(gathered: &Gathered, imported: u32) -> Vec<Search> {
    let reached = reach(gathered, imported);
    let mut within = vec![Kernels::default(); gathered.loops.len()];
    let mut result = Vec::new();
    for (number, function) in gathered.functions.iter().enumerate() {
        let calls = function.calls.0 as usize..function.calls.1 as usize;
        for call in gathered.calls.get(calls).unwrap_or_default() {
            let callee = call.callee.checked_sub(imported);
            let kernels = callee.and_then(|callee| reached.get(callee as usize));
            if let (Some(kernels), Some(around)) = (kernels, call.around.checked_sub(1))
                && let Some(slot) = within.get_mut(around as usize)
            {
                *slot = slot.union(*kernels);
            }
        }
        let (first, last) = (function.loops.0 as usize, function.loops.1 as usize);
        // Inner loops come after the loops around them: pass what they reach outwards.
        for index in (first..last).rev() {
            let Some(item) = gathered.loops.get(index) else {
                continue;
            };
            let inner = within.get(index).copied().unwrap_or_default();
            let all = inner.union(item.kernels);
            if let Some(parent) = item.parent.checked_sub(1)
                && let Some(slot) = within.get_mut(parent as usize)
            {
                *slot = slot.union(all);
            }
            let kernels = all;
            if kernels.is_empty() || !item.nonce || item.exits == 0 {
                continue;
            }
            let grade = if item.judged > 0 {
                3
            } else if item.zeroed > 0 {
                2
            } else if item.compared > 0 || item.asked > 0 {
                1
            } else {
                continue;
            };
            result.push(Search {
                function: number as u32,
                offset: item.offset,
                kernels,
                grade,
                inlined: inner.is_empty(),
            });
        }
    }
    result
}
