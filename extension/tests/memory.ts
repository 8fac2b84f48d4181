// A storage area in memory that can be made to fail, for tests.
import type { Area } from '../src/background/store.js';

export class Memory implements Area {
  readonly items = new Map<string, unknown>();
  writes = 0;
  /** Writes after this many fail, as they do when the disk is full or the background dies. */
  failAfter = Number.POSITIVE_INFINITY;

  constructor(items: Readonly<Record<string, unknown>> = {}) {
    for (const [key, value] of Object.entries(items)) this.items.set(key, structuredClone(value));
  }

  get(keys: string[] | null): Promise<Record<string, unknown>> {
    const wanted = keys ?? [...this.items.keys()];
    return Promise.resolve(Object.fromEntries(wanted.filter((key) => this.items.has(key)).map((key) => [key, structuredClone(this.items.get(key))])));
  }

  set(items: Record<string, unknown>): Promise<void> {
    this.writes += 1;
    if (this.writes > this.failAfter) return Promise.reject(new Error('the disk is full'));
    for (const [key, value] of Object.entries(items)) this.items.set(key, structuredClone(value));
    return Promise.resolve();
  }

  remove(keys: string[]): Promise<void> {
    for (const key of keys) this.items.delete(key);
    return Promise.resolve();
  }

  keys(prefix: string): string[] {
    return [...this.items.keys()].filter((key) => key.startsWith(prefix)).sort();
  }
}
