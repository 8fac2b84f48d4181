// When a list is pulled next. Pure: times in, times out.

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Neither every few minutes nor never, whatever a list asks for. */
const shortest = 6 * hour;
const longest = 30 * day;
const firstRetry = 15 * minute;
const longestRetry = day;
/** On a connection that is paid by volume, a list may get this much older. */
const meteredFactor = 4;

/** A span that is up to a fifth longer, so that not all installations come at once. */
export function jittered(span: number, random: number): number {
  return Math.round(span * (1 + 0.2 * random));
}

export function afterSuccess(now: number, expiresHours: number, differences: boolean, metered: boolean, random: number): number {
  const wanted = Math.min(Math.max(expiresHours * hour, shortest), longest);
  const span = differences ? Math.min(wanted, shortest) : wanted;
  return now + jittered(metered ? span * meteredFactor : span, random);
}

/** `failures`: in a row, this one included. */
export function afterFailure(now: number, failures: number, random: number): number {
  return now + jittered(Math.min(firstRetry * 2 ** Math.min(failures - 1, 10), longestRetry), random);
}

/** The whole list is due, even where differences kept it current. */
export function wholeDue(now: number, lastWhole: number | null, expiresHours: number): boolean {
  return lastWhole === null || now - lastWhole >= Math.min(Math.max(expiresHours * hour, shortest), longest);
}

/** Soon after installation, but not all at the same moment. */
export function first(now: number, random: number): number {
  return now + minute + Math.round(2 * minute * random);
}

/** A next time that lies further ahead than any could: the clock was wrong when it was set. */
export function sensible(next: number, now: number): boolean {
  return next <= now + 2 * meteredFactor * longest;
}
