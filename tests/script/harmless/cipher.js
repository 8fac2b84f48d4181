// ChaCha20 with a counter and a nonce, for files that are kept encrypted.
function rotate(x, n) { return x << n | x >>> 32 - n; }
function quarter(s, a, b, c, d) {
  s[a] += s[b]; s[d] = rotate(s[d] ^ s[a], 16);
  s[c] += s[d]; s[b] = rotate(s[b] ^ s[c], 12);
  s[a] += s[b]; s[d] = rotate(s[d] ^ s[a], 8);
  s[c] += s[d]; s[b] = rotate(s[b] ^ s[c], 7);
}
export function encrypt(key, nonce, bytes) {
  const out = new Uint8Array(bytes.length);
  let counter = 1;
  for (let at = 0; at < bytes.length; at += 64, counter += 1) {
    const s = new Uint32Array([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, ...key, counter, ...nonce]);
    const start = s.slice();
    for (let i = 0; i < 10; i += 1) {
      quarter(s, 0, 4, 8, 12); quarter(s, 1, 5, 9, 13); quarter(s, 2, 6, 10, 14); quarter(s, 3, 7, 11, 15);
      quarter(s, 0, 5, 10, 15); quarter(s, 1, 6, 11, 12); quarter(s, 2, 7, 8, 13); quarter(s, 3, 4, 9, 14);
    }
    const stream = new Uint8Array(s.map((word, i) => word + start[i]).buffer);
    for (let i = 0; i < 64 && at + i < bytes.length; i += 1) out[at + i] = bytes[at + i] ^ stream[i];
  }
  return out;
}
export class Sealer {
  constructor(key) { this.key = key; this.nonce = new Uint32Array(3); }
  seal(bytes) { this.nonce[0] += 1; if (this.nonce[0] === 0) this.nonce[1]++; return { nonce: this.nonce.slice(), data: encrypt(this.key, this.nonce, bytes) }; }
}
self.onmessage = ({ data }) => postMessage(encrypt(data.key, data.nonce, data.bytes));
