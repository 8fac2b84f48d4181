// CryptoNight-GPU (Ryo's description): Keccak fills 2 MiB in steps of 512 bytes, floating-point lanes of
// four walk it in 64-byte cells, AES folds it as in other CryptoNights, and Keccak alone ends it.
#include "aes.h"
#include <stdlib.h>
#include "crypto/c_keccak.h"
#define MEMORY (1 << 21)
#define WALK 0xc000
static uint8_t *pad;
typedef struct { float f[4]; } lanes;
static lanes each(const int32_t *v) { lanes r; for (int i = 0; i < 4; i++) r.f[i] = (float)v[i]; return r; }
// Away from the zero and the huge: exponents are held between two powers.
static float near(float x) { uint32_t w; memcpy(&w, &x, 4); w = (w & 0x807fffff) | 0x40000000; memcpy(&x, &w, 4); return x; }
static void sub_round(const lanes *n0, const lanes *n1, const lanes *n2, const lanes *n3, float constant, lanes *c, lanes *r, lanes *d) {
  for (int i = 0; i < 4; i++) {
    float a = (n1->f[i] + c->f[i]); c->f[i] = near(a) * 0.5f; a = n0->f[i] * near(c->f[i] + constant); a = near(a);
    float b = n2->f[i] - c->f[i]; b = n3->f[i] * near(b); b = near(b);
    r->f[i] += a + b; d->f[i] *= near(r->f[i]) * 0.25f; d->f[i] = near(d->f[i] + n0->f[i]);
  }
}
void cn_gpu(const unsigned char *in, unsigned char *out) {
  uint64_t state[25], work[25]; uint8_t *bytes = (uint8_t *)state, keys[160], text[128];
  if (!pad) pad = malloc(MEMORY);
  keccak1600(in, 76, bytes);
  for (uint64_t at = 0; at < MEMORY; at += 512) {
    memcpy(work, state, 200); work[0] ^= at / 512;
    keccakf(work, 24); memcpy(pad + at, work, 160);
    keccakf(work, 24); memcpy(pad + at + 160, work, 176);
    keccakf(work, 24); memcpy(pad + at + 336, work, 176);
  }
  uint32_t s = (uint32_t)state[0] >> 8; float sum = 0.5f + (float)(s & 0xff) / 256;
  for (int i = 0; i < WALK; i++) {
    int32_t *cell = (int32_t *)(pad + (s & 0x1fffc0)), folded[4] = {0, 0, 0, 0};
    lanes v[4]; for (int k = 0; k < 4; k++) v[k] = each(cell + 4 * k);
    for (int k = 0; k < 4; k++) {
      lanes c = {{sum, sum, sum, sum}}, r = {{0, 0, 0, 0}}, d = {{1, 1, 1, 1}};
      for (int t = 0; t < 4; t++) sub_round(v + k, v + ((k + t + 1) & 3), v + ((k + t + 2) & 3), v + ((k + t + 3) & 3), 1.2968750f + (float)t / 16, &c, &r, &d);
      for (int l = 0; l < 4; l++) { float q = near(r.f[l] / d.f[l]) * 536870880.0f; int32_t word = (int32_t)q; cell[4 * k + l] ^= word; folded[l] ^= word; }
    }
    int32_t all = folded[0] ^ folded[1] ^ folded[2] ^ folded[3];
    sum = (float)(all & 0xffff) / 65536 + 1; s = (uint32_t)all;
  }
  memcpy(text, bytes + 64, 128); aes_schedule(bytes + 32, keys);
  for (int pass = 0; pass < 2; pass++) for (int at = 0; at < MEMORY; at += 128) {
    for (int i = 0; i < 128; i++) text[i] ^= pad[at + i];
    for (int b = 0; b < 8; b++) for (int r = 0; r < 10; r++) aes_round(text + 16 * b, keys + 16 * r);
    uint8_t first[16]; memcpy(first, text, 16); for (int i = 0; i < 112; i++) text[i] ^= text[i + 16]; for (int i = 0; i < 16; i++) text[112 + i] ^= first[i];
  }
  memcpy(bytes + 64, text, 128);
  keccakf(state, 24); memcpy(out, state, 32);
}
