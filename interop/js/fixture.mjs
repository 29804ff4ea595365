// The control fixture: FIXTURE.md implemented on the official npm servers.
// usage: node fixture.mjs [--port N] [--ping-interval MS] … (all flags: FIXTURE.md)
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Server as EngineServer } from "engine.io";
import { Server } from "socket.io";
import jsonParser from "socket.io-json-parser";
import msgpackParser from "socket.io-msgpack-parser";

const PLAIN = ["/", "/chat", "/auth", "/slow", "/mw", "/guarded", "/any", "/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h"];
const ASK_TIMEOUT = 2000;
const SLOW_MIDDLEWARE = 1500;

const flag = (value) => ({ type: "string", default: value });
const { values: flags } = parseArgs({
  options: {
    port: flag("0"),
    "ping-interval": flag("25000"),
    "ping-timeout": flag("20000"),
    "upgrade-timeout": flag("10000"),
    "connect-timeout": flag("45000"),
    "max-payload": flag("1000000"),
    transports: flag("polling,websocket"),
    upgrades: flag("true"),
    eio3: flag("false"),
    parser: flag("default"),
    cors: flag(),
    "cors-options": flag("{}"),
    "compress-polling": flag("1024"),
    deflate: flag(),
    cookie: flag(),
    middleware: flag("false"),
    "client-files": flag("true"),
    cleanup: flag("false"),
    recovery: flag(),
    "recovery-middlewares": flag("false"),
  },
});

function deflate({ threshold, takeover, bits }) {
  return {
    threshold,
    serverNoContextTakeover: !takeover || undefined,
    clientNoContextTakeover: !takeover || undefined,
    ...(bits && { serverMaxWindowBits: bits, clientMaxWindowBits: bits }),
  };
}

function cors({ suffix, ...options }) {
  const listed = flags.cors === undefined ? [] : [flags.cors];
  const origin = suffix ? [...listed, new RegExp(`${suffix.replaceAll(".", "\\.")}$`)] : flags.cors;
  return origin && { origin, ...options };
}

const http = createServer((req, res) => {
  res.writeHead(404).end("not found");
});

const engineOptions = {
  pingInterval: Number(flags["ping-interval"]),
  pingTimeout: Number(flags["ping-timeout"]),
  upgradeTimeout: Number(flags["upgrade-timeout"]),
  maxHttpBufferSize: Number(flags["max-payload"]),
  transports: flags.transports.split(","),
  allowUpgrades: flags.upgrades === "true",
  allowEIO3: flags.eio3 === "true",
  httpCompression: flags["compress-polling"] === "off" ? false : { threshold: Number(flags["compress-polling"]) },
  perMessageDeflate: flags.deflate === undefined ? false : deflate(JSON.parse(flags.deflate)),
  cookie: flags.cookie === undefined ? false : JSON.parse(flags.cookie),
  cors: cors(JSON.parse(flags["cors-options"])),
  allowRequest: (req, callback) => callback(req._query.refuse, req._query.refuse === undefined),
};

const io = new Server(http, {
  ...engineOptions,
  connectTimeout: Number(flags["connect-timeout"]),
  parser: { default: undefined, json: jsonParser, msgpack: msgpackParser }[flags.parser],
  serveClient: flags["client-files"] === "true",
  cleanupEmptyChildNamespaces: flags.cleanup === "true",
  connectionStateRecovery:
    flags.recovery === undefined
      ? undefined
      : { maxDisconnectionDuration: Number(flags.recovery), skipMiddlewares: flags["recovery-middlewares"] !== "true" },
});

// -- hooks of the connection

const generateId = io.engine.generateId;
io.engine.generateId = (req) => {
  const { id } = req._query;
  if (id === "") throw new Error("no id");
  return id ?? generateId.call(io.engine, req);
};
io.engine.on("initial_headers", (headers) => (headers["X-First"] = "yes"));
io.engine.on("headers", (headers) => (headers["X-Every"] = "yes"));

