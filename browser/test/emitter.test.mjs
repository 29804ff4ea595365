import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { within } from "./kit.mjs";
import { npmServer } from "./servers.mjs";
import { importSources } from "./source.mjs";

const { Emitter } = (await importSources("emitter")).emitter;

test("on, once and off", () => {
  const emitter = new Emitter();
  const log = [];
  const both = (x) => log.push("both " + x);
  assert.equal(emitter.on("a", both).once("a", (x) => log.push("once " + x)), emitter);
  emitter.emit("a", 1).emit("a", 2).off("a", both).emit("a", 3);
  assert.deepEqual(log, ["both 1", "once 1", "both 2"]);
  emitter.on("a", both).on("b", both).off();
  emitter.emit("a").emit("b");
  assert.equal(log.length, 3);
});

test("the listeners of one event are those that were there when it began", () => {
  const emitter = new Emitter();
  const log = [];
  emitter.on("a", () => {
    log.push(1);
    emitter.off("a", second).on("a", () => log.push(3));
  });
  const second = () => log.push(2);
  emitter.on("a", second).emit("a");
  assert.deepEqual(log, [1, 2]);
});

test("numbers, symbols and names of object properties are events like others", () => {
  const emitter = new Emitter();
  const symbol = Symbol("s");
  for (const event of [7, symbol, "constructor", "__proto__", "toString"]) {
    assert.equal(emitter.hasListeners(event), false);
    assert.deepEqual(emitter.listeners(event), []);
    let calls = 0;
    emitter.on(event, () => calls++).emit(event);
    assert.equal(calls, 1);
  }
});

test("the names of other emitters", () => {
  const emitter = new Emitter();
  let calls = 0;
  const listener = () => calls++;
  emitter.addEventListener("a", listener).emit("a");
  emitter.removeEventListener("a", listener).emit("a");
  emitter.on("a", listener).removeListener("a", listener).emit("a");
  emitter.on("a", listener).removeAllListeners().emit("a");
  assert.equal(calls, 1);
});

const SCRIPT = `
import { io } from ${JSON.stringify(new URL("../dist/node/index.js", import.meta.url).href)};
const errors = [];
process.on("uncaughtException", (err) => errors.push(err.message));
const socket = io(process.argv[1]);
const fail = (name) => () => { throw new Error(name); };
socket.io.on("open", fail("open"));
socket.io.engine.on("packet", fail("packet"));
socket.onAny(fail("any"));
socket.emit("kept", { toJSON: fail("json") });
socket.on("connect", fail("connect"));
socket.on("x", fail("x"));
socket.on("x", () => socket.emit("y", () => { setImmediate(() => socket.disconnect()); throw new Error("ack"); }));
socket.on("disconnect", (reason) => { console.log(JSON.stringify([reason, [...new Set(errors)]])); });
`;

for (const transport of ["polling", "websocket"]) {
  test(`what listeners throw is uncaught, and harms nothing: ${transport}`, async (t) => {
    const server = await npmServer({ transports: [transport] });
    t.after(server.stop);
    server.io.on("connection", (peer) => {
      peer.emit("x");
      peer.on("y", (ack) => ack());
    });
    const script = SCRIPT.replace("process.argv[1]", `process.argv[1], { transports: ["${transport}"] }`);
    const args = ["--input-type=module", "-e", script, server.url];
    const options = { cwd: fileURLToPath(new URL("..", import.meta.url)), timeout: 30_000 };
    // It ends by itself: nothing of a disconnected client keeps a process alive.
    const output = await within(
      new Promise((resolve, reject) =>
        execFile(process.execPath, args, options, (err, stdout, stderr) => (err ? reject(new Error(stderr)) : resolve(stdout))),
      ),
      "the end of the process",
      30_000,
    );
    const [reason, errors] = JSON.parse(output);
    assert.equal(reason, "io client disconnect");
    assert.deepEqual(errors.sort(), ["ack", "any", "connect", "json", "open", "packet", "x"]);
  });
}
