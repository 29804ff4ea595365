// Losing the connection, and coming back.
import { ask, assert, connected, equal, movedTo, next, nextTask, until, within } from "../kit.mjs";
import { scenario } from "./registry.mjs";

scenario("loses the connection, says why, and comes back", async (t) => {
  const socket = await connected(t.io());
  await movedTo(socket, t.lastTransport);
  const { id } = socket;
  const states = [];
  socket.on("disconnect", () => states.push(socket.active, socket.connected, socket.id));
  const [reason, details] = await t.lose(socket);
  if (t.lastTransport === "websocket") {
    // Some platforms report an error before the end.
    assert(["transport close", "transport error"].includes(reason), reason);
    if (reason === "transport close") equal(details.description, "websocket connection closed");
  } else {
    equal([reason, details.type], ["transport error", "TransportError"]);
  }
  equal(states, [true, false, undefined]);
  await connected(socket);
  assert(socket.id !== id);
  equal(await ask(socket, "echo", 1), [1]);
});

scenario("sends what was emitted meanwhile, and counts its attempts", async (t) => {
  const socket = await connected(t.io());
  const attempts = [];
  socket.io.on("reconnect_attempt", (n) => attempts.push(n));
  await t.interrupt(socket);
  socket.emit("num", 1).emit("num", 2);
  equal(socket.sendBuffer.length, 2);
  assert((await next(socket.io, "reconnect_error"))[0] instanceof Error);
  const reconnected = next(socket.io, "reconnect");
  await t.net("up");
  const [count] = await reconnected;
  await connected(socket);
  equal(await ask(socket, "order"), [{ count: 2, inversions: 0 }]);
  equal([count, attempts], [attempts.length, attempts.map((_, i) => i + 1)]);
});

scenario("gives up after reconnectionAttempts", async (t) => {
  await t.net("down");
  const socket = t.io(t.url, { reconnectionAttempts: 2 });
  const events = [];
  for (const event of ["reconnect_attempt", "reconnect_error", "reconnect_failed"]) socket.io.on(event, () => events.push(event));
  await next(socket.io, "reconnect_failed");
  await nextTask();
  equal(events.filter((event) => event === "reconnect_attempt").length, 2);
  equal(events.filter((event) => event === "reconnect_failed").length, 1);
});

scenario("does not reconnect when told not to", async (t) => {
  const socket = await connected(t.io(t.url, { reconnection: false }));
  const attempts = [];
  socket.io.on("reconnect_attempt", (n) => attempts.push(n));
  await t.lose(socket);
  equal([socket.io.reconnection(), attempts], [false, []]);
  await connected(socket.connect());
});

scenario("stops reconnecting when it is disconnected meanwhile", async (t) => {
  const socket = await connected(t.io());
  await t.interrupt(socket);
  await next(socket.io, "reconnect_error");
  const events = [];
  socket.io.on("reconnect_attempt", () => events.push("attempt"));
  for (const event of ["connect", "connect_error", "disconnect"]) socket.on(event, () => events.push(event));
  socket.disconnect();
  await t.net("up");
  await connected(t.io());
  equal([events, socket.active], [[], false]);
});

scenario("disconnects in the event of an attempt", async (t) => {
  const socket = await connected(t.io());
  const attempt = next(socket.io, "reconnect_attempt");
  socket.io.on("reconnect_attempt", () => socket.disconnect());
  await t.lose(socket);
  await attempt;
  socket.on("connect", () => assert(false, "connected"));
  await connected(t.io());
  equal(socket.active, false);
});

scenario("connects by itself in the event disconnect", async (t) => {
  const socket = await connected(t.io());
  socket.once("disconnect", () => socket.connect());
  socket.emit("kick");
  await next(socket, "disconnect");
  await next(socket, "connect");
});

scenario("notices a server that went silent", { flavour: "deaf" }, async (t) => {
  const socket = await connected(t.io());
  await next(socket.io, "ping");
  const ended = next(socket, "disconnect");
  await t.net("silence");
  equal((await ended)[0], "ping timeout");
  await t.net("speak");
  await connected(socket);
});

scenario("answers pings", { flavour: "pinging" }, async (t) => {
  const socket = await connected(t.io());
  const lost = new Promise((_, reject) => socket.once("disconnect", (reason) => reject(new Error(reason))));
  let pings = 0;
  socket.io.on("ping", () => pings++);
  await Promise.race([until(socket.io, "ping", () => pings === 4), lost]);
  socket.off("disconnect");
});

scenario("keeps what is emitted after a sleep, in which the session has died", async (t) => {
  const socket = await connected(t.io());
  const { now } = Date;
  const ended = next(socket, "disconnect");
  try {
    // The clock went on while the timers did not.
    Date.now = () => now() + 3_600_000;
    socket.emit("num", 1);
  } finally {
    Date.now = now;
  }
  equal(socket.sendBuffer.length, 1);
  equal((await ended)[0], "ping timeout");
  await connected(socket);
  equal(await ask(socket, "order"), [{ count: 1, inversions: 0 }]);
});

scenario("recovers the state of a connection", { flavour: "recovering" }, async (t) => {
  const [socket, other] = await Promise.all([connected(t.io(t.url, { reconnection: false })), connected(t.io())]);
  const { id } = socket;
  const received = [];
  socket.on("msg", (n) => received.push(n));
  await ask(socket, "join", `heard by ${id}`);
  await ask(other, "join", "watch");
  await ask(other, "room", `heard by ${id}`, 1);
  await until(socket, "msg", () => received.length === 1);
  const gone = [];
  other.on("left", (who) => gone.push(who.id));
  socket.io.engine.close();
  await until(other, "left", () => gone.includes(id));
  await ask(other, "room", `heard by ${id}`, 2);
  equal(received, [1]);
  await connected(socket.connect());
  await until(socket, "msg", () => received.length === 2);
  equal([socket.recovered, socket.id, received], [true, id, [1, 2]]);
});

scenario("does not recover what the server does not know", async (t) => {
  const socket = await connected(t.io());
  await t.lose(socket);
  await connected(socket);
  assert(!socket.recovered);
});