const refusals = [];
io.engine.on("connection_error", ({ code, message, context }) => refusals.push({ code, message, name: context?.name ?? null }));

if (flags.middleware === "true") {
  io.engine.use((req, res, next) => {
    res.setHeader("X-Middleware", "on");
    if (req._query.stop === undefined) return next();
    res.writeHead(401).end("stopped");
  });
}

// -- events

/** Answer of an ask that waits for one client. */
const outcome = (err, answers) => (err ? { error: "timeout" } : { ok: answers });

/** Answer of an ask that waits for many clients. */
const tally = (err, responses) => ({ responses, timedOut: Boolean(err) });

/** Whom a step of a script goes to. */
function addressee(socket, words) {
  return words.reduce((to, word) => {
    const [operator, room] = word.split("=");
    switch (operator) {
      case "self": return to;
      case "all": return socket.nsp;
      case "others": return socket.broadcast;
      case "to": return to.to(room);
      case "except": return to.except(room);
      case "plain": return to.compress(false);
      default: return to[operator];
    }
  }, socket);
}

function attempt(step) {
  try {
    step();
    return "ok";
  } catch {
    return "refused";
  }
}

/** What every event does: called with the socket, its state, the arguments and the ack (a no-op when none was asked for). */
const handlers = {
  // -- echoes and introspection
  echo: ({ socket, args, ack, wantsAck }) => (wantsAck ? ack(...args) : socket.emit("echo", ...args)),
  whoami: ({ socket, ack }) =>
    ack({ id: socket.id, rooms: [...socket.rooms].sort(), auth: socket.handshake.auth, nsp: socket.nsp.name }),
  handshake: ({ socket, ack }) => {
    const { query, headers, address, secure, xdomain, url, issued } = socket.handshake;
    ack({ query, header: headers["x-fixture"] ?? null, address, secure, xdomain, url, issued });
  },
  self: ({ socket, ack }) =>
    ack({ recovered: socket.recovered, connected: socket.connected, transport: socket.conn.transport.name }),
  data: ({ socket, ack }) => ack(socket.data.value ?? null),
  "set-data": ({ socket, args: [value], ack }) => ((socket.data.value = value), ack("ok")),
  count: ({ socket, ack }) => ack(socket.nsp.sockets.size),
  clients: ({ ack }) => ack(io.engine.clientsCount),
  has: ({ socket, args: [id], ack }) => ack(socket.nsp.sockets.has(id)),
  refusals: ({ ack }) => ack(refusals.splice(0)),
  created: ({ ack }) => ack(created),
  seen: ({ state, ack }) => ack(state.seen.splice(0)),
  dropped: ({ state, ack }) => ack(state.dropped.splice(0)),
  "room-events": ({ socket, args: [prefix], ack }) =>
    ack(roomEvents.get(socket.nsp.name).filter(([, room]) => room.startsWith(prefix))),

  // -- broadcasts and rooms
  bcast: ({ socket, args, ack }) => (socket.nsp.emit("msg", ...args), ack("ok")),
  others: ({ socket, args, ack }) => (socket.broadcast.emit("msg", ...args), ack("ok")),
  join: ({ socket, args: [rooms], ack }) => (socket.join(rooms), ack("ok")),
  leave: ({ socket, args: [room], ack }) => (socket.leave(room), ack("ok")),
  room: ({ socket, args: [rooms, ...rest], ack }) => (socket.nsp.to(rooms).emit("msg", ...rest), ack("ok")),
  "room-others": ({ socket, args: [rooms, ...rest], ack }) => (socket.to(rooms).emit("msg", ...rest), ack("ok")),
  except: ({ socket, args: [rooms, ...rest], ack }) => (socket.nsp.except(rooms).emit("msg", ...rest), ack("ok")),
  "room-except": ({ socket, args: [rooms, excluded, ...rest], ack }) => {
    socket.nsp.to(rooms).except(excluded).emit("msg", ...rest);
    ack("ok");
  },
  family: ({ args, ack }) => (numbered.emit("msg", ...args), ack("ok")),
  script: ({ socket, args: [steps], ack }) =>
    ack(steps.map(([words, ...event]) => attempt(() => addressee(socket, words.split(" ")).emit(...event)))),
  fetch: async ({ socket, args: [room], ack }) =>
    ack((await socket.nsp.in(room).fetchSockets()).map((s) => s.id).sort()),
  describe: async ({ socket, args: [room], ack }) => {
    const list = (await socket.nsp.in(room).fetchSockets()).map(({ id, rooms, data, handshake }) => {
      return { id, rooms: [...rooms].sort(), data: data.value ?? null, auth: handshake.auth };
    });
    ack(list.sort((a, b) => (a.id < b.id ? -1 : 1)));
  },
  remote: async ({ socket, args: [room, what, ...rest], ack }) => {
    for (const s of await socket.nsp.in(room).fetchSockets()) s[what](...rest);
    ack("ok");
  },
  "sockets-join": ({ socket, args: [room, added], ack }) => (socket.nsp.in(room).socketsJoin(added), ack("ok")),
  "sockets-leave": ({ socket, args: [room, removed], ack }) => (socket.nsp.in(room).socketsLeave(removed), ack("ok")),
  evict: ({ socket, args: [room, close], ack }) => (socket.nsp.in(room).disconnectSockets(close), ack("ok")),

  // -- asking clients
  ask: ({ socket, args: [ev, ...rest], ack }) => {
    socket.timeout(ASK_TIMEOUT).emit(ev, ...rest, (err, ...answers) => ack(outcome(err, answers)));
  },
  "self-ask": ({ socket, args: [ev, ...rest], ack }) =>
    new Promise((done) => {
      socket.timeout(ASK_TIMEOUT).emit(ev, ...rest, (err, ...answers) => done(ack(outcome(err, answers))));
    }),
  "ask-all": ({ socket, args: [ms, ev, ...rest], ack }) => {
    socket.nsp.timeout(ms).emit(ev, ...rest, (err, responses) => ack(tally(err, responses)));
  },
  "ask-room": ({ socket, args: [ms, rooms, ev, ...rest], ack }) => {
    socket.nsp.to(rooms).timeout(ms).emit(ev, ...rest, (err, responses) => ack(tally(err, responses)));
  },

  // -- traffic
  burst: ({ socket, args: [n], ack }) => {
    for (let i = 0; i < n; i++) socket.emit("n", i);
    ack("ok");
  },
  big: ({ socket, args: [size], ack }) => {
    socket.emit("big", Buffer.from(Uint8Array.from({ length: size }, (_, i) => i % 251)));
    ack("ok");
  },
  num: ({ state, args: [i] }) => void state.numbers.push(i),
  order: ({ state, ack }) => {
    const numbers = state.numbers.splice(0);
    const inversions = numbers.filter((n, i) => i > 0 && n <= numbers[i - 1]).length;
    ack({ count: numbers.length, inversions });
  },
  volatile: ({ socket, args, ack }) => (socket.volatile.emit("volatile", ...args), ack("ok")),
  nocompress: ({ socket, args, ack }) => (socket.compress(false).emit("nocompress", ...args), ack("ok")),

  // -- handlers that misbehave
  slow: async ({ args: [ms], ack }) => (await sleep(ms), ack("ok")),
  boom: () => {
    throw new Error("boom");
  },
  panic: () => {
    throw new Error("panic");
  },

  // -- disconnecting
  kick: ({ socket }) => void socket.disconnect(),
  "kick-all": ({ socket }) => void socket.disconnect(true),
  "burst-kick": ({ socket, args: [n] }) => {
    for (let i = 0; i < n; i++) socket.emit("n", i);
    socket.disconnect();
  },
};

