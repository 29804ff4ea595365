// What a page tells its scripts: offline, online, hidden, left, restored. Here with a page made of two EventTargets; the bench
// measures a real one. And what a server may ask for: to be left alone for a while.
import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import { test } from "node:test";
import { connected, next, until } from "./kit.mjs";
import { npmServer } from "./servers.mjs";
import { requireScript } from "./source.mjs";

const page = new EventTarget();
setMaxListeners(0, page);
globalThis.addEventListener = page.addEventListener.bind(page);
globalThis.removeEventListener = page.removeEventListener.bind(page);
globalThis.document = Object.assign(new EventTarget(), { hidden: false });
setMaxListeners(0, document);
Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true, writable: true });

let copies = 0;
/** Each copy of a client has its own idea of when the page woke up. */
const clients = {
  minified: async () => (await import(`../dist/socket.io.esm.min.js?${++copies}`)).io,
  readable: async () => requireScript("socket.io.js"),
};

const A_MINUTE = { forceNew: true, reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 };

const tell = (type, details) => page.dispatchEvent(Object.assign(new Event(type), details));

function network(isThere) {
  navigator.onLine = isThere;
  tell(isThere ? "online" : "offline");
}

const wakers = {
  online: () => tell("online"),
  "pageshow from the cache": () => tell("pageshow", { persisted: true }),
  visibilitychange: () => document.dispatchEvent(new Event("visibilitychange")),
};

