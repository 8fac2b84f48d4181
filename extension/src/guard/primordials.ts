// The platform's own functions, taken before any page script runs. Nothing in the guard looks up a
// property that a page could have replaced; where a value of the page's is touched, it is through these.
// What few pages need is taken later (late.ts).

type Method<T, A extends unknown[], R> = (this: T, ...args: A) => R;

export const { apply, construct, defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } = Reflect;
const bind = Function.prototype.bind;
const call = Function.prototype.call;

/** `method.call` with the receiver as the first argument, safe from later tampering. */
export function uncurry<T, A extends unknown[], R>(method: Method<T, A, R>): (self: T, ...args: A) => R {
  return apply(bind, call, [method]) as (self: T, ...args: A) => R;
}

/** The getter of an accessor property, as a function of its receiver; null where there is none. */
export function getter<T>(owner: object | undefined, name: PropertyKey): ((self: unknown) => T) | null {
  const get = owner === undefined ? undefined : getOwnPropertyDescriptor(owner, name)?.get;
  return get === undefined ? null : (uncurry(get) as (self: unknown) => T);
}

export const NativeProxy = Proxy;
export const NativeUint8Array = Uint8Array;
export const NativeDataView = DataView;
export const NativePromise = Promise;
// Worklets have few of these; what needs them is not installed there.
export const NativeURL = globalThis.URL;
export const NativeBlob = globalThis.Blob;
export const { iterator } = Symbol;
export const NativeEventTarget = globalThis.EventTarget;
export const NativeMessageEvent = globalThis.MessageEvent;
/** Of the events that carry a target, the cheapest to make. */
export const NativeFocusEvent = globalThis.FocusEvent;
export const NativeResponse = globalThis.Response;
export const NativeMap = Map;
export const NativeSet = Set;
export const NativeWeakMap = WeakMap;
export const NativeWeakRef = WeakRef;
export const NativeError = Error;

/** A method of a class that may be missing, as a function of its receiver. */
export function method<T, A extends unknown[], R>(of: { readonly prototype: object } | undefined, name: string): (self: T, ...args: A) => R {
  const found = of === undefined ? undefined : (getOwnPropertyDescriptor(of.prototype, name)?.value as Method<T, A, R> | undefined);
  return uncurry(found ?? missing);
}
function missing(): never {
  throw new NativeError('not in this scope');
}

export const bound = uncurry(Function.prototype.bind) as <F extends (...args: never[]) => unknown>(fn: F, self: unknown, ...args: unknown[]) => (...rest: unknown[]) => unknown;
export const functionToString = uncurry(Function.prototype.toString);
export const mapGet = uncurry(Map.prototype.get) as <K, V>(map: Map<K, V>, key: K) => V | undefined;
export const mapSet = uncurry(Map.prototype.set) as <K, V>(map: Map<K, V>, key: K, value: V) => Map<K, V>;
export const mapDelete = uncurry(Map.prototype.delete) as <K, V>(map: Map<K, V>, key: K) => boolean;
export const mapForEach = uncurry(Map.prototype.forEach) as <K, V>(map: Map<K, V>, visit: (value: V, key: K) => void) => void;
export const setAdd = uncurry(Set.prototype.add) as <V>(set: Set<V>, value: V) => Set<V>;
export const setHas = uncurry(Set.prototype.has) as <V>(set: Set<V>, value: V) => boolean;
export const setDelete = uncurry(Set.prototype.delete) as <V>(set: Set<V>, value: V) => boolean;
export const setForEach = uncurry(Set.prototype.forEach) as <V>(set: Set<V>, visit: (value: V) => void) => void;
export const setSize = getter<number>(Set.prototype, 'size') as (self: unknown) => number;
export const weakGet = uncurry(WeakMap.prototype.get) as <K extends WeakKey, V>(map: WeakMap<K, V>, key: K) => V | undefined;
export const weakSet = uncurry(WeakMap.prototype.set) as <K extends WeakKey, V>(map: WeakMap<K, V>, key: K, value: V) => WeakMap<K, V>;
export const weakHas = uncurry(WeakMap.prototype.has) as <K extends WeakKey, V>(map: WeakMap<K, V>, key: K) => boolean;
export const deref = uncurry(WeakRef.prototype.deref) as <T extends WeakKey>(ref: WeakRef<T>) => T | undefined;
export const then = uncurry(Promise.prototype.then) as <T, R, S = never>(
  promise: Promise<T>,
  done: (value: T) => R | PromiseLike<R>,
  failed?: (reason: unknown) => S | PromiseLike<S>,
) => Promise<R | S>;
export const slice = uncurry(String.prototype.slice);
export const startsWith = uncurry(String.prototype.startsWith);
export const indexOf = uncurry(String.prototype.indexOf) as (text: string, part: string, from?: number) => number;
export const lowerCase = uncurry(String.prototype.toLowerCase);
export const trim = uncurry(String.prototype.trim);
export const charCodeAt = uncurry(String.prototype.charCodeAt);
/** For expressions of ours; it reads nothing that a page can change, which `test` does. */
export const exec = uncurry(RegExp.prototype.exec) as (expression: RegExp, text: string) => RegExpExecArray | null;
export const { stringify } = JSON;
export const { freeze } = Object;
export const { encodeURIComponent: encodeComponent, decodeURIComponent: decodeComponent } = globalThis;
export const { atob } = globalThis;
export const { fromCharCode } = String;
/** Not written out: the guard has to stay one line. */
export const newline = fromCharCode(10);
/** As soon as what runs now has ended, before anything else does. */
export const soon = globalThis.queueMicrotask?.bind(globalThis) as (run: () => void) => void;
export const addListener = method<EventTarget, [string, (event: Event) => void, boolean?], void>(globalThis.EventTarget, 'addEventListener');
export const removeListener = method<EventTarget, [string, (event: Event) => void, boolean?], void>(globalThis.EventTarget, 'removeEventListener');
export const dispatch = method<EventTarget, [Event], boolean>(globalThis.EventTarget, 'dispatchEvent');
export const prevent = method<Event, [], void>(globalThis.Event, 'preventDefault');
export const stopImmediate = method<Event, [], void>(globalThis.Event, 'stopImmediatePropagation');
/** The getter of an accessor of a class that may be missing. */
export const property = <T>(of: { readonly prototype: object } | undefined, name: string): ((self: unknown) => T) =>
  getter<T>(of?.prototype, name) ?? (missing as () => never);