const INTERNAL_ERROR = { error: { message: "internal error" } };

/** Runs the handlers of one socket one at a time, in order of arrival. */
function serve(socket) {
  const state = { numbers: [], seen: [], dropped: [] };
  let tail = Promise.resolve();
  for (const [event, handler] of Object.entries(handlers)) {
    socket.on(event, (...args) => {
      const wantsAck = typeof args.at(-1) === "function";
      const ack = wantsAck ? args.pop() : () => {};
      tail = tail
        .then(() => handler({ socket, state, args, ack, wantsAck }))
        .catch(() => event !== "panic" && ack(INTERNAL_ERROR));
    });
  }
  let rooms = [];
  socket.on("disconnecting", () => (rooms = [...socket.rooms].sort()));
  socket.on("disconnect", (reason) => {
    socket.nsp.to("watch").emit("left", { id: socket.id, reason, rooms });
  });
  if (socket.nsp.name === "/chat") socket.emit("welcome", { id: socket.id });
  if (socket.nsp.name === "/any") record(socket, state);
  if (socket.nsp.name === "/guarded") guard(socket, state);
}

/** Keeps what goes in and out, but for the event that asks for it. */
function record(socket, { seen }) {
  const plain = (args) => args.filter((arg) => typeof arg !== "function");
  socket.onAny((event, ...args) => event !== "seen" && seen.push(["in", event, ...plain(args)]));
  socket.onAnyOutgoing((event, ...args) => seen.push(["out", event, ...plain(args)]));
}

