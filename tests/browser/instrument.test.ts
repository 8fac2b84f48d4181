// Promise: a module that is counted and can be stopped does exactly what it did before. Real modules,
// asked of the inspector itself.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { root } from './harness/index.js';
import { cryptonightWasm, modules } from '../sites/hosts.js';
import { hidden } from './hidden.js';

interface Inspector {
  readonly memory: WebAssembly.Memory;
  reserve(length: number): number;
  instrument(length: number, name: number): number;
  output_ptr(): number;
}
const inspector = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(join(root, 'dist/wasm/inspector.wasm')))).exports as unknown as Inspector;
const name = '0123456789abcdef';

function instrument(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const at = inspector.reserve(bytes.length + name.length);
  const room = new Uint8Array(inspector.memory.buffer, at, bytes.length + name.length);
  room.set(bytes);
  room.set(new TextEncoder().encode(name), bytes.length);
  const length = inspector.instrument(bytes.length, name.length);
  return length === 0 ? null : new Uint8Array(inspector.memory.buffer, inspector.output_ptr(), length).slice();
}

/** The modules that hash-wasm carries, by name. */
function hashWasm(file: string): Uint8Array<ArrayBuffer>[] {
  const text = readFileSync(join(modules, 'hash-wasm/dist', `${file}.umd.min.js`), 'utf8');
  return [...text.matchAll(/AGFzbQEAAA[A-Za-z0-9+/=]{200,}/gu)].map(([found]) => new Uint8Array(Buffer.from(found, 'base64')));
}

interface Hash {
  readonly memory: WebAssembly.Memory;
  Hash_GetBuffer(): number;
  Hash_Init?(bits: number): void;
  Hash_Update?(length: number): void;
  Hash_Final?(): void;
  Hash_Calculate?(length: number, memory: number): void;
  Hash_SetMemorySize?(size: number): void;
}

/** The smallest module that makes a function of ours one that a table can hold. */
const helper = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 5, 1, 0, 0, 0, 0, 7, 5, 1, 1, 102, 0, 0]);

describe('instrumented modules', () => {
  test('are valid where the original is, and export the same and six more', () => {
    const files = readdirSync(modules, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.wasm')).map((path) => join(modules, path));
    const all = [...files.filter((path) => statSync(path).size < 12_000_000).map((path) => readFileSync(path)), cryptonightWasm(), ...['index', 'argon2', 'scrypt'].flatMap(hashWasm)];
    assert.ok(all.length > 30, String(all.length));
    let made = 0;
    for (const bytes of all) {
      if (!WebAssembly.validate(new Uint8Array(bytes))) continue; // newer than this node
      const changed = instrument(bytes);
      assert.ok(changed !== null && WebAssembly.validate(changed), `${bytes.length} bytes`);
      if (bytes.length < 1_000_000) {
        const before = WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(bytes)));
        const after = WebAssembly.Module.exports(new WebAssembly.Module(changed));
        assert.deepEqual(after.slice(0, before.length), before);
        assert.deepEqual(after.slice(before.length).map((one) => one.name.slice(0, -1)), Array.from({ length: 6 }, () => name));
      }
      made += 1;
    }
    assert.ok(made > 30, String(made));
  });

  test('compute the same, count it, and can be stopped in the middle of it', () => {
    const [argon2] = hashWasm('argon2');
    assert.ok(argon2 !== undefined);
    const changed = instrument(argon2);
    assert.ok(changed !== null);
    const run = (exports: Hash): string => {
      exports.Hash_SetMemorySize?.(4096 * 1024 + 1024);
      const room = new Uint8Array(exports.memory.buffer, exports.Hash_GetBuffer(), 4096 * 1024 + 1024);
      room.fill(0);
      // As hash-wasm's own code: the first two blocks, then lanes, length, memory, passes, version, type.
      for (let index = 0; index < 2048; index += 1) room[index] = index * 7;
      new Int32Array(room.buffer, room.byteOffset + 4096 * 1024, 6).set([1, 32, 4096, 1, 0x13, 0]);
      exports.Hash_Calculate?.(0, 4096);
      return Buffer.from(room.slice(0, 4096 * 1024)).toString('base64');
    };
    const plain = new WebAssembly.Instance(new WebAssembly.Module(argon2)).exports as unknown as Hash;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(changed));
    const counted = instance.exports as unknown as Hash;
    const own = (suffix: string): { value: number | bigint } => instance.exports[name + suffix] as unknown as { value: number | bigint };
    const table = instance.exports[`${name}t`] as WebAssembly.Table;
    let ticks = 0;
    const hook = new WebAssembly.Instance(new WebAssembly.Module(helper), { '': { '': () => { ticks += 1; } } }).exports['f'];
    table.set(0, hook);
    // Nearly used up, so that so small a hash is enough.
    own('f').value = 1;
    assert.equal(run(counted), run(plain));
    assert.ok(Number(own('c').value) >= 1);
    const work = own('w').value;
    assert.ok(Number(work) > 0 && ticks > 0, `${work} units, ${ticks} ticks`);
    own('s').value = 1;
    own('f').value = -1;
    assert.throws(() => counted.Hash_Calculate?.(0, 4096), WebAssembly.RuntimeError);
  });

  test('count each hash within a call that never returns, and a key derivation once', () => {
    const changed = instrument(hidden);
    assert.ok(changed !== null);
    const module = new WebAssembly.Module(changed);
    /** Hashes that were counted within this call, of so many ticks. */
    const within = (use: 'search' | 'derive', passes: number, kib: number): number => {
      const { exports } = new WebAssembly.Instance(module, { a: { a: () => 0, b: () => 0 } });
      const { c: memory, d: start, f: take } = exports as unknown as { c: WebAssembly.Memory; d(): void; f(size: number): number };
      const own = (suffix: string): { value: number } => exports[name + suffix] as unknown as { value: number };
      memory.grow(1300);
      start();
      const at = take(256);
      new Uint8Array(memory.buffer, at, 256).fill(7);
      let ticks = 0;
      let first = 0;
      const tick = (): void => {
        ticks += 1;
        if (ticks === 20) first = own('c').value;
        if (ticks === 60) own('s').value = 1;
      };
      (exports[`${name}t`] as WebAssembly.Table).set(0, new WebAssembly.Instance(new WebAssembly.Module(helper), { '': { '': tick } }).exports['f']);
      assert.throws(() => (exports[use] as (at: number, passes: number, kib: number) => void)(at, passes, kib), WebAssembly.RuntimeError);
      return own('c').value - first;
    };
    const short = within('search', 1, 256);
    assert.ok(short >= 30, `${short} of short hashes`);
    const long = within('search', 1, 65_536);
    assert.ok(long >= 2 && long < 40, `${long} of long hashes`);
    assert.equal(within('derive', 1000, 65_536), 0);
  });
});
