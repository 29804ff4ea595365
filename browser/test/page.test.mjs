// What a page tells its scripts: offline, online, hidden, restored. Here with a page made of two EventTargets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { next, startServer } from "./helper.mjs";
import { io } from "../dist/socket.io.esm.min.js";

const page = new EventTarget();
globalThis.addEventListener = page.addEventListener.bind(page);
globalThis.removeEventListener = page.removeEventListener.bind(page);
globalThis.document = Object.assign(new EventTarget(), { hidden: false });

const A_MINUTE = { forceNew: true, reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 };

async function connected(t, opts, serverOpts) {
  const server = await startServer(t, serverOpts);
  const socket = io(server.url, { ...A_MINUTE, ...opts });
  t.after(() => socket.disconnect());
  await next(socket, "connect");
  return { server, socket };
}

test("offline ends the connection, online brings it back at once", async (t) => {
  const { socket } = await connected(t);
  const ended = next(socket, "disconnect");
  page.dispatchEvent(new Event("offline"));
  const [reason, details] = await ended;
  assert.equal(reason, "transport close");
  assert.equal(details.description, "network connection lost");
  page.dispatchEvent(new Event("online"));
  await next(socket, "connect");
});

for (const [name, wake] of Object.entries({
  "pageshow": () => page.dispatchEvent(new Event("pageshow")),
  "visibilitychange": () => document.dispatchEvent(new Event("visibilitychange")),
})) {
  test(`${name} ends the wait for the next attempt`, async (t) => {
    const { socket } = await connected(t);
    const ended = next(socket, "disconnect");
    socket.io.engine.close();
    await ended;
    wake();
    await next(socket, "connect");
    // Nothing happens to a connection that is fine.
    wake();
    assert.equal(socket.connected, true);
  });
}

test("a hidden page does not hurry, and a disconnected socket stays so", async (t) => {
  const { socket } = await connected(t);
  const attempts = [];
  socket.io.on("reconnect_attempt", (n) => attempts.push(n));
  const ended = next(socket, "disconnect");
  socket.io.engine.close();
  await ended;
  document.hidden = true;
  document.dispatchEvent(new Event("visibilitychange"));
  document.hidden = false;
  assert.deepEqual(attempts, []);
  socket.disconnect();
  page.dispatchEvent(new Event("online"));
  document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(attempts, []);
});

test("a page that is seen again checks the heartbeat", async (t) => {
  const { socket } = await connected(t);
  const { now } = Date;
  t.after(() => (Date.now = now));
  const ended = next(socket, "disconnect");
  Date.now = () => now() + 3_600_000;
  document.dispatchEvent(new Event("visibilitychange"));
  Date.now = now;
  assert.equal((await ended)[0], "ping timeout");
});

test("closeOnBeforeunload ends the session without an event", async (t) => {
  const { server, socket } = await connected(t, { closeOnBeforeunload: true }, { pingInterval: 500, pingTimeout: 500 });
  const [peer] = server.io.sockets.sockets.values();
  const left = next(peer, "disconnect");
  socket.on("disconnect", () => assert.fail("disconnect"));
  page.dispatchEvent(new Event("beforeunload"));
  await left;
  socket.off("disconnect");
});
