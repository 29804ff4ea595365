// Volatile events: dropped for who cannot take them at this instant, and for nobody else.
import assert from "node:assert/strict";
import { barrier, bytes, inbox, tell, until } from "../kit.mjs";
import { scenario } from "../registry.mjs";

const names = (frames) => frames.map((frame) => (typeof frame === "string" ? JSON.parse(frame.slice(frame.indexOf("[")))[0] : "binary"));

/**
 * A connection by hand that runs scripts: what the server sends while it handles one event, without its answer. On polling a GET is
 * pending when the event comes, as it is with a client; whether it has arrived cannot be seen from outside, so ask more than once.
 */
async function raw(w) {
  if (w.mode === "websocket") {
    const session = await w.wsSession();
    await session.join();
    return async (steps) => {
      session.send(`427["script",${JSON.stringify(steps)}]`, '428["echo"]');
      const before = session.frames.seen.length;
      await session.frames.next((frame) => frame === "438[]");
      return names(session.frames.seen.slice(before).filter((frame) => frame !== "438[]" && !String(frame).startsWith("437")));
    };
  }
  const session = await w.poll();
  await session.join();
  return async (steps) => {
    const pending = session.get();
    await session.post(`427["script",${JSON.stringify(steps)}]`);
    const frames = (await pending).body.split("\x1e");
    while (!frames.some((frame) => frame.startsWith("437"))) frames.push(...(await session.get()).body.split("\x1e"));
    return names(frames.filter((frame) => frame !== "6" && !frame.startsWith("437")).map((frame) => (frame[0] === "b" ? Buffer.from(frame) : frame)));
  };
}

/** What comes of a script in the best case: one whose GET had arrived. */
async function outcome(w, steps) {
  const run = await raw(w);
  let best = [];
  for (let i = 0; i < (w.mode === "polling" ? 10 : 1); i++) {
    const got = await run(steps);
    if (got.length > best.length) best = got;
  }
  return best;
}

/**
 * Compares what came of the steps with those that may. On WebSocket the official server is still writing until its next tick; ours has
 * written what the network takes at once, so that volatile events that could have been dropped may come.
 */
function check(w, steps, got, expected) {
  if (w.impl === "node" || w.mode === "polling") return assert.deepEqual(got, expected);
  const names = steps.map(([, name]) => name);
  const certain = steps.filter(([whom]) => !whom.includes("volatile")).map(([, name]) => name);
  assert.deepEqual(got, names.filter((name) => got.includes(name)), "out of order, or twice");
  assert.deepEqual(got.filter((name) => certain.includes(name)), certain);
}

const byHand = { proves: "SRV-058", modes: ["polling", "websocket"], needs: ["hand"] };

scenario("volatile: of two in one go, the second is dropped", byHand, async (w) => {
  const steps = [["self volatile", "one"], ["self volatile", "two"], ["self volatile", "three"]];
  check(w, steps, await outcome(w, steps), ["one"]);
});

scenario("volatile: not after another event in the same go", byHand, async (w) => {
  const steps = [["self", "one"], ["self volatile", "two"], ["self", "three"]];
  check(w, steps, await outcome(w, steps), ["one", "three"]);
});

scenario("volatile: other events after one that was dropped", byHand, async (w) => {
  const steps = [["self volatile", "one"], ["self volatile", "two"], ["self", "three"], ["self", "four"]];
  check(w, steps, await outcome(w, steps), ["one", "three", "four"]);
});

scenario("volatile: the same for a broadcast", { ...byHand, proves: "SRV-058 SRV-085 B-21", own: {} }, async (w) => {
  const steps = [["all volatile", "one"], ["all volatile", "two"], ["all", "three"], ["all volatile", "four"]];
  check(w, steps, await outcome(w, steps), ["one", "three"]);
});

scenario("volatile: on polling, nothing while no GET is pending", { ...byHand, proves: "SRV-058 EIO-063", modes: ["polling"] }, async (w) => {
  const session = await w.poll();
  await session.join();
  for (let i = 0; i < 5; i++) {
    await session.post('427["script",[["self volatile","dropped"],["self","kept"]]]');
    // The answer may be ready later than the event.
    const frames = [];
    while (!frames.some((frame) => frame.startsWith("437"))) frames.push(...(await session.get()).body.split("\x1e"));
    assert.deepEqual(frames, ['42["kept"]', '437[["ok","ok"]]']);
  }
});

scenario("volatile: with binary, all of it or nothing", { proves: "SRV-058", needs: ["binary"] }, async (w) => {
  const socket = await w.connect();
  const received = inbox(socket, "volatile");
  await until("a volatile event arrives", async () => {
    for (let i = 0; i < 5; i++) await tell(socket, "volatile", i, bytes(i), { deep: bytes(1000) });
    await barrier(socket);
    return received.seen.length > 0;
  });
  for (const [i, ...rest] of received.seen) assert.deepEqual(rest, [bytes(i), { deep: bytes(1000) }]);
});

scenario("volatile: a flood to a client that does not read is dropped, the rest is kept",
  { proves: "SRV-058 SRV-085 EIO-063", needs: ["hand"], modes: ["websocket"] }, async (w) => {
  const raw = await w.wsSession();
  await raw.join();
  const text = "x".repeat(100_000);
  raw.send('421["join","flooded"]');
  assert.equal(await raw.frames.next((frame) => frame.startsWith("43")), '431["ok"]');
  raw.ws.pause();
  const peer = await w.connect("/", { mode: "websocket" });
  const rounds = 60; // 6 MB: more than any socket buffers, less than may wait for a client
  for (let i = 0; i < rounds; i++) await tell(peer, "script", [["all to=flooded", "kept", i], ["all to=flooded volatile", "volatile", i, text]]);
  raw.ws.resume();
  const wanted = (name) => raw.frames.seen.filter((frame) => String(frame).startsWith(`42["${name}"`));
  await raw.frames.next((frame) => String(frame).startsWith(`42["kept",${rounds - 1}`), 10_000);
  assert.equal(wanted("kept").length, rounds);
  assert.ok(wanted("volatile").length < rounds, `all ${rounds} volatile events arrived`);
});
