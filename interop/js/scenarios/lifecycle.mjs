// Disconnections: who ends it, what each side is told, what comes after.
import assert from "node:assert/strict";
import { ask, barrier, bytes, connected, inbox, next, tell, until } from "../kit.mjs";
import { scenario } from "../registry.mjs";

const RECONNECTING = { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 300 };

scenario("server disconnect: told so, no reconnection, may connect again",
  { proves: "SIO-026 SRV-062", needs: ["rejoin"] }, async (w) => {
  const { gone } = await w.watch();
  const manager = w.manager(RECONNECTING);
  const [main, chat] = [manager.socket("/").connect(), manager.socket("/chat").connect()];
  await connected(main);
  await connected(chat);
  const { id } = main;
  const connects = inbox(main, "connect");
  main.emit("kick");
  assert.equal((await next(main, "disconnect"))[0], "io server disconnect");
  assert.equal(await gone(id), "server namespace disconnect");
  if (w.can("inactive")) assert.equal(main.active, false);
  assert.equal(await tell(chat, "echo", "unharmed"), "unharmed");
  assert.equal(connects.seen.length, 0, "it reconnected by itself");
  await connected(main.connect());
  assert.notEqual(main.id, id);
  assert.equal(await tell(main, "echo", "back"), "back");
});

scenario("server disconnect: of the only namespace", { proves: "SIO-026 SRV-062", needs: ["rejoin"] }, async (w) => {
  const socket = await w.connect("/", RECONNECTING);
  const { id } = socket;
  socket.emit("kick");
  assert.equal((await next(socket, "disconnect"))[0], "io server disconnect");
  await connected(socket.connect());
  assert.notEqual(socket.id, id);
  assert.equal(await tell(socket, "has", id), false);
});

scenario("server disconnect: what was emitted before it arrives first", { proves: "SRV-062" }, async (w) => {
  const socket = await w.connect();
  const numbers = inbox(socket, "n");
  socket.emit("burst-kick", 300);
  assert.equal((await next(socket, "disconnect"))[0], "io server disconnect");
  assert.deepEqual(numbers.seen, Array.from({ length: 300 }, (_, i) => [i]));
});

scenario("server disconnect: of the whole connection", { proves: "SIO-026 SRV-062 SRV-068" }, async (w) => {
  const { gone } = await w.watch();
  const manager = w.manager(RECONNECTING);
  const [main, chat] = [manager.socket("/").connect(), manager.socket("/chat").connect()];
  await connected(main);
  await connected(chat);
  const { id } = main;
  const reasons = [next(main, "disconnect"), next(chat, "disconnect")];
  main.emit("kick-all");
  for (const reason of reasons) assert.equal((await reason)[0], "io server disconnect");
  assert.equal(await gone(id), "server namespace disconnect");
  if (w.can("inactive")) assert.equal(main.active || chat.active, false);
  await connected(main.connect());
  assert.notEqual(main.id, id);
});

scenario("client disconnect: of one namespace", { proves: "SIO-025 SRV-068" }, async (w) => {
  const { gone } = await w.watch();
  const manager = w.manager();
  const [main, chat] = [manager.socket("/").connect(), manager.socket("/chat").connect()];
  await connected(main);
  await connected(chat);
  const { id } = main;
  main.disconnect();
  assert.equal(await gone(id), "client namespace disconnect");
  assert.equal(await tell(chat, "echo", "unharmed"), "unharmed");
});

scenario("client disconnect: of the last namespace closes the connection", { proves: "SIO-025 SRV-068" }, async (w) => {
  const { gone } = await w.watch();
  const socket = await w.connect();
  const [{ id }, engineClosed, reason] = [socket, next(socket.io.engine, "close"), next(socket, "disconnect")];
  socket.disconnect();
  assert.equal((await reason)[0], "io client disconnect");
  assert.equal(await gone(id), "client namespace disconnect");
  assert.equal((await engineClosed)[0], "forced close");
});

scenario("client gone: the connection is closed without a farewell",
  { proves: "SRV-068 EIO-103", needs: ["hand"] }, async (w) => {
  const { gone } = await w.watch();
  const raw = w.engine();
  const id = await raw.join();
  raw.engine.close();
  assert.equal(await gone(id), "transport close");
});

scenario("client gone: its process is killed",
  { proves: "SRV-068 EIO-046", needs: ["engine"], own: { "ping-interval": 400, "ping-timeout": 2500 } }, async (w) => {
  const { socket: watcher, gone } = await w.watch();
  const expected = w.mode === "polling" ? "transport error" : "transport close";
  // A client killed between two polls leaves no trace but its silence: then try again.
  for (let attempt = 1; ; attempt++) {
    const { child, id } = await w.puppet();
    for (let i = 0; i < 20; i++) await barrier(watcher);
    child.kill("SIGKILL");
    const reason = await gone(id);
    if (w.mode !== "polling" || reason !== "ping timeout" || attempt === 5) return assert.equal(reason, expected);
  }
});

