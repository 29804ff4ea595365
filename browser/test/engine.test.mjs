import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { attach } from "engine.io";
import { io as ioForNode } from "../dist/node/index.js";
import { io } from "../dist/socket.io.esm.min.js";
import { connected, next, until } from "./kit.mjs";
import { npmServer } from "./servers.mjs";
import { importSources } from "./source.mjs";

// `full` gives the engine its transports.
const { Engine } = (await importSources("engine", "full")).engine;

/** An Engine.IO server, with nothing on top. */
async function startEngineServer(t) {
  const http = createServer();
  const server = attach(http, { pingInterval: 10_000 });
  server.on("connection", ({ transport }) => (transport.closeTimeout = 200));
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    http.close();
    http.closeAllConnections();
  });
  return { engine: server, url: `http://127.0.0.1:${http.address().port}` };
}

async function open(t, opts) {
  const server = await startEngineServer(t);
  const peer = next(server.engine, "connection");
  const engine = new Engine(server.url, opts);
  t.after(() => engine.close());
  await next(engine, "open");
  return { server, engine, peer: (await peer)[0] };
}

/** Runs with another global. */
function useGlobal(t, name, value) {
  const before = globalThis[name];
  globalThis[name] = value;
  t.after(() => (globalThis[name] = before));
}

/** A WebSocket that opens and then answers what the test says. */
class FakeWebSocket {
  constructor() {
    setImmediate(() => this.onopen?.({}));
  }
  send(data) {
    setImmediate(() => this.answer(data));
  }
  close() {}
}

test("the handshake and its events", async (t) => {
  const server = await startEngineServer(t);
  const engine = new Engine(server.url, { upgrade: false });
  t.after(() => engine.close());
  assert.equal(engine.readyState, "opening");
  const [handshake] = await next(engine, "handshake");
  assert.equal(engine.readyState, "open");
  assert.equal(engine.id, handshake.sid);
  assert.deepEqual(handshake.upgrades, ["websocket"]);
  assert.equal(engine.transport.query.sid, handshake.sid);
});

// EIO-195
test("events of packets", async (t) => {
  const { engine, peer } = await open(t, { transports: ["websocket"] });
  peer.on("message", (data) => peer.send(data));
  const log = [];
  for (const event of ["packetCreate", "flush", "drain", "packet", "heartbeat", "data", "message", "ping", "pong"]) {
    engine.on(event, () => log.push(event));
  }
  engine.send("x");
  assert.deepEqual(await next(engine, "message"), ["x"]);
  assert.deepEqual(log.splice(0), ["packetCreate", "flush", "drain", "packet", "heartbeat", "data", "message"]);
  peer.sendPacket("ping");
  await next(engine, "drain");
  assert.deepEqual(log, ["packet", "heartbeat", "packetCreate", "flush", "ping", "pong", "drain"]);
});

test("close() sends what is buffered, and waits for the upgrade", async (t) => {
  for (const opts of [{ upgrade: false }, {}, { transports: ["websocket"] }]) {
    const { engine, peer } = await open(t, opts);
    const received = [];
    peer.on("message", (data) => received.push(data));
    for (const part of ["a", "b", "c"]) engine.send(part);
    const [closed, left] = [next(engine, "close"), next(peer, "close")];
    engine.close();
    engine.send("too late");
    assert.equal(engine.readyState, "closing");
    assert.equal((await closed)[0], "forced close");
    assert.equal((await left)[0], "transport close");
    assert.deepEqual(received, ["a", "b", "c"]);
    assert.deepEqual(engine.writeBuffer, []);
  }
});

test("close() in the middle of an upgrade", async (t) => {
  const { engine, peer } = await open(t);
  const received = [];
  peer.on("message", (data) => received.push(data));
  await next(engine, "upgrading");
  engine.send("held back");
  const [closed, left] = [next(engine, "close"), next(peer, "close")];
  engine.close();
  assert.equal((await closed)[0], "forced close");
  await left;
  assert.deepEqual(received, ["held back"]);
});

