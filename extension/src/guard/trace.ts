// Errors that pass through the guard, as the page is to see them: without the guard's own lines in their
// stack traces.
import { lateProperty } from './late.js';
import {
  apply, defineProperty, deleteProperty, exec, functionToString, getOwnPropertyDescriptor, getPrototypeOf, indexOf, NativeError, NativeWeakMap, newline, setOwn, slice, weakGet, weakSet,
} from './primordials.js';

/**
 * A page's guard is a file of its own (Firefox names none for it). It is told by its form: a trace at the start
 * would cost Chromium a second compilation of everything.
 */
const ownLine = /(?:chrome|moz)-extension:\/\/[^/]+\/guard[a-z-]*\.js|@<anonymous code>:/u;

const inChromium = /^ +at (?:.*? \()?(.+?):(\d+):(\d+)\)?$/u;
const inFirefox = /^[^@]*@(.+):(\d+):(\d+)$/u;
/** File, line and column of a call, as a line of a trace ends. */
const placeIn = (line: string): RegExpExecArray | null => exec(BROWSER === 'chromium' ? inChromium : inFirefox, line);
const lineOf = (place: string): string => (BROWSER === 'chromium' ? ` at ${place}` : `@${place}`);

/** Whether a line of a trace is a call of the guard's own. */
function isOwn(line: string): boolean {
  // A scriptlet of its own knows of no settings at all.
  if (typeof NOMINE_SETTINGS === 'undefined') return exec(ownLine, line) !== null;
  // A worker's guard is the start of a first line, which the page's script may go on with.
  const found = placeIn(line);
  return found !== null && found[2] === '1' && found[1] === ownFile() && +(found[3] ?? 0) <= guardLength();
}

let file: string | null = null;
const ownFile = (): string => (file ??= placeIn(firstLine(traceHere()))?.[1] ?? '');

let length = 0;
/** Behind this, nothing is the guard's own: no directive before it is longer than what follows it. */
const guardLength = (): number => (length ||= functionToString(NOMINE_GUARD as (...args: never[]) => unknown).length);

/** What was thrown last and has no trace, and the trace of the call that it was thrown out of. */
let thrown: unknown;
let thrownAt = '';

/** The error without the guard's own lines in its stack trace. */
export function cleaned(error: unknown): unknown {
  try {
    const text = traceOf(error);
    const kept = withoutOwn(text);
    if (kept === text) return error;
    hold(error as object, 'stack', kept);
    if (BROWSER === 'firefox') setPlace(error as object, kept);
  } catch {
    remember(error);
  }
  return error;
}

function remember(error: unknown): void {
  thrown = error;
  thrownAt = '';
  try {
    thrownAt = withoutOwn(traceHere());
  } catch {
    // The stack is used up.
  }
}

/** Whether something happened at the guard's own line. */
export const isOwnPlace = (file: string, line: number, column: number): boolean => isOwn(lineOf(`${file}:${line}:${column}`));

/** File, line and column of the page's innermost call. */
export function placeOf(error: unknown): readonly string[] | null {
  let text: string;
  try {
    text = withoutOwn(traceOf(error));
  } catch {
    text = error === thrown ? thrownAt : '';
  }
  for (; text !== ''; text = slice(text, firstLine(text).length + 1)) {
    const found = placeIn(firstLine(text));
    if (found !== null) return [found[1] ?? '', found[2] ?? '', found[3] ?? ''];
  }
  return null;
}

function firstLine(text: string): string {
  const end = indexOf(text, newline);
  return end < 0 ? text : slice(text, 0, end);
}

function withoutOwn(text: string): string {
  let kept = '';
  for (let start = 0; start < text.length; ) {
    const line = firstLine(slice(text, start));
    if (!isOwn(line)) kept += slice(text, start, start + line.length + 1);
    start += line.length + 1;
  }
  return kept;
}

const hold = (error: object, name: string, value: unknown): boolean =>
  defineProperty(error, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true } as PropertyDescriptor);

