// Readers: each turns an unknown value into a typed one or throws `Unreadable` with the place and
// reason. Used wherever something enters: messages, storage, imported files.

export class Unreadable extends Error {
  constructor(readonly place: string, readonly reason: string) {
    super(`${place === '' ? 'value' : place}: ${reason}`);
    this.name = 'Unreadable';
  }
}

/** Reads one value; `place` names it in errors. */
export type Reader<T> = (value: unknown, place?: string) => T;
export type Read<R> = R extends Reader<infer T> ? T : never;

export function string(maximum: number, minimum = 0): Reader<string> {
  return (value, place = '') => {
    if (typeof value !== 'string') throw new Unreadable(place, 'not a text');
    if (value.length > maximum) throw new Unreadable(place, `longer than ${maximum} characters`);
    if (value.length < minimum) throw new Unreadable(place, `shorter than ${minimum} characters`);
    return value;
  };
}

/** Text that is cut where it is too long instead of being refused. */
export function clipped(maximum: number): Reader<string> {
  return (value, place = '') => {
    if (typeof value !== 'string') throw new Unreadable(place, 'not a text');
    return value.length > maximum ? value.slice(0, maximum) : value;
  };
}

export function integer(minimum: number, maximum = Number.MAX_SAFE_INTEGER): Reader<number> {
  return (value, place = '') => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new Unreadable(place, 'not a whole number');
    if (value < minimum || value > maximum) throw new Unreadable(place, `not between ${minimum} and ${maximum}`);
    return value;
  };
}

export const boolean: Reader<boolean> = (value, place = '') => {
  if (typeof value !== 'boolean') throw new Unreadable(place, 'not true or false');
  return value;
};

export function oneOf<const T extends string | number | null>(...choices: readonly T[]): Reader<T> {
  return (value, place = '') => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new Unreadable(place, `none of ${choices.join(', ')}`);
    return found;
  };
}

export function either<A, B>(first: Reader<A>, second: Reader<B>): Reader<A | B> {
  return (value, place = '') => {
    try {
      return first(value, place);
    } catch {
      return second(value, place);
    }
  };
}

/** Missing, or null, as other languages write what is missing. */
export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, place = '') => (value === undefined || value === null ? undefined : reader(value, place));
}

/** The reader's value, or this one where the value is missing. */
export function withDefault<T>(reader: Reader<T>, standard: T): Reader<T> {
  return (value, place = '') => (value === undefined || value === null ? standard : reader(value, place));
}

export function list<T>(reader: Reader<T>, maximum: number): Reader<readonly T[]> {
  return (value, place = '') => {
    if (!Array.isArray(value)) throw new Unreadable(place, 'not a list');
    if (value.length > maximum) throw new Unreadable(place, `more than ${maximum} entries`);
    return value.map((entry, index) => reader(entry, `${place}[${index}]`));
  };
}

/** A list of which unreadable entries are left out and handed to `refused`. */
export function salvaged<T>(reader: Reader<T>, maximum: number, refused: (reason: string) => void): Reader<readonly T[]> {
  return (value, place = '') => {
    if (!Array.isArray(value)) throw new Unreadable(place, 'not a list');
    const kept: T[] = [];
    for (const [index, entry] of value.entries()) {
      if (kept.length >= maximum) {
        refused(`more than ${maximum} entries`);
        break;
      }
      try {
        kept.push(reader(entry, `${place}[${index}]`));
      } catch (error) {
        refused(error instanceof Error ? error.message : String(error));
      }
    }
    return kept;
  };
}

/** Text keys to values of one kind; keys that could touch the prototype are refused. */
export function record<T>(reader: Reader<T>, maximum: number): Reader<Readonly<Record<string, T>>> {
  return (value, place = '') => {
    if (!isObject(value)) throw new Unreadable(place, 'not an object');
    const entries = Object.entries(value);
    if (entries.length > maximum) throw new Unreadable(place, `more than ${maximum} entries`);
    const read: Record<string, T> = {};
    for (const [key, entry] of entries) {
      if (key === '__proto__') throw new Unreadable(place, 'a forbidden key');
      read[key] = reader(entry, `${place}.${key}`);
    }
    return read;
  };
}

type Shape = Readonly<Record<string, Reader<unknown>>>;
type Shaped<S extends Shape> = { readonly [K in keyof S as undefined extends Read<S[K]> ? never : K]: Read<S[K]> } & {
  readonly [K in keyof S as undefined extends Read<S[K]> ? K : never]?: Exclude<Read<S[K]>, undefined>;
};

/** An object with these fields; fields that are not named are dropped. */
export function object<S extends Shape>(shape: S): Reader<Shaped<S>> {
  const fields = Object.entries(shape);
  return (value, place = '') => {
    if (!isObject(value)) throw new Unreadable(place, 'not an object');
    const read: Record<string, unknown> = {};
    for (const [name, reader] of fields) {
      const field = reader(Object.hasOwn(value, name) ? value[name] : undefined, place === '' ? name : `${place}.${name}`);
      if (field !== undefined) read[name] = field;
    }
    return read as Shaped<S>;
  };
}

export const nothing: Reader<Record<string, never>> = (value, place = '') => {
  if (!isObject(value)) throw new Unreadable(place, 'not an object');
  return {};
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