test("a probe that gets a wrong answer changes nothing", async (t) => {
  useGlobal(t, "WebSocket", class extends FakeWebSocket {
    answer() {
      this.onmessage?.({ data: "3wrong" });
    }
  });
  const { engine, peer } = await open(t);
  const [err] = await next(engine, "upgradeError");
  assert.equal(err.transport, "websocket");
  assert.match(err.message, /^probe error/);
  peer.send("hello");
  assert.deepEqual(await next(engine, "message"), ["hello"]);
  assert.equal(engine.transport.name, "polling");
});

test("a transport that dies while polling is being paused gives the session back to polling", async (t) => {
  useGlobal(t, "WebSocket", class extends FakeWebSocket {
    answer() {
      this.onmessage?.({ data: "3probe" });
      queueMicrotask(() => this.onclose?.({}));
    }
  });
  const { engine, peer } = await open(t);
  const received = [];
  peer.on("message", (data) => received.push(data));
  engine.on("upgrading", () => engine.send("held back"));
  await next(engine, "upgradeError");
  assert.equal(engine.upgrading, false);
  await until(peer, "message", () => received.length > 0);
  assert.deepEqual(received, ["held back"]);
  for (const text of ["one", "two"]) {
    peer.send(text);
    assert.deepEqual(await next(engine, "message"), [text]);
  }
});

test("a session given up before the handshake is ended at the server", async (t) => {
  const server = await startEngineServer(t);
  const connection = next(server.engine, "connection");
  const engine = new Engine(server.url);
  engine.close();
  const [peer] = await connection;
  if (peer.readyState !== "closed") await next(peer, "close");
  assert.equal(server.engine.clientsCount, 0);
});

test("no transports", async () => {
  const [err] = await next(new Engine("http://127.0.0.1:1", { transports: [] }), "error");
  assert.equal(err.message, "No transports available");
});

test("addresses of requests", async (t) => {
  const seen = [];
  useGlobal(t, "fetch", (uri) => {
    seen.push(uri.replace(/&t=\w+$/, "&t=…"));
    return new Promise(() => {});
  });
  const cases = [
    ["http://example.com", {}, "http://example.com/engine.io/?EIO=4&transport=polling&t=…"],
    ["wss://example.com", { path: "/x/" }, "https://example.com/x/?EIO=4&transport=polling&t=…"],
    ["http://[::1]:3000/nsp", { addTrailingSlash: false }, "http://[::1]:3000/engine.io?EIO=4&transport=polling&t=…"],
    ["https://example.com:443/?a=b", { query: { c: 1 } }, "https://example.com/engine.io/?a=b&EIO=4&transport=polling&t=…"],
    ["http://example.com:443", { query: "c=%26" }, "http://example.com:443/engine.io/?c=%26&EIO=4&transport=polling&t=…"],
    [undefined, { hostname: "::1", secure: true }, "https://[::1]/engine.io/?EIO=4&transport=polling&t=…"],
    [undefined, { host: "example.com", port: 81, timestampRequests: false }, "http://example.com:81/engine.io/?EIO=4&transport=polling"],
    [undefined, {}, "http://localhost/engine.io/?EIO=4&transport=polling&t=…"],
    [undefined, { hostname: "example.com", port: 443, secure: true }, "https://example.com/engine.io/?EIO=4&transport=polling&t=…"],
    ["http://h", { forceBase64: true, timestampParam: "z" }, "http://h/engine.io/?EIO=4&transport=polling&z="],
    ["http://h", { transportOptions: { polling: { path: "/other" } } }, "http://h/other?EIO=4&transport=polling&t=…"],
    ["http://h/?a=b=c&d", {}, "http://h/engine.io/?a=b%3Dc&d=&EIO=4&transport=polling&t=…"],
  ];
  for (const [uri, opts, expected] of cases) {
    const engine = new Engine(uri, { transports: ["polling"], ...opts });
    assert(seen.at(-1).startsWith(expected), `${seen.at(-1)} is not ${expected}`);
    engine.off();
  }
});

// EIO-174
test("sub-protocols are offered on WebSocket", async (t) => {
  const offered = [];
  useGlobal(t, "WebSocket", class extends FakeWebSocket {
    constructor(uri, protocols) {
      super();
      offered.push(protocols);
    }
  });
  for (const protocols of [["first", "second"], "only", undefined]) {
    new Engine("http://h", { transports: ["websocket"], protocols }).off();
  }
  assert.deepEqual(offered, [["first", "second"], "only", undefined]);
});

