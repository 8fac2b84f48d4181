// `no-xhr-if`: an XMLHttpRequest whose method and address fit is answered with nothing, and never sent.
import { apply, construct, defineProperty, dispatch, lowerCase, NativeBlob, NativeWeakMap, property, then, NativePromise, weakGet, weakSet } from '../primordials.js';
import { replace } from './hide.js';
import { conditions, holds } from './needle.js';

interface Caught {
  readonly url: string;
  readonly deferred: boolean;
  answered: boolean;
}

const { ArrayBuffer, DOMParser, Event } = globalThis;
const parseDocument = DOMParser?.prototype.parseFromString;
const dateText = Date.prototype.toUTCString;
const NativeDate = Date;

export function noXhrIf([text = '']: readonly string[]): void {
  const wanted = conditions(text);
  const prototype = globalThis.XMLHttpRequest?.prototype as object | undefined;
  if (wanted.length === 0 || prototype === undefined) return;
  const responseType = property<string>(globalThis.XMLHttpRequest, 'responseType');
  const caught = new NativeWeakMap<object, Caught | null>();
  const find = (self: unknown): Caught | null => (typeof self === 'object' && self !== null ? (weakGet(caught, self) ?? null) : null);
  replace(prototype, 'open', {
    apply: (native, self, args) => {
      const method = args[0];
      const url = args[1];
      const opened = apply(native, self, args);
      if (args.length < 2 || typeof self !== 'object' || self === null) return opened;
      const properties = { __proto__: null, method: `${method as string}`, url: `${url as string}` } as unknown as Record<string, string | undefined>;
      const fits = holds(wanted, (key) => properties[key]);
      weakSet(caught, self, fits ? { url: properties['url'] ?? '', deferred: args.length < 3 || Boolean(args[2]), answered: false } : null);
      return opened;
    },
  });
  replace(prototype, 'send', {
    apply: (native, self, args) => {
      const request = find(self);
      if (request === null) return apply(native, self, args);
      if (request.deferred) {
        void then(new NativePromise<void>((done) => done()), () => answer(self as XMLHttpRequest, request, responseType(self)));
      } else answer(self as XMLHttpRequest, request, responseType(self));
      return undefined;
    },
  });
  replace(prototype, 'getResponseHeader', {
    apply: (native, self, args) => {
      const request = find(self);
      if (request?.answered !== true) return apply(native, self, args);
      const value = headers()[lowerCase(`${args[0] as string}`)];
      return value === undefined || value === '' ? null : value;
    },
  });
  replace(prototype, 'getAllResponseHeaders', {
    apply: (native, self, args) => {
      if (find(self)?.answered !== true) return apply(native, self, args);
      const found = headers();
      return `content-length: ${found['content-length'] ?? ''}\r\ndate: ${found['date'] ?? ''}\r\n`;
    },
  });
}

function headers(): Record<string, string | undefined> {
  return { __proto__: null, date: apply(dateText, new NativeDate(), []) as string, 'content-type': '', 'content-length': '0' } as unknown as Record<string, string | undefined>;
}

/** Goes through the states of a request that succeeded with an empty body. */
function answer(self: XMLHttpRequest, request: Caught, type: string): void {
  const show = (name: string, value: unknown): void =>
    void defineProperty(self, name, { __proto__: null, value, configurable: true } as PropertyDescriptor);
  const state = (number: number): void => {
    show('readyState', number);
    tell(self, 'readystatechange');
  };
  const response = empty(type);
  show('responseURL', request.url);
  state(1);
  request.answered = true;
  show('status', 200);
  show('statusText', 'OK');
  state(2);
  show('response', response);
  if (type === '' || type === 'text') show('responseText', '');
  if (type === 'document') show('responseXML', response);
  state(3);
  state(4);
  tell(self, 'load');
  tell(self, 'loadend');
}

function tell(self: XMLHttpRequest, name: string): void {
  try {
    dispatch(self, construct(Event, [name]) as Event);
  } catch {
    // The request belongs to a page that is gone.
  }
}

function empty(type: string): unknown {
  switch (type) {
    case 'arraybuffer': return new ArrayBuffer(0);
    case 'blob': return new NativeBlob([]);
    case 'document': return parseDocument === undefined ? null : apply(parseDocument, new DOMParser(), ['', 'text/html']);
    case 'json': return {};
    default: return '';
  }
}
