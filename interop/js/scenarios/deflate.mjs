// permessage-deflate (RFC 7692) with the ws package: zlib refuses a distance beyond the window that was agreed on.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { tell } from "../kit.mjs";
import { scenario } from "../registry.mjs";

const QUERY = "EIO=4&transport=websocket";
const byHand = { needs: ["hand"], modes: ["websocket"] };
const deflate = (options) => ({ deflate: JSON.stringify({ threshold: 64, ...options }) });

/** A joined session that compresses as offered; wire() tells how many bytes came since last asked. */
async function begin(w, offer = true, query = QUERY) {
  const raw = w.ws(query, { perMessageDeflate: offer });
  raw.ws.once("upgrade", ({ headers }) => (raw.extensions = headers["sec-websocket-extensions"] ?? ""));
  await raw.opened();
  await raw.frames.next();
  await raw.join();
  let seen = raw.ws._socket.bytesRead;
  raw.wire = () => {
    const came = raw.ws._socket.bytesRead - seen;
    seen = raw.ws._socket.bytesRead;
    return came;
  };
  raw.echo = async (text) => {
    raw.send(`421["echo",${JSON.stringify(text)}]`);
    const answer = await raw.frames.next((frame) => String(frame).startsWith("431"));
    assert.ok(answer === `431[${JSON.stringify(text)}]`, `a text of ${text.length} came back as another`);
    return raw.wire();
  };
  return raw;
}

/** A text whose second half repeats the first, `distance` bytes before. */
function repeating(distance) {
  const half = randomBytes(distance).toString("base64").slice(0, distance);
  return half + half;
}

const SIZES = [0, 10, 70, 300, 600, 5000, 40_000];

/** Texts of every size, twice, and binary both ways. */
async function exchange(raw) {
  for (const size of [...SIZES, ...SIZES]) await raw.echo(repeating(size));
  const blob = Buffer.from(repeating(20_000));
  raw.send('451-2["echo",{"_placeholder":true,"num":0}]', blob);
  assert.equal(await raw.frames.next(), '461-2[{"_placeholder":true,"num":0}]');
  assert.ok(blob.equals(await raw.frames.next()), "a binary came back as another");
  raw.wire();
}

for (const takeover of [false, true]) {
  scenario(`deflate: every window on both sides, ${takeover ? "with" : "without"} context takeover`,
    { ...byHand, proves: "EIO-064 EIO-126", own: deflate({ takeover }) }, async (w) => {
    for (let bits = 9; bits <= 15; bits++) {
      const other = 24 - bits;
      const raw = await begin(w, {
        serverMaxWindowBits: bits,
        clientMaxWindowBits: other,
        serverNoContextTakeover: bits % 2 === 0 || undefined,
        clientNoContextTakeover: bits % 3 === 0 || undefined,
        threshold: 0,
      });
      const { extensions } = raw;
      assert.match(extensions, /permessage-deflate/, `${bits} bits`);
      const agreed = Number(/server_max_window_bits=(\d+)/.exec(extensions)?.[1] ?? 15);
      assert.ok(agreed <= bits, `asked for ${bits} bits, got ${extensions}`);
      await exchange(raw);
      raw.ws.terminate();
    }
  });

  scenario(`deflate: a small window of the server's own, ${takeover ? "with" : "without"} context takeover`,
    { ...byHand, proves: "EIO-064 EIO-126", own: deflate({ takeover, bits: 10 }) }, async (w) => {
    for (const bits of [10, 12, 15]) {
      const raw = await begin(w, { serverMaxWindowBits: bits, clientMaxWindowBits: bits, threshold: 0 });
      assert.match(raw.extensions, /server_max_window_bits=10/, `${bits} bits`);
      await exchange(raw);
      raw.ws.terminate();
    }
  });
}

scenario("deflate: large messages are compressed, small ones are not", { ...byHand, proves: "EIO-064", own: deflate({ threshold: 1000 }) }, async (w) => {
  const raw = await begin(w);
  assert.ok((await raw.echo("x".repeat(5000))) < 200, "a large one came as it is");
  assert.ok((await raw.echo("x".repeat(500))) > 500, "a small one was compressed");
});