// EIO-190
for (const [label, open] of Object.entries({ "a build for browsers": io, "a build for Node.js": ioForNode })) {
  test(`headers of requests: ${label}`, async (t) => {
    const server = await npmServer();
    t.after(server.stop);
    const seen = new Set();
    server.io.engine.on("headers", (_, { method, headers }) => seen.add([method, headers.accept, headers["content-type"]].join(" ")));
    const socket = open(server.url, { forceNew: true, transports: ["polling"] });
    t.after(() => socket.disconnect());
    await connected(socket);
    assert.deepEqual(seen, new Set(["GET */* ", "POST */* text/plain;charset=UTF-8"]));
  });
}

test("WebTransport gets a head start", async (t) => {
  const begun = [];
  for (const name of ["WebSocket", "WebTransport"]) {
    class Fake {
      ready = new Promise(() => {});
      closed = this.ready;
      constructor() {
        begun.push(name);
        seen.emit(name);
      }
      close() {}
    }
    useGlobal(t, name, Fake);
  }
  const seen = new EventEmitter();
  const upgrades = ["websocket", "webtransport"];
  const handshake = { sid: "x", upgrades, pingInterval: 25000, pingTimeout: 20000, maxPayload: 1000 };
  let polls = 0;
  useGlobal(t, "fetch", (uri, { method }) => {
    if (method === "GET" && polls++) return new Promise(() => {});
    return Promise.resolve(new Response(method === "GET" ? "0" + JSON.stringify(handshake) : "ok"));
  });
  const started = performance.now();
  const session = new Engine("http://h");
  await next(seen, "WebSocket");
  assert.deepEqual(begun, ["WebTransport", "WebSocket"]);
  assert(performance.now() - started > 190, "the WebSocket has to wait for 200 ms");
  session.close();
});

test("a session that ends while polling is being paused asks for nothing more", async (t) => {
  useGlobal(t, "WebSocket", class extends FakeWebSocket {
    answer() {
      this.onmessage?.({ data: "3probe" });
    }
  });
  const handshake = { sid: "x", upgrades: ["websocket"], pingInterval: 25000, pingTimeout: 20000, maxPayload: 1000 };
  const polls = [];
  const bodies = [];
  useGlobal(t, "fetch", (uri, { method, body }) => {
    if (method === "POST") {
      bodies.push(body);
      return new Promise(() => {});
    }
    return new Promise((resolve) => {
      polls.push((text) => resolve(new Response(text)));
      if (polls.length === 1) polls[0]("0" + JSON.stringify(handshake));
    });
  });
  const session = new Engine("http://h");
  session.send("never acknowledged");
  await next(session, "upgrading");
  const idle = next(session, "heartbeat");
  polls[1]("6");
  await idle;
  const failed = next(session, "upgradeError");
  session.transport.emit("close", { description: "test" });
  await failed;
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([polls.length, bodies, session.readyState], [2, ["4never acknowledged", "1"], "closed"]);
});

test("a request is split at the bytes the server takes", async (t) => {
  const bodies = [];
  let polls = 0;
  const handshake = { sid: "x", upgrades: [], pingInterval: 25000, pingTimeout: 20000, maxPayload: 17 };
  useGlobal(t, "fetch", (uri, { method, body }) => {
    if (method === "GET" && polls++) return new Promise(() => {});
    if (body) bodies.push(body);
    return Promise.resolve(new Response(method === "GET" ? "0" + JSON.stringify(handshake) : "ok"));
  });
  const session = new Engine("http://h");
  await next(session, "open");
  // "41234" + separator + "41234" + separator + "41234" are 17 bytes.
  for (const text of ["1234", "1234", "1234", "much more than the seventeen", "é234", "1234", "1234"]) session.send(text);
  session.send(new Uint8Array(4));
  await next(session, "drain");
  assert.deepEqual(bodies, ["41234", "41234\x1e41234", "4much more than the seventeen", "4é234\x1e41234", "41234\x1ebAAAAAA=="]);
  session.close();
});
