// A real miner's module for the pages to run: what is tested is whether the guard can be got around,
// so any module will do that the inspector certainly refuses.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../browser/harness/index.js';

const packages = join(root, 'tests/sites/node_modules');

/** The module of @nimiq/core-web's worker: Argon2d under a nonce loop. */
export function minerModule(): Uint8Array {
  const chosen = process.env['NOMINE_EVASION_MODULE'] ?? join(packages, '@nimiq/core-web/worker-wasm.wasm');
  if (!existsSync(chosen)) throw new Error(`${chosen} is missing: run npm ci in tests/sites`);
  return readFileSync(chosen);
}

/** The module of hash-wasm's Argon2: allowed, but watched. */
export function watchedModule(): Uint8Array<ArrayBuffer> {
  const script = readFileSync(join(packages, 'hash-wasm/dist/argon2.umd.min.js'), 'utf8');
  const found = /AGFzbQEAAA[A-Za-z0-9+/=]{200,}/u.exec(script)?.[0];
  if (found === undefined) throw new Error('hash-wasm no longer embeds its module');
  return new Uint8Array(Buffer.from(found, 'base64'));
}
