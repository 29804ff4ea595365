// What a server knows of its sockets and does to them from outside: descriptions, counts, news of rooms.
import assert from "node:assert/strict";
import { barrier, connected, inbox, next, tell, until } from "../kit.mjs";
import { scenario } from "../registry.mjs";

scenario("fetch: sockets are described with their rooms, data and credentials", { proves: "SRV-052 SRV-086 SRV-090" }, async (w) => {
  const auth = { token: "secret" };
  const sockets = await w.connectMany(3, "/auth", { auth });
  const room = `fetch ${sockets[0].id}`;
  for (const [i, socket] of sockets.entries()) {
    await tell(socket, "set-data", { i, list: ["é", null] });
    if (i < 2) await tell(socket, "join", room);
  }
  const expected = sockets.slice(0, 2).map(({ id }, i) => ({ id, rooms: [id, room].sort(), data: { i, list: ["é", null] }, auth }));
  const byId = (a, b) => (a.id < b.id ? -1 : 1);
  assert.deepEqual(await tell(sockets[2], "describe", room), expected.sort(byId));
  assert.deepEqual(await tell(sockets[2], "describe", `${room} (empty)`), []);
  assert.deepEqual((await tell(sockets[2], "describe", sockets[2].id)).map(({ id }) => id), [sockets[2].id]);
});

scenario("fetch: fetched sockets are emitted to, made to join and leave, and disconnected", { proves: "SRV-091" }, async (w) => {
  const [boss, one, two] = await w.connectMany(3);
  const room = `remote ${boss.id}`;
  for (const socket of [one, two]) await tell(socket, "join", room);
  const heard = [one, two].map((socket) => inbox(socket, "hello"));
  assert.equal(await tell(boss, "remote", room, "emit", "hello", { a: 1 }, null), "ok");
  for (const box of heard) assert.deepEqual(await box.next(), [{ a: 1 }, null]);
  await tell(boss, "remote", one.id, "join", `${room} 2`);
  assert.deepEqual(await tell(boss, "fetch", `${room} 2`), [one.id]);
  await tell(boss, "remote", one.id, "leave", `${room} 2`);
  assert.deepEqual(await tell(boss, "fetch", `${room} 2`), []);
  const gone = [one, two].map((socket) => next(socket, "disconnect"));
  await tell(boss, "remote", room, "disconnect");
  for (const waiting of gone) assert.equal((await waiting)[0], "io server disconnect");
  assert.deepEqual(await tell(boss, "fetch", room), []);
});

scenario("rooms: news of them, in order", { proves: "ADP-003" }, async (w) => {
  const [one, two] = await w.connectMany(2);
  const [a, b] = [`news ${one.id} a`, `news ${one.id} b`];
  await tell(one, "join", [a, b]);
  await tell(two, "join", a);
  await tell(two, "join", a);
  await tell(two, "leave", b);
  await tell(one, "leave", a);
  await tell(one, "leave", b);
  await tell(two, "leave", a);
  const expected = [
    ["create-room", a], ["join-room", a, one.id], ["create-room", b], ["join-room", b, one.id],
    ["join-room", a, two.id],
    ["leave-room", a, one.id], ["leave-room", b, one.id], ["delete-room", b],
    ["leave-room", a, two.id], ["delete-room", a],
  ];
  const news = () => tell(one, "room-events", `news ${one.id}`);
  // Ours tells a moment after it has happened.
  await until("all news have come", async () => (await news()).length >= expected.length);
  assert.deepEqual(await news(), expected);
});

scenario("rooms: news of them when a member disconnects", { proves: "ADP-003 SRV-053" }, async (w) => {
  const [one, two] = await w.connectMany(2);
  const room = `last ${one.id}`;
  const { id } = two;
  await tell(two, "join", room);
  two.disconnect();
  const expected = [["create-room", room], ["join-room", room, id], ["leave-room", room, id], ["delete-room", room]];
  await until("all news have come", async () => (await tell(one, "room-events", room)).length >= expected.length);
  assert.deepEqual(await tell(one, "room-events", room), expected);
});

