// The control fixture: FIXTURE.md implemented on the official npm server.
// usage: node fixture.mjs [--port N] [--ping-interval MS] … (all flags: FIXTURE.md)
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Server } from "socket.io";
import jsonParser from "socket.io-json-parser";
import msgpackParser from "socket.io-msgpack-parser";

const PLAIN = ["/", "/chat", "/auth", "/slow", "/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h"];
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
    cors: { type: "string" },
    parser: flag("default"),
    deflate: { type: "string" },
    recovery: { type: "string" },
  },
});

const http = createServer((req, res) => {
  res.writeHead(404).end("not found");
});

const io = new Server(http, {
  pingInterval: Number(flags["ping-interval"]),
  pingTimeout: Number(flags["ping-timeout"]),
  upgradeTimeout: Number(flags["upgrade-timeout"]),
  connectTimeout: Number(flags["connect-timeout"]),
  maxHttpBufferSize: Number(flags["max-payload"]),
  cors: flags.cors === undefined ? undefined : { origin: flags.cors },
  parser: { default: undefined, json: jsonParser, msgpack: msgpackParser }[flags.parser],
  perMessageDeflate: flags.deflate === undefined ? false : JSON.parse(flags.deflate),
  connectionStateRecovery: flags.recovery === undefined ? undefined : { maxDisconnectionDuration: Number(flags.recovery) },
});

/** Answers of an ask that waits for one client. */
const outcome = (err, answers) => (err ? { error: "timeout" } : { ok: answers });

/** Answer of an ask that waits for many clients. */
const tally = (err, responses) => ({ responses, timedOut: Boolean(err) });

/** What every event does: called with the socket, its state, the arguments and the ack (a no-op when none was asked for). */
const handlers = {
  // -- echoes and introspection
  echo: ({ socket, args, ack, wantsAck }) => (wantsAck ? ack(...args) : socket.emit("echo", ...args)),
  whoami: ({ socket, ack }) =>
    ack({ id: socket.id, rooms: [...socket.rooms].sort(), auth: socket.handshake.auth, nsp: socket.nsp.name }),
  handshake: ({ socket, ack }) => {
    const { query, headers } = socket.handshake;
    ack({ query, header: headers["x-fixture"] ?? null });
  },
  count: ({ socket, ack }) => ack(socket.nsp.sockets.size),
  has: ({ socket, args: [id], ack }) => ack(socket.nsp.sockets.has(id)),

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
  fetch: async ({ socket, args: [room], ack }) =>
    ack((await socket.nsp.in(room).fetchSockets()).map((s) => s.id).sort()),
  "sockets-join": ({ socket, args: [room, added], ack }) => (socket.nsp.in(room).socketsJoin(added), ack("ok")),
  "sockets-leave": ({ socket, args: [room, removed], ack }) => (socket.nsp.in(room).socketsLeave(removed), ack("ok")),
  evict: ({ socket, args: [room], ack }) => (socket.nsp.in(room).disconnectSockets(), ack("ok")),

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
  const state = { numbers: [] };
  let tail = Promise.resolve();
  socket.onAny((event, ...args) => {
    const handler = Object.hasOwn(handlers, event) ? handlers[event] : undefined;
    if (!handler) return;
    const wantsAck = typeof args.at(-1) === "function";
    const ack = wantsAck ? args.pop() : () => {};
    tail = tail
      .then(() => handler({ socket, state, args, ack, wantsAck }))
      .catch(() => event !== "panic" && ack(INTERNAL_ERROR));
  });
  socket.on("disconnect", (reason) => {
    socket.nsp.to("watch").emit("left", { id: socket.id, reason });
  });
  if (socket.nsp.name === "/chat") socket.emit("welcome", { id: socket.id });
}

for (const name of PLAIN) io.of(name).on("connection", serve);

io.of("/auth").use((socket, next) => {
  if (socket.handshake.auth.token === "secret") return next();
  next(Object.assign(new Error("unauthorized"), { data: { code: 401 } }));
});

io.of("/slow").use((socket, next) => {
  setTimeout(next, SLOW_MIDDLEWARE);
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
