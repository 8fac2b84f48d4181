//! The operators that count, leave marks, and look at them when fuel is used up.

use super::super::writer::{signed, unsigned};
use super::PERIOD;

/// Bytes of code for one unit.
const UNIT: usize = 8;

/// Indices of what is added.
pub(super) struct Added {
    pub(super) hook_type: u32,
    pub(super) table: u32,
    pub(super) fuel: u32,
    pub(super) switch: u32,
    pub(super) calls: u32,
    pub(super) work: u32,
    /// Marks: all of this call, those since the last tick, since the last whole hash, and the last that a tick saw.
    pub(super) marks: u32,
    pub(super) fresh: u32,
    pub(super) since: u32,
    pub(super) last: u32,
    pub(super) tick: u32,
}

/// Counts a call from outside, and forgets the marks of the one before.
pub(super) fn begin(out: &mut Vec<u8>, added: &Added) {
    count(out, added);
    for global in [added.marks, added.since] {
        out.extend_from_slice(&[0x41, 0, 0x24]); // i32.const 0, global.set
        unsigned(out, u64::from(global));
    }
}

/// Counts a call, or what is as good as one.
fn count(out: &mut Vec<u8>, added: &Added) {
    out.push(0x23); // global.get
    unsigned(out, u64::from(added.calls));
    out.extend_from_slice(&[0x41, 1, 0x6a, 0x24]); // i32.const 1, i32.add, global.set
    unsigned(out, u64::from(added.calls));
}

/// Leaves these marks.
pub(super) fn mark(out: &mut Vec<u8>, marks: i32, added: &Added) {
    if marks == 0 {
        return;
    }
    out.push(0x23); // global.get
    unsigned(out, u64::from(added.fresh));
    out.push(0x41); // i32.const
    signed(out, i64::from(marks));
    out.extend_from_slice(&[0x72, 0x24]); // i32.or, global.set
    unsigned(out, u64::from(added.fresh));
}

/// Takes fuel for so many bytes of code and calls [`tick`] when there is none left.
pub(super) fn check(out: &mut Vec<u8>, length: usize, local: u64, added: &Added) {
    let units = (length / UNIT + 1).min(4_096);
    out.push(0x23); // global.get
    unsigned(out, u64::from(added.fuel));
    out.push(0x41); // i32.const
    signed(out, i64::try_from(units).unwrap_or(1));
    out.extend_from_slice(&[0x6b, 0x22]); // i32.sub, local.tee
    unsigned(out, local);
    out.push(0x24); // global.set
    unsigned(out, u64::from(added.fuel));
    out.push(0x20); // local.get
    unsigned(out, local);
    out.extend_from_slice(&[0x41, 0, 0x48, 0x04, 0x40, 0x10]); // i32.const 0, i32.lt_s, if, call
    unsigned(out, u64::from(added.tick));
    out.push(0x0b);
}

/// The function that is called when the fuel is used up.
pub(super) fn tick(added: &Added) -> Vec<u8> {
    let mut out = vec![0];
    // work += PERIOD - fuel; fuel = PERIOD
    out.push(0x23);
    unsigned(&mut out, u64::from(added.work));
    out.push(0x42);
    signed(&mut out, i64::from(PERIOD));
    out.push(0x23);
    unsigned(&mut out, u64::from(added.fuel));
    out.extend_from_slice(&[0xac, 0x7d, 0x7c, 0x24]);
    unsigned(&mut out, u64::from(added.work));
    out.push(0x41);
    signed(&mut out, i64::from(PERIOD));
    out.push(0x24);
    unsigned(&mut out, u64::from(added.fuel));
    look(&mut out, added);
    // if the table holds a function, call it
    out.extend_from_slice(&[0x41, 0, 0x25]);
    unsigned(&mut out, u64::from(added.table));
    out.extend_from_slice(&[0xd1, 0x45, 0x04, 0x40, 0x41, 0, 0x11]);
    unsigned(&mut out, u64::from(added.hook_type));
    unsigned(&mut out, u64::from(added.table));
    out.push(0x0b);
    // if the switch is on, trap
    out.push(0x23);
    unsigned(&mut out, u64::from(added.switch));
    out.extend_from_slice(&[0x04, 0x40, 0x00, 0x0b, 0x0b]);
    out
}

/// Looks at the marks since the last tick, where there are any, and counts a hash that has begun.
fn look(out: &mut Vec<u8>, added: &Added) {
    let get = |out: &mut Vec<u8>, global: u32| {
        out.push(0x23);
        unsigned(out, u64::from(global));
    };
    let set = |out: &mut Vec<u8>, global: u32| {
        out.push(0x24);
        unsigned(out, u64::from(global));
    };
    // if fresh
    get(out, added.fresh);
    out.extend_from_slice(&[0x04, 0x40]);
    // fresh & marks & ~last: known, not in the last, and now back
    get(out, added.fresh);
    get(out, added.marks);
    out.push(0x71);
    get(out, added.last);
    out.extend_from_slice(&[0x41, 0x7f, 0x73, 0x71]);
    // since |= fresh; marks |= fresh
    for global in [added.since, added.marks] {
        get(out, global);
        get(out, added.fresh);
        out.push(0x72);
        set(out, global);
    }
    // since == marks && (marks & (marks - 1)) != 0: all of them, and more than one
    get(out, added.since);
    get(out, added.marks);
    out.push(0x46);
    get(out, added.marks);
    get(out, added.marks);
    out.extend_from_slice(&[0x41, 1, 0x6b, 0x71, 0x41, 0, 0x47, 0x71]);
    // if either, count and begin anew
    out.extend_from_slice(&[0x72, 0x04, 0x40]);
    count(out, added);
    out.extend_from_slice(&[0x41, 0]);
    set(out, added.since);
    out.push(0x0b);
    // last = fresh; fresh = 0
    get(out, added.fresh);
    set(out, added.last);
    out.extend_from_slice(&[0x41, 0]);
    set(out, added.fresh);
    out.push(0x0b);
}
