#!/usr/bin/env python3
"""Changes miners as an evader would, keeping what they compute.

    mutate.py MINERS DIR BENIGN [--per-family N] [--only CHANGE]
        -> DIR/<change>/<family>/<module>.wasm

wasm-opt at every level and with the passes that reshape code; names stripped; wasm-tools mutate in
stacked rounds; a harmless module merged around the miner; the miner as JavaScript; and what `mutator/` does by itself. The
first module of every family goes through everything before the second does, so that whatever is
stopped half-way is of use. Tools that are not there are named, and their rows are left out.
"""
import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import tools

PASSES = {
    "opt-O0": ["-O0"], "opt-O1": ["-O1"], "opt-O2": ["-O2"], "opt-O3": ["-O3"], "opt-O4": ["-O4"],
    "opt-Os": ["-Os"], "opt-Oz": ["-Oz"],
    "opt-flatten": ["--flatten"], "opt-flatten-O3": ["--flatten", "-O3"],
    "opt-ssa": ["--ssa"], "opt-flatten-rereloop": ["--flatten", "--rereloop", "-O1"],
    "opt-inline": ["--inlining-optimizing", "-aimfs=4000", "-fimfs=100000", "-O2"],
    "opt-merge-similar": ["--merge-similar-functions"],
    "opt-i64-lowered": ["--legalize-js-interface", "--remove-non-js-ops", "--flatten", "--i64-to-i32-lowering", "-O1"],
    "opt-reorder": ["--reorder-functions", "--reorder-locals", "--reorder-globals"],
    "opt-licm": ["--flatten", "--licm", "--local-cse"],
    "opt-strip": ["--strip", "--strip-producers", "--minify-imports-and-exports"],
    "opt-duplicate": ["--dae-optimizing", "--monomorphize"],
}
# The miner as JavaScript: what pages fall back on where there is no WebAssembly.
SCRIPT = "wasm2js"
# What is merged around a miner: small, as a library, and large, as a whole application.
AROUND = {"merged-small": (40_000, 200_000), "merged-large": (600_000, 1_500_000)}


def run(command, **options):
    return subprocess.run(command, capture_output=True, timeout=300, **options)


def optimise(passes):
    # Lowering gives up where more than this is on.
    features = ["--mvp-features", "--enable-bulk-memory", "--enable-mutable-globals"] if "--i64-to-i32-lowering" in passes else tools.FEATURES

    def change(source, target):
        return run([tools.find("wasm-opt"), source, *features, *passes, "-o", target]).returncode == 0
    return change


def stacked(rounds):
    def change(source, target):
        with open(source, "rb") as file:
            data = file.read()
        done, seed = 0, int(hashlib.sha256(os.path.basename(source).encode()).hexdigest()[:6], 16)
        for step in range(rounds * 3):
            if done == rounds:
                break
            result = run([tools.find("wasm-tools"), "mutate", "--preserve-semantics", "--seed", str(seed + step), "-"], input=data)
            if result.returncode == 0 and result.stdout[:4] == b"\0asm":
                data, done = result.stdout, done + 1
        if done < rounds:
            return False
        with open(target, "wb") as file:
            file.write(data)
        return True
    return change


def merged(benign, smallest, largest):
    """Merges a harmless module that the miner's name chooses; one memory where the tool can make it one."""
    def around(module, source, target):
        both = target + ".both"
        try:
            if run([tools.find("wasm-merge"), module, "library", source, "miner", "--rename-export-conflicts", *tools.FEATURES, "-o", both]).returncode:
                return False
            if run([tools.find("wasm-opt"), both, *tools.FEATURES, "--multi-memory-lowering", "-o", target]).returncode:
                os.replace(both, target)
            return True
        finally:
            if os.path.exists(both):
                os.remove(both)

    def change(source, target):
        return any(around(module, source, target) for module in fitting(benign, source, smallest, largest)[:3])
    return change


