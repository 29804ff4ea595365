// What the options of a server change: cookies, headers, ids, who is admitted, transports, compression of polling, CORS.
import assert from "node:assert/strict";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { connected, ID, inbox, pick, refused, tell } from "../kit.mjs";
import { scenario } from "../registry.mjs";

const byHand = { needs: ["hand"] };
const polling = { ...byHand, modes: ["polling"] };
const both = { ...byHand, modes: ["polling", "websocket"] };
const POLLING = "/socket.io/?EIO=4&transport=polling";
const WEBSOCKET = "EIO=4&transport=websocket";

/** The headers of the answer that opens a WebSocket. */
function upgraded(w, query = WEBSOCKET) {
  const { ws } = w.ws(query);
  return new Promise((resolve, reject) => {
    ws.once("upgrade", ({ headers }) => resolve(headers));
    ws.once("unexpected-response", (_, { statusCode }) => reject(new Error(`status ${statusCode}`)));
  });
}

const parts = (cookie) => new Set(cookie.split("; "));

scenario("cookie: comes with the first answer, on polling only",
  { ...both, proves: "EIO-130 EIO-066 B-11", own: { cookie: '{"name":"io","path":"/","httpOnly":true,"sameSite":"lax"}' } }, async (w) => {
  if (w.mode === "websocket") return assert.equal((await upgraded(w))["set-cookie"], undefined);
  const first = await w.http("GET", POLLING);
  const { sid } = JSON.parse(first.body.slice(1));
  assert.equal(first.headers["set-cookie"].length, 1);
  assert.deepEqual(parts(first.headers["set-cookie"][0]), parts(`io=${sid}; Path=/; HttpOnly; SameSite=Lax`));
  assert.equal((await w.http("POST", `${POLLING}&sid=${sid}`, { body: "40" })).headers["set-cookie"], undefined);
  assert.equal((await w.http("GET", `${POLLING}&sid=${sid}`)).headers["set-cookie"], undefined);
});

const COOKIE = { name: "lb", path: "/chat/", httpOnly: false, sameSite: "strict", maxAge: 60, domain: "example.com", secure: true };

scenario("cookie: its name and attributes", { ...polling, proves: "EIO-130", own: { cookie: JSON.stringify(COOKIE) } }, async (w) => {
  const { headers, body } = await w.http("GET", POLLING);
  const { sid } = JSON.parse(body.slice(1));
  const expected = `lb=${sid}; Path=/chat/; SameSite=Strict; Max-Age=60; Domain=example.com; Secure`;
  assert.deepEqual(parts(headers["set-cookie"][0]), parts(expected));
});

scenario("headers: a hook adds to every answer, and to the first", { ...both, proves: "EIO-140 EIO-143 EIO-066" }, async (w) => {
  if (w.mode === "websocket") {
    const headers = await upgraded(w);
    assert.deepEqual([headers["x-every"], headers["x-first"]], ["yes", "yes"]);
    return;
  }
  const first = await w.http("GET", POLLING);
  const path = `${POLLING}&sid=${JSON.parse(first.body.slice(1)).sid}`;
  const answers = [first, await w.http("POST", path, { body: "40" }), await w.http("GET", path)];
  assert.deepEqual(answers.map(({ headers }) => headers["x-every"]), ["yes", "yes", "yes"]);
  assert.deepEqual(answers.map(({ headers }) => headers["x-first"]), ["yes", undefined, undefined]);
});

scenario("headers: an upgrade is no first answer", { ...byHand, modes: ["upgrade"], proves: "EIO-140" }, async (w) => {
  const session = await w.poll();
  const headers = await upgraded(w, `${WEBSOCKET}&sid=${session.sid}`);
  assert.deepEqual([headers["x-every"], headers["x-first"]], ["yes", undefined]);
});

scenario("id: made by the application", { ...both, proves: "EIO-005" }, async (w) => {
  const id = `custom-${w.mode}_1`;
  if (w.mode === "polling") {
    const session = await w.poll(`&id=${id}`);
    assert.equal(session.sid, id);
    assert.match(await session.join(), ID);
    return session.alive();
  }
  const raw = await w.wsSession(`${WEBSOCKET}&id=${id}`);
  assert.equal(raw.handshake.sid, id);
  await raw.join();
});

