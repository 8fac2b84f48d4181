// Watching: code that is suspicious but could be honest (a memory-hard key derivation on its own,
// modules made at run time) runs, and its behaviour decides. A password hash ends; a miner does not.
// A module counts its own work (meter.ts). For what cannot be counted a timer of the scope measures
// how long it was kept waiting: that is time spent computing, by whatever. Either way the scope's
// starter is told, which also notices a worker that never lets its timer run.
import type { Guard } from './guard.js';
import { Habit } from './habit.js';
import { block, type Judgement } from './inspector.js';
import { now } from './late.js';
import { mapDelete, mapForEach, mapGet, mapSet, NativeMap, slice, stringify } from './primordials.js';
import { haveTimers, repeat, stopRepeat } from './timers.js';
import type { Sockets } from './socket.js';
import { words, type Workers } from './worker.js';
import type { WorkerChannel } from './channel.js';

const { floor } = Math;
const tick = 50;
/** Seconds without a word that are counted one by one. */
const longestSilence = 10;
/** Modules compiled in one second, each small: programs of RandomX, 8 for each hash. */
const tinyModules = 100;
const tinySeconds = 6;
export const tinySize = 65_536;

/** Measures the scope it runs in and tells, each second, how many milliseconds were computed since it last told. */
export class Pulse {
  #timer: number | null = null;
  #expected = 0;
  #late = 0;
  #second = 0;

  /** `hidden`: whether the browser slows timers down by itself, so that being late says nothing. */
  constructor(
    private readonly tell: (busy: number) => void,
    private readonly hidden: () => boolean = () => false,
  ) {}

