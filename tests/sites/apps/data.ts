// Databases, shared documents and compression.
import type { App } from './app.js';

export const data: readonly App[] = [
  {
    name: 'sql.js',
    script: 'sql.js/dist/sql-wasm.js',
    code: `const SQL = await initSqlJs({ locateFile: (file) => '/m/sql.js/dist/' + file });
      const db = new SQL.Database();
      db.run('create table t (n); insert into t values (1), (20), (21)');
      return db.exec('select sum(n), count(*) from t')[0].values;`,
    expect: '[[42,3]]',
  },
  {
    name: 'duckdb-wasm',
    bundle: true,
    code: `import * as duckdb from '@duckdb/duckdb-wasm';
      const base = location.origin + '/m/@duckdb/duckdb-wasm/dist/';
      const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), new Worker(base + 'duckdb-browser-mvp.worker.js'));
      await db.instantiate(base + 'duckdb-mvp.wasm');
      const connection = await db.connect();
      const table = await connection.query('select sum(i)::int as total from range(10) t(i)');
      result(table.toArray().map((row) => row.toJSON()));`,
    expect: '"total":45',
  },
  {
    name: 'sqlite-wasm',
    code: `const { default: init } = await import('/m/@sqlite.org/sqlite-wasm/sqlite-wasm/jswasm/sqlite3.mjs');
      const { oo1 } = await init({ print() {}, printErr() {} });
      return new oo1.DB().selectValue('select 40 + 2');`,
    expect: '42',
  },
  {
    name: 'pglite',
    code: `const { PGlite } = await import('/m/@electric-sql/pglite/dist/index.js');
      return (await new PGlite().query('select 40 + 2 as answer')).rows;`,
    expect: '"answer":42',
  },
  {
    name: 'automerge',
    bundle: true,
    code: `import * as Automerge from '@automerge/automerge/slim';
      import { automergeWasmBase64 } from '@automerge/automerge/automerge.wasm.base64';
      await Automerge.initializeBase64Wasm(automergeWasmBase64);
      const first = Automerge.from({ words: ['forty'] });
      const second = Automerge.change(Automerge.clone(first), (draft) => { draft.words.push('two'); });
      const other = Automerge.change(first, (draft) => { draft.count = 42; });
      result(Automerge.merge(other, second));`,
    expect: '["forty","two"]',
  },
  {
    name: 'yjs',
    bundle: true,
    code: `import * as Y from 'yjs';
      const [here, there] = [new Y.Doc(), new Y.Doc()];
      here.on('update', (update) => Y.applyUpdate(there, update));
      here.getText('t').insert(0, 'two'); here.getText('t').insert(0, 'forty ');
      result(there.getText('t').toString());`,
    expect: 'forty two',
  },
  {
    name: 'fflate',
    script: 'fflate/umd/index.js',
    // Its workers are made from the library's own functions, as text in a Blob.
    code: `const large = new Uint8Array(900_000).map((_, index) => index % 251);
      const call = (name, value) => new Promise((done, failed) => fflate[name](value, (error, made) => error ? failed(error) : done(made)));
      const files = await call('unzip', await call('zip', { 'a.bin': large, 'b.txt': fflate.strToU8('forty two') }));
      return [fflate.strFromU8(files['b.txt']), files['a.bin'].length, files['a.bin'][250]];`,
    expect: '["forty two",900000,250]',
  },
  {
    name: 'zip.js',
    bundle: true,
    code: `import { BlobReader, BlobWriter, TextReader, TextWriter, ZipReader, ZipWriter } from '@zip.js/zip.js';
      const writer = new ZipWriter(new BlobWriter('application/zip'));
      await writer.add('b.txt', new TextReader('forty two '.repeat(5000)));
      const [entry] = await new ZipReader(new BlobReader(await writer.close())).getEntries();
      const text = await entry.getData(new TextWriter());
      result([entry.filename, text.length, text.slice(0, 9)]);`,
    expect: '50000,"forty two"',
  },
  {
    name: 'zstd',
    bundle: true,
    code: `import { compress, decompress, init } from '@bokuweb/zstd-wasm';
      await init('/m/@bokuweb/zstd-wasm/dist/web/zstd.wasm');
      const small = compress(new TextEncoder().encode('forty two '.repeat(1000)), 10);
      result([small.length, new TextDecoder().decode(decompress(small)).slice(0, 9)]);`,
    expect: 'forty two',
  },
  {
    name: 'brotli',
    code: `const brotli = await (await import('/m/brotli-wasm/index.web.js')).default;
      const small = brotli.compress(new TextEncoder().encode('forty two '.repeat(1000)));
      return [small.length, new TextDecoder().decode(brotli.decompress(small)).slice(0, 9)];`,
    expect: 'forty two',
  },
];
