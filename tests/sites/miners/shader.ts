// Searches for a proof of work (SHA-256d, Keccak-256) as fragment shaders of WebGL 2: each pixel is a
// nonce. Written from FIPS 180-4 and FIPS 202 in the shape that web miners have; the constants are
// computed, not copied.

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
precision highp float; precision highp int;
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
  uint nonce = base + uint(gl_FragCoord.x) + uint(gl_FragCoord.y) * 64u;
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

/** FIPS 202, Algorithm 5: the round constants, by the shift register that the standard gives. */
function roundConstants(): string {
  const bit = (t: number): bigint => {
    let register = 1;
    for (let step = 0; step < t % 255; step += 1) {
      register <<= 1;
      if ((register & 0x100) !== 0) register ^= 0x171;
    }
    return BigInt(register & 1);
  };
  return Array.from({ length: 24 }, (_, round) => {
    let constant = 0n;
    for (let j = 0; j <= 6; j += 1) constant |= bit(j + 7 * round) << BigInt(2 ** j - 1);
    return `uvec2(0x${(constant & 0xffff_ffffn).toString(16)}u, 0x${(constant >> 32n).toString(16)}u)`;
  }).join(', ');
}

/** FIPS 202, rho and pi as one walk through the lanes: where each goes, and by how much it is turned. */
function walk(): { lanes: string; turns: string } {
  const lanes: number[] = [];
  const turns: number[] = [];
  let [x, y] = [1, 0];
  for (let t = 0; t < 24; t += 1) {
    [x, y] = [y, (2 * x + 3 * y) % 5];
    lanes.push(x + 5 * y);
    turns.push((((t + 1) * (t + 2)) / 2) % 64);
  }
  return { lanes: lanes.join(', '), turns: turns.map((turn) => `${turn}u`).join(', ') };
}

/** A search for a Keccak-256 proof of work (a header of 64 bytes, then the nonce), as a fragment shader. */
export const keccakShader = `#version 300 es
precision highp float; precision highp int;
uniform uvec2 header[8]; uniform uint base; uniform uint target; out uvec4 found;
const uvec2 RC[24] = uvec2[24](${roundConstants()});
const int LANE[24] = int[24](${walk().lanes}); const uint TURN[24] = uint[24](${walk().turns});
uvec2 turned(uvec2 v, uint n) {
  if (n >= 32u) { v = v.yx; n -= 32u; }
  return n == 0u ? v : uvec2((v.x << n) | (v.y >> (32u - n)), (v.y << n) | (v.x >> (32u - n)));
}
void main() {
  uint nonce = base + uint(gl_FragCoord.x) + uint(gl_FragCoord.y) * 64u;
  uvec2 a[25]; uvec2 c[5];
  for (int i = 0; i < 25; i++) a[i] = uvec2(0u);
  for (int i = 0; i < 8; i++) a[i] = header[i];
  a[8] = uvec2(nonce, 0u); a[9] = uvec2(1u, 0u); a[16] = uvec2(0u, 0x80000000u);
  for (int round = 0; round < 24; round++) {
    for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x+5] ^ a[x+10] ^ a[x+15] ^ a[x+20];
    for (int x = 0; x < 5; x++) { uvec2 d = c[(x+4)%5] ^ turned(c[(x+1)%5], 1u); for (int y = 0; y < 25; y += 5) a[x+y] ^= d; }
    uvec2 last = a[1];
    for (int i = 0; i < 24; i++) { uvec2 kept = a[LANE[i]]; a[LANE[i]] = turned(last, TURN[i]); last = kept; }
    for (int y = 0; y < 25; y += 5) {
      for (int x = 0; x < 5; x++) c[x] = a[x+y];
      for (int x = 0; x < 5; x++) a[x+y] = c[x] ^ (~c[(x+1)%5] & c[(x+2)%5]);
    }
    a[0] ^= RC[round];
  }
  found = a[3].y <= target ? uvec4(nonce, a[3].y, a[3].x, 1u) : uvec4(0u);
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
