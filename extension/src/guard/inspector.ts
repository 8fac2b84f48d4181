// inspector.wasm, opened when it is first needed. It takes bytes or text and answers allow (0),
// watch (1) or block (2); the full verdict is JSON that the guard passes on without reading it.
// Where the page's CSP forbids WebAssembly there is no inspector here, and no module either: the background
// inspects its texts. A frame that may have modules opens one in its own realm then.
import { arrayLength, bytesOfBase64, construct, copyBytes, getter, indexOf, isExhausted, largestModule, NativeUint8Array, setBytes, slice, startsWith } from './primordials.js';
import { originalOf } from './disguise.js';
import { readText, writeText } from './text.js';

export const allow = 0;
export const watch = 1;
export const block = 2;
export type Outcome = typeof allow | typeof watch | typeof block;

export const kinds = { module: 0, script: 1, shader: 2 } as const;
export type InspectedKind = (typeof kinds)[keyof typeof kinds];

export interface Judgement {
  readonly outcome: Outcome;
  /** The verdict as JSON; empty where nothing was inspected. */
  readonly json: string;
}
export const innocent: Judgement = { outcome: allow, json: '' };
/** Innocent until somebody else has inspected it. */
export const pending: Judgement = { ...innocent };

/** What an inspector elsewhere tells: the outcome as a digit, then the verdict. */
export function told(answer: string): Judgement {
  const outcome = indexOf('012', slice(answer, 0, 1) || ' ');
  return outcome === watch || outcome === block ? { outcome, json: slice(answer, 1) } : innocent;
}

/** The SHA-256 of what was inspected, which the inspector writes first; empty where there is none. */
export function contentOf(json: string): string {
  return startsWith(json, contentMark) ? slice(json, contentMark.length, contentMark.length + 64) : '';
}
const contentMark = '{"content":"';

interface Exports {
  readonly memory: WebAssembly.Memory;
  reserve(length: number): number;
  load_signatures(length: number): number;
  inspect(kind: number, length: number): number;
  instrument(length: number, name: number): number;
  output_ptr(): number;
  conversation_open(): number;
  conversation_message(id: number, direction: number, length: number, now: number): number;
  conversation_close(id: number): void;
  result_ptr(): number;
  result_len(): number;
}

const exportsOf = getter<Exports>(WebAssembly.Instance.prototype, 'exports');
const bufferOf = getter<ArrayBuffer>(WebAssembly.Memory.prototype, 'buffer');

/** In place of the module: it cannot be read for now, as while a page is left, where the platform lets nobody wait for it. */
export const barred = '?';
/** More than an instance takes (crate/inspector/src/state.rs); no honest module comes near. */
const largest = 536_870_912;
/** What nobody could look into is refused: a page that can choose the moment or the size would else choose it. */
const unread: Judgement = {
  outcome: block,
  json: '{"outcome":"block","family":"","algorithm":"","confidence":100,"evidence":[{"signature":"inspector.unread","detail":"A module that could not be inspected.","weight":100,"place":{}}],"not_inspected":null}',
};

export class Inspector {
  readonly #payload: (kind: InspectedKind) => string;
  readonly #outer: Inspector | null;
  readonly #Module: typeof WebAssembly.Module;
  readonly #Instance: typeof WebAssembly.Instance;
  #wasm: Exports | null | undefined;
  /** Bytes of inspector.wasm. */
  #size = 0;
  #failures = 0;
  #isBarred = false;

  /** `outer`: that of the realm around, which serves here as well where it can be opened. */
  constructor(realm: typeof globalThis, payload: (kind: InspectedKind) => string, outer: Inspector | null) {
    this.#payload = payload;
    this.#outer = outer;
    this.#Module = originalOf(realm.WebAssembly.Module) as typeof WebAssembly.Module;
    this.#Instance = originalOf(realm.WebAssembly.Instance) as typeof WebAssembly.Instance;
  }

