// Where the guard starts, in a page or in a worker.
import { PageChannel, WorkerChannel } from './channel.js';
import { hideIn } from './disguise.js';
import { Guard } from './guard.js';
import { load, resolveFrom, showAddress, takeToken } from './scope.js';
import { ofDocument, ofWorker } from './surroundings.js';
import { guardWasm } from './wasm.js';
import { words, Workers } from './worker.js';
import type { Settings } from './settings.js';

function inPage(): void {
  const guard = new Guard(new PageChannel(window, document));
  hideIn(globalThis);
  guardWasm(globalThis, guard);
  if (typeof Worker === 'function') new Workers(globalThis, guard, ofDocument(globalThis));
}

function inWorker(settings: Settings): void {
  const scope = globalThis;
  const token = takeToken(scope, settings);
  const channel = new WorkerChannel(scope, settings, token);
  const guard = new Guard(channel);
  const own = settings.href === '' ? (scope.location?.href ?? '') : settings.href;
  hideIn(scope);
  guardWasm(scope, guard);
  guard.onMiner(() => channel.say(words.alarm, ''));
  if (typeof scope.Worker === 'function') new Workers(scope, guard, ofWorker(own, settings.kind === 'loader'));
  if (settings.href !== '' && scope.location !== undefined) showAddress(scope, settings.href);
  if (settings.kind === 'loader') {
    resolveFrom(scope, own);
    load(scope, own);
  }
}

if (NOMINE_SETTINGS === undefined) inPage();
else inWorker(NOMINE_SETTINGS);