scenario("deflate: context takeover makes a repetition cheap", { ...byHand, proves: "EIO-064", own: deflate({ takeover: true }) }, async (w) => {
  const raw = await begin(w);
  assert.doesNotMatch(raw.extensions, /no_context_takeover/);
  const text = randomBytes(1500).toString("base64"); // ours remembers 4 KiB
  const first = await raw.echo(text);
  const second = await raw.echo(text);
  assert.ok(first > 1200 && second < first / 10, `${first} bytes, then ${second}`);
});

scenario("deflate: without context takeover each message stands alone", { ...byHand, proves: "EIO-064", own: deflate({}) }, async (w) => {
  const raw = await begin(w);
  assert.match(raw.extensions, /server_no_context_takeover/);
  const text = randomBytes(3000).toString("base64");
  const first = await raw.echo(text);
  const second = await raw.echo(text);
  assert.ok(second > first * 0.9, `${first} bytes, then ${second}`);
});

scenario("deflate: switched off for one event", { ...byHand, proves: "SRV-059 SRV-085", own: deflate({}) }, async (w) => {
  const raw = await begin(w);
  const text = "x".repeat(5000);
  const sizeOf = async (how) => {
    raw.send(`42["script",[["${how}","size","${text}"]]]`);
    assert.equal(await raw.frames.next(), `42["size","${text}"]`);
    return raw.wire();
  };
  assert.ok((await sizeOf("self")) < 200);
  assert.ok((await sizeOf("all")) < 200);
  // The official server has the flag and does not use it on WebSocket.
  for (const how of ["self plain", "all plain"]) assert.equal((await sizeOf(how)) > 5000, w.impl === "go", how);
});

scenario("deflate: a broadcast to many, some of whom do not compress", { ...byHand, proves: "EIO-064 EIO-065", own: deflate({}) }, async (w) => {
  const offers = [true, false, { serverMaxWindowBits: 9 }, { serverNoContextTakeover: true }, false, true];
  const clients = await Promise.all(offers.map((offer) => begin(w, offer)));
  assert.deepEqual(clients.map(({ extensions }) => extensions !== ""), offers.map(Boolean));
  for (const size of SIZES) {
    const text = repeating(size);
    clients[0].send(`42["script",[["all","msg","${text}"]]]`);
    for (const raw of clients) assert.ok((await raw.frames.next()) === `42["msg","${text}"]`, `a text of ${2 * size} came as another`);
  }
});

scenario("deflate: a session that began on polling", { needs: ["hand"], modes: ["upgrade"], proves: "EIO-064", own: deflate({ takeover: true }) }, async (w) => {
  const session = await w.poll();
  await session.join();
  const raw = w.ws(`${QUERY}&sid=${session.sid}`, { perMessageDeflate: true });
  await raw.opened();
  raw.send("2probe");
  assert.equal(await raw.frames.next(), "3probe");
  const text = repeating(3000);
  raw.send("5", `427["echo","${text}"]`);
  assert.ok((await raw.frames.next()) === `437["${text}"]`);
});

scenario("deflate: the npm client compresses when both sides want to", { proves: "EIO-064 EIO-126", needs: ["engine"], modes: ["websocket"], own: deflate({}) }, async (w) => {
  const socket = await w.connect("/", { perMessageDeflate: { threshold: 10 } });
  const { extensions } = socket.io.engine.transport.ws;
  assert.ok(String(extensions).includes("permessage-deflate") || extensions["permessage-deflate"], "it is not compressed");
  for (const size of SIZES) {
    const text = repeating(size);
    assert.ok((await tell(socket, "echo", text)) === text, `a text of ${2 * size} came back as another`);
  }
});

scenario("deflate: what decompresses to more than the limit ends the session", { ...byHand, proves: "EIO-123", own: { ...deflate({}), "max-payload": 10_000 } }, async (w) => {
  const { gone } = await w.watch();
  const raw = w.ws(QUERY, { perMessageDeflate: { threshold: 0 } });
  await raw.opened();
  const id = await raw.join();
  raw.send(`4${"2".repeat(1_000_000)}`);
  assert.equal(await raw.closed.next(), 1009);
  assert.equal(await gone(id), "transport error");
});
