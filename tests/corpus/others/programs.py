"""The modules that RandomX miners write while they run: one for each random program, as a translator of
the specification (section 5 of RandomX's) to WebAssembly makes them. Imports the memory with scratchpad
and dataset, exports one function that runs the program's loop."""
import random

# Instructions by their frequency in 256, specification table 5.1 to 5.4.
FREQUENCY = {"IADD_RS": 16, "IADD_M": 7, "ISUB_R": 16, "ISUB_M": 7, "IMUL_R": 16, "IMUL_M": 4, "IMULH_R": 4, "IMULH_M": 1, "ISMULH_R": 4, "ISMULH_M": 1,
             "IMUL_RCP": 8, "INEG_R": 2, "IXOR_R": 15, "IXOR_M": 5, "IROR_R": 8, "IROL_R": 2, "ISWAP_R": 4, "FSWAP_R": 4, "FADD_R": 16, "FADD_M": 5, "FSUB_R": 16,
             "FSUB_M": 5, "FSCAL_R": 6, "FMUL_R": 32, "FDIV_M": 4, "FSQRT_R": 6, "CBRANCH": 25, "CFROUND": 1, "ISTORE": 16}
L1, L2, L3 = 0x3FF8, 0x3FFF8, 0x1FFFF8


def program(seed, vector, size=256, iterations=2048, l2=L2, l3=L3):
    chance = random.Random(seed)
    kinds, weights = zip(*FREQUENCY.items())
    r = lambda i: f"(local.get $r{i})"
    pad = lambda address: f"(i32.add (local.get $pad) {address})"

    def address(register, offset, mask):
        return pad(f"(i32.and (i32.add (i32.wrap_i64 {r(register)}) (i32.const {offset})) (i32.const {mask}))")

    def pair(at):
        """Two 32-bit integers as two doubles."""
        if vector:
            return f"(f64x2.convert_low_i32x4_s (v128.load64_zero {at}))"
        return f"(f64.convert_i32_s (i32.load {at}))", f"(f64.convert_i32_s (i32.load offset=4 {at}))"

    def float_op(name, target, other):
        if vector:
            return [f"(local.set ${target} (f64x2.{name} (local.get ${target}) {other}))"]
        return [f"(local.set ${target}{half} (f64.{name} (local.get ${target}{half}) {part}))" for half, part in zip("lh", other)]

    def source(name):
        return f"(local.get ${name})" if vector else (f"(local.get ${name}l)", f"(local.get ${name}h)")

    def masked(value):
        """Group E: exponent and mantissa are held to where no operation gives infinity or NaN."""
        if vector:
            return f"(v128.or (v128.and {value} (v128.const i64x2 0x00ffffffffffffff 0x00ffffffffffffff)) (v128.const i64x2 0x3{seed % 16:x}00000000{seed % 251:06x} 0x3{seed % 13:x}00000000{seed % 241:06x}))"
        return tuple(f"(f64.reinterpret_i64 (i64.or (i64.and (i64.reinterpret_f64 {v}) (i64.const 0x00ffffffffffffff)) (i64.const 0x3{seed % 16:x}00000000{seed % 251:06x})))" for v in value)

    def high(a, b, signed):
        return f"(call ${'smulh' if signed else 'mulh'} {a} {b})"

    def one():
        kind = chance.choices(kinds, weights)[0]
        d, s, immediate = chance.randrange(8), chance.randrange(8), chance.getrandbits(31)
        memory = f"(i64.load {address(s, immediate, L1 if chance.random() < .75 else l2)})" if s != d else f"(i64.load {pad(f'(i32.const {immediate & l3})')})"
        value = r(s) if s != d else f"(i64.const {immediate})"
        put = lambda text: [f"(local.set $r{d} {text})"]
        f, e, a = f"f{d % 4}", f"e{d % 4}", f"a{s % 4}"
        match kind:
            case "IADD_RS": return put(f"(i64.add {r(d)} (i64.shl {r(s)} (i64.const {chance.randrange(4)})))")
            case "IADD_M": return put(f"(i64.add {r(d)} {memory})")
            case "ISUB_R": return put(f"(i64.sub {r(d)} {value})")
            case "ISUB_M": return put(f"(i64.sub {r(d)} {memory})")
            case "IMUL_R": return put(f"(i64.mul {r(d)} {value})")
            case "IMUL_M": return put(f"(i64.mul {r(d)} {memory})")
            case "IMULH_R": return put(high(r(d), r(s), False))
            case "IMULH_M": return put(high(r(d), memory, False))
            case "ISMULH_R": return put(high(r(d), r(s), True))
            case "ISMULH_M": return put(high(r(d), memory, True))
            case "IMUL_RCP":
                divisor = immediate | 3
                shift = 63 + divisor.bit_length()
                reciprocal = (1 << shift) // divisor & (1 << 64) - 1
                return put(f"(i64.mul {r(d)} (i64.const 0x{reciprocal:x}))")
            case "INEG_R": return put(f"(i64.sub (i64.const 0) {r(d)})")
            case "IXOR_R": return put(f"(i64.xor {r(d)} {value})")
            case "IXOR_M": return put(f"(i64.xor {r(d)} {memory})")
            case "IROR_R": return put(f"(i64.rotr {r(d)} {value})")
            case "IROL_R": return put(f"(i64.rotl {r(d)} {value})")
            case "ISWAP_R": return [f"(local.set $t {r(d)})", f"(local.set $r{d} {r(s)})", f"(local.set $r{s} (local.get $t))"]
            case "FSWAP_R":
                if vector:
                    return [f"(local.set ${f} (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get ${f}) (local.get ${f})))"]
                return [f"(local.set $x (local.get ${f}l))", f"(local.set ${f}l (local.get ${f}h))", f"(local.set ${f}h (local.get $x))"]
            case "FADD_R": return float_op("add", f, source(a))
            case "FADD_M": return float_op("add", f, pair(address(s, immediate, L1)))
            case "FSUB_R": return float_op("sub", f, source(a))
            case "FSUB_M": return float_op("sub", f, pair(address(s, immediate, L1)))
            case "FSCAL_R":
                if vector:
                    return [f"(local.set ${f} (v128.xor (local.get ${f}) (v128.const i64x2 0x80f0000000000000 0x80f0000000000000)))"]
                return [f"(local.set ${f}{h} (f64.reinterpret_i64 (i64.xor (i64.reinterpret_f64 (local.get ${f}{h})) (i64.const 0x80f0000000000000))))" for h in "lh"]
            case "FMUL_R": return float_op("mul", e, source(a))
            case "FDIV_M": return float_op("div", e, masked(pair(address(s, immediate, L1))))
            case "FSQRT_R":
                if vector:
                    return [f"(local.set ${e} (f64x2.sqrt (local.get ${e})))"]
                return [f"(local.set ${e}{h} (f64.sqrt (local.get ${e}{h})))" for h in "lh"]
            case "CBRANCH":
                shift = 8 + chance.randrange(16)
                return put(f"(i64.add {r(d)} (i64.const {(immediate | 1 << shift) & ~(1 << shift - 1)}))") + [
                    f"(br_if $again (i64.eqz (i64.and {r(d)} (i64.const {255 << shift}))))"]
            case "CFROUND": return [f"(global.set $rounding (i32.and (i32.wrap_i64 (i64.rotr {r(s)} (i64.const {immediate % 64}))) (i32.const 3)))"]
            case _: return [f"(i64.store {address(d, immediate, L1 if chance.random() < .75 else l2)} {r(s)})"]

    body = []
    # A branch goes back to behind the last change of its register: here, to the nearest start of a stretch.
    for start in range(0, size, 16):
        stretch = [line for _ in range(min(16, size - start)) for line in one()]
        body += ["(loop $again", *stretch, ")"] if any("$again" in line for line in stretch) else stretch
    lines = ["(loop $iteration",
             f"(local.set $mix (i64.xor {r(chance.randrange(2))} {r(2 + chance.randrange(2))}))",
             f"(local.set $one (i32.and (i32.xor (local.get $one) (i32.wrap_i64 (local.get $mix))) (i32.const {l3 & ~63})))",
             f"(local.set $two (i32.and (i32.xor (local.get $two) (i32.wrap_i64 (i64.shr_u (local.get $mix) (i64.const 32)))) (i32.const {l3 & ~63})))"]
    lines += [f"(local.set $r{i} (i64.xor {r(i)} (i64.load offset={8 * i} {pad('(local.get $one)')})))" for i in range(8)]
    at = pad("(local.get $two)")
    for i in range(8):
        name, place = f"{'f' if i < 4 else 'e'}{i % 4}", f"(i32.add {at} (i32.const {8 * i}))"
        value = pair(place) if i < 4 else masked(pair(place))
        lines += [f"(local.set ${name} {value})"] if vector else [f"(local.set ${name}{h} {v})" for h, v in zip("lh", value)]
    lines += body
    lines += [f"(local.set $ma (i32.and (i32.xor (local.get $mx) (i32.wrap_i64 (i64.xor {r(4)} {r(6)}))) (i32.const 0x7fffffc0)))"]
    lines += [f"(local.set $r{i} (i64.xor {r(i)} (call $dataset (local.get $ma) (i32.const {i}))))" for i in range(8)]
    lines += ["(local.set $mx (local.get $ma))"]
    lines += [f"(i64.store offset={8 * i} {at} {r(i)})" for i in range(8)]
    for i in range(4):
        if vector:
            lines += [f"(local.set $f{i} (v128.xor (local.get $f{i}) (local.get $e{i})))", f"(v128.store offset={16 * i} {pad('(local.get $one)')} (local.get $f{i}))"]
        else:
            for k, h in enumerate("lh"):
                lines += [f"(local.set $f{i}{h} (f64.reinterpret_i64 (i64.xor (i64.reinterpret_f64 (local.get $f{i}{h})) (i64.reinterpret_f64 (local.get $e{i}{h})))))",
                          f"(f64.store offset={16 * i + 8 * k} {pad('(local.get $one)')} (local.get $f{i}{h}))"]
    lines += ["(br_if $iteration (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))"]
    begin = [f"(local.set $left (i32.const {iterations}))"] + [f"(local.set $r{i} (i64.load offset={8 * i} (local.get $registers)))" for i in range(8)]
    end = [f"(i64.store offset={8 * i} (local.get $registers) {r(i)})" for i in range(8)]
    floats = [f"{group}{i}" for group in "fea" for i in range(4)]
    names = [(name, "v128") for name in floats] if vector else [(name + h, "f64") for name in floats for h in "lh"]
    for i in range(4):
        begin += [f"(local.set $a{i} (v128.load offset={64 + 16 * i} (local.get $registers)))"] if vector else [
            f"(local.set $a{i}{h} (f64.load offset={64 + 16 * i + 8 * k} (local.get $registers)))" for k, h in enumerate("lh")]
    names += [(f"r{i}", "i64") for i in range(8)] + [("mix", "i64"), ("t", "i64"), ("x", "f64"), ("left", "i32"), ("one", "i32"), ("two", "i32"), ("ma", "i32"), ("mx", "i32")]
    mulh = """(func $mulh (param $a i64) (param $b i64) (result i64) (local $c i64) (local $d i64)
(local.set $c (i64.mul (i64.and (local.get $a) (i64.const 0xffffffff)) (i64.and (local.get $b) (i64.const 0xffffffff))))
(local.set $d (i64.add (i64.mul (i64.shr_u (local.get $a) (i64.const 32)) (i64.and (local.get $b) (i64.const 0xffffffff))) (i64.shr_u (local.get $c) (i64.const 32))))
(local.set $c (i64.add (i64.mul (i64.and (local.get $a) (i64.const 0xffffffff)) (i64.shr_u (local.get $b) (i64.const 32))) (i64.and (local.get $d) (i64.const 0xffffffff))))
(i64.add (i64.mul (i64.shr_u (local.get $a) (i64.const 32)) (i64.shr_u (local.get $b) (i64.const 32))) (i64.add (i64.shr_u (local.get $d) (i64.const 32)) (i64.shr_u (local.get $c) (i64.const 32)))))
(func $smulh (param $a i64) (param $b i64) (result i64)
(i64.sub (i64.sub (call $mulh (local.get $a) (local.get $b)) (i64.and (i64.shr_s (local.get $a) (i64.const 63)) (local.get $b))) (i64.and (i64.shr_s (local.get $b) (i64.const 63)) (local.get $a))))"""
    return ('(module (import "e" "m" (memory 33)) (import "e" "d" (func $dataset (param i32 i32) (result i64)))\n(global $rounding (mut i32) (i32.const 0))\n'
            + mulh + '\n(func (export "d") (param $registers i32) (param $pad i32)\n'
            + "\n".join(f"(local ${name} {ty})" for name, ty in names) + "\n" + "\n".join([*begin, *lines, *end]) + "))")
