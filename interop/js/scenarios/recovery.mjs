// Connection state recovery, end to end with the official client, and its packets by hand.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { barrier, brief, bytes, ID, inbox, next, tell, until } from "../kit.mjs";
import { scenario } from "../registry.mjs";

const RECONNECTING = { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200 };
const own = { recovery: 20_000 };
const needs = ["recovery"];

/** A connected client and what it receives as "msg" and "n". */
async function begin(w, nsp = "/", options = {}) {
  const socket = await w.connectSettled(nsp, { ...RECONNECTING, ...options });
  return { socket, heard: inbox(socket, "msg"), numbers: inbox(socket, "n") };
}

/** Takes the client off the network for as long as `meanwhile` takes; gives what it says on its return. */
async function away(socket, peer, meanwhile = async () => {}) {
  const { id } = socket;
  const manager = socket.io;
  manager.reconnection(false);
  const lost = next(socket, "disconnect");
  manager.engine.close();
  await lost;
  await until("the server has noticed", async () => !(await tell(peer, "has", id)));
  await meanwhile();
  manager.reconnection(true);
  const back = next(socket, "connect");
  manager.connect();
  await back;
}

scenario("recovery: the same id, rooms and data, and what was missed, in order",
  { proves: "SIO-030 SIO-031 SIO-032 SRV-054 SRV-100 SRV-101 SRV-102 CLI-032", needs, own }, async (w) => {
  const peer = await w.connect();
  const { socket, heard } = await begin(w);
  await tell(socket, "join", ["missed", "other"]);
  await tell(socket, "set-data", { name: "Ada", list: [1, 2] });
  await tell(socket, "bcast", "before");
  const { id } = socket;
  assert.equal(socket.recovered, false);
  await away(socket, peer, async () => {
    for (let i = 0; i < 20; i++) await tell(peer, "room", "missed", i, "é😀");
    await tell(peer, "bcast", "to all");
    await tell(peer, "room", id, "to it alone");
    await tell(peer, "room", ["missed", "other"], "to both");
    await tell(peer, "room", "elsewhere", "not for it");
    await tell(peer, "except", "other", "but for it");
  });
  assert.equal(socket.recovered, true);
  assert.equal(socket.id, id);
  const expected = [...Array(20).keys(), "to all", "to it alone", "to both"];
  assert.deepEqual(heard.seen.map(([first]) => first), ["before", ...expected]);
  assert.equal((await tell(socket, "self")).recovered, true);
  assert.deepEqual((await tell(socket, "whoami")).rooms, [id, "missed", "other"].sort());
  assert.deepEqual(await tell(socket, "data"), { name: "Ada", list: [1, 2] });

  // It is a member again, and can be away again.
  await tell(peer, "room", "missed", "live");
  await away(socket, peer, () => tell(peer, "room", "missed", "missed again"));
  assert.equal(socket.id, id);
  await barrier(socket);
  assert.deepEqual(heard.seen.slice(-2).map(([first]) => first), ["live", "missed again"]);
});

scenario("recovery: nothing comes twice and nothing is lost while others talk all the time",
  { proves: "SIO-031 SRV-102", needs, own }, async (w) => {
  const peer = await w.connect();
  const { socket, heard } = await begin(w);
  await tell(socket, "bcast", -1);
  let sent = 0;
  let talking = true;
  const talk = (async () => {
    while (talking) await tell(peer, "bcast", sent++);
  })();
  for (let i = 0; i < 5; i++) {
    await until("some were heard", async () => heard.seen.length > 10 * (i + 1));
    await away(socket, peer, () => sleep(20));
    assert.equal(socket.recovered, true);
  }
  talking = false;
  await talk;
  await barrier(socket);
  assert.deepEqual(heard.seen.map(([n]) => n), Array.from({ length: sent + 1 }, (_, i) => i - 1));
});

scenario("recovery: a binary event and several arguments", { proves: "SIO-031 SRV-102", needs: ["recovery", "binary"], own }, async (w) => {
  const peer = await w.connect();
  const { socket, heard } = await begin(w);
  await tell(socket, "bcast", "first");
  const missed = [bytes(40), { deep: [bytes(3), "text"] }, null];
  await away(socket, peer, () => tell(peer, "bcast", ...missed));
  assert.equal(socket.recovered, true);
  // The offset is an argument too, which the client leaves for the listener to see.
  assert.deepEqual(heard.seen[1].slice(0, 3), missed);
});

