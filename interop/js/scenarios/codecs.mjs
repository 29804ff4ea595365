// The parsers besides the default one, byte by byte: what the server writes, and what it does with bad packets.
import assert from "node:assert/strict";
import { ID } from "../kit.mjs";
import { scenario } from "../registry.mjs";

const hex = (text) => Buffer.from(text.replaceAll(" ", ""), "hex");
const msgpack = { needs: ["hand"], modes: ["websocket"], own: { parser: "msgpack" } };
const json = { needs: ["hand"], modes: ["websocket"], own: { parser: "json" } };

const CONNECT = hex("82a47479706500a36e7370a12f");

/** Joins / with msgpack by hand. */
async function joinMsgpack(w) {
  const raw = await w.wsSession();
  raw.send(CONNECT);
  const reply = await raw.frames.next();
  return { raw, reply };
}

scenario("msgpack: the packets of the server, byte for byte", { ...msgpack, proves: "SIO-061 SIO-062" }, async (w) => {
  const { raw, reply } = await joinMsgpack(w);
  const head = hex("83a47479706500a46461746182a3736964b4");
  assert.deepEqual(reply.subarray(0, head.length), head);
  assert.match(reply.subarray(head.length, head.length + 20).toString(), ID);
  assert.deepEqual(reply.subarray(head.length + 20), hex("a3706964d40000a36e7370a12f"));

  // The event "echo", the question "echo" and a kick.
  raw.send(hex("83a47479706502a46461746193a46563686fa568656c6c6f01a36e7370a12f"));
  assert.deepEqual(await raw.frames.next(), hex("83a47479706502a46461746193a46563686fa568656c6c6f01a36e7370a12f"));
  raw.send(hex("85a47479706502a46461746192a46563686f81a17801a76f7074696f6e7381a8636f6d7072657373c3a2696400a36e7370a12f"));
  assert.deepEqual(await raw.frames.next(), hex("84a2696400a47479706503a4646174619181a17801a36e7370a12f"));
  raw.send(hex("83a47479706502a46461746191a46b69636ba36e7370a12f"));
  assert.deepEqual(await raw.frames.next(), hex("82a47479706501a36e7370a12f"));
});

scenario("msgpack: values that only it has", { ...msgpack, proves: "SIO-062" }, async (w) => {
  const { raw } = await joinMsgpack(w);
  const echoed = async (value) => {
    raw.send(hex(`84a47479706502a46461746192a46563686f${value}a2696400a36e7370a12f`));
    const answer = await raw.frames.next();
    const head = hex("84a2696400a47479706503a46461746191");
    assert.deepEqual(answer.subarray(0, head.length), head, value);
    return answer.subarray(head.length, -hex("a36e7370a12f").length).toString("hex");
  };
  for (const value of ["c0", "c2", "c3", "00", "7f", "ff", "e0", "cc80", "cd0100", "ce00010000", "d0df", "d1ff00", "d2ffff0000", "cb3ff8000000000000",
    "a0", "a3c3a961", "c403010203", "c400", "90", "80", "93010203", "82a16101a16202"]) {
    assert.equal(await echoed(value), value, value);
  }
  // More than 32 bits: the same number, in the bytes that the npm parser writes.
  assert.equal(await echoed("cf0000000100000000"), "cf0000000100000000");
  assert.equal(await echoed("d3ffffffff00000000"), "d3ffffffff00000000");
  // What JSON has no word for: ours has JSON inside, to which they are null and a text.
  assert.equal(await echoed("d40000"), w.expect({ node: "d40000", go: "c0" }));
  const date = "d700" + "0000018bcfe56800";
  const text = Buffer.from(new Date(1_700_000_000_000).toJSON());
  assert.equal(await echoed(date), w.expect({ node: date, go: `b8${text.toString("hex")}` }));
});

scenario("msgpack: a refusal", { ...msgpack, proves: "SIO-061 SIO-022" }, async (w) => {
  const raw = await w.wsSession();
  raw.send(hex("82a47479706500a36e7370a52f61757468"));
  const data = "82a76d657373616765ac756e617574686f72697a6564a46461746181a4636f6465cd0191";
  assert.deepEqual(await raw.frames.next(), hex(`83a47479706504a464617461${data}a36e7370a52f61757468`));
});

const BAD_MSGPACK = {
  "nothing": "",
  "no map": "01",
  "cut short": "82a47479706500a36e73",
  "a type beyond 4": "82a47479706505a36e7370a12f",
  "a type that is no number": "82a474797065a130a36e7370a12f",
  "no type": "81a36e7370a12f",
  "no namespace": "82a47479706502a46461746191a161",
  "a namespace that is no text": "82a47479706500a36e737001",
  "an event without data": "82a47479706502a36e7370a12f",
  "an event that is an object": "83a47479706502a46461746180a36e7370a12f",
  "an id that is no integer": "84a47479706502a46461746191a161a26964a131a36e7370a12f",
  "an id that is half": "84a47479706502a46461746191a161a26964cb3fe0000000000000a36e7370a12f",
  "an event for a namespace not joined": "83a47479706502a46461746191a161a36e7370a22f61",
  "a second CONNECT": "82a47479706500a36e7370a12f",
  "a CONNECT with text": "83a47479706500a464617461a161a36e7370a22f61",
  "more behind the packet": "83a47479706502a46461746191a161a36e7370a12f00",
};

