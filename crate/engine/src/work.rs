//! How much is looked at, which tests bound in place of time: on a busy machine, time says nothing.

/// Notes that so many bytes or tokens were looked at; outside of tests this is nothing.
#[inline(always)]
#[allow(clippy::inline_always)] // Nothing of it may be left in what is measured.
pub(crate) fn look(much: usize) {
    #[cfg(test)]
    tests::LOOKED.set(tests::LOOKED.get() + much as u64);
    let _ = much;
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    thread_local! {
        pub(super) static LOOKED: Cell<u64> = const { Cell::new(0) };
    }

    /// How much is looked at while something is done.
    pub(crate) fn looked(act: impl FnOnce()) -> u64 {
        let before = LOOKED.get();
        act();
        LOOKED.get() - before
    }

    /// Asserts that twice the size is not much more than twice the work.
    pub(crate) fn assert_linear(what: &str, size: usize, act: impl Fn(usize)) {
        let once = looked(|| act(size));
        let twice = looked(|| act(size * 2));
        // What reaches a bounded way ahead does so less often near the end.
        assert!(
            twice <= once * 5 / 2 + 1_000,
            "{what}: {once} for {size}, {twice} for twice as much"
        );
    }

    #[test]
    fn what_is_quadratic_is_told_apart() {
        let quadratic = |size| (0..size).for_each(super::look);
        assert_linear("linear", 1_000, |size| super::look(size * 7));
        assert!(std::panic::catch_unwind(|| assert_linear("", 1_000, quadratic)).is_err());
    }
}
