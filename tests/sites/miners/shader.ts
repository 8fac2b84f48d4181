// A search for a SHA-256d proof of work as a fragment shader of WebGL 2: each pixel is a nonce. Written
// from FIPS 180-4 in the shape that web miners have; the constants are computed, not copied.

function constants(): string {
  const found: number[] = [];
  for (let n = 2; found.length < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
    if (prime) found.push(Math.floor((Math.cbrt(n) % 1) * 2 ** 32));
  }
  return found.map((word) => `0x${word.toString(16).padStart(8, '0')}u`).join(', ');
}

export const sha256Shader = `#version 300 es
precision highp float; precision highp int; precision highp usampler2D;
uniform uint middle[8]; uniform uint tail[3]; uniform uint base; uniform uint target; out uvec4 found;
const uint K[64] = uint[64](${constants()});
uint r(uint x, uint n) { return (x >> n) | (x << (32u - n)); }
void compress(inout uint h[8], inout uint w[64]) {
  for (int i = 16; i < 64; i++) w[i] = w[i-16] + (r(w[i-15],7u) ^ r(w[i-15],18u) ^ (w[i-15] >> 3u)) + w[i-7] + (r(w[i-2],17u) ^ r(w[i-2],19u) ^ (w[i-2] >> 10u));
  uint a=h[0], b=h[1], c=h[2], d=h[3], e=h[4], f=h[5], g=h[6], k=h[7];
  for (int i = 0; i < 64; i++) {
    uint t = k + (r(e,6u) ^ r(e,11u) ^ r(e,25u)) + ((e & f) ^ (~e & g)) + K[i] + w[i];
    uint u = (r(a,2u) ^ r(a,13u) ^ r(a,22u)) + ((a & b) ^ (a & c) ^ (b & c));
    k = g; g = f; f = e; e = d + t; d = c; c = b; b = a; a = t + u;
  }
  h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += k;
}
void main() {
  uint nonce = base + uint(gl_FragCoord.x) + uint(gl_FragCoord.y) * 256u;
  uint h[8]; uint w[64];
  for (int i = 0; i < 8; i++) h[i] = middle[i];
  w[0] = tail[0]; w[1] = tail[1]; w[2] = tail[2]; w[3] = nonce; w[4] = 0x80000000u;
  for (int i = 5; i < 15; i++) w[i] = 0u;
  w[15] = 640u;
  compress(h, w);
  for (int i = 0; i < 8; i++) w[i] = h[i];
  w[8] = 0x80000000u; for (int i = 9; i < 15; i++) w[i] = 0u; w[15] = 256u;
  h[0] = 0x6a09e667u; h[1] = 0xbb67ae85u; h[2] = 0x3c6ef372u; h[3] = 0xa54ff53au; h[4] = 0x510e527fu; h[5] = 0x9b05688cu; h[6] = 0x1f83d9abu; h[7] = 0x5be0cd19u;
  compress(h, w);
  found = h[7] <= target ? uvec4(nonce, h[7], h[6], 1u) : uvec4(0u);
}`;

/** The same kernel's signs in WGSL, as far as WebGPU's own interface needs a text to refuse. */
export const sha256Wgsl = `
@group(0) @binding(0) var<storage, read> header: array<u32, 11>;
@group(0) @binding(1) var<storage, read_write> found: array<atomic<u32>, 2>;
const K = array<u32, 64>(${constants()});
fn r(x: u32, n: u32) -> u32 { return (x >> n) | (x << (32u - n)); }
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let nonce = header[10] + id.x;
  var w: array<u32, 64>;
  w[0] = header[8]; w[1] = header[9]; w[3] = nonce; w[4] = 0x80000000u; w[15] = 640u;
  for (var i = 16; i < 64; i++) { w[i] = w[i-16] + (r(w[i-15],7u) ^ r(w[i-15],18u) ^ (w[i-15] >> 3u)) + w[i-7] + (r(w[i-2],17u) ^ r(w[i-2],19u) ^ (w[i-2] >> 10u)); }
  var a = header[0]; var e = header[4]; var h = header[7];
  for (var i = 0; i < 64; i++) { h = h + (r(e,6u) ^ r(e,11u) ^ r(e,25u)) + K[i] + w[i]; a = a + h; e = e + a; }
  if (a <= 0xffffu) { atomicStore(&found[0], nonce); }
}`;
