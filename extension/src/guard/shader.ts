// Shaders: the text of WebGL and WebGPU programs is inspected before it is compiled. A miner's is
// replaced by one that cannot be valid, so that it fails as a program with a mistake does.
import { replace } from './disguise.js';
import type { Guard } from './guard.js';
import { kinds } from './inspector.js';
import { apply } from './primordials.js';

/** Not a program in GLSL nor in WGSL. */
const invalid = '#';
/** Shorter texts hold no hash function. */
const shortest = 400;

export function guardShaders(realm: typeof globalThis, guard: Guard, place: () => string): void {
  const refused = (text: unknown): boolean => typeof text === 'string' && text.length >= shortest && guard.refuses('shader', kinds.shader, text, place());
  const contexts = [realm.WebGLRenderingContext, realm.WebGL2RenderingContext];
  for (let index = 0; index < contexts.length; index += 1) {
    const context = contexts[index];
    if (typeof context !== 'function') continue;
    replace(context.prototype, 'shaderSource', {
      apply: (native, self, args) => {
        if (args.length < 2) return apply(native, self, args);
        const text = typeof args[1] === 'string' ? args[1] : `${args[1] as string}`;
        return apply(native, self, [args[0], refused(text) ? invalid : text]);
      },
    });
  }
  const device = (realm as { GPUDevice?: { prototype: object } }).GPUDevice;
  if (device !== undefined) {
    replace(device.prototype, 'createShaderModule', {
      apply: (native, self, args) => {
        const description = args[0];
        if (typeof description !== 'object' || description === null) return apply(native, self, args);
        const source = description as { label?: unknown; code?: unknown; compilationHints?: unknown };
        const { code: given, compilationHints, label } = source;
        const code = typeof given === 'string' ? given : `${given as string}`;
        const safe = { __proto__: null, code: refused(code) ? invalid : code } as Record<string, unknown>;
        if (label !== undefined) safe['label'] = label;
        if (compilationHints !== undefined) safe['compilationHints'] = compilationHints;
        return apply(native, self, [safe]);
      },
    });
  }
}