scenario("id: the application has none", { ...both, proves: "EIO-005 EIO-009" }, async (w) => {
  if (w.mode === "polling") {
    const answer = await w.http("GET", `${POLLING}&id=`);
    return assert.deepEqual(pick(answer), { status: 400, body: '{"code":3,"message":"Bad request"}' });
  }
  const answer = await w.rawUpgrade(`/socket.io/?${WEBSOCKET}&id=`);
  // The official server switches protocols first and writes its refusal into the WebSocket stream.
  if (w.impl === "node") assert.match(answer, /^HTTP\/1\.1 101 [^]*\r\n\r\nHTTP\/1\.1 400 [^]*\r\n\r\nBad request$/);
  else assert.match(answer, /^HTTP\/1\.1 400 [^]*\r\n\r\nBad request$/);
});

scenario("admission: refused by the application, with its words", { ...both, proves: "EIO-008 EIO-133 B-07" }, async (w) => {
  for (const [text, message] of [["go away", "go away"], ["", "Forbidden"]]) {
    const query = `&refuse=${encodeURIComponent(text)}`;
    if (w.mode === "polling") {
      const answer = await w.http("GET", POLLING + query);
      assert.deepEqual(pick(answer), { status: 403, body: JSON.stringify({ code: 4, message }) });
      continue;
    }
    const [head, body] = (await w.rawUpgrade(`/socket.io/?${WEBSOCKET}${query}`)).split("\r\n\r\n");
    assert.match(head, /^HTTP\/1\.1 400 Bad Request/);
    assert.equal(body, message);
  }
});

scenario("admission: asked at the handshake only", { ...polling, proves: "EIO-008" }, async (w) => {
  const session = await w.poll();
  await session.join();
  const answer = await w.http("POST", `${session.path}&refuse=now`, { body: '427["echo"]' });
  assert.deepEqual(pick(answer), { status: 200, body: "ok" });
});

scenario("admission: the client is told", { proves: "EIO-008" }, async (w) => {
  const err = await refused(w.begin("/", { query: { refuse: "no" } }));
  assert.equal(err.message, { polling: "xhr poll error", websocket: "websocket error", upgrade: "xhr poll error" }[w.mode]);
});

scenario("refusals: a hook is told of each, with its code", { ...polling, proves: "EIO-009 EIO-140 NEW-01", own: {} }, async (w) => {
  const watcher = await w.connect("/", { mode: "websocket" });
  const session = await w.poll();
  await session.join();
  await w.http("GET", "/socket.io/?EIO=4&transport=tcp");
  await w.http("GET", `${POLLING}&sid=unknown`);
  await w.http("POST", POLLING);
  await w.http("GET", `/socket.io/?${WEBSOCKET}`);
  await w.http("GET", `${POLLING}&refuse=words`);
  await w.http("GET", "/socket.io/?EIO=3&transport=polling");
  await w.http("GET", session.path.replace("EIO=4", "EIO=3"));
  await w.http("GET", session.path.replace("polling", "websocket"));
  await w.http("GET", `${POLLING}&id=`);
  await w.rawUpgrade("/socket.io/?EIO=4&transport=websocket&sid=unknown");
  const got = (await tell(watcher, "refusals")).map(({ code, message, name }) => [code, message, name]);
  assert.deepEqual(got, [
    [0, "Transport unknown", null],
    [1, "Session ID unknown", null],
    [2, "Bad handshake method", null],
    [3, "Bad request", "TRANSPORT_HANDSHAKE_ERROR"],
    [4, w.expect({ node: "Forbidden", go: "words" }), null],
    [5, "Unsupported protocol version", null],
    [3, "Bad request", "PROTOCOL_MISMATCH"],
    [3, "Bad request", "TRANSPORT_MISMATCH"],
    [3, "Bad request", "ID_GENERATION_ERROR"],
    [1, "Session ID unknown", null],
  ]);
});

