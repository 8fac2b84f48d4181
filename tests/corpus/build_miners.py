#!/usr/bin/env python3
"""Builds miners for the corpus: hashes from PyPI source archives, each wrapped as a browser miner
would be (a nonce loop against a target, or the bare hash with the loop left to JavaScript), by
several compilers at several levels.

    build_miners.py DIR [FAMILY]   -> DIR/<family>/<package>-<shape>-<compiler>.wasm

Nothing built here is ever committed. What cannot be fetched or compiled is named and left out.
"""
import concurrent.futures
import glob
import os
import shutil
import subprocess
import sys
import tarfile

# family, package, files that are not part of the hash, the call, extra declarations, extra flags
X = "extern void {0}(const char*, char*);"
RECIPES = [
    ("lyra2", "allium_hash==1.0.3", "module", "allium_hash((const char*)in, (char*)out)", X.format("allium_hash"), ""),
    ("x11", "c11_hash==1.5", "module", "c11_hash((const char*)in, (char*)out)", X.format("c11_hash"), ""),
    ("yespower", "cpupower==1.0.1", "module|-ref|-platform", "yespower_hash((const char*)in, (char*)out)", "extern int yespower_hash(const char*, char*);", ""),
    ("yespower", "sugar_yespower==1.0.1", "module|-ref|-platform", "yespower_hash((const char*)in, (char*)out)", "extern int yespower_hash(const char*, char*);", ""),
    ("yespower", "tdc_yespower==1.0.0", "module|-ref|-platform", "yespower_hash((const char*)in, (char*)out)", "extern int yespower_hash(const char*, char*);", ""),
    ("yespower", "zny_yespower_0_5==1.0.2", "module|-ref|-platform", "yespower_hash((const char*)in, (char*)out)", "extern int yespower_hash(const char*, char*);", ""),
    ("yescrypt", "yescrypt_hash==0.5.1", "module|/yescrypt/", "yescrypt_hash((const char*)in, (char*)out)", X.format("yescrypt_hash"), ""),
    ("blake256", "decred_hash==1.0.1", "module", "blake_hash((const char*)in, (char*)out)", X.format("blake_hash"), ""),
    ("x11", "deeponion-x13-hash==1.0.4", "module|helper", "deeponion_x13_hash((const char*)in, (char*)out)", X.format("deeponion_x13_hash"), ""),
    ("keccak", "keccak_hash==1.4.3", "module", "keccak_hash((const char*)in, (char*)out)", X.format("keccak_hash"), ""),
    ("scrypt", "litecoin_scrypt==1.0.2", "module|sse2", "scrypt_1024_1_1_256((const char*)in, (char*)out)", X.format("scrypt_1024_1_1_256"), ""),
    ("scrypt", "vtc_scrypt_new==1.1.5", "module", "scrypt_N_1_1_256((const char*)in, (char*)out, 2048)", "extern void scrypt_N_1_1_256(const char*, char*, unsigned);", ""),
    ("lyra2", "lyra2re2_hash==1.2.0", "module", "lyra2re2_hash((const char*)in, (char*)out)", X.format("lyra2re2_hash"), ""),
    ("lyra2", "lyra2re_hash==1.1.1", "module", "lyra2re_hash((const char*)in, (char*)out)", X.format("lyra2re_hash"), ""),
    ("lyra2", "vertcoinhash==1.0.1", "module|h2.c|sha3.c|scrypt.c", "lyra2re3_hash((const char*)in, (char*)out)", X.format("lyra2re3_hash"), ""),
    ("neoscrypt", "neoscrypt==1.2.1", "module", "neoscrypt(in, out, 0)", "extern void neoscrypt(const unsigned char*, unsigned char*, unsigned);", ""),
    *[("cryptonight", f"py_cryptonight==1.0.0#v{variant}", "pycryptonight.|randomx/|JIT|_template|easylogging|mlog|main.c|hmac|random.c|tree-hash|cmake-build|misc/",
       f"cn_slow_hash(in, 76, (char*)out, {variant}, 0, 1806260)",
       'extern "C" void cn_slow_hash(const void*, __SIZE_TYPE__, char*, int, int, unsigned long long);', "-DNO_AES -x c++ -std=gnu++14")
      for variant in (0, 1, 2, 4)],
    ("x11", "quark_hash==1.0", "module", "quark_hash((const char*)in, (char*)out)", X.format("quark_hash"), ""),
    ("x11", "qubit_hash==1.0", "module|helper|sha3/qubit", "qubit_hash((const char*)in, (char*)out)", X.format("qubit_hash"), ""),
    ("skein", "skeinhash==1.0", "module|helper", "skein_hash((const char*)in, 80, (char*)out)", "extern void skein_hash(const char*, unsigned long, char*);", ""),
    ("x11", "timetravel10_hash==1.0.2", "module|helper", "timetravel10_hash((const char*)in, (char*)out)", X.format("timetravel10_hash"), ""),
    ("x11", "tribushashm==1.0.5", "module|helper", "tribushashm((const char*)in, (char*)out)", X.format("tribushashm"), ""),
    ("x11", "x11_hash==1.4", "module|helper", "x11_hash((const char*)in, (char*)out)", X.format("x11_hash"), ""),
    ("x11", "x13_hash==2.1.3", "module|helper", "x13_hash((const char*)in, (char*)out)", X.format("x13_hash"), ""),
    ("x16r", "x16r_hash==1.0.1", "module|helper|sph_sha|sha512.c", "x16r_hash((const char*)in, (char*)out)", X.format("x16r_hash"), ""),
    ("x16r", "x16rv2_hash==1.0", "module|helper|sph_sha|sha512.c", "x16rv2_hash((const char*)in, (char*)out)", X.format("x16rv2_hash"), ""),
    ("x16r", "x16s_hash==1.0.1", "module|helper|sph_sha|sha512.c", "x16s_hash((const char*)in, (char*)out)", X.format("x16s_hash"), ""),
    ("x16r", "xevan_hash==0.2.3", "module|helper|sph_sha", "xevan_hash((const char*)in, 80, (char*)out)", "extern void xevan_hash(const char*, int, char*);", ""),
    ("groestl", "groestlcoin_hash==1.0.3", "module", "groestl(in, out)", """#include "sph_groestl.h"
static void groestl(const unsigned char *in, unsigned char *out) { sph_groestl512_context c; unsigned char h[64];
  sph_groestl512_init(&c); sph_groestl512(&c, in, 80); sph_groestl512_close(&c, h);
  sph_groestl512_init(&c); sph_groestl512(&c, h, 64); sph_groestl512_close(&c, h); __builtin_memcpy(out, h, 32); }""", ""),
    ("argon2", "argon2_cffi_bindings==21.2.0#chukwa", "test|bench|run.c|opt.c|genkat|thread|python|_ffi", "chukwa(in, out)", """#include "argon2.h"
static void chukwa(const unsigned char *in, unsigned char *out) { argon2id_hash_raw(3, 512, 1, in, 76, in, 16, out, 32); }""", "-DARGON2_NO_THREADS"),
    ("argon2", "argon2_cffi_bindings==21.2.0#d", "test|bench|run.c|opt.c|genkat|thread|python|_ffi", "argon2d_pow(in, out)", """#include "argon2.h"
static void argon2d_pow(const unsigned char *in, unsigned char *out) { argon2d_hash_raw(1, 512, 1, in, 80, in, 80, out, 32); }""", "-DARGON2_NO_THREADS"),
    ("kheavyhash", "kheavyhash==0.1.0", "_c_ext", "kheavyhash_pow(in, out)", '#include "kheavyhash_core.h"', ""),
    ("minotaurx", "avian_minotaurx_hash==1.1.0", "module|-ref|-platform|helper|md_helper", "minotaurx_hash((const char*)in, (char*)out)", X.format("minotaurx_hash"), ""),
    ("randomx", "RandomX==1.1.10.post3", "CompilerId|randomx/randomx.cpp|tests|jit_compiler_|vm_compiled|assembly|argon2_avx2|argon2_ssse3", "randomx_calculate_hash(vm, in, 76, out)", """#include "randomx.h"
static randomx_vm *vm;
EXPORT(key) void key(const void *key, unsigned n) {
  randomx_cache *cache = randomx_alloc_cache(0); randomx_init_cache(cache, key, n); vm = randomx_create_vm(0, cache, 0); }""", "-Wno-c++98-compat"),
    ("sha256d", "skeinhash==1.0#sha256d", "module|helper|skein", "sha256d(in, out)", """extern void sha256_hash(const unsigned char*, unsigned, unsigned char*);
#include <stdint.h>
static const uint32_t K[64] = {0x428a2f98,0x71374491,0xb5c0fbcf,0xe9b5dba5,0x3956c25b,0x59f111f1,0x923f82a4,0xab1c5ed5,0xd807aa98,0x12835b01,0x243185be,0x550c7dc3,0x72be5d74,0x80deb1fe,0x9bdc06a7,0xc19bf174,0xe49b69c1,0xefbe4786,0x0fc19dc6,0x240ca1cc,0x2de92c6f,0x4a7484aa,0x5cb0a9dc,0x76f988da,0x983e5152,0xa831c66d,0xb00327c8,0xbf597fc7,0xc6e00bf3,0xd5a79147,0x06ca6351,0x14292967,0x27b70a85,0x2e1b2138,0x4d2c6dfc,0x53380d13,0x650a7354,0x766a0abb,0x81c2c92e,0x92722c85,0xa2bfe8a1,0xa81a664b,0xc24b8b70,0xc76c51a3,0xd192e819,0xd6990624,0xf40e3585,0x106aa070,0x19a4c116,0x1e376c08,0x2748774c,0x34b0bcb5,0x391c0cb3,0x4ed8aa4a,0x5b9cca4f,0x682e6ff3,0x748f82ee,0x78a5636f,0x84c87814,0x8cc70208,0x90befffa,0xa4506ceb,0xbef9a3f7,0xc67178f2};
#define R(x,n) (((x)>>(n))|((x)<<(32-(n))))
static void block(uint32_t *s, const unsigned char *p) { uint32_t w[64],v[8]; int i;
  for (i=0;i<16;i++) w[i]=(uint32_t)p[4*i]<<24|p[4*i+1]<<16|p[4*i+2]<<8|p[4*i+3];
  for (;i<64;i++) w[i]=w[i-16]+(R(w[i-15],7)^R(w[i-15],18)^w[i-15]>>3)+w[i-7]+(R(w[i-2],17)^R(w[i-2],19)^w[i-2]>>10);
  for (i=0;i<8;i++) v[i]=s[i];
  for (i=0;i<64;i++) { uint32_t a=v[7]+(R(v[4],6)^R(v[4],11)^R(v[4],25))+((v[4]&v[5])^(~v[4]&v[6]))+K[i]+w[i];
    uint32_t b=(R(v[0],2)^R(v[0],13)^R(v[0],22))+((v[0]&v[1])^(v[0]&v[2])^(v[1]&v[2]));
    v[7]=v[6];v[6]=v[5];v[5]=v[4];v[4]=v[3]+a;v[3]=v[2];v[2]=v[1];v[1]=v[0];v[0]=a+b; }
  for (i=0;i<8;i++) s[i]+=v[i]; }
static const uint32_t IV[8]={0x6a09e667,0xbb67ae85,0x3c6ef372,0xa54ff53a,0x510e527f,0x9b05688c,0x1f83d9ab,0x5be0cd19};
static void sha256d(const unsigned char *in, unsigned char *out) { uint32_t s[8]; unsigned char b[128]; int i;
  for (i=0;i<8;i++) s[i]=IV[i]; __builtin_memset(b,0,128); __builtin_memcpy(b,in,80); b[80]=0x80; b[126]=2; b[127]=0x80; block(s,b); block(s,b+64);
  __builtin_memset(b,0,64); for (i=0;i<8;i++){b[4*i]=s[i]>>24;b[4*i+1]=s[i]>>16;b[4*i+2]=s[i]>>8;b[4*i+3]=s[i];} b[32]=0x80; b[62]=1;
  for (i=0;i<8;i++) s[i]=IV[i]; block(s,b); for (i=0;i<8;i++){out[4*i]=s[i]>>24;out[4*i+1]=s[i]>>16;out[4*i+2]=s[i]>>8;out[4*i+3]=s[i];} }""", ""),
]

