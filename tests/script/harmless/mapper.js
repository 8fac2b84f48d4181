// Tiles of a map, drawn by workers, one per processor.
const workers = Array.from({ length: navigator.hardwareConcurrency }, () => new Worker('tile.js'));
const waiting = new Map();
let next = 0;
export function tile(z, x, y) {
  return new Promise((done) => {
    const jobId = `${z}/${x}/${y}`;
    waiting.set(jobId, done);
    workers[next++ % workers.length].postMessage({ jobId, z, x, y });
  });
}
for (const worker of workers) worker.onmessage = ({ data: { jobId, blob } }) => {
  waiting.get(jobId)?.(createImageBitmap(blob));
  waiting.delete(jobId);
};
