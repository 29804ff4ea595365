// WebTransport without a network: a class that takes the place of the platform's, and is connected to the published server by
// streams in memory. test/quic.test.mjs has the real one.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as official from "socket.io-client";
import * as minified from "../dist/socket.io.esm.min.js";
import * as forNode from "../dist/node/index.js";
import { ask, bytes, connected, movedTo, next, sample, until } from "./kit.mjs";
import { npmServer } from "./servers.mjs";
import { importSources, requireScript } from "./source.mjs";

const clients = {
  "our build for Node.js": { client: forNode, isOurs: true },
  "our readable build": { client: requireScript("socket.io.js"), isOurs: true },
  "our minified build": { client: minified, isOurs: true },
  "the published client": { client: official, isOurs: false },
};

/** Two ends of a stream; what is written at one comes out of the other, in chunks of that size. */
function pipe(chunkSize) {
  const cut = new TransformStream({
    transform(chunk, controller) {
      for (let at = 0; at < chunk.length; at += chunkSize) controller.enqueue(chunk.slice(at, at + chunkSize));
    },
  });
  return cut;
}

/** Installs a WebTransport whose sessions are given to accept(session, url, options); `sessions` has them. */
function useWebTransport(t, accept, chunkSize = 1 << 16) {
  const sessions = [];
  class FakeWebTransport {
    #ends = deferred();
    ready = Promise.resolve();
    closed = this.#ends.promise;
    constructor(url, options) {
      const streams = new TransformStream();
      this.opened = streams.writable.getWriter();
      sessions.push(this);
      accept({ incomingBidirectionalStreams: streams.readable, closed: this.closed.catch(() => {}), close: () => this.close() }, url, options);
    }
    async createBidirectionalStream() {
      const [up, down] = [pipe(chunkSize), pipe(chunkSize)];
      void this.opened.write({ readable: up.readable, writable: down.writable });
      return { readable: down.readable, writable: up.writable };
    }
    close() {
      // As on a network, the news comes after the data.
      setImmediate(() => this.#ends.resolve({ closeCode: 0, reason: "" }));
    }
    fail(err) {
      this.#ends.reject(err);
    }
  }
  globalThis.WebTransport = FakeWebTransport;
  t.after(() => delete globalThis.WebTransport);
  return sessions;
}

function deferred() {
  const result = {};
  result.promise = new Promise((resolve, reject) => Object.assign(result, { resolve, reject }));
  return result;
}

async function start(t, options, chunkSize) {
  const server = await npmServer({ cors: undefined, transports: ["polling", "websocket", "webtransport"], ...options });
  t.after(server.stop);
  server.io.on("connection", (socket) => {
    socket.onAny((event, ...args) => {
      const ack = typeof args.at(-1) === "function" && args.pop();
      if (ack) ack(...args);
      else socket.emit(event, ...args);
    });
  });
  const sessions = useWebTransport(t, (session) => server.io.engine.onWebTransportSession(session), chunkSize);
  return { ...server, sessions };
}

for (const [label, { client, isOurs }] of Object.entries(clients)) {
  const connect = async (t, { url }, opts) => {
    const socket = client.io(url, { forceNew: true, reconnectionDelay: 10, transports: ["webtransport"], ...opts });
    t.after(() => socket.disconnect());
    return connected(socket);
  };

  test(`connects over WebTransport alone: ${label}`, async (t) => {
    const server = await start(t);
    const socket = await connect(t, server);
    assert.equal(socket.io.engine.transport.name, "webtransport");
    assert.deepEqual(await ask(socket, "x", 1, { a: "ž🦊" }), [1, { a: "ž🦊" }]);
  });

  for (const chunkSize of [1, 7, 65536]) {
    test(`sends and receives frames of every size, cut into chunks of ${chunkSize}: ${label}`, async (t) => {
      const server = await start(t, {}, chunkSize);
      const socket = await connect(t, server);
      for (const size of [1, 100, 125, 126, 127, 1000, ...(chunkSize > 1 ? [65535, 65536, 200_000] : [])]) {
        const [binary, text] = await ask(socket, "x", sample(size), "é".repeat(size / 2));
        assert.deepEqual(bytes(binary), bytes(sample(size)));
        assert.equal(text, "é".repeat(size / 2));
      }
    });
  }

  test(`keeps the order of 1,000 events: ${label}`, async (t) => {
    const socket = await connect(t, await start(t));
    const received = [];
    socket.on("n", (n) => received.push(n));
    for (let n = 0; n < 1000; n++) socket.emit("n", n, n % 50 ? undefined : Uint8Array.of(n));
    await until(socket, "n", () => received.length === 1000);
    assert.deepEqual(received, received.map((_, i) => i));
  });

  test(`answers pings: ${label}`, async (t) => {
    const socket = await connect(t, await start(t, { pingInterval: 50, pingTimeout: 5000 }));
    socket.on("disconnect", (reason) => assert.fail(reason));
    for (let i = 0; i < 3; i++) await next(socket.io, "ping");
    socket.off("disconnect");
  });

  test(`moves from polling to WebTransport, and favours it over WebSocket: ${label}`, async (t) => {
    const server = await start(t);
    const socket = await connect(t, server, { transports: ["polling", "websocket", "webtransport"] });
    await movedTo(socket, "webtransport");
    assert.deepEqual(await ask(socket, "x", sample(3)).then(([data]) => bytes(data)), [0, 1, 2]);
    const [peer] = Object.values(server.io.engine.clients);
    assert.equal(peer.transport.name, "webtransport");
  });

  test(`is disconnected by the server, and by the end of the session: ${label}`, async (t) => {
    const server = await start(t);
    const socket = await connect(t, server);
    const ended = next(socket, "disconnect");
    server.sessions[0].close();
    const [reason, details] = await ended;
    assert.equal(reason, "transport close");
    if (isOurs) assert.deepEqual([details.description, details.context], ["webtransport connection closed", { closeCode: 0, reason: "" }]);
    await next(socket, "connect");
  });

  test(`reports what is wrong with the session: ${label}`, async (t) => {
    const server = await start(t);
    const socket = await connect(t, server, { reconnection: false });
    const ended = next(socket, "disconnect");
    const cause = new Error("the network is gone");
    server.sessions[0].fail(cause);
    const [reason, err] = await ended;
    assert.deepEqual([reason, err.message, err.type, err.description], ["transport error", "webtransport error", "TransportError", cause]);
  });

  test(`closes the session: ${label}`, async (t) => {
    const server = await start(t);
    const socket = await connect(t, server);
    const [peer] = server.io.sockets.sockets.values();
    const left = next(peer, "disconnect");
    socket.disconnect();
    assert.equal((await left)[0], "client namespace disconnect");
    await server.sessions[0].closed;
  });

  test(`passes options on to the constructor: ${label}`, async (t) => {
    const given = deferred();
    useWebTransport(t, (session, url, options) => given.resolve([url, options]));
    const options = { serverCertificateHashes: [{ algorithm: "sha-256", value: new Uint8Array(32) }] };
    const socket = client.io("http://example.com:81", { forceNew: true, transports: ["webtransport"], transportOptions: { webtransport: options } });
    t.after(() => socket.disconnect());
    const [url, seen] = await given.promise;
    assert.equal(url.replace(/\?.*/, ""), "https://example.com:81/socket.io/");
    assert.equal(seen, options);
  });

  test(`a platform without WebTransport: ${label}`, async (t) => {
    const { url, stop } = await npmServer({ cors: undefined, transports: ["polling", "webtransport"] });
    t.after(stop);
    const socket = client.io(url, { forceNew: true, reconnection: false, transports: ["webtransport"], timeout: 500 });
    t.after(() => socket.disconnect());
    const [err] = await next(socket, "connect_error");
    // The published client says so before anybody can hear it.
    if (isOurs) assert.deepEqual([err.message, err.description.name], ["webtransport error", "ReferenceError"]);
    const other = client.io(url, { forceNew: true, transports: ["polling", "webtransport"] });
    t.after(() => other.disconnect());
    const failed = next(other.io.engine, "upgradeError");
    await connected(other);
    assert.equal((await failed)[0].transport, "webtransport");
    assert.equal(other.connected, true);
  });
}

// Frames that no server should send.
const { engine } = await importSources("engine", "full");

for (const [what, frame] of Object.entries({
  "an empty text": [0],
  "a frame of more than 2^53 bytes": [127, 0xff, 0, 0, 0, 0, 0, 0, 0, 1],
  "an unknown packet": [2, 0x39, 0x39],
})) {
  test(`${what} ends the session`, async (t) => {
    useWebTransport(t, async (session) => {
      const { value } = await session.incomingBidirectionalStreams.getReader().read();
      void value.readable.pipeTo(new WritableStream());
      await value.writable.getWriter().write(Uint8Array.from(frame));
    });
    const session = new engine.Engine("http://h", { transports: ["webtransport"] });
    const [err] = await next(session, "error");
    assert.deepEqual([err.message, err.code], ["server error", "parser error"]);
    assert.equal(session.readyState, "closed");
  });
}
