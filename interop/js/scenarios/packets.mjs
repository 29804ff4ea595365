// Packets a client should never send, and odd ones that are allowed.
import assert from "node:assert/strict";
import { brief, bytes, inbox, tell } from "../kit.mjs";
import { scenario } from "../registry.mjs";

const { raw } = String;

/** Socket.IO packets, as text or Buffer, that end a connection joined to "/". */
const FATAL = {
  "an event that is an object": ["2{}"],
  "an event without a name": ["2[]"],
  "an event named null": ["2[null]"],
  "an event named by an object": ["2[{}]"],
  "an event that is text": ['2"a"'],
  "the reserved name connect": ['2["connect"]'],
  "the reserved name connect_error": ['2["connect_error"]'],
  "the reserved name disconnect": ['2["disconnect"]'],
  "the reserved name disconnecting": ['2["disconnecting"]'],
  "the reserved name newListener": ['2["newListener"]'],
  "the reserved name removeListener": ['2["removeListener"]'],
  "JSON cut short": ['2["a"'],
  "JSON followed by more": ['2["a"]x'],
  "JSON with a trailing comma": ['2["a",]'],
  "an ack that is no array": ["31{}"],
  "zero attachments": ['50-["a"]'],
  "eleven attachments": ['511-["a"]'],
  "negative attachments": ['5-1-["a"]'],
  "half an attachment": ['51.5-["a"]'],
  "attachments without a number": ['5x-["a"]'],
  "a bare CONNECT_ERROR": ["4"],
  "a CONNECT_ERROR": ['4{"message":"no"}'],
  "a bare binary event": ["5"],
  "a bare binary ack": ["6"],
  "type 7": ["7"],
  "type 9": ['9["a"]'],
  "no type": ['["a"]'],
  "a second CONNECT": ["0"],
  "a second CONNECT with credentials": ['0{"a":1}'],
  "a CONNECT with text": ['0/chat,"x"'],
  "a CONNECT with an array": ["0/chat,[]"],
  "a DISCONNECT with data": ["1{}"],
  "an event for a namespace not joined": ['2/chat,["a"]'],
  "an ack for a namespace not joined": ["3/chat,1[]"],
  "a DISCONNECT of a namespace not joined": ["1/chat,"],
  "a binary nobody announced": [bytes(2)],
  "text while a binary is due": [raw`51-["echo",{"_placeholder":true,"num":0}]`, '2["echo"]'],
  "a placeholder out of range": [raw`51-["echo",{"_placeholder":true,"num":1}]`, bytes(1)],
  "a placeholder below zero": [raw`51-["echo",{"_placeholder":true,"num":-1}]`, bytes(1)],
  "a placeholder that is no number": [raw`51-["echo",{"_placeholder":true,"num":"0"}]`, bytes(1)],
};

scenario("packets: what ends the connection",
  { proves: "SIO-005 SIO-006 SIO-007 SIO-009 SIO-024 NEW-09 NEW-10 SIO-060", needs: ["hand"] }, async (w) => {
  const { gone } = await w.watch();
  await forEach(FATAL, async (packets) => {
    const client = w.engine();
    const id = await client.join();
    client.send(...packets);
    assert.equal(await client.closed.next(), "transport close");
    const reason = await gone(id);
    assert.ok(["forced close", "forced server close"].includes(reason), reason);
  });
});

const FATAL_UNJOINED = {
  "an event": ['2["echo"]'],
  "an ack": ["31[]"],
  "a DISCONNECT": ["1"],
  "a CONNECT_ERROR": ['4{"message":"no"}'],
  "a binary event": [raw`51-["echo",{"_placeholder":true,"num":0}]`, bytes(1)],
  "rubbish": ["rubbish"],
  "a CONNECT that is no object": ["0[]"],
};

scenario("packets: before the CONNECT only a CONNECT will do", { proves: "SIO-020", needs: ["hand"] }, async (w) => {
  await forEach(FATAL_UNJOINED, async (packets) => {
    const client = w.engine();
    client.send(...packets);
    assert.equal(await client.closed.next(), "transport close");
    assert.deepEqual(client.messages.seen, []);
  });
});

