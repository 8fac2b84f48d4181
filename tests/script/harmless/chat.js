// A chat room.
const socket = new WebSocket('wss://chat.example.net/room');
const session = { nonce: crypto.randomUUID(), pending: new Map() };
let sequence = 0;
socket.onopen = () => socket.send(JSON.stringify({ type: 'auth', params: { token: localStorage.token, nonce: session.nonce } }));
socket.onmessage = ({ data }) => {
  const { type, params } = JSON.parse(data);
  if (type === 'message') render(params.author, params.text);
  if (type === 'ack') session.pending.delete(params.id);
  if (type === 'error') document.querySelector('.status').textContent = params.reason;
};
function render(author, text) {
  const item = document.createElement('li');
  item.textContent = `${author}: ${text}`;
  document.querySelector('#list').append(item);
}
document.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = event.target.elements.text;
  sequence += 1;
  session.pending.set(sequence, field.value);
  socket.send(JSON.stringify({ type: 'submit', params: { id: sequence, text: field.value, target: '#general' } }));
  field.value = '';
});
