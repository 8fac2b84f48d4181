//! Comparisons that turn out later to be none of a search: what was compared tells where something is read,
//! is a field beside a pointer, or is looked up in a list. A hash that is asked whether it is small enough is
//! none of these.

use super::super::frame::is_global;
use super::super::value::{
    Binary, Kind, LOADED, NARROW, OUTPUT, PARAMETER, RETURNED, Value, ZEROS,
};
use super::addresses::{FIELD, LOWEST, Place, place_number};
use super::flow::MOST_PLACES;
use super::{MIXED, Walker};

/// Products of what was compared, as many as are kept.
const MOST_SCALED: usize = 16;
/// Words that were read from where a call left something, as many as are kept of a function.
const MOST_FIELDS: usize = 64;
/// A vector is a pointer with a length and a capacity: three words next to each other.
const NEXT: u64 = 8;

/// A comparison for order of which something may be found out.
#[derive(Clone, Copy)]
struct Asked {
    /// What was compared, by their numbers.
    sides: [u32; 2],
    /// Which of them are hashes, and the locals that tell where they were just read from memory.
    hashes: [bool; 2],
    places: [u64; 2],
    /// The number of what it finds.
    outcome: u32,
    /// Its places in the list of all, from here on.
    test: usize,
    count: usize,
    /// The innermost loop around it.
    around: Option<u32>,
}

/// A comparison that is none of a search where one of these locals is stepped in a loop around it.
#[derive(Clone, Copy)]
struct Stepping {
    locals: u64,
    test: usize,
    count: usize,
    /// The innermost loop around it.
    around: u32,
}

/// See the file's head.
#[derive(Default)]
pub(super) struct Afterwards {
    asked: Vec<Asked>,
    /// The number of what the comparison finds that comes next.
    outcome: u32,
    stepping: Vec<Stepping>,
    /// Which numbers may be those of what was compared, or of products of it, by their last bits.
    filter: u64,
    /// What was last read from memory, by number, the locals that tell where, and which output or array begins there.
    read: [(u32, u64, u32); 2],
    /// Products of what was compared and a constant: their numbers, and of what.
    scaled: Vec<(u32, u32)>,
    /// Words of the frame that calls left: the number of the value, and from where it was read.
    fields: Vec<(u32, Place)>,
    /// Comparisons of such words: where they lie, and which of the list of all.
    questions: Vec<(Place, usize)>,
    /// Places of such words that turned out to be pointers.
    pointers: Vec<Place>,
}

impl Afterwards {
    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.asked.clear();
        self.outcome = 0;
        self.stepping.clear();
        self.filter = 0;
        self.read = [(0, 0, 0); 2];
        self.scaled.clear();
        self.fields.clear();
        self.questions.clear();
        self.pointers.clear();
    }

    /// See [`Stepping`].
    #[inline(never)]
    fn steps_with(&mut self, locals: u64, test: usize, count: usize, around: u32) {
        if self.stepping.len() < MOST_PLACES {
            self.stepping.push(Stepping {
                locals,
                test,
                count,
                around,
            });
        }
    }

    fn field(&self, value: &Value) -> Option<Place> {
        let was = |key: u32| move |field: &&(u32, Place)| field.0 == key && key != 0;
        let known = self.fields.iter().rev();
        let found = known.clone().find(was(value.key));
        // Or what was read before blocks met.
        let before = || known.clone().find(was(value.first));
        let found = match value.kind {
            Kind::Opaque => found.or_else(before),
            _ => found,
        };
        found.map(|field| field.1)
    }
}

