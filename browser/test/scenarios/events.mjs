// Sending and receiving events.
import { ask, assert, barrier, connected, equal, movedTo, next, sample, throws, until } from "../kit.mjs";
import { scenario } from "./registry.mjs";

const VALUES = ["text", "žluťoučký 漢字 🦊 \u2028 \x1e", "", 0, -1.5, true, null, [], {}, { a: [{ b: { c: [1, "2", null] } }] }];

scenario("echoes every kind of JSON value", async (t) => {
  const socket = t.io();
  for (const value of VALUES) {
    socket.emit("echo", value);
    equal(await next(socket, "echo"), [value]);
  }
  socket.emit("echo", ...VALUES, new Date(0), undefined);
  equal(await next(socket, "echo"), [...VALUES, new Date(0).toISOString(), null]);
  socket.emit("echo");
  equal(await next(socket, "echo"), []);
});

scenario("keeps the order of 1,000 events each way, also across an upgrade", async (t) => {
  const socket = t.io();
  const received = [];
  socket.on("n", (n) => received.push(n));
  socket.emit("burst", 500);
  for (let i = 0; i < 1000; i++) socket.emit("num", i);
  await connected(socket);
  socket.emit("burst", 500);
  await movedTo(socket, t.lastTransport);
  equal(await ask(socket, "order"), [{ count: 1000, inversions: 0 }]);
  await until(socket, "n", () => received.length === 1000);
  equal(received, Array.from({ length: 1000 }, (_, i) => i % 500));
});

scenario("keeps what is emitted until it is connected, and sends it before the event", async (t) => {
  const socket = t.io();
  for (let i = 0; i < 3; i++) socket.emit("num", i);
  equal(socket.sendBuffer.length, 3);
  await new Promise((resolve) => socket.on("connect", () => resolve(equal(socket.sendBuffer.length, 0))));
  equal(await ask(socket, "order"), [{ count: 3, inversions: 0 }]);
});

scenario("drops volatile events while disconnected, and sends them while connected", async (t) => {
  const socket = t.io();
  const received = [];
  socket.on("echo", (text) => received.push(text));
  socket.volatile.emit("echo", "dropped");
  socket.emit("echo", "kept");
  await until(socket, "echo", () => received.length > 0);
  await movedTo(socket, t.lastTransport);
  await until(socket.io.engine, "drain", () => socket.io.engine.transport.writable);
  socket.volatile.emit("echo", "sent");
  await until(socket, "echo", () => received.length > 1);
  equal(received, ["kept", "sent"]);
});

scenario("sends large bursts within the server's limit", { flavour: "narrow" }, async (t) => {
  const socket = t.io();
  for (let i = 0; i < 100; i++) socket.emit("num", i, i % 2 ? "é".repeat(50) : sample(30));
  equal(await ask(socket, "order"), [{ count: 100, inversions: 0 }]);
  equal(socket.connected, true);
});

scenario("sends and receives large messages", async (t) => {
  const socket = await connected(t.io());
  const text = "0123456789abcdéf".repeat(20_000);
  equal(await ask(socket, "echo", text), [text]);
  socket.emit("big", 300_000);
  const [big] = await next(socket, "big");
  equal(big, sample(300_000));
});

scenario("tells onAny and onAnyOutgoing about every event", async (t) => {
  const socket = await connected(t.io());
  const log = [];
  const last = (...args) => log.push(["in", ...args]);
  socket.onAny(last).prependAny((event) => log.push(["first", event]));
  socket.onAnyOutgoing((...args) => log.push(["out", ...args])).prependAnyOutgoing((event) => log.push(["first out", event]));
  equal([socket.listenersAny().length, socket.listenersAnyOutgoing().length], [2, 2]);
  socket.emit("echo", 1);
  await next(socket, "echo");
  socket.offAny(last).offAnyOutgoing();
  equal([socket.listenersAny().length, socket.listenersAnyOutgoing().length], [1, 0]);
  socket.offAny();
  socket.emit("echo", 2);
  await next(socket, "echo");
  equal(log, [["first out", "echo"], ["out", "echo", 1], ["first", "echo"], ["in", "echo", 1]]);
});

scenario("calls listeners registered with on and once, and not those removed", async (t) => {
  const socket = await connected(t.io());
  const log = [];
  const removed = () => log.push("removed");
  socket.on("echo", () => log.push("on")).once("echo", () => log.push("once"));
  socket.on("echo", removed).off("echo", removed);
  socket.once("echo", removed).off("echo", removed);
  for (let i = 0; i < 2; i++) {
    socket.emit("echo");
    await next(socket, "echo");
  }
  equal(log, ["on", "once", "on"]);
  equal([socket.hasListeners("echo"), socket.listeners("echo").length], [true, 1]);
  socket.addEventListener("echo", removed).removeEventListener("echo", removed).removeListener("echo", removed);
  socket.removeAllListeners("echo");
  equal([socket.hasListeners("echo"), socket.listeners("echo")], [false, []]);
});

scenario("refuses reserved event names, and no others", async (t) => {
  const socket = t.io(t.url, { autoConnect: false });
  for (const name of ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]) {
    throws(() => socket.emit(name), `"${name}" is a reserved event name`);
  }
  socket.emit("error").emit(7).emit("constructor");
  equal(socket.sendBuffer.map(({ data }) => data[0]), ["error", 7, "constructor"]);
});

scenario("sends numbers as event names", async (t) => {
  const socket = await connected(t.io(`${t.url}/any`));
  socket.emit(42, "x");
  const [seen] = await ask(socket, "seen");
  equal(seen.map(([way, name, ...args]) => [way, String(name), ...args]).slice(0, 1), [["in", "42", "x"]]);
});

scenario("takes numbers as event names", async (t) => {
  if (t.server === "go") t.skip("events of our server have texts as names");
  const socket = await connected(t.io());
  const got = next(socket, 42);
  // The server asks us, under a name that is a number.
  const asked = ask(socket, "ask", 42, "x");
  const [value, ack] = await got;
  equal(value, "x");
  ack("y");
  equal(await asked, [{ ok: ["y"] }]);
});

scenario("sends the event message, with and without compression", async (t) => {
  const socket = await connected(t.io());
  const sent = [];
  socket.onAnyOutgoing((...args) => sent.push(args));
  equal(socket.send("a", 1), socket);
  socket.compress(false).emit("echo", "b");
  await next(socket, "echo");
  equal(sent, [["message", "a", 1], ["echo", "b"]]);
  await ask(socket, "nocompress", "c");
});

scenario("receives what is sent to everybody, and to a room", async (t) => {
  const [a, b] = await Promise.all([connected(t.io(`${t.url}/b`)), connected(t.io(`${t.url}/b`))]);
  const room = `room of ${a.id}`;
  await ask(a, "join", room);
  const log = [];
  a.on("msg", (text) => log.push(["a", text]));
  b.on("msg", (text) => log.push(["b", text]));
  await ask(b, "room", room, "to the room");
  await ask(b, "others", `from ${b.id}`);
  await Promise.all([barrier(a), barrier(b)]);
  const ours = log.filter(([, text]) => text === "to the room" || text === `from ${b.id}`);
  equal(ours, [["a", "to the room"], ["a", `from ${b.id}`]]);
  assert(b.connected);
});
