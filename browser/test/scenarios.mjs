// What an application sees, against the published server. The same scenarios run over our builds and over the published
// client, which shows that they ask for nothing the published client does not do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, echoServer, next, startRelay, startServer, until, within } from "./helper.mjs";
import { ourScenarios } from "./ours.mjs";

const MODES = {
  polling: { transports: ["polling"] },
  websocket: { transports: ["websocket"] },
  upgrade: {},
};

/** Registers all scenarios for one client, in each transport mode. */
export function runScenarios(label, client, { isOurs, modes = Object.keys(MODES) }) {
  for (const mode of modes) {
    test(`${label}, ${mode}`, { concurrency: 6, timeout: 90_000 }, async (t) => {
      const running = [];
      for (const [name, scenario] of Object.entries({ ...scenarios, ...(isOurs ? ourScenarios : {}) })) {
        running.push(t.test(name, (t) => scenario(t, context(t, client, mode, isOurs))));
      }
      await Promise.all(running);
    });
  }
}

function context(t, client, mode, isOurs) {
  const sockets = [];
  t.after(() => sockets.forEach((socket) => socket.disconnect()));
  const io = (url, opts = {}) => {
    const socket = client.io(url, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 50, ...MODES[mode], ...opts });
    sockets.push(socket);
    return socket;
  };
  return { io, mode, isOurs, client };
}

