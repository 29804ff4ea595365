// The WebSocket transport by hand.
import assert from "node:assert/strict";
import { bytes, tell } from "../kit.mjs";
import { scenario } from "../registry.mjs";

const once = { modes: ["websocket"], needs: ["hand"] };
const QUERY = "EIO=4&transport=websocket";

scenario("websocket: the handshake, byte for byte",
  { ...once, proves: "EIO-003 EIO-004", own: { "ping-interval": 25_000, "ping-timeout": 20_000, "max-payload": 1_000_000 } }, async (w) => {
  const raw = w.ws();
  const open = await raw.frames.next();
  assert.match(open, /^0\{"sid":"[\w-]{20}","upgrades":\[\],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000\}$/);
  raw.send("40");
  assert.match(await raw.frames.next(), /^40\{"sid":"[\w-]{20}"\}$/);
});

scenario("websocket: binary travels as a bare frame", { ...once, proves: "EIO-020 EIO-021 EIO-022" }, async (w) => {
  const raw = await w.wsSession();
  await raw.join();
  raw.send('451-7["echo",{"_placeholder":true,"num":0}]', bytes(10));
  assert.equal(await raw.frames.next(), '461-7[{"_placeholder":true,"num":0}]');
  assert.deepEqual(await raw.frames.next(), bytes(10));
  // Base64 is understood at any time.
  raw.send('451-8["echo",{"_placeholder":true,"num":0}]', `b${bytes(10).toString("base64")}`);
  assert.equal(await raw.frames.next(), '461-8[{"_placeholder":true,"num":0}]');
  assert.deepEqual(await raw.frames.next(), bytes(10));
});

scenario("websocket: binary travels as base64 when the client asked for it", { ...once, proves: "EIO-022" }, async (w) => {
  const raw = await w.wsSession(`${QUERY}&b64=1`);
  await raw.join();
  raw.send('451-7["echo",{"_placeholder":true,"num":0}]', "bAQIDBA==");
  assert.equal(await raw.frames.next(), '461-7[{"_placeholder":true,"num":0}]');
  assert.equal(await raw.frames.next(), "bAQIDBA==");
});

/** Engine.IO frames that end the session, and the reason others are told. */
const FATAL = {
  "an unknown type": ["x", "parse error"],
  "an empty frame": ["", "parse error"],
  "type 7": ["7", "parse error"],
  "a ping": ["2", "transport error"],
  "a probe": ["2probe", "transport error"],
  "an empty message": ["4", "forced close"],
  "unexpected binary": [bytes(3), "forced close"],
  "unexpected empty binary": [Buffer.alloc(0), "forced close"],
  "unexpected base64": ["bAQI=", "forced close"],
  "unexpected empty base64": ["b", "forced close"],
};

scenario("websocket: frames that end the session", { ...once, proves: "EIO-024 EIO-025 EIO-062" }, async (w) => {
  const { gone } = await w.watch();
  for (const [name, [frame, reason]] of Object.entries(FATAL)) {
    const raw = await w.wsSession();
    const id = await raw.join();
    raw.send(frame);
    assert.equal(await raw.closed.next(), 1005, name);
    assert.equal(await gone(id), reason, name);
  }
});

scenario("websocket: frames that mean nothing", { ...once, proves: "EIO-025" }, async (w) => {
  const raw = await w.wsSession();
  await raw.join();
  raw.send("0", "3", "5", "6", "0{}", "6noop", '427["echo"]');
  assert.equal(await raw.frames.next(), "437[]");
});

scenario("websocket: a close packet", { ...once, proves: "EIO-025 B-09" }, async (w) => {
  const { gone } = await w.watch();
  const raw = await w.wsSession();
  const id = await raw.join();
  raw.send("1", '427["echo","ignored"]');
  if (w.impl === "node") return assert.equal(await raw.frames.next(), '437["ignored"]');
  await raw.closed.next();
  assert.equal(await gone(id), "transport close");
});