/** What a message carries. Chromium makes it when it is first asked for, as objects of the realm that asks: that has to be the realm of the event. */
export const dataIn = (realm: { MessageEvent: typeof MessageEvent }): ((event: Event) => unknown) => property<unknown>(realm.MessageEvent, 'data');
export const eventData = dataIn(globalThis);
export const eventSource = property<unknown>(globalThis.MessageEvent, 'source');
export const eventTarget = property<unknown>(globalThis.Event, 'target');
export const createObjectURL = globalThis.URL?.createObjectURL;
export const revokeObjectURL = globalThis.URL?.revokeObjectURL;
export const urlHref = property<string>(globalThis.URL, 'href');
export const urlOrigin = property<string>(globalThis.URL, 'origin');
export const blobType = property<string>(globalThis.Blob, 'type');

const typedArray = getPrototypeOf(Uint8Array.prototype) as object;
const arrayTag = getter<string | undefined>(typedArray, Symbol.toStringTag) as (self: unknown) => string | undefined;
const arrayBuffer = getter<ArrayBufferLike>(typedArray, 'buffer') as (self: unknown) => ArrayBufferLike;
const arrayOffset = getter<number>(typedArray, 'byteOffset') as (self: unknown) => number;
/** `byteLength` of a typed array, whatever a page did to it. */
export const arrayLength = getter<number>(typedArray, 'byteLength') as (self: unknown) => number;
const viewBuffer = getter<ArrayBufferLike>(DataView.prototype, 'buffer') as (self: unknown) => ArrayBufferLike;
const viewOffset = getter<number>(DataView.prototype, 'byteOffset') as (self: unknown) => number;
const viewLength = getter<number>(DataView.prototype, 'byteLength') as (self: unknown) => number;
const plainLength = getter<number>(ArrayBuffer.prototype, 'byteLength') as (self: unknown) => number;
const sharedLength = typeof SharedArrayBuffer === 'undefined' ? null : getter<number>(SharedArrayBuffer.prototype, 'byteLength');
export const setBytes = uncurry(Uint8Array.prototype.set) as (self: Uint8Array, from: Uint8Array, at?: number) => void;
const fromBase64 = (Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array }).fromBase64;
export const subarray = uncurry(Uint8Array.prototype.subarray) as (self: Uint8Array, start: number, end: number) => Uint8Array;

/** The largest module that any platform takes (WebAssembly JavaScript Interface, "Implementation-defined Limits"). */
export const largestModule = 1_073_741_824;

/**
 * Bytes of a BufferSource of any realm, copied once so that nobody can change them afterwards; null for
 * anything else. Of more than any module has, only the size is kept: the platform refuses it by that.
 */