scenario("recovery: volatile events and questions are not kept", { proves: "SIO-031 SRV-058", needs, own }, async (w) => {
  const peer = await w.connect();
  const { socket, heard } = await begin(w);
  await tell(socket, "bcast", "before");
  await away(socket, peer, async () => {
    await tell(peer, "script", [["all volatile", "msg", "volatile"]]);
    await tell(peer, "ask-all", 100, "msg", "a question");
    await tell(peer, "bcast", "kept");
  });
  await barrier(socket);
  assert.deepEqual(heard.seen.map(([first]) => first), ["before", "kept"]);
});

scenario("recovery: of a client that has received nothing", { proves: "SIO-034", needs, own }, async (w) => {
  const peer = await w.connect();
  const { socket, heard } = await begin(w);
  const { id } = socket;
  await away(socket, peer, () => tell(peer, "bcast", "missed"));
  // The client has no offset to show; ours knows where it began.
  const restored = w.impl === "go";
  assert.equal(socket.recovered, restored);
  assert.equal(socket.id === id, restored);
  await barrier(socket);
  assert.deepEqual(heard.seen.map(([first]) => first), restored ? ["missed"] : []);
});

scenario("recovery: a text at the end of an event is not taken for an offset", { proves: "SIO-032 SIO-031", needs, own }, async (w) => {
  const peer = await w.connect();
  const { socket, heard } = await begin(w);
  const volatiles = inbox(socket, "v");
  const { id } = socket;
  await tell(socket, "bcast", "before");
  await until("a volatile event arrives", async () => {
    await tell(peer, "script", [[`all to=${id} volatile`, "v", "a text"]]);
    await barrier(socket);
    return volatiles.seen.length > 0;
  });
  await away(socket, peer, () => tell(peer, "bcast", "missed"));
  // The client remembers the last text that it got. Official: that of the event, with which nothing can be found.
  const restored = w.impl === "go";
  assert.equal(socket.recovered, restored);
  await barrier(socket);
  assert.deepEqual(heard.seen.map(([first]) => first), restored ? ["before", "missed"] : ["before"]);
});

scenario("recovery: of several namespaces of one connection", { proves: "SRV-100 SRV-101", needs, own }, async (w) => {
  const peers = [await w.connect("/"), await w.connect("/a")];
  const manager = w.manager(RECONNECTING);
  const sockets = ["/", "/a"].map((nsp) => manager.socket(nsp).connect());
  const heard = sockets.map((socket) => inbox(socket, "msg"));
  for (const socket of sockets) await tell(socket, "bcast", `first ${socket.nsp}`);
  const ids = sockets.map(({ id }) => id);
  const back = next(sockets[1], "connect", 10_000);
  await away(sockets[0], peers[0], async () => {
    for (const peer of peers) await tell(peer, "bcast", `missed ${peer.nsp}`);
  });
  await back;
  assert.deepEqual(sockets.map(({ id }) => id), ids);
  for (const [i, box] of heard.entries()) {
    const { nsp } = sockets[i];
    await barrier(sockets[i]);
    assert.deepEqual(box.seen.map(([first]) => first), [`first ${nsp}`, `missed ${nsp}`]);
  }
});

scenario("recovery: a client that is away too long begins anew", { proves: "SRV-104 SIO-033", needs, own: { recovery: 300 } }, async (w) => {
  const peer = await w.connect();
  const { socket, heard } = await begin(w);
  await tell(socket, "bcast", "before");
  await tell(socket, "set-data", "forgotten");
  const { id } = socket;
  await away(socket, peer, async () => {
    await tell(peer, "bcast", "missed for good");
    await sleep(900);
  });
  assert.equal(socket.recovered, false);
  assert.notEqual(socket.id, id);
  assert.equal(await tell(socket, "data"), null);
  assert.deepEqual(heard.seen.map(([first]) => first), ["before"]);
});

