// Table 2.2 of the reference, row by row: what a bad packet costs, on the wire of both transports and for the others of the namespace.
import assert from "node:assert/strict";
import { pick, tell } from "../kit.mjs";
import { scenario } from "../registry.mjs";

const both = { needs: ["hand"], modes: ["polling", "websocket"] };

/** Packets of Engine.IO that end a connection which has joined "/", and the reason that others are told. */
const FATAL = {
  "42{}": "forced close",
  '42["connect"]': "forced close",
  "42[]": "forced close",
  '42["a"': "forced close",
  '450-["a"]': "forced close",
  '4511-["a"]': "forced close",
  "44": "forced close",
  "45": "forced close",
  "46": "forced close",
  "4": "forced close",
  "47": "forced close",
  "40": "forced close",
  '40{"a":1}': "forced close",
  '42/a,["echo"]': "forced close",
  "43/a,1[]": "forced close",
  "41/a,": "forced close",
  b: "forced close",
  "bAQI=": "forced close",
  "2": "transport error",
  "2probe": "transport error",
  x: "parse error",
  7: "parse error",
  "": "parse error",
};

/** A session that has joined nothing; end() tells what the peer sees of the end. */
async function begin(w) {
  if (w.mode === "websocket") {
    const raw = await w.wsSession();
    return {
      join: () => raw.join(),
      send: async (packet) => raw.send(packet),
      end: async () => [await raw.closed.next(), raw.frames.seen.slice(1).filter((frame) => !frame.startsWith("40{"))],
    };
  }
  const session = await w.poll();
  return {
    join: () => session.join(),
    send: async (packet) => assert.deepEqual(pick(await session.post(packet)), { status: 200, body: "ok" }, packet),
    end: async () => [lastWord(await session.get()), pick(await session.get())],
  };
}

/** A close packet; there may be a noop in front of it. */
const lastWord = ({ status, body }) => ({ status, body: body.replace(/^6\x1e/, "") });

const GONE = { status: 400, body: '{"code":1,"message":"Session ID unknown"}' };

/** What the end looks like: on WebSocket a close frame without a code, on polling a close packet for the next GET. */
function expectedEnd(w, reason) {
  if (w.mode === "websocket") return [1005, []];
  return [reason === "forced close" ? { status: 200, body: "1" } : GONE, GONE];
}

scenario("malformed: what a joined connection does not survive",
  { ...both, proves: "SIO-002 SIO-005 SIO-006 SIO-007 SIO-009 SIO-024 SRV-068 EIO-024 EIO-025 EIO-049 EIO-050 EIO-062 NEW-09 NEW-10 B-17" }, async (w) => {
  const { gone } = await w.watch();
  for (const [packet, reason] of Object.entries(FATAL)) {
    const session = await begin(w);
    const id = await session.join();
    await session.send(packet);
    // The official server waits for the next GET before it tells the others.
    assert.deepEqual(await session.end(), expectedEnd(w, reason), JSON.stringify(packet));
    const told = await gone(id);
    // It has two words for the same, and which it says depends on what is still to be sent.
    assert.equal(w.impl === "node" ? told.replace(" server", "") : told, reason, JSON.stringify(packet));
  }
});

scenario("malformed: before the CONNECT nothing else will do", { ...both, proves: "SIO-020 SIO-054" }, async (w) => {
  for (const packet of ["41", "42", '42["echo"]', "431[]", '44{"message":"no"}', '451-["echo",{"_placeholder":true,"num":0}]\x1ebAQI=', '40"x"', "40[]", "4nonsense"]) {
    const session = await begin(w);
    // Two packets are two frames on WebSocket.
    if (w.mode === "polling") await session.send(packet);
    else for (const frame of packet.split("\x1e")) await session.send(frame);
    assert.deepEqual(await session.end(), expectedEnd(w, "forced close"), packet);
  }
});

const HARMLESS = ["42", "43", "42[1]", '42[""]', "3", "0", "0{}", "5", "6", "43999[1]"];

scenario("malformed: what a connection survives", { ...both, proves: "SIO-012 SIO-041 EIO-025" }, async (w) => {
  if (w.mode === "polling") {
    for (const packet of HARMLESS) {
      const session = await w.poll();
      await session.join();
      assert.equal((await session.post(packet)).body, "ok", packet);
      await session.alive();
    }
    return;
  }
  for (const packet of HARMLESS) {
    const raw = await w.wsSession();
    await raw.join();
    raw.send(packet, '427["echo","alive"]');
    assert.equal(await raw.frames.next(), '437["alive"]', packet);
  }
});

scenario("malformed: a DISCONNECT leaves the connection open", { ...both, proves: "SIO-025 SRV-068" }, async (w) => {
  const { gone } = await w.watch();
  const session = await begin(w);
  const id = await session.join();
  await session.send("41");
  assert.equal(await gone(id), "client namespace disconnect");
  assert.notEqual(await session.join(), id);
});

scenario("malformed: binary that is announced and never comes", { ...both, proves: "SIO-002 SIO-007" }, async (w) => {
  const { socket: witness, gone } = await w.watch();
  const session = await begin(w);
  const id = await session.join();
  await session.send('451-["echo",{"_placeholder":true,"num":0}]');
  assert.equal(await tell(witness, "has", id), true);
  await session.send('42["echo"]');
  assert.deepEqual(await session.end(), expectedEnd(w, "forced close"));
  assert.equal(await gone(id), "forced close");
});
