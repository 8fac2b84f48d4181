// Dedicated workers: each gets the guard before its own script, and each is remembered, so that a
// miner's workers can be ended together. `blob:` and `data:` scripts are joined to the guard; in
// Chromium a network script is loaded by the guard where the document has no CSP (a worker that is
// started from a blob: address would inherit it), otherwise it runs as it is and is only supervised;
// in Firefox the extension joins network scripts on the wire. The worker learns the token from its name
// or from the extension (mark.ts).
// Limits: THREATS.md.
import { Blobs, fetchBlob, fetchText, isBlob, scriptOf } from './blobs.js';
import { resolve } from './channel.js';
import { readData } from './dataurl.js';
import { ownerOf, replace, type Construct } from './disguise.js';
import type { Guard } from './guard.js';
import { allow, kinds, pending, type Judgement } from './inspector.js';
import { now, token } from './late.js';
import { Marks, moduleMark, nameMark } from './mark.js';
import {
  addListener, apply, construct, createObjectURL, decodeComponent, deref, dataIn, dispatch, encodeComponent, exec, getter, indexOf, mapGet, mapSet, method,
  NativeBlob, NativeMap, NativeSet, NativeURL, NativeWeakMap, NativeWeakRef, revokeObjectURL, setAdd, setDelete, setForEach, setHas, setOwn, setSize, slice, startsWith, stopImmediate,
  stringify, then, blobType, room, sequence, urlOrigin, weakGet, weakSet,
} from './primordials.js';
import { later } from './timers.js';
import { Reach, strict } from './reach.js';
import type { Surroundings } from './surroundings.js';
import { Trusted } from './trusted.js';
import { beatOf } from './watch.js';

/** What a guard in a worker says after its token. */
export const words = { report: 'r', alarm: 'x', beat: 'b', look: 'l', inspect: 'i', converse: 'c', failed: 'f' } as const;

interface Running {
  readonly worker: WeakRef<Worker>;
  /** Text of the script where it is known, else its address: what makes workers siblings. */
  readonly source: string;
  /** Messages of the page's own script. */
  said: number;
  /** No guard is in it, or in one that it started. */
  open: boolean;
  /** Code in it is watched. */
  watched: boolean;
  /** When it last told how busy it is, and whether it does so every second; 0: it watches nothing. */
  heard: number;
}

interface Options {
  credentials?: unknown;
  name?: unknown;
  type?: unknown;
  extendedLifetime?: unknown;
  sameSiteCookies?: unknown;
}

const strictStart = /^(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/|;)*(?:'use strict'|"use strict")/u;
const laterText = method<Blob, [], Promise<string>>(NativeBlob, 'text');

const mostInnocent = 16;

/** A comment that only the very start of a script may have. */
const hashbang = '#!';
const unbanged = (text: string): string => (startsWith(text, hashbang) ? `//${slice(text, hashbang.length)}` : text);

/** How a module from a `data:` address gets the guard. */
const importing = 'import"data:text/javascript,';
const importEnd = '";';
function firstImport(text: string): string {
  if (!startsWith(text, importing)) return '';
  try {
    return decodeComponent(slice(text, importing.length, indexOf(text, '"', importing.length)));
  } catch {
    return ''; // not ours
  }
}

export class Workers {
  readonly #running = new NativeSet<Running>();
  /** How many of them there may be until those that are gone are forgotten. */
  #prune = 256;
  /** Sources that turned out to be miners. */
  readonly #banned = new NativeSet<string>();
  /** Texts that were found to be none. */
  readonly #innocent = new NativeSet<string>();
  readonly #blobs: Blobs;
  readonly #reach: Reach;
  readonly #marks: Marks | null;
  readonly #trusted: Trusted;
  /** What stands for the scripts of shared workers, by their addresses. */
  readonly #shared = new NativeMap<string, Prepared>();
  readonly #terminate: (self: Worker) => void;
  readonly #dataOf: (event: Event) => unknown;
  readonly #Promise: PromiseConstructor;
  /** Not that of the base of addresses, which a page can put anywhere. */
  readonly #origin: ((self: unknown) => string) | null;

