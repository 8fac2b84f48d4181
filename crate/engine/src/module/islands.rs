//! Programs of their own within a module. Whoever merges a harmless program around a miner, by a tool, leaves
//! the two apart: neither calls the other, and they share no table and no global that both set, such as the
//! pointer to the stack, by which all that was compiled together hangs together. What hangs together with a
//! hash and is not most of the module is judged as if it were one by itself. Limits: what the start of the
//! module calls does not hang together by that; what only memory or the page joins is apart, too.

use super::callers::Callers;
use super::kernels::{Kernel, Kernels};

/// No more functions than these are taken for one program, and no longer code: miners have less.
const MOST_FUNCTIONS: usize = 1024;
const MOST_BYTES: u32 = 2_000_000;
/// More programs of one module are not judged.
const MOST: u8 = 16;
/// What is of none of them, or of something larger.
const ELSEWHERE: u8 = u8::MAX;

/// Of which program each function is, from one, where it is of one that holds some of these kernels, by number
/// among the defined ones; otherwise 0. What hangs together with a curve is none. Beside a curve it may be
/// most of the module: then nothing is said of the whole.
#[inline(never)]
pub(super) fn islands(callers: &mut Callers<'_>, holds: &[(u32, Kernels)]) -> Vec<u8> {
    let layout = callers.layout();
    let code = layout.code();
    let mut most = code.end.saturating_sub(code.start) / 4 * 3;
    let mut of = vec![0; callers.all()];
    for (number, kernels) in holds {
        if kernels.contains(Kernel::Curve)
            && let Some(of) = of.get_mut(*number as usize)
        {
            *of = ELSEWHERE;
            most = u32::MAX;
        }
    }
    let mut next = 1;
    for &(number, _) in holds {
        if next <= MOST && of.get(number as usize) == Some(&0) {
            let mut island = Island {
                of: &mut of,
                number: next,
                members: Vec::new(),
                functions: MOST_FUNCTIONS,
                bytes: most.min(MOST_BYTES),
            };
            island.add(number, callers);
            if island.grow(callers).is_some() {
                next += 1;
            } else {
                for number in island.members {
                    if let Some(of) = of.get_mut(number as usize) {
                        *of = ELSEWHERE;
                    }
                }
            }
        }
    }
    of.truncate(layout.bodies.len());
    for of in &mut of {
        *of = if *of == ELSEWHERE { 0 } else { *of };
    }
    of
}

struct Island<'k> {
    of: &'k mut [u8],
    number: u8,
    /// What it has, tables and globals as well.
    members: Vec<u32>,
    /// How many functions, and bytes of code, it may still have.
    functions: usize,
    bytes: u32,
}

impl Island<'_> {
    /// Takes something in; `None` where it is of something larger.
    #[inline(never)]
    fn add(&mut self, number: u32, callers: &Callers<'_>) -> Option<()> {
        let layout = callers.layout();
        // The start of a module that was merged runs what both bring along.
        if layout.start == Some(number.saturating_add(layout.imported)) {
            return Some(());
        }
        let of = self.of.get_mut(number as usize)?;
        if *of == self.number {
            return Some(());
        }
        if *of != 0 {
            return None;
        }
        *of = self.number;
        self.members.push(number);
        if let Some(body) = layout.bodies.get(number as usize) {
            self.functions = self.functions.checked_sub(1)?;
            let length = body.end.saturating_sub(body.start);
            self.bytes = self.bytes.checked_sub(length)?;
        }
        Some(())
    }

    /// Takes in all that hangs together with what it has.
    fn grow(&mut self, callers: &mut Callers<'_>) -> Option<()> {
        let layout = callers.layout();
        let functions = layout.bodies.len() as u32;
        let mut next = 0;
        loop {
            let asked = next;
            while let Some(&number) = self.members.get(next) {
                next += 1;
                for at in 0.. {
                    let Some(&callee) = callers.callees(number).get(at) else {
                        break;
                    };
                    self.add(callee, callers)?;
                }
                // The tables that hold a function, and the functions that a table holds.
                let held = layout
                    .held
                    .get(layout.imported as usize..)
                    .unwrap_or_default();
                if let Some(table) = number.checked_sub(functions) {
                    for (other, tables) in (0..).zip(held) {
                        if u32::from(*tables).checked_shr(table).unwrap_or(0) & 1 != 0 {
                            self.add(other, callers)?;
                        }
                    }
                } else {
                    let mut tables = held.get(number as usize).copied().unwrap_or(0);
                    while tables != 0 {
                        self.add(functions + tables.trailing_zeros(), callers)?;
                        tables &= tables - 1;
                    }
                }
            }
            // Who calls is asked last: that is dear.
            let new = self.members.get(asked..)?.to_vec();
            if new.is_empty() {
                return Some(());
            }
            for caller in callers.of(&new, 2 * MOST_FUNCTIONS)? {
                self.add(caller, callers)?;
            }
        }
    }
}
