#!/usr/bin/env python3
"""Builds miners for the corpus: hashes from PyPI source archives or from src/, each wrapped as a
browser miner would be (a nonce loop against a target, or the bare hash with the loop left to
JavaScript), by several compilers at several levels.

    build_miners.py DIR [FAMILY]   -> DIR/<family>/<package>-<shape>-<compiler>.wasm

Nothing built here is ever committed. What cannot be fetched or compiled is named and left out.
"""
import concurrent.futures
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile

import tools
from recipes import MENDS, RECIPES, SHAPES

HERE = os.path.dirname(os.path.abspath(__file__))
# The families whose pages drive them as CryptoNote pages do.
BLOBS = ("cryptonight", "argon2", "keccak", "randomx", "kheavyhash")


def compilers(zig):
    wasi = "--target=wasm32-wasi -mexec-model=reactor -Wl,--no-entry,--allow-undefined,--fatal-warnings"
    out = {}
    for level in ("O2", "O0"):
        out[f"clang-{level}"] = f"clang {wasi} -{level} -s"
    out["clang-O3-simd"] = f"clang {wasi} -O3 -msimd128 -s"
    for level in ("O3", "Os"):
        out[f"zig-{level}"] = f"{zig} cc -target wasm32-wasi -mexec-model=reactor -Wl,--import-symbols -{level} -s"
    # Threads: the memory is imported and shared, as pages with several workers on one memory have it.
    out["zig-O3-threads"] = (f"{zig} cc -target wasm32-wasi -mcpu=generic+atomics+bulk_memory -mexec-model=reactor "
                             "-Wl,--import-symbols,--import-memory,--shared-memory,--max-memory=1073741824 -O3 -s")
    for level in ("O3", "Oz"):
        out[f"emcc-{level}"] = f"emcc -{level} --no-entry -sALLOW_MEMORY_GROWTH=1 -sERROR_ON_UNDEFINED_SYMBOLS=0 -sSTANDALONE_WASM=1 -Wl,--fatal-warnings"
    first = ("clang-O2", "emcc-O3", "clang-O0", "zig-O3", "clang-O3-simd")
    return {name: out[name] for name in sorted(out, key=lambda n: first.index(n) if n in first else len(first))}


def download(spec, scratch):
    """The source archive of a package, unpacked."""
    place = os.path.join(scratch, spec.replace("==", "-"))
    if os.path.isdir(place) and glob.glob(place + "/*.tar.gz"):
        return place
    os.makedirs(place, exist_ok=True)
    # Without isolation first: that takes seconds instead of half a minute where setuptools and wheel are there.
    for isolation in (["--no-build-isolation"], []):
        try:
            done = subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:",
                                   *isolation, "-d", place, spec], check=False, capture_output=True, timeout=300)
        except subprocess.TimeoutExpired:
            continue
        if done.returncode == 0:
            break
    for archive in glob.glob(place + "/*.tar.gz"):
        with tarfile.open(archive) as tar:
            tar.extractall(place, filter="data")
    return place


def mended(requirement, scratch):
    """The package with what today's compilers refuse put right; a variant with changes is a copy of its own."""
    spec, _, variant = requirement.partition("#")
    if not spec:
        return None
    place = os.path.join(scratch, spec.replace("==", "-"))
    name = spec.split("==")[0]
    changes = MENDS.get(name, []) + MENDS.get(f"{name}#{variant}", [])
    if f"{name}#{variant}" in MENDS:
        copy = f"{place}-{variant}"
        if not os.path.isdir(copy) and os.path.isdir(place):
            shutil.copytree(place, copy)
        place = copy
    for file, before, after in changes:
        for path in glob.glob(place + "/**/" + file, recursive=True):
            with open(path, encoding="utf-8", errors="replace") as stream:
                text = stream.read()
            if before in text:
                with open(path, "w", encoding="utf-8") as stream:
                    stream.write(text.replace(before, after))
    return place