  constructor(
    private readonly realm: typeof globalThis,
    private readonly guard: Guard,
    private readonly around: Surroundings,
  ) {
    this.#blobs = new Blobs(realm);
    this.#reach = new Reach(guard, around);
    this.#marks = BROWSER === 'firefox' ? new Marks(realm) : null;
    this.#trusted = new Trusted(realm);
    this.#dataOf = dataIn(realm);
    this.#Promise = realm.Promise;
    this.#origin = getter<string>(ownerOf(realm, 'origin'), 'origin');
    this.#terminate = method<Worker, [], void>(realm.Worker, 'terminate');
    guard.channel.onEnd(() => this.endSuspects(false));
    // Who talks to a pool here does so for them.
    guard.onMiner((subject) => {
      if (subject === 'socket') this.endSuspects(true);
    });
    replace(realm, 'Worker', { construct: this.#construct });
    if (typeof realm.SharedWorker === 'function') replace(realm, 'SharedWorker', { construct: this.#constructShared });
    this.#registrations(realm);
    if (typeof realm.Worklet === 'function') {
      replace(realm.Worklet.prototype, 'addModule', { promises: true, apply: (native, self, args) => this.#addModule(native as AddModule, self as Worklet, args) });
    }
  }

  /** Workers that run now and were started here. */
  count(source?: string): number {
    let count = 0;
    setForEach(this.#running, (running) => {
      if (deref(running.worker) !== undefined && (source === undefined || running.source === source)) count += 1;
    });
    return count;
  }

  /** The text of a Blob, where it is known. */
  textOf(blob: unknown): string | undefined {
    return typeof blob === 'object' && blob !== null ? this.#blobs.known(blob) : undefined;
  }

  /** Messages that workers of this source have sent so far. */
  said(source: string): number {
    let said = 0;
    setForEach(this.#running, (running) => {
      if (running.source === source) said += running.said;
    });
    return said;
  }

  /** Whether one of them, of those that speak every second, has not since then. */
  silent(source: string, since: number): boolean {
    let found = false;
    setForEach(this.#running, (running) => {
      if (running.source === source && running.heard > 0 && running.heard < since) found = true;
    });
    return found;
  }

  /** Ends every worker of this source and lets no other start. */
  end(source: string): void {
    setAdd(this.#banned, source);
    setForEach(this.#running, (running) => {
      if (running.source === source) this.#stop(running);
    });
  }

  /** Ends the workers that no guard is in and, with `watched`, those whose code is watched. */
  endSuspects(watched: boolean): void {
    setForEach(this.#running, (running) => {
      if (!running.open && !(watched && running.watched)) return;
      setAdd(this.#banned, running.source);
      this.#stop(running);
    });
  }

  #stop(running: Running): void {
    this.#fail(running, this.realm.ErrorEvent, { message: 'Uncaught CompileError' });
  }

  /** Ends a worker with an error that the page hears of. */
  #fail(running: Running, Kind: new (...args: never[]) => Event, told: object): void {
    setDelete(this.#running, running);
    const worker = deref(running.worker);
    if (worker === undefined) return;
    this.#terminate(worker);
    later(() => {
      try {
        dispatch(worker, construct(Kind, ['error', { __proto__: null, cancelable: true, ...told }]) as Event);
      } catch {
        // A listener of the page threw.
      }
    }, 0);
  }

  readonly #construct: Construct = (native, args, target) => {
    room();
    if (args.length === 0) return construct(native, args, target) as object;
    // The platform refuses options that are no object, before it looks at anything else.
    if (args[1] !== undefined && args[1] !== null && typeof args[1] !== 'object' && typeof args[1] !== 'function') return construct(native, args, target) as object;
    const text = this.#text(args[0]);
    const address = text === null ? null : resolve(text, this.around.base());
    if (text === null || address === null) return construct(native, text === null ? args : this.#again(args, text), target) as object;
    const given = readOptions(args[1]);
    const key = token();
    const prepared = this.#prepare(address, given.type === 'module', key, false);
    const options = prepared.named ? named(given, prepared.url === '' ? key + this.#reach.address() : key) : given;
    const start = (first: unknown): object => construct(native, args.length === 1 && !prepared.named ? [first] : [first, options], target) as object;
    if (prepared.refused) return this.#trusted.start(args[0], text, this.#nowhere(), start);
    let worker: Worker;
    try {
      worker = this.#trusted.start(args[0], text, prepared.url, start) as Worker;
    } finally {
      if (prepared.revoke && given.type !== 'module') revokeObjectURL(prepared.url);
    }
    this.#follow(worker, key, prepared, given.type === 'module');
    if (prepared.open) this.guard.channel.look(`worker ${address}`);
    // Firefox lets answers in while a page waits for a request.
    if (setHas(this.#banned, prepared.source)) this.end(prepared.source);
    return worker;
  };

  readonly #constructShared: Construct = (native, args, target) => {
    room();
    const text = args.length === 0 ? null : this.#text(args[0]);
    const address = text === null ? null : resolve(text, this.around.base());
    if (text === null || address === null) return construct(native, text === null ? args : this.#again(args, text), target) as object;
    const given = typeof args[1] === 'object' ? readOptions(args[1], BROWSER === 'chromium') : args[1];
    const isModule = typeof given === 'object' && (given as Options | null)?.type === 'module';
    // One worker for all who name the same address: so must the address that stands for it be.
    const prepared = mapGet(this.#shared, address) ?? this.#prepare(address, isModule, '', true);
    if (prepared.revoke) mapSet(this.#shared, address, prepared);
    const url = prepared.refused ? this.#nowhere() : prepared.url;
    return this.#trusted.start(args[0], text, url, (first) => construct(native, args.length === 1 ? [first] : [first, given], target) as object);
  };

  /** The address as text, made so exactly once; null where the platform is to refuse it. */
  #text(given: unknown): string | null {
    return typeof given === 'symbol' ? null : `${given as string}`;
  }

  #again(args: readonly unknown[], text: string): unknown[] {
    const all: unknown[] = [this.#trusted.has(args[0]) ? args[0] : text];
    for (let index = 1; index < args.length; index += 1) setOwn(all, index, args[index]);
    return all;
  }

  /** Whether an address is of this origin: the platform starts no worker from others. */
  #isOwn(address: string): boolean {
    return this.#origin === null || urlOrigin(new NativeURL(address)) === this.#origin(this.realm);
  }

  #prepare(address: string, isModule: boolean, key: string, shared: boolean): Prepared {
    if (this.guard.policy === 'strict') return { ...nothing, refused: true };
    if (startsWith(address, 'blob:')) return this.#prepareBlob(address, isModule, shared);
    if (startsWith(address, 'data:')) return this.#prepareData(address, isModule);
    if (startsWith(address, 'filesystem:')) return this.#prepareUnread(address, isModule, shared);
    const source = address;
    if (setHas(this.#banned, source)) return { ...nothing, source, refused: true };
    if (!startsWith(address, 'http')) return { ...nothing, source };
    if (this.#marks !== null) return shared || this.#marks.areNeeded() ? { ...nothing, source, url: this.#marks.put(address, isModule || shared ? moduleMark + key : key) } : { ...nothing, source, named: true };
    const isOwn = this.#isOwn(address);
    if (shared) {
      if (!isOwn) return { ...nothing, source }; // which the platform refuses
      // It is one for all pages, so it cannot be started from an address of ours: its text decides.
      if (this.#refusesText(source, this.around.unrestricted() ? fetchText(address) : this.guard.channel.textAt(address), address)) return { ...nothing, source, refused: true };
      this.guard.channel.look(`untabbed ${address}`);
      return { ...nothing, source };
    }
    if (!this.around.unrestricted() || !isOwn) return { ...nothing, source, open: true };
    if (isModule) return { ...nothing, source, ...this.#imports(address, address), revoke: true, named: true };
    return { ...nothing, source, url: createObjectURL(this.#reach.blob('loader', address, false)), revoke: true, named: true };
  }

  #prepareBlob(address: string, isModule: boolean, shared: boolean): Prepared {
    const blob = this.#blobs.of(address) ?? fetchBlob(address);
    if (blob === null || !isBlob(blob)) return this.#prepareUnread(address, isModule, shared);
    // The page's policy can forbid it to read what it made itself; it would hear of that.
    const text = this.#blobs.text(blob, (url) => (this.around.unrestricted() ? fetchText(url) : this.guard.channel.textAt(url) || null));
    const source = text ?? address;
    if (setHas(this.#banned, source) || this.#refusesText(source, text, address)) return { ...nothing, source, refused: true };
    // Firefox lets nobody read it at once then: what is found a moment later ends the worker.
    if (text === null) then(laterText(blob), (found) => this.#refusesText(source, found, address), () => undefined);
    if (isModule) {
      // What it imports runs before its first line. A CSP asks the same of its imports as of the worker itself.
      const own = createObjectURL(blob);
      return { ...nothing, source, ...this.#imports(own, address, shared), script: own, revoke: true, named: true };
    }
    const start = text !== null && exec(strictStart, text) !== null ? strict : '';
    const script = text !== null && startsWith(text, hashbang) ? new NativeBlob(sequence([unbanged(text)])) : blob;
    return { ...nothing, source, url: createObjectURL(this.#reach.blob('joined', address, shared, script, start, blobType(blob))), revoke: true, named: true };
  }

  /** What cannot be read here, as a Blob of another realm where a CSP allows no requests, is loaded by the guard. */
  #prepareUnread(address: string, isModule: boolean, shared: boolean): Prepared {
    const source = address;
    if (setHas(this.#banned, source)) return { ...nothing, source, refused: true };
    if (isModule) return { ...nothing, source, ...this.#imports(address, address, shared), revoke: true, named: true };
    return { ...nothing, source, url: createObjectURL(this.#reach.blob('loader', address, shared)), revoke: true, named: true };
  }

  #prepareData(address: string, isModule: boolean): Prepared {
    const data = readData(address);
    if (data === null) return { ...nothing, source: address };
    // Another guard can have put itself before it. Twice, it would be longer than an address may be.
    const imported = isModule ? firstImport(data.text) : '';
    const isGuarded = this.#reach.guards(isModule ? imported : data.text);
    const text = isGuarded && isModule ? slice(data.text, indexOf(data.text, importEnd) + importEnd.length) : data.text;
    if (setHas(this.#banned, data.text) || this.#refusesText(data.text, text, 'data:')) return { ...nothing, source: data.text, refused: true };
    if (isGuarded) return { ...nothing, source: data.text };
    const start = exec(strictStart, data.text) !== null ? strict : '';
    // It has an origin of its own, which can read no address of ours.
    const guard = this.#reach.text('joined', address, true);
    // What a module imports runs before its first line. Imports are allowed where the worker itself is.
    const first = isModule ? `${importing}${encodeComponent(guard)}${importEnd}` : start + guard;
    const url = `data:${data.type},${encodeComponent(first + (isModule ? data.text : unbanged(data.text)))}`;
    return { ...nothing, source: data.text, url, named: true };
  }

  /** A module of ours that imports the guard and then the page's script, and where the guard is. */
  #imports(address: string, href: string, lasting = false): { url: string; head: string } {
    const head = createObjectURL(this.#reach.blob(startsWith(address, 'blob:') ? 'joined' : 'module', href, lasting));
    const text = `import${stringify(head)};import${stringify(address)};`;
    return { url: createObjectURL(scriptOf(text)), head };
  }

  #refusesText(source: string, text: string | null, address: string): boolean {
    if (text === null || setHas(this.#innocent, text)) return false;
    const refuses = (judgement: Judgement): boolean => {
      const refused = this.guard.decides('worker', startsWith(address, 'data:') ? 'data:' : address, judgement, 'content');
      if (refused) this.end(source);
      return refused;
    };
    const judgement = this.guard.judge(kinds.script, this.#reach.behind(text), refuses);
    if (judgement.outcome !== allow) return refuses(judgement);
    // Workers come by the dozen.
    if ((judgement === pending || this.guard.inspector.isOpen) && setSize(this.#innocent) < mostInnocent) setAdd(this.#innocent, text);
    return false;
  }

  /** An address of ours that leads nowhere: the worker fails as one whose script is missing. */
  #nowhere(): string {
    const url = createObjectURL(new NativeBlob(sequence([])));
    revokeObjectURL(url);
    return url;
  }

  #follow(worker: Worker, key: string, prepared: Prepared, isModule: boolean): void {
    const running: Running = { worker: new NativeWeakRef(worker), source: prepared.source, said: 0, heard: 0, open: prepared.open, watched: false };
    setAdd(this.#running, running);
    if (setSize(this.#running) > this.#prune) this.#forgetGone();
    let kept = isModule && prepared.revoke;
    addListener(
      worker,
      'message',
      (event) => {
        if (kept) {
          kept = false;
          release(prepared);
        }
        const data = this.#dataOf(event);
        if (typeof data !== 'string' || !startsWith(data, key)) {
          running.said += 1;
          return;
        }
        stopImmediate(event);
        this.#hear(running, key, slice(data, key.length, key.length + 1), slice(data, key.length + 1));
      },
      true,
    );
  }

  #forgetGone(): void {
    setForEach(this.#running, (running) => {
      if (deref(running.worker) === undefined) setDelete(this.#running, running);
    });
    this.#prune = 2 * setSize(this.#running) + 256;
  }

  #hear(running: Running, key: string, word: string, text: string): void {
    if (word === words.report) this.guard.channel.report(text);
    else if (word === words.look) {
      running.open = true;
      this.guard.channel.look(text);
    }
    else if (word === words.inspect) {
      this.guard.inspectElsewhere(startsWith(text, `${kinds.shader}`) ? kinds.shader : kinds.script, slice(text, 1), (judgement) => {
        if (this.guard.decides('worker', this.guard.channel.place(), judgement, 'content')) this.end(running.source);
      });
    }
    else if (word === words.converse) {
      this.guard.converseElsewhere(key + text, (judgement) => {
        if (this.guard.decides('socket', this.guard.channel.place(), judgement, 'content')) this.end(running.source);
      });
    }
    // As of a worker whose script is not there.
    else if (word === words.failed) this.#fail(running, this.realm.Event, {});
    else if (word === words.alarm && this.guard.policy !== 'monitor') {
      this.end(running.source);
      this.guard.alarm('worker', running.source);
    } else if (word === words.beat) {
      const beat = beatOf(text);
      running.watched = true;
      if (beat.steady) running.heard = now();
      this.guard.beat(running.source, beat);
    }
  }

  /** A service worker cannot be given a guard: its text is inspected before it is registered. */
  #registrations(realm: typeof globalThis): void {
    if (typeof realm.ServiceWorkerContainer !== 'function') return;
    const RealmPromise = realm.Promise;
    const { fetch } = realm;
    const readText = method<Response, [], Promise<string>>(realm.Response, 'text');
    replace(realm.ServiceWorkerContainer.prototype, 'register', {
      promises: true,
      apply: (native, self, args) => {
        const text = args.length === 0 ? null : this.#text(args[0]);
        const address = text === null ? null : resolve(text, this.around.base());
        if (text === null || address === null || !startsWith(address, 'http') || !this.#isOwn(address)) return apply(native, self, text === null ? args : this.#again(args, text));
        // What the page gave was read once, above; only an address that a policy vouches for stays what it is. The base can change meanwhile.
        const given = (): unknown[] => {
          const first = this.#trusted.has(args[0]) ? args[0] : resolve(text, this.around.base()) === address ? text : address;
          return args.length > 1 ? [first, args[1]] : [first];
        };
        return new RealmPromise((settle: (value: unknown) => void) => {
          const go = (text: string | null): void => {
            const refused = this.#refusesText(address, text, address);
            if (BROWSER === 'chromium' && !refused) this.guard.channel.look(`untabbed ${address}`);
            settle(apply(native, self, refused ? [this.#nowhere()] : given()));
          };
          if (!this.around.unrestricted()) return this.guard.channel.fetchText(address, go);
          const failed = (): void => go(null);
          then(apply(fetch, realm, [address, { __proto__: null, credentials: 'same-origin' }]) as Promise<Response>, (response) => then(readText(response), go, failed), failed);
        });
      },
    });
  }

  /** Worklets share one global scope per object: the guard goes in first, once. */
  readonly #guarded = new NativeWeakMap<Worklet, Promise<boolean>>();
  #addModule(native: AddModule, worklet: Worklet, args: unknown[]): unknown {
    room();
    let guarded: Promise<boolean> | undefined;
    try {
      guarded = weakGet(this.#guarded, worklet) ?? this.#enter(native, worklet);
    } catch {
      // Not a worklet: the call below says so.
    }
    if (guarded === undefined || args.length === 0) return apply(native, worklet, args as [string]);
    const entered = guarded;
    return new this.#Promise((settle: (value: unknown) => void) => {
      const text = this.#text(args[0]);
      const given = (text === null ? args : this.#again(args, text)) as [string];
      const address = text === null ? null : resolve(text, this.around.base());
      // A module that comes sooner than the guard would run before it.
      const go = (): void => settle(apply(native, worklet, given));
      then(entered, (isIn) => {
        if (isIn || address === null) return go();
        // A CSP keeps the guard out: the text decides.
        this.guard.channel.fetchText(address, (script) => {
          if (this.#refusesText(address, script, address)) settle(apply(native, worklet, [this.#nowhere()]));
          else go();
        });
      });
    });
  }

  /** Puts the guard into a worklet; whether it could. */
  #enter(native: AddModule, worklet: Worklet): Promise<boolean> {
    const url = createObjectURL(this.#reach.blob('joined', '', true));
    const done = apply(native, worklet, [url]) as Promise<void>;
    // Not what `then` derives, which a page can bend.
    const entered = new this.#Promise<boolean>((give) => {
      const release = (isIn: boolean) => (): void => {
        revokeObjectURL(url);
        give(isIn);
      };
      then(done, release(true), release(false));
    });
    weakSet(this.#guarded, worklet, entered);
    return entered;
  }
}

type AddModule = (this: Worklet, url: string, options?: WorkletOptions) => Promise<void>;

interface Prepared {
  /** What to start instead; empty: what the page gave. */
  readonly url: string;
  /** Where a module's guard and script are, to be let go with it. */
  readonly head: string;
  readonly script: string;
  readonly source: string;
  readonly refused: boolean;
  readonly revoke: boolean;
  /** The token goes to the guard with the name. */
  readonly named: boolean;
  /** It runs without a guard: the background looks at what it loads. */
  readonly open: boolean;
}
const nothing: Prepared = { url: '', head: '', script: '', source: '', refused: false, revoke: false, named: false, open: false };

/** Lets the addresses go that a module was started from. */
function release({ url, head, script }: Prepared): void {
  revokeObjectURL(url);
  if (head !== '') revokeObjectURL(head);
  if (script !== '') revokeObjectURL(script);
}

/** The options, each read once and in the order of the standard; `shared` has more of them. */
function readOptions(given: unknown, shared = false): Options {
  const options = { __proto__: null } as Options;
  if ((typeof given !== 'object' || given === null) && typeof given !== 'function') return options;
  const source = given as Options;
  const { credentials, name, type } = source;
  if (credentials !== undefined) options.credentials = credentials;
  if (name !== undefined) options.name = name;
  if (type !== undefined) options.type = typeof type === 'string' ? type : `${type as string}`;
  if (!shared) return options;
  const { extendedLifetime, sameSiteCookies } = source;
  if (extendedLifetime !== undefined) options.extendedLifetime = extendedLifetime;
  if (sameSiteCookies !== undefined) options.sameSiteCookies = sameSiteCookies;
  return options;
}

/** What the guard is told travels in the name; there it takes that off. */
function named(options: Options, told: string): Options {
  const name = options.name === undefined ? '' : `${options.name as string}`;
  return { __proto__: null, ...options, name: `${nameMark}${told}${nameMark}${name}` } as Options;
}
