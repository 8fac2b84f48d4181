// Nano's work: BLAKE2b with a digest of eight bytes over nonce and block hash; the value must be large,
// so the complement goes to where the search compares.
#include "blake2b.h"
void nano(const unsigned char *in, unsigned char *out) {
  uint8_t message[40]; uint64_t value;
  memcpy(message, in + 72, 8); memcpy(message + 8, in, 32);
  blake2b((uint8_t *)&value, 8, message, 40, 0);
  value = ~value; memset(out, 0, 32); memcpy(out + 24, &value, 8);
}
