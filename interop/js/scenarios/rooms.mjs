// Broadcasts and rooms. Nobody sleeps to see that nothing arrives: order per socket is a guarantee, so an echo is a barrier.
import assert from "node:assert/strict";
import { barrier, bytes, inbox, tell, until } from "../kit.mjs";
import { scenario } from "../registry.mjs";

/** n clients of one namespace and a room of their own; got() tells what each received since last asked. */
async function cast(w, n, nsp = "/") {
  const sockets = await w.connectMany(n, nsp);
  const boxes = sockets.map((socket) => inbox(socket, "msg"));
  const got = async () => {
    await barrier(...sockets);
    return boxes.map((box) => box.seen.splice(0).map(([first]) => first));
  };
  return { sockets, boxes, got, room: `room of ${sockets[0].id}` };
}

const does = async (socket, ...what) => assert.equal(await tell(socket, ...what), "ok");

scenario("broadcast: to everybody, the sender included", { proves: "SRV-032 SRV-080" }, async (w) => {
  const { sockets, got } = await cast(w, 3, "/a");
  await does(sockets[0], "bcast", "all");
  assert.deepEqual(await got(), [["all"], ["all"], ["all"]]);
});

scenario("broadcast: to everybody but the sender", { proves: "SRV-060" }, async (w) => {
  const { sockets, got } = await cast(w, 3, "/b");
  await does(sockets[1], "others", "rest");
  assert.deepEqual(await got(), [["rest"], [], ["rest"]]);
});

scenario("broadcast: binary, several arguments", { proves: "SRV-081", needs: ["binary"] }, async (w) => {
  const { sockets, boxes } = await cast(w, 3, "/f");
  const args = [bytes(3), { deep: [bytes(200), "text"] }, null];
  await does(sockets[0], "bcast", ...args);
  await barrier(...sockets);
  for (const box of boxes) assert.deepEqual(box.seen, [args]);
});

scenario("broadcast: does not leave its namespace", { proves: "SRV-032" }, async (w) => {
  const manager = w.manager();
  const inside = manager.socket("/g").connect();
  const outside = manager.socket("/").connect();
  const [heard, leaked] = [inbox(inside, "msg"), inbox(outside, "msg")];
  await does(inside, "bcast", "inside");
  assert.deepEqual(await heard.next(), ["inside"]);
  await barrier(outside);
  assert.deepEqual(leaked.seen, []);
});

scenario("broadcast: 200 in a row arrive in order at everybody", { proves: "SRV-070 SRV-081" }, async (w) => {
  const { sockets, room, boxes } = await cast(w, 3);
  for (const socket of sockets) await does(socket, "join", room);
  for (let i = 0; i < 200; i++) sockets[0].emit("room", room, i);
  const numbers = Array.from({ length: 200 }, (_, i) => [i]);
  for (const box of boxes) assert.deepEqual(await box.take(200), numbers);
});

scenario("rooms: join and leave", { proves: "SRV-053 SRV-061" }, async (w) => {
  const { sockets, got, room } = await cast(w, 3);
  const [one, two] = sockets;
  await does(one, "room", room, "empty room");
  await does(one, "join", room);
  await does(two, "join", room);
  await does(two, "join", room);
  assert.deepEqual((await tell(one, "whoami")).rooms, [one.id, room].sort());
  await does(sockets[2], "room", room, "both");
  await does(two, "leave", room);
  await does(two, "leave", `${room} (never joined)`);
  await does(two, "room", room, "one");
  assert.deepEqual(await got(), [["both", "one"], ["both"], []]);
  assert.deepEqual((await tell(two, "whoami")).rooms, [two.id]);
});

scenario("rooms: a member hears a broadcast once, however many of its rooms are named",
  { proves: "SRV-080" }, async (w) => {
  const { sockets, got, room } = await cast(w, 3);
  const rooms = [`${room} A`, `${room} B`];
  await does(sockets[0], "join", rooms);
  await does(sockets[1], "join", rooms[1]);
  await does(sockets[2], "room", [...rooms, `${room} nobody`], "once");
  assert.deepEqual(await got(), [["once"], ["once"], []]);
});

