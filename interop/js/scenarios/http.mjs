// HTTP by hand: every error of the polling transport, overlaps, CORS, compression, the client's files.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { pick, tell } from "../kit.mjs";
import { scenario } from "../registry.mjs";

const once = { modes: ["polling"], needs: ["hand"] };
const ERRORS = ["Transport unknown", "Session ID unknown", "Bad handshake method", "Bad request", "Forbidden", "Unsupported protocol version"];
const error = (code) => ({ status: 400, body: `{"code":${code},"message":"${ERRORS[code]}"}` });

scenario("http: the handshake, byte for byte",
  { ...once, proves: "EIO-003 EIO-004 EIO-043 EIO-123 EIO-124", own: { "ping-interval": 25_000, "ping-timeout": 20_000, "max-payload": 1_000_000 } }, async (w) => {
  const { status, headers, body } = await w.http("GET", "/socket.io/?EIO=4&transport=polling&t=abc");
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "text/plain; charset=UTF-8");
  assert.equal(headers["content-length"], String(Buffer.byteLength(body)));
  assert.equal(headers["cache-control"], "no-store");
  assert.equal(headers["set-cookie"], undefined);
  assert.match(body, /^0\{"sid":"[\w-]{20}","upgrades":\["websocket"\],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000\}$/);
});

scenario("http: what has no session is refused by the table", { ...once, proves: "EIO-007 EIO-009 EIO-030 EIO-002" }, async (w) => {
  const cases = [
    ["GET", "/socket.io/", 0],
    ["GET", "/socket.io/?EIO=4", 0],
    ["GET", "/socket.io/?EIO=4&transport=tcp", 0],
    ["GET", "/socket.io/?EIO=4&transport=Polling", 0],
    ["GET", "/socket.io/?EIO=4&transport=webtransport", 0],
    ["GET", "/socket.io/?EIO=4&transport=__proto__", 0],
    ["GET", "/socket.io/?EIO=4&transport=polling&sid=unknown", 1],
    ["POST", "/socket.io/?EIO=4&transport=polling&sid=unknown", 1],
    ["GET", "/socket.io/?EIO=4&transport=polling&sid=__proto__", 1],
    ["GET", "/socket.io/?EIO=4&transport=websocket&sid=unknown", 1],
    ["POST", "/socket.io/?EIO=4&transport=polling", 2],
    ["PUT", "/socket.io/?EIO=4&transport=polling", 2],
    ["DELETE", "/socket.io/?EIO=4&transport=polling", 2],
    ["OPTIONS", "/socket.io/?EIO=4&transport=polling", 2],
    ["POST", "/socket.io/?EIO=4&transport=websocket", 2],
    ["GET", "/socket.io/?EIO=4&transport=websocket", 3],
    ["GET", "/socket.io/?EIO=3&transport=polling", 5],
    ["GET", "/socket.io/?EIO=5&transport=polling", 5],
    ["GET", "/socket.io/?transport=polling", 5],
  ];
  for (const [method, path, code] of cases) {
    const answer = await w.http(method, path);
    assert.deepEqual(pick(answer), error(code), `${method} ${path}`);
    assert.match(answer.headers["content-type"], /^application\/json/, `${method} ${path}`);
  }
});

scenario("http: which paths are ours", { ...once, proves: "EIO-001 B-19 SRV-001" }, async (w) => {
  for (const path of ["/", "/socket.io?EIO=4&transport=polling", "/socket.io", "/socket", "/engine/?EIO=4&transport=polling", "/Socket.IO/?EIO=4&transport=polling"]) {
    assert.equal((await w.http("GET", path)).status, 404, path);
  }
  for (const path of ["/socket.io/foo?EIO=4&transport=polling", "/socket.io/?transport=polling&EIO=4&EIO=4&j="]) {
    assert.equal((await w.http("GET", path)).status, 200, path);
  }
});