def run(command):
    """Runs a compiler; what went wrong, in a line."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        return "not compiled within ten minutes"
    if done.returncode == 0:
        return None
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    return errors[0][:150] if errors else done.stderr[-150:]


class Package:
    """One package at one compiler: its sources are compiled once, whatever shapes are made of them."""

    def __init__(self, requirement, place, skip, flags, scratch):
        self.requirement, self.scratch = requirement, scratch
        words = flags.split()
        self.flags = [w for w in words if not w.startswith("+")]
        self.plus = "c++" in flags
        def wanted(path):
            return not any(s in path[len(place):].split("/", 2)[-1] for s in skip.split("|"))
        found = []
        if place:
            found = [p for suffix in ("c", "cpp") for p in sorted(glob.glob(f"{place}/**/*.{suffix}", recursive=True)) if wanted(p)]
        self.includes = sorted({os.path.dirname(p) for p in glob.glob(f"{place}/**/*.h*", recursive=True) if wanted(p)}
                               | {os.path.join(p, "include") for p in glob.glob(f"{place}/*") if os.path.isdir(os.path.join(p, "include"))}
                               | {p for p in glob.glob(f"{place}/*/lib")}) if place else []
        self.sources = found + [os.path.join(HERE, "src", w[1:]) for w in words if w.startswith("+")]

    def base(self, command):
        out = [*command.split(), *self.flags, "-w", "-D_WASI_EMULATED_PROCESS_CLOCKS", *(f"-I{i}" for i in self.includes)]
        if not self.plus:
            out.append("-std=gnu11")
        if "emcc" not in command:
            out.append("-D_WASI_EMULATED_MMAN")
        return out

    def objects(self, name, command):
        """The sources compiled: paths, or a line about what went wrong."""
        compile_only = [w for w in self.base(command) if not w.startswith(("-Wl,", "-sALLOW", "-sERROR", "-sSTANDALONE", "--no-entry"))]
        folder = os.path.join(self.scratch, "objects", hashlib.sha256(repr((self.sources, self.flags, name)).encode()).hexdigest()[:16])
        os.makedirs(folder, exist_ok=True)
        made = []
        for index, source in enumerate(self.sources):
            path = os.path.join(folder, f"{index}.o")
            if not os.path.exists(path):
                # A file ending in .c is C even in a package in C++, unless the flags say otherwise.
                standard = ["-std=gnu11"] if self.plus and source.endswith(".c") and "-x" not in self.flags else []
                wrong = run([*compile_only, *standard, "-c", source, "-o", path + ".new"])
                if wrong:
                    return wrong
                os.replace(path + ".new", path)
            made.append(path)
        return made


def build(job):
    """Builds one package by one compiler in all its shapes; lines about what could not be."""
    package, name, command, shapes = job
    missing = [(path, glue) for path, glue in shapes if not os.path.exists(path)]
    if not missing:
        return []
    objects = package.objects(name, command)
    if isinstance(objects, str):
        return [f"{os.path.basename(path)}: {objects}" for path, _ in missing]
    failures = []
    for path, glue in missing:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        link = ["-x", "none"] if "-x" in package.flags else []
        libraries = [] if "emcc" in command else ["-lwasi-emulated-mman"]
        if package.plus:
            libraries += ["-lc++", "-lc++abi"] if "emcc" not in command else []
        wrong = run([*package.base(command), glue, *link, *objects, *libraries, "-o", path])
        if wrong:
            failures.append(f"{os.path.basename(path)}: {wrong}")
    return failures


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    only = sys.argv[2] if len(sys.argv) == 3 else None
    target = os.path.abspath(sys.argv[1])
    scratch = os.path.join(target, ".sources")
    os.makedirs(scratch, exist_ok=True)
    zig = tools.zig()
    known = {name: command for name, command in compilers(" ".join(zig or ["zig"])).items()
             if (zig if name.startswith("zig") else tools.find(command.split()[0]))}
    recipes = [r for r in RECIPES if not only or r[0] == only]
    specs = sorted({r[1].split("#")[0] for r in recipes} - {""})
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda spec: download(spec, scratch), specs))
    jobs = {}
    for family, requirement, skip, call, declarations, flags in recipes:
        place = mended(requirement, scratch)
        package = Package(requirement, place, skip, flags, scratch)
        if not package.sources:
            print(f"not to be had: {requirement}")
            continue
        name, _, variant = requirement.partition("#")
        label = "-".join(part for part in (name.split("==")[0] or "own", variant) if part)
        for shape, text in SHAPES.items():
            if shape == "blob" and family not in BLOBS:
                continue
            glue = os.path.join(scratch, f"{label}-{shape}.{'cpp' if package.plus else 'c'}")
            linkage = 'extern "C" ' if package.plus else ""
            content = f'#define EXPORT(n) {linkage}__attribute__((export_name(#n), used))\n{declarations}\n{text.replace("CALL", call)}\n'
            if not os.path.exists(glue) or open(glue, encoding="utf-8").read() != content:
                with open(glue, "w", encoding="utf-8") as file:
                    file.write(content)
            for name, command in known.items():
                key = (repr((package.sources, package.flags)), name)
                job = jobs.setdefault(key, (package, name, command, []))
                job[3].append((os.path.join(target, family, f"{label}-{shape}-{name}.wasm"), glue))
    # The first compiler over every family, then the next: whatever is stopped half-way is of use.
    order = sorted(jobs.values(), key=lambda job: list(known).index(job[1]))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        failures = [line for lines in pool.map(build, order) for line in lines]
    for failure in failures:
        print(failure)
    total = sum(len(job[3]) for job in order)
    print(f"{total - len(failures)} built, {len(failures)} not")


if __name__ == "__main__":
    main()
