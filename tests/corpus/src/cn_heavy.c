// CryptoNight-Heavy (Sumokoin's description): a scratchpad of 4 MiB that is filled twice over with mixing
// between the blocks, a division in the walk, and the finaliser that two bits of the state choose.
#include "aes.h"
#include <stdlib.h>
#include "crypto/c_blake256.h"
#include "crypto/c_groestl.h"
#include "crypto/c_jh.h"
#include "crypto/c_keccak.h"
#include "crypto/c_skein.h"
#define MEMORY (1 << 22)
#define WALK 0x40000
static uint8_t *pad;
static void rounds(uint8_t *text, const uint8_t *keys) {
  for (int b = 0; b < 8; b++) for (int r = 0; r < 10; r++) aes_round(text + 16 * b, keys + 16 * r);
}
static void blend(uint8_t *text) {
  uint8_t first[16]; memcpy(first, text, 16);
  for (int i = 0; i < 112; i++) text[i] ^= text[i + 16];
  for (int i = 0; i < 16; i++) text[112 + i] ^= first[i];
}
void cn_heavy(const unsigned char *in, unsigned char *out) {
  uint64_t state[25]; uint8_t keys[160], text[128], *bytes = (uint8_t *)state;
  if (!pad) pad = malloc(MEMORY);
  keccak1600(in, 76, bytes);
  memcpy(text, bytes + 64, 128); aes_schedule(bytes, keys);
  for (int i = 0; i < 16; i++) { rounds(text, keys); blend(text); }
  for (int at = 0; at < MEMORY; at += 128) { rounds(text, keys); memcpy(pad + at, text, 128); }
  uint64_t a[2] = {state[0] ^ state[4], state[1] ^ state[5]}, b[2] = {state[2] ^ state[6], state[3] ^ state[7]}, index = a[0];
  for (int i = 0; i < WALK; i++) {
    uint64_t *cell = (uint64_t *)(pad + (index & 0x3ffff0)), c[2] = {cell[0], cell[1]};
    aes_round((uint8_t *)c, (uint8_t *)a);
    cell[0] = b[0] ^ c[0]; cell[1] = b[1] ^ c[1];
    b[0] = c[0]; b[1] = c[1];
    cell = (uint64_t *)(pad + (c[0] & 0x3ffff0));
    uint64_t d[2] = {cell[0], cell[1]};
    unsigned __int128 product = (unsigned __int128)c[0] * d[0];
    a[0] += (uint64_t)(product >> 64); a[1] += (uint64_t)product;
    cell[0] = a[0]; cell[1] = a[1];
    a[0] ^= d[0]; a[1] ^= d[1];
    int64_t *n = (int64_t *)(pad + (a[0] & 0x3ffff0)), quotient; int32_t divisor = (int32_t)n[1] | 5;
    quotient = n[0] / divisor; n[0] ^= quotient; index = (uint64_t)(divisor ^ quotient);
  }
  memcpy(text, bytes + 64, 128); aes_schedule(bytes + 32, keys);
  for (int pass = 0; pass < 2; pass++) for (int at = 0; at < MEMORY; at += 128) {
    for (int i = 0; i < 128; i++) text[i] ^= pad[at + i];
    rounds(text, keys); blend(text);
  }
  memcpy(bytes + 64, text, 128);
  keccakf(state, 24);
  switch (bytes[0] & 3) {
  case 0: blake256_hash(out, bytes, 200); break;
  case 1: groestl(bytes, 1600, out); break;
  case 2: jh_hash(256, bytes, 1600, out); break;
  default: c_skein_hash(256, bytes, 1600, out);
  }
}
