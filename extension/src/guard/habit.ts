// What watched code does, second by second, and whether that is mining: it computes on and on, also
// when it rests nine tenths of each second, and it starts again and again, shares its work among
// workers, or talks like a miner. A password hash, however slow, is one long call that ends; a
// captcha ends too. Pure: no clock and no platform here, so that tests can play it.

/** A second in which watched code computed this long is a busy one: a miner throttled to a tenth has more. */
const busyMilliseconds = 60;
const window = 10;
/** Busy seconds within the last ten that make it sustained. */
const sustained = 8;
/** Of those, seconds in which it began anew, that make it a search and not one long computation. */
const repeated = 6;
/**
 * Long hashes rest through whole seconds, so that few are busy ones. Then the mean of this many seconds is
 * to reach a busy one, with so many of them in which it began anew, the first and the last fifth among them.
 */
const spans = { short: 10, shortStarts: 5, long: 30, longStarts: 8 } as const;
/** Seconds of sustained work after which it is mining without any other sign: longer than a key derivation takes. */
const patience = 30;
/** The same where the work is the watched code's own and nobody can tell whether it is one computation or many. */
const blindPatience = 3;

export interface Second {
  /** Milliseconds of this second spent in watched code. */
  readonly busy: number;
  /** Whether a watched function was called, or a worker with watched code said something; null: unknown. */
  readonly began: boolean | null;
  /** Workers of the same source. */
  readonly workers: number;
  /** Whether all that was counted is the watched code's own work, and not that of the scope around it. */
  readonly own: boolean;
  /** Whether a conversation in its surroundings looks like one with a pool. */
  readonly talks: boolean;
}

/** Why it is mining, in words. */
export type Reason = string;

export class Habit {
  /** The last ten seconds, newest in the lowest bit. */
  #busy = 0;
  #began = 0;
  #sustainedFor = 0;
  /** The last thirty seconds in which it began anew with whatever little it did, newest in the lowest bit. */
  #starts = 0;
  /** Milliseconds of a second, the mean of so many. */
  #short = 0;
  #long = 0;

  /** Takes a second into account; the reason once it is mining, else null. */
  add({ busy, began, workers, own, talks }: Second): Reason | null {
    const mask = (1 << window) - 1;
    const isBusy = busy >= busyMilliseconds;
    this.#busy = ((this.#busy << 1) | (isBusy ? 1 : 0)) & mask;
    this.#began = ((this.#began << 1) | (isBusy && began === true ? 1 : 0)) & mask;
    this.#starts = ((this.#starts << 1) | (busy > 0 && began === true ? 1 : 0)) & ((1 << spans.long) - 1);
    this.#short += (busy - this.#short) / spans.short;
    this.#long += (busy - this.#long) / spans.long;
    if (this.#scattered(this.#short, spans.short, spans.shortStarts) || this.#scattered(this.#long, spans.long, spans.longStarts)) {
      return 'Computes without end, one result after another with rests between';
    }
    if (bits(this.#busy) < sustained) {
      this.#sustainedFor = 0;
      return null;
    }
    if (isBusy) this.#sustainedFor += 1;
    const again = bits(this.#began) >= repeated;
    // Workers that share one long computation are no sign where it is known that they do not begin anew.
    const several = workers > 1 && began !== false;
    // A second at rest says nothing of the computation that was before it.
    const longEnough = isBusy && own && began === null ? blindPatience : patience;
    if (!again && !several && !talks && this.#sustainedFor < longEnough) return null;
    return `Computes without end${again ? ', one result after another' : ''}${several ? ', in several workers' : ''}${talks ? ', and talks like a miner' : ''}`;
  }

  #scattered(mean: number, span: number, least: number): boolean {
    const starts = this.#starts & ((1 << span) - 1);
    const fifth = span / 5;
    return mean >= busyMilliseconds && bits(starts) >= least && starts >>> (span - fifth) !== 0 && (starts & ((1 << fifth) - 1)) !== 0;
  }

  /** Whether nothing was computed lately. */
  get rests(): boolean {
    return this.#busy === 0 && this.#starts === 0;
  }
}

function bits(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
