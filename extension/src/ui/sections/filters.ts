// A person's own filters, checked while they are written: the whole text, for this very browser, with a
// mark beside each line that is not wholly in force; and whether an address would be stopped.
import type { Checked, LineProblem, Tested } from '../../shared/model.js';
import { ask, words } from '../parts/ask.js';
import { choices, find, make } from '../parts/dom.js';
import { lines } from '../parts/lines.js';
import { number, text } from '../parts/text.js';

const area = find('own-text', HTMLTextAreaElement);
const marks = find('own-marks', HTMLElement);
const problems = find('own-problems', HTMLElement);
const summary = find('own-summary', HTMLElement);
const message = find('own-message', HTMLElement);
const url = find('test-url', HTMLInputElement);
const from = find('test-from', HTMLInputElement);
const kind = find('test-kind', HTMLSelectElement);
const answer = find('test-answer', HTMLElement);

/** As browsers call them. */
const kinds = ['script', 'websocket', 'xmlhttprequest', 'main_frame', 'popup', 'sub_frame', 'image', 'other'] as const;
const pause = 250;
/** As `options.css` has it for the text and its marks. */
const lineHeight = 20;
const padding = 10;
/** Lines that are named below the text; all of them have their mark beside it. */
const mostNamed = 200;

let waiting: ReturnType<typeof setTimeout> | undefined;
/** One check at a time, so that none piles up behind a large text: `again` says that it changed meanwhile. */
let checking = false;
let again = false;
/** The worst that is to be said of each line. */
let wrong = new Map<number, LineProblem>();

export function start(): void {
  choices(kind, kinds.map((name) => [name, text(`kind_${name}`)]), 'script');
  area.addEventListener('input', () => {
    message.textContent = '';
    drawMarks();
    clearTimeout(waiting);
    waiting = setTimeout(() => void check(), pause);
  });
  area.addEventListener('scroll', drawMarks);
  new ResizeObserver(drawMarks).observe(area);
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
  again = checking;
  if (checking) return;
  checking = true;
  try {
    const asked = area.value;
    const found = await ask('own.check', { text: asked });
    if (area.value === asked) draw(found);
  } catch (error) {
    summary.textContent = words(error);
  } finally {
    checking = false;
  }
  if (again) await check();
}

function draw({ inForce, problems: found }: Checked): void {
  wrong = new Map();
  for (const one of found) if (!wrong.has(one.line) || !one.partly) wrong.set(one.line, one);
  const partly = [...wrong.values()].filter((one) => one.partly).length;
  const off = wrong.size - partly;
  summary.textContent = area.value.trim() === '' ? '' : wrong.size === 0 ? text('own_good') : text('own_summary', number(inForce), number(partly), number(off));
  problems.replaceChildren(...lines(found.slice(0, mostNamed), Math.max(0, found.length - mostNamed)));
  drawMarks();
}

/** Numbers and marks of the lines that are in view. */
function drawMarks(): void {
  const count = area.value.split('\n').length;
  const first = Math.max(1, Math.floor((area.scrollTop - padding) / lineHeight) + 1);
  const last = Math.min(count, first + Math.ceil(area.clientHeight / lineHeight) + 1);
  const rows: Node[] = [];
  for (let line = first; line <= last; line += 1) {
    const found = wrong.get(line);
    const mark = found === undefined ? '' : found.partly ? '◐ ' : '✕ ';
    const row = make('span', { class: found === undefined ? '' : found.partly ? 'partly' : 'off', ...(found !== undefined && { title: found.reason }) }, `${mark}${line}`);
    row.style.top = `${padding + (line - 1) * lineHeight - area.scrollTop}px`;
    rows.push(row);
  }
  marks.replaceChildren(...rows);
}

async function save(): Promise<void> {
  try {
    draw(await ask('own.set', { text: area.value }));
    message.textContent = text('own_saved');
  } catch (error) {
    message.textContent = words(error);
  }
}

async function test(): Promise<void> {
  const address = url.value.trim();
  if (address === '') return;
  try {
    answer.textContent = told(await ask('lists.test', { url: address, from: from.value.trim(), kind: kind.value }));
  } catch (error) {
    answer.textContent = words(error);
  }
}

function told({ blocked, by, list, filter, but, detail }: Tested): string {
  if (by === '') return text('test_free');
  const stops = by === 'list' ? text('test_blocked', filter, list) : text(`test_${by}`);
  return blocked ? stops : `${text(`test_but_${but}`, detail)} ${text('test_otherwise', stops)}`;
}
