// Text and its bytes. The platform's coders are made when they are first needed.
import { lateClass, lateMethod } from './late.js';
import { arrayLength, atob, bytesOfBinary, charCodeAt, fromCharCode, NativeError } from './primordials.js';

let encoder: object | undefined;
let decoder: object | undefined;
const encodeInto = lateMethod<object, [string, Uint8Array], TextEncoderEncodeIntoResult>('encodeInto');
const decode = lateMethod<object, [Uint8Array], string>('decode');

function made(name: string): object {
  const Type = lateClass(name);
  if (Type === undefined) throw new NativeError('not in this scope');
  return new Type();
}

/** Writes UTF-8 and answers how many bytes; where there is no encoder (worklets, or the page took it away), each unit as itself or as a question mark. */
export function writeText(text: string, into: Uint8Array): number {
  try {
    return encodeInto((encoder ??= made('TextEncoder')), text, into).written;
  } catch {
    // There is none.
  }
  for (let index = 0; index < text.length; index += 1) {
    const code = charCodeAt(text, index);
    into[index] = code < 128 ? code : 63;
  }
  return text.length;
}

export function readText(bytes: Uint8Array): string {
  try {
    return decode((decoder ??= made('TextDecoder')), bytes);
  } catch {
    // There is none.
  }
  let text = '';
  for (let index = 0; index < arrayLength(bytes); index += 1) text += fromCharCode(bytes[index] ?? 0);
  return text;
}

/** Forgiving base64 of text that came as bytes; null where it is none. */
export function decodeBase64(text: Uint8Array): Uint8Array | null {
  try {
    return bytesOfBinary(atob(readText(text)));
  } catch {
    return null;
  }
}
