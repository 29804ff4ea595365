// The types users see. The compiler is the test: `npm run check`.
import io, { connect, io as named, Manager, protocol, Socket, type DisconnectReason, type ExtendedError } from "../dist/socket.io.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expect<_ extends true>(): void {}

interface ServerToClient {
  news: (text: string, tags: string[]) => void;
  ask: (question: string, answer: (text: string) => void) => void;
}

interface ClientToServer {
  post: (text: string) => void;
  save: (text: string, done: (id: number) => void) => void;
  check: (done: (err: Error, ok: boolean) => void) => void;
  flush: (done: () => void) => void;
}

const typed: Socket<ServerToClient, ClientToServer> = io("http://localhost");
const inferred = io<ServerToClient, ClientToServer>("/chat", { auth: { token: "x" } });
const untyped = named({ transports: ["websocket"], reconnectionDelay: 5 });
expect<Equal<typeof inferred, typeof typed>>();
expect<Equal<typeof protocol, number> extends true ? true : Equal<typeof protocol, 5>>();

// Listening

typed.on("news", (text, tags) => {
  expect<Equal<typeof text, string>>();
  expect<Equal<typeof tags, string[]>>();
});
typed.once("ask", (question, answer) => answer(question));
typed.on("connect", () => {});
typed.on("connect_error", (err) => {
  expect<Equal<typeof err, ExtendedError>>();
  void err.data.code;
});
typed.on("disconnect", (reason, details) => {
  expect<Equal<typeof reason, DisconnectReason>>();
  expect<Equal<typeof reason, Socket.DisconnectReason>>();
  if (details instanceof Error) void details.message;
  else void details?.description;
});
typed.off("news").off();
// @ts-expect-error: the server does not send it
typed.on("post", () => {});
// @ts-expect-error: wrong arguments
typed.on("news", (text: number) => text);
// @ts-expect-error: no such reserved event
typed.on("connection", () => {});

untyped.on("anything", (a, b) => void [a.x, b.y]);
untyped.on("connect_error", (err) => void err.message);
typed.onAny((event, ...args) => void [event, args]);

// Emitting

typed.emit("post", "text").emit("post", "more");
typed.emit("save", "text", (id) => expect<Equal<typeof id, number>>());
typed.volatile.compress(false).emit("post", "text");
// @ts-expect-error: missing argument
typed.emit("post");
// @ts-expect-error: wrong argument
typed.emit("post", 1);
// @ts-expect-error: only the server sends it
typed.emit("news", "text", []);
// @ts-expect-error: missing callback
typed.emit("save", "text");
untyped.emit("anything", 1, "x", new Uint8Array(1), (answer: string) => answer);

// Acknowledgements

typed.timeout(1000).emit("save", "text", (err, id) => {
  expect<Equal<typeof err, Error>>();
  expect<Equal<typeof id, number>>();
});
// @ts-expect-error: after timeout() the callback gets an error first
typed.timeout(1000).emit("save", "text", (id: number) => id);

async function acknowledgements(): Promise<void> {
  const id = await typed.emitWithAck("save", "text");
  expect<Equal<typeof id, number>>();
  const late = await typed.timeout(1000).emitWithAck("save", "text");
  expect<Equal<typeof late, number>>();
  const ok = await typed.emitWithAck("check");
  expect<Equal<typeof ok, boolean>>();
  const nothing = await typed.emitWithAck("flush");
  expect<Equal<typeof nothing, void>>();
  // @ts-expect-error: it has no callback
  await typed.emitWithAck("post", "text");
  // @ts-expect-error: wrong argument
  await typed.emitWithAck("save", 1);
  const any = await untyped.emitWithAck("anything", 1, 2);
  void any.x;
}
void acknowledgements;

// Managers

const manager = new Manager("http://localhost", { reconnection: false });
const socket: Socket = manager.socket("/x", { auth: (send) => send({ token: 1 }) });
manager.socket("/y", { auth: async () => ({ token: 1 }) });
manager.on("reconnect_attempt", (n) => expect<Equal<typeof n, number>>());
manager.reconnectionDelay(5).timeout(false).open((err) => err?.message);
expect<Equal<ReturnType<typeof manager.engine.close>, typeof manager.engine>>();
void [connect("http://x").id, socket.io.opts.path, socket.recovered, socket.active, socket.sendBuffer.length];

// A generic helper keeps the types.
function subscribe(to: Socket<ServerToClient, ClientToServer>): () => void {
  const listener = (text: string): void => void to.emit("post", text);
  to.on("news", listener);
  return () => to.off("news", listener);
}
void subscribe(typed);
