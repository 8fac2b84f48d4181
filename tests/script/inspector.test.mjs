// The built inspector.wasm by its plain interface: a miner's script, shader and messages are
// blocked with reasons, everyday ones are not, and nonsense is answered, not thrown.
// By itself: ./build.sh build && node --test tests/script (or INSPECTOR=path).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './inspector.mjs';

const path = process.env.INSPECTOR ?? 'dist/wasm/inspector.wasm';

test('imports nothing', () => {
  const inspector = load(path);
  for (const name of ['memory', 'reserve', 'load_signatures', 'inspect', 'conversation_open',
    'conversation_message', 'conversation_close', 'result_ptr', 'result_len'])
    assert.ok(name in inspector.exports, name);
});

test('judges scripts', () => {
  const inspector = load(path);
  assert.equal(inspector.inspect('script', "new CoinHive.Anonymous('k',{throttle:.2}).start()"), 'block');
  const verdict = inspector.result();
  assert.equal(verdict.outcome, 'block');
  assert.ok(verdict.evidence.length > 0 && verdict.evidence[0].detail.length > 0);
  assert.equal(inspector.inspect('script', 'document.title = "hello"'), 'allow');
  assert.equal(inspector.inspect('script', '\ud800 lone surrogate'), 'allow');
});

test('judges shaders and modules', () => {
  const inspector = load(path);
  const constants = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6, 0xc3d2e1f0];
  assert.equal(inspector.inspect('shader', `uint k[]={${constants.join('u,')}u}; uint nonce; if (h < target) {}`), 'block');
  assert.equal(inspector.inspect('shader', 'void main(){gl_FragColor=vec4(1.);}'), 'allow');
  assert.equal(inspector.inspect('module', new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])), 'allow');
  assert.equal(inspector.inspect('module', new Uint8Array([1, 2, 3])), 'allow');
});

test('follows conversations', () => {
  const inspector = load(path);
  const pool = inspector.open();
  const chat = inspector.open();
  assert.notEqual(pool, chat);
  assert.equal(inspector.message(chat, 'out', '{"type":"hello"}', 0), 'allow');
  assert.equal(inspector.message(pool, 'out', '{"id":1,"method":"mining.subscribe","params":[]}', 1), 'block');
  assert.equal(inspector.message(chat, 'in', '{"type":"welcome"}', 2), 'allow');
  inspector.close(pool);
  assert.equal(inspector.message(pool, 'in', 'x', 3), 'allow');
  assert.match(inspector.result().not_inspected, /unknown conversation/);
});

test('refuses damaged signatures and keeps the old ones', () => {
  const inspector = load(path);
  assert.equal(inspector.loadSignatures(new Uint8Array([78, 77, 83, 71, 1, 0])), false);
  assert.equal(inspector.inspect('script', "new CoinHive.Anonymous('k')"), 'block');
});
