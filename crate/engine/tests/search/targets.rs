//! What comes out of a hash is compared with a target, in every way that miners do it.

use super::*;

#[test]
fn output_below_a_target_is_a_search_however_it_is_compared() {
    let word = [number(OUT), load(28), vec![0x20, 1, 0x49]].concat();
    let against_memory = [number(OUT), load(28), number(TARGET), load(28), vec![0x4d]].concat();
    let byte = [
        number(31),
        vec![0x22, 3],
        load_byte(OUT as u32),
        vec![0x20, 3],
        load_byte(TARGET as u32),
        vec![0x4d],
    ]
    .concat();
    let zeros = [number(OUT), load(0), vec![0x67, 0x20, 1, 0x4f]].concat();
    let called = [number(OUT), number(TARGET), vec![0x10, 1]].concat();
    // As doubles, scaled by something: difficulties are fractions.
    let double = [
        number(OUT),
        load(28),
        vec![0xb8, 0x20, 1, 0xb7, 0xa2, 0x20, 1, 0xb7, 0x63],
    ]
    .concat();
    for (name, test) in [
        ("doubles", double),
        ("a word and a parameter", word),
        ("a word and memory", against_memory),
        ("bytes", byte),
        ("leading zeros", zeros),
        ("a function that compares", called),
    ] {
        let body = [hash_counter(), test].concat();
        let findings = search(&[hash(), compare(), count_up(&body, &step())]);
        assert!(sure(&findings), "{name}: {:?}", findings.facts);
        assert!(findings.has("header3.blake32"), "{name}");
    }
}

#[test]
fn output_put_together_further_down_is_compared_at_the_next_turn() {
    // for (i = 31, x = 0; ; i--) { if (i < 0) { counter++; if (x < target) return; continue outer; }
    // x = x << 8 | OUT[i]; }, as compilers write it for size: the search goes on within the inner loop.
    let begin = [number(31), vec![0x21, 3], number(0), vec![0x21, 4]].concat();
    let done = [vec![0x20, 3], number(0), vec![0x48, 0x04, 0x40], step()].concat();
    let found = vec![
        0x20, 4, 0x20, 1, 0x49, 0x04, 0x40, 0x20, 0, 0x0f, 0x0b, 0x0c, 2, 0x0b,
    ];
    let gather = [
        vec![0x20, 4],
        number(8),
        vec![0x74, 0x20, 3],
        load_byte(OUT as u32),
    ]
    .concat();
    let next = [
        vec![0x72, 0x21, 4, 0x20, 3],
        number(-1),
        vec![0x6a, 0x21, 3, 0x0c, 0],
    ]
    .concat();
    let inner = [vec![0x03, 0x40], done, found, gather, next, vec![0x0b]].concat();
    let outer = [
        vec![0x03, 0x40],
        hash_counter(),
        begin,
        inner,
        vec![0x0b],
        number(0),
    ]
    .concat();
    let findings = search(&[hash(), outer]);
    assert!(sure(&findings), "{:?}", findings.facts);
}

#[test]
fn what_is_hashed_twice_is_said() {
    let twice = [
        vec![0x20, 0],
        number(OUT),
        vec![0x10, 0, 0x1a],
        number(OUT),
        vec![0x20, 1, 0x10, 0],
    ]
    .concat();
    assert!(search(&[hash(), twice]).has("twice.blake32"));
    let beside = [
        vec![0x20, 0],
        number(OUT),
        vec![0x10, 0, 0x1a],
        vec![0x20, 0],
        number(TARGET),
        vec![0x10, 0],
    ]
    .concat();
    assert!(!search(&[hash(), beside]).has("twice.blake32"));
}