  start(): void {
    if (this.#timer !== null || !haveTimers) return;
    this.#late = 0;
    this.#expected = now() + tick;
    this.#second = now() + 1000;
    this.#timer = repeat(() => this.#beat(), tick);
  }

  stop(): void {
    if (this.#timer !== null) stopRepeat(this.#timer);
    this.#timer = null;
  }

  #beat(): void {
    const time = now();
    const late = this.hidden() ? 0 : time - this.#expected;
    // Short tasks make it late by less than they take; that it is late at all is then the sample.
    if (late > 4) this.#late += late > tick ? late : tick;
    this.#expected = time + tick;
    if (time < this.#second) return;
    this.tell(this.#late);
    this.#late = 0;
    this.#second = time + 1000;
  }
}

/** What a watched scope says. */
export interface Beat {
  /** Milliseconds computed since it last spoke. */
  readonly busy: number;
  /** Whether a watched function was called meanwhile; null: unknown. */
  readonly began: boolean | null;
  /** Whether a socket of its own talks like a miner. */
  readonly talks: boolean;
  /** Whether it speaks every second, so that silence means that it computes without a pause. */
  readonly steady: boolean;
}

interface Followed {
  readonly habit: Habit;
  readonly subject: 'worker' | 'module';
  /** Where the second begins that is being gathered, and what was heard in it. */
  from: number;
  heard: number;
  busy: number;
  /** What of it watched code counted itself. */
  own: number;
  began: boolean | null;
  talks: boolean;
  /** Messages of its workers up to the last second. */
  said: number;
}

/** Weighs what the scopes of this page do, and decides. */
export class Watch {
  readonly #followed = new NativeMap<string, Followed>();
  #timer: number | null = null;

  constructor(
    private readonly guard: Guard,
    private readonly workers: Workers | null,
    private readonly sockets: Sockets | null,
    /** Ends the watched modules of this scope. */
    private readonly end: () => void,
  ) {}

  /** Something was heard of a watched source. */
  hear(source: string, { busy, began, talks, steady }: Beat, subject: 'worker' | 'module'): void {
    const time = now();
    let found = mapGet(this.#followed, source);
    if (found === undefined) {
      found = { habit: new Habit(), subject, from: time, heard: time, busy: 0, own: 0, began: null, talks: false, said: this.workers?.said(source) ?? 0 };
      mapSet(this.#followed, source, found);
      this.#timer ??= repeat(() => this.#listen(), 500);
    }
    found.heard = time;
    found.busy += busy;
    if (!steady) found.own += busy;
    if (began !== null) found.began = began || found.began === true;
    if (talks) found.talks = true;
    this.#close(source, found, time);
  }

  /** A worker that computes without a pause cannot speak: its silence is heard here. */
  #listen(): void {
    const time = now();
    let left = 0;
    mapForEach(this.#followed, (found, source) => {
      const ended = found.subject === 'worker' && this.workers !== null && this.workers.count(source) === 0;
      if (ended || (found.habit.rests && time - found.heard > 20_000)) mapDelete(this.#followed, source);
      else {
        left += 1;
        this.#close(source, found, time);
      }
    });
    if (left === 0 && this.#timer !== null) {
      stopRepeat(this.#timer);
      this.#timer = null;
    }
  }

  /** Hands the seconds that have passed to the habit; one that a word is still due for waits. */
  #close(source: string, found: Followed, time: number): void {
    const seconds = floor((time - found.from) / 1000);
    if (seconds < 1 || (found.heard <= found.from && time - found.from < 1500)) return;
    const silent = found.subject === 'worker' && this.workers !== null && this.workers.silent(source, time - 1500);
    const said = this.workers?.said(source) ?? 0;
    const spoke = found.subject === 'worker' && said > found.said ? true : null;
    for (let index = 0; index < seconds && index < longestSilence; index += 1) {
      const reason = found.habit.add({
        busy: silent ? 1000 : found.busy / seconds,
        began: found.began ?? spoke,
        workers: found.subject === 'worker' && this.workers !== null ? this.workers.count(source) : 1,
        own: !silent && found.own === found.busy,
        talks: found.talks || (this.sockets !== null && this.sockets.suspicious),
      });
      if (reason === null) continue;
      this.#stop(source, found.subject, reason);
      return;
    }
    found.from += seconds * 1000;
    found.busy = 0;
    found.own = 0;
    found.began = null;
    found.talks = false;
    found.said = said;
  }

  #stop(source: string, subject: 'worker' | 'module', reason: string): void {
    mapDelete(this.#followed, source);
    const judgement: Judgement = { outcome: block, json: behaviour('behaviour.sustained', reason) };
    const place = source.length > 300 ? this.guard.channel.place() : source;
    if (!this.guard.decides(subject, place, judgement, 'behaviour')) return;
    if (subject === 'worker') this.workers?.end(source);
    else this.end();
  }
}

/** Counts small modules as they are compiled; true once they come as only generated miners make them. */
export class CompileRate {
  #second = 0;
  #count = 0;
  #busy = 0;

  add(size: number): boolean {
    if (size > tinySize) return false;
    const time = floor(now() / 1000);
    if (time !== this.#second) {
      this.#busy = time - this.#second === 1 && this.#count >= tinyModules ? this.#busy + 1 : 0;
      this.#second = time;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#busy >= tinySeconds;
  }
}

export const generatedPrograms = behaviour('behaviour.generated-modules', 'Compiles hundreds of small modules each second, as programs of RandomX are');

function behaviour(signature: string, detail: string): string {
  return `{"outcome":"block","family":"","algorithm":"","confidence":85,"evidence":[{"signature":${stringify(signature)},"detail":${stringify(detail)},"weight":100,"place":{}}],"not_inspected":null}`;
}

/** In a page, or where nobody listens: what is measured here is weighed here. */
export function watchHere(guard: Guard, watch: Watch, hidden?: () => boolean): void {
  const hear = (busy: number, began: boolean | null, steady: boolean): void => watch.hear(guard.channel.place(), { busy, began, talks: false, steady }, 'module');
  const pulse = new Pulse((busy) => hear(busy, null, true), hidden);
  guard.whenWatched = () => pulse.start();
  guard.whenCounted = (busy, began) => hear(busy, began, false);
}

/** In a worker: tells the starter how busy the scope is, from the first watched thing on. */
export function watchFromInside(guard: Guard, channel: WorkerChannel, sockets: Sockets): void {
  const say = (busy: number, began: boolean | null, steady: boolean): void => channel.say(words.beat, textOfBeat({ busy, began, talks: sockets.suspicious, steady }));
  const pulse = new Pulse((busy) => say(busy, null, true));
  guard.whenWatched = () => {
    say(0, null, true);
    pulse.start();
  };
  guard.whenCounted = (busy, began) => say(busy, began, false);
}

/** Not JSON: a page's `toJSON` must not be asked. */
export function textOfBeat({ busy, began, talks, steady }: Beat): string {
  return `${began === null ? '?' : began ? '1' : '0'}${talks ? '1' : '0'}${steady ? '1' : '0'}${floor(busy)}`;
}

/** What a worker said; nothing at all where it is not in that form. */
export function beatOf(text: string): Beat {
  const began = slice(text, 0, 1);
  const busy = +slice(text, 3, 12);
  return { busy: busy > 0 ? busy : 0, began: began === '1' ? true : began === '0' ? false : null, talks: slice(text, 1, 2) === '1', steady: slice(text, 2, 3) === '1' };
}
