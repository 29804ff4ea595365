// What the published client does not do, or not so well.
import { ask, assert, connected, equal, next, rejects, throws, within } from "../kit.mjs";
import { scenario } from "./registry.mjs";

const OURS = { isOurs: true };

scenario("waits for credentials given as a promise", OURS, async (t) => {
  const socket = await connected(t.io(`${t.url}/auth`, { auth: async () => ({ token: "secret" }) }));
  equal((await ask(socket, "whoami"))[0].auth, { token: "secret" });
});

scenario("reports that there are no credentials", OURS, async (t) => {
  const failures = [async () => Promise.reject(new Error("no token")), () => { throw new Error("no token"); }];
  for (const auth of failures) {
    const socket = t.io(t.url, { auth });
    const [err] = await next(socket, "connect_error");
    equal([err.message, socket.active], ["no token", false]);
  }
});

scenario("connects, disconnects and connects in a row over a shared connection", OURS, async (t) => {
  const main = await connected(t.io(t.url, { forceNew: false }));
  main.on("disconnect", () => assert(false, "the shared connection was closed"));
  const chat = t.io(`${t.url}/chat`, { forceNew: false });
  chat.disconnect().connect().connect().disconnect().connect();
  await connected(chat);
  equal(await ask(chat, "echo", 1), [1]);
  main.off("disconnect");
});

scenario("leaves nothing at the server when disconnected before the answer", OURS, async (t) => {
  const nsp = `${t.url}/a`;
  const watcher = await connected(t.io(nsp, { forceNew: false }));
  await ask(watcher, "join", "watch");
  const main = await connected(t.io(t.url));
  const socket = main.io.socket("/a");
  socket.on("connect", () => assert(false, "connected"));
  const left = [];
  watcher.on("left", (who) => left.push(who.reason));
  socket.disconnect();
  // The server is told when it has answered.
  while (!left.includes("client namespace disconnect")) await next(watcher, "left");
  equal(main.connected, true);
});

scenario("connects at once when told to while it waits for the next attempt", OURS, async (t) => {
  const socket = await connected(t.io(t.url, { reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 }));
  const ended = next(socket, "disconnect");
  socket.io.engine.close();
  await ended;
  socket.io.open();
  await next(socket, "connect");
  // And goes on reconnecting after that.
  socket.io.reconnectionDelay(10).reconnectionDelayMax(10);
  socket.io.engine.close();
  await next(socket, "connect");
});

scenario("measures how long a round trip takes", OURS, async (t) => {
  const socket = t.io();
  equal(socket.io.rtt, undefined);
  await connected(socket);
  const first = socket.io.rtt;
  assert(first > 0 && first < 20_000, first);
  // A slow answer is no measure of the network, and moves it by a quarter only.
  await ask(socket, "slow", 200);
  assert(socket.io.rtt <= first * 1.25, socket.io.rtt);
});

scenario("keeps only so many events as it may", OURS, async (t) => {
  const socket = t.io(t.url, { autoConnect: false, maxSendBuffer: 2 });
  socket.emit("num", 1).volatile.emit("num", 2);
  const kept = socket.emitWithAck("echo", "kept");
  const message = "send buffer is full (maxSendBuffer: 2)";
  throws(() => socket.emit("num", 3), message);
  await rejects(socket.emitWithAck("echo", "refused"), message);
  socket.connect();
  equal(await kept, "kept");
  equal(await ask(socket, "order"), [{ count: 1, inversions: 0 }]);
});

scenario("sends an event once that was kept after a sleep", OURS, async (t) => {
  const socket = await connected(t.io(t.url, { retries: 3, ackTimeout: 20_000 }));
  const sent = [];
  socket.onAnyOutgoing((event) => sent.push(event));
  const { now } = Date;
  let acknowledged;
  try {
    // The clock went on while the timers did not.
    Date.now = () => now() + 3_600_000;
    acknowledged = new Promise((resolve) => socket.emit("echo", "x", (err, text) => resolve([err, text])));
  } finally {
    Date.now = now;
  }
  equal([socket.sendBuffer.length, sent], [1, []]);
  equal((await next(socket, "disconnect"))[0], "ping timeout");
  equal(await within(acknowledged, "the ack"), [null, "x"]);
  equal(sent, ["echo"]);
});

scenario("reports an address that no WebSocket takes", { isOurs: true, modes: ["websocket"] }, async (t) => {
  const [err] = await next(t.io(t.url, { protocols: "not a token", reconnection: false }), "connect_error");
  equal([err.message, err.type], ["websocket error", "TransportError"]);
  assert(err.description instanceof Error);
});
