// The channel that a build follows: NOMINE_CHANNEL, a folder's address, and NOMINE_CHANNEL_KEYS, minisign
// public keys. Both or none; what is wrong is said here, not by installations that never update.

/** A minisign public key: "Ed", eight bytes of its number, thirty-two of the key. */
const keyLength = 42;
/** As the engine looks at no more (`crate/engine/src/update/key.rs`). */
const mostKeys = 8;

export function channelSettings(environment) {
  const url = (environment.NOMINE_CHANNEL ?? '').trim();
  const keys = (environment.NOMINE_CHANNEL_KEYS ?? '').split(/[\s,]+/u).filter((key) => key !== '');
  if (url === '' && keys.length === 0) return { url, keys };
  if (url === '') throw new Error('NOMINE_CHANNEL_KEYS is set, but NOMINE_CHANNEL, the address of the channel, is not');
  if (keys.length === 0) throw new Error('NOMINE_CHANNEL is set, but NOMINE_CHANNEL_KEYS, the public keys of the channel, is not');
  checkAddress(url);
  if (keys.length > mostKeys) throw new Error(`NOMINE_CHANNEL_KEYS: ${keys.length} keys, at most ${mostKeys} are looked at`);
  for (const key of keys) checkKey(key);
  if (new Set(keys).size !== keys.length) throw new Error('NOMINE_CHANNEL_KEYS: a key is there twice');
  return { url, keys };
}

function checkAddress(url) {
  if (!URL.canParse(url)) throw new Error(`NOMINE_CHANNEL: “${url}” is no address`);
  const parsed = new URL(url);
  const local = parsed.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(parsed.hostname);
  if (parsed.protocol !== 'https:' && !local) throw new Error(`NOMINE_CHANNEL: “${url}” is not https: (http: only for this machine)`);
  if (parsed.username !== '' || parsed.password !== '') throw new Error('NOMINE_CHANNEL: an address with a name or a password is not fetched from');
  if (parsed.search !== '' || parsed.hash !== '') throw new Error(`NOMINE_CHANNEL: “${url}” is to be a folder, without ? and #`);
}

function checkKey(key) {
  const bytes = Buffer.from(key, 'base64');
  // Decoding passes over what is no base64, so it is compared with what it stands for.
  if (bytes.toString('base64') !== key || bytes.length !== keyLength || bytes.toString('latin1', 0, 2) !== 'Ed') {
    throw new Error(`NOMINE_CHANNEL_KEYS: “${key}” is no public key of minisign (the last line of a .pub file, 56 characters that begin with RW)`);
  }
}
