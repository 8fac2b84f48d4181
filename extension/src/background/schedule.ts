// When a list is pulled next. Pure: times in, times out.
//
// What counts is what a list says of itself (`! Expires`, `! Diff-Expires`), else its subscription. The
// `Expires` and `Cache-Control` of HTTP are about copies in caches (raw.githubusercontent.com says five
// minutes of everything), so they are not asked: conditional requests keep what they are for.

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Neither every few minutes nor never, whatever a list asks for. */
const shortest = 6 * hour;
const longest = 30 * day;
/** Differences are small: some lists offer them every few hours. */
const shortestDifference = hour;
const firstRetry = 15 * minute;
const longestRetry = day;
/** On a connection that is paid by volume, a list may get this much older. */
const meteredFactor = 4;
/** Times of a clock that was set right meanwhile may lie this far ahead. */
const tolerance = hour;

/** A span that is up to a fifth longer, so that not all installations come at once. */
export function jittered(span: number, random: number): number {
  return Math.round(span * (1 + 0.2 * random));
}

function life(expiresHours: number): number {
  return Math.min(Math.max(expiresHours * hour, shortest), longest);
}

/** `diffHours`: after how many hours a difference is asked for (0: the list does not say); null: it offers none. */
export function afterSuccess(now: number, expiresHours: number, diffHours: number | null, random: number): number {
  const whole = life(expiresHours);
  const difference = diffHours === null ? whole : diffHours === 0 ? shortest : Math.max(diffHours * hour, shortestDifference);
  return now + jittered(Math.min(difference, whole), random);
}

/** `failures`: in a row, this one included. */
export function afterFailure(now: number, failures: number, random: number): number {
  return now + jittered(Math.min(firstRetry * 2 ** Math.min(failures - 1, 10), longestRetry), random);
}

/** A list that is due on a connection that is paid by volume: until when it waits for another one; null: no longer. */
export function afterMetered(now: number, lastGood: number | null, expiresHours: number, random: number): number | null {
  if (lastGood === null || lastGood > now || now - lastGood >= meteredFactor * life(expiresHours)) return null;
  return now + jittered(shortest, random);
}

/** The whole list is due, even where differences kept it current. */
export function wholeDue(now: number, lastWhole: number | null, expiresHours: number): boolean {
  return lastWhole === null || lastWhole > now + tolerance || now - lastWhole >= life(expiresHours);
}

/** Soon after installation, but not all at the same moment. */
export function first(now: number, random: number): number {
  return now + minute + Math.round(2 * minute * random);
}

/** Whether a next time can be: not where the clock was wrong when it was set. */
export function sensible(next: number, lastTry: number | null, now: number): boolean {
  return next <= now + jittered(longest, 1) && (lastTry === null || lastTry <= now + tolerance);
}
