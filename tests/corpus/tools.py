#!/usr/bin/env python3
"""Finds the tools that the corpus is made with, and gets those that a registry carries.

    tools.py DIR    installs into DIR/tools what is missing, says what has to come from the system

A tool is looked for in DIR/tools first (NOMINE_CORPUS, else the cache), then on PATH: Debian's wasm-opt
is years behind, and lacks passes.
"""
import functools
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.environ.get("NOMINE_CORPUS") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "nomine", "corpus")
TOOLS = os.path.join(CORPUS, "tools")
MUTATOR = os.path.join(HERE, "mutator", "target", "release", "mutator")
PLACES = [os.path.join(TOOLS, "node_modules", ".bin"), os.path.join(TOOLS, "bin")]

# What comes from the registries, and how; the versions that the report was made with.
NPM = ["binaryen@132.0.0", "assemblyscript@0.28.20"]
CARGO = {"wasm-tools": "1.263.0"}
# What comes from the system, and what is lost without it.
SYSTEM = {
    "clang": "miners by clang (Debian: clang lld wasi-libc libc++-dev-wasm32 libclang-rt-dev-wasm32)",
    "emcc": "miners by Emscripten (Debian: emscripten)",
    "go": "miners in Go (Debian: golang-go)",
    "tinygo": "miners in TinyGo (no registry carries it)",
}


# What browsers have; with everything that Binaryen knows it writes imports that none of them reads.
FEATURES = ["--mvp-features", *(f"--enable-{name}" for name in (
    "sign-ext", "mutable-globals", "nontrapping-float-to-int", "bulk-memory", "simd", "threads", "reference-types",
    "multivalue", "tail-call", "exception-handling", "multimemory"))]


@functools.cache
def find(name):
    """Where a tool is; nothing when it is not."""
    return shutil.which(name, path=os.pathsep.join(PLACES)) or shutil.which(name)


def zig():
    """The command of PyPI's Zig; nothing when it is not there."""
    command = os.environ.get("ZIG", f"{sys.executable} -m ziglang").split()
    try:
        return command if subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0 else None
    except OSError:
        return None


def main():
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    os.makedirs(TOOLS, exist_ok=True)
    missing = [p for p in NPM if not os.path.isdir(os.path.join(TOOLS, "node_modules", p.split("@")[0]))]
    if missing:
        done = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", TOOLS, *missing], check=False)
        if done.returncode:
            print(f"npm could not install {', '.join(missing)}")
    for name, version in CARGO.items():
        if not find(name):
            print(f"building {name} {version}, once: ten minutes")
            if subprocess.run(["cargo", "install", "--quiet", "--locked", "--root", TOOLS, f"{name}@{version}"], check=False).returncode:
                print(f"cargo could not install {name}")
    if subprocess.run(["cargo", "build", "--quiet", "--release", "--locked"], cwd=os.path.join(HERE, "mutator"), check=False).returncode:
        print("the mutator could not be built: its rows are left out")
    if not zig():
        print("Zig is not there: `pip install ziglang` for miners by Zig")
    for name, loss in SYSTEM.items():
        if not find(name):
            print(f"{name} is not there: no {loss}")


if __name__ == "__main__":
    main()