for (const [label, load] of Object.entries(clients)) {
  const connect = async (t, opts, serverOpts) => {
    const [io, server] = await Promise.all([load(), npmServer(serverOpts)]);
    t.after(server.stop);
    const socket = io(server.url, { ...A_MINUTE, ...opts });
    t.after(() => socket.disconnect());
    await connected(socket);
    return { server, socket };
  };
  const lose = async (socket) => {
    const ended = next(socket, "disconnect");
    socket.io.engine.close();
    return ended;
  };

  test(`offline ends the connection, online brings it back at once (${label})`, async (t) => {
    const { socket } = await connect(t);
    const ended = next(socket, "disconnect");
    network(false);
    const [reason, details] = await ended;
    assert.deepEqual([reason, details], ["transport close", { description: "network connection lost" }]);
    network(true);
    await next(socket, "connect");
  });

  // EIO-193
  test(`offline is no end of a connection to localhost (${label})`, async (t) => {
    const [io, server] = await Promise.all([load(), npmServer()]);
    t.after(server.stop);
    server.io.on("connection", (socket) => socket.on("echo", (value, ack) => ack(value)));
    const socket = io(server.url.replace("127.0.0.1", "localhost"), A_MINUTE);
    t.after(() => {
      network(true);
      socket.off("disconnect").disconnect();
    });
    await connected(socket);
    const ended = next(socket, "disconnect");
    network(false);
    assert.equal(await Promise.race([ended, socket.emitWithAck("echo", "still here")]), "still here");
  });

  test(`nothing is tried while offline (${label})`, async (t) => {
    const { socket } = await connect(t, { reconnectionDelay: 1, reconnectionDelayMax: 1 });
    const attempts = [];
    socket.io.on("reconnect_attempt", (n) => attempts.push(n));
    network(false);
    // It is time for some, were there a network.
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual([attempts, socket.active], [[], true]);
    network(true);
    await next(socket, "connect");
    assert.deepEqual(attempts, [1]);
  });

  for (const [event, wake] of Object.entries(wakers)) {
    test(`${event} ends the wait for the next attempt (${label})`, async (t) => {
      const { socket } = await connect(t);
      await lose(socket);
      wake();
      await next(socket, "connect");
      // Nothing happens to a connection that is fine.
      wake();
      assert.equal(socket.connected, true);
    });

    test(`what breaks right after ${event} is mended at once (${label})`, async (t) => {
      const { socket } = await connect(t);
      wake();
      await lose(socket);
      await next(socket, "connect");
    });
  }

  test(`only the first attempt after waking up is in a hurry (${label})`, async (t) => {
    const { server, socket } = await connect(t);
    await server.stop();
    const attempts = [];
    socket.io.on("reconnect_attempt", (n) => attempts.push(n));
    wakers.online();
    await next(socket.io, "reconnect_error");
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual(attempts, [1]);
  });

  test(`a page that loads, or stays hidden, is not in a hurry, and a disconnected socket stays so (${label})`, async (t) => {
    const { socket } = await connect(t);
    await lose(socket);
    const attempts = [];
    socket.io.on("reconnect_attempt", (n) => attempts.push(n));
    tell("pageshow", { persisted: false });
    document.hidden = true;
    wakers.visibilitychange();
    document.hidden = false;
    socket.disconnect();
    Object.values(wakers).forEach((wake) => wake());
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual(attempts, []);
  });

  test(`a page that is seen again checks the heartbeat (${label})`, async (t) => {
    const { socket } = await connect(t);
    const { now } = Date;
    t.after(() => (Date.now = now));
    const ended = next(socket, "disconnect");
    Date.now = () => now() + 3_600_000;
    wakers.visibilitychange();
    Date.now = now;
    assert.equal((await ended)[0], "ping timeout");
  });

  test(`a heartbeat that is noticed late was missed in a sleep, and not waited for (${label})`, async (t) => {
    const { server, socket } = await connect(t, { transports: ["websocket"] }, { pingInterval: 1000, pingTimeout: 1000 });
    // The server forgets its heartbeat.
    const [{ conn }] = server.io.sockets.sockets.values();
    for (const timer of [conn.pingIntervalTimer, conn.pingTimeoutTimer]) clearTimeout(timer);
    const { now } = Date;
    t.after(() => (Date.now = now));
    Date.now = () => now() + 10_000;
    assert.equal((await next(socket, "disconnect"))[0], "ping timeout");
    Date.now = now;
    await next(socket, "connect");
  });

  test(`a connection that the server has ended during a sleep is made again at once (${label})`, async (t) => {
    const { server, socket } = await connect(t, { transports: ["websocket"] });
    const [peer] = server.io.sockets.sockets.values();
    const { now } = Date;
    t.after(() => (Date.now = now));
    const ended = next(socket, "disconnect");
    Date.now = () => now() + 3_600_000;
    // Its last ping was still on the way.
    const pinged = next(socket.io, "ping");
    peer.conn.sendPacket("ping");
    await pinged;
    peer.conn.close();
    assert.equal((await ended)[0], "transport close");
    Date.now = now;
    await next(socket, "connect");
  });

  for (const transport of ["polling", "websocket"]) {
    test(`a page that goes to the cache disconnects cleanly, and comes back: ${transport} (${label})`, async (t) => {
      const { server, socket } = await connect(t, { transports: [transport] });
      const [peer] = server.io.sockets.sockets.values();
      const [ended, left] = [next(socket, "disconnect"), next(peer, "disconnect")];
      tell("pagehide", { persisted: true });
      assert.deepEqual(await ended, ["transport close", { description: "page hidden" }]);
      assert.equal((await left)[0], "transport close");
      tell("pageshow", { persisted: true });
      await next(socket, "connect");
    });

    test(`a page that is left tells the server, and nobody else: ${transport} (${label})`, async (t) => {
      const { server, socket } = await connect(t, { transports: [transport] });
      const [peer] = server.io.sockets.sockets.values();
      const left = next(peer, "disconnect");
      socket.on("disconnect", () => assert.fail("disconnect"));
      tell("pagehide", { persisted: false });
      assert.equal((await left)[0], "transport close");
      socket.off("disconnect");
    });
  }

  test(`closeOnBeforeunload ends the session without an event (${label})`, async (t) => {
    const { server, socket } = await connect(t, { closeOnBeforeunload: true });
    const [peer] = server.io.sockets.sockets.values();
    const left = next(peer, "disconnect");
    socket.on("disconnect", () => assert.fail("disconnect"));
    tell("beforeunload");
    await left;
    socket.off("disconnect");
    // A session that is over does not listen any more.
    socket.disconnect();
    tell("beforeunload");
  });

  /** A server that refuses requests for packets with a Retry-After header until it is told not to. */
  const busyServer = async (t, retryAfter) => {
    const server = await npmServer();
    t.after(server.stop);
    const [answer] = server.http.listeners("request");
    let isBusy = true;
    server.http.removeAllListeners("request").on("request", (req, res) => {
      if (isBusy) res.writeHead(503, { "Retry-After": retryAfter }).end();
      else answer.call(server.http, req, res);
    });
    return { ...server, free: () => (isBusy = false) };
  };

  test(`a server says in seconds when to come back (${label})`, async (t) => {
    const io = await load();
    const server = await busyServer(t, "1");
    const asked = performance.now();
    const socket = io(server.url, { forceNew: true, reconnectionDelay: 1, reconnectionDelayMax: 1 });
    t.after(() => socket.disconnect());
    const [err] = await next(socket, "connect_error");
    assert.deepEqual([err.description, err.retryAfter], [503, 1000]);
    server.free();
    wakers.online(); // it does not hurry either
    await connected(socket);
    const waited = performance.now() - asked;
    assert(waited >= 990, `only ${waited} ms`);
  });

  test(`a server says with a date when to come back (${label})`, async (t) => {
    const io = await load();
    const server = await busyServer(t, new Date(Date.now() + 3_600_000).toUTCString());
    const socket = io(server.url, { forceNew: true });
    t.after(() => socket.disconnect());
    const [err] = await next(socket, "connect_error");
    assert(err.retryAfter > 3_500_000 && err.retryAfter <= 3_600_000, err.retryAfter);
  });

  test(`a server says nonsense about when to come back (${label})`, async (t) => {
    const io = await load();
    for (const value of ["soon", "-5", ""]) {
      const server = await busyServer(t, value);
      const socket = io(server.url, { forceNew: true, reconnectionDelay: 1, reconnectionDelayMax: 1 });
      t.after(() => socket.disconnect());
      const [err] = await next(socket, "connect_error");
      assert.equal(err.retryAfter, undefined);
      server.free();
      await connected(socket);
    }
  });

  test(`a namespace says when to ask again (${label})`, async (t) => {
    const [io, server] = await Promise.all([load(), npmServer()]);
    t.after(server.stop);
    let refusals = 0;
    server.io.use((socket, done) => {
      done(refusals++ ? undefined : Object.assign(new Error("full"), { data: { retryAfter: 1000 } }));
    });
    const asked = performance.now();
    const socket = io(server.url, { forceNew: true, reconnectionDelay: 1 });
    t.after(() => socket.disconnect());
    const [err] = await next(socket, "connect_error");
    assert.deepEqual([err.message, err.data], ["full", { retryAfter: 1000 }]);
    assert.deepEqual([socket.active, socket.connected], [true, false]);
    await until(socket, "connect", () => socket.connected);
    assert(performance.now() - asked >= 990);
  });

  test(`a refused socket that is disconnected, or that does not reconnect, does not ask again (${label})`, async (t) => {
    const [io, server] = await Promise.all([load(), npmServer()]);
    t.after(server.stop);
    let refusals = 0;
    server.io.use((socket, done) => {
      refusals++;
      done(Object.assign(new Error("full"), { data: { retryAfter: 20 } }));
    });
    const socket = io(server.url, { forceNew: true, reconnectionDelay: 1 });
    await next(socket, "connect_error");
    socket.disconnect();
    const lone = io(server.url, { forceNew: true, reconnection: false });
    await next(lone, "connect_error");
    assert.deepEqual([socket.active, lone.active], [false, false]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(refusals, 2);
  });
}