# What a compiler of today refuses in a package: file, what stands there, what it should be.
MENDS = {"py_cryptonight": [("slow-hash.cpp", "hash_process(&state.hs, data, length)", "hash_process(&state.hs, (const uint8_t *)data, length)")]}

# How the page drives the hash.
SHAPES = {
    # The whole search inside the module: header, nonce at byte 76, little-endian target of 256 bits.
    "loop": """
static unsigned char in[256], out[64], target[32];
EXPORT(header) unsigned char *header(void) { return in; }
EXPORT(goal) unsigned char *goal(void) { return target; }
EXPORT(result) unsigned char *result(void) { return out; }
EXPORT(search) int search(unsigned start, unsigned count) {
  for (unsigned nonce = start; nonce != start + count; nonce++) {
    in[76] = nonce; in[77] = nonce >> 8; in[78] = nonce >> 16; in[79] = nonce >> 24;
    CALL;
    int i = 31;
    while (i > 0 && out[i] == target[i]) i--;
    if (out[i] <= target[i]) return (int)nonce;
  }
  return -1;
}""",
    # As CryptoNote pages do: nonce at byte 39, a 64-bit target on the last eight bytes.
    "blob": """
static unsigned char in[256], out[64];
EXPORT(a) unsigned char *a(void) { return in; }
EXPORT(b) unsigned char *b(void) { return out; }
EXPORT(c) int c(unsigned nonce, unsigned tries, unsigned long long target) {
  while (tries--) {
    __builtin_memcpy(in + 39, &nonce, 4);
    CALL;
    unsigned long long value; __builtin_memcpy(&value, out + 24, 8);
    if (value < target) return (int)nonce;
    nonce++;
  }
  return 0;
}""",
    # The hash alone; the loop is JavaScript's.
    "hash": """
EXPORT(digest) void digest(const unsigned char *in, unsigned char *out) { CALL; }
EXPORT(buffer) unsigned char *buffer(void) { static unsigned char b[512]; return b; }""",
}


