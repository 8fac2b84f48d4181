// An error that a stand-in threw, and that nobody caught, happened for the browser at the guard's own line.
// The page is told of it by another event, with the place of its own call.
import { lateProperty } from './late.js';
import { addListener, construct, dispatch, prevent, stopImmediate } from './primordials.js';
import { isOwnPlace, placeOf } from './trace.js';

const filenameOf = lateProperty<string>('filename');
const linenoOf = lateProperty<number>('lineno');
const colnoOf = lateProperty<number>('colno');
const errorOf = lateProperty<unknown>('error');
const messageOf = lateProperty<string>('message');

/** From now on in this realm. */
export function showPlaces(realm: typeof globalThis): void {
  const { ErrorEvent } = realm;
  if (typeof ErrorEvent !== 'function') return; // a worklet
  const target = realm as unknown as EventTarget;
  addListener(target, 'error', (event) => {
    try {
      if (!isOwnPlace(filenameOf(event), linenoOf(event), colnoOf(event))) return;
      const error = errorOf(event);
      const place = placeOf(error);
      if (place === null) return;
      stopImmediate(event);
      const told = construct(ErrorEvent, ['error', { __proto__: null, cancelable: true, message: messageOf(event), filename: place[0], lineno: place[1], colno: place[2], error }]) as Event;
      if (!dispatch(target, told)) prevent(event);
    } catch {
      // Of what could not be loaded, or without a trace.
    }
  }, true);
}
