// A page that shows blocks and the state of a network; it hashes nothing.
const socket = new WebSocket('wss://explorer.example.net/blocks');
const fields = ['height', 'hash', 'nonce', 'difficulty', 'mixHash', 'miner', 'size'];
const state = { blocks: [], hashrate: 0, pools: {} };
socket.onmessage = ({ data }) => {
  const block = JSON.parse(data);
  state.blocks.unshift(block);
  state.hashrate = (block.difficulty * 4294967296) / 600;
  state.pools[block.pool] = (state.pools[block.pool] ?? 0) + 1;
  draw();
};
function draw() {
  document.querySelector('#hashrate').textContent = `${(state.hashrate / 1e18).toFixed(1)} EH/s`;
  const body = document.querySelector('tbody');
  body.replaceChildren(...state.blocks.slice(0, 20).map((block) => {
    const row = document.createElement('tr');
    for (const field of fields) row.insertCell().textContent = block[field];
    return row;
  }));
}
document.querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const answer = await fetch(`/search?q=${event.target.q.value}`);
  location.href = (await answer.json()).address;
});