const scenarios = {
  async "connects"(t, { io, mode }) {
    const server = await echoServer(t);
    const socket = io(server.url);
    assert.equal(socket.connected, false);
    assert.equal(socket.active, true);
    const [peer] = await next(server.io, "connection");
    if (!socket.connected) await next(socket, "connect");
    assert.equal(socket.connected, true);
    assert.equal(socket.disconnected, false);
    assert.equal(socket.id, peer.id);
    assert(!socket.recovered);
    if (mode === "upgrade") {
      await until(socket.io.engine, "upgrade", () => socket.io.engine.transport.name === "websocket");
      assert.deepEqual(await socket.emitWithAck("x", 1), 1);
    } else {
      assert.equal(socket.io.engine.transport.name, mode);
    }
  },

  async "sends credentials given as an object and as a function"(t, { io }) {
    const server = await startServer(t);
    const seen = [];
    server.io.use((socket, done) => {
      seen.push(socket.handshake.auth);
      done();
    });
    await next(io(server.url, { auth: { token: "a" } }), "connect");
    await next(io(server.url, { auth: (send) => setImmediate(send, { token: "b" }) }), "connect");
    assert.deepEqual(seen, [{ token: "a" }, { token: "b" }]);
  },

  async "reports a refusal with its data, and does not try again"(t, { io }) {
    const server = await startServer(t);
    server.io.use((socket, done) =>
      done(socket.handshake.auth.token === "good" ? undefined : Object.assign(new Error("not you"), { data: { code: 7 } })),
    );
    const socket = io(server.url, { auth: { token: "bad" } });
    const [err] = await next(socket, "connect_error");
    assert(err instanceof Error);
    assert.equal(err.message, "not you");
    assert.deepEqual(err.data, { code: 7 });
    assert.equal(socket.active, false);
    socket.auth = { token: "good" };
    socket.connect();
    await next(socket, "connect");
  },

  async "reports an unknown namespace"(t, { io }) {
    const server = await startServer(t);
    const [err] = await next(io(server.url + "/nope"), "connect_error");
    assert.equal(err.message, "Invalid namespace");
  },

  async "reports that nothing answers, and goes on trying"(t, { io, mode, isOurs }) {
    const server = await startServer(t);
    await server.close();
    const socket = io(server.url);
    const [err] = await next(socket, "connect_error");
    assert.equal(err.type, "TransportError");
    const polling = isOurs && typeof XMLHttpRequest === "undefined" ? "fetch read error" : "xhr poll error";
    assert.equal(err.message, mode === "websocket" ? "websocket error" : polling);
    assert.equal(socket.active, true);
    await next(socket, "connect_error");
  },

  async "echoes every kind of JSON value"(t, { io }) {
    const server = await echoServer(t);
    const socket = io(server.url);
    const values = ["text", "žluťoučký 漢字 🦊 \u2028 \x1e", "", 0, -1.5, true, null, [], {}, { a: [{ b: { c: [1, "2", null] } }] }];
    for (const value of values) {
      socket.emit("echo", value);
      assert.deepEqual(await next(socket, "echo"), [value]);
    }
    const date = new Date(0);
    socket.emit("echo", ...values, date, undefined);
    assert.deepEqual(await next(socket, "echo"), [...values, date.toISOString(), null]);
    socket.emit("no arguments");
    assert.deepEqual(await next(socket, "no arguments"), []);
  },

  async "echoes binary values"(t, { io }) {
    const server = await echoServer(t);
    const socket = io(server.url);
    const raw = Uint8Array.from({ length: 20_000 }, (_, i) => i * 7);
    const kinds = [raw.buffer, raw.subarray(5, 500), new DataView(raw.buffer, 3, 10), Buffer.from(raw), new Uint8Array(0)];
    for (const value of kinds) {
      socket.emit("echo", value);
      const [received] = await next(socket, "echo");
      assert(Buffer.isBuffer(received));
      assert(received.equals(Buffer.from(bytes(value))));
    }
  },

  async "echoes binary values mixed with JSON, in order"(t, { io }) {
    const server = await echoServer(t);
    const socket = io(server.url);
    const received = [];
    socket.on("echo", (...args) => received.push(args));
    for (let i = 0; i < 50; i++) {
      if (i % 2) socket.emit("echo", i, { list: [Buffer.from([i]), "x", { deep: Uint8Array.of(i, i) }], date: new Date(i) });
      else socket.emit("echo", i);
    }
    await until(socket, "echo", () => received.length === 50);
    received.forEach(([i, value], at) => {
      assert.equal(i, at);
      if (i % 2 === 0) return;
      assert.deepEqual(bytes(value.list[0]), [i]);
      assert.deepEqual(bytes(value.list[2].deep), [i, i]);
      assert.equal(value.date, new Date(i).toISOString());
    });
  },

  async "gets acknowledgements"(t, { io }) {
    const server = await echoServer(t);
    const socket = io(server.url);
    const args = await within(new Promise((resolve) => socket.emit("ack", 1, { a: "b" }, (...args) => resolve(args))), "ack");
    assert.deepEqual(args, [1, { a: "b" }]);
    const binary = await socket.emitWithAck("ack", Buffer.from([1, 2, 3]));
    assert.deepEqual(bytes(binary), [1, 2, 3]);
    assert.equal(await socket.timeout(20_000).emitWithAck("ack", "late"), "late");
    const [err, value] = await new Promise((resolve) => socket.timeout(20_000).emit("ack", 5, (...args) => resolve(args)));
    assert.deepEqual([err, value], [null, 5]);
  },

  async "gives acknowledgements, once"(t, { io }) {
    const server = await startServer(t);
    const socket = io(server.url);
    socket.on("ask", (value, ack) => {
      ack(value * 2, Buffer.from([9]));
      ack("again");
    });
    const [peer] = await next(server.io, "connection");
    const answers = [];
    await within(
      new Promise((resolve) =>
        peer.emit("ask", 21, (...args) => {
          answers.push(args);
          resolve();
        }),
      ),
      "ack",
    );
    assert.equal(await peer.timeout(20_000).emitWithAck("ask", 4), 8);
    assert.equal(answers.length, 1);
    assert.equal(answers[0][0], 42);
    assert.deepEqual(bytes(answers[0][1]), [9]);
  },

  async "keeps the order of 1,000 events each way across the upgrade"(t, { io, mode }) {
    const server = await startServer(t);
    const atServer = [];
    const atClient = [];
    const socket = io(server.url);
    // The upgrade comes when both sides are busy.
    let letUpgrade = () => {};
    server.io.engine.use((req, res, next) => {
      if (mode === "upgrade" && req.headers.upgrade && atServer.length < 200) letUpgrade = next;
      else next();
    });
    server.io.on("connection", (peer) => {
      peer.on("n", (n) => {
        const count = atServer.push(n);
        if (count === 200) letUpgrade();
        if (count === 1000) peer.emit("all");
      });
      let n = 0;
      (function more() {
        for (let i = 0; i < 10; i++) peer.emit("n", n++, n % 50 ? undefined : Buffer.from("x"));
        if (n < 1000) setImmediate(more);
      })();
    });
    const lost = new Promise((_, reject) => {
      socket.once("disconnect", (reason, details) => {
        if (atClient.length < 1000) reject(new Error(`disconnected: ${reason}`, { cause: details }));
      });
    });
    lost.catch(() => {});
    socket.on("n", (n) => atClient.push(n));
    socket.once("connect", () => {
      if (mode === "upgrade") assert.equal(socket.io.engine.transport.name, "polling");
      let n = 0;
      (function more() {
        for (let i = 0; i < 10; i++) socket.emit("n", n++, n % 50 ? undefined : Buffer.from("x"));
        if (n < 1000) setImmediate(more);
      })();
    });
    await Promise.race([next(socket, "all", 60_000), lost]);
    await until(socket, "n", () => atClient.length === 1000);
    const expected = Array.from({ length: 1000 }, (_, i) => i);
    assert.deepEqual(atServer, expected);
    assert.deepEqual(atClient, expected);
    if (mode === "upgrade") assert.equal(socket.io.engine.transport.name, "websocket");
  },

  async "shares one connection between namespaces"(t, { io, client }) {
    const server = await echoServer(t);
    const opts = { forceNew: false };
    const [main, admin] = [io(server.url + "/", opts), io(server.url + "/admin", opts)];
    assert.equal(main.io, admin.io);
    await Promise.all([next(main, "connect"), next(admin, "connect")]);
    assert.equal(server.io.engine.clientsCount, 1);
    assert.notEqual(main.id, admin.id);
    assert.equal(admin.nsp, "/admin");
    assert.equal(await main.emitWithAck("x", "main"), "main");
    assert.equal(await admin.emitWithAck("x", "admin"), "admin");
    // One leaves, the other one stays.
    admin.disconnect();
    assert.equal(await main.emitWithAck("x", "still"), "still");
    const second = io(server.url + "/", opts);
    assert.notEqual(second.io, main.io);
    await next(second, "connect");
    assert(main.io instanceof client.Manager);
  },

  async "passes the query on"(t, { io }) {
    const server = await startServer(t);
    const inUrl = next(server.io, "connection");
    io(server.url + "/?a=1&b=x%20%C3%A9=y");
    const { query } = (await inUrl)[0].handshake;
    assert.deepEqual([query.a, query.b, query.EIO], ["1", "x é=y", "4"]);
    const asOption = next(server.io, "connection");
    io(server.url, { query: { c: "ž&" } });
    assert.equal((await asOption)[0].handshake.query.c, "ž&");
  },

  async "times out waiting for an acknowledgement"(t, { io }) {
    const server = await startServer(t);
    const socket = io(server.url);
    await next(socket, "connect");
    const err = await new Promise((resolve) => socket.timeout(20).emit("unanswered", resolve));
    assert.equal(err.message, "operation has timed out");
    await assert.rejects(socket.timeout(20).emitWithAck("unanswered"), { message: "operation has timed out" });
    const withDefault = io(server.url, { ackTimeout: 20 });
    await assert.rejects(withDefault.emitWithAck("unanswered"), { message: "operation has timed out" });
  },

  async "drops volatile events while disconnected"(t, { io }) {
    const server = await echoServer(t);
    const socket = io(server.url, { autoConnect: false });
    const received = [];
    socket.onAny((event) => received.push(event));
    socket.volatile.emit("dropped");
    socket.emit("kept");
    socket.connect();
    await until(socket, "kept", () => received.length > 0);
    await until(socket.io.engine, "drain", () => socket.io.engine.transport.writable);
    socket.volatile.emit("sent");
    await next(socket, "sent");
    assert.deepEqual(received, ["kept", "sent"]);
  },

  async "is disconnected by the server"(t, { io }) {
    const server = await startServer(t);
    const socket = io(server.url);
    const [peer] = await next(server.io, "connection");
    if (!socket.connected) await next(socket, "connect");
    peer.disconnect();
    assert.equal((await next(socket, "disconnect"))[0], "io server disconnect");
    assert.equal(socket.active, false);
    assert.equal(socket.connected, false);
    assert.equal(socket.id, undefined);
    socket.connect();
    await next(socket, "connect");
  },

  async "loses the connection to the server"(t, { io, mode }) {
    const server = await startServer(t);
    const socket = io(server.url);
    const [peer] = await next(server.io, "connection");
    if (!socket.connected) await next(socket, "connect");
    if (mode === "upgrade") await until(socket.io.engine, "upgrade", () => socket.io.engine.transport.name === "websocket");
    const ended = next(socket, "disconnect");
    peer.conn.close();
    assert.equal((await ended)[0], "transport close");
    assert.equal(socket.active, true);
    await next(socket, "connect");
  },

  async "disconnects"(t, { io }) {
    const server = await startServer(t);
    const socket = io(server.url);
    const [peer] = await next(server.io, "connection");
    if (!socket.connected) await next(socket, "connect");
    const left = next(peer, "disconnect");
    const reasons = [];
    socket.on("disconnect", (reason) => reasons.push(reason));
    socket.disconnect();
    assert.deepEqual(reasons, ["io client disconnect"]);
    assert.equal(socket.active, false);
    assert.equal((await left)[0], "client namespace disconnect");
    await until(server.io.engine, "connection", () => true);
    // And connects again when told to.
    socket.connect();
    await next(socket, "connect");
    assert.deepEqual(reasons, ["io client disconnect"]);
  },

  async "disconnects while connecting without an event"(t, { io }) {
    const server = await startServer(t);
    const socket = io(server.url);
    const events = [];
    for (const event of ["connect", "connect_error", "disconnect"]) socket.on(event, () => events.push(event));
    socket.disconnect();
    await next(io(server.url), "connect");
    assert.deepEqual(events, []);
  },

  async "reconnects after a restart of the server, and sends what was kept"(t, { io }) {
    const first = await startServer(t);
    const socket = io(first.url);
    await next(socket, "connect");
    const oldId = socket.id;
    const attempts = [];
    socket.io.on("reconnect_attempt", (n) => attempts.push(n));
    const failure = next(socket.io, "reconnect_error");
    await Promise.all([next(socket, "disconnect"), first.close()]);
    socket.emit("while away", 1);
    socket.emit("while away", 2);
    assert.equal(socket.sendBuffer.length, 2);
    assert((await failure)[0] instanceof Error);
    const received = [];
    const reconnected = next(socket.io, "reconnect");
    const second = await startServer(t, {}, first.port);
    second.io.on("connection", (peer) => peer.on("while away", (n) => received.push(n) === 2 && peer.emit("both")));
    const bufferAtConnect = new Promise((resolve) => socket.once("connect", () => resolve(socket.sendBuffer.length)));
    await next(socket, "both");
    assert.equal(await bufferAtConnect, 0);
    assert.deepEqual(received, [1, 2]);
    assert.notEqual(socket.id, oldId);
    assert.equal((await reconnected)[0], attempts.length);
    assert.deepEqual(attempts, attempts.map((_, i) => i + 1));
  },

  async "gives up after reconnectionAttempts"(t, { io }) {
    const server = await startServer(t);
    await server.close();
    const socket = io(server.url, { reconnectionAttempts: 2 });
    const events = [];
    for (const event of ["reconnect_attempt", "reconnect_error"]) socket.io.on(event, () => events.push(event));
    await next(socket.io, "reconnect_failed");
    assert.equal(events.filter((event) => event === "reconnect_attempt").length, 2);
  },

  async "does not reconnect when told not to"(t, { io }) {
    const server = await startServer(t);
    const socket = io(server.url, { reconnection: false });
    await next(socket, "connect");
    const attempts = [];
    socket.io.on("reconnect_attempt", (n) => attempts.push(n));
    await Promise.all([next(socket, "disconnect"), server.close()]);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(socket.io.reconnection(), false);
    assert.deepEqual(attempts, []);
  },

  async "notices a server that went silent"(t, { io }) {
    const server = await startServer(t, { pingInterval: 100, pingTimeout: 150 });
    const relay = await startRelay(t, server.port);
    const socket = io(relay.url);
    await next(socket, "connect");
    await next(socket.io, "ping");
    const ended = next(socket, "disconnect");
    relay.silence();
    assert.equal((await ended)[0], "ping timeout");
    relay.speak();
    await next(socket, "connect");
  },

  async "gives up an attempt to connect after the timeout"(t, { io }) {
    const server = await startServer(t);
    const relay = await startRelay(t, server.port);
    relay.silence();
    const [err] = await next(io(relay.url, { timeout: 50, reconnection: false }), "connect_error");
    assert.equal(err.message, "timeout");
  },

  async "fails waiting acknowledgements when disconnected"(t, { io }) {
    const server = await startServer(t);
    const socket = io(server.url);
    await next(socket, "connect");
    const pending = assert.rejects(socket.emitWithAck("unanswered"), { message: "socket has been disconnected" });
    const late = new Promise((resolve) => socket.timeout(5000).emit("unanswered", resolve));
    socket.disconnect();
    await pending;
    assert.equal((await late).message, "socket has been disconnected");
  },

  async "refuses more than ten attachments"(t, { io }) {
    const server = await startServer(t);
    const socket = io(server.url);
    const [peer] = await next(server.io, "connection");
    const list = (n) => Array.from({ length: n }, (_, i) => Buffer.from([i]));
    peer.emit("ten", list(10));
    assert.equal((await next(socket, "ten"))[0].length, 10);
    const ended = next(socket, "disconnect");
    peer.emit("eleven", list(11));
    const [reason, description] = await ended;
    assert.equal(reason, "parse error");
    assert.equal(description.message, "too many attachments");
  },

  async "sends large bursts within the server's limit"(t, { io }) {
    const server = await startServer(t, { maxHttpBufferSize: 1000 });
    const received = [];
    const socket = io(server.url);
    server.io.on("connection", (peer) => peer.on("n", (n) => received.push(n) === 100 && peer.emit("all")));
    for (let i = 0; i < 100; i++) socket.emit("n", i, i % 2 ? "é".repeat(50) : Buffer.alloc(30));
    await next(socket, "all");
    assert.deepEqual(received, received.map((_, i) => i));
    assert.equal(socket.connected, true);
  },

  async "tells onAny and onAnyOutgoing about every event"(t, { io }) {
    const server = await echoServer(t);
    const socket = io(server.url);
    const log = [];
    socket.onAny((...args) => log.push(["in", ...args]));
    socket.prependAny((event) => log.push(["first", event]));
    socket.onAnyOutgoing((...args) => log.push(["out", ...args]));
    assert.equal(socket.listenersAny().length, 2);
    socket.emit("x", 1);
    await next(socket, "x");
    socket.offAny().offAnyOutgoing();
    socket.emit("y");
    await next(socket, "y");
    assert.deepEqual(log, [["out", "x", 1], ["first", "x"], ["in", "x", 1]]);
  },

  async "calls listeners registered with on and once, and not those removed"(t, { io }) {
    const server = await echoServer(t);
    const socket = io(server.url);
    const log = [];
    const removed = () => log.push("removed");
    socket.on("x", () => log.push("on"));
    socket.once("x", () => log.push("once"));
    socket.on("x", removed).off("x", removed);
    socket.once("x", removed).off("x", removed);
    for (let i = 0; i < 2; i++) {
      socket.emit("x");
      await next(socket, "x");
    }
    assert.deepEqual(log, ["on", "once", "on"]);
    assert.equal(socket.hasListeners("x"), true);
    assert.equal(socket.listeners("x").length, 1);
    socket.removeAllListeners("x");
    assert.equal(socket.hasListeners("x"), false);
  },

  async "refuses reserved event names"(t, { io }) {
    const socket = io("http://127.0.0.1:1", { autoConnect: false });
    for (const name of ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]) {
      assert.throws(() => socket.emit(name), { message: `"${name}" is a reserved event name` });
    }
    assert.doesNotThrow(() => socket.emit("error"));
  },

  async "recovers the state of the connection"(t, { io }) {
    const server = await startServer(t, { connectionStateRecovery: {} });
    const socket = io(server.url, { reconnection: false });
    const [peer] = await next(server.io, "connection");
    const received = [];
    socket.on("n", (n) => received.push(n));
    peer.emit("n", 1);
    await next(socket, "n");
    const { id } = socket;
    const lost = next(peer, "disconnect");
    socket.io.engine.close();
    await lost;
    server.io.emit("n", 2);
    socket.connect();
    await next(socket, "connect");
    if (received.length < 2) await next(socket, "n");
    assert.equal(socket.recovered, true);
    assert.equal(socket.id, id);
    assert.deepEqual(received, [1, 2]);
  },

  async "retries until an event is acknowledged, one at a time"(t, { io }) {
    const server = await startServer(t);
    const seen = [];
    server.io.on("connection", (peer) => {
      peer.on("job", (n, ack) => {
        seen.push(n);
        if (seen.length > 2) ack("done " + n);
      });
    });
    const socket = io(server.url, { retries: 50, ackTimeout: 300 });
    const answers = await within(
      Promise.all([1, 2].map((n) => new Promise((resolve) => socket.emit("job", n, (...args) => resolve(args))))),
      "answers",
    );
    assert.deepEqual(answers, [[null, "done 1"], [null, "done 2"]]);
    // On a busy machine there may be more tries, but never of both at once.
    assert(seen.length >= 4);
    assert.deepEqual(seen, seen.toSorted());
  },
};