def fitting(benign, source, smallest, largest):
    """Harmless modules of such a size, in an order that the miner's name decides."""
    key = os.path.basename(source)
    paths = [path for path, size in benign if smallest <= size <= largest]
    return sorted(paths, key=lambda path: hashlib.sha256((key + os.path.basename(path)).encode()).digest())


def own(name, benign):
    def change(source, target):
        command = [tools.MUTATOR, name, source, target]
        if name == "inside-another":
            # A carrier must have a memory of its own: the next one where it has not.
            return any(run([*command, carrier]).returncode == 0 for carrier in fitting(benign, source, 20_000, 400_000)[:20])
        return run(command).returncode == 0
    return change


def changes(benign):
    found = {}
    if os.path.exists(tools.MUTATOR):
        found |= {name: own(name, benign) for name in run([tools.MUTATOR, "--list"], text=True).stdout.split()}
    if tools.find("wasm-tools"):
        found |= {f"mutate-{rounds:03}": stacked(rounds) for rounds in (1, 10, 100)}
    if tools.find(SCRIPT):
        found[SCRIPT] = lambda source, target: run([tools.find(SCRIPT), "-O2", source, *tools.FEATURES, "-o", target]).returncode == 0
    if tools.find("wasm-merge"):
        found |= {name: merged(benign, *sizes) for name, sizes in AROUND.items()}
    if tools.find("wasm-opt"):
        found |= {name: optimise(passes) for name, passes in PASSES.items()}
    for name in ("wasm-opt", "wasm-merge", "wasm-tools"):
        if not tools.find(name):
            print(f"{name} is not there: its rows are left out (see README.md)")
    return found


def chosen(folder, most):
    """The searches first, in an order that a hash of the name decides; of bare hashes one is enough."""
    def order(name):
        return ("-hash-" in name, hashlib.sha256(name.encode()).digest())
    return sorted((m for m in os.listdir(folder) if m.endswith(".wasm")), key=order)[:most]


def main():
    options = {"--per-family": "4", "--only": ""}
    plain = []
    arguments = iter(sys.argv[1:])
    for argument in arguments:
        if argument in options:
            options[argument] = next(arguments, "")
        else:
            plain.append(argument)
    if len(plain) != 3:
        sys.exit(__doc__)
    miners, target, benign_root = map(os.path.abspath, plain)
    benign = [(os.path.join(d, f), os.path.getsize(os.path.join(d, f)))
              for d, _, files in sorted(os.walk(benign_root)) for f in sorted(files) if f.endswith(".wasm")]
    known = changes(benign)
    jobs = []
    for family in sorted(os.listdir(miners)):
        folder = os.path.join(miners, family)
        if family.startswith(".") or not os.path.isdir(folder):
            continue
        for turn, module in enumerate(chosen(folder, int(options["--per-family"]))):
            for step, (name, change) in enumerate(known.items()):
                if not options["--only"] or name.startswith(options["--only"]):
                    made = module[:-5] + ".js" if name == SCRIPT else module
                    jobs.append((turn, step, os.path.join(folder, module), os.path.join(target, name, family, made), change))
    jobs.sort(key=lambda job: job[:2])

    def work(job):
        _, _, source, out, change = job
        first = out[:-5] + "~1.wasm"
        if os.path.exists(out) or os.path.exists(first) or os.path.exists(out + ".not"):
            return os.path.exists(out) or os.path.exists(first)
        os.makedirs(os.path.dirname(out), exist_ok=True)
        try:
            done = change(source, out)
        except subprocess.TimeoutExpired:
            done = False
        if not done:
            # What a tool left half-way is no miner.
            if os.path.exists(out):
                os.remove(out)
            # So that it is not tried again: a change that does not apply never will.
            open(out + ".not", "w", encoding="ascii").close()
        return done

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(work, jobs))
    print(f"{sum(results)} changed modules, {len(results) - sum(results)} where the change does not apply")


if __name__ == "__main__":
    main()