scenario("msgpack: bad packets end the connection", { ...msgpack, proves: "SIO-061" }, async (w) => {
  const wrong = [];
  for (const [name, bytes] of Object.entries(BAD_MSGPACK)) {
    const { raw } = await joinMsgpack(w);
    raw.send(hex(bytes));
    const closed = await raw.closed.next(undefined, 3000).catch(() => undefined);
    if (closed !== 1005) wrong.push(`${name}: ${closed}`);
    raw.ws.terminate();
  }
  assert.deepEqual(wrong, []);
});

scenario("msgpack: text ends the connection", { ...msgpack, proves: "SIO-061" }, async (w) => {
  const { raw } = await joinMsgpack(w);
  raw.send('42["echo"]');
  assert.equal(await raw.closed.next(), 1005);
});

/** Joins / with JSON by hand. */
async function joinJSON(w) {
  const raw = await w.wsSession();
  raw.send('4{"type":0,"nsp":"/"}');
  const reply = await raw.frames.next();
  return { raw, reply };
}

scenario("json: the packets of the server, byte for byte", { ...json, proves: "SIO-063" }, async (w) => {
  const { raw, reply } = await joinJSON(w);
  assert.match(reply, /^4\{"type":0,"data":\{"sid":"[\w-]{20}"\},"nsp":"\/"\}$/);
  raw.send('4{"type":2,"data":["echo","hello",1],"nsp":"/"}');
  assert.equal(await raw.frames.next(), '4{"type":2,"data":["echo","hello",1],"nsp":"/"}');
  raw.send('4{"type":2,"data":["echo",{"x":1}],"options":{"compress":true},"id":0,"nsp":"/"}');
  assert.equal(await raw.frames.next(), '4{"id":0,"type":3,"data":[{"x":1}],"nsp":"/"}');
  raw.send('4{"nsp":"/auth","type":0}');
  assert.equal(await raw.frames.next(), '4{"type":4,"data":{"message":"unauthorized","data":{"code":401}},"nsp":"/auth"}');
  raw.send('4{"type":2,"data":["kick"],"nsp":"/"}');
  assert.equal(await raw.frames.next(), '4{"type":1,"nsp":"/"}');
});

const BAD_JSON = {
  "nothing": "",
  "no object": "1",
  "null": "null",
  "a list": "[]",
  "cut short": '{"type":2,"data":["echo"],"nsp":"/"',
  "more behind it": '{"type":2,"data":["echo"],"nsp":"/"}x',
  "a type beyond 4": '{"type":5,"data":["echo"],"nsp":"/"}',
  "a type that is text": '{"type":"2","data":["echo"],"nsp":"/"}',
  "no type": '{"data":["echo"],"nsp":"/"}',
  "no namespace": '{"type":2,"data":["echo"]}',
  "a namespace that is no text": '{"type":2,"data":["echo"],"nsp":1}',
  "an event without data": '{"type":2,"nsp":"/"}',
  "an event that is an object": '{"type":2,"data":{},"nsp":"/"}',
  "an id that is text": '{"type":2,"data":["echo"],"id":"1","nsp":"/"}',
  "an id that is half": '{"type":2,"data":["echo"],"id":0.5,"nsp":"/"}',
  "a DISCONNECT with data": '{"type":1,"data":1,"nsp":"/"}',
  "a refusal": '{"type":4,"data":{"message":"no"},"nsp":"/"}',
  "a second CONNECT": '{"type":0,"nsp":"/"}',
};

scenario("json: bad packets end the connection", { ...json, proves: "SIO-063" }, async (w) => {
  const wrong = [];
  // A refusal from a client is nothing that the official server would have expected: it crashes on null, and waits here.
  const skipped = w.expect({ node: ["null", "a refusal"], go: [] });
  for (const [name, packet] of Object.entries(BAD_JSON)) {
    if (skipped.includes(name)) continue;
    const { raw } = await joinJSON(w);
    raw.send(`4${packet}`);
    const closed = await raw.closed.next(undefined, 3000).catch(() => undefined);
    if (closed !== 1005) wrong.push(`${name}: ${closed}`);
    raw.ws.terminate();
  }
  assert.deepEqual(wrong, []);
});

scenario("json: binary ends the connection", { ...json, proves: "SIO-063" }, async (w) => {
  const { raw } = await joinJSON(w);
  raw.send(Buffer.from([1, 2]));
  assert.equal(await raw.closed.next(), 1005);
});
