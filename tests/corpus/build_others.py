#!/usr/bin/env python3
"""Builds the miners that are neither C nor Rust: Go, TinyGo, AssemblyScript, hand-written text, and the
modules that RandomX miners write while they run.

    build_others.py DIR   -> DIR/<family>/<language>-<name>-loop-<level>.wasm
"""
import os
import subprocess
import sys
import tempfile

import tools
from others import lanes, programs

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "others")
FAMILY = {"sha256d": "sha256d", "keccak": "keccak", "duco": "sha1"}
# Programs of each kind: two would say little about modules that chance makes.
PROGRAMS = 6


def run(command, **environment):
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    return None if done.returncode == 0 else (done.stderr or done.stdout).strip().splitlines()[-1][:150]


def jobs(target):
    """Path, and what makes it."""
    def out(family, name):
        path = os.path.join(target, family, name + ".wasm")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    for file in sorted(os.listdir(HERE)):
        name, suffix = os.path.splitext(file)
        source = os.path.join(HERE, file)
        if suffix == ".go":
            if tools.find("go"):
                for level, flags in (("plain", []), ("stripped", ["-trimpath", "-ldflags=-s -w"])):
                    path = out(FAMILY[name], f"go-{name}-loop-{level}")
                    yield path, lambda p, s=source, f=flags: run(["go", "build", *f, "-o", p, s], GOOS="js", GOARCH="wasm", GO111MODULE="off")
            if tools.find("tinygo"):
                path = out(FAMILY[name], f"tinygo-{name}-loop-Oz")
                yield path, lambda p, s=source: run(["tinygo", "build", "-o", p, "-target", "wasm", s])
        elif suffix == ".ts" and tools.find("asc"):
            for level, flags in (("O3", ["-O3"]), ("Oz", ["-Oz", "--noAssert"]), ("O0", []), ("incremental", ["-O2", "--runtime", "incremental"])):
                path = out(FAMILY[name], f"asc-{name}-loop-{level}")
                yield path, lambda p, s=source, f=flags: run([tools.find("asc"), s, "-o", p, *(f if "--runtime" in f else [*f, "--runtime", "stub"])])
    if tools.find("wasm-as"):
        def assemble(path, text):
            with tempfile.NamedTemporaryFile("w", suffix=".wat") as file:
                file.write(text)
                file.flush()
                return run([tools.find("wasm-as"), *tools.FEATURES, file.name, "-o", path])
        for vector in (False, True):
            kind = "simd" if vector else "scalar"
            yield out("sha256d", f"hand-lanes-loop-{kind}"), lambda p, v=vector: assemble(p, lanes.module(v))
            for seed in range(PROGRAMS):
                yield out("randomx-program", f"program-{seed}-loop-{kind}"), lambda p, s=seed, v=vector: assemble(p, programs.program(s, v))
            # Version 2 with its longer programs, and the smaller scratchpad of ArQmA's fork.
            yield out("randomx-program", f"program-v2-loop-{kind}"), lambda p, v=vector: assemble(p, programs.program(100, v, size=384))
            yield out("randomx-program", f"program-arq-loop-{kind}"), lambda p, v=vector: assemble(p, programs.program(101, v, iterations=1024, l2=0x1FFF8, l3=0x3FFF8))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    made = 0
    for path, make in jobs(os.path.abspath(sys.argv[1])):
        if os.path.exists(path):
            made += 1
            continue
        wrong = make(path)
        made += not wrong
        if wrong:
            print(f"{os.path.basename(path)}: {wrong}")
    for name in ("go", "tinygo", "asc", "wasm-as"):
        if not tools.find(name):
            print(f"{name} is not there: its miners are left out")
    print(f"{made} built")


if __name__ == "__main__":
    main()
