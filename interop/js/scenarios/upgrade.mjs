// The upgrade from polling to WebSocket, by hand.
import assert from "node:assert/strict";
import { bytes, pick } from "../kit.mjs";
import { scenario } from "../registry.mjs";

const once = { modes: ["upgrade"], needs: ["hand"] };
const MISMATCH = { status: 400, body: '{"code":3,"message":"Bad request"}' };

/** A joined polling session and the second connection of its upgrade. */
async function begin(w) {
  const session = await w.poll();
  const id = await session.join();
  const connect = async () => {
    const raw = w.ws(`EIO=4&transport=websocket&sid=${session.sid}`);
    await raw.opened();
    return raw;
  };
  return { session, id, connect };
}

async function probe(raw) {
  raw.send("2probe");
  assert.equal(await raw.frames.next(), "3probe");
}

scenario("upgrade: step by step", { ...once, proves: "EIO-090 EIO-091 EIO-092 EIO-097" }, async (w) => {
  const { session, connect } = await begin(w);
  const pending = session.get();
  const raw = await connect();
  await probe(raw);
  assert.deepEqual(pick(await pending), { status: 200, body: "6" });
  // Answered while nothing can carry it: kept for the new transport.
  assert.equal((await session.post('427["echo","kept"]')).body, "ok");
  raw.send("5");
  assert.equal(await raw.frames.next(), '437["kept"]');
  raw.send('451-8["echo",{"_placeholder":true,"num":0}]', bytes(3));
  assert.equal(await raw.frames.next(), '461-8[{"_placeholder":true,"num":0}]');
  assert.deepEqual(await raw.frames.next(), bytes(3));
});

scenario("upgrade: polling is over afterwards", { ...once, proves: "EIO-051" }, async (w) => {
  const { session, connect } = await begin(w);
  const raw = await connect();
  await probe(raw);
  raw.send("5", '427["echo"]');
  assert.equal(await raw.frames.next(), "437[]");
  assert.deepEqual(pick(await session.get()), MISMATCH);
  assert.deepEqual(pick(await session.post('42["echo"]')), MISMATCH);
  raw.send('428["echo"]');
  assert.equal(await raw.frames.next(), "438[]");
});

scenario("upgrade: polling works on until the upgrade packet", { ...once, proves: "EIO-091" }, async (w) => {
  const { session, connect } = await begin(w);
  const raw = await connect();
  await probe(raw);
  for (let i = 0; i < 3; i++) {
    assert.equal((await session.post('427["echo"]')).body, "ok");
    let body;
    do body = (await session.get()).body;
    while (body === "6");
    assert.equal(body, "437[]");
  }
  raw.send("5", '428["echo"]');
  assert.equal(await raw.frames.next(), "438[]");
});

scenario("upgrade: a wrong packet ends the attempt, not the session", { ...once, proves: "EIO-094" }, async (w) => {
  const { session, connect } = await begin(w);
  for (const wrong of ["2", "2other", '42["echo"]', "3probe", "x", "", "1", bytes(3)]) {
    const raw = await connect();
    raw.send(wrong);
    await raw.closed.next();
    assert.deepEqual(raw.frames.seen, [], JSON.stringify(wrong));
    await session.alive();
  }
  for (const wrong of ["6", '42["echo"]', "x"]) {
    const raw = await connect();
    await probe(raw);
    raw.send(wrong);
    await raw.closed.next();
    await session.alive();
  }
  const raw = await connect();
  await probe(raw);
  raw.send("5", '427["echo"]');
  assert.equal(await raw.frames.next(), "437[]");
});

scenario("upgrade: a second attempt is refused during and after the first", { ...once, proves: "EIO-095" }, async (w) => {
  const { session, connect } = await begin(w);
  const first = await connect();
  await probe(first);
  const during = await connect();
  await during.closed.next();
  assert.deepEqual(during.frames.seen, []);
  await session.alive();
  first.send("5", '427["echo"]');
  assert.equal(await first.frames.next(), "437[]");
  const after = await connect();
  await after.closed.next();
  assert.deepEqual(after.frames.seen, []);
  first.send('428["echo"]');
  assert.equal(await first.frames.next(), "438[]");
});

scenario("upgrade: an attempt abandoned leaves the session on polling", { ...once, proves: "EIO-094" }, async (w) => {
  const { session, connect } = await begin(w);
  for (const abandon of [(ws) => ws.close(), (ws) => ws.terminate()]) {
    const raw = await connect();
    await probe(raw);
    abandon(raw.ws);
    await raw.closed.next();
    await session.alive();
  }
});

scenario("upgrade: an attempt not finished in time is closed",
  { ...once, proves: "EIO-093 EIO-122", own: { "upgrade-timeout": 1500 } }, async (w) => {
  const { session, connect } = await begin(w);
  const raw = await connect();
  await probe(raw);
  assert.equal(await raw.closed.next(), 1005);
  await session.alive();
  const again = await connect();
  await probe(again);
  again.send("5", '427["echo"]');
  assert.equal(await again.frames.next(), "437[]");
});

scenario("upgrade: the session's end closes the attempt", { ...once }, async (w) => {
  const { gone } = await w.watch();
  const { session, id, connect } = await begin(w);
  const raw = await connect();
  await probe(raw);
  assert.equal((await session.post("1")).body, "ok");
  await raw.closed.next();
  assert.equal(await gone(id), "transport close");
  await session.gone();
});

scenario("upgrade: the new transport's end is the session's end", { ...once, proves: "EIO-092" }, async (w) => {
  const { gone } = await w.watch();
  const { id, connect } = await begin(w);
  const raw = await connect();
  await probe(raw);
  raw.send("5", '427["echo"]');
  assert.equal(await raw.frames.next(), "437[]");
  raw.ws.close();
  assert.equal(await gone(id), "transport close");
});
