// Loads inspector.wasm the way the guard does: no imports, one buffer, one call per question.

import { readFileSync } from 'node:fs';

const outcomes = ['allow', 'watch', 'block'];
export const kinds = { module: 0, script: 1, shader: 2 };

export function load(path) {
  const module = new WebAssembly.Module(readFileSync(path));
  const instance = new WebAssembly.Instance(module, {});
  const { exports } = instance;
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();

  function put(input) {
    if (typeof input === 'string') {
      // Three bytes of UTF-8 per UTF-16 unit at most.
      const room = input.length * 3;
      const at = exports.reserve(room);
      if (at === 0 && room > 0) throw new RangeError('no room');
      return encoder.encodeInto(input, new Uint8Array(exports.memory.buffer, at, room)).written;
    }
    const at = exports.reserve(input.length);
    if (at === 0 && input.length > 0) throw new RangeError('no room');
    new Uint8Array(exports.memory.buffer, at, input.length).set(input);
    return input.length;
  }

  const result = () =>
    JSON.parse(decoder.decode(new Uint8Array(exports.memory.buffer, exports.result_ptr(), exports.result_len())));

  return {
    exports,
    put,
    result,
    inspect: (kind, input) => outcomes[exports.inspect(kinds[kind], put(input))],
    open: () => exports.conversation_open(),
    message: (id, direction, input, now) =>
      outcomes[exports.conversation_message(id, direction === 'out' ? 1 : 0, put(input), now)],
    close: (id) => exports.conversation_close(id),
    loadSignatures: (bytes) => exports.load_signatures(put(bytes)) === 0,
  };
}