  /** Whether it has been opened; asking does not open it. */
  get isOpen(): boolean {
    return (this.#wasm !== undefined && this.#wasm !== null) || this.#outer?.isOpen === true;
  }

  /** Whether it could not be read when it was asked for last, and can be later. */
  get isBarred(): boolean {
    return this.#isBarred && !this.isOpen;
  }

  /** Another document, which may have another policy, begins in this realm. */
  renew(): void {
    if (this.#wasm === null && this.#failures < maximumFailures) this.#wasm = undefined;
  }

  /** Whether it can be opened for texts. */
  opens(): boolean {
    return this.#nearest(kinds.script) !== null;
  }

  /** Opens it before it is asked about a module. */
  warm(): void {
    this.#ask(() => allow, kinds.module);
  }

  /** Signatures (base64) that came after the inspector was opened. */
  signatures(encoded: string): void {
    const wasm = this.#wasm;
    if (wasm !== undefined && wasm !== null) load(wasm, encoded);
  }

  bytes(kind: InspectedKind, bytes: Uint8Array): Judgement {
    // What is larger than any module, the platform refuses in its own words.
    if (kind === kinds.module && arrayLength(bytes) > largest) return arrayLength(bytes) > largestModule ? innocent : unread;
    return this.#ask((wasm, self) => {
      if (kind === kinds.module && self.#isOwn(bytes)) return allow;
      const length = putBytes(wasm, bytes);
      return length < 0 ? allow : wasm.inspect(kind, length);
    }, kind);
  }

  /** The module with its work counted, under this name; null where that cannot be. */
  instrument(bytes: Uint8Array, name: string): Uint8Array<ArrayBuffer> | null {
    let made: Uint8Array<ArrayBuffer> | null = null;
    this.#ask((wasm) => {
      const length = arrayLength(bytes);
      const at = wasm.reserve(length + name.length);
      if (at === 0) return allow;
      setBytes(new NativeUint8Array(buffer(wasm), at, length), bytes);
      writeText(name, new NativeUint8Array(buffer(wasm), at + length, name.length));
      const size = wasm.instrument(length, name.length);
      if (size > 0) made = copyBytes(new NativeUint8Array(buffer(wasm), wasm.output_ptr(), size));
      return allow;
    }, kinds.module);
    return made;
  }

  text(kind: InspectedKind, text: string): Judgement {
    return this.#ask((wasm) => {
      const length = put(wasm, text);
      return length < 0 ? allow : wasm.inspect(kind, length);
    });
  }

  /** Whether it is inspector.wasm itself: where two guards are in one realm, each sees the other open it. */
  #isOwn(bytes: Uint8Array): boolean {
    if (arrayLength(bytes) !== this.#size) return false;
    const own = moduleOf(this.#payload(kinds.module));
    for (let index = 0; index < this.#size; index += 1) if (own[index] !== bytes[index]) return false;
    return arrayLength(own) === this.#size;
  }

  /** Starts following a conversation over a socket; -1 where there is no inspector. */
  open(): number {
    let id = -1;
    this.#ask((wasm) => {
      id = wasm.conversation_open();
      return allow;
    });
    return id;
  }

  message(id: number, outgoing: boolean, message: string | Uint8Array, now: number): Judgement {
    return this.#ask((wasm) => {
      const length = typeof message === 'string' ? put(wasm, message) : putBytes(wasm, message);
      return length < 0 ? allow : wasm.conversation_message(id, outgoing ? 1 : 0, length, now);
    });
  }

  close(id: number): void {
    this.#ask((wasm) => {
      wasm.conversation_close(id);
      return allow;
    });
  }

  #open(payload: string): Exports | null {
    try {
      const bytes = moduleOf(payload);
      this.#size = arrayLength(bytes);
      const module = construct(this.#Module, [bytes]) as WebAssembly.Module;
      const instance = construct(this.#Instance, [module]) as WebAssembly.Instance;
      const wasm = exportsOf === null ? null : exportsOf(instance);
      const newer = indexOf(payload, mark);
      if (wasm !== null && newer >= 0) load(wasm, slice(payload, newer + 1));
      return wasm;
    } catch {
      return null;
    }
  }

  /** Opens it where that can be; null: it cannot. */
  #opened(kind: InspectedKind): Exports | null {
    if (this.#wasm === undefined) {
      const payload = this.#payload(kind);
      this.#isBarred = payload === barred;
      // Nothing is lost by asking again, and another document can begin in this realm.
      if (payload === '' || this.#isBarred) return null;
      this.#wasm = this.#open(payload);
    }
    return this.#wasm;
  }

  /** The outermost one that can be opened. */
  #nearest(kind: InspectedKind): Inspector | null {
    const outer = this.#outer;
    const nearest = outer === null ? null : outer.#nearest(kind);
    return nearest ?? (this.#opened(kind) === null ? null : this);
  }

  #ask(question: (wasm: Exports, self: Inspector) => number, kind: InspectedKind = kinds.script): Judgement {
    const nearest = this.#nearest(kind);
    if (nearest === null) return kind === kinds.module && this.#isBarred ? unread : innocent;
    if (nearest !== this) return nearest.#ask(question, kind);
    const wasm = this.#wasm;
    if (wasm === undefined || wasm === null) return innocent;
    try {
      const outcome = question(wasm, this);
      if (outcome !== watch && outcome !== block) return innocent;
      return { outcome, json: readText(new NativeUint8Array(buffer(wasm), wasm.result_ptr(), wasm.result_len())) };
    } catch (error) {
      if (isExhausted(error)) throw error;
      // A trap, or no memory: this instance is spent; the next question opens another, a few times.
      this.#failures += 1;
      this.#wasm = this.#failures < maximumFailures ? undefined : null;
      return innocent;
    }
  }
}

const maximumFailures = 4;

/** Behind the module: signatures newer than those in it. */
const mark = '!';

function moduleOf(payload: string): Uint8Array {
  const end = indexOf(payload, mark);
  return bytesOfBase64(end < 0 ? payload : slice(payload, 0, end));
}

/** Signatures that cannot be read leave the built-in ones in place. */
function load(wasm: Exports, encoded: string): void {
  try {
    const length = putBytes(wasm, bytesOfBase64(encoded));
    if (length >= 0) wasm.load_signatures(length);
  } catch {
    // Not base64.
  }
}

function buffer(wasm: Exports): ArrayBuffer {
  return bufferOf === null ? wasm.memory.buffer : bufferOf(wasm.memory);
}

/** Writes bytes into the inspector; -1 where there is no room. */
function putBytes(wasm: Exports, bytes: Uint8Array): number {
  const length = arrayLength(bytes);
  const at = wasm.reserve(length);
  if (at === 0) return -1;
  setBytes(new NativeUint8Array(buffer(wasm), at, length), bytes);
  return length;
}

/** Writes text as UTF-8 into the inspector; -1 where there is no room. */
function put(wasm: Exports, text: string): number {
  const room = text.length * 3; // UTF-8 takes at most that for each UTF-16 unit; counting would cost more
  const at = wasm.reserve(room);
  return at === 0 ? -1 : writeText(text, new NativeUint8Array(buffer(wasm), at, room));
}
