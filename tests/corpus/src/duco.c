// Duino-Coin's DUCO-S1: SHA-1 (FIPS 180-4) of forty hexadecimal digits and a nonce in decimal.
#include <stdint.h>
#include <string.h>
static uint32_t left(uint32_t x, int n) { return x << n | x >> (32 - n); }
static void sha1(const uint8_t *block, uint32_t *h) {
  uint32_t w[80], a, b, c, d, e;
  for (int i = 0; i < 16; i++) w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
  for (int i = 16; i < 80; i++) w[i] = left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  a = h[0]; b = h[1]; c = h[2]; d = h[3]; e = h[4];
  for (int i = 0; i < 80; i++) {
    uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
    uint32_t k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
    uint32_t t = left(a, 5) + f + e + k + w[i]; e = d; d = c; c = left(b, 30); b = a; a = t;
  }
  h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e;
}
void duco(const unsigned char *in, unsigned char *out) {
  uint8_t block[64] = {0}, digits[10]; uint32_t nonce, h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  int count = 0, at = 40;
  memcpy(&nonce, in + 76, 4); memcpy(block, in, 40);
  do digits[count++] = '0' + nonce % 10; while (nonce /= 10);
  while (count) block[at++] = digits[--count];
  block[at] = 0x80; block[62] = (uint8_t)(at * 8 >> 8); block[63] = (uint8_t)(at * 8);
  sha1(block, h);
  memset(out, 0, 32);
  for (int i = 0; i < 20; i++) out[31 - i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}
