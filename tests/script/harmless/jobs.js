// A board of a build server: jobs, workers, results.
const pool = [];
const socket = new WebSocket('wss://ci.example.net/events');
class Job {
  constructor({ job_id, target, status, blob }) { this.jobId = job_id; this.target = target; this.status = status; this.log = blob; }
  get done() { return ['passed', 'failed'].includes(this.status); }
}
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.type === 'job') {
    const job = new Job(message.job);
    const row = document.querySelector(`[data-job="${job.jobId}"]`) ?? document.querySelector('table').insertRow();
    row.dataset.job = job.jobId;
    row.textContent = `${job.target} ${job.status}`;
  }
  if (message.type === 'result') pool.forEach((worker) => worker.postMessage(message.result));
};
for (let i = 0; i < navigator.hardwareConcurrency; i += 1) {
  const worker = new Worker('highlight.js');
  worker.onmessage = ({ data }) => { document.querySelector('pre').innerHTML = data.html; };
  pool.push(worker);
}
document.querySelector('form').onsubmit = () => socket.send(JSON.stringify({ type: 'submit', job_id: location.hash, target: 'main' }));
