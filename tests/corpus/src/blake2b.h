// BLAKE2b (RFC 7693), with a personalisation and any length of digest.
#pragma once
#include <stdint.h>
#include <string.h>
static const uint64_t B2_IV[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
static const uint8_t B2_SIGMA[12][16] = {
  {0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}, {14,10,4,8,9,15,13,6,1,12,0,2,11,7,5,3}, {11,8,12,0,5,2,15,13,10,14,3,6,7,1,9,4},
  {7,9,3,1,13,12,11,14,2,6,5,10,4,0,15,8}, {9,0,5,7,2,4,10,15,14,1,11,12,6,8,3,13}, {2,12,6,10,0,11,8,3,4,13,7,5,15,14,1,9},
  {12,5,1,15,14,13,4,10,0,7,6,3,9,2,8,11}, {13,11,7,14,12,1,3,9,5,0,15,4,8,6,2,10}, {6,15,14,9,11,3,0,8,12,2,13,7,1,4,10,5},
  {10,2,8,4,7,6,1,5,15,11,9,14,3,12,13,0}, {0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}, {14,10,4,8,9,15,13,6,1,12,0,2,11,7,5,3}};
static inline uint64_t b2_rot(uint64_t x, int n) { return x >> n | x << (64 - n); }
#define B2_G(a, b, c, d, x, y) a += b + (x); d = b2_rot(d ^ a, 32); c += d; b = b2_rot(b ^ c, 24); a += b + (y); d = b2_rot(d ^ a, 16); c += d; b = b2_rot(b ^ c, 63)
static void b2_compress(uint64_t *h, const uint8_t *block, uint64_t count, int last) {
  uint64_t m[16], v[16];
  memcpy(m, block, 128); memcpy(v, h, 64); memcpy(v + 8, B2_IV, 64);
  v[12] ^= count; if (last) v[14] = ~v[14];
  for (int r = 0; r < 12; r++) {
    const uint8_t *s = B2_SIGMA[r];
    B2_G(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]); B2_G(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
    B2_G(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]); B2_G(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
    B2_G(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]); B2_G(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
    B2_G(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]); B2_G(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
  }
  for (int i = 0; i < 8; i++) h[i] ^= v[i] ^ v[i + 8];
}
static void blake2b(uint8_t *out, unsigned length, const uint8_t *in, unsigned size, const uint8_t *person) {
  uint64_t h[8], p[2] = {0, 0}, at = 0; uint8_t block[128];
  memcpy(h, B2_IV, 64); h[0] ^= 0x01010000 ^ length;
  if (person) { memcpy(p, person, 16); h[6] ^= p[0]; h[7] ^= p[1]; }
  while (size - at > 128) { at += 128; b2_compress(h, in + at - 128, at, 0); }
  memset(block, 0, 128); memcpy(block, in + at, size - at); b2_compress(h, block, size, 1);
  memcpy(out, h, length);
}
