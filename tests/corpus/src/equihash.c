// Equihash (Biryukov and Khovratovich, 2016) with n = 96, k = 5: BLAKE2b fills a list, Wagner's algorithm
// pairs what collides on sixteen bits, five times. Digest: the indices of a solution under BLAKE2b.
#include "blake2b.h"
#include <stdlib.h>
#define N 96
#define K 5
#define BITS (N / (K + 1))
#define COUNT (1 << (BITS + 1))
#define PER_HASH (512 / N)
typedef struct { uint8_t bits[N / 8]; uint32_t left, right; } row;
static row *rows[K + 1];
static uint32_t lengths[K + 1], heads[1 << BITS], *next;
static uint32_t digits(const row *r, int round) { return (uint32_t)r->bits[2 * round] << 8 | r->bits[2 * round + 1]; }
static void expand(const unsigned char *header) {
  uint8_t message[84], person[16], hash[PER_HASH * N / 8]; uint32_t n = N, k = K;
  memcpy(person, "ZcashPoW", 8); memcpy(person + 8, &n, 4); memcpy(person + 12, &k, 4);
  memcpy(message, header, 80);
  for (uint32_t i = 0; i < COUNT; i++) {
    uint32_t index = i / PER_HASH;
    if (i % PER_HASH == 0) { memcpy(message + 80, &index, 4); blake2b(hash, sizeof hash, message, 84, person); }
    memcpy(rows[0][i].bits, hash + (i % PER_HASH) * N / 8, N / 8);
    rows[0][i].left = rows[0][i].right = i;
  }
  lengths[0] = COUNT;
}
static void collide(int round) {
  row *from = rows[round], *to = rows[round + 1]; uint32_t made = 0;
  memset(heads, 255, sizeof heads);
  for (uint32_t i = 0; i < lengths[round] && made < COUNT; i++) {
    uint32_t bucket = digits(from + i, round);
    for (uint32_t j = heads[bucket]; j != UINT32_MAX && made < COUNT; j = next[j]) {
      uint8_t any = 0;
      for (int b = 0; b < N / 8; b++) any |= to[made].bits[b] = from[i].bits[b] ^ from[j].bits[b];
      if (!any && round < K - 1) continue;
      to[made].left = j; to[made++].right = i;
    }
    next[i] = heads[bucket]; heads[bucket] = i;
  }
  lengths[round + 1] = made;
}
static uint32_t leaves(int round, uint32_t index, uint32_t *out) {
  if (!round) { *out = index; return 1; }
  uint32_t n = leaves(round - 1, rows[round][index].left, out);
  return n + leaves(round - 1, rows[round][index].right, out + n);
}
void equihash(const unsigned char *in, unsigned char *out) {
  uint32_t indices[1 << K];
  if (!next) { next = malloc(COUNT * 4); for (int i = 0; i <= K; i++) rows[i] = malloc(COUNT * sizeof(row)); }
  expand(in);
  for (int i = 0; i < K; i++) collide(i);
  memset(out, 255, 32);
  for (uint32_t i = 0; i < lengths[K]; i++) {
    if (digits(rows[K] + i, K)) continue;
    leaves(K, i, indices);
    blake2b(out, 32, (uint8_t *)indices, sizeof indices, 0);
    return;
  }
}