scenario("transports: only WebSocket", { proves: "EIO-124 EIO-004", needs: ["engine"], modes: ["websocket"], own: { transports: "websocket" } }, async (w) => {
  const socket = await w.connect();
  assert.equal(await tell(socket, "echo", 1), 1);
  assert.equal((await tell(socket, "self")).transport, "websocket");
  assert.deepEqual(pick(await w.http("GET", POLLING)), { status: 400, body: '{"code":0,"message":"Transport unknown"}' });
});

scenario("transports: only polling", { proves: "EIO-124 EIO-004", needs: ["engine"], modes: ["polling", "upgrade"], own: { transports: "polling" } }, async (w) => {
  const socket = await w.connect();
  assert.equal(await tell(socket, "echo", 1), 1);
  assert.equal((await tell(socket, "self")).transport, "polling");
  assert.deepEqual((await w.poll()).upgrades, []);
  if (w.impl === "node") return; // it does not listen for upgrades then, and leaves them to others
  assert.match(await w.rawUpgrade(`/socket.io/?${WEBSOCKET}`), /^HTTP\/1\.1 400 [^]*\r\n\r\nTransport unknown$/);
});

scenario("transports: no upgrades", { proves: "EIO-125 EIO-004 B-06", needs: ["hand"], modes: ["upgrade"], own: { upgrades: false } }, async (w) => {
  const socket = await w.connect();
  const upgrades = inbox(socket.io.engine, "upgrade");
  for (let i = 0; i < 5; i++) await tell(socket, "echo", i);
  assert.equal((await tell(socket, "self")).transport, "polling");
  assert.deepEqual(upgrades.seen, []);

  const session = await w.poll();
  assert.deepEqual(session.upgrades, []);
  await session.join();
  // The official server only does not offer it.
  const tried = upgraded(w, `${WEBSOCKET}&sid=${session.sid}`);
  if (w.impl === "node") await tried;
  else await assert.rejects(tried, { message: "status 400" });
  await session.alive();
});

scenario("handshake: what it tells of the first request", { proves: "EIO-011 SRV-051" }, async (w) => {
  const began = Date.now();
  const socket = await w.connect("/", { query: { q: "1" }, extraHeaders: { Origin: w.url } });
  const { address, secure, xdomain, url, issued } = await tell(socket, "handshake");
  assert.equal(address, "127.0.0.1");
  assert.equal(secure, false);
  assert.equal(xdomain, true);
  assert.match(url, new RegExp(`^/socket\\.io/\\?.*EIO=${w.client.protocol}`));
  assert.ok(url.includes("q=1"), url);
  assert.ok(issued >= began - 1000 && issued <= Date.now() + 1000, `issued ${issued - began} ms after it began`);
  const plain = await w.connect();
  assert.equal((await tell(plain, "handshake")).xdomain, false);
});

scenario("handshake: several namespaces share it, and each has its own credentials", { proves: "SRV-051 SRV-071", needs: ["auth"] }, async (w) => {
  const manager = w.manager({ query: { shared: "yes" } });
  const [main, chat] = ["/", "/chat"].map((nsp) => manager.socket(nsp, { auth: { of: nsp } }).connect());
  await Promise.all([connected(main), connected(chat)]);
  const [one, two] = [await tell(main, "handshake"), await tell(chat, "handshake")];
  assert.deepEqual({ ...one, issued: two.issued }, two); // the official server notes the time of each namespace
  assert.equal(one.query.shared, "yes");
  assert.deepEqual((await tell(main, "whoami")).auth, { of: "/" });
  assert.deepEqual((await tell(chat, "whoami")).auth, { of: "/chat" });
});

const UNZIP = { gzip: gunzipSync, deflate: inflateSync };

/** Has a text of `size` bytes echoed over polling; gives the answer's encoding and what it says. */
async function polled(w, size, accept) {
  const session = await w.poll();
  await session.join();
  const text = "compressible ".repeat(1 + size / 13).slice(0, size);
  await session.post(`427["echo","${text}"]`);
  const { headers, body } = await session.get({ headers: accept === undefined ? {} : { "Accept-Encoding": accept }, raw: true });
  const encoding = headers["content-encoding"];
  const plain = encoding ? UNZIP[encoding](body) : body;
  assert.equal(plain.toString(), `437["${text}"]`);
  if (encoding) assert.ok(body.length < plain.length);
  return encoding;
}

