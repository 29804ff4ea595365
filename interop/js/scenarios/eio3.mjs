// Clients of Socket.IO 2, which speak Engine.IO protocol 3: the npm client, and by hand what it does not do in Node.
import assert from "node:assert/strict";
import { bytes, connected, inbox, next, pick, refused, tell } from "../kit.mjs";
import { scenario } from "../registry.mjs";

const V2 = ["2.5.0"];
const own = { eio3: true };
const polling = { needs: ["hand"], modes: ["polling"], own };
const websocket = { needs: ["hand"], modes: ["websocket"], own };
const POLLING = "/socket.io/?EIO=3&transport=polling";
const WEBSOCKET = "EIO=3&transport=websocket";

// -- the client

scenario("v2: connected to / without asking, with the id of the connection", { proves: "EIO-038 SIO-050 SIO-052", clients: V2 }, async (w) => {
  const socket = await w.connect();
  assert.equal(socket.id, socket.io.engine.id);
  assert.deepEqual(await tell(socket, "whoami"), { id: socket.id, rooms: [socket.id], auth: {}, nsp: "/" });
  assert.equal(socket.io.engine.transport.query.EIO, 3);
});

scenario("v2: a namespace, with its own id and a query for credentials", { proves: "SIO-051 SIO-052", clients: V2 }, async (w) => {
  const manager = w.manager();
  const main = manager.socket("/").connect();
  const socket = await connected(manager.socket("/auth", { query: { token: "secret", text: "é & =" } }).connect());
  assert.equal(socket.id, `/auth#${manager.engine.id}`);
  const { id, auth, nsp } = await tell(socket, "whoami");
  assert.deepEqual({ id, auth, nsp }, { id: socket.id, auth: { token: "secret", text: "é & =" }, nsp: "/auth" });
  await connected(main);
  assert.equal(main.id, manager.engine.id);
  assert.deepEqual((await tell(main, "whoami")).auth, {});
});

scenario("v2: refused by a middleware, with its data or its message", { proves: "SIO-050 SIO-022", clients: V2 }, async (w) => {
  const manager = w.manager();
  const denied = manager.socket("/auth", { query: { token: "wrong" } }).connect();
  const [data] = await next(denied, "error");
  assert.deepEqual(data, { code: 401 });
  const stopped = manager.socket("/mw", { query: { stop: "1" } }).connect();
  const [message] = await next(stopped, "error");
  assert.equal(message, "stopped");
});

scenario("v2: members of a family of namespaces", { proves: "SIO-051 SRV-040", clients: V2 }, async (w) => {
  const socket = await w.connect("/dyn-77");
  assert.equal((await tell(socket, "whoami")).nsp, "/dyn-77");
  assert.equal((await refused(w.begin("/dyn-x"))).message, "Invalid namespace");
});

scenario("v2: talks with clients of today", { proves: "EIO-132 SRV-081 SIO-054", clients: V2 }, async (w) => {
  const old = await w.connect("/b");
  const peer = w.engine();
  await peer.join("/b");
  const heard = inbox(old, "msg");
  peer.send('2/b,["bcast","é😀",{"a":[null]}]');
  assert.deepEqual(await heard.next(), ["é😀", { a: [null] }]);
  old.emit("bcast", bytes(4), "with text");
  assert.equal(await peer.messages.next((m) => String(m).startsWith("51-")), '51-/b,["msg",{"_placeholder":true,"num":0},"with text"]');
  assert.deepEqual(await peer.messages.next(Buffer.isBuffer), bytes(4));
});

scenario("v2: not let in unless the server wants to", { proves: "EIO-030 EIO-132 B-08", clients: V2, own: { eio3: false } }, async (w) => {
  // The official server lets a WebSocket open and then writes an HTTP answer into it, of which the client never learns.
  if (w.impl === "node" && w.mode === "websocket") return;
  const err = await refused(w.begin());
  assert.equal(err.message, w.mode === "websocket" ? "websocket error" : "xhr poll error");
});

// -- by hand

/** Text payloads: <length in UTF-16 units>:<packet>… */
const pack = (...packets) => packets.map((packet) => `${packet.length}:${packet}`).join("");

