// MessagePack: our codec against the bytes of the published one, and the builds that use it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import * as official from "socket.io-client";
import * as minified from "../dist/socket.io.msgpack.esm.min.js";
import * as forNode from "../dist/node/index.msgpack.js";
import { ask, bytes, connected, next, sample } from "./kit.mjs";
import { echoServer } from "./servers.mjs";
import { importSources, requireScript } from "./source.mjs";

const require = createRequire(import.meta.url);
const officialParser = require("socket.io-msgpack-parser");
const { pack, unpack, Decoder, Encoder } = (await importSources("msgpack")).msgpack;

const officialBytes = (value) => Buffer.from(new officialParser.Encoder().encode(value)[0]);

const NUMBERS = [0, 1, 127, 128, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 0.5, -1.5, 1e300, -1e-300, Infinity, -Infinity, NaN];
NUMBERS.push(-1, -32, -33, -128, -129, -32768, -32769, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 53) + 1);
const text = (length) => "é🦊x".repeat(length).slice(0, length);
const list = (length) => Array.from({ length }, (_, i) => i);
const map = (length) => Object.fromEntries(list(length).map((i) => [`key ${i}`, i]));
const VALUES = {
  constants: [null, true, false, undefined],
  numbers: NUMBERS,
  dates: [new Date(0), new Date(1_700_000_000_123), new Date(-1)],
  texts: [0, 1, 31, 32, 255, 256, 65535, 65536].map((n) => "a".repeat(n)).concat(text(40), "\0"),
  lists: [0, 15, 16, 65535, 65536].map(list),
  maps: [0, 15, 16, 65536].map(map),
  bytes: [0, 255, 256, 65535, 65536].map((n) => Buffer.from(sample(n))),
  nested: [{ a: [{ b: { c: [1, "2", null, undefined, new Date(5)] } }], f: () => {}, json: { toJSON: () => ({ inner: [1] }) } }],
};

for (const [kind, values] of Object.entries(VALUES)) {
  test(`values: ${kind}`, () => {
    for (const value of values) {
      // What the published codec writes for integers beyond its 64 bits is not what it was given.
      if (value === 1e300) continue;
      const packed = pack(value);
      assert(officialBytes(value).equals(packed), `${String(value).slice(0, 40)}: ${Buffer.from(packed).toString("hex").slice(0, 40)}`);
      const plain = kind === "nested" ? { a: value.a, json: { inner: [1] } } : value;
      assert.deepEqual(unpack(Buffer.from(packed)), plain);
      const fromBuffer = unpack(packed.slice().buffer);
      if (kind === "bytes") assert.deepEqual(bytes(fromBuffer), bytes(value));
      else assert.deepEqual(fromBuffer, plain);
    }
    assert.equal(unpack(pack(1e300)), 1e300);
  });
}

test("every kind of binary value", () => {
  const raw = sample(30);
  for (const value of [raw.buffer, raw, raw.subarray(3, 9), new DataView(raw.buffer, 3, 10), new Uint16Array([1, 65535])]) {
    assert.deepEqual(bytes(unpack(pack(value))), bytes(value));
  }
});

test("the other forms that a peer may write", () => {
  const cases = { ca3fc00000: 1.5, cbbff8000000000000: -1.5, d9026869: "hi", da00026869: "hi", db000000026869: "hi", dd0000000101: [1], df00000001a16101: { a: 1 } };
  for (const [hex, value] of Object.entries(cases)) assert.deepEqual(unpack(Buffer.from(hex, "hex")), value);
  assert.deepEqual(unpack(Buffer.from("c70205abcd", "hex")), [5, Buffer.from("abcd", "hex")]);
  assert.deepEqual(unpack(Buffer.from("d505abcd", "hex")), [5, Buffer.from("abcd", "hex")]);
});

test("what has no form", () => {
  for (const [value, message] of [[1n, "a bigint cannot be sent"], [Symbol("s"), "a symbol cannot be sent"], [[() => {}], "a function cannot be sent"]]) {
    assert.throws(() => pack(value), { message });
  }
  assert.throws(() => pack([new Blob(["x"])]), /arrayBuffer/);
});

test("what is not a value", () => {
  const whole = Buffer.from(pack({ a: [1, "text", { b: [new Uint8Array(5), 1.5, new Date(1)] }] }));
  for (let n = 0; n < whole.length; n++) assert.throws(() => unpack(whole.subarray(0, n)), { message: "the message ends too early" });
  assert.throws(() => unpack(Buffer.concat([whole, whole])), { message: `${whole.length} trailing bytes` });
  assert.throws(() => unpack(Buffer.from("c1", "hex")), { message: "invalid MessagePack" });
  // Lengths that promise more than there is cost nothing.
  for (const hex of ["ddffffffff", "dfffffffff", "dbffffffff", "c6ffffffff"]) assert.throws(() => unpack(Buffer.from(hex, "hex")));
});

