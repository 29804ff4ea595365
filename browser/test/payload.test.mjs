import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes } from "./kit.mjs";
import { importSources } from "./source.mjs";

const { decodePacket, encodePacket, encodeText, isBinary } = (await importSources("payload")).payload;
const message = (data) => ({ type: "message", data });

test("packets as text", async () => {
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
    assert.equal(await encodeText(packet), text);
    assert.deepEqual(decodePacket(text, "arraybuffer"), packet);
  }
});

test("bytes as they are, and as text", async () => {
  const binary = Uint8Array.of(0, 1, 2, 3, 4).subarray(1);
  assert.equal(encodePacket(message(binary)), binary);
  for (const data of [binary, binary.slice().buffer, new DataView(binary.buffer, 1), new Blob([binary])]) {
    assert.equal(await encodeText(message(data)), "bAQIDBA==");
  }
  const { type, data } = decodePacket("bAQIDBA==", "arraybuffer");
  assert.equal(type, "message");
  assert(data instanceof ArrayBuffer);
  assert.deepEqual(bytes(data), [1, 2, 3, 4]);
  const big = Uint8Array.from({ length: 100_001 }, (_, i) => i);
  assert(decodePacket(await encodeText(message(big)), "nodebuffer").data.equals(big));
});

test("binary types", () => {
  const data = Uint8Array.of(1).buffer;
  assert.equal(decodePacket(data, "arraybuffer").data, data);
  assert(Buffer.isBuffer(decodePacket(data, "nodebuffer").data));
  assert(decodePacket(data, "blob").data instanceof Blob);
});

test("what cannot be read is an error", () => {
  for (const text of ["", "7", "x", "constructor", "b%"]) {
    assert.deepEqual(decodePacket(text, "arraybuffer"), { type: "error", data: "parser error" }, text);
  }
});

test("what is binary", () => {
  for (const value of [new ArrayBuffer(1), new Uint8Array(1), new DataView(new ArrayBuffer(1)), Buffer.from("x"), new Blob([])]) {
    assert.equal(isBinary(value), true);
  }
  for (const value of [null, undefined, "x", 1, {}, [], new Date(), () => {}]) assert.equal(isBinary(value), false);
});