function unpack(payload) {
  const packets = [];
  for (let rest = payload; rest !== ""; ) {
    const [head] = rest.split(":", 1);
    const length = Number(head);
    assert.ok(/^\d+$/.test(head), `no length: ${payload}`);
    packets.push(rest.slice(head.length + 1, head.length + 1 + length));
    rest = rest.slice(head.length + 1 + length);
  }
  return packets;
}

/** Binary payloads: <0 text, 1 binary><digits of the length><255><data>… */
function packBinary(...packets) {
  return Buffer.concat(packets.map((packet) => {
    const data = Buffer.isBuffer(packet) ? packet : Buffer.from(packet);
    const digits = [...String(data.length)].map(Number);
    return Buffer.concat([Buffer.from([Buffer.isBuffer(packet) ? 1 : 0, ...digits, 255]), data]);
  }));
}

/** A session of protocol 3 on polling, past its CONNECT. */
async function poll(w, extra = "") {
  const open = await w.http("GET", POLLING + extra);
  const packets = unpack(open.body);
  const handshake = JSON.parse(packets[0].slice(1));
  const path = `${POLLING}${extra}&sid=${handshake.sid}`;
  const session = {
    ...handshake,
    open,
    path,
    get: (options) => w.http("GET", path, options),
    post: (body, options) => w.http("POST", path, { body, ...options }),
  };
  session.pull = async () => unpack((await session.get()).body);
  session.connected = packets[1] ? packets.slice(1) : await session.pull();
  return session;
}

