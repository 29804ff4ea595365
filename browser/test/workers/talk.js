// Runs in workers of every kind, with the global `io`. Talks to a server when told to, and answers what came of it.

async function talk(url, transports) {
  const socket = io(url, { forceNew: true, transports, reconnectionDelay: 20 });
  const connected = () => new Promise((resolve) => socket.once("connect", resolve));
  try {
    await connected();
    const echo = [...new Uint8Array(await socket.emitWithAck("echo", Uint8Array.of(1, 2, 3)))];
    const { id } = socket;
    socket.io.engine.close();
    await connected();
    return { echo, again: await socket.emitWithAck("echo", "again"), isOther: socket.id !== id, transport: socket.io.engine.transport.name };
  } finally {
    socket.disconnect();
  }
}

const onMessage = ({ data, ports: [port] }) => {
  talk(...data).then((result) => port.postMessage(result), (err) => port.postMessage(String(err)));
};
addEventListener("message", onMessage);
// A shared worker gets its messages from each page that connects.
addEventListener("connect", ({ ports: [port] }) => (port.onmessage = onMessage));
