// Binary values.
import { assert, bytes, connected, equal, next, sample, until } from "../kit.mjs";
import { scenario } from "./registry.mjs";

scenario("echoes every kind of binary value", async (t) => {
  const socket = await connected(t.io());
  const raw = sample(20_000);
  const values = [raw.buffer, raw.subarray(5, 500), new DataView(raw.buffer, 3, 10), new Uint8Array(0), new Uint16Array([1, 65535])];
  if (typeof Buffer !== "undefined") values.push(Buffer.from(raw));
  for (const value of values) {
    socket.emit("echo", value);
    const [received] = await next(socket, "echo");
    equal(bytes(received), bytes(value));
  }
});

scenario("gives out binary values as the platform has them", async (t) => {
  const socket = await connected(t.io());
  socket.emit("echo", sample(3), { deep: [sample(4)] });
  const [first, { deep }] = await next(socket, "echo");
  const Class = t.isNodeBuild ? Buffer : ArrayBuffer;
  assert(first instanceof Class && deep[0] instanceof Class);
});

scenario("echoes binary values mixed with JSON, in order", async (t) => {
  const socket = t.io();
  const received = [];
  socket.on("echo", (...args) => received.push(args));
  for (let i = 0; i < 50; i++) {
    if (i % 2) socket.emit("echo", i, { list: [Uint8Array.of(i), "x", { deep: Uint8Array.of(i, i) }], date: new Date(i) });
    else socket.emit("echo", i);
  }
  await until(socket, "echo", () => received.length === 50);
  for (const [at, [i, value]] of received.entries()) {
    equal(i, at);
    const date = new Date(i).toISOString();
    if (i % 2) equal(value, { list: [Uint8Array.of(i), "x", { deep: Uint8Array.of(i, i) }], date });
  }
});

scenario("sends Blobs, and keeps their order", async (t) => {
  if (t.platform === "node" && !t.isOurs) t.skip("the published client has no Blobs in Node.js");
  const socket = t.io();
  const received = [];
  socket.on("echo", (n, value) => received.push([n, value]));
  for (let n = 0; n < 6; n++) {
    const value = n % 2 ? new Blob([Uint8Array.of(n, n)]) : Uint8Array.of(n);
    socket.emit("echo", n, value);
  }
  await until(socket, "echo", () => received.length === 6);
  equal(received, [0, 1, 2, 3, 4, 5].map((n) => [n, n % 2 ? Uint8Array.of(n, n) : Uint8Array.of(n)]));
});

scenario("receives Blobs when told to", { platform: "browser" }, async (t) => {
  const socket = await connected(t.io());
  socket.io.engine.binaryType = "blob";
  if (socket.io.engine.transport.ws) socket.io.engine.transport.ws.binaryType = "blob";
  socket.emit("echo", sample(3));
  const [blob] = await next(socket, "echo");
  assert(blob instanceof Blob);
  equal(await blob.arrayBuffer(), sample(3).buffer);
});

scenario("sends base64 when told to", async (t) => {
  const socket = await connected(t.io(t.url, { forceBase64: true }));
  equal(await socket.emitWithAck("echo", sample(4)), sample(4));
});

scenario("takes ten attachments, and refuses more", async (t) => {
  const socket = await connected(t.io());
  const list = (n) => Array.from({ length: n }, (_, i) => Uint8Array.of(i));
  equal(await socket.emitWithAck("echo", list(10)), list(10));
});
