// Puts lists in force: compile everything together, write it beside what is in force, change the
// browser's rules, and only then say that the new state counts. Whatever happens in between, the state
// that counts is whole; `recover` brings the browser's rules back to it.
import type { Shelf } from './shelf.js';
import type { Scriptlets } from '../shared/scriptlets.js';
import type { Outcome, Text, Work } from './compile/work.js';

type Rule = chrome.declarativeNetRequest.Rule;

/** The browser's own rules, as far as lists are concerned. */
export interface Net {
  /** Makes the rules made from lists exactly these. */
  replace(rules: readonly Rule[]): Promise<void>;
  /** Switches the packaged rulesets of our own lists. */
  packaged(on: boolean): Promise<void>;
}

export interface Entry {
  readonly id: string;
  readonly title: string;
  readonly syntax: Text['syntax'];
  /** Which of its texts: `text:ID:SERIAL`. */
  readonly serial: number;
}
/** A state of all lists together. */
export interface Generation {
  readonly number: number;
  readonly lists: readonly Entry[];
  /** Of our own channel; null: the packaged lists. */
  readonly channel: number | null;
  /** When that version of the channel ends; null where there is none, or it was not noted. */
  readonly channelEnds?: number | null;
  readonly filters: number;
  readonly outcomes: readonly Outcome[];
  /** What the lists ask of pages; missing in states of earlier versions. */
  readonly scriptlets?: Scriptlets;
  readonly made: number;
  readonly packageVersion: string;
}
/** What `recover` found. */
export interface Recovered {
  /** An installation was cut off, and undone. */
  readonly cut: boolean;
  /** Something of what is kept was gone or is no longer what it was; the rest has to be compiled anew. */
  readonly damaged: boolean;
  /** Lists whose text is gone. */
  readonly lost: readonly string[];
  /** The files of our channel are gone. */
  readonly channelLost: boolean;
}
interface Pointer {
  readonly current: number | null;
  readonly previous: number | null;
  /** The state that is being installed; not null only while that goes on. */
  readonly installing: number | null;
}
export interface Wanted {
  /** New texts by list; null: the list goes. Lists that are not named stay as they are. */
  readonly texts: ReadonlyMap<string, Omit<Text, 'id'> | null>;
  /** Files of our channel; null: back to the packaged lists; undefined: as it is. */
  readonly channel?: ChannelVersion | null;
  /** The order of the lists; those that are missing in it come last. */
  readonly order: readonly string[];
}
/** A version of our channel; `expires` in seconds since 1970. */
export interface ChannelVersion {
  readonly version: number;
  readonly expires: number;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** The person's own filters, as a list. Going back does not touch them. */
export const ownId = 'own';

type Files = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
const nowhere: Pointer = { current: null, previous: null, installing: null };

export class Installer {
  constructor(
    private readonly shelf: Shelf,
    private readonly work: Pick<Work, 'compile'>,
    private readonly net: Net,
    private readonly around: {
      readonly browser: 'chromium' | 'firefox';
      readonly version: string;
      /** Our own lists as the package has them. */
      packaged(): Promise<readonly Text[]>;
      /** Called when another state counts: loads the engine and the signatures of it. */
      counts(generation: Generation | null): Promise<void>;
      now(): number;
    },
  ) {}

  async #pointer(): Promise<Pointer> {
    const found = await this.shelf.get('pointer');
    if (typeof found !== 'object' || found === null) return nowhere;
    const whole = (value: unknown): number | null => (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null);
    const { current, previous, installing } = found as Record<keyof Pointer, unknown>;
    return { current: whole(current), previous: whole(previous), installing: whole(installing) };
  }

