// WebAssembly: every way to turn bytes into a module is asked about first. The bytes are copied once,
// and what was inspected is exactly what is compiled. A refusal is the platform's own: it is handed
// a module that cannot be valid. Anything that is not plainly bytes goes to the platform untouched,
// so its errors stay its own.
import { baseOf } from './channel.js';
import { originalOf, replace, steady, type Apply } from './disguise.js';
import { type Guard } from './guard.js';
import { block, kinds, watch } from './inspector.js';
import { lateClass, lateMethod, lateProperty } from './late.js';
import { alike, apply, arrayLength, construct, copyBytes, defineProperty, getPrototypeOf, getter, lowerCase, method, NativeResponse, NativeUint8Array, property, room, setOwn, then, trim } from './primordials.js';
import { later } from './timers.js';
import type { Meter } from './meter.js';
import { CompileRate, generatedPrograms } from './watch.js';

/** A header with an unknown section: the platform refuses it with its own words. */
const invalid = (): Uint8Array<ArrayBuffer> => {
  const bytes = new NativeUint8Array(10);
  bytes[1] = 0x61;
  bytes[2] = 0x73;
  bytes[3] = 0x6d;
  bytes[4] = 1;
  bytes[8] = 0x7f;
  return bytes;
};

/** How long a call that returns a promise waits for the inspector, where it cannot be read at once. */
const waitTime = 20;
const mostWaits = 50;

/** Whether a module that the inspector could read has a start function. */
function hasStart(bytes: Uint8Array): boolean {
  const end = arrayLength(bytes);
  for (let at = 8; at < end; ) {
    if (bytes[at] === 8) return true;
    let size = 0;
    for (let shift = 1, more = true; more; shift *= 128) {
      at += 1;
      const byte = bytes[at] ?? 0;
      size += (byte & 127) * shift;
      more = byte > 127;
    }
    at += size + 1;
  }
  return false;
}

const responseType = property<string>(NativeResponse, 'type');
const responseUsed = property<boolean>(NativeResponse, 'bodyUsed');
const responseOk = property<boolean>(NativeResponse, 'ok');
const responseUrl = property<string>(NativeResponse, 'url');
const responseHeaders = property<Headers>(NativeResponse, 'headers');
const responseBody = property<ReadableStream | null>(NativeResponse, 'body');
const headerGet = lateMethod<Headers, [string], string | null>('get');
const bodyLocked = lateProperty<boolean>('locked');
const lock = lateMethod<ReadableStream, [], unknown>('getReader');
const breakOff = lateMethod<ReadableStreamDefaultController, [], void>('error');
const cloneOf = method<Response, [], Response>(NativeResponse, 'clone');
const readBody = method<Response, [], Promise<ArrayBuffer>>(NativeResponse, 'arrayBuffer');
const responseError = NativeResponse?.error;

type Realm = typeof globalThis;
type Native = (...args: never[]) => unknown;