export function copyBytes(source: unknown): Uint8Array<ArrayBuffer> | null {
  if (typeof source !== 'object' || source === null) return null;
  const found = view(source);
  if (found === null) return null;
  try {
    if (arrayLength(found) > largestModule) return new NativeUint8Array(largestModule + 1);
    const copy = new NativeUint8Array(arrayLength(found));
    setBytes(copy, found);
    return copy;
  } catch {
    return found as Uint8Array<ArrayBuffer>; // no memory for a copy: inspect in place
  }
}

/** The bytes as the kind of view that was given: some platforms take not every kind everywhere. */
export function alike(given: unknown, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | DataView<ArrayBuffer> {
  try {
    viewLength(given);
  } catch {
    return bytes;
  }
  return new NativeDataView(arrayBuffer(bytes) as ArrayBuffer);
}

/** Gives an object a property as an assignment does where nothing is inherited in its way. */
export function setOwn(into: object, name: PropertyKey, value: unknown): void {
  defineProperty(into, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true } as PropertyDescriptor);
}

/** What `optionsBut` is told for an option that is the page's. */
export const theirs = { __proto__: null };

/** Options that are the page's own but for some, which ours answer for, so that the page's are not asked. */
export function optionsBut<T extends object>(given: T, ours: (name: PropertyKey) => unknown): T {
  const get = (of: T, name: PropertyKey): unknown => {
    const found = ours(name);
    return found === theirs ? of[name as keyof T] : found;
  };
  return new NativeProxy(given, { __proto__: null, get } as ProxyHandler<T>);
}

/** An argument as the platform would make a text of it; what it refuses is left to it. */
export const asText = (given: unknown): unknown => (typeof given === 'string' || typeof given === 'symbol' ? given : `${given as string}`);

/** Whether two addresses are of one origin. */
export const sameOrigin = (one: string, other: string): boolean => urlOrigin(new NativeURL(one)) === urlOrigin(new NativeURL(other));

/** An array that the platform reads without asking iterators, which a page can replace and overhear. */
export function sequence<T>(items: T[]): T[] {
  let at = 0;
  const next = (): object => {
    const done = at >= items.length;
    at += 1;
    return { __proto__: null, done, value: done ? undefined : items[at - 1] };
  };
  defineProperty(items, iterator, { __proto__: null, value: () => ({ __proto__: null, next }) } as PropertyDescriptor);
  return items;
}

/** A view on the bytes of a BufferSource, without a copy; null for anything else and for detached ones. */
export function view(source: object): Uint8Array | null {
  try {
    if (arrayTag(source) !== undefined) return new NativeUint8Array(arrayBuffer(source), arrayOffset(source), arrayLength(source));
  } catch {
    return null; // detached
  }
  try {
    return new NativeUint8Array(source as ArrayBuffer, 0, plainLength(source));
  } catch {
    // Not an ArrayBuffer, or detached: the branches below, else the platform's own complaint.
  }
  if (sharedLength !== null) {
    try {
      return new NativeUint8Array(source as SharedArrayBuffer, 0, sharedLength(source));
    } catch {
      // Not shared either.
    }
  }
  try {
    return new NativeUint8Array(viewBuffer(source), viewOffset(source), viewLength(source));
  } catch {
    return null;
  }
}

export function bytesOfBase64(text: string): Uint8Array {
  if (fromBase64 !== undefined) return apply(fromBase64, NativeUint8Array, [text]) as Uint8Array;
  return bytesOfBinary(atob(text));
}

export function bytesOfBinary(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new NativeUint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = charCodeAt(text, index);
  return bytes;
}

/** Whether an event is the platform's own; no page can replace what is asked here. */
export const isTrusted = (event: Event): boolean => event.isTrusted;

/** What the platforms say where the stack is used up. */
const exhausted = /^(?:Maximum call stack size exceeded|too much recursion)/u;
export function isExhausted(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const message = getOwnPropertyDescriptor(error, 'message')?.value as unknown;
  return typeof message === 'string' && exec(exhausted, message) !== null;
}

/** Worklets, which have no timers, run on a thread whose stack Firefox does not watch: they would be ended by more. */
const mostRoom = typeof setTimeout === 'function' ? 2000 : 0;
/**
 * Uses more of the stack than a decision takes, and gives it back: where there is not as much left, the
 * platform's error comes before anything was decided, and not where it would count as an answer.
 */
export function room(calls = mostRoom): number {
  return calls === 0 ? 0 : room(calls - 1) + 1;
}

/** Tells the address of a Request, null of anything else; to be made before any script of the page runs. */
export function addressOfRequest(): (value: unknown) => string | null {
  const requestUrl = property<string>(globalThis.Request, 'url');
  return (value) => {
    if (typeof value !== 'object' || value === null) return null;
    try {
      return requestUrl(value);
    } catch {
      return null;
    }
  };
}
