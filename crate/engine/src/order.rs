//! Sorting in little code. What the inspector sorts are short lists, and it is compiled anew in every page
//! that needs it: the standard library's sorts would be a tenth of it, 4 to 9 KB for each kind of item.

/// Sorts items, in place, so that none is `before` one to its left; equal ones in no particular order.
/// Heapsort (Williams, Floyd 1964): some 2 n log2(n) comparisons at most, whatever the order was.
pub(crate) fn sort<T>(items: &mut [T], before: impl Fn(&T, &T) -> bool) {
    for root in (0..items.len() / 2).rev() {
        sink(items, root, &before);
    }
    for end in (1..items.len()).rev() {
        items.swap(0, end);
        if let Some(heap) = items.get_mut(..end) {
            sink(heap, 0, &before);
        }
    }
}

/// Sorts items, and leaves each once.
#[inline(never)]
pub(crate) fn sort_each_once<T: Ord>(items: &mut Vec<T>) {
    sort(items, T::lt);
    items.dedup();
}

/// Moves an item down until it is before none below it.
fn sink<T>(heap: &mut [T], mut root: usize, before: &impl Fn(&T, &T) -> bool) {
    loop {
        let is_before = |a: usize, b: usize| match (heap.get(a), heap.get(b)) {
            (Some(a), Some(b)) => before(a, b),
            _ => false,
        };
        let child = 2 * root + 1;
        let child = child + usize::from(is_before(child, child + 1));
        if !is_before(root, child) {
            return;
        }
        heap.swap(root, child);
        root = child;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn in_order(mut items: Vec<(u8, u16)>) {
            let mut expected = items.clone();
            expected.sort_unstable();
            sort(&mut items, |a, b| a < b);
            prop_assert_eq!(&items, &expected);
            sort(&mut items, |a, b| a.1 > b.1);
            prop_assert!(items.is_sorted_by(|a, b| a.1 >= b.1));
            sort_each_once(&mut items);
            expected.dedup();
            prop_assert_eq!(items, expected);
        }
    }
}
