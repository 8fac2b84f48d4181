//! What the kernels are wired to: a loop that steps a counter, writes it, reaches a hash and
//! compares the outcome. Limits: calls through tables are followed where tables hold few functions,
//! and chains of more than eight calls between loop and kernel are not a mining loop's.

use super::census::{Function, Loop, Test};
use super::frame::bit;
use super::kernels::{Kernel, Kernels};
use super::layout::Layout;
use super::walk::{Gathered, MOST_DEPTH, THROUGH};

/// How far calls are followed from a loop.
pub(super) const DEPTH: usize = 8;

/// Functions around one that compares, and calls in each, that are seen through.
const WRAPPED: usize = 3;
const MOST_ASKED: usize = 4;

/// Digits of a nonce, and not the steps of a few chains of hashes, have together as many values.
const OFTEN: u32 = 4096;

/// A loop that looks like a search for a proof of work.
#[allow(clippy::struct_excessive_bools)] // Each is seen by itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    /// The function it is in, as an index into the defined functions.
    pub(super) function: u32,
    /// Its offset in the input.
    pub(super) offset: u32,
    /// The kernels whose output it looks at.
    pub(super) kernels: Kernels,
    /// The kernels that it reaches.
    pub(super) around: Kernels,
    /// How sure: 3 when hash output is compared for order, 2 for zero, 1 when only something
    /// loaded is compared, or a callee is asked.
    pub(super) grade: u8,
    /// Whether hash output is compared with something that it should be equal to.
    pub(super) equal: bool,
    /// Whether that order is by the bytes of a target in memory.
    pub(super) target: bool,
    /// Whether it reaches its kernels without a call.
    pub(super) inlined: bool,
    /// Whether its counter can be known outside it.
    pub(super) out: bool,
    /// Whether it calls an imported function under a condition.
    pub(super) told: bool,
    /// Whether there is no loop around: one attempt, that the page calls again and again.
    pub(super) attempt: bool,
    /// Whether all that is known of an attempt is that it counts up by itself.
    pub(super) stepped: bool,
    /// Whether the counter lies at byte 39, at byte 76 of what is hashed.
    pub(super) places: [bool; 2],
}

