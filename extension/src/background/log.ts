// The log of what was stopped: chunks of a hundred ids, the newest twenty kept, ids strictly rising
// even when the background dies between two writes (they are reserved in advance).
import type { StopEvent } from '../shared/model.js';
import { integer, object, salvaged } from '../shared/read.js';
import { stopEvent } from '../shared/schema.js';
import { type Area, Cell, type Complain } from './store.js';

const perChunk = 100;
const chunks = 20;
const reservation = 50;
const prefix = 'log.';
const events = salvaged(stopEvent, perChunk, () => undefined);

export class Log {
  readonly #head: Cell<{ readonly reserved: number }>;
  #next = 0;
  #loading: Promise<void> | undefined;
  #chunk: StopEvent[] = [];
  #number = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly area: Area,
    private readonly complain: Complain,
    private readonly delay = 300,
  ) {
    this.#head = new Cell({ key: `${prefix}head`, version: 1, read: object({ reserved: integer(1) }), standard: () => ({ reserved: 0 }) }, area, complain);
  }

  load(): Promise<void> {
    this.#loading ??= this.#read();
    return this.#loading;
  }

  async #read(): Promise<void> {
    const { reserved } = await this.#head.load();
    this.#next = reserved === 0 ? await this.#afterNewest() : reserved;
    this.#number = Math.floor(this.#next / perChunk);
    this.#chunk = [...(await this.#readChunk(this.#number))];
    await this.#reserve();
  }

  async #afterNewest(): Promise<number> {
    const numbers = await this.#numbers();
    const newest = numbers.at(-1);
    return newest === undefined ? 1 : (newest + 1) * perChunk;
  }

  async #numbers(): Promise<number[]> {
    const all = await this.area.get(null);
    return Object.keys(all)
      .filter((key) => key.startsWith(prefix))
      .map((key) => Number(key.slice(prefix.length)))
      .filter((number) => Number.isSafeInteger(number) && number >= 0)
      .sort((left, right) => left - right);
  }

  async #readChunk(number: number): Promise<readonly StopEvent[]> {
    try {
      const key = `${prefix}${number}`;
      const value = (await this.area.get([key]))[key];
      return value === undefined ? [] : events(value);
    } catch (error) {
      this.complain('storage.log', error instanceof Error ? error.message : String(error));
      return [];
    }
  }

  async #reserve(): Promise<void> {
    await this.#head.set({ reserved: this.#next + reservation });
  }

  /** Adds an event and gives it its id. */
  async add(event: Omit<StopEvent, 'id'>): Promise<StopEvent> {
    await this.load();
    const id = this.#next;
    this.#next += 1;
    if (this.#next >= this.#head.value.reserved) await this.#reserve();
    const full: StopEvent = { ...event, id };
    const number = Math.floor(id / perChunk);
    if (number !== this.#number) {
      await this.flush();
      this.#number = number;
      this.#chunk = [];
      await this.#prune(number);
    }
    this.#chunk.push(full);
    this.#later();
    return full;
  }

  /** An id for an event that is not to be written (private windows). */
  async unwritten(event: Omit<StopEvent, 'id'>): Promise<StopEvent> {
    await this.load();
    const id = this.#next;
    this.#next += 1;
    if (this.#next >= this.#head.value.reserved) await this.#reserve();
    return { ...event, id };
  }

  /** Puts a changed event in place of the one with its id, if that is in the newest chunk. */
  change(event: StopEvent): void {
    const index = this.#chunk.findIndex((other) => other.id === event.id);
    if (index < 0) return;
    this.#chunk[index] = event;
    this.#later();
  }

  #later(): void {
    this.#timer ??= setTimeout(() => void this.flush(), this.delay);
  }

  async flush(): Promise<void> {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      await this.area.set({ [`${prefix}${this.#number}`]: this.#chunk });
    } catch (error) {
      this.complain('storage.log', error instanceof Error ? error.message : String(error));
    }
  }

  async #prune(newest: number): Promise<void> {
    const old = (await this.#numbers()).filter((number) => number <= newest - chunks);
    if (old.length > 0) await this.area.remove(old.map((number) => `${prefix}${number}`));
  }

  /** The newest events before this id (exclusive) that contain the text, newest first. */
  async query(text: string, before: number | null, limit: number): Promise<{ events: readonly StopEvent[]; more: boolean }> {
    await this.load();
    await this.flush();
    const wanted = text.trim().toLowerCase();
    const found: StopEvent[] = [];
    for (const number of (await this.#numbers()).reverse()) {
      if (before !== null && number * perChunk >= before) continue;
      const chunk = number === this.#number ? this.#chunk : await this.#readChunk(number);
      for (const event of [...chunk].reverse()) {
        if ((before !== null && event.id >= before) || !mentions(event, wanted)) continue;
        if (found.length === limit) return { events: found, more: true };
        found.push(event);
      }
    }
    return { events: found, more: false };
  }

  /** Forgets all events; ids go on rising. */
  async clear(): Promise<void> {
    await this.load();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#chunk = [];
    await this.area.remove((await this.#numbers()).map((number) => `${prefix}${number}`));
  }
}

function mentions(event: StopEvent, text: string): boolean {
  if (text === '') return true;
  const places = [event.site, event.url, event.frameUrl, event.family, event.algorithm, event.list ?? '', event.filter ?? ''];
  return places.some((place) => place.toLowerCase().includes(text));
}
