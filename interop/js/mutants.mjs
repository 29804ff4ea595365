// Proves that the scenarios can fail: breaks the control fixture on purpose, one way at a time, and expects a scenario to notice.
// usage: node mutants.mjs [TEXT]   only the mutants whose name contains TEXT
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const original = readFileSync(here("fixture.mjs"), "utf8");
const TIMEOUT = 'connectTimeout: Number(flags["connect-timeout"])';
const option = (text) => [TIMEOUT, `${TIMEOUT}, ${text}`];

/** name: [the scenarios to run, with the newest client or "@" another, what to replace, with what, what else to replace, with what …] */
const MUTANTS = {
  "echo answers twice": ["namespace: several share", "socket.emit(\"echo\", ...args)", "socket.emit(\"echo\", ...args) && socket.emit(\"echo\", \"again\")"],
  "echo loses its last argument": ["echo: constants", "ack(...args) :", "ack(...args.slice(0, -1)) :"],
  "events go out late now and then": ["binary: attachments keep", "socket.emit(\"echo\", ...args)", "setTimeout(() => socket.emit(\"echo\", ...args), Math.random() * 5)"],
  "a burst is out of order": ["order: 1,000", "socket.emit(\"n\", i);\n    ack", "socket.emit(\"n\", i ^ 1);\n    ack"],
  "big is one byte short": ["binary: pushed", "{ length: size }", "{ length: Math.max(0, size - 1) }"],
  "except excepts nobody": ["rooms: everybody except", "socket.nsp.except(rooms).emit", "socket.nsp.emit"],
  "others includes the sender": ["broadcast: to everybody but", "socket.broadcast.emit", "socket.nsp.emit"],
  "room-others includes the sender": ["rooms: to a room but", "socket.to(rooms).emit", "socket.nsp.to(rooms).emit"],
  "leave does not": ["rooms: join and leave", "socket.leave(room), ", ""],
  "binary broadcasts become JSON": ["broadcast: binary", "socket.nsp.emit(\"msg\", ...args), ack", "socket.nsp.emit(\"msg\", ...JSON.parse(JSON.stringify(args))), ack"],
  "a broadcast ack never admits a timeout": ["broadcast ack: one is silent", "timedOut: Boolean(err)", "timedOut: false"],
  "handlers of a socket run at once": ["slow: a blocked", "tail = tail\n        .then(() => handler", "Promise.resolve()\n        .then(() => handler"],
  "acks wait behind handlers": ["ack: a handler asks its own", "let tail = Promise.resolve();", "let tail = Promise.resolve();\n  const onack = socket.onack.bind(socket);\n  socket.onack = (packet) => (tail = tail.then(() => onack(packet)));"],
  "an error tells its text": ["events: a handler's error", ".catch(() => event", ".catch(({ message }) => ack({ error: { message } }) && event"],
  "everybody is authorized": ["auth: refused", "token === \"secret\"", "token !== 0"],
  "a refusal has no data": ["auth: refused", "{ data: { code: 401 } }", "{}"],
  "every namespace exists": ["namespace: an unknown", "for (const name of PLAIN) io", "io.of(/./).on(\"connection\", serve);\nfor (const name of PLAIN) io"],
  "kick cuts the connection": ["server disconnect: told", "void socket.disconnect()", "void socket.conn.close()"],
  "a disconnect overtakes events": ["server disconnect: what was emitted", "socket.emit(\"n\", i);\n    socket", "setTimeout(() => socket.emit(\"n\", i));\n    socket"],
  "reasons are all the same": ["client gone", "{ id: socket.id, reason, rooms }", "{ id: socket.id, reason: \"transport close\", rooms }"],
  "silent clients are kept": ["heartbeat: a frozen client", "pingTimeout: Number", "pingTimeout: 20 * Number"],
  "the connect timeout is ignored": ["connect timeout", "connectTimeout: Number", "connectTimeout: 100 * Number"],
  "the payload limit is ignored": ["payload limit: a message over", "maxHttpBufferSize: Number", "maxHttpBufferSize: 100 * Number"],
  "the upgrade timeout is ignored": ["upgrade: an attempt not finished", "upgradeTimeout: Number", "upgradeTimeout: 100 * Number"],
  "upgrades are not offered": ["connect: the connection ends", ...option("allowUpgrades: false")],
  "protocol 3 is let in": ["http: what has no session", ...option("allowEIO3: true")],
  "a cookie is set": ["http: the handshake", ...option("cookie: true")],
  "no client files": ["client files", 'flags["client-files"] === "true"', "false"],
  "WebSocket compression is on": ["websocket: sub-protocols", ...option("perMessageDeflate: true")],
  "HTTP compression is off": ["http: big answers", ...option("httpCompression: false")],
  "compress(false) is ignored": ["http: big answers", "socket.compress(false)", "socket"],
  "every origin is allowed": ["cors: a foreign", "return origin && { origin,", "return origin && { origin: true,"],
  "eleven attachments are taken": ["packets: what ends", "parser: { default: undefined", "parser: { default: { Encoder, Decoder: class extends Decoder { constructor() { super({ maxAttachments: 99 }); } } }", "import { Server } from \"socket.io\";", "import { Server } from \"socket.io\";\nimport { Decoder, Encoder } from \"socket.io-parser\";"],
  "bad packets are swallowed": ["packets: what ends", "parser: { default: undefined", "parser: { default: { Encoder, Decoder: class extends Decoder { add(chunk) { try { super.add(chunk); } catch {} } } }", "import { Server } from \"socket.io\";", "import { Server } from \"socket.io\";\nimport { Decoder, Encoder } from \"socket.io-parser\";"],
  "SIGTERM is ignored": ["connect: every id", "process.exit(0);\n", "\n", "io.close(), ", "new Promise(() => {}), "],
  "it crashes on unknown events": ["events: an unknown", "  let rooms = [];", "  socket.onAny((event) => event in handlers || process.exit(3));\n  let rooms = [];"],
  "recovery keeps nothing": ["recovery: the same id", "flags.recovery === undefined", "true"],
  "recovery forgets the data": ["recovery: the same id", "socket.data.value ?? null", "(socket.recovered ? null : socket.data.value ?? null)"],
  "recovery always runs middlewares": ["recovery: middlewares are not", 'flags["recovery-middlewares"] !== "true"', "false"],
  "recovery never runs middlewares": ["recovery: middlewares are run again", 'flags["recovery-middlewares"] !== "true"', "true"],
  "recovery outlives its time": ["recovery: a client that is away too long", "maxDisconnectionDuration: Number(flags.recovery)", "maxDisconnectionDuration: 60_000"],
  "volatile is ordinary": ["volatile: of two", 'case "self": return to;', 'case "volatile":\n      case "self": return to;'],
  "everything is volatile": ["volatile: not after", 'case "self": return to;', 'case "self": return to.volatile;'],
  "msgpack is JSON": ["msgpack: the packets", "msgpack: msgpackParser", "msgpack: jsonParser"],
  "JSON is the default": ["json: the packets", "json: jsonParser", "json: undefined"],
  "clients of version 2 stay out": ["v2: connected@2.5.0", 'allowEIO3: flags.eio3 === "true"', "allowEIO3: false"],
  "small messages are compressed": ["deflate: large messages", "    threshold,\n", "    threshold: 0,\n"],
  "nothing is compressed": ["deflate: large messages", "perMessageDeflate: flags.deflate === undefined", "perMessageDeflate: true"],
  "the window is always large": ["deflate: a small window", "...(bits && {", "...(0 && {"],
  "context is always taken over": ["deflate: without context", "!takeover || undefined", "undefined"],
  "polling compresses from 1 KiB": ["compression: of polling, from", '{ threshold: Number(flags["compress-polling"]) }', "true"],
  "cookies are as by default": ["cookie: its name", "JSON.parse(flags.cookie)", "true"],
  "every answer is the first": ["headers: a hook", 'io.engine.on("initial_headers"', 'io.engine.on("headers"'],
  "ids are random": ["id: made", "return id ?? generateId", "return generateId"],
  "everybody is admitted": ["admission: refused", "req._query.refuse === undefined)", "true)"],
  "refusals have no names": ["refusals:", "context?.name ?? null", "null"],
  "credentials are not allowed": ["cors: credentials", "return origin && { origin, ...options }", "return origin && { origin, ...options, credentials: false }"],
  "suffixes match anywhere": ["cors: origins that are matched", '"\\\\.")}$`', '"\\\\.")}`'],
  "middlewares of HTTP let all pass": ["middleware: of HTTP, may", "req._query.stop === undefined", "true"],
  "a family has no middlewares": ["family: children", "parent.use((socket, next) => next(", "parent.use((socket, next) => next(undefined && "],
  "a family looks at no credentials": ["family: a function", "auth.open === true", "true"],
  "a family is always cleaned up": ["family: an empty one stays", 'flags.cleanup === "true"', "true"],
  "an event to a family reaches everybody": ["family: an event to all", "numbered.emit(", "io.of(\"/a\").emit(\"msg\"), numbered.emit("],
  "events are not guarded": ["middleware: of events, dropping", 'event.startsWith("forbidden")', "false"],
  "events out are not seen": ["any: every event that goes out", "socket.onAnyOutgoing(", "socket.onAnyIncoming?.("],
  "middlewares join nothing": ["middleware: may join", '    socket.join("from a middleware");\n', ""],
  "descriptions have no rooms": ["fetch: sockets are described", "rooms: [...rooms].sort(), data", "rooms: [id], data"],
  "fetched sockets are not told": ["fetch: fetched sockets are emitted", "s[what](...rest);", 'what === "emit" || s[what](...rest);'],
  "news of rooms are lost": ["rooms: news of them, in order", '"leave-room", "delete-room"', '"leave-room"'],
  "who leaves has no rooms": ["rooms: who leaves", "(rooms = [...socket.rooms].sort())", "(rooms = [socket.id])"],
  "exceptions do not add up": ["broadcast: rooms are united", "return to.except(room)", "return to"],
  "reserved names go out": ["emit: reserved", 'return "refused";', 'return "ok";'],
  "connections outlive their eviction": ["server disconnect: of the whole connections", "disconnectSockets(close)", "disconnectSockets()"],
  "engine: binary becomes text": ["engine v4: texts", "socket.send(data)", "socket.send(String(data))"],
  "engine: it does not close": ["engine v4: closed", 'data === "close"', 'data === "never"'],
};

