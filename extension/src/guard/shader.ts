// Shaders: the text of WebGL and WebGPU programs is inspected before it is compiled. A miner's is
// replaced by one that cannot be valid, so that it fails as a program with a mistake does; where that is known
// too late, the page loses what would run it. A browser takes
// milliseconds to make WebGL's hundreds of functions in each realm that looks at one, so nothing of WebGL is
// touched before a canvas is asked for it. Limit: a `shaderSource` that a page took before that.
import { replace, type Apply } from './disguise.js';
import type { Guard } from './guard.js';
import { kinds } from './inspector.js';
import { lateMethod } from './late.js';
import { apply, getPrototypeOf, indexOf } from './primordials.js';

/** Not a program in GLSL nor in WGSL. */
const invalid = '#';
/** Shorter texts hold no hash function. */
const shortest = 400;

const destroy = lateMethod<object, [], void>('destroy');
const extension = lateMethod<object, [string], object | null>('getExtension');
const lose = lateMethod<object, [], void>('loseContext');

export function guardShaders(realm: typeof globalThis, guard: Guard, place: () => string): void {
  const refused = (text: unknown, undo: () => void): boolean => typeof text === 'string' && text.length >= shortest && guard.refuses('shader', kinds.shader, text, place(), undo);
  const drop = (context: object): void => {
    const found = extension(context, 'WEBGL_lose_context');
    if (found !== null) lose(found);
  };
  const source: Apply = (native, self, args) => {
    if (args.length < 2) return apply(native, self, args);
    const text = typeof args[1] === 'string' ? args[1] : `${args[1] as string}`;
    return apply(native, self, [args[0], refused(text, () => drop(self as object)) ? invalid : text]);
  };
  const context: Apply = (native, self, args) => {
    const made = apply(native, self, args) as object | null;
    // Of whatever realm the canvas is, its context's functions are the ones that are used.
    if (made !== null && indexOf(typeof args[0] === 'string' ? args[0] : 'webgl', 'webgl') >= 0) replace(getPrototypeOf(made) as object, 'shaderSource', { apply: source });
    return made;
  };
  replace(realm.HTMLCanvasElement?.prototype, 'getContext', { apply: context });
  replace(realm.OffscreenCanvas?.prototype, 'getContext', { apply: context });
  const device = (realm as { GPUDevice?: { prototype: object } }).GPUDevice;
  if (device !== undefined) {
    replace(device.prototype, 'createShaderModule', {
      apply: (native, self, args) => {
        const description = args[0];
        if (typeof description !== 'object' || description === null) return apply(native, self, args);
        const { code: given, compilationHints, label } = description as { label?: unknown; code?: unknown; compilationHints?: unknown };
        const code = typeof given === 'string' ? given : `${given as string}`;
        const safe = { __proto__: null, code: refused(code, () => destroy(self as object)) ? invalid : code } as Record<string, unknown>;
        if (label !== undefined) safe['label'] = label;
        if (compilationHints !== undefined) safe['compilationHints'] = compilationHints;
        return apply(native, self, [safe]);
      },
    });
  }
}