/** Packets a connection survives, and what is answered. */
const HARMLESS = {
  "an event without data": { send: ["2"] },
  "an event without data that wants an ack": { send: ["27"] },
  "an ack without data": { send: ["3"] },
  "an ack without an id": { send: ['3["a"]'] },
  "an ack nobody waits for": { send: ["3999[1]"] },
  "an event named by a number": { send: ["2[1]"] },
  "an event named by an empty text": { send: ['2[""]'] },
  // Ours relays arguments as the bytes they came in, which means the same.
  "spaces in JSON": { send: ['21[ "echo" , 1 ]'], answer: ["31[1]"], relayed: ["31[ 1 ]"] },
  "escapes in JSON": { send: [raw`21["\u0065cho","\ud83d\ude00"]`], answer: ['31["😀"]'], relayed: [raw`31["\ud83d\ude00"]`] },
  "the root namespace spelled out": { send: ['2/,1["echo"]'], answer: ["31[]"] },
  "the largest exact ack id": { send: ['29007199254740991["echo"]'], answer: ["39007199254740991[]"] },
  "a binary in two steps": {
    send: [raw`51-1["echo",{"_placeholder":true,"num":0}]`, bytes(3)],
    answer: [raw`61-1[{"_placeholder":true,"num":0}]`, bytes(3)],
  },
  "one attachment used twice": {
    send: [raw`51-1["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]`, bytes(3)],
    answer: [raw`62-1[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, bytes(3), bytes(3)],
    relayed: [raw`61-1[{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]`, bytes(3)],
  },
  "a CONNECT to another namespace": { send: ["0/a,"], answer: [/^0\/a,\{"sid":"[\w-]{20}"\}$/] },
  "a CONNECT without a comma": { send: ["0/b"], answer: [/^0\/b,\{"sid":"[\w-]{20}"\}$/] },
};

scenario("packets: what the connection survives",
  { proves: "SIO-001 SIO-002 SIO-003 SIO-012 SIO-041 SIO-011", needs: ["hand"] }, async (w) => {
  await forEach(HARMLESS, async ({ send, answer = [], relayed = answer }) => {
    const client = w.engine();
    await client.join();
    client.send(...send);
    for (const expected of w.impl === "go" ? relayed : answer) {
      const got = await client.messages.next();
      if (expected instanceof RegExp) assert.match(got, expected);
      else assert.deepEqual(got, expected);
    }
    client.send('212345["echo","alive"]');
    assert.equal(await client.messages.next(), '312345["alive"]');
  });
});

scenario("packets: a DISCONNECT and at once a CONNECT", { proves: "SIO-025", needs: ["hand"] }, async (w) => {
  const client = w.engine();
  await client.join("/chat");
  const before = await client.join();
  // The official server handles the DISCONNECT a tick later than it looks for a second CONNECT: give it that tick.
  const tick = w.expect({ node: ['2/chat,1["echo"]'], go: [] });
  client.send("1", ...tick);
  for (const _ of tick) await client.messages.next((m) => m === "3/chat,1[]");
  const after = await client.join();
  assert.notEqual(after, before);
  client.send('22["has",' + JSON.stringify(before) + "]", '23["has",' + JSON.stringify(after) + "]");
  assert.equal(await client.messages.next((m) => m.startsWith("3")), "32[false]");
  assert.equal(await client.messages.next((m) => m.startsWith("3")), "33[true]");
});

scenario("packets: an unfinished binary waits, nothing else happens",
  { proves: "SIO-002 EIO-025", needs: ["hand"], modes: ["websocket"] }, async (w) => {
  const client = await w.wsSession();
  await client.join();
  client.send(raw`452-7["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, bytes(1));
  client.send("0", "3", "5", "6");
  client.send(bytes(2));
  assert.equal(await client.frames.next(), raw`462-7[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`);
  assert.deepEqual(await client.frames.take(2), [bytes(1), bytes(2)]);
});

scenario("packets: a bad one ends every namespace of its connection, and no other connection",
  { proves: "SRV-068", needs: ["hand"] }, async (w) => {
  const { socket, gone } = await w.watch();
  const chat = await w.watch("/chat");
  const client = w.engine();
  const ids = [await client.join("/"), await client.join("/chat")];
  client.send("2{}");
  await client.closed.next();
  assert.match(await gone(ids[0]), /^forced( server)? close$/);
  assert.match(await chat.gone(ids[1]), /^forced( server)? close$/);
  assert.equal(await tell(socket, "echo", "alive"), "alive");
});

scenario("packets: an event in flight while the server ends its namespace",
  { proves: "B-24", needs: ["hand"] }, async (w) => {
  const { gone } = await w.watch("/chat");
  const client = w.engine();
  await client.join("/");
  const id = await client.join("/chat");
  client.send('2/chat,["kick"]');
  await client.messages.next((m) => m === "1/chat,");
  assert.equal(await gone(id), "server namespace disconnect");
  // As if sent before the DISCONNECT had come.
  client.send('2/chat,["echo","late"]');
  if (w.impl === "node") return assert.equal(await client.closed.next(), "transport close");
  client.send("3/chat,4[]", raw`51-/chat,["echo",{"_placeholder":true,"num":0}]`, bytes(1));
  client.send('21["echo","alive"]');
  assert.equal(await client.messages.next((m) => m.startsWith("3")), '31["alive"]');
  assert.notEqual(await client.join("/chat"), id);
  client.send('2/chat,2["echo","again"]');
  assert.equal(await client.messages.next((m) => m.startsWith("3")), '3/chat,2["again"]');
});

scenario("packets: two CONNECTs while the first is being considered", { proves: "B-25", needs: ["hand"] }, async (w) => {
  const watcher = await w.connect("/slow", { mode: "websocket" });
  const client = w.engine();
  const connects = inbox(client.engine, "message");
  client.send("0/slow,", "0/slow,");
  if (w.impl === "node") {
    await connects.take(2);
    assert.ok((await tell(watcher, "count")) >= 3, "the official server made one socket: update the reference, B-25");
    return;
  }
  // Ours may refuse the second or close the connection, but there are never two sockets.
  const manager = w.manager();
  const later = manager.socket("/slow").connect();
  await tell(later, "echo", "its middleware ran after theirs");
  const count = await tell(watcher, "count");
  assert.ok(count === 2 || count === 3, `${count} sockets: the watcher, the later one and ${count - 2} of the double`);
  assert.ok(connects.seen.filter(([m]) => String(m).startsWith("0/slow,{")).length <= 1);
});

/** Runs every case at once and reports all that failed, by name. */
async function forEach(cases, run) {
  const entries = Object.entries(cases);
  const results = await Promise.allSettled(entries.map(([, value]) => run(value)));
  const failed = results.flatMap(({ reason, status }, i) => (status === "rejected" ? [`${entries[i][0]}: ${reason.message}`] : []));
  assert.equal(failed.length, 0, `${failed.length} of ${entries.length} failed\n${failed.join("\n")}\n${brief(Object.keys(cases))}`);
}