scenario("rooms: who leaves is still known by its rooms", { proves: "SRV-053 SRV-067" }, async (w) => {
  const { socket: watcher } = await w.watch();
  const left = inbox(watcher, "left");
  const socket = await w.connect();
  const { id } = socket;
  await tell(socket, "join", [`one ${id}`, `two ${id}`]);
  socket.disconnect();
  const [{ rooms }] = await left.next(([who]) => who.id === id);
  assert.deepEqual(rooms, [id, `one ${id}`, `two ${id}`].sort());
});

scenario("broadcast: rooms are united, and so are exceptions", { proves: "SRV-034 SRV-080 SRV-060" }, async (w) => {
  const sockets = await w.connectMany(5);
  const room = (name) => `${name}-${sockets[0].id}`;
  const [a, b, c, d] = ["a", "b", "c", "d"].map(room);
  await tell(sockets[0], "join", [a, b]);
  await tell(sockets[1], "join", a);
  await tell(sockets[2], "join", [b, c]);
  await tell(sockets[3], "join", [a, d]);
  const boxes = sockets.map((socket) => inbox(socket, "step"));
  const steps = [`all to=${a} to=${b}`, `all to=${a} to=${b} except=${c} except=${d}`, `self to=${a}`, `others to=${b} except=${c}`, `all to=${room("nobody")}`];
  await tell(sockets[0], "script", steps.map((words, i) => [words, "step", i]));
  await barrier(...sockets);
  assert.deepEqual(boxes.map(({ seen }) => seen.map(([i]) => i)), [[0, 1], [0, 1, 2], [0], [0, 2], []]);
});

scenario("broadcast: local, when there is only this server", { proves: "SRV-084" }, async (w) => {
  const [one, two] = await w.connectMany(2);
  const room = `local-${one.id}`;
  for (const socket of [one, two]) await tell(socket, "join", room);
  const heard = [one, two].map((socket) => inbox(socket, "here"));
  await tell(one, "script", [[`all local to=${room}`, "here", 1], [`self local to=${room}`, "here", 2]]);
  await barrier(one, two);
  assert.deepEqual(heard.map(({ seen }) => seen.map(([i]) => i)), [[1], [1, 2]]);
});

scenario("emit: reserved names are refused", { proves: "SIO-009 SRV-032 SRV-055" }, async (w) => {
  const socket = await w.connect();
  const names = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
  for (const whom of ["self", "all", "others", "all volatile"]) {
    const outcomes = await tell(socket, "script", names.map((name) => [whom, name]));
    assert.deepEqual(outcomes, names.map(() => "refused"), whom);
  }
  assert.deepEqual(await tell(socket, "script", [["self", "message", 1], ["self", "Connect"]]), ["ok", "ok"]);
});

scenario("server disconnect: of the whole connections of a room", { proves: "SRV-087 SRV-062" }, async (w) => {
  const boss = await w.connect();
  const manager = w.manager();
  const [main, chat] = [manager.socket("/").connect(), manager.socket("/chat").connect()];
  await connected(main);
  await connected(chat);
  const room = `closing ${main.id}`;
  await tell(main, "join", room);
  const gone = [main, chat].map((socket) => next(socket, "disconnect"));
  const closed = next(manager.engine, "close");
  await tell(boss, "evict", room, true);
  for (const waiting of gone) assert.equal((await waiting)[0], "io server disconnect");
  await closed;
});

scenario("clients: they are counted, not their namespaces", { proves: "EIO-141 SRV-018", own: {} }, async (w) => {
  const socket = await w.connect();
  assert.equal(await tell(socket, "clients"), 1);
  const manager = w.manager();
  await Promise.all(["/", "/chat", "/a"].map((nsp) => connected(manager.socket(nsp).connect())));
  assert.equal(await tell(socket, "clients"), 2);
  manager.engine.close();
  await until("it is not counted any more", async () => (await tell(socket, "clients")) === 1);
});