scenario("recovery: who leaves on purpose does not come back as the same", { proves: "SRV-100", needs, own }, async (w) => {
  const peer = await w.connect();
  for (const leave of [(socket) => socket.disconnect(), (socket) => socket.emit("kick")]) {
    const { socket } = await begin(w);
    await tell(socket, "bcast", "an offset");
    const { id } = socket;
    const left = next(socket, "disconnect");
    leave(socket);
    await left;
    await until("the server has noticed", async () => !(await tell(peer, "has", id)));
    const back = next(socket, "connect");
    socket.connect();
    await back;
    assert.equal(socket.recovered, false);
    assert.notEqual(socket.id, id);
  }
});

scenario("recovery: after a silence that the server took for the end",
  { proves: "SRV-100", needs: ["recovery", "engine"], own: { ...own, "ping-interval": 300, "ping-timeout": 2500 } }, async (w) => {
  const { socket: watcher, gone } = await w.watch();
  const { child, says, id } = await w.puppet();
  await says.next(({ event }) => event === "connect");
  await tell(watcher, "bcast", "an offset");
  await says.next(({ event }) => event === "msg");
  child.kill("SIGSTOP");
  assert.equal(await gone(id), "ping timeout");
  child.kill("SIGCONT");
  const back = await says.next(({ event }) => event === "connect", 10_000);
  assert.deepEqual(back, { event: "connect", id, recovered: true });
});

scenario("recovery: middlewares are not run again", { proves: "SRV-103 B-01", needs, own }, async (w) => {
  const peer = await w.connect("/mw");
  const { socket } = await begin(w, "/mw");
  await tell(socket, "bcast", "an offset");
  const early = inbox(socket, "early");
  const steps = (await tell(socket, "data")).length;
  socket.auth = { stop: true };
  await away(socket, peer);
  assert.equal(socket.recovered, true);
  assert.deepEqual(early.seen, []);
  assert.deepEqual((await tell(socket, "data")).slice(steps), ["connection"]);
});

scenario("recovery: middlewares are run again if the server wants it",
  { proves: "SRV-103 B-01", needs, own: { ...own, "recovery-middlewares": true } }, async (w) => {
  const peer = await w.connect("/mw");
  const { socket } = await begin(w, "/mw");
  await tell(socket, "bcast", "an offset");
  const steps = (await tell(socket, "data")).length;
  await away(socket, peer);
  assert.equal(socket.recovered, true);
  const again = (await tell(socket, "data")).slice(steps).filter((step) => typeof step === "string");
  assert.deepEqual(again, ["first", "second", "connection"]);
});

scenario("recovery: off unless it is asked for", { proves: "SRV-006", needs: ["recovery", "hand"], modes: ["websocket"] }, async (w) => {
  const raw = await w.wsSession();
  raw.send('40{"pid":"unknown","offset":"x"}');
  assert.match(await raw.frames.next(), /^40\{"sid":"[\w-]{20}"\}$/);
  raw.send('42["script",[["self","msg",1]]]');
  assert.equal(await raw.frames.next(), '42["msg",1]');
});

const byHand = { modes: ["websocket"], needs: ["hand"], own };

/** Joins by hand; gives the ids that the server gives. */
async function join(raw, wish = "") {
  raw.send(`40${wish}`);
  const reply = await raw.frames.next((frame) => String(frame).startsWith('40{"sid"'));
  const ids = JSON.parse(reply.slice(2));
  assert.match(ids.sid, ID);
  assert.match(ids.pid, /^[\w-]{16,}$/);
  return ids;
}

/** The offset at the end of an event. */
const offsetOf = (frame) => JSON.parse(frame.slice(frame.indexOf("["))).at(-1);

/** Ends a connection as a lost network does, and waits until the server knows. */
async function lose(raw, gone, id) {
  raw.ws.terminate();
  assert.equal(await gone(id), "transport close");
}