export function guardWasm(realm: Realm, guard: Guard, meter: Meter | null): void {
  const wasm = (realm as { WebAssembly?: typeof WebAssembly }).WebAssembly;
  if (wasm === undefined) return;
  const RealmPromise = realm.Promise;

  const rate = new CompileRate();

  const judged = (bytes: Uint8Array<ArrayBuffer>, url: string): Uint8Array<ArrayBuffer> => {
    const judgement = guard.judge(kinds.module, bytes);
    const counted = judgement.outcome === watch && meter !== null ? meter.prepare(bytes) : null;
    // What runs before it can be counted is measured with all else.
    if (counted !== null && !hasStart(bytes)) {
      guard.report('module', url, 'watch', 'content', judgement.json);
      return counted;
    }
    return guard.decides('module', url, judgement, 'content') ? invalid() : (counted ?? bytes);
  };

  /** The bytes to compile in place of those given; null: not bytes, the platform's business. */
  const inspected = (source: unknown, url: string): Uint8Array<ArrayBuffer> | null => {
    const bytes = copyBytes(source);
    if (bytes === null) return null;
    if (rate.add(arrayLength(bytes)) && guard.decides('module', url, { outcome: block, json: generatedPrograms }, 'behaviour')) return invalid();
    return judged(bytes, url);
  };
  const replaced = (args: unknown[], bytes: unknown): unknown[] => {
    if (args.length < 2) return [bytes];
    return args.length === 2 ? [bytes, args[1]] : [bytes, args[1], args[2]];
  };

  replace(wasm, 'Module', {
    construct: (native, args, target) => {
      room();
      const bytes = args.length === 0 ? null : inspected(args[0], here(realm, guard));
      return construct(native, bytes === null ? args : replaced(args, alike(args[0], bytes)), target) as object;
    },
  });
  const fromBytes: Apply = (native, self, args) => {
    room();
    return args.length > 0 && guard.isBarred() ? onceRead(native, self, args) : atOnce(native, self, args);
  };
  const atOnce: Apply = (native, self, args) => {
    const bytes = args.length === 0 ? null : inspected(args[0], here(realm, guard));
    return apply(native, self, bytes === null ? args : replaced(args, alike(args[0], bytes)));
  };
  /** Where the inspector is still on its way, nobody waits for it but who gets a promise. */
  const onceRead: Apply = (native, self, args) => {
    const bytes = copyBytes(args[0]);
    if (bytes === null) return apply(native, self, args);
    const given = replaced(args, alike(args[0], bytes));
    return new RealmPromise((settle: (value: unknown) => void, fail: (reason: unknown) => void) => {
      let left = mostWaits;
      const look = (): void => {
        left -= 1;
        if (left > 0 && guard.isBarred()) {
          later(look, waitTime);
          return;
        }
        try {
          settle(atOnce(native, self, given));
        } catch (error) {
          fail(error);
        }
      };
      later(look, waitTime);
    });
  };
  /** A module that counts does so from its beginning: this is heard before the page hears of it. */
  const begun = (made: Promise<unknown>): Promise<unknown> => {
    then(steady(made), (found) => meter?.begin(found), () => undefined);
    return made;
  };
  replace(wasm, 'compile', { apply: fromBytes, promises: true });
  replace(wasm, 'instantiate', { apply: (native, self, args) => begun(fromBytes(native, self, args) as Promise<unknown>), promises: true });
  replace(wasm, 'Instance', {
    construct: (native, args, target) => {
      const made = construct(native, args, target);
      meter?.begin(made);
      return made;
    },
  });

  // Captured before they are replaced, below.
  const compileAhead = originalOf(wasm.compileStreaming) as Native;
  const instantiate = originalOf(wasm.instantiate) as Native;
  const { LinkError, CompileError } = wasm;
  const RealmObject = realm.Object;

  /** What the platform makes of a module that it has compiled; errors are those of the call that the page made. */
  const instantiated = (ahead: Promise<object>, imports: unknown, otherwise: () => unknown): unknown =>
    new RealmPromise((settle: (value: unknown) => void, fail: (reason: unknown) => void) => {
      const give = (module: object, instance: object): void => {
        const both = new RealmObject();
        setOwn(both, 'module', module);
        setOwn(both, 'instance', instance);
        settle(both);
      };
      const unlinked = (error: unknown): void => {
        // Nothing of the module has run yet.
        if (isOf(LinkError, error)) settle(otherwise());
        else fail(error);
      };
      then(ahead, (module) => then(apply(instantiate, wasm, [module, imports] as never[]) as Promise<object>, (instance) => give(module, instance), unlinked), () => settle(otherwise()));
    });

  const fromStream = (instantiates: boolean): Apply => (native, self, args) => {
    if (args.length === 0) return apply(native, self, args);
    // The inspector is opened while the network is still busy.
    guard.expects();
    return new RealmPromise((settle: (value: unknown) => void, fail: (reason: unknown) => void) => {
      // Only promises made here are waited for: a page can bend those that `then` derives.
      const source = new RealmPromise((give: (value: unknown) => void) => give(args[0]));
      then(source, (found) => {
        if (!inspectable(found)) {
          settle(apply(native, self, replaced(args, refusable(found))));
          return;
        }
        const url = responseUrl(found);
        // Of what comes from the network, nobody can change a copy: it is compiled while it is inspected.
        const options = args[instantiates ? 2 : 1];
        const ahead =
          responseType(found) === 'default' ? null : (apply(compileAhead, wasm, replaced([null, options], unbending(cloneOf(found as Response))) as never[]) as Promise<object>);
        if (ahead !== null) then(ahead, () => undefined, () => undefined);
        then(readBody(found as Response), (body) => {
          const bytes = new NativeUint8Array(body);
          const chosen = judged(bytes, url === '' ? here(realm, guard) : url);
          const anew = (): Promise<unknown> => apply(native, self, replaced(args, response(chosen))) as Promise<unknown>;
          settle(chosen !== bytes || ahead === null ? begun(anew()) : instantiates ? instantiated(ahead, args[1], anew) : ahead);
        }, () => {
          const broken = (): void => settle(apply(native, self, replaced(args, response(failing()))));
          // The platform tells of a fetch that the page aborted in another way than of a network that failed;
          // only what it says of bytes names the function that was called.
          if (ahead === null) broken();
          else then(ahead, broken, (error) => (isOf(CompileError, error) ? broken() : fail(error)));
        });
      }, fail);
    });
  };
  replace(wasm, 'compileStreaming', { apply: fromStream(false) });
  replace(wasm, 'instantiateStreaming', { apply: fromStream(true) });
}

