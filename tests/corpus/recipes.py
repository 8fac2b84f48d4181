"""What miners are built from: packages that carry the hash, and what is called in them."""

X = "extern void {0}(const char*, char*);"
# RandomX by its reference implementation, interpreted: what its build leaves to other machines stays out.
RX_SKIP = "CompilerId|tests|jit_compiler_|vm_compiled|assembly|argon2_avx2|argon2_ssse3|qrandomx/|src/misc|src/pow|/cpp/|src/py|pybind|asm/"
RX_FLAGS = "-Wno-c++98-compat"
RX = """#include "randomx.h"
static randomx_vm *vm;
EXPORT(key) void key(const void *key, unsigned n) {
  randomx_cache *cache = randomx_alloc_cache((randomx_flags)0); randomx_init_cache(cache, key, n); vm = randomx_create_vm((randomx_flags)0, cache, 0); }"""
# Family and name of the hashes in src/: the name is the file's and the function's.
OWN = [("sha256d", "sha256d"), ("sha256d", "sha256d_computed"), ("sha1", "duco"), ("blake2b", "nano"), ("verushash", "verushash"), ("equihash", "equihash")]

# family, package, files that are not part of the hash, the call, extra declarations, extra flags
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
    *[("cryptonight", f"py_cryptonight==1.0.0#{name}", "pycryptonight.|randomx/|JIT|_template|easylogging|mlog|main.c|hmac|random.c|tree-hash|cmake-build|misc/",
       f"cn_slow_hash(in, 76, (char*)out, {variant}, 0, 1806260)",
       'extern "C" void cn_slow_hash(const void*, __SIZE_TYPE__, char*, int, int, unsigned long long);', "-DNO_AES -x c++ -std=gnu++14")
      for name, variant in (("half", 2), ("lite1", 1), ("pico", 2), ("upx2", 2))],
    *[("cryptonight", f"flexhash==1.0.0#{name}", "_flexmodule|flex.c|sha3/|oaes_lib_expr", f"{call}(in, out)",
       f"""extern void {function}_hash(const char*, char*, unsigned, int);
static void {call}(const unsigned char *in, unsigned char *out) {{ {function}_hash((const char*)in, (char*)out, 76, {variant}); }}""", "")
      for name, call, function, variant in (
        ("v1", "cn1", "cryptonight", 1), ("dark", "dark", "cryptonightdark", 1), ("darklite", "darklite", "cryptonightdarklite", 1), ("fast", "fast", "cryptonightfast", 1),
        ("lite", "lite", "cryptonightlite", 1), ("turtle", "turtle", "cryptonightturtle", 1), ("turtlelite", "turtlelite", "cryptonightturtlelite", 1))],
    ("cryptonight", "flexhash==1.0.0#softshell", "_flexmodule|flex.c|sha3/", "soft(in, out)", """extern void cryptonight_soft_shell_hash(const char*, char*, unsigned, int, unsigned, unsigned);
static void soft(const unsigned char *in, unsigned char *out) { cryptonight_soft_shell_hash((const char*)in, (char*)out, 76, 1, 262144, 131072); }""", ""),
    ("cryptonight", "pycryptonight==0.0.1#v0", "module|cryptolite|sysinfos", "cryptonight_hash((char*)out, (const char*)in, 0)", "extern void cryptonight_hash(char*, const char*, int);", ""),
    ("flex", "flexhash==1.0.0", "_flexmodule|helper", "flex_hash((const char*)in, (char*)out, 80)", "extern void flex_hash(const char*, char*, unsigned);", ""),
    # RTM's GhostRider, from its description, over the hashes of a package for its cousin Flex.
    ("ghostrider", "flexhash==1.0.0#ghostrider", "_flexmodule|helper|flex.c", "ghostrider((const char*)in, (char*)out)", "extern void ghostrider(const char*, char*);", "+ghostrider.c"),
    # Two more CryptoNights and XEN from their descriptions, over the finalisers and the Argon2 of packages.
    *[("cryptonight", f"flexhash==1.0.0#{name}", "_flexmodule|flex.c|sha3/|cryptonote/", f"{name}(in, out)", f"extern void {name}(const unsigned char*, unsigned char*);", f"+{name}.c")
      for name in ("cn_heavy", "cn_gpu")],
    ("argon2", "argon2_cffi_bindings==21.2.0#xen", "test|bench|run.c|opt.c|genkat|thread|python|_ffi", "xen(in, out)", "extern void xen(const unsigned char*, unsigned char*);", "-DARGON2_NO_THREADS +xen.c"),
    ("randomx", "pyqrandomx==0.3.4", RX_SKIP, "randomx_calculate_hash(vm, in, 76, out)", RX, RX_FLAGS),
    ("randomx", "pyqrandomx==0.3.4#wow", RX_SKIP, "randomx_calculate_hash(vm, in, 76, out)", RX, RX_FLAGS),
    ("randomx", "pyqrandomx==0.3.4#arq", RX_SKIP, "randomx_calculate_hash(vm, in, 76, out)", RX, RX_FLAGS),
    ("ethash", "ethash==1.1.0", "bindings|test|global_context|python", "ethash(in, out)", """#include <ethash/ethash.h>
static struct ethash_epoch_context *epoch;
EXPORT(epoch_begin) void epoch_begin(int number) { epoch = ethash_create_epoch_context(number); }
static void ethash(const unsigned char *in, unsigned char *out) { union ethash_hash256 h; uint64_t n; __builtin_memcpy(&h, in, 32); __builtin_memcpy(&n, in + 76, 8);
  struct ethash_result r = ethash_hash(epoch, &h, n); __builtin_memcpy(out, &r.final_hash, 32); }""", "-std=c++17 -fno-exceptions"),
    ("progpow", "cpp_meraki==0.5.2", "bindings|test|managed|python", "progpow_pow(in, out)", """#include <meraki/meraki.hpp>
#include <meraki/progpow.hpp>
static meraki::epoch_context *epoch;
EXPORT(epoch_begin) void epoch_begin(int number) { epoch = meraki_create_epoch_context(number); }
static void progpow_pow(const unsigned char *in, unsigned char *out) { meraki::hash256 h; uint64_t n; __builtin_memcpy(&h, in, 32); __builtin_memcpy(&n, in + 76, 8);
  auto r = progpow::hash(*epoch, 1000, h, n); __builtin_memcpy(out, &r.final_hash, 32); }""", "-std=c++17 -fno-exceptions"),
    ("x11", "dash_hash==1.5.1", "module|helper", "dash_hash((const char*)in, 80, (char*)out)", "extern void dash_hash(const char*, int, char*);", ""),
    ("scrypt", "digibyte_scrypt==1.1.0", "module|sse2", "scrypt_1024_1_1_256((const char*)in, (char*)out)", X.format("scrypt_1024_1_1_256"), ""),
    ("yespower", "bitweb_yespower==1.0.6", "module|-ref|-platform", "yespower_hash((const char*)in, (char*)out)", "extern int yespower_hash(const char*, char*);", ""),
    # Written here from the specifications, where no registry carries the hash (src/).
    *[(family, f"#{name}", "", f"{name}(in, out)", f"extern void {name}(const unsigned char*, unsigned char*);", f"+{name}.c")
      for family, name in OWN],
]