scenario("http: a session refuses other protocols, transports and methods, and lives on",
  { ...once, proves: "EIO-042 NEW-01" }, async (w) => {
  const session = await w.poll();
  await session.join();
  const swapped = (from, to) => session.path.replace(from, to);
  assert.deepEqual(pick(await w.http("GET", swapped("EIO=4", "EIO=3"))), error(3));
  assert.deepEqual(pick(await w.http("GET", swapped("EIO=4&", ""))), error(3));
  assert.deepEqual(pick(await w.http("GET", swapped("polling", "websocket"))), error(3));
  for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
    assert.deepEqual(pick(await w.http(method, session.path)), { status: 500, body: "" }, method);
  }
  await session.alive();
});

scenario("http: a POST is answered ok", { ...once, proves: "EIO-041" }, async (w) => {
  const session = await w.poll();
  const { status, headers, body } = await session.post("40");
  assert.deepEqual({ status, body }, { status: 200, body: "ok" });
  assert.equal(headers["content-type"], "text/html");
  assert.equal(headers["content-length"], "2");
  assert.equal(headers["cache-control"], "no-store");
  assert.match((await session.get()).body, /^40\{"sid":"[\w-]{20}"\}$/);
});

scenario("http: payloads of several packets, in and out",
  { ...once, proves: "EIO-022 EIO-023 EIO-052 SIO-002" }, async (w) => {
  const session = await w.poll();
  await session.join();
  const packets = ['421["echo","é\u2028"]', '451-2["echo",{"_placeholder":true,"num":0}]', "bAQIDBA==", '423["echo"]'];
  assert.equal((await session.post(packets.join("\x1e"))).body, "ok");
  const expected = ['431["é\u2028"]', '461-2[{"_placeholder":true,"num":0}]', "bAQIDBA==", "433[]"];
  const got = [];
  while (got.length < expected.length) got.push(...(await session.get()).body.split("\x1e"));
  assert.deepEqual(got, expected);
});

scenario("http: a body sent in pieces", { ...once, proves: "EIO-041" }, async (w) => {
  const session = await w.poll();
  await session.join();
  const body = Buffer.from('427["echo","ž😀ž"]');
  const cut = body.indexOf(0x98);
  const head = `POST ${session.path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`;
  const chunk = (part) => Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]);
  const answer = await w.tcp(Buffer.concat([Buffer.from(head), chunk(body.subarray(0, cut)), chunk(body.subarray(cut)), Buffer.from("0\r\n\r\n")]));
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nok$/);
  assert.equal((await session.get()).body, '437["ž😀ž"]');
});

scenario("http: two GETs at once end the session", { ...once, proves: "EIO-040" }, async (w) => {
  const { gone } = await w.watch();
  const session = await w.poll();
  const id = await session.join();
  const both = [session.get(), session.get()];
  const [first, second] = (await Promise.all(both)).map(pick).sort((a, b) => a.status - b.status);
  assert.deepEqual(first, { status: 200, body: "1" });
  assert.deepEqual(second, { status: 400, body: "" });
  assert.equal(await gone(id), "transport error");
  await session.gone();
});