def compilers(zig):
    wasi = "--target=wasm32-wasi -mexec-model=reactor -Wl,--no-entry,--allow-undefined"
    out = {}
    for level in ("O0", "O2"):
        out[f"clang-{level}"] = f"clang {wasi} -{level} -s"
    out["clang-O3-simd"] = f"clang {wasi} -O3 -msimd128 -s"
    for level in ("O3", "Os"):
        out[f"zig-{level}"] = f"{zig} cc -target wasm32-wasi -mexec-model=reactor -Wl,--import-symbols -{level} -s"
    for level in ("O3", "Oz"):
        out[f"emcc-{level}"] = f"emcc -{level} --no-entry -sALLOW_MEMORY_GROWTH=1 -sERROR_ON_UNDEFINED_SYMBOLS=0 -sSTANDALONE_WASM=1"
    return out


def fetch(requirement, scratch):
    spec = requirement.split("#")[0]
    place = os.path.join(scratch, spec.replace("==", "-"))
    if not os.path.isdir(place):
        os.makedirs(place)
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:",
                        "-d", place, spec], check=False, capture_output=True, timeout=300)
        for archive in glob.glob(place + "/*.tar.gz"):
            with tarfile.open(archive) as tar:
                tar.extractall(place, filter="data")
    for name, old, new in MENDS.get(spec.split("==")[0], []):
        for path in glob.glob(place + "/**/" + name, recursive=True):
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace(old, new))
    return place


