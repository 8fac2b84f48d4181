// Hashing, encryption, wallets and proof-of-work captchas: the closest to a miner that is none.
import type { App } from './app.js';

export const crypto: readonly App[] = [
  {
    name: 'hash-wasm',
    script: 'hash-wasm/dist/index.umd.min.js',
    code: `const salt = new Uint8Array(16).fill(7);
      return [await hashwasm.sha256('nomine'), await hashwasm.blake3('nomine'), await hashwasm.keccak('nomine'),
        await hashwasm.argon2id({ password: 'p', salt, parallelism: 1, iterations: 2, memorySize: 1024, hashLength: 32 }),
        await hashwasm.scrypt({ password: 'p', salt, costFactor: 1024, blockSize: 8, parallelism: 1, hashLength: 32 })];`,
    expect: '"',
  },
  {
    name: 'libsodium',
    bundle: true,
    code: `import sodium from 'libsodium-wrappers';
      await sodium.ready;
      const key = sodium.crypto_generichash(32, 'key');
      const nonce = new Uint8Array(sodium.crypto_secretbox_NONCEBYTES);
      const box = sodium.crypto_secretbox_easy('forty two', nonce, key);
      result({ box: sodium.to_hex(box), open: sodium.to_string(sodium.crypto_secretbox_open_easy(box, nonce, key)) });`,
    expect: 'forty two',
  },
  {
    name: 'openpgp',
    script: 'openpgp/dist/openpgp.min.js',
    code: `const message = await openpgp.createMessage({ text: 'forty two' });
      const armored = await openpgp.encrypt({ message, passwords: ['secret'], config: { s2kType: openpgp.enums.s2k.argon2 } });
      const opened = await openpgp.decrypt({ message: await openpgp.readMessage({ armoredMessage: armored }), passwords: ['secret'] });
      return opened.data;`,
    expect: 'forty two',
  },
  {
    name: 'argon2-browser',
    script: 'argon2-browser/dist/argon2-bundled.min.js',
    code: `return (await argon2.hash({ pass: 'password', salt: 'somesaltsomesalt', time: 2, mem: 4096, hashLen: 32, type: argon2.ArgonType.Argon2id })).encoded;`,
    expect: '$argon2id$',
  },
  {
    name: 'age-encryption',
    bundle: true,
    code: `import { Decrypter, Encrypter } from 'age-encryption';
      const lock = new Encrypter();
      lock.setScryptWorkFactor(12);
      lock.setPassphrase('light original energy');
      const open = new Decrypter();
      open.addPassphrase('light original energy');
      result(await open.decrypt(await lock.encrypt('forty two'), 'text'));`,
    expect: 'forty two',
  },
  {
    name: 'ethers',
    bundle: true,
    code: `import { Wallet, encryptKeystoreJson } from 'ethers';
      const wallet = new Wallet('0x' + '11'.repeat(32));
      const kept = await encryptKeystoreJson({ address: wallet.address, privateKey: wallet.privateKey }, 'secret', { scrypt: { N: 8192, r: 8, p: 1 } });
      const back = await Wallet.fromEncryptedJson(kept, 'secret');
      result({ address: back.address, signed: (await back.signMessage('forty two')).length });`,
    expect: '"address":"0x',
  },
  {
    name: 'altcha',
    bundle: true,
    code: `import 'altcha';
      const salt = 'aa'.repeat(12), number = 4242;
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(salt + number));
      const challenge = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      const widget = document.createElement('altcha-widget');
      widget.addEventListener('statechange', ({ detail }) => {
        if (detail.state === 'verified') result(JSON.parse(atob(detail.payload)).number);
        if (detail.state === 'error') result({ error: 'not solved' });
      });
      widget.setAttribute('challenge', JSON.stringify({ algorithm: 'SHA-256', challenge, salt, maxnumber: 20000, signature: 'none' }));
      widget.setAttribute('auto', 'onload');
      document.body.append(widget);`,
    expect: '4242',
  },
  {
    name: 'friendly-challenge',
    // A puzzle of four small parts, in the client's own layout. It refuses to work in driven browsers.
    answers: { puzzle: JSON.stringify({ data: { puzzle: `signature.${Buffer.from([...Array<number>(12).fill(0), 1, 12, 4, 60, ...Array<number>(16).fill(0)]).toString('base64')}` } }) },
    code: `const like = { webdriver: false, userAgent: navigator.userAgent.replace('Headless', ''), appVersion: navigator.appVersion.replace('Headless', '') };
      for (const [name, value] of Object.entries(like)) Object.defineProperty(navigator, name, { value });
      const { WidgetInstance } = await import('/m/friendly-challenge/index.js');
      const element = document.body.appendChild(Object.assign(document.createElement('div'), { className: 'frc-captcha' }));
      return new Promise((result) => new WidgetInstance(element, {
        sitekey: 'none', startMode: 'auto',
        puzzleEndpoint: location.origin + '/puzzle',
        doneCallback: (solution) => result({ done: solution.split('.')[0], parts: atob(solution.split('.')[2]).length / 8 }),
        errorCallback: (error) => result({ error: String(error?.description ?? error) }),
      }));`,
    expect: '{"done":"signature","parts":4}',
  },
];