/// For each function, the kernels that it reaches within `DEPTH` calls.
fn reach(gathered: &Gathered, imported: u32) -> Vec<Kernels> {
    let mut kernels: Vec<Kernels> = gathered.functions.iter().map(|f| f.kernels).collect();
    for _ in 0..DEPTH {
        let before = kernels.clone();
        for (function, target) in gathered.functions.iter().zip(kernels.iter_mut()) {
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
    kernels
}

/// For each loop, whether it counts a number that goes somewhere and does not only tell where in memory
/// something lies that is hashed.
fn counting(gathered: &Gathered, imported: u32) -> Vec<bool> {
    let mut read: Vec<u64> = gathered.functions.iter().map(|f| f.read).collect();
    let reads = |read: &[u64], callee: u32, position: u8| {
        let index = callee.checked_sub(imported).map(|index| index as usize);
        let read = index.and_then(|index| read.get(index));
        read.is_some_and(|read| read & bit(position.into()) != 0)
    };
    for _ in 0..DEPTH {
        let mut more = false;
        for &(function, callee, position, locals) in &gathered.passes {
            let through = reads(&read, callee, position);
            if let Some(read) = read.get_mut(function as usize).filter(|_| through) {
                more |= locals & !*read != 0;
                *read |= locals;
            }
        }
        if !more {
            break;
        }
    }
    let mut counters: Vec<[u64; 2]> = gathered.loops.iter().map(|l| [l.counted, 0]).collect();
    for &(index, callee, position, [locals, others]) in &gathered.handed {
        if let Some([counted, reading]) = counters.get_mut(index as usize) {
            if reads(&read, callee, position) {
                *reading |= locals & !others;
            } else {
                *counted |= locals;
            }
        }
    }
    let counters = gathered.loops.iter().zip(counters);
    let counts =
        |(item, [counted, reading]): (&Loop, [u64; 2])| item.nonce || counted & !reading != 0;
    counters.map(counts).collect()
}

/// For each function, whether it does nothing but compare, itself or by the few that it calls.
fn comparing(gathered: &Gathered, imported: u32) -> Vec<u8> {
    let calls = |function: &Function| {
        let calls = function.calls.0 as usize..function.calls.1 as usize;
        gathered.calls.get(calls).unwrap_or_default()
    };
    let alone = |function: &Function| match calls(function) {
        [] if function.quiet => function.compares,
        _ => 0,
    };
    let mut compares: Vec<u8> = gathered.functions.iter().map(alone).collect();
    for _ in 0..WRAPPED {
        let before = compares.clone();
        for (function, compares) in gathered.functions.iter().zip(&mut compares) {
            let calls = calls(function);
            if function.quiet && (1..=MOST_ASKED).contains(&calls.len()) {
                let asked = calls.iter().map(|call| {
                    let index = call.callee.checked_sub(imported);
                    index.and_then(|index| before.get(index as usize))
                });
                let asked = asked.map(|known| known.copied().unwrap_or(0));
                *compares = if asked.clone().any(|known| known == 0) {
                    0
                } else {
                    asked.max().unwrap_or(0)
                };
            }
        }
    }
    compares
}

/// What a module's functions reach.
pub(super) struct Reach<'a> {
    gathered: &'a Gathered,
    layout: &'a Layout,
    imported: u32,
    kernels: Vec<Kernels>,
    /// Which loops count a number that goes somewhere.
    counting: Vec<bool>,
    /// What the functions do nothing but compare: 0 not so, 1 for equality, 2 for order, 3 for that of bytes.
    compares: Vec<u8>,
}

impl<'a> Reach<'a> {
    /// Follows the calls of every function.
    pub(super) fn new(gathered: &'a Gathered, layout: &'a Layout) -> Self {
        let imported = layout.imported;
        let kernels = reach(gathered, imported);
        Self {
            gathered,
            layout,
            imported,
            kernels,
            counting: counting(gathered, imported),
            compares: comparing(gathered, imported),
        }
    }

    /// What each defined function reaches.
    pub(super) fn functions(&self) -> &[Kernels] {
        &self.kernels
    }

    /// What a call reaches: kernels, or for a function of another module that it is elsewhere.
    fn callee(&self, callee: u32) -> Kernels {
        if let Some(index) = callee.checked_sub(THROUGH) {
            let through = self.layout.through(index).iter();
            return through.fold(Kernels::default(), |all, &(_, callee)| {
                all.union(self.callee(callee))
            });
        }
        let Some(index) = callee.checked_sub(self.imported) else {
            let mut elsewhere = Kernels::default();
            elsewhere.insert(Kernel::Elsewhere);
            return elsewhere;
        };
        let kernels = self.kernels.get(index as usize);
        kernels.copied().unwrap_or_default()
    }

    fn compares(&self, callee: u32) -> u8 {
        let index = callee.checked_sub(self.imported);
        let compares = index.and_then(|index| self.compares.get(index as usize));
        compares.copied().unwrap_or(0)
    }

    /// Whether a function takes one number, returns one and writes to memory meanwhile, but does not hash.
    fn allocates(&self, callee: u32) -> bool {
        let arity = self.layout.arity(callee);
        let index = callee.checked_sub(self.imported);
        let function = index.and_then(|index| self.gathered.functions.get(index as usize));
        (arity.parameters, arity.results) == (1, 1)
            && function.is_some_and(|function| !function.quiet)
            && self.callee(callee).is_empty()
    }

    /// The kernels whose output is hashed again by functions of which `within` holds. A function
    /// that searches is not a hash.
    pub(super) fn twice(&self, searches: &[Search], within: impl Fn(u32) -> bool) -> Kernels {
        let mut twice = Kernels::default();
        for again in &self.gathered.agains {
            let index = again.first.checked_sub(self.imported);
            if !index.is_some_and(&within)
                || searches.iter().any(|search| Some(search.function) == index)
            {
                continue;
            }
            let both = self.callee(again.first).0 & self.callee(again.second).0;
            twice = twice.union(Kernels(both));
        }
        twice
    }

    /// The kernels whose output a test looks at, and how sure; `around` are those of its loop.
    fn tested(&self, test: &Test, around: Kernels) -> (Kernels, u8) {
        let mut grade = test.grade;
        if test.inlined {
            return (around.without(Kernel::Elsewhere), grade);
        }
        // Which of two hashes is the smaller: they are sorted, or the least of all is looked for.
        if let Some(at) = usize::from(test.alike).checked_sub(1)
            && let Some(&[comparing, hashing]) = test.calls.get(at..at + 2)
            && self.compares(comparing) > 0
            && !self.callee(hashing).without(Kernel::Elsewhere).is_empty()
        {
            return (Kernels::default(), 0);
        }
        // Memory of some length that is asked for is not that length.
        if test.passed
            && let [returning, ..] = test.calls
            && self.allocates(returning)
        {
            return (Kernels::default(), 0);
        }
        let mut elsewhere = (Kernels::default(), 0);
        for (depth, &call) in test.calls.iter().enumerate() {
            let kernels = self.callee(call);
            if depth == 0 && test.returned {
                // What is returned is an outcome only where it was compared for order, or where
                // the callee is nothing but a comparison.
                match self.compares(call) {
                    0 if kernels.without(Kernel::Elsewhere).is_empty() || grade < 3 => {
                        return (Kernels::default(), 0);
                    }
                    0 => {}
                    // Such as memcmp, asked for its sign; or how many zeros there are.
                    1 if test.ordered => {
                        grade = if test.grade == 2 { 4 } else { 3 };
                        continue;
                    }
                    1 => {
                        grade = 1;
                        continue;
                    }
                    kind => {
                        grade = if kind == 2 { 3 } else { 4 };
                        continue;
                    }
                }
            }
            if kernels.contains(Kernel::Elsewhere) {
                elsewhere = (kernels, grade);
            } else if !kernels.is_empty() {
                return (kernels, grade);
            }
        }
        if test.copied && elsewhere.1 == 0 {
            return (around.without(Kernel::Elsewhere), grade);
        }
        elsewhere
    }

    /// Whether a hash is looked up: a loop that goes round without limit and does not hash compares it with one
    /// thing after another.
    fn looks_up(&self, test: &Test, within: &[Kernels]) -> bool {
        let [first, ..] = test.calls;
        let Some(index) = test.around.checked_sub(1).map(|index| index as usize) else {
            return false;
        };
        let Some(item) = self.gathered.loops.get(index) else {
            return false;
        };
        let inner = within.get(index).copied().unwrap_or_default();
        test.returned
            && item.few == 0
            && inner.union(item.kernels).is_empty()
            && self.compares(first) > 0
    }

    /// The loops that look like a search for a proof of work.
    #[allow(clippy::too_many_lines)]
    pub(super) fn searches(&self) -> Vec<Search> {
        let gathered = self.gathered;
        let mut within = vec![Kernels::default(); gathered.loops.len()];
        let mut tests: Vec<Vec<(Kernels, u8)>> = Vec::new();
        tests.resize_with(gathered.loops.len(), Vec::new);
        // What a function finds out about hash output outside its loops: its caller may ask it.
        let mut verdicts = vec![(Kernels::default(), 0u8); gathered.functions.len()];
        // The same, of order alone.
        let mut ordered = verdicts.clone();
        for function in &gathered.functions {
            self.reach_loops(function, &mut within);
        }
        for test in &gathered.tests {
            let around = self.around(test, &within);
            let (kernels, grade) = self.tested(test, around);
            // What a stream cipher leaves are numbers that are drawn.
            let kernels = kernels.without(Kernel::Chacha);
            if grade == 0 || kernels.is_empty() || self.looks_up(test, &within) {
                continue;
            }
            // What a loop asks again and again is no single attempt.
            if grade > 2
                && (test.around == 0 || !test.returned)
                && let Some(ordered) = ordered.get_mut(test.function as usize)
            {
                ordered.0 = ordered.0.union(kernels);
                ordered.1 = ordered.1.max(grade);
            }
            if let Some(verdict) = verdicts.get_mut(test.function as usize) {
                verdict.0 = verdict.0.union(kernels);
                verdict.1 = verdict.1.max(grade);
            }
            let mut next = test.around;
            for _ in 0..MOST_DEPTH {
                let Some(index) = next.checked_sub(1) else {
                    break;
                };
                let Some(list) = tests.get_mut(index as usize) else {
                    break;
                };
                if !list.contains(&(kernels, grade)) && list.len() < 64 {
                    list.push((kernels, grade));
                }
                next = gathered.loops.get(index as usize).map_or(0, |l| l.parent);
            }
        }
        let mut result = Vec::new();
        for (number, function) in gathered.functions.iter().enumerate() {
            let (first, last) = (function.loops.0 as usize, function.loops.1 as usize);
            for index in first..last {
                let Some(item) = gathered.loops.get(index) else {
                    continue;
                };
                let inner = within.get(index).copied().unwrap_or_default();
                let kernels = inner.union(item.kernels);
                let few = || self.few(index, last, &within, &tests);
                if kernels.is_empty() || !self.counts(index) || few() {
                    continue;
                }
                let search = |tested, grade: u8| Search {
                    function: number as u32,
                    offset: item.offset,
                    kernels: tested,
                    around: kernels,
                    grade: grade.min(3),
                    equal: false,
                    target: grade == 4,
                    inlined: inner.is_empty(),
                    out: item.out || item.tells,
                    told: item.notes,
                    attempt: false,
                    stepped: false,
                    places: item.places,
                };
                let found = tests.get(index).map_or(&[][..], Vec::as_slice);
                let left = item.exits > 0 || item.until;
                // One that tells of what it finds, and goes on, is left by its end only.
                let sure_enough: &[u8] = match (left, item.tells) {
                    (true, _) => &[4, 3, 2],
                    (false, true) => &[4, 3],
                    (false, false) => continue,
                };
                for &grade in sure_enough {
                    let sure = found.iter().filter(|test| test.1 == grade);
                    let sure = sure.fold(Kernels::default(), |all, test| all.union(test.0));
                    if !sure.is_empty() {
                        result.push(search(sure, grade));
                    }
                }
                if !left {
                    continue;
                }
                let asked = self.asked(function, item, index as u32 + 1, &verdicts);
                if asked.1 > 1 {
                    result.push(search(asked.0, asked.1));
                }
                let own = kernels.without(Kernel::Elsewhere);
                let equal = found.iter().filter(|test| test.1 == 1);
                let equal = equal.fold(Kernels::default(), |all, test| all.union(test.0));
                if !equal.without(Kernel::Elsewhere).is_empty() {
                    result.push(Search {
                        equal: true,
                        ..search(equal, 1)
                    });
                }
                let sure = found
                    .iter()
                    .any(|test| !test.0.without(Kernel::Elsewhere).is_empty());
                if !sure && !own.is_empty() && (item.compared > 0 || item.asked > 0) {
                    result.push(search(own, 1));
                }
            }
        }
        self.attempts(&ordered, &within, &mut result);
        result
    }

    /// Whether a loop goes round a few times only: its counter is no nonce, or a digit of one where
    /// other such loops within it count as well, and all of them together go round often.
    fn few(
        &self,
        index: usize,
        last: usize,
        within: &[Kernels],
        tests: &[Vec<(Kernels, u8)>],
    ) -> bool {
        let loops = &self.gathered.loops;
        let Some(few) = loops.get(index).map(|item| item.few).filter(|&few| few > 0) else {
            return false;
        };
        let inner = loops.get(index + 1..last).unwrap_or_default();
        let kernels = within.get(index + 1..last).unwrap_or_default();
        // Loops follow the one that they are in.
        let inner = inner.iter().zip(kernels);
        let inner = inner.take_while(|item| item.0.parent as usize > index);
        let digits = inner.enumerate().take(MOST_DEPTH);
        let turns = |all: u32, (at, (item, kernels)): (usize, (&Loop, &Kernels))| {
            // A loop that hashes and asks nothing is the hash's own.
            let asks = item.asked > 0 || tests.get(index + 1 + at).is_some_and(|t| !t.is_empty());
            let hashes = !kernels.union(item.kernels).is_empty() && asks;
            let counts = item.few > 0 && hashes && self.counts(index + 1 + at);
            all.saturating_mul(if counts { item.few.into() } else { 1 })
        };
        digits.fold(few.into(), turns) < OFTEN
    }

    fn counts(&self, index: usize) -> bool {
        self.counting.get(index) == Some(&true)
    }

    /// Functions that the page can call, or that a loop or they themselves call, and that take a number, hash it
    /// and compare what comes out for order: the loop is the page's, or around the call. A number tells nothing by itself; its place in a header does, or the bytes of a target.
    fn attempts(&self, ordered: &[(Kernels, u8)], within: &[Kernels], searches: &mut Vec<Search>) {
        let found = searches.len();
        let looped = self.looped();
        for (number, (function, &(kernels, grade))) in
            self.gathered.functions.iter().zip(ordered).enumerate()
        {
            // Argon2 hashes the numbers of its blocks, at places like these.
            if kernels.contains(Kernel::Blamka) {
                continue;
            }
            let kernels = kernels.without(Kernel::Elsewhere);
            let told = function.places != [false; 2] || grade == 4;
            if kernels.is_empty() || !function.takes || !(told || function.steps) {
                continue;
            }
            // Hashes in a loop are not one attempt.
            let calls = function.calls.0 as usize..function.calls.1 as usize;
            let calls = self.gathered.calls.get(calls).unwrap_or_default();
            let straight = calls.iter().filter(|call| call.around == 0);
            let straight = straight.fold(function.kernels, |all, call| {
                all.union(self.callee(call.callee))
            });
            // Where only a target tells, what hashes again and again is none either, but where it calls itself:
            // then that is the hash's own loop over its blocks.
            let loops = function.loops.0 as usize..function.loops.1 as usize;
            let mut repeated = within.get(loops).unwrap_or_default().iter();
            let repeated = !function.recurs
                && function.places == [false; 2]
                && repeated.any(|inner| inner.0 & kernels.0 != 0);
            if straight.0 & kernels.0 == 0 || repeated {
                continue;
            }
            let index = number as u32 + self.imported;
            let mut names = self.layout.names.iter();
            let exported = names.any(|&(_, function, exported)| exported && function == index);
            // Where it is called again and again, by itself or by a loop, the search is here.
            let looped = looped.get(number) == Some(&true);
            let again = told && (function.recurs || function.steps && looped);
            if !exported && !again {
                continue;
            }
            let known = searches.get(..found).unwrap_or_default();
            let sure = |search: &Search| search.function == number as u32 && search.grade > 1;
            if known.iter().any(sure) {
                continue;
            }
            searches.push(Search {
                function: number as u32,
                offset: function.body.0,
                kernels,
                around: kernels,
                grade: 3,
                equal: false,
                target: grade == 4,
                inlined: false,
                out: true,
                told: false,
                attempt: !again,
                stepped: function.steps && !told,
                places: function.places,
            });
        }
    }

    /// For each function, whether a loop calls it.
    fn looped(&self) -> Vec<bool> {
        let mut looped = vec![false; self.gathered.functions.len()];
        for call in self.gathered.calls.iter().filter(|call| call.around != 0) {
            let index = call.callee.checked_sub(self.imported);
            if let Some(index) = index
                && let Some(looped) = looped.get_mut(index as usize)
            {
                *looped = true;
            }
        }
        looped
    }

    /// The kernels in the innermost loop around a test that has any: the loop that compares need not be
    /// the one that hashes.
    fn around(&self, test: &Test, within: &[Kernels]) -> Kernels {
        let mut next = test.around;
        for _ in 0..MOST_DEPTH {
            let Some(index) = next.checked_sub(1).map(|index| index as usize) else {
                let function = self.gathered.functions.get(test.function as usize);
                return function.map_or(Kernels::default(), |function| function.kernels);
            };
            let Some(item) = self.gathered.loops.get(index) else {
                break;
            };
            let inner = within.get(index).copied().unwrap_or_default();
            let kernels = inner.union(item.kernels);
            if !kernels.without(Kernel::Elsewhere).is_empty() {
                return kernels;
            }
            next = item.parent;
        }
        Kernels::default()
    }

    /// What the callees of a loop have found out, where the loop asks them.
    fn asked(
        &self,
        function: &Function,
        item: &Loop,
        index: u32,
        verdicts: &[(Kernels, u8)],
    ) -> (Kernels, u8) {
        let mut result = (Kernels::default(), 0);
        if item.asked == 0 {
            return result;
        }
        let calls = function.calls.0 as usize..function.calls.1 as usize;
        for call in self.gathered.calls.get(calls).unwrap_or_default() {
            if call.around == index
                && let Some(callee) = call.callee.checked_sub(self.imported)
                && let Some(verdict) = verdicts.get(callee as usize)
                && verdict.1 > 1
            {
                result = (result.0.union(verdict.0), result.1.max(verdict.1));
            }
        }
        result
    }

    /// What each loop of a function reaches, from the innermost outwards.
    fn reach_loops(&self, function: &Function, within: &mut [Kernels]) {
        let calls = function.calls.0 as usize..function.calls.1 as usize;
        for call in self.gathered.calls.get(calls).unwrap_or_default() {
            if let Some(around) = call.around.checked_sub(1)
                && let Some(slot) = within.get_mut(around as usize)
            {
                *slot = slot.union(self.callee(call.callee));
            }
        }
        // Inner loops come after the loops around them: pass what they reach outwards.
        for index in (function.loops.0 as usize..function.loops.1 as usize).rev() {
            let Some(item) = self.gathered.loops.get(index) else {
                continue;
            };
            let all = within
                .get(index)
                .copied()
                .unwrap_or_default()
                .union(item.kernels);
            if let Some(parent) = item.parent.checked_sub(1)
                && let Some(slot) = within.get_mut(parent as usize)
            {
                *slot = slot.union(all);
            }
        }
    }
}
