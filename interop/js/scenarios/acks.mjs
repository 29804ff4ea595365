// Acknowledgements, in both directions and by many.
import assert from "node:assert/strict";
import { ask, barrier, bytes, inbox, tell } from "../kit.mjs";
import { scenario } from "../registry.mjs";

scenario("ack: by the server, with none, one and several values", { proves: "SIO-040" }, async (w) => {
  const socket = await w.connect();
  for (const args of [[], [1], ["a", { b: [null] }, 3], [[]], [null]]) assert.deepEqual(await ask(socket, "echo", ...args), args);
});

scenario("ack: by the client, with none, one and several values", { proves: "SIO-040 SRV-055 SRV-057" }, async (w) => {
  const socket = await w.connect();
  socket.on("question", (...args) => args.pop()(...args));
  for (const args of [[], [1], ["a", { b: [null] }, 3], [[]], [null]]) {
    assert.deepEqual(await tell(socket, "ask", "question", ...args), { ok: args });
  }
});

scenario("ack: binary, in both directions", { proves: "SIO-003 SIO-040", needs: ["binary"] }, async (w) => {
  const socket = await w.connect();
  socket.on("question", (...args) => args.pop()(...args, bytes(9)));
  assert.deepEqual(await ask(socket, "echo", bytes(5), "x"), [bytes(5), "x"]);
  assert.deepEqual(await tell(socket, "ask", "question", { deep: bytes(4) }), { ok: [{ deep: bytes(4) }, bytes(9)] });
});

scenario("ack: emitWithAck, its timeout and the late answer", { proves: "SIO-041", needs: ["timeout"] }, async (w) => {
  const socket = await w.connect();
  assert.equal(await socket.timeout(5000).emitWithAck("echo", "first", "second"), "first");
  await assert.rejects(socket.timeout(100).emitWithAck("no-such-event"), { message: "operation has timed out" });
  await assert.rejects(socket.timeout(50).emitWithAck("slow", 300), { message: "operation has timed out" });
  // The late ack of "slow" comes before this one and finds nobody waiting.
  await barrier(socket);
});

scenario("ack: the server's timeout, and the late answer is ignored", { proves: "SIO-041 SRV-057" }, async (w) => {
  const socket = await w.connect();
  let late;
  socket.on("silent", (ack) => (late = ack));
  assert.deepEqual(await tell(socket, "ask", "silent"), { error: "timeout" });
  late("too late");
  assert.deepEqual(await tell(socket, "echo", 1), 1);
});

scenario("ack: many at once, answered in reverse", { proves: "SIO-011 SRV-055" }, async (w) => {
  const socket = await w.connect();
  const held = [];
  socket.on("question", (i, ack) => {
    held.push([i, ack]);
    if (held.length === 20) held.reverse().forEach(([n, answer]) => answer(n * 2));
  });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => tell(socket, "ask", "question", i)));
  assert.deepEqual(answers, Array.from({ length: 20 }, (_, i) => ({ ok: [i * 2] })));
});

scenario("ack: a second answer to the same question is ignored",
  { proves: "SIO-040 SIO-041", needs: ["hand"], modes: ["websocket"] }, async (w) => {
  const raw = await w.wsSession();
  await raw.join();
  raw.send('427["ask","question"]');
  const question = await raw.frames.next((f) => f.includes("question"));
  const [, id] = /^42(\d+)\["question"\]$/.exec(question);
  raw.send(`43${id}["one"]`, `43${id}["two"]`, `43999999["nobody asked"]`, '428["echo","alive"]');
  // The fixture's handler does not wait for the answer, so nothing orders the two.
  const answers = [await raw.frames.next(), await raw.frames.next()];
  assert.deepEqual(answers.sort(), ['437[{"ok":["one"]}]', '438["alive"]']);
});

scenario("ack: a handler asks its own socket", { proves: "SRV-056", needs: ["binary"] }, async (w) => {
  const socket = await w.connect();
  socket.on("question", (a, b, ack) => ack(a + b, bytes(2)));
  assert.deepEqual(await tell(socket, "self-ask", "question", 2, 3), { ok: [5, bytes(2)] });
});

scenario("ack: a handler that asks its own socket in vain times out, later events follow",
  { proves: "SRV-057" }, async (w) => {
  const socket = await w.connect();
  const done = [];
  const note = (what) => (answers) => done.push([what, answers]);
  await Promise.all([
    ask(socket, "self-ask", "unanswered").then(note("self-ask")),
    ask(socket, "echo", "after").then(note("echo")),
  ]);
  assert.deepEqual(done, [["self-ask", [{ error: "timeout" }]], ["echo", ["after"]]]);
});

const byJSON = (list) => list.map((x) => JSON.stringify(x)).sort();

scenario("broadcast ack: everybody answers", { proves: "SIO-042 SRV-082 SRV-083" }, async (w) => {
  const sockets = await w.connectMany(4, "/c");
  sockets.forEach((socket, i) => socket.on("vote", (topic, ack) => ack({ i, topic }, "only the first value counts")));
  const { responses, timedOut } = await tell(sockets[0], "ask-all", 5000, "vote", "tabs");
  assert.equal(timedOut, false);
  assert.deepEqual(byJSON(responses), byJSON(sockets.map((_, i) => ({ i, topic: "tabs" }))));
});

scenario("broadcast ack: one is silent, the others' answers count", { proves: "SRV-082 SRV-083 NEW-07" }, async (w) => {
  const sockets = await w.connectMany(3, "/d");
  sockets.slice(0, 2).forEach((socket, i) => socket.on("vote", (ack) => ack(i)));
  const silent = inbox(sockets[2], "vote");
  const { responses, timedOut } = await tell(sockets[0], "ask-all", 600, "vote");
  assert.equal(timedOut, true);
  assert.deepEqual(responses.sort(), [0, 1]);
  const [lateAck] = await silent.next();
  lateAck("late");
  await barrier(sockets[2]);
});

scenario("broadcast ack: binary question and answers", { proves: "SRV-082", needs: ["binary"] }, async (w) => {
  const sockets = await w.connectMany(3, "/e");
  for (const socket of sockets) socket.on("sum", (payload, ack) => ack(Buffer.concat([payload, Buffer.from(socket.id)])));
  const { responses, timedOut } = await tell(sockets[0], "ask-all", 5000, "sum", bytes(3));
  assert.equal(timedOut, false);
  const expected = sockets.map(({ id }) => Buffer.concat([bytes(3), Buffer.from(id)]));
  assert.deepEqual(responses.sort(Buffer.compare), expected.sort(Buffer.compare));
});

scenario("broadcast ack: to a room, and to nobody", { proves: "SRV-082" }, async (w) => {
  const [one, two, three] = await w.connectMany(3);
  const room = `ask-room ${one.id}`;
  for (const socket of [one, two, three]) socket.on("vote", (ack) => ack(socket.id));
  await tell(two, "join", room);
  await tell(three, "join", room);
  const answer = await tell(one, "ask-room", 5000, room, "vote");
  assert.deepEqual(answer.responses.sort(), [two.id, three.id].sort());
  assert.equal(answer.timedOut, false);
  assert.deepEqual(await tell(one, "ask-room", 5000, `${room} (empty)`, "vote"), { responses: [], timedOut: false });
});
