// `crypto.subtle.digest` as a miner uses it: the same start of a short text with another number at its
// end, thousands of times. A captcha by proof of work does that too, for some seconds and for one
// challenge; a miner goes on, with one job after another.
import { replace } from './disguise.js';
import type { Guard } from './guard.js';
import { block } from './inspector.js';
import { now } from './late.js';
import { apply, arrayLength, view } from './primordials.js';

const longest = 512;
/** Calls in one second that count as work, from a floor that no interface of a person reaches. */
const busySecond = 100;
/** Seconds of work, with at least one change of job, after which it is mining. */
const secondsWithJobs = 8;
/** The same without a change of job: longer than any captcha. */
const secondsAlone = 60;

const verdict =
  '{"outcome":"block","family":"WebCrypto","algorithm":"","confidence":90,"evidence":[{"signature":"behaviour.digest-rate","detail":"Computes hashes of the same text with counting numbers without end","weight":100,"place":{}}],"not_inspected":null}';

export function guardDigest(realm: typeof globalThis, guard: Guard, place: () => string): void {
  if (typeof realm.SubtleCrypto !== 'function') return;
  let second = 0;
  let calls = 0;
  let busy = 0;
  let jobs = 0;
  let head = 0;
  let headRun = 0;
  let refused = false;

  /** Whether this call belongs to a miner. */
  const isMining = (data: unknown): boolean => {
    if (refused) return true;
    const bytes = typeof data === 'object' && data !== null ? view(data) : null;
    if (bytes === null || arrayLength(bytes) > longest || arrayLength(bytes) < 16) return false;
    const start = startOf(bytes);
    if (start !== head) {
      if (headRun >= busySecond) jobs += 1;
      head = start;
      headRun = 0;
    }
    headRun += 1;
    const time = floor(now() / 1000);
    if (time !== second) {
      // A pause of up to two seconds is a new job on its way; a longer one is an end.
      if (calls >= busySecond && headRun > 0) busy += 1;
      else if (time - second > 3) {
        busy = 0;
        jobs = 0;
      }
      second = time;
      calls = 0;
      if (busy >= secondsAlone || (busy >= secondsWithJobs && jobs > 0)) {
        refused = guard.decides('script', place(), { outcome: block, json: verdict }, 'behaviour');
        busy = 0;
      }
    }
    calls += 1;
    return refused;
  };

  replace(realm.SubtleCrypto.prototype, 'digest', {
    promises: true,
    apply: (native, self, args) => {
      if (args.length < 2) return apply(native, self, args);
      let mining = false;
      try {
        mining = isMining(args[1]);
      } catch {
        // A detached buffer: the platform says so.
      }
      // An algorithm that no platform has is refused by every platform.
      return apply(native, self, mining ? ['-', args[1]] : args);
    },
  });
}

const { floor, imul } = Math;

/** A number for the first sixteen bytes; a job's head stays while its nonce changes. */
function startOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < 16; index += 1) hash = imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  return hash;
}
