// Events: what they carry, in which order they come, what a handler can do to them.
import assert from "node:assert/strict";
import { ask, barrier, bytes, inbox, settled, tell, until } from "../kit.mjs";
import { scenario } from "../registry.mjs";

const VALUES = {
  "plain text": ["hello"],
  "empty text": [""],
  unicode: ["žluťoučký kůň", "日本語", "עברית", "e\u0301", "\u0000\u001f\u007f"],
  emoji: ["😀", "👩‍👩‍👧‍👦", "🏳️‍🌈"],
  "line separators and markup": ["\u2028\u2029", "<script>&amp;</script>", "\"'\\/", "\r\n\t"],
  "what packets are made of": ["\x1e", "a\x1eb", "42[\"x\"]", "/chat,1", "b64", "-", "451-"],
  numbers: [0, -1, 1.5, 1e-7, 9007199254740991, -9007199254740991, 0.1],
  constants: [true, false, null],
  containers: [[], {}, [[]], { a: {} }, [null, [1, { b: [] }]]],
  "many arguments": Array.from({ length: 50 }, (_, i) => i),
  "awkward keys": [{ "": 1, "a.b": 2, "\u2028": 3, _placeholder: false, num: 0, constructor: 1 }],
  "no arguments": [],
};

for (const [name, args] of Object.entries(VALUES)) {
  scenario(`echo: ${name}`, { proves: "SIO-001 SRV-055" }, async (w) => {
    const socket = await w.connect();
    const echoes = inbox(socket, "echo");
    socket.emit("echo", ...args);
    assert.deepEqual(await ask(socket, "echo", ...args), args);
    assert.deepEqual(await echoes.next(), args);
  });
}

scenario("echo: a number beyond 64 bits", { proves: "SIO-001", needs: ["huge"] }, async (w) => {
  const socket = await w.connect();
  assert.deepEqual(await ask(socket, "echo", 1e21, -1e300), [1e21, -1e300]);
});

scenario("echo: deeply nested", { proves: "SIO-001" }, async (w) => {
  const socket = await w.connect();
  let deep = "bottom";
  for (let i = 0; i < 100; i++) deep = i % 2 ? [deep] : { deep };
  assert.deepEqual(await tell(socket, "echo", deep), deep);
});

scenario("echo: a text of 200 KB", { proves: "SIO-001" }, async (w) => {
  const socket = await w.connect();
  const text = "0123456789abcdé🙂".repeat(11_000);
  assert.ok(Buffer.byteLength(text) > 200_000);
  const echoes = inbox(socket, "echo");
  socket.emit("echo", text);
  assert.equal(await tell(socket, "echo", text), text);
  assert.deepEqual(await echoes.next(), [text]);
});

const BINARIES = {
  "one buffer": [bytes(7)],
  "an empty buffer": [Buffer.alloc(0)],
  "every byte": [Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i))],
  "mixed with text": ["a", bytes(1), { b: bytes(2), c: [bytes(3), "d", { e: bytes(4) }] }, null],
  "ten attachments": Array.from({ length: 10 }, (_, i) => bytes(i)),
  "200 KB": [bytes(200_000)],
};

for (const [name, args] of Object.entries(BINARIES)) {
  scenario(`binary: ${name}`, { proves: "SIO-002 SIO-004 SIO-010", needs: ["binary"] }, async (w) => {
    const socket = await w.connect();
    const echoes = inbox(socket, "echo");
    socket.emit("echo", ...args);
    assert.deepEqual(await ask(socket, "echo", ...args), args);
    assert.deepEqual(await echoes.next(), args);
  });
}

scenario("binary: typed arrays and ArrayBuffers arrive as bytes", { proves: "SIO-010", needs: ["binary", "views"] }, async (w) => {
  const socket = await w.connect();
  const backing = bytes(16);
  const view = new Uint8Array(backing.buffer, backing.byteOffset + 4, 8);
  const words = new Uint16Array([1, 256]);
  const answers = await ask(socket, "echo", view, words, new Uint8Array([9, 8]).buffer);
  assert.deepEqual(answers, [Buffer.from(view), Buffer.from(words.buffer), Buffer.from([9, 8])]);
});

scenario("binary: pushed by the server", { proves: "SIO-002 EIO-021 EIO-022", needs: ["binary"] }, async (w) => {
  const socket = await w.connect();
  const pushed = inbox(socket, "big");
  for (const size of [0, 1, 125, 126, 65_535, 65_536, 300_000]) {
    socket.emit("big", size);
    assert.deepEqual(await pushed.next(), [bytes(size)]);
  }
});

scenario("binary: attachments keep their place among other events",
  { proves: "SIO-002 SRV-070", needs: ["binary"] }, async (w) => {
  const socket = await w.connect();
  const received = [];
  socket.on("echo", (i, payload) => received.push([i, payload.length]));
  const sent = [];
  for (let i = 0; i < 60; i++) {
    const payload = i % 3 ? bytes(i) : "x".repeat(i);
    sent.push([i, payload.length]);
    socket.emit("echo", i, payload);
  }
  await barrier(socket);
  assert.deepEqual(received, sent);
});

const THOUSAND = Array.from({ length: 1000 }, (_, i) => [i]);