def build(job):
    family, requirement, shape, name, command, sources, includes, glue, flags, target = job
    path = os.path.join(target, family, f"{requirement.split('==')[0]}{'-' + requirement.split('#')[1] if '#' in requirement else ''}-{shape}-{name}.wasm")
    if os.path.exists(path):
        return None
    os.makedirs(os.path.dirname(path), exist_ok=True)
    run = command.split() + flags.split() + ["-w"] + ([] if "c++" in flags else ["-std=gnu11"]) + [ "-D_WASI_EMULATED_MMAN", "-D_WASI_EMULATED_PROCESS_CLOCKS"] + [f"-I{i}" for i in includes] + [glue] + sources + ["-o", path]
    if "emcc" in command:
        run.remove("-D_WASI_EMULATED_MMAN")
    else:
        run += ["-lwasi-emulated-mman"]
    try:
        done = subprocess.run(run, capture_output=True, text=True, timeout=600)
    except subprocess.TimeoutExpired:
        return f"{os.path.basename(path)}: not compiled within ten minutes"
    if done.returncode or not os.path.exists(path):
        errors = [line for line in done.stderr.splitlines() if "error" in line]
        return f"{os.path.basename(path)}: {errors[0][:150] if errors else done.stderr[-150:]}"
    return None


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    only = sys.argv[2] if len(sys.argv) == 3 else None
    target = os.path.abspath(sys.argv[1])
    scratch = os.path.join(target, ".sources")
    os.makedirs(scratch, exist_ok=True)
    zig = os.environ.get("ZIG") or f"{sys.executable} -m ziglang"
    tools = {name: command for name, command in compilers(zig).items()
             if shutil.which(command.split()[0]) and (command.split()[0] != sys.executable or subprocess.run(zig.split() + ["version"], capture_output=True).returncode == 0)}
    jobs = []
    for family, requirement, skip, call, declarations, flags in RECIPES:
        if only and family != only:
            continue
        place = fetch(requirement, scratch)
        sources = [p for p in sorted(glob.glob(place + "/**/*.c", recursive=True) + glob.glob(place + "/**/*.cpp", recursive=True)) if not any(s in p[len(place):].split("/", 2)[-1] for s in skip.split("|"))]
        if not sources:
            print(f"not to be had: {requirement}")
            continue
        includes = sorted({os.path.dirname(p) for p in glob.glob(place + "/**/*.h", recursive=True)
                           if not any(s in p[len(place):].split("/", 2)[-1] for s in skip.split("|"))})
        for shape, text in SHAPES.items():
            if shape == "blob" and family not in ("cryptonight", "argon2", "keccak", "randomx", "kheavyhash"):
                continue
            glue = os.path.join(scratch, f"{requirement.replace('=', '-').replace('#', '-')}-{shape}.c")
            linkage = 'extern "C" ' if "-x c++" in flags else ""
            with open(glue, "w") as file:
                file.write(f'#define EXPORT(n) {linkage}__attribute__((export_name(#n), used))\n{declarations}\n{text.replace("CALL", call)}\n')
            for name, command in tools.items():
                if "c++" in flags and command.startswith("clang"):
                    continue  # Debian's wasi-libc comes without a C++ library
                jobs.append((family, requirement, shape, name, command, sources, includes, glue, flags, target))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        failures = [f for f in pool.map(build, jobs) if f]
    for failure in failures:
        print(failure)
    print(f"{len(jobs) - len(failures)} built, {len(failures)} not")


if __name__ == "__main__":
    main()
