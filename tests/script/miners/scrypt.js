// Scrypt (N = 1024) in JavaScript under a nonce loop, as the Litecoin toys of 2013 had it.
function r(x, n) { return x << n | x >>> 32 - n; }
function salsa(b, at) {
  const x = new Int32Array(16);
  for (let i = 0; i < 16; i += 1) x[i] = b[at + i];
  for (let i = 0; i < 4; i += 1) {
    for (const [a, c, d, e] of [[0, 4, 8, 12], [5, 9, 13, 1], [10, 14, 2, 6], [15, 3, 7, 11], [0, 1, 2, 3], [5, 6, 7, 4], [10, 11, 8, 9], [15, 12, 13, 14]]) {
      x[c] ^= r(x[a] + x[e], 7); x[d] ^= r(x[c] + x[a], 9); x[e] ^= r(x[d] + x[c], 13); x[a] ^= r(x[e] + x[d], 18);
    }
  }
  for (let i = 0; i < 16; i += 1) b[at + i] = b[at + i] + x[i] | 0;
}
function mix(v, b) {
  for (let i = 0; i < 1024; i += 1) { v.set(b, i * 32); step(b); }
  for (let i = 0; i < 1024; i += 1) {
    const j = (b[16] & 1023) * 32;
    for (let k = 0; k < 32; k += 1) b[k] ^= v[j + k];
    step(b);
  }
}
function step(b) {
  for (let i = 0; i < 16; i += 1) b[i] ^= b[i + 16];
  salsa(b, 0);
  for (let i = 0; i < 16; i += 1) b[i + 16] ^= b[i];
  salsa(b, 16);
}
importScripts('sha256.js');
onmessage = (event) => {
  const { header, target, start, end } = event.data, v = new Int32Array(32768);
  for (let nonce = start; nonce < end; nonce++) {
    header[19] = nonce;
    const b = pbkdf2(header, header, 32);
    mix(v, b);
    const hash = pbkdf2(header, b, 8);
    if ((hash[7] >>> 0) <= target) postMessage({ nonce: nonce, hash: hash });
  }
};
