// Handshakes, namespaces, authentication.
import assert from "node:assert/strict";
import { barrier, connected, ID, inbox, refused, settled, tell } from "../kit.mjs";
import { scenario } from "../registry.mjs";

scenario("connect: every id is new and 20 characters long",
  { proves: "EIO-005 SIO-020 SIO-021 SRV-050 SRV-053" }, async (w) => {
  const [one, two] = await w.connectMany(2);
  const ids = [one.id, two.id, one.io.engine.id, two.io.engine.id];
  for (const id of ids) assert.match(id, ID);
  const distinct = w.client.protocol === 3 ? 2 : 4; // clients of version 2 have the id of the connection
  assert.equal(new Set(ids).size, distinct, `ids are not distinct: ${ids}`);
  assert.deepEqual(await tell(one, "whoami"), { id: one.id, rooms: [one.id], auth: {}, nsp: "/" });
});

scenario("connect: the connection ends on the expected transport", { proves: "EIO-092" }, async (w) => {
  const socket = await w.connect();
  await settled(socket.io.engine, w.mode);
  assert.equal(await tell(socket, "echo", "on it"), "on it");
});

scenario("connect: query and headers of the first request are in the handshake",
  { proves: "EIO-002 SRV-051 EIO-010" }, async (w) => {
  const socket = await w.connect("/", { query: { q: "é&=?", lang: "go" }, extraHeaders: { "X-Fixture": "seen" } });
  const { query, header } = await tell(socket, "handshake");
  assert.equal(header, "seen");
  assert.equal(query.q, "é&=?");
  assert.equal(query.lang, "go");
  assert.equal(query.EIO, String(w.client.protocol));
  assert.equal(query.transport, w.mode === "websocket" ? "websocket" : "polling");
});

scenario("auth: refused with message and data, the connection stays usable", { proves: "SIO-022 SRV-031" }, async (w) => {
  const manager = w.manager();
  const main = await connected(manager.socket("/").connect());
  for (const auth of [{}, { token: "wrong" }, { token: 1 }]) {
    const socket = Object.assign(manager.socket("/auth"), w.credentials(auth)).connect();
    const err = await refused(socket);
    if (w.client.protocol === 4) assert.equal(err.message, "unauthorized");
    assert.deepEqual(err.data, { code: 401 });
    assert.equal(socket.connected, false);
    if (w.can("inactive")) assert.equal(socket.active, false);
  }
  assert.equal(await tell(main, "echo", "still here"), "still here");
});

scenario("auth: accepted from an object and from a function", { proves: "SIO-020 SRV-051", needs: ["auth"] }, async (w) => {
  const auth = { token: "secret", nested: { unicode: "ключ 🔑" } };
  for (const given of [auth, (send) => send(auth)]) {
    const socket = await w.connect("/auth", { auth: given });
    assert.deepEqual(await tell(socket, "whoami"), { id: socket.id, rooms: [socket.id], auth, nsp: "/auth" });
  }
});

scenario("auth: a refused socket may try again with other credentials", { proves: "SIO-022" }, async (w) => {
  const socket = w.begin("/auth", { auth: { token: "no" } });
  await refused(socket);
  await connected(Object.assign(socket, w.credentials({ token: "secret" })).connect());
  assert.equal(await tell(socket, "echo", 1), 1);
});

scenario("namespace: an unknown one is refused, the connection stays usable", { proves: "SIO-022 SIO-028" }, async (w) => {
  const manager = w.manager();
  const main = await connected(manager.socket("/").connect());
  // To version 2, what follows "?" is no part of the name.
  const names = ["/nope", "/chat/", "/CHAT", ...(w.client.protocol === 4 ? ["/chat?x=1"] : [])];
  // The official server answers version 2 with the name in percent signs, which the client does not know.
  if (w.client.protocol === 4 || w.impl === "go") names.push("/ünknown");
  for (const name of names) {
    const err = await refused(manager.socket(name).connect());
    assert.equal(err.message, "Invalid namespace", name);
    assert.equal(err.data, undefined);
  }
  assert.equal(await tell(main, "echo", 1), 1);
});

scenario("namespace: several share one connection and do not mix",
  { proves: "SIO-001 SIO-020 SIO-021 SRV-071" }, async (w) => {
  const manager = w.manager();
  const sockets = ["/", "/chat", "/a", "/auth"].map((nsp) => manager.socket(nsp, w.credentials({ token: "secret" })));
  const welcomes = sockets.map((socket) => inbox(socket, "welcome"));
  const echoes = sockets.map((socket) => inbox(socket, "echo"));
  await Promise.all(sockets.map((socket) => connected(socket.connect())));
  const ids = new Set([...sockets.map(({ id }) => id), manager.engine.id]);
  assert.equal(ids.size, w.client.protocol === 3 ? 4 : 5, "ids are not distinct"); // version 2: that of / is that of the connection

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

scenario("namespace: left and joined again on the same connection", { proves: "SIO-025 SRV-064" }, async (w) => {
  const manager = w.manager();
  const main = await connected(manager.socket("/").connect());
  const chat = await connected(manager.socket("/chat").connect());
  const [engine, before] = [manager.engine.id, chat.id];
  chat.disconnect();
  // The official server may take a CONNECT that comes with the DISCONNECT for a second one: see "packets: a DISCONNECT …".
  await barrier(main);
  await connected(chat.connect());
  assert.equal(manager.engine.id, engine);
  if (w.client.protocol === 4) {
    assert.notEqual(chat.id, before);
    assert.equal(await tell(chat, "has", before), false);
  }
  assert.equal(await tell(main, "echo", 1), 1);
});

scenario("namespace: a slow middleware delays only its own namespace", { proves: "SRV-031" }, async (w) => {
  const manager = w.manager();
  const main = await connected(manager.socket("/").connect());
  const slow = manager.socket("/slow").connect();
  assert.equal(await tell(main, "echo", "meanwhile"), "meanwhile");
  assert.equal(slow.connected, false, "the echo waited for the middleware of another namespace");
  await connected(slow);
  assert.equal((await tell(slow, "whoami")).nsp, "/slow");
});