scenario("rooms: to a room but the sender", { proves: "SRV-060" }, async (w) => {
  const { sockets, got, room } = await cast(w, 3);
  for (const socket of sockets.slice(0, 2)) await does(socket, "join", room);
  await does(sockets[0], "room-others", room, "from a member");
  await does(sockets[2], "room-others", room, "from outside");
  assert.deepEqual(await got(), [["from outside"], ["from a member", "from outside"], []]);
});

scenario("rooms: everybody except", { proves: "SRV-034 SRV-080 ADP-004 ADP-005" }, async (w) => {
  const { sockets, got, room } = await cast(w, 3, "/h");
  await does(sockets[1], "join", room);
  await does(sockets[0], "except", room, "not one");
  await does(sockets[0], "except", [room, sockets[0].id], "not two");
  await does(sockets[0], "except", `${room} (empty)`, "all");
  assert.deepEqual(await got(), [["not one", "all"], ["all"], ["not one", "not two", "all"]]);
});

scenario("rooms: a room except another", { proves: "SRV-080 ADP-004" }, async (w) => {
  const { sockets, got, room } = await cast(w, 4);
  const muted = `${room} muted`;
  for (const socket of sockets.slice(0, 3)) await does(socket, "join", room);
  for (const socket of sockets.slice(2)) await does(socket, "join", muted);
  await does(sockets[0], "room-except", room, muted, "heard");
  assert.deepEqual(await got(), [["heard"], ["heard"], [], []]);
});

scenario("rooms: a socket's id is a room of its own, and can be left", { proves: "SRV-053 SRV-061" }, async (w) => {
  const { sockets, got } = await cast(w, 2);
  const [one, two] = sockets;
  await does(one, "room", two.id, "private");
  await does(two, "leave", two.id);
  await does(one, "room", two.id, "into the void");
  assert.deepEqual(await got(), [[], ["private"]]);
  assert.deepEqual((await tell(two, "whoami")).rooms, []);
});

scenario("rooms: one name in two namespaces is two rooms", { proves: "SRV-061" }, async (w) => {
  const manager = w.manager();
  const [here, there] = [manager.socket("/").connect(), manager.socket("/chat").connect()];
  const leaked = inbox(there, "msg");
  await does(here, "join", "same name");
  await does(there, "join", "same name");
  await does(here, "room", "same name", "here");
  await barrier(there);
  assert.deepEqual(leaked.seen, []);
});

scenario("rooms: membership ends with the connection", { proves: "SRV-053" }, async (w) => {
  const { sockets, room } = await cast(w, 2);
  const [stays, goes] = sockets;
  for (const socket of sockets) await does(socket, "join", room);
  assert.deepEqual(await tell(stays, "fetch", room), [stays.id, goes.id].sort());
  goes.disconnect();
  await until("gone from the room", async () => (await tell(stays, "fetch", room)).length === 1);
  assert.deepEqual(await tell(stays, "fetch", room), [stays.id]);
});

scenario("rooms: others are made to join, leave and disconnect", { proves: "SRV-086 SRV-087" }, async (w) => {
  const { sockets, got, room } = await cast(w, 3);
  const [one, two, three] = sockets;
  const other = `${room} other`;
  for (const socket of [one, two]) await does(socket, "join", room);
  await does(three, "sockets-join", room, other);
  assert.deepEqual(await tell(three, "fetch", other), [one.id, two.id].sort());
  await does(three, "room", other, "joined");
  await does(three, "sockets-leave", two.id, other);
  await does(three, "room", other, "one left");
  assert.deepEqual(await got(), [["joined", "one left"], ["joined"], []]);

  const reasons = [one, two].map((socket) => inbox(socket, "disconnect"));
  await does(three, "evict", room);
  for (const reason of reasons) assert.equal((await reason.next())[0], "io server disconnect");
  assert.deepEqual(await tell(three, "fetch", room), []);
});