  async #generation(number: number | null): Promise<Generation | null> {
    if (number === null) return null;
    const found = await this.shelf.get(`generation:${number}`);
    return isGeneration(found) && found.number === number ? found : null;
  }

  /** The state in force; null: only what is in the package. */
  async current(): Promise<Generation | null> {
    return this.#generation((await this.#pointer()).current);
  }

  async text(entry: Pick<Entry, 'id' | 'serial'>): Promise<string> {
    const found = await this.shelf.get(textKey(entry));
    return typeof found === 'string' ? found : '';
  }

  /** The compiled engine of the state in force. */
  async engine(): Promise<Uint8Array<ArrayBuffer> | null> {
    const { current } = await this.#pointer();
    const found = current === null ? undefined : await this.shelf.get(`engine:${current}`);
    return found instanceof Uint8Array ? (found as Uint8Array<ArrayBuffer>) : null;
  }

  async channelFiles(): Promise<{ version: number; files: Files } | null> {
    const version = (await this.current())?.channel ?? null;
    const files = await this.#files(version);
    return version === null || files === null ? null : { version, files };
  }

  async #files(version: number | null): Promise<Files | null> {
    const files = version === null ? undefined : await this.shelf.get(`channel:${version}`);
    const whole = typeof files === 'object' && files !== null && Object.values(files).every((bytes) => bytes instanceof Uint8Array);
    return whole ? (files as Files) : null;
  }

  /** Installs; throws where it could not, with the last state in force. */
  async install(wanted: Wanted): Promise<Generation> {
    const pointer = await this.#pointer();
    const present = await this.#generation(pointer.current);
    const number = Math.max(pointer.current ?? 0, pointer.previous ?? 0, pointer.installing ?? 0) + 1;
    const puts = new Map<string, unknown>();
    const channel = await this.#channel(wanted, present, puts);
    const { entries, texts } = await this.#lists(wanted, present, number, puts);
    const own = channel === null ? await this.around.packaged() : channel.lists;
    const compiled = await this.work.compile([...own, ...texts], this.around.browser, channel === null ? own.length : 0);
    const generation: Generation = {
      number, lists: entries, channel: channel?.version ?? null, channelEnds: channel?.ends ?? null, filters: compiled.filters, outcomes: compiled.outcomes,
      scriptlets: compiled.scriptlets,
      made: this.around.now(), packageVersion: this.around.version,
    };
    // A list more or less is no version to go back to.
    const renews = wanted.channel !== undefined || entries.some((entry) => entry.serial === number && entry.id !== ownId && present?.lists.some(({ id }) => id === entry.id) === true);
    puts.set(`generation:${number}`, generation).set(`engine:${number}`, compiled.engine).set(`rules:${number}`, compiled.rules);
    puts.set('pointer', { ...pointer, installing: number } satisfies Pointer);
    await this.shelf.change(puts);
    await this.#enforce(pointer, generation, compiled.rules, renews ? pointer.current : pointer.previous);
    return generation;
  }

  /**
   * What has to be installed so that the versions of before are in force; null where there are none.
   * Which lists are followed, and the person's own filters, stay as they are.
   */
  async wayBack(): Promise<Omit<Wanted, 'order'> | null> {
    const found = await this.#before();
    if (found === null) return null;
    const texts = new Map<string, Omit<Text, 'id'>>();
    for (const old of found.lists) texts.set(old.id, { title: old.title, syntax: old.syntax, text: await this.text(old) });
    if (!found.otherChannel) return { texts };
    const { channel, channelEnds } = found.state;
    const files = await this.#files(channel);
    if (channel === null || files === null) return { texts, channel: null };
    return { texts, channel: { version: channel, expires: (channelEnds ?? 0) / 1_000, files } };
  }

  /** When the versions were put in force to which there is a way back; null: there are none. */
  async madeBefore(): Promise<number | null> {
    return (await this.#before())?.state.made ?? null;
  }

  /** The last state with other versions of what is in force now, and which. */
  async #before(): Promise<{ state: Generation; lists: readonly Entry[]; otherChannel: boolean } | null> {
    const pointer = await this.#pointer();
    const [present, state] = await Promise.all([this.#generation(pointer.current), this.#generation(pointer.previous)]);
    if (present === null || state === null) return null;
    const lists = state.lists.filter((old) => old.id !== ownId && present.lists.some(({ id, serial }) => id === old.id && serial !== old.serial));
    const otherChannel = present.channel !== state.channel;
    return lists.length === 0 && !otherChannel ? null : { state, lists, otherChannel };
  }

  /** The steps after everything is written: the browser's rules, then the pointer, then the engine. */
  async #enforce(pointer: Pointer, generation: Generation, rules: readonly Rule[], previous: number | null): Promise<void> {
    try {
      await this.net.replace(rules);
      await this.net.packaged(generation.channel === null);
      await this.shelf.change(new Map([['pointer', { current: generation.number, previous, installing: null } satisfies Pointer]]));
    } catch (error) {
      await this.#restore(pointer).catch(() => undefined);
      throw error;
    }
    await this.around.counts(generation);
    await this.#tidy().catch(() => undefined);
  }

  /** Brings the browser's rules back to the state that counts. */
  async #restore(pointer: Pointer): Promise<void> {
    const current = await this.#generation(pointer.current);
    const rules = current === null ? [] : await this.#rules(current.number);
    // Without them the browser keeps what it has until they are made anew.
    if (rules !== null) await this.net.replace(rules);
    await this.net.packaged((current?.channel ?? null) === null);
    await this.shelf.change(new Map([['pointer', { ...pointer, current: current?.number ?? null, installing: null } satisfies Pointer]]));
    await this.#tidy();
  }

  /**
   * At every start of the background: an installation that was cut off is undone, and what is kept is
   * looked at. `thorough`: the browser's rules are made to be those of the state too (start of the
   * browser, new version of the package), as they can have been lost meanwhile.
   */
  async recover(thorough: boolean): Promise<Recovered> {
    const pointer = await this.#pointer();
    const kept = await this.#kept(pointer);
    const moved = kept?.number !== (pointer.current ?? undefined);
    const missing = kept === null ? new Set<string>() : await this.#missing(kept);
    const cut = pointer.installing !== null;
    if (cut || thorough || moved) await this.#restore({ ...pointer, current: kept?.number ?? null, previous: moved ? null : pointer.previous });
    return {
      cut,
      damaged: moved || missing.size > 0,
      lost: (kept?.lists ?? []).filter((entry) => missing.has(textKey(entry))).map(({ id }) => id),
      channelLost: kept !== null && kept.channel !== null && missing.has(`channel:${kept.channel}`),
    };
  }

  /** The newest state that counted and can still be read. */
  async #kept(pointer: Pointer): Promise<Generation | null> {
    const present = await this.#generation(pointer.current);
    if (present !== null || (pointer.current === null && (await this.#isPointer()))) return present;
    const numbers = (await this.shelf.keys()).flatMap((key) => /^generation:(\d{1,15})$/u.exec(key)?.[1] ?? []).map(Number);
    for (const number of numbers.sort((left, right) => right - left)) {
      const found = number === pointer.installing ? null : await this.#generation(number);
      if (found !== null) return found;
    }
    return null;
  }

  /** Whether there is a pointer that can be believed, or none yet. */
  async #isPointer(): Promise<boolean> {
    const found = await this.shelf.get('pointer');
    if (found === undefined) return true;
    const { current } = (typeof found === 'object' && found !== null ? found : { current: '' }) as { current: unknown };
    return current === null || (Number.isSafeInteger(current) && Number(current) > 0);
  }

  /** The parts of a state that are no longer there. */
  async #missing({ number, lists, channel }: Generation): Promise<Set<string>> {
    const there = new Set(await this.shelf.keys());
    const parts = [`engine:${number}`, `rules:${number}`, ...(channel === null ? [] : [`channel:${channel}`]), ...lists.map(textKey)];
    return new Set(parts.filter((key) => !there.has(key)));
  }

  async #channel(wanted: Wanted, present: Generation | null, puts: Map<string, unknown>): Promise<{ version: number; ends: number | null; lists: readonly Text[] } | null> {
    const decode = (files: Readonly<Record<string, Uint8Array>>): readonly Text[] =>
      Object.entries(files)
        .filter(([name]) => name.endsWith('.txt'))
        .map(([name, bytes]) => ({ id: name.replace(/\.txt$/u, ''), title: '', text: new TextDecoder().decode(bytes), syntax: null }));
    if (wanted.channel === null) return null;
    if (wanted.channel !== undefined) {
      const { version, expires, files } = wanted.channel;
      puts.set(`channel:${version}`, files);
      return { version, ends: expires > 0 ? expires * 1_000 : null, lists: decode(files) };
    }
    const version = present?.channel ?? null;
    const files = await this.#files(version);
    return version === null || files === null ? null : { version, ends: present?.channelEnds ?? null, lists: decode(files) };
  }

  async #lists(wanted: Wanted, present: Generation | null, serial: number, puts: Map<string, unknown>): Promise<{ entries: Entry[]; texts: Text[] }> {
    const entries = new Map<string, Entry>();
    const texts = new Map<string, Text>();
    for (const entry of present?.lists ?? []) {
      if (wanted.texts.has(entry.id)) continue;
      entries.set(entry.id, entry);
      texts.set(entry.id, { ...entry, text: await this.text(entry) });
    }
    for (const [id, list] of wanted.texts) {
      if (list === null) continue;
      const entry: Entry = { id, title: list.title, syntax: list.syntax, serial };
      entries.set(id, entry);
      texts.set(id, { ...list, id });
      puts.set(textKey(entry), list.text);
    }
    const place = (id: string): number => (wanted.order.includes(id) ? wanted.order.indexOf(id) : wanted.order.length);
    const ids = [...entries.keys()].sort((left, right) => place(left) - place(right));
    return { entries: ids.flatMap((id) => entries.get(id) ?? []), texts: ids.flatMap((id) => texts.get(id) ?? []) };
  }

  async #rules(number: number): Promise<readonly Rule[] | null> {
    const found = await this.shelf.get(`rules:${number}`);
    return Array.isArray(found) ? (found as Rule[]) : null;
  }

  /** Removes what neither the present nor the previous state needs. */
  async #tidy(): Promise<void> {
    const pointer = await this.#pointer();
    const kept = await Promise.all([this.#generation(pointer.current), this.#generation(pointer.previous)]);
    const needed = new Set(['pointer']);
    for (const generation of kept) {
      if (generation === null) continue;
      for (const part of ['generation', 'engine', 'rules']) needed.add(`${part}:${generation.number}`);
      if (generation.channel !== null) needed.add(`channel:${generation.channel}`);
      for (const entry of generation.lists) needed.add(textKey(entry));
    }
    const ours = /^(?:generation|engine|rules|channel|text):/u;
    const surplus = (await this.shelf.keys()).filter((key) => ours.test(key) && !needed.has(key));
    if (surplus.length > 0) await this.shelf.change(new Map(), surplus);
  }
}

function textKey({ id, serial }: Pick<Entry, 'id' | 'serial'>): string {
  return `text:${id}:${serial}`;
}

function isGeneration(value: unknown): value is Generation {
  if (typeof value !== 'object' || value === null) return false;
  const { number, lists, outcomes, channel, filters } = value as Record<string, unknown>;
  const isEntry = (entry: unknown): boolean => {
    const { id, title, serial } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>;
    return typeof id === 'string' && typeof title === 'string' && typeof serial === 'number';
  };
  return typeof number === 'number' && typeof filters === 'number' && Array.isArray(lists) && lists.every(isEntry) && Array.isArray(outcomes) && (channel === null || typeof channel === 'number');
}
