"""A SHA-256d miner as someone would write it by hand in the text format: unrolled, four nonces in the
four lanes of a vector, or one nonce in plain locals. No tables: every constant is in the code."""
import math

PRIMES = [p for p in range(2, 312) if all(p % d for d in range(2, math.isqrt(p) + 1))][:64]


def fraction(number, degree):
    """32 bits behind the point of a root, by whole numbers."""
    low, high = 0, 20 << 32
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle ** degree <= number << 32 * degree else (low, middle)
    return low & 0xFFFFFFFF


K = [fraction(p, 3) for p in PRIMES]
IV = [fraction(p, 2) for p in PRIMES[:8]]


class Words:
    """How words are written: one in an i32, or four in a v128."""

    def __init__(self, vector):
        self.vector, self.ty = vector, "v128" if vector else "i32"

    def constant(self, value):
        return "(v128.const i32x4 " + f"0x{value:08x} " * 4 + ")" if self.vector else f"(i32.const 0x{value:08x})"

    def add(self, *terms):
        out = terms[0]
        for term in terms[1:]:
            out = f"({'i32x4' if self.vector else 'i32'}.add {out} {term})"
        return out

    def bit(self, name, left, right):
        return f"({self.ty}.{name} {left} {right})"

    def rotated(self, name, count):
        word = f"(local.get ${name})"
        if not self.vector:
            return f"(i32.rotr {word} (i32.const {count}))"
        return f"(v128.or (i32x4.shr_u {word} (i32.const {count})) (i32x4.shl {word} (i32.const {32 - count})))"

    def shifted(self, name, count):
        return f"({'i32x4' if self.vector else 'i32'}.shr_u (local.get ${name}) (i32.const {count}))"

    def mixed(self, name, one, two, three, shift=False):
        last = self.shifted(name, three) if shift else self.rotated(name, three)
        return self.bit("xor", self.bit("xor", self.rotated(name, one), self.rotated(name, two)), last)


def compression(w, lines):
    """Unrolled: $s0..$s7 takes the block in $w0..$w15."""
    names = [f"v{i}" for i in range(8)]
    for i in range(8):
        lines.append(f"(local.set $v{i} (local.get $s{i}))")
    for i in range(64):
        j = i % 16
        if i >= 16:
            lines.append(f"(local.set $w{j} " + w.add(f"(local.get $w{j})", w.mixed(f"w{(j + 1) % 16}", 7, 18, 3, True), f"(local.get $w{(j + 9) % 16})", w.mixed(f"w{(j + 14) % 16}", 17, 19, 10, True)) + ")")
        a, b, c, d, e, f, g, h = names
        get = lambda name: f"(local.get ${name})"
        choice = w.bit("xor", get(g), w.bit("and", get(e), w.bit("xor", get(f), get(g))))
        majority = w.bit("or", w.bit("and", get(a), get(b)), w.bit("and", get(c), w.bit("or", get(a), get(b))))
        lines.append(f"(local.set $t " + w.add(get(h), w.mixed(e, 6, 11, 25), choice, w.constant(K[i]), get(f"w{j}")) + ")")
        lines.append(f"(local.set ${d} " + w.add(get(d), get("t")) + ")")
        lines.append(f"(local.set ${h} " + w.add(get("t"), w.mixed(a, 2, 13, 22), majority) + ")")
        names = [names[7], *names[:7]]
    for i in range(8):
        lines.append(f"(local.set $s{i} " + w.add(f"(local.get $s{i})", f"(local.get $v{i})") + ")")


def module(vector):
    w = Words(vector)
    load = (lambda at: f"(v128.load32_splat (i32.const {at}))") if vector else (lambda at: f"(i32.load (i32.const {at}))")
    nonces = "(i32x4.add (i32x4.splat (local.get $n)) (v128.const i32x4 0 1 2 3))" if vector else "(local.get $n)"
    # Midstate at 0, the last three words of the header at 32, the target's highest word at 44.
    lines = ["(loop $next"]
    lines += [f"(local.set $s{i} {load(4 * i)})" for i in range(8)]
    lines += [f"(local.set $w{i} {load(32 + 4 * i)})" for i in range(3)] + [f"(local.set $w3 {nonces})"]
    lines += [f"(local.set $w{i} {w.constant({4: 0x80000000, 15: 640}.get(i, 0))})" for i in range(4, 16)]
    compression(w, lines)
    lines += [f"(local.set $w{i} (local.get $s{i}))" for i in range(8)]
    lines += [f"(local.set $w{i} {w.constant({8: 0x80000000, 15: 256}.get(i, 0))})" for i in range(8, 16)]
    lines += [f"(local.set $s{i} {w.constant(IV[i])})" for i in range(8)]
    compression(w, lines)
    step = 4 if vector else 1
    if vector:
        swapped = "(i8x16.shuffle 3 2 1 0 7 6 5 4 11 10 9 8 15 14 13 12 (local.get $s7) (local.get $s7))"
        lines.append(f"(if (v128.any_true (i32x4.le_u {swapped} (v128.load32_splat (i32.const 44)))) (then (return (local.get $n))))")
    else:
        lines.append("(if (i32.le_u (i32.or (i32.or (i32.shl (local.get $s7) (i32.const 24)) (i32.shl (i32.and (local.get $s7) (i32.const 0xff00)) (i32.const 8))) "
                     "(i32.or (i32.and (i32.shr_u (local.get $s7) (i32.const 8)) (i32.const 0xff00)) (i32.shr_u (local.get $s7) (i32.const 24)))) (i32.load (i32.const 44))) (then (return (local.get $n))))")
    lines.append(f"(br_if $next (i32.ne (local.tee $n (i32.add (local.get $n) (i32.const {step}))) (local.get $end)))\n)\n(i32.const -1)")
    names = [f"w{i}" for i in range(16)] + [f"s{i}" for i in range(8)] + [f"v{i}" for i in range(8)] + ["t"]
    local = "\n".join(f"(local ${name} {w.ty})" for name in names)
    return f'(module (memory (export "m") 1)\n(func (export "r") (param $n i32) (param $end i32) (result i32)\n{local}\n' + "\n".join(lines) + "))"
