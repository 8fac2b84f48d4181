// XENBLOCKS: Argon2id over a random key, and the text "XEN11" wanted in the digest's base64: the digest
// for the search is zero where it is there, and else as far away as it can be.
#include <string.h>
#include "argon2.h"
static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
void xen(const unsigned char *in, unsigned char *out) {
  unsigned char raw[64]; char text[89]; int at = 0;
  argon2id_hash_raw(1, 512, 1, in, 80, in, 20, raw, 64);
  for (int i = 0; i + 2 < 64; i += 3) {
    unsigned three = (unsigned)raw[i] << 16 | raw[i + 1] << 8 | raw[i + 2];
    for (int k = 18; k >= 0; k -= 6) text[at++] = DIGITS[three >> k & 63];
  }
  text[at] = 0;
  memset(out, strstr(text, "XEN11") ? 0 : 255, 32);
  // XUNI counts too: one of ten digits behind the letters.
  char *uni = strstr(text, "XUNI");
  if (uni && uni[4] >= '0' && uni[4] <= '9') memset(out, 0, 32);
}
