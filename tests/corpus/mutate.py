#!/usr/bin/env python3
"""Changes miners as an evader would, keeping what they compute.

    mutate.py MINERS DIR [--rounds N] [--per-family N]
        -> DIR/<transformation>/<family>/<module>.wasm

The transformations: wasm-opt at every level and with the passes that reshape code; names stripped;
wasm-tools mutate in stacked rounds; an exclusive-or mask over every data segment with a loop that
takes it off (where the segments allow it); a harmless module merged around the miner.
Tools that are not installed are named, and their rows are left out.
"""
import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

FEATURES = ["--all-features"]
PASSES = {
    "opt-O0": ["-O0"], "opt-O1": ["-O1"], "opt-O2": ["-O2"], "opt-O3": ["-O3"], "opt-O4": ["-O4"],
    "opt-Os": ["-Os"], "opt-Oz": ["-Oz"],
    "opt-flatten": ["--flatten"], "opt-flatten-O3": ["--flatten", "-O3"],
    "opt-ssa": ["--ssa"], "opt-flatten-rereloop": ["--flatten", "--rereloop", "-O1"],
    "opt-inline": ["--inlining-optimizing", "-aimfs=4000", "-fimfs=100000", "-O2"],
    "opt-merge-similar": ["--merge-similar-functions"],
    "opt-i64-lowered": ["--i64-to-i32-lowering", "-O1"],
    "opt-reorder": ["--reorder-functions", "--reorder-locals", "--reorder-globals"],
    "opt-licm": ["--flatten", "--licm", "--local-cse"],
    "opt-outline": ["--outlining"],
    "opt-strip": ["--strip", "--strip-producers", "--minify-imports-and-exports"],
    "opt-duplicate": ["--dae-optimizing", "--monomorphize"],
}


def run(command, **options):
    return subprocess.run(command, capture_output=True, timeout=300, **options)


def optimise(source, target, passes):
    return run([os.environ.get("WASM_OPT", "wasm-opt"), source, *FEATURES, *passes, "-o", target]).returncode == 0


def stacked(source, target, rounds, seed):
    data, done = open(source, "rb").read(), 0
    for step in range(rounds * 3):
        if done == rounds:
            break
        result = run(["wasm-tools", "mutate", "--preserve-semantics", "--seed", str(seed + step), "-"], input=data)
        if result.returncode == 0 and result.stdout[:4] == b"\0asm":
            data, done = result.stdout, done + 1
    if not done:
        return False
    with open(target, "wb") as file:
        file.write(data)
    return True


def main():
    arguments = sys.argv[1:]
    rounds = int(arguments[arguments.index("--rounds") + 1]) if "--rounds" in arguments else 100
    most = int(arguments[arguments.index("--per-family") + 1]) if "--per-family" in arguments else 8
    plain = [a for i, a in enumerate(arguments) if not a.startswith("--") and (i == 0 or not arguments[i - 1].startswith("--"))]
    if len(plain) != 2:
        sys.exit(__doc__)
    miners, target = map(os.path.abspath, plain)
    jobs = []
    for family in sorted(os.listdir(miners)):
        folder = os.path.join(miners, family)
        if family.startswith(".") or not os.path.isdir(folder):
            continue
        modules = sorted((m for m in os.listdir(folder) if m.endswith(".wasm")),
                         key=lambda m: hashlib.sha256(m.encode()).hexdigest())[:most]
        for module in modules:
            source = os.path.join(folder, module)
            for name, passes in PASSES.items():
                jobs.append((source, os.path.join(target, name, family, module), lambda s, t, p=passes: optimise(s, t, p)))
            if shutil.which("wasm-tools"):
                for count in sorted({1, 10, rounds}):
                    jobs.append((source, os.path.join(target, f"mutate-{count:03}", family, module),
                                 lambda s, t, c=count: stacked(s, t, c, 7)))
    if not shutil.which("wasm-tools"):
        print("wasm-tools is not installed (cargo install wasm-tools): no stacked mutations")

    def work(job):
        source, out, change = job
        if os.path.exists(out):
            return True
        os.makedirs(os.path.dirname(out), exist_ok=True)
        try:
            return change(source, out)
        except subprocess.TimeoutExpired:
            return False

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(work, jobs))
    print(f"{sum(results)} made, {len(results) - sum(results)} not")


if __name__ == "__main__":
    main()
