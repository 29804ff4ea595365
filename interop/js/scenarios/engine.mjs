// Engine.IO alone: the npm engine.io-client of both protocols against an Engine.IO server that sends back what it gets.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Socket } from "engine.io-client";
import { brief, bytes, Inbox, next, PATIENCE, pick, settled, until, within } from "../kit.mjs";
import { scenario } from "../registry.mjs";

const Socket3 = createRequire(import.meta.url)("engine.io-client-3.5");
const TRANSPORTS = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };

/** An open connection of engine.io-client, of protocol 4 or 3. */
async function open(w, protocol = 4, options = {}) {
  const constructor = protocol === 4 ? Socket : Socket3;
  const engine = new constructor(w.url, { path: "/engine.io", transports: TRANSPORTS[w.mode], ...options });
  const messages = new Inbox("messages");
  const closed = new Inbox("closed");
  engine.on("message", (data) => messages.put(data));
  engine.on("close", (reason) => closed.put(reason));
  engine.on("error", () => {});
  w.onEnd(() => engine.close());
  if (engine.readyState !== "open") await next(engine, "open");
  return { engine, messages, closed, send: (data, options) => engine.send(data, options) };
}

const hand = ["hand"];
const TEXTS = ["plain", "é😀", "b64", "\u2028", "4", "x".repeat(100_000)];

for (const protocol of [4, 3]) {
  const own = { eio3: true };

  scenario(`engine v${protocol}: texts and binary come back, in order`, { proves: "EIO-020 EIO-021 EIO-022 EIO-097", needs: hand, own }, async (w) => {
    const { engine, messages, send } = await open(w, protocol);
    const all = [...TEXTS, bytes(0), bytes(5), bytes(70_000)];
    for (const data of all) send(data);
    for (const data of all) assert.deepEqual(await messages.next(), data, brief(data));
    await settled(engine, w.mode);
    for (const data of all) send(data);
    for (const data of all) assert.deepEqual(await messages.next(), data, brief(data));
  });

  scenario(`engine v${protocol}: heartbeats`, { proves: protocol === 4 ? "EIO-100" : "EIO-031", needs: hand, own: { ...own, "ping-interval": 150, "ping-timeout": 3000 } }, async (w) => {
    const { engine, closed, messages, send } = await open(w, protocol);
    const beats = new Inbox("heartbeats");
    engine.on("packet", ({ type }) => (type === "ping" || type === "pong") && beats.put(type));
    await beats.take(5);
    assert.deepEqual(closed.seen, []);
    send("alive");
    assert.equal(await messages.next(), "alive");
  });

  scenario(`engine v${protocol}: closed by either side`, { proves: "EIO-048 EIO-049 EIO-103 EIO-104 EIO-146", needs: hand, own }, async (w) => {
    const one = await open(w, protocol);
    one.send("before");
    one.send("close");
    assert.equal(await one.messages.next(), "before");
    assert.equal(await one.closed.next(), "transport close");
    const two = await open(w, protocol);
    two.engine.close();
    assert.equal(await two.closed.next(), "forced close");
    if (w.mode !== "polling") return;
    const gone = `/engine.io/?EIO=${protocol}&transport=polling&sid=${two.engine.id}`;
    const answer = pick(await w.http("GET", gone));
    assert.deepEqual(answer, { status: 400, body: '{"code":1,"message":"Session ID unknown"}' });
  });

  scenario(`engine v${protocol}: base64 for who asks for it`, { proves: protocol === 4 ? "EIO-022 EIO-168" : "EIO-035", needs: hand, own }, async (w) => {
    const { messages, send } = await open(w, protocol, { forceBase64: true });
    send(bytes(300));
    assert.deepEqual(await messages.next(), bytes(300));
  });

  scenario(`engine v${protocol}: a second upgrade remembered goes straight to WebSocket`, { proves: "EIO-098", needs: hand, modes: ["upgrade"], own }, async (w) => {
    // The client remembers for all its connections, and those of other scenarios come and go: once must be enough.
    let second;
    await until("straight to WebSocket", async () => {
      const first = await open(w, protocol, { rememberUpgrade: true });
      await settled(first.engine, w.mode);
      first.send("one");
      assert.equal(await first.messages.next(), "one");
      second = await open(w, protocol, { rememberUpgrade: true });
      return second.engine.transport.name === "websocket";
    });
    second.send("two");
    assert.equal(await second.messages.next(), "two");
  });
}

scenario("engine: a burst goes out in payloads of the size that the server takes",
  { proves: "EIO-123 EIO-191", needs: hand, modes: ["polling"], own: { "max-payload": 1000 } }, async (w) => {
  const { engine, messages } = await open(w);
  const texts = Array.from({ length: 50 }, (_, i) => `${i} `.repeat(40));
  for (const text of texts) engine.send(text);
  for (const text of texts) assert.equal(await messages.next(), text);
});

scenario("engine: a message over the limit is the end", { proves: "EIO-045 EIO-061 EIO-192", needs: hand, own: { "max-payload": 1000 } }, async (w) => {
  const { engine, closed, send } = await open(w);
  await settled(engine, w.mode);
  send("x".repeat(2000));
  assert.equal(await closed.next(), w.mode === "polling" ? "transport error" : "transport close");
});

scenario("engine: the second transport is tried when the first is refused", { proves: "EIO-164", needs: hand, modes: ["polling", "websocket"], own: {} }, async (w) => {
  // Neither "refuse" nor the transports of the server decide here: the first transport is one that no server has.
  const first = w.mode === "polling" ? "websocket" : "polling";
  const other = new Socket(w.url, {
    path: "/engine.io",
    transports: [first, w.mode],
    tryAllTransports: true,
    upgrade: false,
    transportOptions: { [first]: { path: "/nowhere" } },
  });
  w.onEnd(() => other.close());
  await next(other, "open");
  assert.equal(other.transport.name, w.mode);
});

scenario("engine: cookies are kept with credentials", { proves: "EIO-130 EIO-171", needs: hand, modes: ["polling"], own: { cookie: '{"name":"io","path":"/","httpOnly":true}' } }, async (w) => {
  const engine = new Socket(w.url, { path: "/socket.io", transports: ["polling"], withCredentials: true });
  w.onEnd(() => engine.close());
  engine.on("error", () => {});
  await next(engine, "open");
  await within(PATIENCE, "no CONNECT", new Promise((resolve) => {
    engine.on("message", resolve);
    engine.send("0");
  }));
  const jar = [...engine._cookieJar.cookies];
  assert.deepEqual(jar.map(([name, { value }]) => [name, value]), [["io", engine.id]]);
});