#[test]
fn a_loop_that_hashes_without_judging_the_output_is_no_search() {
    // Only the counter is compared.
    let limit = vec![0x20, 0, 0x20, 1, 0x4b];
    let body = [hash_counter(), limit].concat();
    let findings = search(&[hash(), count_up(&body, &step())]);
    assert!(!sure(&findings), "{:?}", findings.facts);
    // Other memory is compared.
    let other = [number(16384), load(28), vec![0x20, 1, 0x49]].concat();
    let body = [hash_counter(), other].concat();
    assert!(!sure(&search(&[hash(), count_up(&body, &step())])));
    // Output of something that is no hash is compared.
    let test = [number(OUT), load(28), vec![0x20, 1, 0x49]].concat();
    let call = [number(IN), number(OUT), vec![0x10, 1, 0x1a]].concat();
    let write = [number(IN), vec![0x20, 0], store(76)].concat();
    let body = [write, call, test].concat();
    assert!(!sure(&search(&[
        hash(),
        compare(),
        count_up(&body, &step())
    ])));
}

#[test]
fn a_comparison_with_a_constant_is_less_than_a_target() {
    // As samplers of lattice schemes compare with their modulus.
    let test = [number(OUT), load(28), number(3329), vec![0x49]].concat();
    let body = [hash_counter(), test].concat();
    let findings = search(&[hash(), count_up(&body, &step())]);
    assert!(!sure(&findings));
    assert!(findings.has("search2.blake32"));
}

#[test]
fn lanes_are_compared_as_numbers_are() {
    // v128.load, splat, i32x4.lt_u, v128.any_true
    let output = [number(OUT), vec![0xfd, 0, 4, 0]].concat();
    let target = vec![0x20, 1, 0xfd, 17];
    let body = [hash_counter(), output, target, vec![0xfd, 58, 0xfd, 83]].concat();
    assert!(sure(&search(&[hash(), count_up(&body, &step())])));
}

#[test]
fn output_written_in_digits_is_still_output() {
    // text[0] = digits[output[0] & 15]; text[0] != '0', which is no order.
    let digit = [
        number(OUT),
        load_byte(0),
        number(15),
        vec![0x71],
        load_byte(1056),
    ]
    .concat();
    let write = [number(8192), digit, vec![0x3a, 0, 0]].concat();
    let test = [number(8192), load_byte(0), number(48), vec![0x46]].concat();
    let body = [hash_counter(), write, test].concat();
    let findings = search(&[hash(), count_up(&body, &step())]);
    assert!(
        findings.has("search2.blake32") && !sure(&findings),
        "{:?}",
        findings.facts
    );
}

#[test]
fn bits_that_should_be_nought_are_asked_for_without_a_comparison() {
    // do { counter++; hash } while (hash & mask), and while something else has bits.
    for (word, is_search) in [(OUT, true), (TARGET, false)] {
        let bits = [number(word), load(28), vec![0x20, 1, 0x71, 0x0d, 0, 0x0b]].concat();
        let body = [vec![0x03, 0x40], step(), hash_counter(), bits].concat();
        let findings = search(&[hash(), [body, vec![0x20, 0]].concat()]);
        assert_eq!(
            findings.has("search2.blake32"),
            is_search,
            "{:?}",
            findings.facts
        );
    }
}

#[test]
fn the_sign_of_a_difference_of_bytes_is_their_order() {
    // As `memcmp` has it, inlined.
    let bytes = [number(OUT), load_byte(31), number(TARGET), load_byte(31)].concat();
    for (than, code) in [(0, 0x48), (-1, 0x4a)] {
        let test = [bytes.clone(), vec![0x6b], number(than), vec![code]].concat();
        let body = [hash_counter(), test].concat();
        let findings = search(&[hash(), count_up(&body, &step())]);
        assert!(findings.has("target.blake32"), "{:?}", findings.facts);
    }
    // Whether they are the same is no order.
    let test = [bytes, vec![0x6b, 0x45]].concat();
    let body = [hash_counter(), test].concat();
    assert!(!sure(&search(&[hash(), count_up(&body, &step())])));
}

