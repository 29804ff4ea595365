// Connecting, being refused, disconnecting.
import { ask, assert, connected, equal, movedTo, next, nextTask, until } from "../kit.mjs";
import { scenario } from "./registry.mjs";

scenario("connects", async (t) => {
  const socket = t.io();
  equal([socket.connected, socket.disconnected, socket.active, socket.id], [false, true, true, undefined]);
  await connected(socket);
  equal([socket.connected, socket.disconnected, socket.active], [true, false, true]);
  assert(!socket.recovered);
  const [who] = await ask(socket, "whoami");
  equal(who, { id: socket.id, rooms: [socket.id], auth: {}, nsp: "/" });
  await movedTo(socket, t.lastTransport);
  equal(await ask(socket, "echo", 1), [1]);
});

scenario("sends credentials given as an object, and as a function", async (t) => {
  const givers = [{ token: "secret" }, (send) => setTimeout(send, 5, { token: "secret" })];
  for (const auth of givers) {
    const socket = await connected(t.io(`${t.url}/auth`, { auth }));
    equal((await ask(socket, "whoami"))[0].auth, { token: "secret" });
  }
});

scenario("reports a refusal with its data, and does not try again", async (t) => {
  const socket = t.io(`${t.url}/auth`, { auth: { token: "wrong" } });
  const attempts = [];
  socket.io.on("reconnect_attempt", (n) => attempts.push(n));
  const [err] = await next(socket, "connect_error");
  assert(err instanceof Error);
  equal([err.message, err.data], ["unauthorized", { code: 401 }]);
  equal([socket.active, socket.connected], [false, false]);
  socket.auth = { token: "secret" };
  socket.connect();
  await next(socket, "connect");
  equal(attempts, []);
});

scenario("asks for credentials before every connection", async (t) => {
  let count = 0;
  const socket = await connected(t.io(`${t.url}/auth`, { auth: (send) => send({ token: "secret", count: ++count }) }));
  await t.lose(socket);
  await connected(socket);
  equal((await ask(socket, "whoami"))[0].auth, { token: "secret", count: 2 });
});

scenario("reports an unknown namespace", async (t) => {
  const [err] = await next(t.io(`${t.url}/nope`), "connect_error");
  equal(err.message, "Invalid namespace");
});

scenario("reports that nothing answers, and goes on trying", async (t) => {
  await t.net("down");
  const socket = t.io();
  const [err] = await next(socket, "connect_error");
  assert(err instanceof Error);
  equal([err.type, err.message], ["TransportError", t.mode === "websocket" ? "websocket error" : t.pollError]);
  equal([socket.active, socket.connected], [true, false]);
  await next(socket, "connect_error");
  await t.net("up");
  await connected(socket);
});

scenario("gives up an attempt to connect after the timeout", async (t) => {
  await t.net("silence");
  const socket = t.io(t.url, { timeout: 50, reconnection: false });
  const [err] = await next(socket, "connect_error");
  equal(err.message, "timeout");
});

scenario("connects only when told to", async (t) => {
  const socket = t.io(t.url, { autoConnect: false });
  equal([socket.active, socket.connected, socket.io.engine], [false, false, undefined]);
  equal(socket.connect(), socket);
  await next(socket, "connect");
  equal(socket.open(), socket);
});

scenario("opens a manager, and tells whether that worked", async (t) => {
  const { io: manager } = t.io(t.url, { autoConnect: false });
  await new Promise((resolve) => manager.open((err) => resolve(equal(err, undefined))));
  equal(manager.engine.readyState, "open");
  const attempts = [];
  manager.on("reconnect_attempt", (n) => attempts.push(n));
  manager.reconnection(false);
  manager.engine.close();
  await t.net("down");
  const err = await new Promise((resolve) => manager.connect(resolve));
  equal(err.type, "TransportError");
  equal(attempts, []);
});

scenario("disconnects, and connects again when told to", async (t) => {
  const watcher = await connected(t.io(`${t.url}/a`));
  await ask(watcher, "join", "watch");
  const socket = await connected(t.io(`${t.url}/a`));
  const { id } = socket;
  const events = [];
  for (const event of ["connect", "disconnect"]) socket.on(event, (...args) => events.push([event, ...args]));
  const left = [];
  watcher.on("left", (who) => left.push(who));
  equal(socket.disconnect(), socket);
  equal(events, [["disconnect", "io client disconnect", undefined]]);
  equal([socket.active, socket.connected, socket.id], [false, false, undefined]);
  await until(watcher, "left", () => left.some((who) => who.id === id));
  equal(left.find((who) => who.id === id).reason, "client namespace disconnect");
  await connected(socket.connect());
  assert(socket.id !== id);
  equal(events.length, 2);
});

scenario("disconnects while connecting without an event", async (t) => {
  const socket = t.io();
  const events = [];
  for (const event of ["connect", "connect_error", "disconnect"]) socket.on(event, () => events.push(event));
  socket.disconnect();
  equal(socket.active, false);
  await connected(t.io());
  equal(events, []);
});

scenario("is disconnected by the server", async (t) => {
  const socket = await connected(t.io());
  socket.emit("kick");
  const [reason] = await next(socket, "disconnect");
  equal(reason, "io server disconnect");
  equal([socket.active, socket.connected, socket.id], [false, false, undefined]);
  socket.connect();
  await next(socket, "connect");
});

scenario("is told why it was disconnected before its connection is closed", async (t) => {
  const socket = await connected(t.io());
  await movedTo(socket, t.lastTransport);
  const attempts = [];
  socket.io.on("reconnect_attempt", (n) => attempts.push(n));
  socket.emit("kick-all");
  equal((await next(socket, "disconnect"))[0], "io server disconnect");
  await nextTask();
  equal(attempts, []);
});

scenario("passes a query on, in the address and as an option", async (t) => {
  const query = async (url, opts) => (await ask(await connected(t.io(url, opts)), "handshake"))[0].query;
  const inUrl = await query(`${t.url}/?a=1&b=x%20%C3%A9`);
  equal([inUrl.a, inUrl.b, inUrl.EIO], ["1", "x é", "4"]);
  equal((await query(t.url, { query: { c: "ž&", n: 5 } })).c, "ž&");
  equal((await query(t.url, { query: "d=%26" })).d, "&");
});

scenario("sends more headers with polling requests", { modes: ["polling"] }, async (t) => {
  const socket = await connected(t.io(t.url, { extraHeaders: { "X-Fixture": "yes" } }));
  equal((await ask(socket, "handshake"))[0].header, "yes");
});

scenario("tells the events of the session", async (t) => {
  const socket = t.io();
  const log = [];
  const { engine } = socket.io;
  for (const event of ["handshake", "open", "upgrading", "upgrade", "error", "close"]) engine.on(event, () => log.push(event));
  const packets = [];
  engine.on("packet", ({ type }) => packets.push(type));
  await connected(socket);
  await movedTo(socket, t.lastTransport);
  equal(log, t.mode === "upgrade" ? ["handshake", "open", "upgrading", "upgrade"] : ["handshake", "open"]);
  equal(packets[0], "open");
  assert(packets.includes("message"));
  equal([engine.readyState, engine.id.length], ["open", 20]);
  const closed = next(engine, "close");
  socket.disconnect();
  equal((await closed)[0], "forced close");
  equal(engine.readyState, "closed");
});
