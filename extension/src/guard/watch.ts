// Watching: code that is suspicious but could be honest (a memory-hard key derivation on its own,
// modules made at run time) runs, and its behaviour decides. A password hash ends; a miner does not.
// In the watched scope a timer measures how long it was kept waiting: that is time spent computing.
// It tells the scope's starter, which also notices a worker that never lets its timer run. Limit:
// what is measured is the whole scope's time, not only that of the watched module.
import type { Guard } from './guard.js';
import { block, type Judgement } from './inspector.js';
import { mapDelete, mapForEach, mapGet, mapSet, NativeMap, now, parse, repeat, stopRepeat, stringify } from './primordials.js';
import type { Sockets } from './socket.js';
import { words, type Workers } from './worker.js';
import type { WorkerChannel } from './channel.js';

const { floor } = Math;
const tick = 50;
/** A second in which this much was computed is a busy one: a miner throttled to a tenth has more. */
const busyMilliseconds = 60;
/** Busy seconds within the last ten that make it sustained. */
const sustained = 8;
const window10 = 10;
/** Sustained without any other sign of mining: longer than a key derivation takes. */
const patience = 30;
/** Modules compiled in one second, each small: programs of RandomX, 8 for each hash. */
const tinyModules = 100;
const tinySeconds = 6;
export const tinySize = 65_536;

/** Measures the scope it runs in, second by second. */
export class Pulse {
  #timer: number | null = null;
  #expected = 0;
  #late = 0;
  #second = 0;

  constructor(private readonly tell: (busy: number) => void) {}

  start(): void {
    if (this.#timer !== null || repeat === undefined) return;
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
    const late = time - this.#expected;
    if (late > 4) this.#late += late;
    this.#expected = time + tick;
    if (time < this.#second) return;
    const seconds = (time - this.#second) / 1000 + 1;
    // One call for each second that passed, so that a long wait counts as so many busy ones.
    for (let index = 0; index < seconds && index < window10; index += 1) this.tell(this.#late / seconds);
    this.#late = 0;
    this.#second = time + 1000;
  }
}

interface Record {
  busy: boolean[];
  sustainedFor: number;
  heard: number;
  readonly subject: 'worker' | 'module';
}

/** Weighs what the scopes of this page do, and decides. */
export class Watch {
  readonly #records = new NativeMap<string, Record>();
  #timer: number | null = null;

  constructor(
    private readonly guard: Guard,
    private readonly workers: Workers | null,
    private readonly sockets: Sockets | null,
  ) {}

  /** A second of the watched source. */
  second(source: string, busy: number, subject: 'worker' | 'module'): void {
    const record = this.#record(source, subject);
    record.heard = now();
    this.#add(source, record, busy >= busyMilliseconds);
  }

  #record(source: string, subject: 'worker' | 'module'): Record {
    let record = mapGet(this.#records, source);
    if (record === undefined) {
      record = { busy: [], sustainedFor: 0, heard: now(), subject };
      mapSet(this.#records, source, record);
      // A worker that computes without a pause cannot speak: its silence is heard here.
      this.#timer ??= repeat(() => this.#listen(), 1000);
    }
    return record;
  }

  #listen(): void {
    const time = now();
    let left = 0;
    mapForEach(this.#records, (record, source) => {
      left += 1;
      if (record.subject !== 'worker') return;
      if (this.workers !== null && this.workers.count(source) === 0) mapDelete(this.#records, source);
      else if (time - record.heard > 1500) this.#add(source, record, true);
    });
    if (left === 0 && this.#timer !== null) {
      stopRepeat(this.#timer);
      this.#timer = null;
    }
  }

  #add(source: string, record: Record, isBusy: boolean): void {
    const busy: boolean[] = [isBusy];
    let count = isBusy ? 1 : 0;
    for (let index = 0; index < window10 - 1; index += 1) {
      const before = record.busy[index] === true;
      busy[index + 1] = before;
      if (before) count += 1;
    }
    record.busy = busy;
    record.sustainedFor = count >= sustained ? record.sustainedFor + 1 : 0;
    if (record.sustainedFor === 0) return;
    const several = record.subject === 'worker' && this.workers !== null && this.workers.count(source) > 1;
    const talks = this.sockets !== null && this.sockets.suspicious;
    if (several || talks || record.sustainedFor >= patience) this.#stop(source, record, several, talks);
  }

  #stop(source: string, record: Record, several: boolean, talks: boolean): void {
    mapDelete(this.#records, source);
    const detail = `Computes without end${several ? ' in several workers' : ''}${talks ? ' and talks like a miner' : ''}`;
    const judgement: Judgement = { outcome: block, json: behaviour('behaviour.sustained', detail) };
    const place = source.length > 300 ? this.guard.channel.place() : source;
    if (!this.guard.decides(record.subject, place, judgement, 'behaviour')) return;
    if (record.subject === 'worker') this.workers?.end(source);
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

/** In a worker: tells the starter how busy the scope is, from the first watched thing on. */
export function watchFromInside(guard: Guard, channel: WorkerChannel): void {
  const pulse = new Pulse((busy) => channel.say(words.beat, stringify(busy)));
  guard.whenWatched = () => {
    channel.say(words.beat, '0');
    pulse.start();
  };
}

export function busyOf(text: string): number {
  const found: unknown = parse(text);
  return typeof found === 'number' ? found : 0;
}