# What a compiler of today refuses in a package: file, what stands there, what it should be. With a
# variant's name the change is made for that variant alone.
MENDS = {
    "py_cryptonight": [("slow-hash.cpp", "hash_process(&state.hs, data, length)", "hash_process(&state.hs, (const uint8_t *)data, length)")],
    "py_cryptonight#half": [("slow-hash.cpp", "#define MEMORY         (1 << 21)", "#define MEMORY         (1 << 21)"), ("slow-hash.cpp", "#define ITER           (1 << 20)", "#define ITER           (1 << 19)")],
    "py_cryptonight#lite1": [("slow-hash.cpp", "#define MEMORY         (1 << 21)", "#define MEMORY         (1 << 20)"), ("slow-hash.cpp", "#define ITER           (1 << 20)", "#define ITER           (1 << 19)")],
    "py_cryptonight#pico": [("slow-hash.cpp", "#define MEMORY         (1 << 21)", "#define MEMORY         (1 << 18)"), ("slow-hash.cpp", "#define ITER           (1 << 20)", "#define ITER           (1 << 17)")],
    "py_cryptonight#upx2": [("slow-hash.cpp", "#define MEMORY         (1 << 21)", "#define MEMORY         (1 << 17)"), ("slow-hash.cpp", "#define ITER           (1 << 20)", "#define ITER           (1 << 15)")],
    # Wownero's and ArQmA's parameters, as their forks' configuration.h has them.
    "pyqrandomx#wow": [("configuration.h", '"RandomX\\x03"', '"RandomWOW\\x01"'), ("configuration.h", "RANDOMX_SCRATCHPAD_L3      2097152", "RANDOMX_SCRATCHPAD_L3      1048576"),
                       ("configuration.h", "RANDOMX_SCRATCHPAD_L2      262144", "RANDOMX_SCRATCHPAD_L2      131072"), ("configuration.h", "RANDOMX_PROGRAM_COUNT      8", "RANDOMX_PROGRAM_COUNT      16"),
                       ("configuration.h", "RANDOMX_PROGRAM_ITERATIONS 2048", "RANDOMX_PROGRAM_ITERATIONS 1024")],
    "pyqrandomx#arq": [("configuration.h", '"RandomX\\x03"', '"RandomARQ\\x01"'), ("configuration.h", "RANDOMX_SCRATCHPAD_L3      2097152", "RANDOMX_SCRATCHPAD_L3      262144"),
                       ("configuration.h", "RANDOMX_SCRATCHPAD_L2      262144", "RANDOMX_SCRATCHPAD_L2      131072"), ("configuration.h", "RANDOMX_PROGRAM_COUNT      8", "RANDOMX_PROGRAM_COUNT      4"),
                       ("configuration.h", "RANDOMX_PROGRAM_ITERATIONS 2048", "RANDOMX_PROGRAM_ITERATIONS 1024")],
}

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
