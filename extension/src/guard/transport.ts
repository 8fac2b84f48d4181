// WebTransport and WebSocketStream: what passes over their streams and in datagrams is shown to the inspector
// as what passes over a socket, all of one connection as one conversation. A stream can cut a message anywhere, so lines
// are put together first. Streams are heard where they are read and written; where the platform does that
// by itself (pipes, branches, iteration) a stream in between hears them. Nothing of streams is touched
// before the first connection is made. Limits: a function of streams that a page took before that, and a
// stream that is handed to another scope.
import { resolve } from './channel.js';
import { replace, type Apply, type Construct } from './disguise.js';
import { lateProperty } from './late.js';
import {
  apply, arrayLength, charCodeAt, construct, defineProperty, getOwnPropertyDescriptor, indexOf, method, NativeWeakMap, newline, property, slice, then, view, weakGet, weakSet,
} from './primordials.js';
import { readText } from './text.js';
import { isText, longest, type Sockets, type Talk } from './socket.js';
import type { Surroundings } from './surroundings.js';

const { asyncIterator } = Symbol;

/** One direction of a connection, or what hands out its streams. */
interface Wire {
  readonly talk: Talk;
  readonly outgoing: boolean;
  /** It carries streams, not bytes. */
  readonly streams: boolean;
  /** The start of a message whose end is still to come. */
  rest: string;
}

type Type = { readonly prototype: object } | undefined;
type Scope = typeof globalThis & Record<'WebTransport' | 'WebTransportBidirectionalStream' | 'WebTransportDatagramDuplexStream', Type>;

export function guardTransports(realm: typeof globalThis, sockets: Sockets, around: Surroundings): void {
  const { Promise } = realm;
  let streams: Streams | null = null;
  const followed = (follow: (streams: Streams, connection: object, url: string) => void): Construct => (native, args, target) => {
    if (args.length === 0 || typeof args[0] === 'symbol') return construct(native, args, target) as object;
    const text = `${args[0] as string}`;
    const url = resolve(text, around.base()) ?? text;
    const given = sockets.base === '' ? text : url;
    const connection = construct(native, args.length === 1 ? [given] : [given, args[1]], target) as object;
    try {
      follow((streams ??= new Streams(realm as Scope, Promise, sockets)), connection, url);
    } catch {
      // The page has bent what streams are made of.
    }
    return connection;
  };
  replace(realm, 'WebTransport', { construct: followed((all, transport, url) => all.follow(transport, url)) });
  replace(realm, 'WebSocketStream', { construct: followed((all, socket, url) => all.followSocket(socket, url)) });
}

const openedOf = lateProperty<Promise<object>>('opened');

class Streams {
  /** Streams, their readers and their writers. */
  readonly #wires = new NativeWeakMap<object, Wire>();
  readonly #parts: (transport: object, talk: Talk) => void;
  readonly #close: (transport: object) => void;
  readonly #ofPair: (pair: object, talk: Talk) => void;
  readonly #error: typeof DOMException;

