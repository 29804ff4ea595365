// JSONP, with the npm clients that have it.
import assert from "node:assert/strict";
import { ask, barrier, bytes, inbox, tell } from "../kit.mjs";
import { installDocument } from "../jsonp.mjs";
import { scenario } from "../registry.mjs";

const jsonp = { proves: "EIO-036", clients: ["2.5.0", "3.1.3", "4.0.2"], modes: ["polling"] };

async function connect(w) {
  installDocument();
  const socket = await w.connect("/", { forceJSONP: true });
  assert.notEqual(socket.io.engine.transport.query.j, undefined, "it is not JSONP");
  return socket;
}

const AWKWARD = ["\u2028\u2029", "a\nb", "a\\nb", "a\\\nb", "\\\\n", "\r\n", "</script>", "é & + = % 😀", "\"'", "\\"];

scenario("jsonp: texts in both directions", jsonp, async (w) => {
  const socket = await connect(w);
  for (const text of AWKWARD) assert.equal(await tell(socket, "echo", text), text, JSON.stringify(text));
  assert.deepEqual(await ask(socket, "echo", ...AWKWARD), AWKWARD);
});

scenario("jsonp: binary, as base64", { ...jsonp, proves: "EIO-036 EIO-022 EIO-034" }, async (w) => {
  const socket = await connect(w);
  const received = inbox(socket, "big");
  assert.deepEqual(await ask(socket, "echo", bytes(300), { deep: bytes(3) }), [bytes(300), { deep: bytes(3) }]);
  socket.emit("big", 1000);
  assert.deepEqual(await received.next(), [bytes(1000)]);
});

scenario("jsonp: order and broadcasts", jsonp, async (w) => {
  const socket = await connect(w);
  const peer = await w.connect();
  const numbers = inbox(socket, "n");
  socket.emit("burst", 100);
  assert.deepEqual((await numbers.take(100)).map(([n]) => n), [...Array(100).keys()]);
  const heard = inbox(socket, "msg");
  const room = `jsonp ${socket.id}`;
  await tell(socket, "join", room);
  for (const text of AWKWARD) await tell(peer, "room", room, text);
  await barrier(socket);
  assert.deepEqual(heard.seen, AWKWARD.map((text) => [text]));
});
