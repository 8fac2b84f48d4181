// Promise: what a page does with its document has the same outcome as without the extension, whatever it
// inserts, moves, writes and takes out again, with frames and scripts in it: the same nodes, errors, records of
// observers and calls of custom elements, in the same order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, inEachBrowser, outcomeOf, type Host, type Stage } from './harness/index.js';

/** Steps by chance, told by the seed in the address. */
const page = html(`<!doctype html><body><div id="root"></div><script>
  const log = [];
  let seed = Number(new URLSearchParams(location.search).get('seed'));
  // The linear congruential generator of Numerical Recipes.
  const chance = (below) => (seed = (seed * 1664525 + 1013904223) >>> 0, (seed >>> 8) % below);
  const one = (of) => of[chance(of.length)];
  customElements.define('own-element', class extends HTMLElement {
    constructor() { super(); log.push('made'); }
    connectedCallback() { log.push('connected, frames: ' + frames.length); }
    disconnectedCallback() { log.push('disconnected'); }
    adoptedCallback() { log.push('adopted'); }
  });
  const root = document.getElementById('root');
  new MutationObserver((records) => {
    for (const { type, target, addedNodes, removedNodes, previousSibling } of records) log.push([type, target.nodeName, addedNodes.length, removedNodes.length, previousSibling?.nodeName].join());
  }).observe(root, { childList: true, subtree: true, characterData: true, attributes: true });

  const all = () => [root, ...root.querySelectorAll('*')];
  const any = () => one(all());
  const frame = () => root.querySelector('iframe');
  const other = document.implementation.createHTMLDocument('another');
  const element = () => {
    const made = one([document, document, document, other]).createElement(one(['div', 'iframe', 'own-element', 'span', 'script', 'object', 'p', 'template', 'li']));
    if (made.localName === 'iframe' && chance(3) === 0) made.srcdoc = '<p>a document';
    if (made.localName === 'script') made.text = 'log.push("script, frames: " + frames.length + " " + document.currentScript?.nodeName)';
    if (chance(3) === 0) made.append('text', document.createElement('iframe'));
    return made;
  };
  const fragment = () => {
    const made = document.createDocumentFragment();
    for (let left = chance(3) + 1; left > 0; left -= 1) made.append(element());
    return made;
  };
  const markup = () => one([
    '<b>text</b>', '<iframe></iframe>', '<own-element></own-element><i></i>', '<iframe srcdoc="<p>a document"></iframe>', 'text', '<object></object>', '<script>1</' + 'script>',
    '<table><tr><td><iframe></iframe>', '<select><option>one<option>two</select>', '<template><iframe></iframe></template>', '<svg><foreignObject><iframe></iframe></foreignObject></svg>',
    '<iframe src="about:blank"></iframe><iframe name="named"></iframe>',
  ]);
  const range = (act) => { const made = document.createRange(); made.selectNodeContents(any()); return act(made); };
  const steps = [
    () => any().appendChild(element()), () => any().append(element(), 'text', fragment()), () => any().prepend(fragment()), () => any().after(element()), () => any().before(fragment(), 'text'),
    () => { const parent = any(); return parent.insertBefore(element(), parent.firstChild); }, () => { const old = any(); return old.parentNode.replaceChild(element(), old); },
    () => any().replaceWith(element()), () => any().replaceChildren(element(), element()), () => any().remove(), () => any().removeChild(any()), () => any().appendChild(any()), () => any().moveBefore?.(any(), null),
    () => { any().innerHTML = markup(); }, () => { any().outerHTML = markup(); }, () => any().setHTMLUnsafe?.(markup()), () => { any().textContent = 'text'; }, () => any().setAttribute('srcdoc', '<i>'),
    () => any().insertAdjacentHTML(one(['beforebegin', 'afterbegin', 'beforeend', 'afterend', 'nowhere']), markup()), () => any().insertAdjacentElement(one(['beforebegin', 'afterbegin', 'beforeend', 'afterend']), element()),
    () => any().insertAdjacentText('beforeend', 'text'), () => document.adoptNode(element()), () => document.importNode(fragment(), true), () => any().appendChild(any().cloneNode(true)), () => root.normalize(),
    () => range((found) => found.insertNode(element())), () => range((found) => found.surroundContents(element())), () => range((found) => any().append(found.extractContents())),
    () => any().append(document.createRange().createContextualFragment(markup())), () => any().appendChild(new DOMParser().parseFromString(markup(), 'text/html').body.firstChild),
    () => any().attachShadow?.({ mode: 'open' }).append(element()), () => frame()?.contentDocument?.body?.append(element()), () => String(frame()?.contentWindow?.location?.href), () => frames[0]?.document.body?.appendChild(element()),
    () => { const inner = frame()?.contentDocument; inner?.open(); inner?.write('<p>written</p>'); inner?.close(); return inner?.body?.innerHTML; },
    () => (root.querySelector('table') ?? root.appendChild(document.createElement('table'))).insertRow().insertCell().appendChild(element()),
    () => { const chosen = root.querySelector('select'); chosen?.add(new Option('three')); return String(chosen?.options.length); },
    () => { const made = document.createElement('dialog'); made.append(element()); any().append(made); made.show(); },
    () => any().appendChild(null), () => any().append(Symbol()), () => any().insertBefore(element()), () => any().insertBefore(element(), any()),
  ];
  const told = (value) => value instanceof Node ? value.nodeName + ' ' + value.isConnected : String(value);
  (async () => {
    for (let count = 0; count < 400; count += 1) {
      const step = chance(steps.length);
      try { log.push(step + ' gives ' + told(steps[step]())); } catch (error) { log.push(step + ' throws ' + error.name + ': ' + error.message); }
      if (all().length > 120) root.replaceChildren();
      if (count % 7 !== 0) continue;
      // Documents of frames are there before what is asked of them next.
      await new Promise((done) => setTimeout(done, 30));
      log.push('frames: ' + frames.length + ', elements: ' + all().length + ', markup: ' + root.innerHTML.length);
    }
    window.outcome = JSON.stringify(log);
  })();
</script>`);
const hosts = (): Record<string, Host> => ({ 'alike.test': { pages: { '/': page } } });

const seeds = [1, 2, 3, 4];
const logs = new Map<string, readonly string[]>();

const log = (stage: Stage, seed: number): Promise<readonly string[]> => outcomeOf(stage, `https://alike.test/?seed=${seed}`, 60_000);

inEachBrowser('steps in a document without the extension', hosts, (stage) => {
  for (const seed of seeds) {
    test(`of seed ${seed}`, async () => {
      const found = await log(stage, seed);
      assert.ok(found.length > 500);
      logs.set(`${stage.name} ${seed}`, found);
    });
  }
}, { extension: false });

inEachBrowser('steps in a document', hosts, (stage) => {
  for (const seed of seeds) {
    test(`of seed ${seed} have the same outcome`, async (context) => {
      const before = logs.get(`${stage.name} ${seed}`);
      if (before === undefined) return context.skip('not taken without the extension');
      const now = await log(stage, seed);
      const at = before.findIndex((line, index) => line !== now[index]);
      assert.deepEqual(now.slice(Math.max(at - 3, 0), at + 3), before.slice(Math.max(at - 3, 0), at + 3));
      assert.equal(now.length, before.length);
    });
  }
});