  constructor(
    private readonly realm: Scope,
    private readonly Promise: PromiseConstructor,
    private readonly sockets: Sockets,
  ) {
    this.#error = realm.DOMException;
    const { WebTransport, WebTransportBidirectionalStream: Pair, WebTransportDatagramDuplexStream: Datagrams } = realm;
    const readable = property<object>(Pair, 'readable');
    const writable = property<object>(Pair, 'writable');
    const datagrams = property<object>(WebTransport, 'datagrams');
    const received = property<object>(Datagrams, 'readable');
    const sent = property<object>(Datagrams, 'writable');
    const pairs = property<object>(WebTransport, 'incomingBidirectionalStreams');
    const singles = property<object>(WebTransport, 'incomingUnidirectionalStreams');
    this.#close = method<object, [], void>(WebTransport, 'close');
    this.#ofPair = (pair, talk) => {
      this.#add(() => readable(pair), talk, false);
      this.#add(() => writable(pair), talk, true);
    };
    this.#parts = (transport, talk) => {
      this.#add(() => pairs(transport), talk, false, true);
      this.#add(() => singles(transport), talk, false, true);
      this.#add(() => received(datagrams(transport)), talk, false);
      this.#add(() => sent(datagrams(transport)), talk, true);
      this.#add(() => datagrams(transport), talk, true);
      this.#add(() => transport, talk, true);
    };
    this.#hookConnection(WebTransport, Datagrams);
    this.#hookEnds();
    this.#hookPipes();
  }

  follow(transport: object, url: string): void {
    this.#parts(transport, this.sockets.begin(url, () => this.#close(transport)));
  }

  /** A socket whose messages are chunks of two streams. */
  followSocket(socket: object, url: string): void {
    // It is not closed, but told nothing more: the renderer of Chromium 156 dies now and then where one is closed while it is read.
    const talk = this.sockets.begin(url, () => undefined);
    const keep = (pair: object): void => {
      // The platform's own object: its properties are not the page's.
      this.#add(() => getOwnPropertyDescriptor(pair, 'readable')?.value as object, talk, false);
      this.#add(() => getOwnPropertyDescriptor(pair, 'writable')?.value as object, talk, true);
    };
    then(openedOf(socket), keep, () => undefined);
  }

  #add(find: () => object, talk: Talk, outgoing: boolean, streams = false): void {
    try {
      weakSet(this.#wires, find(), { talk, outgoing, streams, rest: '' });
    } catch {
      // Not every platform has every part.
    }
  }

  #wire(of: unknown): Wire | undefined {
    return weakGet(this.#wires, of as object);
  }

  #hookConnection(transport: Type, datagrams: Type): void {
    const made: Apply = (native, self, args) => {
      const wire = this.#wire(self);
      return wire === undefined ? apply(native, self, args) : this.#after(apply(native, self, args), wire, (found) => this.#taken(wire, found, true));
    };
    replace(transport?.prototype, 'createBidirectionalStream', { apply: made });
    replace(transport?.prototype, 'createUnidirectionalStream', { apply: made });
    replace(datagrams?.prototype, 'createWritable', {
      apply: (native, self, args) => {
        const found = apply(native, self, args) as object;
        const wire = this.#wire(self);
        if (wire !== undefined) this.#add(() => found, wire.talk, true);
        return found;
      },
    });
  }

  /** A pair of streams, or one. */
  #taken(wire: Wire, found: unknown, outgoing: boolean): void {
    this.#ofPair(found as object, wire.talk);
    this.#add(() => found as object, wire.talk, outgoing);
  }

  /** The same outcome, heard before the page sees it; or that its connection ended, where that is what was heard. */
  #after(outcome: unknown, wire: Wire, hear: (found: unknown) => void): unknown {
    return new this.Promise((settle: (value: unknown) => void, fail: (reason: unknown) => void) => {
      then(outcome as Promise<unknown>, (found) => {
        hear(found);
        if (wire.talk.closed) fail(this.#ended());
        else settle(found);
      }, fail);
    });
  }

  /** How the platform says that a connection was lost. */
  #ended(): unknown {
    return construct(this.#error, ['The connection was lost.', 'NetworkError']);
  }

  /** Readers and writers, and what they read and write. */
  #hookEnds(): void {
    const { realm } = this;
    const gives: Apply = (native, self, args) => this.#passOn(self, apply(native, self, args) as object);
    replace(realm.ReadableStream.prototype, 'getReader', { apply: gives });
    replace(realm.WritableStream.prototype, 'getWriter', { apply: gives });
    const makes: Construct = (native, args, target) => this.#passOn(args[0], construct(native, args, target) as object);
    const reads: Apply = (native, self, args) => {
      const wire = this.#wire(self);
      const found = apply(native, self, args);
      if (wire === undefined) return found;
      return this.#after(found, wire, (result) => this.#hear(wire, valueOf(result)));
    };
    replace(realm, 'ReadableStreamDefaultReader', { construct: makes });
    replace(realm.ReadableStreamDefaultReader.prototype, 'read', { apply: reads });
    replace(realm, 'ReadableStreamBYOBReader', { construct: makes });
    replace(realm.ReadableStreamBYOBReader?.prototype, 'read', { apply: reads });
    replace(realm, 'WritableStreamDefaultWriter', { construct: makes });
    replace(realm.WritableStreamDefaultWriter.prototype, 'write', {
      apply: (native, self, args) => {
        const wire = this.#wire(self);
        if (wire !== undefined) this.#hear(wire, args[0]);
        if (wire?.talk.closed === true) return new this.Promise((_: unknown, fail: (reason: unknown) => void) => fail(this.#ended()));
        return apply(native, self, args);
      },
    });
  }

  #passOn(stream: unknown, end: object): object {
    const wire = this.#wire(stream);
    if (wire !== undefined) weakSet(this.#wires, end, wire);
    return end;
  }

  #hookPipes(): void {
    const { ReadableStream, TransformStream } = this.realm;
    const pipe = method<ReadableStream, [object], ReadableStream>(ReadableStream, 'pipeThrough');
    const locked = property<boolean>(ReadableStream, 'locked');
    const start = property<ReadableStream>(TransformStream, 'readable');
    const end = property<WritableStream>(TransformStream, 'writable');
    const enqueue = method<TransformStreamDefaultController, [unknown], void>(this.realm.TransformStreamDefaultController, 'enqueue');
    /** The stream, or one that hears what comes out of it. */
    const through = (stream: unknown, wire: Wire | undefined): unknown => {
      try {
        if (wire === undefined || locked(stream)) return stream;
        const transform = (chunk: unknown, controller: TransformStreamDefaultController): void => {
          this.#hear(wire, chunk);
          if (!wire.talk.closed) enqueue(controller, chunk);
        };
        const between = construct(TransformStream, [{ __proto__: null, transform }]) as TransformStream;
        return pipe(stream as ReadableStream, { __proto__: null, readable: start(between), writable: end(between) });
      } catch {
        return stream; // the platform says what is wrong with it
      }
    };
    const { prototype } = ReadableStream;
    const heard: Apply = (native, self, args) => apply(native, through(self, this.#wire(self)), args);
    replace(prototype, 'tee', { apply: heard });
    replace(prototype, 'values', { apply: heard });
    // The same function under two names.
    const values = getOwnPropertyDescriptor(prototype, 'values');
    const iterator = getOwnPropertyDescriptor(prototype, asyncIterator);
    if (values !== undefined && iterator !== undefined) {
      defineProperty(prototype, asyncIterator, { __proto__: null, ...iterator, value: values.value as unknown } as PropertyDescriptor);
    }
    replace(prototype, 'pipeTo', {
      apply: (native, self, args) => apply(native, through(through(self, this.#wire(self)), this.#wire(args[0])), args),
    });
    replace(prototype, 'pipeThrough', {
      apply: (native, self, args) => {
        const pair = args[0];
        if (typeof pair !== 'object' || pair === null) return apply(native, self, args);
        const { readable, writable } = pair as { readable?: unknown; writable?: unknown };
        const given = { __proto__: null, readable, writable };
        return apply(native, through(through(self, this.#wire(self)), this.#wire(writable)), args.length === 1 ? [given] : [given, args[1]]);
      },
    });
  }

  #hear(wire: Wire, chunk: unknown): void {
    if (wire.streams) {
      if (typeof chunk === 'object' && chunk !== null) this.#taken(wire, chunk, false);
      return;
    }
    if (wire.talk.closed) return;
    const read = textOf(chunk);
    if (read === null) {
      wire.rest = '';
      this.sockets.hear(wire.talk, wire.outgoing, chunk);
      return;
    }
    const text = wire.rest + read;
    let start = 0;
    for (let end = indexOf(text, newline); end >= 0; end = indexOf(text, newline, start)) {
      this.sockets.hear(wire.talk, wire.outgoing, slice(text, start, end));
      start = end + 1;
    }
    const rest = slice(text, start);
    const last = charCodeAt(rest, rest.length - 1);
    // What ends as JSON does is whole without a line's end, too.
    const whole = last === 0x7d || last === 0x5d;
    if (whole) this.sockets.hear(wire.talk, wire.outgoing, rest);
    wire.rest = whole || rest.length > longest ? '' : rest;
  }
}

/** What was read; a page cannot put itself in between, as it could by a getter on a prototype. */
function valueOf(result: unknown): unknown {
  return typeof result === 'object' && result !== null ? getOwnPropertyDescriptor(result, 'value')?.value : undefined;
}

/** What could be a part of a message; null for anything else. */
function textOf(chunk: unknown): string | null {
  if (typeof chunk === 'string') return chunk.length > longest ? null : chunk;
  try {
    const bytes = typeof chunk === 'object' && chunk !== null ? view(chunk) : null;
    return bytes === null || arrayLength(bytes) > longest || !isText(bytes) ? null : readText(bytes);
  } catch {
    return null; // shared bytes, which not every platform decodes
  }
}