scenario("recovery: packet by packet", { ...byHand, proves: "SIO-020 SIO-027 SIO-030 SIO-031 SIO-035 B-16" }, async (w) => {
  const { socket: peer, gone } = await w.watch();
  const raw = await w.wsSession();
  const ids = await join(raw);
  raw.send('42["script",[["self","direct",1],["all","to all",2],["self volatile","volatile",3]]]');
  const events = await raw.frames.take(2);
  assert.match(events[0], /^42\["direct",1,"[^"]+"\]$/);
  assert.match(events[1], /^42\["to all",2,"[^"]+"\]$/);
  raw.send('42["ask","question"]');
  assert.match(await raw.frames.next((frame) => frame.includes("question")), /^42\d+\["question"\]$/, "a question has no offset");

  await lose(raw, gone, ids.sid);
  await tell(peer, "bcast", "missed", { a: 1 });
  const again = await w.wsSession();
  again.send(`40${JSON.stringify({ pid: ids.pid, offset: offsetOf(events[1]), more: true })}`);
  const [missed, reply] = await again.frames.take(2);
  assert.match(missed, /^42\["msg","missed",\{"a":1\},"[^"]+"\]$/);
  assert.deepEqual(JSON.parse(reply.slice(2)), ids);
  again.send('421["whoami"]');
  const answer = JSON.parse((await again.frames.next()).slice(3));
  assert.equal(answer[0].id, ids.sid);
});

scenario("recovery: what is no session begins a new one", { ...byHand, proves: "SIO-033 SIO-035 SRV-107" }, async (w) => {
  const { gone } = await w.watch();
  const first = await w.wsSession();
  const ids = await join(first);
  first.send('42["script",[["self","msg",1]]]');
  const offset = offsetOf(await first.frames.next());
  await lose(first, gone, ids.sid);
  const wishes = [
    { pid: "unknown", offset },
    { pid: "__proto__", offset },
    { pid: 1, offset },
    { pid: { a: 1 }, offset },
    { pid: "", offset },
    { offset },
  ];
  for (const wish of wishes) {
    const raw = await w.wsSession();
    const other = await join(raw, JSON.stringify(wish));
    assert.notEqual(other.sid, ids.sid, brief(wish));
    assert.notEqual(other.pid, ids.pid, brief(wish));
  }
  const raw = await w.wsSession();
  assert.deepEqual(await join(raw, JSON.stringify({ pid: ids.pid, offset })), ids, "the session has survived all of this");
});

scenario("recovery: an offset that does not exist", { ...byHand, proves: "SIO-033" }, async (w) => {
  const { gone } = await w.watch();
  for (const offset of ["unknown", "", "Zz.zzz", "__proto__"]) {
    const raw = await w.wsSession();
    const ids = await join(raw);
    await lose(raw, gone, ids.sid);
    const again = await join(await w.wsSession(), JSON.stringify({ pid: ids.pid, offset }));
    // Ours takes an empty one for none.
    if (offset === "" && w.impl === "go") assert.deepEqual(again, ids);
    else assert.notEqual(again.sid, ids.sid, offset);
  }
});

scenario("recovery: one session is never two sockets", { ...byHand, proves: "SRV-105 SRV-108 B-16" }, async (w) => {
  const { socket: peer, gone } = await w.watch();
  const first = await w.wsSession();
  const ids = await join(first);
  first.send('42["script",[["self","msg",1]]]');
  const wish = JSON.stringify({ pid: ids.pid, offset: offsetOf(await first.frames.next()) });
  await lose(first, gone, ids.sid);
  const count = await tell(peer, "count");

  const [second, third] = [await w.wsSession(), await w.wsSession()];
  assert.deepEqual(await join(second, wish), ids);
  const again = await join(third, wish);
  if (w.impl === "node") {
    // Two sockets with one id: the second has taken the first one's place, and both are served.
    assert.deepEqual(again, ids);
    second.send('421["echo"]');
    assert.equal(await second.frames.next((frame) => frame.startsWith("43")), "431[]");
    return;
  }
  // The connection that has the session is taken for dead: its client is where the session is asked for.
  await second.closed.next();
  assert.deepEqual(again, ids);
  assert.equal(await tell(peer, "count"), count + 1);
});

scenario("recovery: a client of version 2 cannot ask for it", { proves: "SIO-053", clients: ["2.5.0"], own }, async (w) => {
  const peer = await w.connect();
  const { socket, heard } = await begin(w);
  await tell(peer, "bcast", 1);
  await barrier(socket);
  assert.equal(heard.seen[0].length, 2, "the offset is there all the same");
  const { id } = socket;
  const back = next(socket, "connect");
  socket.io.engine.close();
  await back;
  assert.notEqual(socket.id, id);
});