scenario("eio3: the handshake and the CONNECT that nobody asked for", { ...polling, proves: "EIO-030 EIO-032 EIO-038 SIO-050" }, async (w) => {
  const session = await poll(w);
  assert.match(session.open.body, /^\d+:0\{"sid":"[\w-]{20}","upgrades":\["websocket"\],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000\}/);
  assert.equal(session.open.headers["content-type"], "text/plain; charset=UTF-8");
  assert.deepEqual(session.connected, ["40"]);
  for (const path of ["/socket.io/?transport=polling", "/socket.io/?EIO=2&transport=polling"]) {
    assert.match((await w.http("GET", path)).body, /^\d+:0\{/, "whatever is not 4 is 3");
  }
});

scenario("eio3: text payloads count in UTF-16", { ...polling, proves: "EIO-032" }, async (w) => {
  const session = await poll(w);
  const packets = ['421["echo","é😀\u2028"]', '422["echo","plain"]', "423[\"echo\"]"];
  assert.deepEqual(pick(await session.post(pack(...packets))), { status: 200, body: "ok" });
  const got = [];
  while (got.length < 3) {
    const { body } = await session.get();
    got.push(...unpack(body));
  }
  assert.deepEqual(got, ['431["é😀\u2028"]', '432["plain"]', "433[]"]);
});

scenario("eio3: the client pings, the server answers", { ...polling, modes: ["polling", "websocket"], proves: "EIO-031 EIO-102" }, async (w) => {
  if (w.mode === "websocket") {
    const raw = await w.wsSession(WEBSOCKET);
    assert.equal(await raw.frames.next(), "40");
    raw.send("2", "2probe");
    const answers = await raw.frames.take(2);
    assert.deepEqual(answers.map((frame) => frame[0]), ["3", "3"]);
    return;
  }
  const session = await poll(w);
  await session.post(pack("2"));
  assert.deepEqual(await session.pull(), ["3"]);
});

scenario("eio3: a pong from the client ends the session", { ...websocket, proves: "EIO-031" }, async (w) => {
  const { gone } = await w.watch();
  const raw = await w.wsSession(WEBSOCKET);
  raw.send("3");
  await raw.closed.next();
  assert.equal(await gone(raw.handshake.sid), "transport error");
});

scenario("eio3: who does not ping is closed", { ...websocket, proves: "EIO-031 EIO-103", own: { ...own, "ping-interval": 300, "ping-timeout": 700 } }, async (w) => {
  const { gone } = await w.watch();
  const began = performance.now();
  const raw = await w.wsSession(WEBSOCKET);
  await raw.closed.next();
  const waited = performance.now() - began;
  assert.ok(waited > 900, `closed after ${Math.round(waited)} ms`);
  assert.ok(!raw.frames.seen.includes("2"), "the server pinged");
  assert.equal(await gone(raw.handshake.sid), "ping timeout");
});

scenario("eio3: who pings lives on", { ...websocket, proves: "EIO-031", own: { ...own, "ping-interval": 200, "ping-timeout": 2300 } }, async (w) => {
  const raw = await w.wsSession(WEBSOCKET);
  assert.equal(await raw.frames.next(), "40");
  const end = performance.now() + 4000;
  while (performance.now() < end) {
    raw.send("2");
    assert.equal(await raw.frames.next(), "3");
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  raw.send('421["echo"]');
  assert.equal(await raw.frames.next(), "431[]");
});

scenario("eio3: binary on WebSocket begins with its type", { ...websocket, proves: "EIO-034" }, async (w) => {
  const raw = await w.wsSession(WEBSOCKET);
  assert.equal(await raw.frames.next(), "40");
  raw.send('451-7["echo",{"_placeholder":true,"num":0}]', Buffer.from([4, 1, 2, 3]));
  assert.equal(await raw.frames.next(), '461-7[{"_placeholder":true,"num":0}]');
  assert.deepEqual(await raw.frames.next(), Buffer.from([4, 1, 2, 3]));
});

scenario("eio3: binary as base64, for who asks for it", { ...websocket, modes: ["polling", "websocket"], proves: "EIO-034 EIO-035" }, async (w) => {
  const question = ['451-7["echo",{"_placeholder":true,"num":0}]', "b4AQID"];
  const answer = ['461-7[{"_placeholder":true,"num":0}]', "b4AQID"];
  if (w.mode === "websocket") {
    const raw = await w.wsSession(`${WEBSOCKET}&b64=1`);
    assert.equal(await raw.frames.next(), "40");
    raw.send(...question);
    assert.deepEqual(await raw.frames.take(2), answer);
    return;
  }
  const session = await poll(w, "&b64=1");
  await session.post(pack(...question));
  const got = [];
  while (got.length < 2) got.push(...(await session.pull()));
  assert.deepEqual(got, answer);
});

scenario("eio3: binary payloads, in and out", { ...polling, proves: "EIO-033 EIO-034 EIO-037" }, async (w) => {
  const session = await poll(w);
  const headers = { "Content-Type": "application/octet-stream" };
  const question = packBinary('451-7["echo",{"_placeholder":true,"num":0},"é😀"]', Buffer.from([4, 1, 2, 3]), "2");
  assert.deepEqual(pick(await session.post(question, { headers })), { status: 200, body: "ok" });
  const got = [];
  while (!got.at(-1)?.includes(Buffer.from([1, 4, 255, 4, 1, 2, 3]))) {
    const answer = await session.get({ raw: true });
    got.push(answer.body);
    const binary = answer.body[0] < 2;
    assert.equal(answer.headers["content-type"], binary ? "application/octet-stream" : "text/plain; charset=UTF-8");
  }
  const text = '461-7[{"_placeholder":true,"num":0},"é😀"]';
  const alone = Buffer.from(pack(text));
  assert.ok(got.some((body) => body.includes(packBinary(text)) || body.equals(alone)), String(got));
});

scenario("eio3: JSONP", { ...polling, proves: "EIO-036" }, async (w) => {
  const base = `${POLLING}&j=3&b64=1`; // the clients always send b64 with it
  const payload = ({ body }) => {
    assert.match(body, /^___eio\[3\]\(".*"\);$/);
    return unpack(JSON.parse(body.slice("___eio[3](".length, -2)));
  };
  const open = payload(await w.http("GET", base));
  const path = `${base}&sid=${JSON.parse(open[0].slice(1)).sid}`;
  const first = open[1] ? open.slice(1) : payload(await w.http("GET", path));
  assert.deepEqual(first, ["40"]);
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const question = pack('421["echo","\u2028 & + é\\n"]');
  assert.deepEqual(pick(await w.http("POST", path, { headers, body: `d=${encodeURIComponent(question.replaceAll("\\n", "\\\\n"))}` })), { status: 200, body: "ok" });
  const answer = await w.http("GET", path);
  assert.ok(!answer.body.includes("\u2028"), "U+2028 not escaped");
  assert.deepEqual(payload(answer), ['431["\u2028 & + é\\n"]']);
  // Binary travels as base64.
  await w.http("POST", path, { headers, body: `d=${encodeURIComponent(pack('451-2["echo",{"_placeholder":true,"num":0}]', "b4AQID"))}` });
  const got = [];
  while (got.length < 2) got.push(...payload(await w.http("GET", path)));
  assert.deepEqual(got, ['461-2[{"_placeholder":true,"num":0}]', "b4AQID"]);
});

scenario("eio3: namespaces by hand", { ...websocket, proves: "SIO-050 SIO-051 SIO-052 SIO-054" }, async (w) => {
  const raw = await w.wsSession(WEBSOCKET);
  const { sid } = raw.handshake;
  assert.equal(await raw.frames.next(), "40");
  raw.send("40/auth?token=secret,");
  assert.equal(await raw.frames.next(), "40/auth,");
  raw.send('42/auth,1["whoami"]');
  const [who] = JSON.parse((await raw.frames.next()).slice("43/auth,1".length));
  assert.deepEqual(who, { id: `/auth#${sid}`, rooms: [`/auth#${sid}`], auth: { token: "secret" }, nsp: "/auth" });
  raw.send("40/mw?stop=1,");
  // What its middleware has emitted may come first.
  assert.equal(await raw.frames.next((frame) => !frame.startsWith("42/mw,")), '44/mw,"stopped"');
  raw.send("40/nope,");
  // Version 2 of the official server said the text alone, as ours does.
  const refusal = w.expect({ node: '44/nope,{"message":"Invalid namespace"}', go: '44/nope,"Invalid namespace"' });
  assert.equal(await raw.frames.next((frame) => frame.startsWith("44/nope,")), refusal);
});

scenario("eio3: what is wrong in a payload ends the session", { ...polling, proves: "EIO-024 EIO-032" }, async (w) => {
  const { gone } = await w.watch();
  for (const bad of ["", "x", "5:2", "1:", "-1:2", "1x:2", "2:42junk", "1:x", "9999999999999999:2", ":2", "3:zzz"]) {
    const session = await poll(w);
    await session.post(bad);
    assert.equal(await gone(session.sid), "parse error", JSON.stringify(bad));
    assert.equal((await session.get()).status, 400);
  }
});

scenario("eio3: what is wrong in a binary payload ends the session", { ...polling, proves: "EIO-033 EIO-037" }, async (w) => {
  const { gone } = await w.watch();
  const headers = { "Content-Type": "application/octet-stream" };
  const fatal = [[0, 255], [0, 1], [0, 1, 255, 120]];
  // The official server reads more into these than they say: another kind, a length beyond the end, another type.
  const lax = [[2, 1, 255, 52], [0, 9, 255, 50], [1, 1, 255, 9]];
  for (const bad of w.expect({ node: fatal, go: [...fatal, ...lax] })) {
    const session = await poll(w);
    await session.post(Buffer.from(bad), { headers });
    assert.equal(await gone(session.sid), "parse error", String(bad));
    assert.equal((await session.get()).status, 400);
  }
});

scenario("eio3: a session is of one protocol", { ...polling, proves: "NEW-01" }, async (w) => {
  const session = await poll(w);
  const answer = await w.http("GET", session.path.replace("EIO=3", "EIO=4"));
  assert.deepEqual(pick(answer), { status: 400, body: '{"code":3,"message":"Bad request"}' });
  await session.post(pack('421["echo"]'));
  assert.deepEqual(await session.pull(), ["431[]"]);
});

scenario("eio3: the upgrade, step by step", { ...polling, modes: ["upgrade"], proves: "EIO-090 EIO-092 EIO-097" }, async (w) => {
  const session = await poll(w);
  const raw = w.ws(`${WEBSOCKET}&sid=${session.sid}`);
  await raw.opened();
  const pending = session.get();
  raw.send("2probe");
  assert.equal(await raw.frames.next(), "3probe");
  assert.equal((await pending).body, "1:6");
  await session.post(pack('427["echo","kept"]'));
  raw.send("5");
  assert.equal(await raw.frames.next(), '437["kept"]');
  raw.send("2");
  assert.equal(await raw.frames.next(), "3");
});
