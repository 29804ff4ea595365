// Our codec against the bytes of the published parser.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { bytes } from "./kit.mjs";
import { importSources } from "./source.mjs";

const { Decoder, Encoder, PacketType } = (await importSources("packet")).packet;
const official = createRequire(import.meta.url)("socket.io-parser");

const PACKETS = [
  { type: PacketType.CONNECT, nsp: "/" },
  { type: PacketType.CONNECT, nsp: "/admin", data: { token: "1" } },
  { type: PacketType.DISCONNECT, nsp: "/admin" },
  { type: PacketType.EVENT, nsp: "/", data: ["a", 1, {}] },
  { type: PacketType.EVENT, nsp: "/", data: ["a"], id: 0 },
  { type: PacketType.EVENT, nsp: "/admin", data: ["[1-,{}", "\n\u2028 🦊"], id: 123456789 },
  { type: PacketType.EVENT, nsp: "/", data: [7, "number as a name"] },
  { type: PacketType.ACK, nsp: "/admin", data: [], id: 12 },
  { type: PacketType.ACK, nsp: "/", data: [1, [2, { x: null }]], id: 1 },
  { type: PacketType.CONNECT_ERROR, nsp: "/", data: { message: "no", data: 1 } },
];

const BINARY_PACKETS = [
  { type: PacketType.EVENT, nsp: "/", data: ["a", Buffer.from("abc")] },
  { type: PacketType.EVENT, nsp: "/admin", data: ["a", { x: Buffer.from([1]), y: [Buffer.from([2]), "z"] }, new Date(0)], id: 13 },
  { type: PacketType.ACK, nsp: "/", data: [Buffer.from([1]), { deep: { er: Buffer.from([]) } }], id: 13 },
];

function decode(Decoder, messages, options) {
  const packets = [];
  const decoder = new Decoder(options);
  decoder.on("decoded", (packet) => packets.push(packet));
  messages.forEach((message) => decoder.add(message));
  return packets;
}

for (const packet of [...PACKETS, ...BINARY_PACKETS]) {
  test(`packet ${new official.Encoder().encode({ ...packet })[0]}`, () => {
    // A copy, because the published encoder changes the packet.
    const expected = new official.Encoder().encode({ ...packet });
    const messages = new Encoder().encode(packet);
    assert.deepEqual(messages, expected);
    const plain = ({ type, nsp, data, id }) => ({ type, nsp, data, id });
    assert.deepEqual(decode(Decoder, messages).map(plain), decode(official.Decoder, messages).map(plain));
  });
}

test("the packet being sent is not changed", () => {
  const data = ["a", { x: Buffer.from([1]) }];
  new Encoder().encode({ type: PacketType.EVENT, nsp: "/", data });
  assert(Buffer.isBuffer(data[1].x));
});

test("every kind of binary value becomes an attachment, also out of toJSON", () => {
  const values = [new ArrayBuffer(1), new Uint8Array(2), new DataView(new ArrayBuffer(3)), new Blob(["x"])];
  const wrapped = { toJSON: () => ({ inner: values[0] }) };
  const [text, ...attachments] = new Encoder().encode({ type: PacketType.EVENT, nsp: "/", data: ["a", ...values, wrapped] });
  assert.deepEqual(attachments, [...values, values[0]]);
  assert(text.startsWith('55-["a",{"_placeholder":true,"num":0},'));
  assert(text.endsWith('{"inner":{"_placeholder":true,"num":4}}]'));
});

test("an attachment used twice, and attachments in another order", () => {
  const text = '52-["a",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
  const [packet] = decode(Decoder, [text, Buffer.from([0]), Buffer.from([1])]);
  assert.deepEqual(packet.data.slice(1).map(bytes), [[1], [0], [1]]);
});

const BAD = {
  "unknown packet type": ["7", "x", "-1"],
  "invalid payload": [
    "0[]", '0"x"', "1{}", "2{}", "2[]", "2[{}]", '2["connect"]', '2["a"', "2a", "2[null]", "3{}", "4[]", "4null", '51-{"a":1}', "61-{}",
  ],
  "Illegal attachments": ['50-["a"]', '5["a"]', '6["a"]', '21-["a"]'],
  "too many attachments": ['511-["a"]', '599999999999-["a"]'],
};

for (const [message, texts] of Object.entries(BAD)) {
  for (const text of texts) {
    test(`${message}: ${text}`, () => {
      assert.throws(() => decode(Decoder, [text]), (err) => err.message.startsWith(message));
      assert.throws(() => decode(official.Decoder, [text]));
    });
  }
}

test("an empty text", () => {
  // The published decoder takes it for a CONNECT packet.
  assert.throws(() => decode(Decoder, [""]), /unknown packet type/);
});

test("events without data are accepted", () => {
  assert.deepEqual(decode(Decoder, ["2", "3"]), [{ type: 2, nsp: "/" }, { type: 3, nsp: "/" }]);
});

test("attachments out of place", () => {
  assert.throws(() => decode(Decoder, [Buffer.from([1])]), { message: "got binary data when not reconstructing a packet" });
  assert.throws(() => decode(Decoder, ['51-["a"]', '2["b"]']), { message: "got plaintext data when reconstructing a packet" });
  for (const num of ["1", "-1", "0.5", '"0"', "null"]) {
    const text = `51-["a",{"_placeholder":true,"num":${num}}]`;
    assert.throws(() => decode(Decoder, [text, Buffer.from([1])]), { message: "illegal attachments" });
  }
});

test("the limit of attachments can be changed", () => {
  const messages = new Encoder().encode({ type: 2, nsp: "/", data: ["a", ...Array.from({ length: 11 }, () => Buffer.from([1]))] });
  assert.throws(() => decode(Decoder, messages));
  assert.equal(decode(Decoder, messages, { maxAttachments: 11 })[0].data.length, 12);
});

test("destroy forgets a half-received packet", () => {
  const decoder = new Decoder();
  const packets = [];
  decoder.on("decoded", (packet) => packets.push(packet));
  decoder.add('51-["a",{"_placeholder":true,"num":0}]');
  decoder.destroy();
  decoder.add('2["b"]');
  assert.deepEqual(packets[0].data, ["b"]);
});

test("names from the network do not reach prototypes", () => {
  const [packet] = decode(Decoder, ['51-["a",{"__proto__":{"polluted":1},"x":{"_placeholder":true,"num":0}}]', Buffer.from([1])]);
  assert.equal({}.polluted, undefined);
  assert.deepEqual(bytes(packet.data[1].x), [1]);
});
