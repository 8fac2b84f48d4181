// Settings of the build for a channel: what would make installations that never update is an error here.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { channelSettings } from './channel.mjs';

const key = (fill: number): string => Buffer.concat([Buffer.from('Ed'), Buffer.alloc(40, fill)]).toString('base64');
const url = 'https://lists.example.org/nomine/';
const settings = (address?: string, keys?: string): ReturnType<typeof channelSettings> => channelSettings({ NOMINE_CHANNEL: address, NOMINE_CHANNEL_KEYS: keys });

describe('the channel of a build', () => {
  test('is what the environment says, or none', () => {
    assert.deepEqual(settings(), { url: '', keys: [] });
    assert.deepEqual(settings(url, `${key(1)},\n ${key(2)}`), { url, keys: [key(1), key(2)] });
    assert.equal(settings('http://127.0.0.1:8791/', key(1)).url, 'http://127.0.0.1:8791/');
  });

  const wrong: readonly (readonly [string | undefined, string | undefined, RegExp])[] = [
    [url, undefined, /NOMINE_CHANNEL_KEYS, the public keys of the channel, is not/u],
    [undefined, key(1), /NOMINE_CHANNEL, the address of the channel, is not/u],
    ['lists.example.org', key(1), /is no address/u],
    ['http://lists.example.org/', key(1), /is not https/u],
    ['ftp://lists.example.org/', key(1), /is not https/u],
    ['https://me:secret@lists.example.org/', key(1), /a name or a password/u],
    [`${url}?v=1`, key(1), /to be a folder/u],
    [url, 'channel.pub', /“channel\.pub” is no public key of minisign/u],
    [url, key(1).slice(0, -4), /is no public key/u],
    [url, key(1).replace('R', 'S'), /is no public key/u],
    [url, `${key(1)}!`, /is no public key/u],
    [url, `${key(1)} ${key(1)}`, /twice/u],
    [url, Array.from({ length: 9 }, (_, index) => key(index)).join(), /at most 8/u],
  ];
  for (const [address, keys, words] of wrong) test(`${address ?? 'no address'} with ${keys?.slice(0, 20) ?? 'no key'}: ${words.source}`, () => assert.throws(() => settings(address, keys), words));

  test('that is wrong ends the build with those words, before anything is written', () => {
    const { status, stderr } = spawnSync(process.execPath, ['extension/build.mjs'], { encoding: 'utf8', env: { ...process.env, NOMINE_CHANNEL: url, NOMINE_CHANNEL_KEYS: 'nonsense' } });
    assert.equal(status, 1);
    assert.match(stderr, /^extension: NOMINE_CHANNEL_KEYS: “nonsense” is no public key of minisign[^\n]*\n$/u);
  });
});
