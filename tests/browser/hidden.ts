// Argon2 whose exports say nothing of what goes on behind them: a search that calls the hash through a
// table, again and again, within one call that never returns, and one key derivation for as long as it takes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import binaryen from 'binaryen';
import { modules } from '../sites/hosts.js';

const { i32, none, createType } = binaryen;
/** What `argon2_hash` takes. */
const parameters = 13;
const kept = new Set(['c', 'd', 'f']); // memory, constructors, malloc
/** One of several, so that it cannot be told from the call which function it is. */
const places = 16;

/** `search(at, passes, kib)` and `derive(at, passes, kib)`; `at`: 256 bytes for password, salt and result. */
export const hidden = ((): Uint8Array<ArrayBuffer> => {
  const module = binaryen.readBinary(readFileSync(join(modules, 'argon2-browser/dist/argon2.wasm')));
  module.setFeatures(binaryen.Features.ReferenceTypes | binaryen.Features.BulkMemory | binaryen.Features.MutableGlobals);
  const found = Array.from({ length: module.getNumExports() }, (_, index) => binaryen.getExportInfo(module.getExportByIndex(index)));
  const hash = found.find(({ kind, value }) => kind === binaryen.ExternalFunction && binaryen.expandType(binaryen.getFunctionInfo(module.getFunction(value)).params).length === parameters)?.value;
  if (hash === undefined) throw new Error('argon2-browser no longer exports argon2_hash');
  for (const { name } of found) if (!kept.has(name)) module.removeExport(name);
  const at = (offset: number): number => module.i32.add(module.local.get(0, i32), module.i32.const(offset));
  const constant = (value: number): number => module.i32.const(value);
  // Passes, memory, lanes; password, salt, result, encoded result; argon2id, version 0x13.
  const call = [module.local.get(1, i32), module.local.get(2, i32), constant(1), at(0), constant(16), at(64), constant(16), at(128), constant(32), constant(0), constant(0), constant(2), constant(0x13)];
  module.addTable('hashes', places, places);
  module.addActiveElementSegment('hashes', 'them', Array.from({ length: places }, () => hash), constant(0));
  const through = (): number => module.call_indirect('hashes', module.i32.load8_u(0, 1, at(192)), call, createType(Array.from({ length: parameters }, () => i32)), i32);
  const takes = createType([i32, i32, i32]);
  module.addFunction('search', takes, none, [], module.loop('again', module.block(null, [module.drop(through()), module.br('again')])));
  module.addFunction('derive', takes, i32, [], through());
  for (const name of ['search', 'derive']) module.addFunctionExport(name, name);
  const bytes = new Uint8Array(module.emitBinary());
  module.dispose();
  return bytes;
})();
