// Namespaces that are made when clients want to join them.
import assert from "node:assert/strict";
import { barrier, connected, inbox, next, refused, tell, until } from "../kit.mjs";
import { scenario } from "../registry.mjs";

scenario("family: a name that the pattern matches is made, others are refused", { proves: "SRV-040 SRV-041 SRV-042 SRV-015", own: {} }, async (w) => {
  const manager = w.manager();
  const one = await connected(manager.socket("/dyn-1").connect());
  assert.equal((await tell(one, "whoami")).nsp, "/dyn-1");
  for (const name of ["/dyn-", "/dyn-12345", "/dyn-1x", "/x/dyn-1", "/DYN-1"]) {
    const err = await refused(manager.socket(name).connect());
    assert.equal(err.message, "Invalid namespace", name);
  }
  const two = await w.connect("/dyn-2");
  const again = await w.connect("/dyn-1");
  const created = (await tell(two, "created")).filter((name) => name.startsWith("/dyn"));
  assert.deepEqual(created, ["/dyn-1", "/dyn-2"], "each is announced once");
  assert.equal(await tell(one, "count"), 2);
  const heard = [one, two, again].map((socket) => inbox(socket, "msg"));
  assert.equal(await tell(one, "bcast", "to one"), "ok");
  await barrier(one, two, again);
  assert.deepEqual(heard.map(({ seen }) => seen.length), [1, 0, 1], "each is a namespace of its own");
});

scenario("family: a function decides, by name and credentials", { proves: "SRV-040 B-05", needs: ["auth"] }, async (w) => {
  const allowed = await w.connect("/fn-open", { auth: { open: true } });
  assert.deepEqual((await tell(allowed, "whoami")).nsp, "/fn-open");
  for (const auth of [undefined, {}, { open: false }, { open: "true" }]) {
    const err = await refused(w.begin("/fn-closed", { auth }));
    assert.equal(err.message, "Invalid namespace");
  }
  // One that exists is open to everybody: it is looked for first.
  const other = await w.connect("/fn-open");
  assert.equal((await tell(other, "whoami")).nsp, "/fn-open");
});

scenario("family: children have the middlewares of their parent", { proves: "SRV-042", needs: ["auth"] }, async (w) => {
  const socket = w.begin("/dyn-3", { auth: { stop: true } });
  const err = await refused(socket);
  assert.equal(err.message, "stopped");
  socket.auth = {};
  await connected(socket.connect());
  assert.equal(await tell(socket, "echo", "in"), "in");
});

scenario("family: rooms of a child are its own", { proves: "SRV-042" }, async (w) => {
  const [one, two] = [await w.connect("/dyn-4"), await w.connect("/dyn-5")];
  const heard = [one, two].map((socket) => inbox(socket, "msg"));
  for (const socket of [one, two]) await tell(socket, "join", "room");
  await tell(one, "room", "room", "to four");
  await barrier(one, two);
  assert.deepEqual(heard.map(({ seen }) => seen.length), [1, 0]);
});

scenario("family: an event to all of its namespaces", { proves: "SRV-043", own: {} }, async (w) => {
  const sockets = [await w.connect("/dyn-6"), await w.connect("/dyn-7"), await w.connect("/dyn-7"), await w.connect("/a")];
  const heard = sockets.map((socket) => inbox(socket, "msg"));
  assert.equal(await tell(sockets[3], "family", "to the family", 1), "ok");
  await barrier(...sockets);
  const message = [["to the family", 1]];
  assert.deepEqual(heard.map(({ seen }) => seen), [message, message, message, []]);
});

scenario("family: many clients make the same one at once", { proves: "SRV-041", own: {} }, async (w) => {
  const sockets = await Promise.all(Array.from({ length: 12 }, () => w.connect("/dyn-8")));
  assert.equal(await tell(sockets[0], "count"), 12);
  assert.deepEqual((await tell(sockets[0], "created")).filter((name) => name === "/dyn-8"), ["/dyn-8"]);
});

/** Joins and leaves /dyn-9 n times; gives how often it was made. */
async function visit(w, n) {
  const witness = await w.connect("/a");
  for (let i = 0; i < n; i++) {
    const socket = await w.connect("/dyn-9");
    assert.equal(await tell(socket, "count"), 1);
    const closed = next(socket.io.engine, "close");
    socket.disconnect();
    await closed;
    await until("it has left", async () => (await tell(witness, "clients")) === 1);
  }
  return (await tell(witness, "created")).filter((name) => name === "/dyn-9").length;
}

scenario("family: an empty one stays, unless told otherwise", { proves: "SRV-044 SRV-007", own: {} }, async (w) => {
  assert.equal(await visit(w, 3), 1);
});

scenario("family: an empty one is cleaned up, and made anew", { proves: "SRV-044 SRV-007", own: { cleanup: true } }, async (w) => {
  assert.equal(await visit(w, 3), 3);
});

scenario("family: one whose only visitor was refused is cleaned up, one with members is not",
  { proves: "SRV-044", needs: ["auth"], own: { cleanup: true } }, async (w) => {
  const witness = await w.connect("/a");
  const made = async () => (await tell(witness, "created")).filter((name) => name === "/dyn-10").length;
  for (let i = 1; i <= 2; i++) {
    const socket = w.begin("/dyn-10", { auth: { stop: true } });
    assert.equal((await refused(socket)).message, "stopped");
    assert.equal(await made(), i);
  }
  const member = await w.connect("/dyn-10");
  await refused(w.begin("/dyn-10", { auth: { stop: true } }));
  assert.equal(await tell(member, "count"), 1);
  const other = await w.connect("/dyn-10");
  assert.equal(await tell(other, "count"), 2);
  assert.equal(await made(), 3);
});
