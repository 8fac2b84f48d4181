// Argon2 that is asked for one hash after another by a loop which never ends: by one inside its own
// module, and by one in a module of its own that knows nothing of hashes.
import { watchedModule } from '../../evasion/miner.js';

/** An unsigned number of the binary format. */
export const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content];

/** Reads a number of the binary format: [value, where it ends]. */
function number(bytes: Uint8Array, at: number): readonly [number, number] {
  let value = 0;
  for (let shift = 1; ; shift *= 128, at += 1) {
    const byte = bytes[at] ?? 0;
    value += (byte & 127) * shift;
    if (byte < 128) return [value, at + 1];
  }
}

/** (loop (call $hash (i32.const 0) (i32.const 1024)) (br 0)): hashes in a mebibyte each. */
const forever = (hash: number): number[] => {
  const body = [0, 0x03, 0x40, 0x41, 0, 0x41, 0x80, 0x08, 0x10, ...leb(hash), 0x0c, 0, 0x0b, 0x0b];
  return [...leb(body.length), ...body];
};
const exported = (name: string, index: number): number[] => [name.length, ...Buffer.from(name), 0, ...leb(index)];

/** A module whose `go` calls the function that it imports as `m.hash` without end. */
export const caller = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...section(1, [2, 0x60, 2, 0x7f, 0x7f, 0, 0x60, 0, 0]),
  ...section(2, [1, 1, 0x6d, 4, ...Buffer.from('hash'), 0, 0]),
  ...section(3, [1, 1]),
  ...section(7, [1, ...exported('go', 1)]),
  ...section(10, [1, ...forever(0)]),
]);

/** Argon2 as hash-wasm carries it. */
export const argon2 = watchedModule();

/** The same with one function more, `go`, of this body; it is told which function `Hash_Calculate` is, and how many globals there are. `starts`: the module begins with it. */
function withGo(body: (calculate: number, globals: number) => number[], starts = false): Uint8Array<ArrayBuffer> {
  const hash = new WebAssembly.Module(argon2);
  if (WebAssembly.Module.imports(hash).length > 0) throw new Error('functions that are imported come first');
  const out = [...argon2.slice(0, 8)];
  let types = 0;
  let functions = 0;
  let calculate = -1;
  let globals = 0;
  for (let at = 8; at < argon2.length; ) {
    const id = argon2[at] ?? 0;
    const [size, start] = number(argon2, at + 1);
    const content = argon2.slice(start, start + size);
    at = start + size;
    const [count, first] = number(content, 0);
    const grown = (more: readonly number[]): number[] => section(id, [...leb(count + 1), ...content.slice(first), ...more]);
    if (id === 1) {
      types = count;
      out.push(...grown([0x60, 0, 0]));
    } else if (id === 3) {
      functions = count;
      out.push(...grown(leb(types)));
    } else if (id === 7) {
      const name = Buffer.from('Hash_Calculate');
      calculate = number(content, Buffer.from(content).indexOf(name) + name.length + 1)[0];
      out.push(...grown(exported('go', functions)));
    } else {
      if (id === 6) globals = count;
      if (id === 10 && starts) out.push(...section(8, leb(functions)));
      out.push(...(id === 10 ? grown(body(calculate, globals)) : section(id, [...content])));
    }
  }
  return new Uint8Array(out);
}

/** Its `go` calls `Hash_Calculate` without end. */
export const searching = withGo(forever);

/** It does nothing at its start; what runs then cannot be counted. */
export const starting = withGo(() => [2, 0, 0x0b], true);

/** `searching`, with memory and table from outside: its functions are in that table, so that nobody has to ask for its exports. */
function seat(): { readonly module: Uint8Array<ArrayBuffer>; readonly seats: Readonly<Record<string, number>> } {
  const out = [...searching.slice(0, 8)];
  const seats: Record<string, number> = {};
  let functions = 0;
  let imports: number[] = [];
  const after: number[] = [];
  for (let at = 8; at < searching.length; ) {
    const id = searching[at] ?? 0;
    const [size, start] = number(searching, at + 1);
    const content = searching.slice(start, start + size);
    at = start + size;
    const [count, first] = number(content, 0);
    if (id === 1) out.push(...section(id, [...content]));
    else if (id === 5) imports = [2, 1, 0x6d, 1, 0x74, 1, 0x70, 0, 64, 1, 0x6d, 1, 0x6d, 2, ...content.slice(first)];
    else {
      if (id === 3) functions = count;
      if (id === 7) {
        for (let place = first; place < content.length; ) {
          const [length, name] = number(content, place);
          const [index, end] = number(content, name + length + 1);
          if (content[name + length] === 0) seats[Buffer.from(content.slice(name, name + length)).toString()] = index;
          place = end;
        }
      }
      if (id === 10) after.push(...section(9, [1, 0, 0x41, 0, 0x0b, ...leb(functions), ...Array.from({ length: functions }, (_, index) => leb(index)).flat()]));
      after.push(...section(id, [...content]));
    }
  }
  return { module: new Uint8Array([...out, ...section(2, imports), ...after]), seats };
}
export const seated = seat();

/** No module: its `go` sets a global behind its last one to zero (where fuel and switch are added, that is the switch). */
export const outside = withGo((_, globals) => {
  const body = [0, 0x41, 0, 0x24, ...leb(globals + 1), 0x0b];
  return [...leb(body.length), ...body];
});