scenario("order: 1,000 events each way, begun before the connection", { proves: "SRV-070" }, async (w) => {
  const socket = w.begin();
  const numbers = inbox(socket, "n");
  socket.emit("burst", 1000);
  for (let i = 0; i < 500; i++) socket.emit("num", i);
  // Version 3 sends what it has kept only after it has told its listeners.
  socket.once("connect", () => queueMicrotask(() => {
    for (let i = 500; i < 1000; i++) socket.emit("num", i);
  }));
  assert.deepEqual(await numbers.take(1000), THOUSAND);
  assert.deepEqual(await tell(socket, "order"), { count: 1000, inversions: 0 });
  await settled(socket.io.engine, w.mode);
  assert.equal(numbers.seen.length, 1000);
});

scenario("order: traffic goes on through the whole upgrade",
  { proves: "EIO-097 SRV-070", needs: ["binary"], modes: ["upgrade"] }, async (w) => {
  const socket = await w.connect();
  const numbers = inbox(socket, "echo");
  let sent = 0;
  const engine = socket.io.engine;
  await until("upgraded", async () => {
    for (let i = 0; i < 20; i++) {
      socket.emit("num", sent);
      socket.emit("echo", sent++, i % 5 ? "text" : bytes(50));
    }
    await new Promise(setImmediate);
    return engine.transport.name === "websocket";
  });
  for (let i = 0; i < 50; i++) socket.emit("echo", sent++, "after");
  await barrier(socket);
  assert.deepEqual(numbers.seen.map(([i]) => i), Array.from({ length: sent }, (_, i) => i));
  assert.equal((await tell(socket, "order")).inversions, 0);
});

scenario("events: an unknown event is ignored", { proves: "SRV-064" }, async (w) => {
  const socket = await w.connect();
  const others = inbox(socket, "no-such-event");
  for (const name of ["no-such-event", "", "error", "constructor", "__proto__", "toString", "*"]) {
    socket.emit(name, 1, () => assert.fail("acknowledged"));
  }
  assert.equal(await tell(socket, "echo", "fine"), "fine");
  assert.deepEqual(others.seen, []);
});

scenario("events: a handler's error becomes the ack, without its text", {}, async (w) => {
  const socket = await w.connect();
  assert.deepEqual(await ask(socket, "boom"), [{ error: { message: "internal error" } }]);
  socket.emit("boom");
  assert.equal(await tell(socket, "echo", "fine"), "fine");
});

scenario("events: a handler's panic costs only its event", {}, async (w) => {
  const socket = await w.connect();
  socket.emit("panic");
  socket.emit("panic", "with an ack", () => {});
  assert.equal(await tell(socket, "echo", "fine"), "fine");
});

scenario("volatile: from the server, arrives when the connection is idle",
  { proves: "SRV-058", needs: ["binary"] }, async (w) => {
  const socket = await w.connect();
  const received = inbox(socket, "volatile");
  // Between two polls the server may drop it: the promise is only that it does not always.
  await until("a volatile event arrives", async () => {
    await tell(socket, "volatile", "v", bytes(3));
    await barrier(socket);
    return received.seen.length > 0;
  });
  assert.deepEqual(received.seen[0], ["v", bytes(3)]);
});

scenario("volatile: from the client, arrives when connected and is dropped when not",
  { proves: "CLI-025", needs: ["volatile"] }, async (w) => {
  const socket = w.begin();
  const echoes = inbox(socket, "echo");
  socket.volatile.emit("echo", "too early");
  await until("a volatile event arrives", async () => {
    if (socket.connected) socket.volatile.emit("echo", "connected");
    await new Promise(setImmediate);
    return echoes.seen.length > 0;
  });
  await barrier(socket);
  for (const args of echoes.seen) assert.deepEqual(args, ["connected"]);
});

scenario("compress: switched off for one event, it still arrives", { proves: "SRV-059" }, async (w) => {
  const socket = await w.connect();
  const received = inbox(socket, "nocompress");
  const text = "compressible ".repeat(500);
  assert.equal(await tell(socket.compress(false), "nocompress", text), "ok");
  assert.deepEqual(await received.next(), [text]);
});

scenario("slow: a blocked handler holds up later events of its socket, in order", { proves: "SRV-070" }, async (w) => {
  const [blocked, other] = await w.connectMany(2);
  const done = [];
  const note = (what) => () => done.push(what);
  const answers = Promise.all([
    ask(blocked, "slow", 400).then(note("slow")),
    ask(blocked, "echo", 1).then(note("echo 1")),
    ask(blocked, "echo", 2).then(note("echo 2")),
  ]);
  await ask(other, "echo").then(note("other"));
  await answers;
  assert.deepEqual(done, ["other", "slow", "echo 1", "echo 2"]);
});

scenario("slow: acks get past a blocked handler", {}, async (w) => {
  const socket = await w.connect();
  const done = [];
  let slow;
  socket.on("question", (ack) => {
    slow = ask(socket, "slow", 1000).then(() => done.push("slow"));
    ack("answer");
  });
  assert.deepEqual(await tell(socket, "ask", "question"), { ok: ["answer"] });
  done.push("ask");
  await slow;
  assert.deepEqual(done, ["ask", "slow"]);
});

scenario("slow: a disconnect gets past a blocked handler", { proves: "SIO-025" }, async (w) => {
  const [blocked, other] = await w.connectMany(2);
  const { id } = blocked;
  blocked.emit("slow", 4000);
  assert.equal(await tell(other, "has", id), true);
  blocked.disconnect();
  await until("the socket has left", async () => !(await tell(other, "has", id)), 2500);
});
