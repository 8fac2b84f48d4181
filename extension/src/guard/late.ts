// Natives that are taken when they are first needed. A browser makes an interface in each realm that
// looks at it, and those that few pages need would cost every frame more than all the rest. By the time
// they are needed the page may have put something else in their place, so each is known by its text:
// only a native function of that name has it, and one of the same name that belongs elsewhere refuses an
// object that is not of its kind. Nothing that is found here may do without such a refusal.
import { originalOf } from './disguise.js';
import { apply, construct, createObjectURL, functionToString, getOwnPropertyDescriptor, getPrototypeOf, indexOf, NativeBlob, NativeError, NativeUint8Array, revokeObjectURL, slice } from './primordials.js';

/** How this browser writes a native function. */
const example = functionToString(Map.prototype.get);
const before = slice(example, 0, indexOf(example, 'get'));
const after = slice(example, before.length + 3);

/** Firefox writes the name of a getter without `get`. */
function isNative(found: unknown, name: string): found is (...args: unknown[]) => unknown {
  if (typeof found !== 'function') return false;
  const text = functionToString(originalOf(found) as (...args: never[]) => unknown);
  return text === before + name + after || text === `${before}get ${name}${after}`;
}

/** What is native under this name, on the object itself or on what it inherits from. */
function find(self: unknown, name: string): (...args: unknown[]) => unknown {
  for (let owner = self as object | null; owner !== null; owner = getPrototypeOf(owner)) {
    // A page can put `get` on what descriptors inherit from: whichever is native counts.
    const found = getOwnPropertyDescriptor(owner, name);
    if (found === undefined) continue;
    if (isNative(found.get, name)) return originalOf(found.get) as (...args: unknown[]) => unknown;
    if (isNative(found.value, name)) return originalOf(found.value) as (...args: unknown[]) => unknown;
  }
  throw new NativeError('not in this scope');
}

/** A method of an object that the platform made; throws where it is not to be found. */
export const lateMethod = <T extends object, A extends unknown[], R>(name: string): ((self: T, ...args: A) => R) => (self, ...args) => apply(find(self, name), self, args) as R;

/** The same of an accessor. */
export const lateProperty = <T>(name: string): ((self: unknown) => T) => (self) => apply(find(self, name), self, []) as T;

/** A class of this scope; undefined where there is none, or another one under its name. */
export function lateClass(name: string): (new (...args: unknown[]) => object) | undefined {
  const found: unknown = getOwnPropertyDescriptor(globalThis, name)?.value;
  return isNative(found, name) ? (originalOf(found) as new (...args: unknown[]) => object) : undefined;
}

const { now: date } = Date;
let clock: (() => number) | null = null;
/** Milliseconds of a clock that only goes forward, where there is one. */
export function now(): number {
  return (clock ??= monotonic())();
}
function monotonic(): () => number {
  try {
    const performance = lateProperty<object>('performance')(globalThis);
    const read = find(performance, 'now') as () => number;
    return () => apply(read, performance, []);
  } catch {
    return date; // a worklet
  }
}

/** 32 hexadecimal digits that nobody can guess. */
export function token(): string {
  const bytes = new NativeUint8Array(16);
  try {
    lateMethod<object, [Uint8Array], void>('getRandomValues')(lateProperty<object>('crypto')(globalThis), bytes);
  } catch {
    return ofAddress();
  }
  let text = '';
  for (let index = 0; index < 16; index += 1) {
    const byte = bytes[index] ?? 0;
    text += '0123456789abcdef'[byte >> 4];
    text += '0123456789abcdef'[byte & 15];
  }
  return text;
}

/** Where the page took randomness away: a new address of a Blob ends with a UUID. A worklet has neither, and needs none. */
function ofAddress(): string {
  let text = '';
  try {
    const url = createObjectURL(construct(NativeBlob, []) as Blob);
    revokeObjectURL(url);
    const id = slice(url, url.length - 36);
    for (let index = 0; index < id.length; index += 1) if (id[index] !== '-') text += id[index] ?? '';
  } catch {
    // A worklet.
  }
  return text.length === 32 ? text : '00000000000000000000000000000000';
}