mkdirSync(here("node_modules/.mutants"), { recursive: true });
const wanted = process.argv[2] ?? "";
let survivors = 0;
for (const [name, [only, ...edits]] of Object.entries(MUTANTS)) {
  if (!name.includes(wanted)) continue;
  let text = original;
  for (let i = 0; i < edits.length; i += 2) {
    if (!text.includes(edits[i])) throw new Error(`mutant "${name}": the fixture no longer has ${edits[i]}`);
    text = text.replace(edits[i], () => edits[i + 1]);
  }
  const path = here("node_modules/.mutants/fixture.mjs");
  writeFileSync(path, text);
  const [scenarios, client = "4.8.4"] = only.split("@");
  const args = ["--fixture", `${process.execPath} ${path}`, "--only", scenarios, "--clients", client];
  const run = spawnSync(process.execPath, [here("run.mjs"), ...args], { encoding: "utf8" });
  // A fixture that does not even start proves nothing.
  if (run.stdout.includes("fixture exited with 1")) throw new Error(`mutant "${name}" does not start\n${run.stdout}`);
  const noticed = run.status === 1;
  if (!noticed) survivors++;
  console.log(`${noticed ? "ok" : "not ok"} - ${name}`);
}
console.log(`# survivors ${survivors}`);
process.exit(survivors > 0 ? 1 : 0);