const partialPost = (path) => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n421["ec`;

scenario("http: two POSTs at once end the session", { ...once, proves: "EIO-041" }, async (w) => {
  const { gone } = await w.watch();
  const session = await w.poll();
  const id = await session.join();
  const unfinished = await w.tcpOpen(partialPost(session.path));
  // The second may overtake the first on its way in; being harmless, it can be repeated.
  let answer;
  do answer = pick(await session.post('42["num",1]'));
  while (answer.status === 200);
  assert.deepEqual(answer, { status: 400, body: "" });
  assert.equal(await gone(id), "transport error");
  await session.gone();
  unfinished.destroy();
});

scenario("http: a GET given up ends the session", { ...once, proves: "EIO-046" }, async (w) => {
  const { gone } = await w.watch();
  const session = await w.poll();
  const id = await session.join();
  // The end of the connection follows the request on it, so the request is seen first.
  (await w.tcpOpen(`GET ${session.path} HTTP/1.1\r\nHost: x\r\n\r\n`)).end();
  assert.equal(await gone(id), "transport error");
  await session.gone();
});

scenario("http: a POST given up ends the session", { ...once, proves: "EIO-047" }, async (w) => {
  const { gone } = await w.watch();
  const session = await w.poll();
  const id = await session.join();
  (await w.tcpOpen(partialPost(session.path))).end();
  assert.equal(await gone(id), "transport error");
  await session.gone();
});

scenario("http: application/octet-stream is not of this protocol", { ...once, proves: "EIO-037 B-02" }, async (w) => {
  const { gone } = await w.watch();
  const session = await w.poll();
  const id = await session.join();
  const headers = { "Content-Type": "application/octet-stream" };
  assert.deepEqual(pick(await session.post("42[]", { headers })), { status: 400, body: "" });
  assert.equal(await gone(id), "transport error");
  await session.gone();
});

/**
 * POSTs a payload while a GET is pending and gives the answers to both, the session and its socket's id. Whether a GET has arrived
 * cannot be seen from outside; one that came too late finds no session: then try again.
 */
async function postWhilePolling(w, payload) {
  for (let attempt = 1; ; attempt++) {
    const session = await w.poll();
    const id = await session.join();
    const pending = session.get();
    await sleep(10 * (attempt - 1)); // the more patient, the likelier
    const posted = pick(await session.post(payload));
    const polled = pick(await pending);
    if (polled.body !== error(1).body || attempt === 10) return { session, id, posted, polled };
  }
}

scenario("http: a packet of unknown type ends the session, those before it count",
  { ...once, proves: "EIO-024 EIO-050" }, async (w) => {
  const { gone } = await w.watch();
  const peer = await w.connect("/", { mode: "websocket" });
  await tell(peer, "join", "before the bad packet");
  const heard = new Promise((resolve) => peer.once("msg", resolve));
  for (const bad of ['42["room","before the bad packet","heard"]\x1ex', "", "9", "3\x1e\x1e"]) {
    const { session, id, polled } = await postWhilePolling(w, bad);
    assert.deepEqual(polled, { status: 200, body: "1" }, JSON.stringify(bad));
    assert.equal(await gone(id), "parse error");
    await session.gone();
  }
  // The official server hands events to listeners a tick later, when this socket has gone.
  if (w.impl === "go") assert.equal(await heard, "heard");
});

scenario("http: a ping from the client ends the session", { ...once, proves: "EIO-025" }, async (w) => {
  const { gone } = await w.watch();
  const session = await w.poll();
  const id = await session.join();
  await session.post("2");
  assert.equal(await gone(id), "transport error");
  await session.gone();
});

scenario("http: a close packet releases the pending GET and ends the session",
  { ...once, proves: "EIO-048" }, async (w) => {
  const { gone } = await w.watch();
  const { session, id, posted, polled } = await postWhilePolling(w, "1");
  assert.deepEqual(posted, { status: 200, body: "ok" });
  assert.deepEqual(polled, { status: 200, body: "6" });
  assert.equal(await gone(id), "transport close");
  await session.gone();
});

scenario("http: when the server closes, what it has sent waits for the next GET", { ...once, proves: "EIO-049 EIO-052" }, async (w) => {
  const { gone } = await w.watch();
  const session = await w.poll();
  const id = await session.join();
  await session.post('42["burst",3]\x1e42["kick-all"]');
  const packets = [];
  while (packets.at(-1) !== "1") packets.push(...(await session.get()).body.split("\x1e"));
  assert.deepEqual(packets.filter((packet) => packet !== "6"), ['42["n",0]', '42["n",1]', '42["n",2]', "41", "1"]);
  assert.equal(await gone(id), "server namespace disconnect");
  await session.gone();
});

scenario("http: a body over the limit is refused, the session lives on",
  { ...once, proves: "EIO-045 EIO-123 NEW-06", own: { "max-payload": 1000 } }, async (w) => {
  const session = await w.poll();
  assert.equal(session.maxPayload, 1000);
  await session.join();
  assert.deepEqual(pick(await session.post("4".repeat(1001))), { status: 413, body: "" });
  await session.alive();
  const text = "é".repeat((1000 - '421["echo",""]'.length) / 2);
  const exact = `421["echo","${text}"]`;
  assert.equal(Buffer.byteLength(exact), 1000);
  assert.equal((await session.post(exact)).body, "ok");
  assert.equal((await session.get()).body, `431["${text}"]`);
});

scenario("http: jsonp", { ...once, proves: "EIO-036" }, async (w) => {
  const base = "/socket.io/?EIO=4&transport=polling&j=7x";
  const open = await w.http("GET", base);
  assert.equal(open.status, 200);
  assert.match(open.headers["content-type"], /^text\/(plain|javascript); charset=UTF-8$/);
  const payload = (body) => {
    assert.match(body, /^___eio\[7\]\(".*"\);$/);
    return JSON.parse(body.slice("___eio[7](".length, -2));
  };
  const { sid } = JSON.parse(payload(open.body).slice(1));
  const path = `${base}&sid=${sid}`;
  const post = (packets) =>
    w.http("POST", path, { headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: `d=${encodeURIComponent(packets)}` });
  assert.deepEqual(pick(await post("40")), { status: 200, body: "ok" });
  assert.match(payload((await w.http("GET", path)).body), /^40\{"sid":/);
  await post('421["echo","\u2028 & = + é"]');
  const { body } = await w.http("GET", path);
  assert.ok(!body.includes("\u2028"), "U+2028 not escaped");
  assert.equal(payload(body), '431["\u2028 & = + é"]');
});

scenario("http: big answers are compressed unless told not to",
  { ...once, proves: "EIO-044 EIO-127 NEW-03 SRV-059" }, async (w) => {
  const session = await w.poll();
  await session.join();
  const text = "compressible ".repeat(500);
  const headers = { "Accept-Encoding": "gzip" };

  await session.post(`421["echo","${text}"]`);
  const plain = await session.get();
  assert.equal(plain.headers["content-encoding"], undefined);
  assert.equal(plain.body, `431["${text}"]`);

  await session.post(`422["echo","${text}"]`);
  const zipped = await session.get({ headers, raw: true });
  assert.equal(zipped.headers["content-encoding"], "gzip");
  assert.equal(zipped.headers["content-type"], "text/plain; charset=UTF-8");
  assert.equal(gunzipSync(zipped.body).toString(), `432["${text}"]`);

  await session.post('423["echo","small"]');
  const small = await session.get({ headers });
  assert.equal(small.headers["content-encoding"], undefined);
  assert.equal(small.body, '433["small"]');

  await session.post(`42["nocompress","${text}"]`);
  const asked = await session.get({ headers });
  assert.equal(asked.headers["content-encoding"], undefined);
  assert.equal(asked.body, `42["nocompress","${text}"]`);
});

scenario("http: old Internet Explorers are told not to filter", { ...once, proves: "EIO-043" }, async (w) => {
  for (const agent of ["Mozilla/4.0 (compatible;MSIE 8.0)", "Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0)"]) {
    const { headers } = await w.http("GET", "/socket.io/?EIO=4&transport=polling", { headers: { "User-Agent": agent } });
    assert.equal(headers["x-xss-protection"], "0", agent);
  }
  const { headers } = await w.http("GET", "/socket.io/?EIO=4&transport=polling", { headers: { "User-Agent": "Chrome" } });
  assert.equal(headers["x-xss-protection"], undefined);
});

const HOME = "https://home.example";
const FOREIGN = "https://foreign.example";
const HANDSHAKE = "/socket.io/?EIO=4&transport=polling";

scenario("cors: preflight and answers to the allowed origin",
  { ...once, proves: "EIO-131 SRV-113", own: { cors: HOME } }, async (w) => {
  const preflight = await w.http("OPTIONS", HANDSHAKE, {
    headers: { Origin: HOME, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-custom" },
  });
  assert.deepEqual(pick(preflight), { status: 204, body: "" });
  assert.equal(preflight.headers["access-control-allow-origin"], HOME);
  assert.equal(preflight.headers["access-control-allow-methods"], "GET,HEAD,PUT,PATCH,POST,DELETE");
  assert.equal(preflight.headers["access-control-allow-headers"], "x-custom");
  assert.match(preflight.headers.vary, /Origin/);
  assert.match(preflight.headers.vary, /Access-Control-Request-Headers/);

  for (const path of [HANDSHAKE, "/socket.io/socket.io.js"]) {
    const { status, headers } = await w.http("GET", path, { headers: { Origin: HOME } });
    assert.equal(status, 200);
    assert.equal(headers["access-control-allow-origin"], HOME, path);
    assert.match(headers.vary, /Origin/);
  }
});

scenario("cors: a foreign origin gets its answer but not the permission",
  { ...once, proves: "EIO-131", own: { cors: HOME } }, async (w) => {
  const { status, headers } = await w.http("GET", HANDSHAKE, { headers: { Origin: FOREIGN } });
  assert.equal(status, 200);
  assert.ok(![FOREIGN, "*"].includes(headers["access-control-allow-origin"]), "a foreign origin was allowed");
  const preflight = await w.http("OPTIONS", HANDSHAKE, { headers: { Origin: FOREIGN, "Access-Control-Request-Method": "POST" } });
  assert.ok(![FOREIGN, "*"].includes(preflight.headers["access-control-allow-origin"]), "a foreign origin was allowed");
});

scenario("cors: any origin", { ...once, proves: "EIO-131", own: { cors: "*" } }, async (w) => {
  const { headers } = await w.http("GET", HANDSHAKE, { headers: { Origin: FOREIGN } });
  assert.equal(headers["access-control-allow-origin"], "*");
  const session = await w.wsSession("EIO=4&transport=websocket");
  await session.join();
  const foreign = w.ws("EIO=4&transport=websocket", { headers: { Origin: FOREIGN } });
  await foreign.opened();
});

scenario("cors: switched off, no header and no preflight", { ...once, proves: "EIO-131" }, async (w) => {
  const { status, headers } = await w.http("GET", HANDSHAKE, { headers: { Origin: FOREIGN } });
  assert.equal(status, 200);
  assert.equal(headers["access-control-allow-origin"], undefined);
  const preflight = await w.http("OPTIONS", HANDSHAKE, { headers: { Origin: FOREIGN, "Access-Control-Request-Method": "POST" } });
  assert.deepEqual(pick(preflight), error(2));
});

scenario("client files: served, with an ETag that is honoured",
  { ...once, proves: "SRV-002 SRV-111 SRV-112 SRV-113" }, async (w) => {
  const path = "/socket.io/socket.io.js";
  const { status, headers, body } = await w.http("GET", `${path}?v=1`);
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "application/javascript; charset=utf-8");
  assert.equal(headers["cache-control"], "public, max-age=0");
  assert.match(headers.etag, /^"[^"]+"$/);
  assert.match(body, /\bio\b/);
  for (const tag of [headers.etag, `W/${headers.etag}`]) {
    const again = await w.http("GET", path, { headers: { "If-None-Match": tag } });
    assert.deepEqual(pick(again), { status: 304, body: "" }, tag);
  }
  const stale = await w.http("GET", path, { headers: { "If-None-Match": '"0.0.0"' } });
  assert.equal(stale.status, 200);
  assert.equal(stale.body, body);

  const zipped = await w.http("GET", path, { headers: { "Accept-Encoding": "gzip" }, raw: true });
  assert.equal(zipped.headers["content-encoding"], "gzip");
  assert.equal(gunzipSync(zipped.body).toString(), body);
});

scenario("client files: their names", { ...once, proves: "SRV-110 SRV-114 NEW-12" }, async (w) => {
  for (const name of ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"]) {
    const { status, headers, body } = await w.http("GET", `/socket.io/${name}`);
    assert.equal(status, 200, name);
    assert.match(headers["content-type"], /^application\/javascript/);
    assert.ok(body.length > 1000, name);
  }
  for (const name of ["socket.io.nope.js", "package.json", "../fixture.mjs", "..%2f..%2fpackage.json"]) {
    assert.deepEqual(pick(await w.http("GET", `/socket.io/${name}`)), error(0), name);
  }
});
