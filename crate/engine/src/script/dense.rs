//! Where a text is worth the number tokeniser: blocks with many digits or with `^`.
//!
//! A hash kernel cannot do without exclusive or and constants, and minified application code has
//! next to none of the first and few of the second, so counting two classes of bytes per block
//! (which compilers turn into vector code) spares most of a bundle. Chosen on the bundles of
//! popular npm packages; a text of less than [`SMALL`] bytes is taken whole.

use core::ops::Range;

/// The size of a block.
const BLOCK: usize = 256;
/// So many digits make a block dense.
const DIGITS: u32 = 40;
/// How far a dense block reaches into its neighbours, for numbers and expressions cut at the edge.
const MARGIN: usize = 128;
/// Texts below this are taken whole.
const SMALL: usize = 2_048;

/// The dense parts, in order, not overlapping.
#[inline(never)]
pub(crate) fn ranges(text: &[u8]) -> Vec<Range<usize>> {
    if text.len() < SMALL {
        return core::iter::once(0..text.len()).collect();
    }
    let mut out: Vec<Range<usize>> = Vec::new();
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut push = |start: usize, end: usize| {
        let start = start.saturating_sub(MARGIN);
        let end = text.len().min(end + MARGIN);
        match out.last_mut() {
            Some(last) if last.end >= start => last.end = end,
            _ => out.push(start..end),
        }
    };
    for (index, block) in blocks.iter().enumerate() {
        if is_dense(block) {
            push(index * BLOCK, (index + 1) * BLOCK);
        }
    }
    if !rest.is_empty() {
        push(text.len() - rest.len(), text.len());
    }
    out
}

#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
#[inline(never)]
fn is_dense(block: &[u8; BLOCK]) -> bool {
    // Counts of up to 128 fit a byte, which keeps the vectors full.
    let (halves, _) = block.as_chunks::<128>();
    let mut digits = 0_u32;
    let mut carets = 0_u32;
    for half in halves {
        let (mut some_digits, mut some_carets) = (0_u8, 0_u8);
        for &byte in half {
            some_digits += u8::from(byte.wrapping_sub(b'0') < 10);
            some_carets += u8::from(byte == b'^');
        }
        digits += u32::from(some_digits);
        carets += u32::from(some_carets);
    }
    digits >= DIGITS || carets > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_what_is_dense() {
        let mut text = vec![b'a'; 10_000];
        assert_eq!(ranges(&text).last(), Some(&(9_984 - MARGIN..10_000)));
        text[5_000] = b'^';
        text[7_000..7_100].fill(b'7');
        let found = ranges(&text);
        assert!(found.iter().any(|range| range.contains(&5_000)));
        assert!(found.iter().any(|range| range.contains(&7_050)));
        assert!(!found.iter().any(|range| range.contains(&1_000)));
        assert_eq!(ranges(b"short"), vec![0..5]);
    }
}