scenario("websocket: how the client may close", { ...once, proves: "EIO-103" }, async (w) => {
  const { gone } = await w.watch();
  for (const close of [(ws) => ws.close(), (ws) => ws.close(1000, "bye"), (ws) => ws.terminate()]) {
    const raw = await w.wsSession();
    const id = await raw.join();
    close(raw.ws);
    assert.equal(await gone(id), "transport close");
  }
});

scenario("websocket: a message over the limit, text and binary",
  { ...once, proves: "EIO-060 EIO-061", own: { "max-payload": 1000 } }, async (w) => {
  const { gone } = await w.watch();
  for (const frame of [`4${"2".repeat(1000)}`, bytes(1001)]) {
    const raw = await w.wsSession();
    const id = await raw.join();
    const text = "x".repeat(1000 - '427["echo",""]'.length);
    raw.send(`427["echo","${text}"]`);
    assert.equal(await raw.frames.next(), `437["${text}"]`);
    raw.send(frame);
    assert.equal(await raw.closed.next(), 1009);
    assert.equal(await gone(id), "transport error");
  }
});

scenario("websocket: text that is not UTF-8", { ...once, proves: "EIO-060" }, async (w) => {
  const { gone } = await w.watch();
  const raw = await w.wsSession();
  const id = await raw.join();
  raw.ws.send(Buffer.from('427["echo","\xff"]', "latin1"), { binary: false });
  assert.equal(await raw.closed.next(), 1007);
  assert.equal(await gone(id), "transport error");
});

scenario("websocket: WebSocket-level pings are answered, fragments are joined",
  { ...once, proves: "EIO-060" }, async (w) => {
  const raw = await w.wsSession();
  await raw.join();
  const pong = new Promise((resolve) => raw.ws.once("pong", resolve));
  raw.ws.send('427["echo",', { fin: false });
  raw.ws.ping("are you there");
  assert.equal(String(await pong), "are you there");
  raw.ws.send('"frag', { fin: false });
  raw.ws.send('ment"]', { fin: true });
  assert.equal(await raw.frames.next(), '437["fragment"]');
});

scenario("websocket: sub-protocols and extensions", { ...once, proves: "EIO-064 EIO-067 EIO-070 EIO-126" }, async (w) => {
  const raw = w.ws(QUERY, { protocols: ["first", "second"] });
  await raw.opened();
  assert.equal(raw.ws.protocol, "first");
  assert.equal(raw.ws.extensions, "", "compression is off by default");
  const plain = w.ws(QUERY);
  await plain.opened();
  assert.equal(plain.ws.protocol, "");
});

/** An upgrade refused: raw text, then the end of the connection. */
function assertRefused(answer, message, what) {
  const [head, body] = answer.split("\r\n\r\n");
  const [status, ...headers] = head.split("\r\n");
  const lower = headers.map((header) => header.toLowerCase());
  assert.equal(status, "HTTP/1.1 400 Bad Request", what);
  assert.equal(body, message, what);
  assert.ok(lower.includes("connection: close"), `${what}: ${head}`);
  assert.ok(lower.some((header) => header.startsWith("content-type: text/html")), `${what}: ${head}`);
  assert.ok(lower.includes(`content-length: ${message.length}`), `${what}: ${head}`);
}

scenario("websocket: upgrades that are refused, byte for byte", { ...once, proves: "EIO-009 NEW-01" }, async (w) => {
  const cases = [
    ["/socket.io/?EIO=4", "Transport unknown"],
    ["/socket.io/?EIO=4&transport=tcp", "Transport unknown"],
    ["/socket.io/?EIO=4&transport=__proto__", "Transport unknown"],
    ["/socket.io/?EIO=4&transport=websocket&sid=unknown", "Session ID unknown"],
    ["/socket.io/?EIO=4&transport=websocket&sid=__proto__", "Session ID unknown"],
  ];
  for (const [path, message] of cases) assertRefused(await w.rawUpgrade(path), message, path);
  const polling = await w.poll();
  const mismatch = polling.path.replace("EIO=4", "EIO=3").replace("polling", "websocket");
  assertRefused(await w.rawUpgrade(mismatch), "Bad request", "another protocol version");
  await polling.join();
  await polling.alive();
});

