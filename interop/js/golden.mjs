// Golden bytes for the Go codecs, made by the npm codecs alone.
// usage: node golden.mjs           writes ../testdata/*.json
//        node golden.mjs --check   exits 1 if they are not what the packages make today
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodePacket, decodePayload, encodePacket, encodePayload } from "engine.io-parser";
import * as jsonParser from "socket.io-json-parser";
import msgpackParser from "socket.io-msgpack-parser";
import { Decoder, Encoder, PacketType } from "socket.io-parser";
import { payloadsV3 } from "./golden-v3.mjs";

const TESTDATA = new URL("../testdata/", import.meta.url);
const upTo = (n, make) => Array.from({ length: n }, (_, i) => make(i));
const bytes = (n) => Buffer.from(upTo(n, (i) => i % 251));
const { raw } = String;

/** JSON has no binary: {"$hex": "…"} stands for it. Typed arrays and ArrayBuffers become their bytes. */
function plain(value) {
  if (Buffer.isBuffer(value)) return { $hex: value.toString("hex") };
  if (ArrayBuffer.isView(value)) return { $hex: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex") };
  if (value instanceof ArrayBuffer) return { $hex: Buffer.from(value).toString("hex") };
  if (typeof value?.toJSON === "function") return plain(value.toJSON());
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value;
}

const frame = (chunk) => (typeof chunk === "string" ? { text: chunk } : { hex: plain(chunk).$hex });

// ---- packets.json: Socket.IO packets and the frames the Encoder makes of them

const { CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR } = PacketType;
const event = (...data) => ({ type: EVENT, nsp: "/", data });
const ack = (id, ...data) => ({ type: ACK, nsp: "/", id, data });
const at = (nsp, packet) => ({ ...packet, nsp });
const wanted = (id, packet) => ({ ...packet, id });

const PACKETS = {
  "connect": { type: CONNECT, nsp: "/" },
  "connect, credentials": { type: CONNECT, nsp: "/", data: { token: "123" } },
  "connect, namespace": { type: CONNECT, nsp: "/admin" },
  "connect, namespace and credentials": { type: CONNECT, nsp: "/admin", data: { token: "123", nested: { a: [1] } } },
  "connect, recovery": { type: CONNECT, nsp: "/", data: { pid: "S0W6L5", offset: "Q81PF8a.1", token: "1" } },
  "connect, reply": { type: CONNECT, nsp: "/", data: { sid: "wZX3oN0bSVIhsaknAAAI" } },
  "connect, reply with pid": { type: CONNECT, nsp: "/chat", data: { sid: "wZX3oN0bSVIhsaknAAAI", pid: "S0W6L5AAAD" } },
  "connect, empty credentials": { type: CONNECT, nsp: "/", data: {} },
  "disconnect": { type: DISCONNECT, nsp: "/" },
  "disconnect, namespace": { type: DISCONNECT, nsp: "/admin" },
  "connect error": { type: CONNECT_ERROR, nsp: "/", data: { message: "Not authorized" } },
  "connect error, namespace and data": { type: CONNECT_ERROR, nsp: "/admin", data: { message: "no", data: { code: 401, why: null } } },
  "connect error, text": { type: CONNECT_ERROR, nsp: "/", data: "Not authorized" },
  "connect error, markup": { type: CONNECT_ERROR, nsp: "/", data: { message: "<no> & \u2028 \"never\"" } },

  "event": event("hello", 1),
  "event, no arguments": event("hello"),
  "event, empty name": event(""),
  "event, numeric name": event(42, "x"),
  "event, name error": event("error", "not reserved"),
  "event, namespace": at("/admin", event("hello", 1)),
  "event, namespace with odd characters": at("/a b/č?x=1&y=\"2\"-[]", event("hello")),
  "event, long namespace": at(`/${"n".repeat(300)}`, event("hello")),
  "event, namespace of digits": at("/123", event("hello")),
  "event, ack id 0": wanted(0, event("hello")),
  "event, ack id 1": wanted(1, event("hello", "x")),
  "event, ack id 456": wanted(456, event("project:delete", 123)),
  "event, largest ack id": wanted(Number.MAX_SAFE_INTEGER, event("hello")),
  "event, ack id of 32 bits": wanted(4294967296, event("hello")),
  "event, namespace and ack id": at("/admin", wanted(12, event("hello"))),

  "text, empty": event("t", ""),
  "text, unicode": event("t", "žluťoučký kůň", "日本語", "עברית"),
  "text, emoji": event("t", "😀", "👩‍👩‍👧‍👦"),
  "text, combining": event("t", "e\u0301"),
  "text, quotes and slashes": event("t", "\"'\\/"),
  "text, markup": event("t", "<script>&amp;</script>"),
  "text, control characters": event("t", "\u0000\u0001\b\t\n\u000b\f\r\u001b\u001e\u001f\u007f\u0080\u009f"),
  "text, line separators": event("t", "\u2028\u2029"),
  "text, byte order mark and replacement": event("t", "\ufeff\ufffd\uffff"),
  "text, unicode name": event("událost 😀"),
  "text, long": event("t", "0123456789".repeat(500)),
  "text, like a packet": event("t", '42["x"]', "\u001e", "/a,1", "451-"),

  "numbers, integers": event("n", 0, 1, -1, 42, 1000000, -2147483648, 4294967295),
  "numbers, large": event("n", 9007199254740991, -9007199254740991, 9007199254740993, 1e20, 1e21, 123456789012345680000, 1.7976931348623157e308),
  "numbers, fractions": event("n", 0.1, -0.5, 3.141592653589793, 1e-6, 1e-7, 5e-324, 0.30000000000000004),
  "numbers, minus zero": event("n", -0),
  "numbers, not finite": event("n", NaN, Infinity, -Infinity),
  "constants": event("c", true, false, null),
  "undefined and functions": event("u", undefined, { a: undefined, b: 1 }, [undefined]),
  "dates": event("d", new Date(0), { at: new Date(1700000000123) }),
  "maps and sets": event("m", new Map([[1, 2]]), new Set([1])),
  "containers, empty": event("c", [], {}, [[]], [{}], { a: [] }),
  "containers, nested": event("c", { a: { b: { c: [1, [2, [3, { d: null }]]] } } }),
  "containers, deep": event("c", upTo(64, (i) => i).reduce((inner, i) => (i % 2 ? [inner] : { k: inner }), "bottom")),
  "containers, awkward keys": event("c", { "": 1, "a.b": 2, "<&>": 3, "\u2028": 4, "\"": 5, "č": 6 }),
  "containers, numeric keys": event("c", { 2: "b", 1: "a", x: "c" }),
  "placeholder lookalike": event("p", { _placeholder: true, num: 0 }),
  "arguments, many": event("m", ...upTo(100, (i) => i)),

  "ack": ack(12, "a"),
  "ack, no values": ack(0),
  "ack, several values": ack(7, null, { ok: true }, [1, 2]),
  "ack, largest id": ack(Number.MAX_SAFE_INTEGER, 1),
  "ack, namespace": at("/admin", ack(456, "x")),
  "ack, reserved word inside": ack(1, "connect"),

  "binary, one": event("b", bytes(3)),
  "binary, empty": event("b", Buffer.alloc(0)),
  "binary, every byte": event("b", Buffer.from(upTo(256, (i) => i))),
  "binary, several": event("b", bytes(1), "between", bytes(2), bytes(3)),
  "binary, ten": event("b", ...upTo(10, (i) => bytes(i + 1))),
  "binary, eleven": event("b", ...upTo(11, (i) => bytes(i + 1))),
  "binary, in an object": event("b", { file: bytes(4), name: "x" }),
  "binary, in an array": event("b", [bytes(1), [bytes(2), [bytes(3)]]]),
  "binary, depth first": event("b", { z: bytes(1), a: { q: bytes(2), b: [bytes(3), bytes(4)] } }, bytes(5)),
  "binary, namespace": at("/admin", event("b", bytes(2))),
  "binary, ack id": wanted(13, event("b", bytes(2))),
  "binary, namespace and ack id": at("/admin", wanted(13, event("b", bytes(2)))),
  "binary, long": event("b", bytes(5000)),
  "binary, views": event("b", new Uint8Array([1, 2, 3]), new Uint16Array([1, 256]), new Uint8Array([9, 8]).buffer, new DataView(new ArrayBuffer(2))),
  "binary, the same twice": (() => {
    const shared = bytes(2);
    return event("b", shared, shared);
  })(),
  "binary, with null and dates": event("b", null, { at: new Date(0), b: bytes(1), n: null }),
  "binary, from toJSON": event("b", { toJSON: () => ({ inside: bytes(2) }) }),
  "binary ack": ack(15, bytes(2)),
  "binary ack, mixed": ack(0, "x", { a: [bytes(1), 2, bytes(3)] }),
  "binary ack, namespace": at("/admin", ack(456, bytes(2), null)),
};

function packets() {
  const encoder = new Encoder();
  return Object.entries(PACKETS).map(([name, { type, nsp, id, data }]) => {
    const frames = encoder.encode({ type, nsp, id, data }).map(frame);
    const binary = frames.length > 1;
    const sent = { type: binary ? type + 3 : type, nsp, ...(id === undefined ? {} : { id }) };
    if (binary) sent.attachments = frames.length - 1;
    if (data !== undefined) sent.data = plain(data);
    return { name, packet: sent, frames };
  });
}

// ---- payloads.json: Engine.IO packets and payloads, protocol 4

const message = (data) => ({ type: "message", data });
const OPEN = JSON.stringify({ sid: "Lbo5JLzTotvW3g2LAAAA", upgrades: ["websocket"], pingInterval: 25000, pingTimeout: 20000, maxPayload: 1000000 });

const SINGLE = {
  "open": { type: "open", data: OPEN },
  "close": { type: "close" },
  "ping": { type: "ping" },
  "pong": { type: "pong" },
  "ping probe": { type: "ping", data: "probe" },
  "pong probe": { type: "pong", data: "probe" },
  "upgrade": { type: "upgrade" },
  "noop": { type: "noop" },
  "message": message("hello"),
  "message, empty": message(""),
  "message, unicode": message("žluť 日本 😀 \u2028"),
  "message, digits": message("123"),
  "message, like base64": message("bAQID"),
  "message, separator inside": message("a\u001eb"),
  "binary": message(bytes(4)),
  "binary, empty": message(Buffer.alloc(0)),
  "binary, one byte": message(Buffer.from([255])),
  "binary, two bytes": message(Buffer.from([255, 254])),
  "binary, every byte": message(Buffer.from(upTo(256, (i) => i))),
};

const PAYLOADS = {
  "one packet": [message("hello")],
  "handshake": [SINGLE.open],
  "handshake and more": [SINGLE.open, message("0"), { type: "ping" }],
  "text": [message("hello"), { type: "ping" }, message("world")],
  "text and binary": [message("hello"), message(bytes(4))],
  "binary only": [message(bytes(1)), message(bytes(2)), message(bytes(3)), message(Buffer.alloc(0))],
  "binary between": [message("a"), message(bytes(5)), message("b"), message(bytes(6)), { type: "noop" }],
  "a Socket.IO event with attachments": [
    message('51-["bin",{"_placeholder":true,"num":0}]'),
    message(Buffer.from([1, 2, 3])),
    message('2["after"]'),
  ],
  "every type": [{ type: "open" }, { type: "close" }, { type: "ping" }, { type: "pong" }, message("m"), { type: "upgrade" }, { type: "noop" }],
  "empty messages": [message(""), message(""), message("")],
  "unicode": [message("ž"), message("😀"), message("\u2028\u2029")],
  "a hundred packets": upTo(100, (i) => message(`packet ${i}`)),
  "noop and close": [{ type: "noop" }, { type: "close" }],
};

/** Payloads nobody should send, and honest ones from other encoders. Decoding stops at the first error. */
const RECEIVED = [
  "", "4", "4hello", "hello", "0{}", "7", "9", "x", "a", "-1", " 4", "\u001e", "4a\u001e", "\u001e4a", "4a\u001e\u001e4b", "4a\u001ex\u001e4b", "2\u001e3\u001e6",
  "b", "bAQID", "bAQIDBA==", "bAQIDBA", "bA-_A", "b!!!!", "b AQ ID", "bAQID\u001eb", "bAQ==ID", "bA", "4b", "2probe", "3probe", "5", "5x", "1x", "6x", "B", "😀", "4😀", "4\u0000",
];

function encoded(packet, supportsBinary) {
  let result;
  encodePacket(packet, supportsBinary, (chunk) => (result = chunk));
  return result;
}

function payload(list) {
  let result;
  encodePayload(list, (text) => (result = text));
  return result;
}

const decoded = (list) => list.map(({ type, data }) => (data === undefined ? { type } : { type, data: plain(data) }));

function payloads() {
  return {
    packets: Object.entries(SINGLE).map(([name, packet]) => ({
      name,
      packet: plain(packet),
      websocket: frame(encoded(packet, true)),
      polling: frame(encoded(packet, false)),
    })),
    payloads: Object.entries(PAYLOADS).map(([name, list]) => ({ name, packets: plain(list), payload: payload(list) })),
    received: RECEIVED.map((input) => ({ input, packets: decoded(decodePayload(input, "nodebuffer")) })),
    receivedPackets: RECEIVED.map((input) => ({ input, packet: decoded([decodePacket(input, "nodebuffer")])[0] })),
  };
}

// ---- bad-packets.json: what the Decoder throws at, and what it lets through

const EVERY_TYPE = "0123456789abcdefxyzABC -+./\\[]{}\"'%$#@!~\u0000\u001e\u007fé😀";
const RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
const FREE = ["connection", "error", "message", "Connect", "connect ", "", "__proto__", "constructor", "toString", "ping", "close"];
const DATA = ["", "{}", "[]", "[[]]", "[{}]", "[null]", "[true]", "[1]", "[-1.5]", "[1e3]", '[""]', '["a"]', '["a",1]', '"a"', "null", "true", "false", "1", '{"a":1}', '{"message":"no"}', "[", "]", "{", '"', "[1", '["a"', '["a",]', '["a"]x', '["a"] ', '["a"]]', "undefined", "NaN", "['a']", "[a]", "\u0000"];
const PLACEHOLDER = raw`{"_placeholder":true,"num":0}`;
const COUNTS = ["", "0", "1", "2", "10", "11", "100", "-1", "1.5", "1.0", "01", "1e0", "1e1", "0x1", "+1", " 1", "1 ", "x", "1x", "NaN", "Infinity", "null", "true", "１", "99999999999999999999"];

const CANDIDATES = [
  "",
  ...[...EVERY_TYPE],
  ...[...EVERY_TYPE].map((type) => `${type}["a"]`),
  ...upTo(7, (type) => DATA.map((data) => `${type}${type > 4 ? "1-" : ""}${data}`)).flat(),
  ...[...RESERVED, ...FREE].flatMap((name) => [`2${JSON.stringify([name])}`, `51-${JSON.stringify([name])}`, `3${JSON.stringify([name])}`, `2/admin,5${JSON.stringify([name, 1])}`]),
  ...COUNTS.flatMap((count) => [`5${count}-["a"]`, `6${count}-["a"]`]),
  ...['5', '51', '51-', '51["a"]', '5["a"]', '5-["a"]', '51--["a"]', '51-1-["a"]', '51-/admin,1["a"]', '51-/admin', '61-1[]', '61-[]', '21-["a"]', '51-1'],
  // namespaces
  ...['0/admin', '0/admin,', '0/admin,{}', '0/admin{}', '0/', '0/,', '0/,{}', '0//', '0//,', '0,', '0,{}', '0admin,', '0/a/b/c,', '0/a?x=1,', '0/ůň,', '0/ ,', '0/\u0000,', '0/a,b,', '0/a,,'],
  ...['1/admin', '1/admin,', '1/admin,1', '1/admin,{}', '10', '1 ', '1,', '2/admin', '2/admin,', '2/admin,["a"]', '2/admin["a"]', '2/,["a"]', '2/a,b["a"]', '2/admin,,["a"]', '2,["a"]', '2 ["a"]', '2/admin ,["a"]', '2["/admin,"]', '2/["a"],["b"]'],
  // ack ids
  ...['20["a"]', '21["a"]', '200["a"]', '2007["a"]', '2123["a"]', '2-1["a"]', '2+1["a"]', '21.5["a"]', '21e3["a"]', '20x1["a"]', '2 1["a"]', '21 ["a"]', '2 ', '21', '212', '2\u00a01["a"]', '2\t1["a"]', '2\n["a"]'],
  ...['29007199254740991["a"]', '29007199254740992["a"]', '29007199254740993["a"]', '218446744073709551616["a"]', '299999999999999999999999999["a"]', '2１["a"]', '2٣["a"]'],
  ...['3["a"]', '30', '31', '31[]', '31{}', '31"a"', '3/admin,7[1]', '3-1[]', '3[null]', '0{"a":1}', '01{"a":1}', '012', '11', '41{"message":"x"}'],
  // JSON
  ...['2["a" ]', '2[ "a"]', '2[\n"a"]', '2\u2028["a"]', raw`2["\u0061"]`, raw`2["conn\u0065ct"]`, raw`2["\ud83d\ude00"]`, raw`2["\ud800"]`, raw`2["\x41"]`, '2["a\nb"]', '2["a\tb"]', '2["\u2028"]', '2["\u007f"]', '2["a",01]', '2["a",1.]', '2["a",.5]', '2["a",+1]', '2["a",-0]', '2["a",1e400]', '2["a",1E5]', '2["a",123456789012345678901234567890]', '2["a",{"x":1,"x":2}]', '2["a",{"__proto__":1}]', '2["a",{x:1}]', "2['a']", '2["a"]//', '2["a",/**/1]', '\ufeff2["a"]', '2\ufeff["a"]', '2["a",tru]', '2["a",NULL]', `2${"[".repeat(200)}${"]".repeat(200)}`, `2["a",${"[".repeat(200)}${"]".repeat(200)}]`],
  // placeholders where no attachments are
  `2["a",${PLACEHOLDER}]`, `3[${PLACEHOLDER}]`, `51-["a",${PLACEHOLDER}]`, `52-["a",${PLACEHOLDER}]`, `51-[${PLACEHOLDER}]`, `51-["a"]`, `61-[${PLACEHOLDER}]`, `61-1[${PLACEHOLDER}]`,
];

const place = (num) => `{"_placeholder":true,"num":${num}}`;
const one = (num) => [`51-["a",${place(num)}]`, bytes(2)];

const SEQUENCES = {
  "one attachment": one(0),
  "ack with an attachment": [`61-7[${place(0)}]`, bytes(2)],
  "namespace, ack id, two attachments": [`52-/admin,7["a",${place(0)},{"x":${place(1)}}]`, bytes(1), bytes(2)],
  "swapped": [`52-["a",${place(1)},${place(0)}]`, bytes(1), bytes(2)],
  "one used twice": [`51-["a",${place(0)},${place(0)}]`, bytes(2)],
  "one not used": [`52-["a",${place(0)}]`, bytes(1), bytes(2)],
  "none used": ['51-["a"]', bytes(1)],
  "empty attachment": [`51-["a",${place(0)}]`, Buffer.alloc(0)],
  "ten attachments": [`510-${JSON.stringify(["a", ...upTo(10, (num) => ({ _placeholder: true, num }))])}`, ...upTo(10, bytes)],
  "placeholder with more keys": ['51-["a",{"_placeholder":true,"num":0,"more":1}]', bytes(2)],
  "placeholder in another order": ['51-["a",{"num":0,"_placeholder":true}]', bytes(2)],
  "placeholder as event name": [`51-[${place(0)}]`, bytes(2)],
  "placeholder in a placeholder": [`51-["a",{"_placeholder":true,"num":0,"x":${place(0)}}]`, bytes(2)],
  "not a placeholder: false": ['51-["a",{"_placeholder":false,"num":0}]', bytes(2)],
  "not a placeholder: 1": ['51-["a",{"_placeholder":1,"num":0}]', bytes(2)],
  "not a placeholder: text": ['51-["a",{"_placeholder":"true","num":0}]', bytes(2)],
  "number too large": one(1),
  "number negative": one(-1),
  "number a fraction": one(0.5),
  "number a text": one('"0"'),
  "number null": one("null"),
  "number true": one("true"),
  "number an array": one("[0]"),
  "number 1e0": one("1e0"),
  "number -0": one("-0"),
  "number 0.0": one("0.0"),
  "number missing": ['51-["a",{"_placeholder":true}]', bytes(2)],
  "text while waiting": [`51-["a",${place(0)}]`, '2["b"]'],
  "text between attachments": [`52-["a",${place(0)},${place(1)}]`, bytes(1), '2["b"]', bytes(2)],
  "binary unannounced": [bytes(2)],
  "binary after an event": ['2["a"]', bytes(2)],
  "one attachment too many": [`51-["a",${place(0)}]`, bytes(1), bytes(2)],
  "two events with attachments": [...one(0), ...one(0)],
  "event, then with attachment, then event": ['2["a"]', ...one(0), '2["c"]'],
  "still waiting": [`52-["a",${place(0)},${place(1)}]`, bytes(1)],
};

const strip = ({ type, nsp, id, attachments, data }) =>
  Object.fromEntries(Object.entries({ type, nsp, id, attachments, data }).filter(([, v]) => v !== undefined).map(([k, v]) => [k, plain(v)]));

/** What a Decoder makes of frames: the packets, the error that ended it, and whether it waits for more. */
function decode(frames) {
  const decoder = new Decoder();
  const result = { decoded: [] };
  decoder.on("decoded", (packet) => result.decoded.push(strip(packet)));
  try {
    for (const chunk of frames) decoder.add(chunk);
  } catch (err) {
    result.error = err.message;
  }
  result.waiting = Boolean(decoder.reconstructor);
  return result;
}

function badPackets() {
  const refused = [];
  const accepted = [];
  for (const input of new Set(CANDIDATES)) {
    const { decoded, error, waiting } = decode([input]);
    if (error !== undefined) refused.push({ input, error });
    // A binary packet is not decoded before its attachments have come: this is its text part.
    else if (waiting) accepted.push({ input, decoded: strip(new Decoder().decodeString(input)), waiting });
    else accepted.push({ input, decoded: decoded[0] });
  }
  const sequences = Object.entries(SEQUENCES).map(([name, frames]) => ({ name, frames: frames.map(frame), ...decode(frames) }));
  return { throws: refused, decodes: accepted, sequences };
}

// ---- parsers.json: the frames of the msgpack parser and of the JSON parser

/** The packets as the npm server hands them to its parser: CONNECT always has a pid. */
const HANDED = {
  "connect, reply of a server": { type: CONNECT, data: { sid: "wZX3oN0bSVIhsaknAAAI", pid: undefined }, nsp: "/" },
  "connect, reply of a server with recovery": { type: CONNECT, data: { sid: "wZX3oN0bSVIhsaknAAAI", pid: "S0W6L5AAAD" }, nsp: "/" },
  "event of a client": { type: EVENT, data: ["echo", { x: 1 }], options: { compress: true }, id: 0, nsp: "/" },
  "ack of a client": { type: ACK, id: 0, data: [2], nsp: "/" },
};

const revived = (value) => {
  if (Array.isArray(value)) return value.map(revived);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.$hex === "string") return Buffer.from(value.$hex, "hex");
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revived(item)]));
};

