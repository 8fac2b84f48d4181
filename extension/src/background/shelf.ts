// Large values (texts of lists, compiled engines) in IndexedDB, under keys; several are written
// together or not at all.

export interface Shelf {
  get(key: string): Promise<unknown>;
  keys(): Promise<readonly string[]>;
  /** Writes and removes in one transaction: after a crash either all of it is there or nothing. */
  change(puts: ReadonlyMap<string, unknown>, removes?: readonly string[]): Promise<void>;
}

const database = 'lists';
const store = 'values';

export class IndexedShelf implements Shelf {
  #opening: Promise<IDBDatabase> | undefined;

  #open(): Promise<IDBDatabase> {
    this.#opening ??= new Promise<IDBDatabase>((done, failed) => {
      const request = indexedDB.open(database, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(store);
      request.onsuccess = () => {
        // Closed by the browser (storage was cleared, the disk failed): opened anew at the next need.
        request.result.onclose = () => (this.#opening = undefined);
        done(request.result);
      };
      request.onerror = () => failed(request.error ?? new Error('the database does not open'));
    }).catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async get(key: string): Promise<unknown> {
    return answer((await this.#open()).transaction(store).objectStore(store).get(key));
  }

  async keys(): Promise<readonly string[]> {
    const keys = await answer((await this.#open()).transaction(store).objectStore(store).getAllKeys());
    return keys.map(String);
  }

  async change(puts: ReadonlyMap<string, unknown>, removes: readonly string[] = []): Promise<void> {
    // Strict: reported as done only when it is on the disk.
    const transaction = (await this.#open()).transaction(store, 'readwrite', { durability: 'strict' });
    const values = transaction.objectStore(store);
    const done = new Promise<void>((good, bad) => {
      transaction.oncomplete = () => good();
      transaction.onabort = () => bad(transaction.error ?? new Error('the lists could not be written'));
    });
    for (const [key, value] of puts) values.put(value, key);
    for (const key of removes) values.delete(key);
    return done;
  }
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error ?? new Error('the lists could not be read'));
  });
}
