// Pings, pongs and what becomes of a peer that is silent.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { heartbeats, inbox, next, tell } from "../kit.mjs";
import { scenario } from "../registry.mjs";

scenario("heartbeat: keeps an idle connection alive",
  { proves: "EIO-100", needs: ["engine"], own: { "ping-interval": 150, "ping-timeout": 3000 } }, async (w) => {
  const socket = await w.connectSettled();
  const pings = heartbeats(socket);
  const { id } = socket;
  await pings.take(5);
  assert.equal(await tell(socket, "echo", "alive"), "alive");
  assert.equal(socket.id, id);
});

scenario("heartbeat: goes on while a handler is blocked",
  { needs: ["engine"], own: { "ping-interval": 200, "ping-timeout": 3000 } }, async (w) => {
  const socket = await w.connectSettled();
  const pings = heartbeats(socket);
  const disconnects = inbox(socket, "disconnect");
  assert.equal(await tell(socket, "slow", 4000), "ok");
  assert.ok(pings.seen.length >= 6, `${pings.seen.length} pings in 4 s`);
  assert.deepEqual(disconnects.seen, []);
});

scenario("heartbeat: a frozen client is dropped, and comes back",
  { proves: "EIO-100 EIO-103", needs: ["engine"], own: { "ping-interval": 300, "ping-timeout": 2500 } }, async (w) => {
  const { socket: watcher, gone } = await w.watch();
  const { child, says, id } = await w.puppet();
  child.kill("SIGSTOP");
  if (w.impl === "node" && w.client.protocol === 3 && w.mode === "upgrade") {
    // The official server clears the deadline of such a client with the upgrade and does not set another.
    await sleep(4000);
    return assert.equal(await tell(watcher, "has", id), true);
  }
  assert.equal(await gone(id), "ping timeout");
  assert.equal(await tell(watcher, "has", id), false);
  child.kill("SIGCONT");
  const { reason } = await says.next(({ event }) => event === "disconnect");
  assert.ok(["ping timeout", "transport close", "transport error"].includes(reason), reason);
  const back = await says.next((line) => line.event === "connect" && line.id !== id);
  assert.equal(await tell(watcher, "has", back.id), true);
});

scenario("heartbeat: a frozen server is given up",
  { proves: "EIO-101", needs: ["engine"], own: { "ping-interval": 300, "ping-timeout": 1000 } }, async (w) => {
  const socket = await w.connectSettled();
  const lost = next(socket, "disconnect");
  w.fixture.freeze();
  try {
    assert.equal((await lost)[0], "ping timeout");
  } finally {
    w.fixture.thaw();
  }
});

const byHand = { modes: ["websocket"], needs: ["hand"] };

scenario("heartbeat: pings and pongs carry no data, a silent client is closed",
  { ...byHand, proves: "EIO-100 EIO-102 EIO-120 EIO-121", own: { "ping-interval": 300, "ping-timeout": 2000 } }, async (w) => {
  const { gone } = await w.watch();
  const raw = await w.wsSession();
  assert.equal(raw.handshake.pingInterval, 300);
  assert.equal(raw.handshake.pingTimeout, 2000);
  const id = await raw.join();
  let ponged;
  for (let i = 0; i < 3; i++) {
    assert.equal(await raw.frames.next(), "2");
    ponged = performance.now();
    raw.send("3");
  }
  assert.equal(await raw.frames.next(), "2");
  assert.equal(await raw.closed.next(), 1005);
  const waited = performance.now() - ponged;
  assert.ok(waited > 2200, `closed ${Math.round(waited)} ms after the last pong`);
  assert.equal(await gone(id), "ping timeout");
});

scenario("heartbeat: the next ping is counted from the pong",
  { ...byHand, proves: "EIO-100", own: { "ping-interval": 600, "ping-timeout": 3000 } }, async (w) => {
  const raw = await w.wsSession();
  await raw.join();
  await raw.frames.next((f) => f === "2");
  await sleep(500);
  const ponged = performance.now();
  raw.send("3");
  assert.equal(await raw.frames.next(), "2");
  const waited = performance.now() - ponged;
  assert.ok(waited > 500, `pinged ${Math.round(waited)} ms after the pong`);
});

scenario("heartbeat: other traffic extends the wait for a pong, once",
  { ...byHand, proves: "NEW-02", own: { "ping-interval": 300, "ping-timeout": 3000 } }, async (w) => {
  const { gone } = await w.watch();
  const raw = await w.wsSession();
  const id = await raw.join();
  await raw.frames.next((f) => f === "2");
  const sent = [];
  for (let i = 0; i < 2; i++) {
    await sleep(2000);
    sent.push(performance.now());
    raw.send('42["num",1]');
  }
  await raw.closed.next();
  // 3,000 ms after the first event, which are 1,000 ms after the second.
  const [first, second] = sent.map((at) => Math.round(performance.now() - at));
  assert.ok(first > 2900 && second < 2500, `closed ${first} and ${second} ms after the events`);
  assert.equal(await gone(id), "ping timeout");
});

scenario("heartbeat: pongs nobody asked for",
  { ...byHand, proves: "EIO-025 B-23", own: { "ping-interval": 800, "ping-timeout": 3000 } }, async (w) => {
  const raw = await w.wsSession();
  await raw.join();
  for (let i = 0; i < 16; i++) {
    raw.send("3");
    await sleep(100);
  }
  raw.send('427["echo"]');
  const reply = await raw.frames.next((f) => f === "437[]" || f === "2");
  // Official: every pong puts the next ping off. Ours: the ping comes when it is due.
  assert.equal(reply, w.expect({ node: "437[]", go: "2" }));
});
