// The official server as a subject of the benchmarks, with default options.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http);

io.on("connection", (socket) => {
  socket.on("echo", (text) => socket.emit("echo", text));
  socket.on("bin", (bytes) => socket.emit("bin", bytes));
  socket.on("ack", (text, ack) => ack(text));
  socket.on("bcast", (text) => io.emit("msg", text));
  socket.on("room", ([room, text]) => io.to(room).emit("msg", text));
  socket.on("join", ([first, count], ack) => {
    socket.join(Array.from({ length: count }, (_, i) => `room${first + i}`));
    ack("ok");
  });
});

const control = createServer((_, response) => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  response.end(JSON.stringify({ heap: heapUsed + external, stack: 0 }));
});

const listen = (server, name) =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(console.log(name, `127.0.0.1:${server.address().port}`)));
  });
await listen(http, "listening");
await listen(control, "control");
process.stdin.on("end", () => process.exit()).resume();