/** Whether an error is of this class itself; what is thrown may be anything. */
function isOf(kind: { readonly prototype: object }, error: unknown): boolean {
  return typeof error === 'object' && error !== null && getPrototypeOf(error) === kind.prototype;
}

/** What the platform compiles in place of the page's own response; nothing that a page defines is asked. */
function response(body: BodyInit): Response {
  const headers = { __proto__: null, 'content-type': 'application/wasm' } as unknown as Record<string, string>;
  return unbending(new NativeResponse(body, { __proto__: null, headers } as ResponseInit));
}

/** A body that breaks off as the page's did, or is none where the page took streams away. */
function failing(): BodyInit {
  const Stream = lateClass('ReadableStream');
  if (Stream === undefined) return invalid();
  return new Stream({ __proto__: null, start: (controller: ReadableStreamDefaultController) => breakOff(controller) }) as ReadableStream;
}

/** Not a thenable, whatever the page puts on prototypes. */
function unbending<Found extends object>(found: Found): Found {
  defineProperty(found, 'then', { __proto__: null, value: undefined } as PropertyDescriptor);
  return found;
}

/** A Response that the platform would compile: right type, status and state. Others it refuses itself. */
function inspectable(found: unknown): boolean {
  try {
    if (responseUsed(found) || !responseOk(found)) return false;
    const type = responseType(found);
    if (type !== 'basic' && type !== 'cors' && type !== 'default') return false;
    const body = responseBody(found);
    if (body === null || bodyLocked(body)) return false;
    return isWasm(headerGet(responseHeaders(found), 'content-type'));
  } catch {
    return false; // not a Response
  }
}

function isWasm(mime: string | null): boolean {
  return mime !== null && lowerCase(trim(mime)) === 'application/wasm';
}

/** Something that the platform refuses for the same reason; never the page's own object, which could
 * turn into a promise for another one when it is looked at a second time. */
function refusable(found: unknown): unknown {
  if ((typeof found !== 'object' || found === null) && typeof found !== 'function') return found;
  let substitute: object = { __proto__: null } as unknown as object;
  try {
    const used = responseUsed(found);
    if (responseType(found) === 'opaque' || responseType(found) === 'error') substitute = responseError();
    else {
      const mime = headerGet(responseHeaders(found), 'content-type');
      const headers = { __proto__: null } as unknown as Record<string, string>;
      if (mime !== null) headers['content-type'] = mime;
      const made = new NativeResponse(invalid(), { __proto__: null, status: responseOk(found) ? 200 : 404, headers } as ResponseInit);
      const body = responseBody(found);
      if (used) then(readBody(made), () => undefined);
      else if (body !== null && bodyLocked(body)) lock(responseBody(made) as ReadableStream);
      substitute = !used && body === null ? new NativeResponse(null, { __proto__: null, status: responseOk(found) ? 200 : 404, headers } as ResponseInit) : made;
    }
  } catch {
    // Not a Response: the empty object is refused as one that is not.
  }
  return unbending(substitute);
}

const currentScript = getter<Element | null>(typeof Document === 'undefined' ? undefined : Document.prototype, 'currentScript');
const scriptSource = lateProperty<string>('src');

/** The script that is running where the platform tells, else the document or worker. */
export function here(realm: Realm, guard: Guard): string {
  if (currentScript !== null && baseOf !== null) {
    try {
      const script = currentScript(realm.document);
      if (script !== null) {
        const source = scriptSource(script);
        if (source !== '') return source;
      }
    } catch {
      // An SVG script, a document of another kind, or a page that hides it.
    }
  }
  return guard.channel.place();
}
