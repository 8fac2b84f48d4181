// Stored values: each under its own key in an envelope with a version, beside its last good copy.
// What cannot be read is set aside and reported, never thrown away and never fatal.
import { type Reader, Unreadable } from '../shared/read.js';

/** The part of a storage area that is used here. */
export interface Area {
  get(keys: string[] | null): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(keys: string[]): Promise<void>;
}

/** What is kept under one key. */
export interface Kept<T> {
  readonly key: string;
  readonly version: number;
  readonly read: Reader<T>;
  /** Reads what can still be read of a value that `read` refuses. */
  readonly salvage?: (value: unknown, refused: (reason: string) => void) => T;
  /** From version n to n + 1. */
  readonly migrations?: Readonly<Record<number, (old: unknown) => unknown>>;
  readonly standard: () => T;
}

export type Complain = (part: string, detail: string) => void;

interface Envelope {
  readonly version: number;
  readonly data: unknown;
}

const brokenCopies = 3;

/** One stored value: read once, kept in memory, written in the order of the changes. */
export class Cell<T> {
  #value: T | undefined;
  #loading: Promise<void> | undefined;
  #good: Envelope | undefined;
  #writing: Promise<void> = Promise.resolve();
  #turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly kept: Kept<T>,
    private readonly area: Area,
    private readonly complain: Complain,
    private readonly now: () => number = Date.now,
  ) {}

  /** The value as it is now; read from the area the first time. */
  async load(): Promise<T> {
    this.#loading ??= this.#read().then((value) => {
      this.#value ??= value;
    });
    await this.#loading;
    return this.value;
  }

  /** The value in memory; only after `load`. */
  get value(): T {
    if (this.#value === undefined) throw new Error(`${this.kept.key} is not loaded`);
    return this.#value;
  }

  set(value: T): Promise<void> {
    return this.change(() => value);
  }

  /** Changes the value from what it is at that moment; what is returned as it was is not written. */
  async change(act: (value: T) => T): Promise<void> {
    await this.load();
    const next = act(this.value);
    if (next === this.#value) return this.#writing;
    this.#value = next;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /**
   * Changes the value and puts that in force, one such change after the other. What cannot be put in force
   * is taken back, unless the value of before cannot be either: then it is not this change's doing.
   */
  changeInForce(act: (value: T) => T, putInForce: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(async () => {
      const before = await this.load();
      await this.change(act);
      const after = this.value;
      if (after === before) return;
      try {
        await putInForce();
      } catch (error) {
        await this.change((now) => (now === after ? before : now));
        await putInForce().catch(() => this.change((now) => (now === before ? after : now)));
        throw error;
      }
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #write(): Promise<void> {
    const envelope: Envelope = { version: this.kept.version, data: this.value };
    const items: Record<string, unknown> = { [this.kept.key]: envelope };
    if (this.#good !== undefined) items[copyOf(this.kept.key)] = this.#good;
    try {
      await this.area.set(items);
      this.#good = envelope;
    } catch (error) {
      this.complain(`storage.${this.kept.key}`, `not written: ${text(error)}`);
    }
  }

  async #read(): Promise<T> {
    const { key } = this.kept;
    const part = `storage.${key}`;
    let stored: Record<string, unknown>;
    try {
      stored = await this.area.get([key, copyOf(key)]);
    } catch (error) {
      this.complain(part, `not readable: ${text(error)}`);
      return this.kept.standard();
    }
    const main = stored[key];
    const copy = stored[copyOf(key)];
    if (main === undefined && copy === undefined) return this.kept.standard();
    let reason = 'missing';
    if (main !== undefined) {
      try {
        const value = this.#open(main, this.kept.read);
        this.#good = { version: this.kept.version, data: value };
        return value;
      } catch (error) {
        reason = text(error);
        await this.#setAside(main);
      }
    }
    const [value, how] = this.#recover(main, copy);
    this.complain(part, `${reason}; ${how}`);
    this.#good = { version: this.kept.version, data: value };
    this.#value = value;
    await this.#write();
    return value;
  }

  /** The best that is left: the readable part of the value, else the last good copy, else the standard. */
  #recover(main: unknown, copy: unknown): [T, string] {
    const { salvage } = this.kept;
    if (main !== undefined && salvage !== undefined) {
      let lost = 0;
      try {
        return [this.#open(main, (value) => salvage(value, () => (lost += 1))), `the rest was kept, ${lost} set aside`];
      } catch {
        // Not even in part; the copy is next.
      }
    }
    try {
      return [this.#open(copy, this.kept.read), 'the last good copy is used'];
    } catch {
      return [this.kept.standard(), 'started afresh'];
    }
  }

  #open(stored: unknown, read: Reader<T>): T {
    const { version, migrations } = this.kept;
    if (typeof stored !== 'object' || stored === null || !('version' in stored) || !('data' in stored)) {
      throw new Unreadable('', 'no envelope');
    }
    const from = stored.version;
    if (typeof from !== 'number' || !Number.isSafeInteger(from) || from < 1) throw new Unreadable('', 'no version');
    if (from > version) throw new Unreadable('', `written by a newer version (${from})`);
    let data: unknown = stored.data;
    for (let at = from; at < version; at += 1) {
      const step = migrations?.[at];
      if (step === undefined) throw new Unreadable('', `no way from version ${at}`);
      data = step(data);
    }
    return read(data);
  }

  async #setAside(broken: unknown): Promise<void> {
    const prefix = `broken.${this.kept.key}.`;
    try {
      const all = await this.area.get(null);
      const earlier = Object.keys(all).filter((name) => name.startsWith(prefix)).sort();
      await this.area.set({ [`${prefix}${this.now()}`]: broken });
      const surplus = earlier.slice(0, Math.max(0, earlier.length - (brokenCopies - 1)));
      if (surplus.length > 0) await this.area.remove(surplus);
    } catch (error) {
      this.complain(`storage.${this.kept.key}`, `broken value not kept: ${text(error)}`);
    }
  }
}

export function copyOf(key: string): string {
  return `${key}~`;
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
