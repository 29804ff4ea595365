// Acknowledgements, their timeouts, and retries.
import { ask, assert, connected, equal, next, rejects, sample, within } from "../kit.mjs";
import { scenario } from "./registry.mjs";

/** The arguments that the callback of an event with a timeout gets. */
const timed = (socket, ms, ...event) => within(new Promise((resolve) => socket.timeout(ms).emit(...event, (...args) => resolve(args))), "the ack");

scenario("gets acknowledgements", async (t) => {
  const socket = t.io();
  equal(await ask(socket, "echo", 1, { a: "b" }), [1, { a: "b" }]);
  equal(await ask(socket, "echo"), []);
  equal(await ask(socket, "echo", sample(3)), [sample(3)]);
  equal(await socket.emitWithAck("echo", "promised"), "promised");
  equal(await socket.timeout(20_000).emitWithAck("echo", "in time"), "in time");
  equal(await timed(socket, 20_000, "echo", 5, 6), [null, 5, 6]);
  equal(Object.keys(socket.acks), []);
});

scenario("gives acknowledgements, once", async (t) => {
  const socket = await connected(t.io());
  socket.on("question", (value, ack) => {
    ack(value * 2, sample(2));
    ack("again");
  });
  equal(await ask(socket, "ask", "question", 21), [{ ok: [42, sample(2)] }]);
  equal(await ask(socket, "self-ask", "question", 1), [{ ok: [2, sample(2)] }]);
});

scenario("times out waiting for an acknowledgement", async (t) => {
  const socket = await connected(t.io());
  equal((await timed(socket, 30, "never answered")).map((err) => err.message), ["operation has timed out"]);
  await rejects(socket.timeout(30).emitWithAck("never answered"), "operation has timed out");
  const patient = await connected(t.io(t.url, { ackTimeout: 30 }));
  await rejects(patient.emitWithAck("never answered"), "operation has timed out");
  equal(await timed(patient, 20_000, "echo", "x"), [null, "x"]);
});

scenario("times out while not connected, and sends the event no more", async (t) => {
  await t.net("down");
  const socket = t.io();
  socket.emit("num", 1);
  equal((await timed(socket, 10, "num", 2)).map((err) => err.message), ["operation has timed out"]);
  equal(socket.sendBuffer.length, 1);
  await t.net("up");
  await connected(socket);
  equal((await ask(socket, "order"))[0].count, 1);
});

scenario("fails waiting acknowledgements when disconnected, but not those of what was not sent", async (t) => {
  const socket = await connected(t.io());
  socket.emit("never answered", () => assert(false, "a callback without an error was called"));
  const failures = [
    rejects(socket.emitWithAck("never answered"), "socket has been disconnected"),
    rejects(socket.timeout(20_000).emitWithAck("never answered"), "socket has been disconnected"),
    timed(socket, 20_000, "never answered").then(([err]) => equal(err.message, "socket has been disconnected")),
  ];
  socket.disconnect();
  const kept = socket.emitWithAck("echo", "kept");
  await Promise.all(failures);
  socket.connect();
  equal(await within(kept, "the kept event"), "kept");
});

scenario("answers broadcasts that ask everybody", async (t) => {
  const socket = await connected(t.io());
  socket.on("all?", (ack) => ack("here"));
  await ask(socket, "join", socket.id + " and friends");
  equal(await ask(socket, "ask-room", 5000, socket.id + " and friends", "all?"), [{ responses: ["here"], timedOut: false }]);
});

scenario("sends an event again until it is acknowledged, one at a time", async (t) => {
  const socket = t.io(t.url, { retries: 3, ackTimeout: 5000 });
  const sent = [];
  socket.onAnyOutgoing((event, n) => sent.push(n));
  const answer = (event, n) => new Promise((resolve) => socket.emit(event, n, (...args) => resolve(args)));
  const answers = within(Promise.all([answer("echo", 1), answer("echo", 2), answer("echo", 3)]), "the answers");
  equal(await answers, [[null, 1], [null, 2], [null, 3]]);
  equal(sent, [1, 2, 3]);
});

scenario("sends the first event of the queue again after a new connection", async (t) => {
  const socket = await connected(t.io(t.url, { retries: 5, ackTimeout: 20_000 }));
  const sent = [];
  socket.onAnyOutgoing((event) => sent.push(event));
  socket.emit("never answered the first time");
  socket.emit("echo");
  await t.lose(socket);
  await connected(socket);
  equal(sent, ["never answered the first time", "never answered the first time"]);
});

scenario("gives up an event after its retries", async (t) => {
  const socket = await connected(t.io(t.url, { retries: 2, ackTimeout: 20 }));
  const sent = [];
  socket.onAnyOutgoing((event, n) => sent.push(n));
  const outcome = (event, n) => new Promise((resolve) => socket.emit(event, n, (...args) => resolve(args)));
  const [lost, next] = await within(Promise.all([outcome("never answered", 1), outcome("never answered", 2)]), "the outcomes");
  equal([lost[0].message, next[0].message], ["operation has timed out", "operation has timed out"]);
  equal(sent, [1, 1, 1, 2, 2, 2]);
  socket.volatile.emit("echo", 3);
});