/** Firefox: where it happened, for the page: at the first call that is its own. */
function setPlace(error: object, stack: string): void {
  const found = placeIn(firstLine(stack));
  if (found === null) return;
  hold(error, getOwnPropertyDescriptor(error, 'fileName') === undefined ? 'filename' : 'fileName', found[1]);
  hold(error, 'lineNumber', +(found[2] ?? 0));
  hold(error, 'columnNumber', +(found[3] ?? 0));
}

/** The stack trace, made without the guard's own calls where the page makes it itself (Chromium); throws where there is none. */
function traceOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) throw new NativeError();
  const owner = BROWSER === 'chromium' ? makerOf(error) : NativeError;
  const found = BROWSER === 'chromium' ? getOwnPropertyDescriptor(owner, 'prepareStackTrace') : undefined;
  const own: unknown = found?.get === undefined ? found?.value : apply(found.get, owner, []);
  let stack: unknown;
  const read = (): void => {
    stack = readStack(error);
  };
  if (typeof own !== 'function') read();
  else withTracesBy(owner, (made, calls) => apply(own as (...args: never[]) => unknown, owner, [made, callsOfPage(calls)] as never[]), read);
  if (typeof stack !== 'string') throw new NativeError();
  return stack;
}

/** The trace of the moment; the page does not make it. */
function traceHere(): string {
  if (BROWSER === 'firefox') return nativeStack(new NativeError()) as string;
  let text = '';
  const make = (_: unknown, calls: readonly Call[]): void => {
    for (let index = 0; index < calls.length; index += 1) text += lineOf(placeOfCall(calls[index] as Call)) + newline;
  };
  withTracesBy(NativeError, make, () => new NativeError().stack);
  return text;
}

/** Chromium: does something while traces are made by this; as ever where the page does not let us. */
function withTracesBy(owner: ErrorConstructor, make: (made: unknown, calls: readonly Call[]) => unknown, act: () => void): void {
  const before = getOwnPropertyDescriptor(owner, 'prepareStackTrace');
  const isOpen = before === undefined || before.configurable === true;
  if (isOpen) defineProperty(owner, 'prepareStackTrace', { __proto__: null, writable: true, enumerable: before === undefined || before.enumerable === true, configurable: true, value: make } as PropertyDescriptor);
  try {
    act();
  } finally {
    if (before === undefined) deleteProperty(owner, 'prepareStackTrace');
    else if (isOpen) defineProperty(owner, 'prepareStackTrace', { __proto__: null, ...before } as PropertyDescriptor);
  }
}

/** What makes the errors of each realm that is guarded, by what they all inherit from. */
const makers = new NativeWeakMap<object, ErrorConstructor>();
export function knowErrors({ Error }: { readonly Error: ErrorConstructor }): void {
  weakSet(makers, Error.prototype, Error);
}
function makerOf(error: object): ErrorConstructor {
  for (let at: object | null = error, left = 8; at !== null && left > 0; at = getPrototypeOf(at), left -= 1) {
    const found = weakGet(makers, at);
    if (found !== undefined) return found;
  }
  return NativeError;
}

/** Firefox: of errors of both kinds. */
const nativeStack = (error: object): unknown => lateProperty<unknown>('stack')(error);

function readStack(error: object): unknown {
  const own = getOwnPropertyDescriptor(error, 'stack');
  if (own === undefined) return nativeStack(error);
  return own.get === undefined ? (own.value as unknown) : apply(own.get, error, []);
}

interface Call {
  getFileName(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
}

const placeOfCall = (call: Call): string => `${call.getFileName()}:${call.getLineNumber()}:${call.getColumnNumber()}`;

function callsOfPage(calls: readonly Call[]): readonly Call[] {
  const kept: Call[] = [];
  for (let index = 0; index < calls.length; index += 1) {
    const call = calls[index] as Call;
    if (!isOwn(lineOf(placeOfCall(call)))) setOwn(kept, kept.length, call);
  }
  return kept;
}
