// What a test file needs, in one import.
export { Extension } from './extension.js';
export { inEachBrowser, names, open, outcomeOf, type Stage } from './each.js';
export { patience, pause, root, shot, until, type Browser, type Name, type Options, type Page } from './browser.js';
export { Pool, type Packing, type Share } from './pool.js';
export { World, around, bodyOf, html, js, sized, type Answer, type Handler, type Hit, type Host, type SocketHandler } from './world.js';
