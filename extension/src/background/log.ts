// The log of what was stopped: chunks of a hundred events, the newest twenty kept. Ids are strictly rising
// even when the background dies between two writes: they are reserved in advance, and each life of the
// background skips some, so a chunk is full by its events and not by their ids.
import type { StopEvent } from '../shared/model.js';
import { integer, object, salvaged } from '../shared/read.js';
import { stopEvent } from '../shared/schema.js';
import { type Area, Cell, type Complain } from './store.js';

const perChunk = 100;
const chunks = 20;
const reservation = 50;
const prefix = 'log.';
const events = salvaged(stopEvent, perChunk, () => undefined);

interface Head {
  /** No id from here on was given. */
  readonly reserved: number;
  /** The chunk that is being filled. */
  readonly chunk: number;
}

export class Log {
  readonly #head: Cell<Head>;
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
    const migrations = { 1: (old: unknown) => byIds(object({ reserved: integer(1) })(old).reserved) };
    this.#head = new Cell<Head>({ key: `${prefix}head`, version: 2, read: object({ reserved: integer(1), chunk: integer(0) }), migrations, standard: () => ({ reserved: 0, chunk: 0 }) }, area, complain);
  }

  load(): Promise<void> {
    this.#loading ??= this.#read();
    return this.#loading;
  }

  async #read(): Promise<void> {
    const { reserved, chunk } = await this.#head.load();
    [this.#next, this.#number] = reserved === 0 ? await this.#afterNewest() : [reserved, chunk];
    this.#chunk = [...(await this.#readChunk(this.#number))];
  }

  /** Where the head is lost: the next id and the chunk to fill. */
  async #afterNewest(): Promise<[id: number, chunk: number]> {
    const numbers = await this.#numbers();
    const newest = numbers.at(-1);
    if (newest === undefined) return [1, 0];
    let last = 0;
    for (const number of numbers) for (const { id } of await this.#readChunk(number)) last = Math.max(last, id);
    // Some may have been given that were never written.
    return [last + 1 + reservation, newest + 1];
  }

  async #numbers(): Promise<number[]> {
    return numbersOf(await this.area.get(null));
  }

  async #readChunk(number: number): Promise<readonly StopEvent[]> {
    try {
      const key = keyOf(number);
      const value = (await this.area.get([key]))[key];
      return value === undefined ? [] : events(value);
    } catch (error) {
      this.complain('storage.log', error instanceof Error ? error.message : String(error));
      return [];
    }
  }

  /** The next id; what is told with it is told only after it can never be given again. */
  async #take(): Promise<number> {
    await this.load();
    const id = this.#next;
    this.#next += 1;
    if (id >= this.#head.value.reserved) await this.#head.set({ reserved: id + reservation, chunk: this.#number });
    return id;
  }

  /** Adds an event and gives it its id. */
  async add(event: Omit<StopEvent, 'id'>): Promise<StopEvent> {
    const full: StopEvent = { ...event, id: await this.#take() };
    if (this.#chunk.length >= perChunk) {
      await this.flush();
      this.#number += 1;
      this.#chunk = [];
      await this.#head.set({ ...this.#head.value, chunk: this.#number });
      await this.#prune();
    }
    this.#chunk.push(full);
    this.#later();
    return full;
  }

  /** An id for an event that is not to be written (private windows). */
  async unwritten(event: Omit<StopEvent, 'id'>): Promise<StopEvent> {
    return { ...event, id: await this.#take() };
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
      await this.area.set({ [keyOf(this.#number)]: this.#chunk });
    } catch (error) {
      this.complain('storage.log', error instanceof Error ? error.message : String(error));
    }
  }

  async #prune(): Promise<void> {
    const old = (await this.#numbers()).filter((number) => number <= this.#number - chunks);
    if (old.length > 0) await this.area.remove(old.map(keyOf));
  }

  /** The newest events before this id (exclusive) that contain the text, newest first. */
  async query(text: string, before: number | null, limit: number): Promise<{ events: readonly StopEvent[]; more: boolean }> {
    await this.load();
    await this.flush();
    const wanted = text.trim().toLowerCase();
    const found: StopEvent[] = [];
    for (const number of (await this.#numbers()).reverse()) {
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
    await this.area.remove((await this.#numbers()).map(keyOf));
  }
}

/** Chunks went by ids once; the newest of those is the one to go on with. */
function byIds(reserved: number): Head {
  return { reserved, chunk: Math.floor((reserved - 1) / perChunk) };
}

function keyOf(number: number): string {
  return `${prefix}${number}`;
}

/** The chunks among these keys, oldest first. */
function numbersOf(all: Readonly<Record<string, unknown>>): number[] {
  return Object.keys(all)
    .filter((key) => key.startsWith(prefix))
    .map((key) => Number(key.slice(prefix.length)))
    .filter((number) => Number.isSafeInteger(number) && number >= 0)
    .sort((left, right) => left - right);
}

function mentions(event: StopEvent, text: string): boolean {
  if (text === '') return true;
  const places = [event.site, event.url, event.frameUrl, event.family, event.algorithm, event.list ?? '', event.filter ?? ''];
  return places.some((place) => place.toLowerCase().includes(text));
}