/** A client loses its server, emits into the void, and finds it again on the same port. */
async function outage(w, strike, reasons) {
  const socket = await w.connectSettled("/", RECONNECTING);
  const { id } = socket;
  const lost = next(socket, "disconnect");
  await strike();
  const [reason] = await lost;
  assert.ok(reasons.includes(reason), `disconnected with "${reason}", expected one of ${reasons}`);
  if (w.client.protocol === 4) assert.equal(socket.active, true);

  for (let i = 0; i < 20; i++) socket.emit("num", i);
  const answers = Promise.all([tell(socket, "order"), ask(socket, "echo", bytes(5), "buffered")]);
  const attempted = inbox(socket.io, "reconnect_attempt");
  const again = next(socket, "connect", 15_000);
  await attempted.next();
  await w.fixture.start();
  await again;
  assert.notEqual(socket.id, id);
  assert.ok(!socket.recovered);
  assert.deepEqual(await answers, [{ count: 20, inversions: 0 }, [bytes(5), "buffered"]]);
  assert.equal((await tell(socket, "whoami")).id, socket.id);
}

scenario("reconnect: after the server was restarted, buffered events arrive",
  { proves: "SRV-016 B-22", needs: ["engine"], own: {} }, async (w) => {
  // A client caught between two polls finds nobody to tell it.
  await outage(w, () => w.fixture.stop(), w.mode === "polling" ? ["transport close", "transport error"] : ["transport close"]);
});

scenario("reconnect: after the server crashed, buffered events arrive", { needs: ["engine"], own: {} }, async (w) => {
  await outage(w, () => w.fixture.crash(), [w.mode === "polling" ? "transport error" : "transport close"]);
});

scenario("reconnect: the engine connection is cut, the client comes back", { needs: ["engine"] }, async (w) => {
  const socket = await w.connectSettled("/", RECONNECTING);
  const { id } = socket;
  const again = next(socket, "connect");
  const lost = next(socket, "disconnect");
  socket.io.engine.close();
  assert.equal((await lost)[0], "forced close");
  await again;
  await until("the old socket is gone", async () => !(await tell(socket, "has", id)));
  assert.equal(await tell(socket, "echo", "back"), "back");
});

scenario("connect timeout: a client that joins no namespace is closed",
  { proves: "SIO-023 SRV-005", needs: ["hand"], own: { "connect-timeout": 2500 } }, async (w) => {
  const joined = w.engine();
  await joined.join("/chat");
  const idle = w.engine();
  await next(idle.engine, "open");
  const opened = performance.now();
  assert.equal(await idle.closed.next(), "transport close");
  assert.ok(performance.now() - opened > 1500, "closed too early");

  const refused = w.engine();
  refused.send("0/nope,");
  assert.equal(await refused.messages.next(), '4/nope,{"message":"Invalid namespace"}');
  assert.equal(await refused.closed.next(), "transport close");
  joined.send('2/chat,1["echo"]');
  assert.equal(await joined.messages.next((m) => m.startsWith("3")), "3/chat,1[]");
});

scenario("payload limit: announced, and exactly at the limit accepted",
  { proves: "EIO-123 B-03", needs: ["engine", "split"], own: { "max-payload": 5000 } }, async (w) => {
  const socket = await w.connectSettled();
  const overhead = '420["echo",""]'.length;
  const text = "x".repeat(5000 - overhead);
  for (let i = 0; i < 30; i++) socket.emit("num", i);
  assert.equal(await tell(socket, "echo", text), text);
  assert.deepEqual(await tell(socket, "order"), { count: 30, inversions: 0 });
  socket.emit("big", 20_000);
  assert.deepEqual(await next(socket, "big"), [bytes(20_000)]);
});

scenario("payload limit: a message over it ends the connection",
  { proves: "EIO-045 EIO-061", needs: ["engine"], own: { "max-payload": 5000 } }, async (w) => {
  const { gone } = await w.watch();
  const socket = await w.connectSettled("/", RECONNECTING);
  const { id } = socket;
  const lost = next(socket, "disconnect");
  socket.emit("echo", "x".repeat(6000));
  if (w.mode === "polling") {
    // The server only refuses the request; it is the client that gives up.
    assert.equal((await lost)[0], "transport error");
  } else {
    assert.equal((await lost)[0], "transport close");
    assert.equal(await gone(id), "transport error");
  }
  await next(socket, "connect");
  assert.equal(await tell(socket, "echo", "back"), "back");
});
