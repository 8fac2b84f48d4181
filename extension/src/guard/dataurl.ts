// data: addresses of scripts, read as the Fetch standard's "data: URL processor" does.
import { charCodeAt, indexOf, lowerCase, NativeUint8Array, slice, subarray, trim } from './primordials.js';
import { decodeBase64, readText } from './text.js';

export interface DataScript {
  /** Everything between `data:` and the comma, without `;base64`. */
  readonly type: string;
  readonly text: string;
}

/** Null for an address that the platform would refuse. */
export function readData(url: string): DataScript | null {
  const comma = indexOf(url, ',');
  if (comma < 0) return null;
  let type = slice(url, 5, comma);
  const hash = indexOf(url, '#');
  const body = percentDecoded(hash < 0 ? slice(url, comma + 1) : slice(url, comma + 1, hash));
  const last = lastSemicolon(type);
  if (last >= 0 && lowerCase(trim(slice(type, last + 1))) === 'base64') {
    type = slice(type, 0, last);
    const bytes = decodeBase64(body);
    return bytes === null ? null : { type, text: readText(bytes) };
  }
  return { type, text: readText(body) };
}

function lastSemicolon(text: string): number {
  for (let index = text.length - 1; index >= 0; index -= 1) if (charCodeAt(text, index) === 0x3b) return index;
  return -1;
}

function percentDecoded(text: string): Uint8Array {
  const bytes = new NativeUint8Array(text.length * 3);
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = charCodeAt(text, index);
    const high = code === 0x25 ? digit(charCodeAt(text, index + 1)) : -1;
    const low = high < 0 ? -1 : digit(charCodeAt(text, index + 2));
    if (low >= 0) {
      bytes[length] = high * 16 + low;
      index += 2;
    } else bytes[length] = code; // a serialised URL is ASCII
    length += 1;
  }
  return subarray(bytes, 0, length);
}

function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
