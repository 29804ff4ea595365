import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, importSource } from "./helper.mjs";

const { countFitting, decodePacket, decodePayload, encodePacket, encodePayload, isBinary } = await importSource("payload.ts");
const message = (data) => ({ type: "message", data });

test("packets as text", () => {
  const cases = [
    [{ type: "open", data: "{}" }, "0{}"],
    [{ type: "close" }, "1"],
    [{ type: "ping", data: "probe" }, "2probe"],
    [{ type: "pong" }, "3"],
    [message("žluť 🦊"), "4žluť 🦊"],
    [{ type: "upgrade" }, "5"],
    [{ type: "noop" }, "6"],
  ];
  for (const [packet, text] of cases) {
    assert.equal(encodePacket(packet), text);
    assert.deepEqual(decodePacket(text, "arraybuffer"), packet);
  }
});

test("payloads", async () => {
  assert.equal(encodePayload([message("hello"), { type: "ping" }, message("world")]), "4hello\x1e2\x1e4world");
  const binary = Uint8Array.of(0, 1, 2, 3, 4).subarray(1);
  assert.equal(encodePayload([message("hello"), message(binary)]), "4hello\x1ebAQIDBA==");
  assert.equal(await encodePayload([message(new Blob([binary])), message("x")]), "bAQIDBA==\x1e4x");
  const [first, second] = decodePayload("4hello\x1ebAQIDBA==", "arraybuffer");
  assert.deepEqual(first, message("hello"));
  assert(second.data instanceof ArrayBuffer);
  assert.deepEqual(bytes(second.data), [1, 2, 3, 4]);
  const big = Uint8Array.from({ length: 100_001 }, (_, i) => i);
  assert(decodePayload(encodePayload([message(big)]), "nodebuffer")[0].data.equals(big));
});

test("binary types", () => {
  const data = Uint8Array.of(1).buffer;
  assert.equal(decodePacket(data, "arraybuffer").data, data);
  assert(Buffer.isBuffer(decodePacket(data, "nodebuffer").data));
  assert(decodePacket(data, "blob").data instanceof Blob);
});

test("what cannot be read is an error, and ends the payload", () => {
  for (const text of ["", "7", "x", "constructor", "b%"]) {
    assert.deepEqual(decodePacket(text, "arraybuffer"), { type: "error", data: "parser error" }, text);
  }
  assert.deepEqual(decodePayload("4a\x1e9\x1e4b", "arraybuffer").map(({ type }) => type), ["message", "error"]);
});

test("what is binary", () => {
  for (const value of [new ArrayBuffer(1), new Uint8Array(1), new DataView(new ArrayBuffer(1)), Buffer.from("x"), new Blob([])]) {
    assert.equal(isBinary(value), true);
  }
  for (const value of [null, undefined, "x", 1, {}, [], new Date(), () => {}]) assert.equal(isBinary(value), false);
});

test("requests are split at maxPayload bytes", () => {
  const packets = [message("1234"), message("1234"), message("1234")];
  // "41234" + separator + "41234" + separator + "41234"
  assert.equal(countFitting(packets, 17), 3);
  assert.equal(countFitting(packets, 16), 2);
  assert.equal(countFitting(packets, 11), 2);
  assert.equal(countFitting(packets, 10), 1);
  assert.equal(countFitting(packets, 1), 1, "too large, but for the server to refuse");
});

test("sizes are counted in the bytes of the request", () => {
  const texts = ["a", "é", "漢", "🦊"];
  for (const data of [...texts, new Uint8Array(1), new Uint8Array(2), new Uint8Array(3), new ArrayBuffer(100), { type: "ping" }]) {
    const packets = [message("x"), data.type ? data : message(data)];
    const size = Buffer.byteLength(encodePayload(packets));
    assert.equal(countFitting(packets, size), 2);
    assert.equal(countFitting(packets, size - 1), 1);
  }
  assert.equal(countFitting([message("x"), message(new Blob(["abcd"]))], 12), 2);
});
