// inspector.wasm in the background, for what passes on the wire, and for pages whose policy lets no inspector in.
import { browser } from '../shared/browser.js';
import type { Evidence } from '../shared/model.js';

interface Exports {
  readonly memory: WebAssembly.Memory;
  load_signatures(length: number): number;
  reserve(length: number): number;
  inspect(kind: number, length: number): number;
  conversation_open(): number;
  conversation_message(id: number, direction: number, length: number, now: number): number;
  conversation_close(id: number): void;
  result_ptr(): number;
  result_len(): number;
}

export interface Verdict {
  readonly outcome: 'allow' | 'watch' | 'block';
  readonly family: string;
  readonly algorithm: string;
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
  /** SHA-256 of what was inspected. */
  readonly content?: string;
}

export const kinds = { module: 0, script: 1, shader: 2 } as const;
const outcomes = ['allow', 'watch', 'block'] as const;
const innocent: Verdict = { outcome: 'allow', family: '', algorithm: '', confidence: 0, evidence: [] };

let opening: Promise<Exports | null> | null = null;
let text: Promise<string> | null = null;
let signatures = '';
/** Conversations that are followed for pages, by their names there; the oldest first. */
const conversations = new Map<string, number>();
const mostConversations = 64;

/** Signatures in base64 that take the place of the built-in ones; empty: those. */
export function useSignatures(encoded: string): void {
  if (encoded === signatures) return;
  signatures = encoded;
  forget();
}

/** The next question opens another one. */
function forget(): void {
  opening = null;
  conversations.clear();
}

/** What a guard needs to open the inspector: inspector.wasm in base64, and signatures behind a `!`. */
export async function payload(): Promise<string> {
  const module = await base64();
  return module === '' || signatures === '' ? module : `${module}!${signatures}`;
}

/** inspector.wasm in base64; empty where the build has none. */
export function base64(): Promise<string> {
  text ??= fetch(browser.runtime.getURL('inspector.b64')).then(
    (response) => (response.ok ? response.text() : ''),
    () => '',
  );
  return text;
}

async function open(): Promise<Exports | null> {
  const encoded = await base64();
  if (encoded === '') return null;
  const { instance } = await WebAssembly.instantiate(bytesOf(encoded));
  const wasm = instance.exports as unknown as Exports;
  if (signatures !== '') {
    const bytes = bytesOf(signatures);
    const at = wasm.reserve(bytes.length);
    new Uint8Array(wasm.memory.buffer, at, bytes.length).set(bytes);
    wasm.load_signatures(bytes.length);
  }
  return wasm;
}

function bytesOf(encoded: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
}

export function inspect(kind: (typeof kinds)[keyof typeof kinds], bytes: Uint8Array): Promise<Verdict> {
  return ask(bytes, (wasm) => wasm.inspect(kind, bytes.length));
}

/** The next message of a conversation that goes by this name. */
export function converse(name: string, outgoing: boolean, text: string): Promise<Verdict> {
  const bytes = new TextEncoder().encode(text);
  return ask(bytes, (wasm) => wasm.conversation_message(conversation(wasm, name), outgoing ? 1 : 0, bytes.length, Date.now()));
}

function conversation(wasm: Exports, name: string): number {
  const known = conversations.get(name);
  if (known !== undefined) return known;
  const [oldest] = conversations;
  if (oldest !== undefined && conversations.size >= mostConversations) {
    wasm.conversation_close(oldest[1]);
    conversations.delete(oldest[0]);
  }
  const opened = wasm.conversation_open();
  conversations.set(name, opened);
  return opened;
}

async function ask(bytes: Uint8Array, question: (wasm: Exports) => number): Promise<Verdict> {
  try {
    const wasm = await (opening ??= open());
    if (wasm === null) return innocent;
    const at = wasm.reserve(bytes.length);
    if (at === 0 && bytes.length > 0) return innocent;
    new Uint8Array(wasm.memory.buffer, at, bytes.length).set(bytes);
    const outcome = outcomes[question(wasm)] ?? 'allow';
    if (outcome === 'allow') return innocent;
    const json = new TextDecoder().decode(new Uint8Array(wasm.memory.buffer, wasm.result_ptr(), wasm.result_len()));
    return { ...innocent, ...(JSON.parse(json) as Partial<Verdict>), outcome };
  } catch {
    forget(); // a trap: that instance is spent
    return innocent;
  }
}
