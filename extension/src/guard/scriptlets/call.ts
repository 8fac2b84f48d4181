// Which calls of scriptlets are for this page. Limit: `name.*` means any ending of one label, and those
// of two that countries use (`co.uk`); a page carries no list of public suffixes.
import { getter, indexOf, lowerCase, NativeURL, property, slice, startsWith } from '../primordials.js';
import { expression } from './needle.js';

/** As the build writes it; `name` is null in an exception that takes all back. */
export interface Call {
  readonly name: string | null;
  readonly args: readonly string[];
  /** Hosts with their subdomains, `name.*` or `/expression/`; everywhere when empty. */
  readonly on: readonly string[];
  readonly not_on: readonly string[];
  readonly exception: boolean;
}

/** The calls to carry out on a host: those that no exception there takes back, each once. */
export function applicable(calls: readonly Call[], host: string): Call[] {
  const kept: Call[] = [];
  for (let index = 0; index < calls.length; index += 1) {
    const call = calls[index];
    if (call === undefined || call.exception || !covers(call, host) || takenBack(calls, call, host)) continue;
    let again = false;
    for (let earlier = 0; earlier < kept.length; earlier += 1) if (same(kept[earlier], call)) again = true;
    if (!again) kept[kept.length] = call;
  }
  return kept;
}

function takenBack(calls: readonly Call[], call: Call, host: string): boolean {
  for (let index = 0; index < calls.length; index += 1) {
    const other = calls[index];
    if (other?.exception === true && (other.name === null || same(other, call)) && covers(other, host)) return true;
  }
  return false;
}

function same(left: Call | undefined, right: Call): boolean {
  if (left === undefined || left.name !== right.name || left.args.length !== right.args.length) return false;
  for (let index = 0; index < left.args.length; index += 1) if (left.args[index] !== right.args[index]) return false;
  return true;
}

/** The entry nearest to the host decides; of two as near, the exclusion. */
function covers({ on, not_on: notOn }: Call, host: string): boolean {
  for (let rest = host; rest !== ''; ) {
    if (names(notOn, rest)) return false;
    if (names(on, rest)) return true;
    const dot = indexOf(rest, '.');
    rest = dot < 0 ? '' : slice(rest, dot + 1);
  }
  if (matches(notOn, host)) return false;
  return on.length === 0 || matches(on, host);
}

function names(entries: readonly string[], host: string): boolean {
  for (let index = 0; index < entries.length; index += 1) {
    const entry = entries[index] ?? '';
    if (entry === host) return true;
    const stem = entry.length - 2;
    if (stem > 0 && slice(entry, stem) === '.*' && slice(host, 0, stem + 1) === slice(entry, 0, stem + 1) && isEnding(slice(host, stem + 1))) return true;
  }
  return false;
}

function isEnding(text: string): boolean {
  const dot = indexOf(text, '.');
  if (dot < 0) return text !== '';
  return indexOf(' ac co com edu go gob gov ne net nom or org ', ` ${slice(text, 0, dot)} `) >= 0 && text.length === dot + 3;
}

function matches(entries: readonly string[], host: string): boolean {
  for (let index = 0; index < entries.length; index += 1) {
    const entry = entries[index] ?? '';
    if (startsWith(entry, '/') && expression(entry)?.(host) === true) return true;
  }
  return false;
}

const originOf = getter<string>(globalThis, 'origin');

/** The host of this document; of one without an address, the host that it belongs to. */
export function hostHere(): string {
  const { location } = globalThis;
  if (location.hostname !== '') return canonical(location.hostname);
  const origin = originOf === null ? globalThis.origin : originOf(globalThis);
  const around = origin === 'null' ? location.ancestorOrigins?.[0] : origin;
  try {
    return around === undefined || NativeURL === undefined ? '' : canonical(property<string>(NativeURL, 'hostname')(new NativeURL(around)));
  } catch {
    return '';
  }
}

function canonical(host: string): string {
  const lower = lowerCase(host);
  return slice(lower, -1) === '.' ? slice(lower, 0, -1) : lower;
}
