#!/usr/bin/env python3
"""Builds miners in Rust for the corpus: the hashes of RustCrypto under a search for a nonce.

    build_rust.py DIR   -> DIR/<hash>/rust-<hash>-loop-<level>.wasm

Nothing built here is ever committed. What cannot be built is named and left out.
"""
import os
import shutil
import subprocess
import sys

# The crate, and the family that a verdict should fall under.
HASHES = {"sha2": "sha256d", "sha3": "keccak", "groestl": "groestl", "skein": "skein", "scrypt": "scrypt",
          "argon2": "argon2", "blake2": "blake2b", "blake3": "blake3", "sha1": "sha1"}
LEVELS = {"O3": ("3", ""), "Os": ("s", ""), "Oz": ("z", ""), "O3-simd": ("3", "-Ctarget-feature=+simd128")}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = os.path.abspath(sys.argv[1])
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rust")
    build = os.path.join(target, ".rust")
    made = failed = 0
    for crate, family in HASHES.items():
        for level, (optimise, flags) in LEVELS.items():
            path = os.path.join(target, family, f"rust-{crate}-loop-{level}.wasm")
            if os.path.exists(path):
                continue
            environment = {**os.environ, "CARGO_PROFILE_RELEASE_OPT_LEVEL": optimise, "RUSTFLAGS": flags}
            done = subprocess.run(
                ["cargo", "build", "--release", "--quiet", "--target", "wasm32-unknown-unknown", "--features", f"f_{crate}", "--target-dir", build],
                cwd=here, env=environment, capture_output=True, text=True)
            if done.returncode:
                failed += 1
                print(f"{crate} {level}: {next((l for l in done.stderr.splitlines() if l.startswith('error')), '')[:150]}")
                continue
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy(os.path.join(build, "wasm32-unknown-unknown", "release", "rminer.wasm"), path)
            made += 1
    print(f"{made} built, {failed} not")


if __name__ == "__main__":
    main()