scenario("websocket: protocol 3 is refused", { ...once, proves: "EIO-030 B-08" }, async (w) => {
  for (const query of ["EIO=3&transport=websocket", "transport=websocket"]) {
    const answer = await w.rawUpgrade(`/socket.io/?${query}`);
    // The official server switches protocols first and writes its refusal into the WebSocket stream.
    if (w.impl === "node") assert.match(answer, /^HTTP\/1\.1 101 [^]*\r\n\r\nHTTP\/1\.1 400 Bad Request\r\n/);
    else assertRefused(answer, "Unsupported protocol version", query);
  }
});

scenario("websocket: an upgrade with transport=polling is opened and closed", { ...once, proves: "EIO-068" }, async (w) => {
  const raw = w.ws("EIO=4&transport=polling");
  if (w.impl === "go") return assert.rejects(raw.opened(), /400/); // Ours says at once that the two do not go together.
  await raw.opened();
  assert.equal(await raw.closed.next(), 1005);
  assert.deepEqual(raw.frames.seen, []);
});

scenario("websocket: a session opened on WebSocket cannot be taken over",
  { ...once, proves: "EIO-096 B-10" }, async (w) => {
  const first = await w.wsSession();
  await first.join();
  const second = w.ws(`${QUERY}&sid=${first.handshake.sid}`);
  if (w.impl === "node") {
    await second.opened();
    second.send("2probe");
    assert.equal(await second.frames.next(), "3probe");
    second.send("5", '427["echo","mine now"]');
    assert.equal(await first.closed.next(), 1005);
    assert.equal(await second.frames.next(), '437["mine now"]');
    return;
  }
  second.ws.on("open", () => second.send("2probe"));
  await second.closed.next();
  assert.deepEqual(second.frames.seen, []);
  first.send('427["echo","still mine"]');
  assert.equal(await first.frames.next(), '437["still mine"]');
});

const HOME = "https://home.example";
const FOREIGN = "https://foreign.example";

/** Status of a WebSocket handshake with this Origin. */
async function statusFor(w, origin, query = QUERY) {
  const raw = w.ws(query, { headers: origin ? { Origin: origin } : {} });
  const refused = new Promise((resolve) => raw.ws.once("unexpected-response", (_, res) => resolve(res.statusCode)));
  return await Promise.race([raw.opened().then(() => 101), refused]);
}

scenario("websocket: origins, with one allowed", { ...once, proves: "EIO-131", own: { cors: HOME } }, async (w) => {
  const refused = w.expect({ node: 101, go: 403 });
  assert.equal(await statusFor(w, HOME), 101);
  assert.equal(await statusFor(w, undefined), 101);
  assert.equal(await statusFor(w, FOREIGN), refused);
  assert.equal(await statusFor(w, `${HOME}.foreign.example`), refused);
  const session = await w.poll();
  await session.join();
  assert.equal(await statusFor(w, FOREIGN, `${QUERY}&sid=${session.sid}`), refused);
  await session.alive();
});

scenario("websocket: origins, with none allowed", { ...once, proves: "EIO-131" }, async (w) => {
  const refused = w.expect({ node: 101, go: 403 });
  assert.equal(await statusFor(w, undefined), 101);
  assert.equal(await statusFor(w, w.url), 101, "the same origin");
  assert.equal(await statusFor(w, FOREIGN), refused);
  assert.equal(await statusFor(w, "null"), refused);
  assert.equal(await statusFor(w, `http://127.0.0.1:${w.port + 1}`), refused, "another port is another origin");
});

scenario("websocket: one connection's fate is not another's", { ...once, needs: ["hand"] }, async (w) => {
  const [one, two] = await w.connectMany(2);
  one.io.engine.transport.ws.terminate();
  assert.equal(await tell(two, "echo", "alive"), "alive");
});
