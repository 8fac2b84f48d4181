// A person's own filters, checked while they are written; and whether an address would be stopped.
import type { LineProblem } from '../../shared/model.js';
import { ask } from '../parts/ask.js';
import { choices, find, make } from '../parts/dom.js';
import { text } from '../parts/text.js';

const area = find('own-text', HTMLTextAreaElement);
const problems = find('own-problems', HTMLElement);
const message = find('own-message', HTMLElement);
const url = find('test-url', HTMLInputElement);
const from = find('test-from', HTMLInputElement);
const kind = find('test-kind', HTMLSelectElement);
const answer = find('test-answer', HTMLElement);

/** As browsers call them. */
const kinds = ['script', 'websocket', 'xmlhttprequest', 'main_frame', 'sub_frame', 'image', 'other'] as const;
const pause = 250;
let waiting: ReturnType<typeof setTimeout> | undefined;
let asked = 0;

export function start(): void {
  choices(kind, kinds.map((name) => [name, name]), 'script');
  area.addEventListener('input', () => {
    message.textContent = '';
    clearTimeout(waiting);
    waiting = setTimeout(() => void check(), pause);
  });
  find('own-save', HTMLButtonElement).addEventListener('click', () => void save());
  find('test', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void test();
  });
}

export async function show(): Promise<void> {
  if (area.value === '') {
    const { text: kept } = await ask('own.get', {});
    // Unless something was written meanwhile.
    if (area.value === '') area.value = kept;
  }
  await check();
}

async function check(): Promise<void> {
  const number = (asked += 1);
  const found = await ask('own.check', { text: area.value });
  // Only the answer about what is there now.
  if (number === asked) draw(found.problems);
}

function draw(found: readonly LineProblem[]): void {
  const lines = found.map(({ line, text: written, reason }) => make('li', {}, `${text('list_line', line)}: `, make('code', {}, written), ` – ${reason}`));
  problems.replaceChildren(...(lines.length > 0 || area.value.trim() === '' ? lines : [make('li', { class: 'soft' }, text('own_good'))]));
}

async function save(): Promise<void> {
  try {
    draw((await ask('own.set', { text: area.value })).problems);
    message.textContent = text('own_saved');
  } catch (error) {
    message.textContent = error instanceof Error ? error.message : String(error);
  }
}

async function test(): Promise<void> {
  const address = url.value.trim();
  if (address === '') return;
  const found = await ask('lists.test', { url: /^[a-z]+:/iu.test(address) ? address : `https://${address}/`, from: from.value.trim(), kind: kind.value });
  answer.textContent = found.blocked ? text('test_blocked', found.filter, found.list) : text('test_free');
}
