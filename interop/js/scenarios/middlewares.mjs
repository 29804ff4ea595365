// Middlewares of namespaces, of events and of HTTP, and listeners that see everything.
import assert from "node:assert/strict";
import { barrier, bytes, connected, inbox, pick, refused, tell } from "../kit.mjs";
import { scenario } from "../registry.mjs";

scenario("middleware: all of a namespace run, in order, before the connection", { proves: "SRV-031 SRV-053 SRV-054 SIO-027" }, async (w) => {
  const socket = w.begin("/mw");
  const early = inbox(socket, "early");
  await connected(socket);
  const [first, at, ...later] = await tell(socket, "data");
  assert.deepEqual([first, ...later], ["first", "second", "connection"]);
  assert.equal(at.connected, false);
  assert.equal(at.rooms, 0);
  // What a middleware emits is not lost: the client keeps it until it is connected.
  assert.deepEqual(await early.next(), [socket.id]);
  const other = await w.connect("/a");
  assert.equal(await tell(other, "data"), null, "they are of one namespace");
});

scenario("middleware: may join rooms, which a refused socket has never been in", { proves: "SRV-031 SRV-061", needs: ["auth"], own: {} }, async (w) => {
  const socket = await w.connect("/mw");
  assert.deepEqual((await tell(socket, "whoami")).rooms, [socket.id, "from a middleware"].sort());
  assert.equal((await refused(w.begin("/mw", { auth: { stop: true } }))).message, "stopped");
  assert.deepEqual(await tell(socket, "fetch", "from a middleware"), [socket.id]);
});

scenario("middleware: a later one refuses, nothing of the socket stays", { proves: "SRV-031", needs: ["auth"], own: {} }, async (w) => {
  const witness = await w.connect("/mw");
  await tell(witness, "join", "watch");
  const left = inbox(witness, "left");
  const count = await tell(witness, "count");
  const socket = w.begin("/mw", { auth: { stop: true } });
  assert.equal((await refused(socket)).message, "stopped");
  assert.equal(await tell(witness, "count"), count);
  await barrier(witness);
  assert.deepEqual(left.seen, [], "who was never there does not leave");
});

scenario("middleware: a client that leaves meanwhile never arrives", { proves: "SRV-031", modes: ["websocket"], needs: ["hand"], own: {} }, async (w) => {
  const { socket: witness } = await w.watch("/slow");
  const left = inbox(witness, "left");
  const raw = await w.wsSession();
  raw.send("40/slow,");
  raw.ws.close();
  await raw.closed.next();
  // Its middleware began after theirs, and takes as long.
  await w.connect("/slow");
  assert.equal(await tell(witness, "count"), 2);
  assert.deepEqual(left.seen, []);
});

scenario("middleware: of events, dropping some and changing others", { proves: "SRV-063" }, async (w) => {
  const socket = await w.connect("/guarded");
  assert.equal(await tell(socket, "echo", "words"), "guarded words");
  for (const name of ["forbidden", "forbidden fruit"]) socket.emit(name, 1, () => assert.fail("acknowledged"));
  assert.deepEqual(await tell(socket, "dropped"), ["forbidden", "forbidden fruit"]);
  assert.equal(await tell(socket, "bcast", "allowed"), "ok");
});

scenario("middleware: of events, not for acknowledgements", { proves: "SRV-063 SRV-065" }, async (w) => {
  const socket = await w.connect("/guarded");
  socket.on("question", (ack) => ack("forbidden"));
  assert.deepEqual(await tell(socket, "ask", "question"), { ok: ["forbidden"] });
  assert.deepEqual(await tell(socket, "dropped"), []);
});

scenario("any: every event that comes in is seen, acknowledgements are not", { proves: "SRV-065" }, async (w) => {
  const socket = await w.connect("/any");
  await tell(socket, "seen");
  socket.emit("nobody listens", 1, { a: [null] });
  await tell(socket, "echo", "é");
  socket.on("question", (n, ack) => ack("answer"));
  await tell(socket, "ask", "question", 2);
  const seen = (await tell(socket, "seen")).filter(([direction]) => direction === "in");
  assert.deepEqual(seen, [["in", "nobody listens", 1, { a: [null] }], ["in", "echo", "é"], ["in", "ask", "question", 2]]);
});

scenario("any: every event that goes out is seen, also of broadcasts", { proves: "SRV-066 B-21", own: {} }, async (w) => {
  const socket = await w.connect("/any");
  const room = `any ${socket.id}`;
  const heard = inbox(socket, "msg");
  await tell(socket, "join", room);
  await tell(socket, "seen");
  await tell(socket, "script", [["self", "one", 1], ["self plain", "three", { a: 1 }]]);
  await tell(socket, "room", room, "to the room");
  await tell(socket, "others", "not to itself");
  assert.deepEqual(await heard.next(), ["to the room"]);
  const seen = (await tell(socket, "seen")).filter(([direction]) => direction === "out");
  assert.deepEqual(seen, [["out", "one", 1], ["out", "three", { a: 1 }], ["out", "msg", "to the room"]]);
});

scenario("any: binary is seen as it is", { proves: "SRV-065 SRV-066", needs: ["binary"] }, async (w) => {
  const socket = await w.connect("/any");
  await tell(socket, "seen");
  socket.emit("echo", bytes(5), "text");
  await barrier(socket);
  const seen = (await tell(socket, "seen")).filter(([, , first]) => Buffer.isBuffer(first));
  assert.deepEqual(seen, [["in", "echo", bytes(5), "text"], ["out", "echo", bytes(5), "text"]]);
});

const http = { needs: ["hand"], own: { middleware: true } };

scenario("middleware: of HTTP, sees every request and answer", { ...http, proves: "EIO-142 EIO-066 NEW-05", modes: ["polling", "websocket"] }, async (w) => {
  if (w.mode === "websocket") {
    const raw = w.ws();
    const headers = await new Promise((resolve) => raw.ws.once("upgrade", (res) => resolve(res.headers)));
    assert.equal(headers["x-middleware"], "on");
    return raw.join();
  }
  const session = await w.poll();
  const posted = await session.post("40");
  assert.equal(posted.headers["x-middleware"], "on");
  assert.equal((await session.get()).headers["x-middleware"], "on");
  const refusedOne = await w.http("GET", "/socket.io/?EIO=4&transport=polling&sid=unknown");
  assert.equal(refusedOne.headers["x-middleware"], "on");
});

scenario("middleware: of HTTP, may answer by itself", { ...http, proves: "EIO-142 NEW-04", modes: ["polling", "websocket"] }, async (w) => {
  const query = `EIO=4&transport=${w.mode}&stop=1`;
  if (w.mode === "polling") {
    assert.deepEqual(pick(await w.http("GET", `/socket.io/?${query}`)), { status: 401, body: "stopped" });
  } else {
    // The official server has no real answer for middlewares there, and refuses in its own words.
    const { ws } = w.ws(query);
    const status = await new Promise((resolve) => ws.once("unexpected-response", (_, res) => resolve(res.statusCode)));
    assert.equal(status, w.expect({ node: 400, go: 401 }));
  }
  const socket = await w.connect();
  assert.equal(await tell(socket, "clients"), 1);
});