/** A packet's members in the order of the npm server. */
const ordered = ({ type, nsp, id, data }) => {
  const known = Object.entries({ id: type === ACK ? id : undefined, type, data });
  return Object.fromEntries([...known, ["id", id], ["nsp", nsp]].filter(([, value]) => value !== undefined));
};

/** hex is what the parser makes of the values, same what it makes of them as JSON: all that Go can send. */
function msgpackPackets() {
  const encoder = new msgpackParser.Encoder();
  const hex = (packet) => encoder.encode(packet)[0].toString("hex");
  const entries = [...Object.entries(PACKETS).map(([name, packet]) => [name, ordered(packet)]), ...Object.entries(HANDED)];
  return entries.map(([name, packet]) => {
    const { type, nsp, id, data } = packet;
    const sent = { type, nsp, ...(id === undefined ? {} : { id }), ...(data === undefined ? {} : { data: JSON.parse(JSON.stringify(plain(data))) }) };
    const same = packet === HANDED[name] ? hex(packet) : hex({ ...packet, ...(data === undefined ? {} : { data: revived(sent.data) }) });
    return { name, packet: sent, hex: hex(packet), same };
  });
}

/** Values by hand, and what the parser reads: undefined is {"$undefined":true} there. */
const MSGPACK_VALUES = [
  "c0", "c2", "c3", "00", "7f", "e0", "ff", "ccff", "cdffff", "ceffffffff", "cf0000000100000000", "cf001fffffffffffff", "d080", "d18000", "d280000000", "d3fffffffeffffffff",
  "ca3fc00000", "cb3ff8000000000000", "cb7ff8000000000000", "cb7ff0000000000000", "a0", "a161", "d90161", "da000161", "db0000000161", "a2c3a9", "a1ff",
  "c400", "c40101", "c5000101", "c60000000101", "90", "9101", "dc000101", "dd0000000101", "80", "81a16101", "de0001a16101", "df00000001a16101", "810102",
  "d40000", "d7000000018bcfe5687b", "c7020001ff", "c800010002", "c90000000100ff", "d50001ff", "81a161d40000",
];
const MSGPACK_BAD = [
  "", "c1", "82", "80", "a3", "90", "81a474797065", "82a47479706502a46461746190", "82a47479706505a36e7370a12f", "82a474797065a132a36e7370a12f", "83a47479706502a46461746180a36e7370a12f",
  "83a47479706500a46461746190a36e7370a12f", "83a47479706501a46461746180a36e7370a12f", "82a47479706502a36e737001", "84a47479706502a46461746191a161a26964a131a36e7370a12f",
  "82a47479706504a36e7370a12f", "83a47479706502a464617461dcffffa36e7370a12f", "83a47479706502a464617461c6ffffffff", "83a47479706502a46461746191d40500a36e7370a12f",
];