function guard(socket, { dropped }) {
  socket.use(([event], next) => next(event.startsWith("forbidden") ? new Error(event) : undefined));
  socket.use((packet, next) => {
    if (packet[0] === "echo") packet[1] = `guarded ${packet[1]}`;
    next();
  });
  socket.on("error", ({ message }) => dropped.push(message));
}

// -- namespaces

const roomEvents = new Map();

function watchRooms({ name, adapter }) {
  const events = [];
  roomEvents.set(name, events);
  for (const kind of ["create-room", "join-room", "leave-room", "delete-room"]) {
    adapter.on(kind, (...about) => events.push([kind, ...about]));
  }
}

const created = [];
io.on("new_namespace", (nsp) => {
  created.push(nsp.name);
  watchRooms(nsp);
});
watchRooms(io.of("/"));

for (const name of PLAIN) io.of(name).on("connection", serve);

const numbered = io.of(/^\/dyn-\d{1,4}$/);
const chosen = io.of((name, auth, next) => next(null, name.startsWith("/fn-") && auth.open === true));
for (const parent of [numbered, chosen]) {
  parent.use((socket, next) => next(socket.handshake.auth.stop ? new Error("stopped") : undefined));
  parent.on("connection", serve);
}

io.of("/auth").use((socket, next) => {
  if (socket.handshake.auth.token === "secret") return next();
  next(Object.assign(new Error("unauthorized"), { data: { code: 401 } }));
});

io.of("/slow").use((socket, next) => {
  setTimeout(next, SLOW_MIDDLEWARE);
});

io.of("/mw")
  .use((socket, next) => {
    const before = socket.recovered ? socket.data.value : [];
    socket.data.value = [...before, "first", { connected: socket.connected, rooms: socket.rooms.size }];
    socket.join("from a middleware");
    socket.emit("early", socket.id);
    next();
  })
  .use((socket, next) => {
    socket.data.value.push("second");
    next(socket.handshake.auth.stop ? new Error("stopped") : undefined);
  })
  .on("connection", (socket) => socket.data.value.push("connection"));

// -- Engine.IO alone

const engine = new EngineServer(engineOptions);
engine.attach(http, { path: "/engine.io", destroyUpgrade: false });
engine.on("connection", (socket) => {
  socket.on("message", (data) => (data === "close" ? socket.close() : socket.send(data)));
});

process.once("SIGTERM", async () => {
  await Promise.race([io.close(), sleep(300)]);
  process.exit(0);
});

http.on("error", (err) => {
  console.error(String(err));
  process.exit(1);
});
http.listen(Number(flags.port), "127.0.0.1", () => {
  console.log(`listening http://127.0.0.1:${http.address().port}`);
});
