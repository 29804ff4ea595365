// Handshakes, namespaces, authentication.
import assert from "node:assert/strict";
import { barrier, connected, ID, inbox, next, settled, tell } from "../kit.mjs";
import { scenario } from "../registry.mjs";

scenario("connect: every id is new and 20 characters long", {}, async (w) => {
  const [one, two] = await w.connectMany(2);
  const ids = [one.id, two.id, one.io.engine.id, two.io.engine.id];
  for (const id of ids) assert.match(id, ID);
  assert.equal(new Set(ids).size, 4, `ids are not distinct: ${ids}`);
  assert.deepEqual(await tell(one, "whoami"), { id: one.id, rooms: [one.id], auth: {}, nsp: "/" });
});

scenario("connect: the connection ends on the expected transport", {}, async (w) => {
  const socket = await w.connect();
  await settled(socket.io.engine, w.mode);
  assert.equal(await tell(socket, "echo", "on it"), "on it");
});

scenario("connect: query and headers of the first request are in the handshake", {}, async (w) => {
  const socket = await w.connect("/", { query: { q: "é&=?", lang: "go" }, extraHeaders: { "X-Fixture": "seen" } });
  const { query, header } = await tell(socket, "handshake");
  assert.equal(header, "seen");
  assert.equal(query.q, "é&=?");
  assert.equal(query.lang, "go");
  assert.equal(query.EIO, "4");
  assert.equal(query.transport, w.mode === "websocket" ? "websocket" : "polling");
});

scenario("auth: refused with message and data, the connection stays usable", {}, async (w) => {
  const manager = w.manager();
  const main = await connected(manager.socket("/").connect());
  for (const auth of [{}, { token: "wrong" }, { token: 1 }]) {
    const refused = manager.socket("/auth");
    refused.auth = auth;
    refused.connect();
    const [err] = await next(refused, "connect_error");
    assert.equal(err.message, "unauthorized");
    assert.deepEqual(err.data, { code: 401 });
    assert.equal(refused.connected, false);
    assert.equal(refused.active, false);
  }
  assert.equal(await tell(main, "echo", "still here"), "still here");
});

scenario("auth: accepted from an object and from a function", {}, async (w) => {
  const auth = { token: "secret", nested: { unicode: "ключ 🔑" } };
  for (const given of [auth, (send) => send(auth)]) {
    const socket = await w.connect("/auth", { auth: given });
    assert.deepEqual(await tell(socket, "whoami"), { id: socket.id, rooms: [socket.id], auth, nsp: "/auth" });
  }
});

scenario("auth: a refused socket may try again with other credentials", {}, async (w) => {
  const socket = w.client("/auth", { auth: { token: "no" } });
  await next(socket, "connect_error");
  socket.auth = { token: "secret" };
  await connected(socket.connect());
  assert.equal(await tell(socket, "echo", 1), 1);
});

scenario("namespace: an unknown one is refused, the connection stays usable", {}, async (w) => {
  const manager = w.manager();
  const main = await connected(manager.socket("/").connect());
  for (const name of ["/nope", "/chat/", "/CHAT", "/chat?x=1", "/ünknown"]) {
    const [err] = await next(manager.socket(name).connect(), "connect_error");
    assert.equal(err.message, "Invalid namespace", name);
    assert.equal(err.data, undefined);
  }
  assert.equal(await tell(main, "echo", 1), 1);
});

scenario("namespace: several share one connection and do not mix", {}, async (w) => {
  const manager = w.manager();
  const sockets = ["/", "/chat", "/a", "/auth"].map((nsp) => manager.socket(nsp, { auth: { token: "secret" } }));
  const welcomes = sockets.map((socket) => inbox(socket, "welcome"));
  const echoes = sockets.map((socket) => inbox(socket, "echo"));
  await Promise.all(sockets.map((socket) => connected(socket.connect())));
  assert.equal(new Set([...sockets.map(({ id }) => id), manager.engine.id]).size, 5, "ids are not distinct");

  assert.deepEqual(await welcomes[1].next(), [{ id: sockets[1].id }]);
  sockets.forEach((socket) => socket.emit("echo", socket.nsp));
  for (const [i, socket] of sockets.entries()) assert.deepEqual(await echoes[i].next(), [socket.nsp]);
  for (const socket of sockets) assert.equal((await tell(socket, "whoami")).nsp, socket.nsp);

  sockets[1].disconnect();
  assert.equal(await tell(sockets[0], "has", sockets[0].id), true);
  assert.equal(await tell(sockets[2], "echo", "left alone"), "left alone");
  for (const i of [0, 2, 3]) assert.deepEqual(welcomes[i].seen, []);
  for (const box of echoes) assert.equal(box.seen.length, 1);
});

scenario("namespace: left and joined again on the same connection", {}, async (w) => {
  const manager = w.manager();
  const main = await connected(manager.socket("/").connect());
  const chat = await connected(manager.socket("/chat").connect());
  const [engine, before] = [manager.engine.id, chat.id];
  chat.disconnect();
  // The official server may take a CONNECT that comes with the DISCONNECT for a second one: see "packets: a DISCONNECT …".
  await barrier(main);
  await connected(chat.connect());
  assert.equal(manager.engine.id, engine);
  assert.notEqual(chat.id, before);
  assert.equal(await tell(chat, "has", before), false);
  assert.equal(await tell(main, "echo", 1), 1);
});

scenario("namespace: a slow middleware delays only its own namespace", {}, async (w) => {
  const manager = w.manager();
  const main = await connected(manager.socket("/").connect());
  const slow = manager.socket("/slow").connect();
  assert.equal(await tell(main, "echo", "meanwhile"), "meanwhile");
  assert.equal(slow.connected, false, "the echo waited for the middleware of another namespace");
  await connected(slow);
  assert.equal((await tell(slow, "whoami")).nsp, "/slow");
});