#[test]
fn a_function_that_compares_bytes_compares_with_a_target() {
    // With variables in a frame of its own, as compilers leave it that do not optimise.
    let frame = [frame(), vec![0x20, 0], store(8)].concat();
    for framed in [vec![], frame] {
        let called = [number(OUT), number(TARGET), vec![0x10, 1]].concat();
        let body = count_up(&[hash_counter(), called].concat(), &step());
        let findings = search(&[hash(), [framed, compare()].concat(), body]);
        assert!(findings.has("target.blake32"), "{:?}", findings.facts);
    }
}

#[test]
fn how_hard_a_hash_was_to_find_is_compared_as_a_fraction_too() {
    // one / hash >= difficulty, and not hash * something >= limit, which draws a number
    let one = [vec![0x44], 1e9_f64.to_le_bytes().to_vec()].concat();
    let hashed = [number(OUT), load(28), vec![0xb8]].concat();
    let limit = [number(TARGET), vec![0x2b, 3, 0, 0x66]].concat();
    for (operator, is_search) in [(0xa3, true), (0xa2, false)] {
        let test = [one.clone(), hashed.clone(), vec![operator], limit.clone()].concat();
        let body = count_up(&[hash_counter(), test].concat(), &step());
        let findings = search(&[hash(), body]);
        assert_eq!(
            sure(&findings),
            is_search,
            "{operator:x}: {:?}",
            findings.facts
        );
    }
}

#[test]
fn a_hash_that_was_mixed_in_place_may_be_copied_by_a_call() {
    let copy = [vec![0x20, 0, 0x20, 1], load(0), store(28), number(0)].concat();
    let write = [
        number(IN),
        vec![0x20, 0],
        store(76),
        number(IN),
        vec![0x21, 4],
    ]
    .concat();
    let mixed = [number(IN), load(76), vec![0x21, 2], mixing_with(4, rotated)].concat();
    let left = [number(OUT - 256), vec![0x20, 2], store(0)].concat();
    let copied = [number(OUT), number(OUT - 256), vec![0x10, 0, 0x1a]].concat();
    let below = [number(OUT), load(28), number(TARGET), load(28), vec![0x49]].concat();
    let body = count_up(&[write, mixed, left, copied, below].concat(), &step());
    let findings = search(&[copy, body]);
    assert!(sure(&findings), "{:?}", findings.facts);
}

#[test]
fn a_hash_without_arguments_leaves_its_output_at_a_fixed_place() {
    // hash() { OUT = mixed(IN) }, called after input[76] = counter.
    let begin = [number(IN), vec![0x22, 0], load(0), vec![0x21, 2]].concat();
    let end = [number(OUT), vec![0x20, 2], store(0)].concat();
    let fixed = [begin, mixing(rotated), end].concat();
    let call = [number(IN), vec![0x20, 0], store(76), vec![0x10, 0]].concat();
    let read = |load: Vec<u8>, other: Vec<u8>| {
        let index = [number(31), vec![0x22, 3]].concat();
        [index, load, vec![0x20, 3], other, vec![0x4d]].concat()
    };
    let bytes = read(load_byte(OUT as u32), load_byte(TARGET as u32));
    // Numbers of the program's own are compared as well.
    let words = read(load(OUT as u32), load(TARGET as u32));
    for (test, expected) in [(bytes, true), (words, false)] {
        let body = count_up(&[call.clone(), test].concat(), &step());
        let module = [
            b"\0asm\x01\0\0\0".to_vec(),
            section(1, &[2, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 0x60, 0, 0]),
            section(3, &[2, 1, 0]),
            section(5, &[1, 0, 1]),
            code(&[1, 4, 0x7f], &[fixed.clone(), body]),
        ]
        .concat();
        let findings = inspect(&module);
        assert_eq!(findings.has("target.blake32"), expected);
        assert_eq!(sure(&findings), expected);
    }
}