impl Walker<'_> {
    /// A comparison was noted, from this place in the list of all on.
    #[inline(never)]
    pub(super) fn asks(&mut self, x: &Value, y: &Value, test: usize, by_order: bool) {
        let count = self.gathered.tests.len() - test;
        let is_hash = |side: &Value| side.level >= MIXED || side.flags & (OUTPUT | RETURNED) != 0;
        let hashes = [x, y].map(is_hash);
        let read = self.afterwards.read;
        let places = [x, y].map(|side| {
            let read = read.iter().find(|read| read.0 == side.key);
            read.map_or(0, |read| read.1)
        });
        let around = self.open.last().map(|open| open.index);
        let known = &mut self.afterwards;
        // A byte of a hash that is compared with a counter is drawn from as many as that tells.
        let (byte, other) = if is_byte(x) { (x, y) } else { (y, x) };
        if let Some(around) = around
            && by_order
            && is_byte(byte)
            && is_computed(other)
        {
            known.steps_with(other.locals, test, count, around);
        }
        let outcome = known.outcome;
        if by_order && known.asked.len() < MOST_PLACES {
            known.filter |= filter(x.key) | filter(y.key);
            known.asked.push(Asked {
                sides: [x.key, y.key],
                hashes,
                places,
                outcome,
                test,
                count,
                around,
            });
        }
        if known.fields.is_empty() || known.questions.len() >= MOST_PLACES {
            return;
        }
        for side in [x, y] {
            if side.flags & OUTPUT != 0
                && let Some(field) = known.field(side)
            {
                known.questions.push((field, test));
            }
        }
    }

    /// What is compared next finds something with this number.
    #[inline]
    pub(super) fn finds(&mut self, outcome: u32) {
        self.afterwards.outcome = outcome;
    }

    /// Something is stored: where it is what was found, of one hash after another, all of that is kept.
    #[inline]
    pub(super) fn stores_outcome(&mut self, address: &Value, value: &Value) {
        if self.afterwards.filter != 0 && address.locals != 0 {
            self.stores_found(address, value);
        }
    }

    #[inline(never)]
    fn stores_found(&mut self, address: &Value, value: &Value) {
        let known = &mut self.afterwards;
        let found = |asked: &&Asked| asked.outcome == value.key && asked.outcome != 0;
        if let Some(&asked) = known.asked.iter().rev().find(found)
            && let Some(around) = asked.around
        {
            known.steps_with(address.locals, asked.test, asked.count, around);
        }
    }

    /// Something is read from memory outside the frame, where this output begins: a byte, or a word that may be a
    /// pointer.
    #[inline(never)]
    pub(super) fn reads_memory(&mut self, key: u32, locals: u64, code: u8, at: Place, begins: u8) {
        let mut begins = begins.into();
        if at.0 != 0 && !is_global(at.0) {
            if code == 0x2d && at.1 >= LOWEST {
                // In an element of an array.
                begins = at.1 as u32;
            } else if code == 0x28 && begins == 0 {
                // A field of an object, read again and again, points to one thing.
                self.same(key, (FIELD | place_number(at) >> 12, 0));
            }
        }
        let read = &mut self.afterwards.read;
        *read = [(key, locals, begins), read[0]];
    }

    /// Whether two things that were just read are of two outputs of one kind, or of two elements of one array: hashes
    /// are sorted.
    #[inline(never)]
    pub(super) fn alike(&self, x: u32, y: u32) -> bool {
        let [one, other] = self.afterwards.read;
        one.2 != 0 && one.2 == other.2 && (one.0, other.0) == (y, x)
    }

    /// A word is read from where a call left something.
    #[inline(never)]
    pub(super) fn reads_field(&mut self, value: &Value, from: Place) {
        let fields = &mut self.afterwards.fields;
        if fields.len() < MOST_FIELDS {
            fields.push((value.key, from));
        } else if let Some(oldest) = fields.get_mut(value.key as usize % MOST_FIELDS) {
            *oldest = (value.key, from);
        }
    }

    /// A number is multiplied, as it is where it counts what lies one after another.
    #[inline]
    pub(super) fn scales(&mut self, op: Binary, x: &Value, y: &Value, value: &Value) {
        if self.afterwards.filter == 0 || !matches!(op, Binary::Mul | Binary::ShiftLeft) {
            return;
        }
        self.scales_asked(x, y, value);
    }

    #[inline(never)]
    fn scales_asked(&mut self, x: &Value, y: &Value, value: &Value) {
        let number = if y.kind == Kind::Constant { x } else { y };
        let known = &mut self.afterwards;
        let mut sides = known.asked.iter().flat_map(|asked| asked.sides);
        if sides.any(|side| side == number.key) && known.scaled.len() < MOST_SCALED {
            known.filter |= filter(value.key);
            known.scaled.push((value.key, number.key));
        }
    }

    /// Something is read or written here: whatever the address is made of is no hash.
    #[inline]
    pub(super) fn addressed(&mut self, address: &Value, base: u32) {
        let known = &self.afterwards;
        let is_field = !known.fields.is_empty() && address.flags & OUTPUT != 0;
        if !is_global(base) && (is_field || known.filter != 0) {
            self.addressed_by(address);
        }
    }

    #[inline(never)]
    fn addressed_by(&mut self, address: &Value) {
        if address.flags & OUTPUT != 0
            && let Some(field) = self.pointed_by(address)
            && self.afterwards.pointers.len() < MOST_PLACES
        {
            self.afterwards.pointers.push(field);
        }
        if self.afterwards.filter == 0 {
            return;
        }
        for part in self.parts_of(address) {
            if self.afterwards.filter & filter(part) == 0 {
                continue;
            }
            let scaled = self.afterwards.scaled.iter().find(|item| item.0 == part);
            let part = scaled.map_or(part, |item| item.1);
            while let Some(at) = self
                .afterwards
                .asked
                .iter()
                .position(|asked| part != 0 && asked.sides.contains(&part))
            {
                let asked = self.afterwards.asked.swap_remove(at);
                self.dismiss(asked.test, asked.count);
            }
        }
    }

    /// The place from which a pointer was read.
    fn pointed_by(&self, address: &Value) -> Option<Place> {
        let known = &self.afterwards;
        let base = match address.kind {
            Kind::Offset => Value::opaque(address.first),
            Kind::Opaque => *address,
            _ => return None,
        };
        known.field(&base).or_else(|| {
            let (origin, _) = self.origin(base.key, 0);
            known.field(&Value::opaque(origin))
        })
    }

    /// A defined function is given these: two words that lie next to each other are a pointer and its length.
    #[inline(never)]
    pub(super) fn gives_fields(&mut self, pointers: &[Value]) {
        let known = &mut self.afterwards;
        let mut given: Vec<Place> = Vec::new();
        for pointer in pointers
            .iter()
            .filter(|pointer| pointer.flags & OUTPUT != 0)
        {
            if let Some(field) = known.field(pointer) {
                given.push(field);
            }
        }
        for field in &given {
            if given.iter().any(|other| is_beside(field, other))
                && known.pointers.len() < MOST_PLACES
            {
                known.pointers.push(*field);
            }
        }
    }

    /// A loop ends: what was compared in it with one thing after another, and is not computed in it, was looked
    /// up in a list.
    #[inline(never)]
    pub(super) fn looked_up(&mut self, index: u32, stepped: u64) {
        for at in 0..self.afterwards.stepping.len() {
            if let Some(&item) = self.afterwards.stepping.get(at)
                && index <= item.around
                && item.locals & stepped != 0
            {
                self.dismiss(item.test, item.count);
            }
        }
        let mut at = 0;
        while let Some(&asked) = self.afterwards.asked.get(at) {
            if asked.around != Some(index) {
                at += 1;
                continue;
            }
            self.afterwards.asked.swap_remove(at);
            let kept = |at: usize| asked.hashes[at] && self.state.is_kept(asked.sides[at]);
            let listed = |at: usize| asked.places[at] & stepped != 0;
            if listed(1) && kept(0) || listed(0) && kept(1) {
                self.dismiss(asked.test, asked.count);
            }
        }
    }

    /// The function ends: what lies beside a pointer is no hash.
    #[inline(never)]
    pub(super) fn settle_fields(&mut self) {
        let questions = core::mem::take(&mut self.afterwards.questions);
        for (field, test) in &questions {
            let pointers = &self.afterwards.pointers;
            if pointers.iter().any(|pointer| is_beside(field, pointer))
                && let Some(test) = self.gathered.tests.get_mut(*test)
            {
                (test.grade, test.ordered) = (0, false);
            }
        }
        self.afterwards.questions = questions;
    }

    /// Comparisons were no search's.
    #[inline(never)]
    fn dismiss(&mut self, test: usize, count: usize) {
        let tests = self.gathered.tests.get_mut(test..);
        for test in tests.unwrap_or_default().iter_mut().take(count) {
            if test.ordered && matches!(test.grade, 2 | 3) {
                (test.grade, test.ordered) = (0, false);
            }
        }
    }
}

/// Whether something is a single byte of what a call left.
fn is_byte(value: &Value) -> bool {
    let byte = LOADED | NARROW | OUTPUT;
    value.kind == Kind::Opaque && value.flags & byte == byte
}

/// Whether something comes from nowhere but the function itself.
fn is_computed(value: &Value) -> bool {
    let elsewhere = LOADED | OUTPUT | RETURNED | PARAMETER | ZEROS;
    value.flags & elsewhere == 0 && value.level == 0 && value.locals != 0
}

/// The bit of a filter that stands for a number.
fn filter(key: u32) -> u64 {
    1 << (key & 63)
}

/// Whether two words lie next to each other, and are not the same.
fn is_beside(one: &Place, other: &Place) -> bool {
    one.0 == other.0 && one.1 != other.1 && one.1.abs_diff(other.1) <= NEXT
}