scenario("compression: of polling, as the client accepts it", { ...polling, proves: "EIO-044 EIO-127 NEW-03" }, async (w) => {
  const cases = [
    ["gzip", "gzip"],
    ["deflate", "deflate"],
    ["deflate, gzip", "gzip"],
    ["gzip;q=0, deflate", "deflate"],
    ["br", undefined],
    ["identity", undefined],
    [undefined, undefined],
  ];
  // The official server leaves the order to the client where it names both.
  for (const [accept, encoding] of cases) {
    const expected = accept === "deflate, gzip" ? w.expect({ node: "deflate", go: "gzip" }) : encoding;
    assert.equal(await polled(w, 5000, accept), expected, accept);
  }
});

scenario("compression: of polling, from a size on", { ...polling, proves: "EIO-044", own: { "compress-polling": 200 } }, async (w) => {
  assert.equal(await polled(w, 300, "gzip"), "gzip");
  assert.equal(await polled(w, 100, "gzip"), undefined);
});

scenario("compression: of polling, switched off", { ...polling, proves: "EIO-127", own: { "compress-polling": "off" } }, async (w) => {
  assert.equal(await polled(w, 5000, "gzip"), undefined);
});

const CORS = { credentials: true, allowedHeaders: ["x-one", "x-two"], exposedHeaders: ["x-three", "x-four"], maxAge: 600, suffix: ".home.example" };

scenario("cors: credentials, headers and how long it may be kept",
  { ...polling, proves: "EIO-131", own: { "cors-options": JSON.stringify(CORS) } }, async (w) => {
  const origin = "https://app.home.example";
  const preflight = await w.http("OPTIONS", POLLING, { headers: { Origin: origin, "Access-Control-Request-Method": "POST" } });
  assert.deepEqual(pick(preflight), { status: 204, body: "" });
  const allow = (name) => preflight.headers[`access-control-${name}`];
  assert.equal(allow("allow-origin"), origin);
  assert.equal(allow("allow-credentials"), "true");
  assert.equal(allow("allow-headers"), "x-one,x-two");
  assert.equal(allow("max-age"), "600");
  const { headers } = await w.http("GET", POLLING, { headers: { Origin: origin } });
  assert.equal(headers["access-control-allow-credentials"], "true");
  assert.equal(headers["access-control-expose-headers"], "x-three,x-four");
});

scenario("cors: origins that are matched, not listed", { ...polling, proves: "EIO-131", own: { "cors-options": JSON.stringify(CORS) } }, async (w) => {
  const cases = { "https://a.home.example": true, "https://b.c.home.example": true, "https://home.example": false, "https://a.home.example.org": false };
  for (const [origin, allowed] of Object.entries(cases)) {
    const { headers } = await w.http("GET", POLLING, { headers: { Origin: origin } });
    assert.equal(headers["access-control-allow-origin"], allowed ? origin : undefined, origin);
    assert.match(headers.vary, /Origin/);
  }
});

scenario("client files: compressed as the client accepts it, with their maps", { ...polling, proves: "SRV-110 SRV-111 SRV-113" }, async (w) => {
  const unzip = { br: brotliDecompressSync, ...UNZIP };
  for (const name of ["socket.io.js", "socket.io.min.js.map", "socket.io.esm.min.js.map"]) {
    const plain = await w.http("GET", `/socket.io/${name}`);
    assert.equal(plain.status, 200, name);
    if (name.endsWith(".map")) assert.match(plain.headers["content-type"], /^application\/json/);
    for (const [accept, encoding] of [["br, gzip", "br"], ["gzip", "gzip"]]) {
      const zipped = await w.http("GET", `/socket.io/${name}`, { headers: { "Accept-Encoding": accept }, raw: true });
      assert.equal(zipped.headers["content-encoding"], encoding, name);
      assert.ok(unzip[encoding](zipped.body).toString() === plain.body, `${name} is another file with ${encoding}`);
    }
  }
});

scenario("client files: not served if the server does not want to", { ...polling, proves: "SRV-002", own: { "client-files": false } }, async (w) => {
  const answer = await w.http("GET", "/socket.io/socket.io.js");
  assert.deepEqual(pick(answer), { status: 400, body: '{"code":0,"message":"Transport unknown"}' });
});
