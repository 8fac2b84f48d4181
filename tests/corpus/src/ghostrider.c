// GhostRider (Raptoreum's description): the header's previous hash gives an order of fifteen core hashes
// and of six CryptoNights; three times five of the first and one of the second.
#include <stdint.h>
#include <string.h>
#include "crypto/sha3/sph_blake.h"
#include "crypto/sha3/sph_bmw.h"
#include "crypto/sha3/sph_cubehash.h"
#include "crypto/sha3/sph_echo.h"
#include "crypto/sha3/sph_fugue.h"
#include "crypto/sha3/sph_groestl.h"
#include "crypto/sha3/sph_hamsi.h"
#include "crypto/sha3/sph_jh.h"
#include "crypto/sha3/sph_keccak.h"
#include "crypto/sha3/sph_luffa.h"
#include "crypto/sha3/sph_sha2.h"
#include "crypto/sha3/sph_shabal.h"
#include "crypto/sha3/sph_shavite.h"
#include "crypto/sha3/sph_simd.h"
#include "crypto/sha3/sph_skein.h"
#include "crypto/sha3/sph_whirlpool.h"
extern void cryptonightdark_hash(const char *, char *, uint32_t, int), cryptonightdarklite_hash(const char *, char *, uint32_t, int);
extern void cryptonightfast_hash(const char *, char *, uint32_t, int), cryptonightlite_hash(const char *, char *, uint32_t, int);
extern void cryptonightturtle_hash(const char *, char *, uint32_t, int), cryptonightturtlelite_hash(const char *, char *, uint32_t, int);
#define CORE(name) case __COUNTER__: { sph_##name##_context c; sph_##name##_init(&c); sph_##name(&c, in, length); sph_##name##_close(&c, out); break; }
static void core(int which, const void *in, size_t length, void *out) {
  switch (which) {
    CORE(blake512) CORE(bmw512) CORE(groestl512) CORE(jh512) CORE(keccak512) CORE(skein512) CORE(luffa512) CORE(cubehash512)
    CORE(shavite512) CORE(simd512) CORE(echo512) CORE(hamsi512) CORE(fugue512) CORE(shabal512) CORE(whirlpool)
  }
}
static void night(int which, const char *in, char *out) {
  switch (which) {
    case 0: cryptonightdark_hash(in, out, 64, 1); break;
    case 1: cryptonightdarklite_hash(in, out, 64, 1); break;
    case 2: cryptonightfast_hash(in, out, 64, 1); break;
    case 3: cryptonightlite_hash(in, out, 64, 1); break;
    case 4: cryptonightturtle_hash(in, out, 64, 1); break;
    default: cryptonightturtlelite_hash(in, out, 64, 1);
  }
}
// The numbers below `count` in the order in which their nibbles first come up, the missing ones after them.
static void order(const uint8_t *seed, int count, uint8_t *out) {
  uint16_t seen = 0; int found = 0;
  for (int i = 0; i < 64 && found < count; i++) {
    int digit = (seed[31 - i / 2] >> (i & 1 ? 4 : 0) & 15) % count;
    if (!(seen >> digit & 1)) { seen |= 1 << digit; out[found++] = digit; }
  }
  for (int i = 0; i < count; i++) if (!(seen >> i & 1)) out[found++] = i;
}
void ghostrider(const char *in, char *out) {
  uint8_t first[15], second[6]; char state[2][64];
  order((const uint8_t *)in + 4, 15, first); order((const uint8_t *)in + 4, 6, second);
  const char *from = in; size_t length = 80; int at = 0;
  for (int part = 0; part < 3; part++) {
    for (int i = 0; i < 5; i++) { core(first[5 * part + i], from, length, state[at]); from = state[at]; length = 64; at ^= 1; }
    memset(state[at], 0, 64); night(second[part], from, state[at]); from = state[at]; at ^= 1;
  }
  memcpy(out, from, 32);
}