test("keys do not reach prototypes", () => {
  const value = unpack(Buffer.from("81a95f5f70726f746f5f5f81a8706f6c6c7574656401", "hex"));
  assert.equal({}.polluted, undefined);
  assert(Object.hasOwn(value, "__proto__"));
});

const PACKETS = [
  [{ type: 0, nsp: "/" }, "82a47479706500a36e7370a12f"],
  [{ type: 0, data: { t: 1 }, nsp: "/" }, "83a47479706500a46461746181a17401a36e7370a12f"],
  [{ type: 2, data: ["echo", { x: 1 }], options: { compress: true }, id: 0, nsp: "/" },
    "85a47479706502a46461746192a46563686f81a17801a76f7074696f6e7381a8636f6d7072657373c3a2696400a36e7370a12f"],
  [{ type: 1, nsp: "/" }, "82a47479706501a36e7370a12f"],
];

for (const [packet, hex] of PACKETS) {
  test(`packet ${hex}`, () => {
    const [message] = new Encoder().encode(packet);
    assert.equal(Buffer.from(message).toString("hex"), hex);
    const decoded = [];
    const decoder = new Decoder();
    decoder.on("decoded", (packet) => decoded.push(packet));
    decoder.add(message);
    assert.deepEqual(decoded, [packet]);
  });
}

test("bad packets", () => {
  const cases = {
    "invalid packet type": [null, 5, "text", {}, { type: 5, nsp: "/" }, { type: -1, nsp: "/" }, { type: "0", nsp: "/" }, { type: 0.5, nsp: "/" }],
    "invalid namespace": [{ type: 0 }, { type: 2, nsp: 1, data: [] }],
    "invalid payload": [{ type: 0, nsp: "/", data: 1 }, { type: 0, nsp: "/", data: [] }, { type: 1, nsp: "/", data: {} }, { type: 2, nsp: "/", data: {} }, { type: 3, nsp: "/" }, { type: 4, nsp: "/" }],
    "invalid packet id": [{ type: 2, nsp: "/", data: ["a"], id: 0.5 }, { type: 2, nsp: "/", data: ["a"], id: "1" }],
  };
  for (const [message, packets] of Object.entries(cases)) {
    for (const packet of packets) {
      assert.throws(() => new Decoder().add(pack(packet)), { message }, JSON.stringify(packet));
      assert.throws(() => new officialParser.Decoder().add(Buffer.from(pack(packet))));
    }
  }
});

const clients = {
  "our build for Node.js": { io: forNode.io },
  "our minified build": { io: minified.io },
  "our minified script": { io: requireScript("socket.io.msgpack.min.js") },
  "our codec in the published client": { io: official.io, parser: forNode },
  "the published codec in our client": { io: forNode.io, parser: officialParser },
  "the published client and codec": { io: official.io, parser: officialParser },
};

for (const [label, { io, parser }] of Object.entries(clients)) {
  for (const transports of [["polling"], ["websocket"], undefined]) {
    test(`against the published server: ${label}, ${transports ?? "upgrade"}`, async (t) => {
      const server = await echoServer({ parser: officialParser });
      t.after(server.stop);
      const socket = io(server.url, { forceNew: true, parser, ...(transports && { transports }) });
      t.after(() => socket.disconnect());
      await connected(socket);
      const values = [1, "ž🦊", null, undefined, [1.5, -1e6], { a: { b: new Date(7) } }, sample(300)];
      socket.emit("echo", ...values);
      const received = await next(socket, "echo");
      assert.deepEqual(received.slice(0, -1), values.slice(0, -1));
      assert.deepEqual(bytes(received.at(-1)), bytes(values.at(-1)));
      // More than the ten attachments of the default codec.
      const many = Array.from({ length: 20 }, (_, i) => sample(i));
      assert.deepEqual((await ask(socket, "ack", many))[0].map(bytes), many.map(bytes));
      assert.equal(await socket.emitWithAck("ack", "x"), "x");
    });
  }
}

test("a server with another codec is not understood", async (t) => {
  const server = await echoServer();
  t.after(server.stop);
  const socket = forNode.io(server.url, { forceNew: true, reconnection: false });
  t.after(() => socket.disconnect());
  // The server ends the connection when it sees our first packet.
  await next(socket.io, "close");
  assert.equal(socket.connected, false);
});