function decodeMsgpack(bytes) {
  const decoder = new msgpackParser.Decoder();
  let result;
  decoder.on("decoded", (packet) => (result = packet));
  decoder.add(bytes);
  return result;
}

function parsers() {
  const packed = (value) => Buffer.from(`83a47479706502a46461746192a178${value}a36e7370a12f`, "hex");
  const json = new jsonParser.Encoder();
  return {
    msgpack: msgpackPackets(),
    msgpackValues: MSGPACK_VALUES.map((hex) => {
      const value = decodeMsgpack(packed(hex)).data[1];
      return { hex, value: value === undefined ? { $undefined: true } : JSON.parse(JSON.stringify(plain(value)) ?? "null") };
    }),
    msgpackThrows: MSGPACK_BAD.map((hex) => {
      try {
        return { hex, packet: plain(decodeMsgpack(Buffer.from(hex, "hex"))) };
      } catch (err) {
        return { hex, error: err.message };
      }
    }),
    json: Object.entries(PACKETS)
      .filter(([name]) => !name.startsWith("binary"))
      .map(([name, packet]) => ({ name, packet: plain(ordered(packet)), text: json.encode(ordered(packet))[0] })),
  };
}

// ---- write or check

/** JSON with one entry per line: readable in a diff. */
function lines(value) {
  if (Array.isArray(value)) return `[\n${value.map((entry) => JSON.stringify(entry)).join(",\n")}\n]`;
  const members = Object.entries(value).map(([key, list]) => `${JSON.stringify(key)}: ${lines(list)}`);
  return `{\n${members.join(",\n")}\n}`;
}

const FILES = { "packets.json": packets(), "payloads.json": payloads(), "payloads-v3.json": payloadsV3(SINGLE, PAYLOADS, plain), "bad-packets.json": badPackets(), "parsers.json": parsers() };
const check = process.argv.includes("--check");
let stale = 0;

mkdirSync(TESTDATA, { recursive: true });
for (const [name, content] of Object.entries(FILES)) {
  const path = fileURLToPath(new URL(name, TESTDATA));
  const text = `${lines(content)}\n`;
  if (!check) {
    writeFileSync(path, text);
    continue;
  }
  let committed = "";
  try {
    committed = readFileSync(path, "utf8");
  } catch {}
  if (committed === text) continue;
  stale++;
  console.error(`${path} differs from what the npm packages make: run node golden.mjs and look at the diff`);
}
process.exit(stale > 0 ? 1 : 0);
