// What an application may rely on, checked with our declarations and with those of the published client: the module "client"
// is the one, then the other (tsconfig.json here, and tsconfig.published.json). The compiler is the test: `npm run check`.
import io, {
  connect,
  type DisconnectDescription,
  type ExtendedError,
  Fetch,
  io as named,
  Manager,
  type ManagerOptions,
  type ManagerReservedEvents,
  NodeWebSocket,
  NodeXHR,
  protocol,
  Socket,
  type SocketOptions,
  type SocketReservedEvents,
  WebSocket as WebSocketTransport,
  WebTransport as WebTransportTransport,
  XHR,
} from "client";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expect<_ extends true>(): void {}

interface ServerToClient {
  news: (text: string, tags: string[]) => void;
  ask: (question: string, answer: (text: string) => void) => void;
  nothing: () => void;
}

interface ClientToServer {
  post: (text: string) => void;
  save: (text: string, done: (id: number) => void) => void;
}

const typed: Socket<ServerToClient, ClientToServer> = io("http://localhost");
const same: Socket<ServerToClient> = io();
const untyped: Socket = named("http://localhost", { transports: ["websocket"], reconnectionDelay: 5 });
connect({ path: "/x" });

// Without types anything goes.
untyped.on("anything", (...args) => expect<Equal<typeof args, any[]>>());
untyped.on("connect", () => {});
untyped.emit("anything", 1, "x", new Uint8Array(1), { a: [] }, (answer: string) => answer);
untyped.emit("alone");
const answer = untyped.emitWithAck("anything", 1);
expect<Equal<typeof answer, Promise<any>>>();
untyped.timeout(5).emit("anything", (err: Error, value: string) => [err, value]);

// With one map both directions are the same.
same.on("news", (text) => expect<Equal<typeof text, string>>());
same.emit("news", "text", []);
// @ts-expect-error: wrong arguments
same.emit("news", 1);

// Listening.
typed.on("news", (text, tags) => {
  expect<Equal<typeof text, string>>();
  expect<Equal<typeof tags, string[]>>();
});
typed.once("ask", (question, answer) => answer(question));
typed.on("nothing", (...args) => expect<Equal<typeof args, []>>());
typed.off("news").off();
typed.removeAllListeners("news").removeListener("ask", () => {});
// @ts-expect-error: the server does not send it
typed.on("post", () => {});
// @ts-expect-error: wrong arguments
typed.on("news", (text: number) => text);
// @ts-expect-error: too many arguments
typed.on("news", (text: string, tags: string[], more: number) => [text, tags, more]);
// @ts-expect-error: no such reserved event
typed.on("connection", () => {});

// Reserved events.
typed.on("connect", () => {});
typed.on("connect_error", (err) => {
  expect<Equal<typeof err, ExtendedError>>();
  void err.data.code;
});
typed.on("disconnect", (reason, details) => {
  expect<Equal<typeof reason, Socket.DisconnectReason>>();
  expect<Equal<typeof details, DisconnectDescription | undefined>>();
  if (details instanceof Error) void details.message;
  else void [details?.description, details?.context];
  switch (reason) {
    case "io server disconnect":
    case "io client disconnect":
    case "ping timeout":
    case "transport close":
    case "transport error":
    case "parse error":
  }
});
// @ts-expect-error: it has no arguments
typed.on("connect", (x: number) => x);
// @ts-expect-error: only we are told
typed.emit("connect");

// Emitting.
typed.emit("post", "text").emit("post", "more");
typed.emit("save", "text", (id) => expect<Equal<typeof id, number>>());
typed.volatile.compress(false).emit("post", "text");
typed.send("x");
// @ts-expect-error: missing argument
typed.emit("post");
// @ts-expect-error: wrong argument
typed.emit("post", 1);
// @ts-expect-error: too many arguments
typed.emit("post", "text", "more");
// @ts-expect-error: only the server sends it
typed.emit("news", "text", []);
// @ts-expect-error: missing callback
typed.emit("save", "text");
// @ts-expect-error: the callback's argument is a number
typed.emit("save", "text", (id: string) => id);

// Acknowledgements.
typed.timeout(1000).emit("save", "text", (err, id) => {
  expect<Equal<typeof err, Error>>();
  expect<Equal<typeof id, number>>();
});
// @ts-expect-error: after timeout() the callback gets an error first
typed.timeout(1000).emit("save", "text", (id: number) => id);

async function acknowledgements(): Promise<void> {
  const id = await typed.emitWithAck("save", "text");
  expect<Equal<typeof id, number>>();
  // @ts-expect-error: wrong argument
  await typed.emitWithAck("save", 1);
  // @ts-expect-error: no such event
  await typed.emitWithAck("nope");
}
void acknowledgements;

// Attributes.
expect<Equal<typeof typed.id, string | undefined>>();
expect<Equal<typeof typed.connected | typeof typed.disconnected | typeof typed.active | typeof typed.recovered, boolean>>();
void [typed.sendBuffer.length, typed.receiveBuffer.length, typed.io.opts.path, typed.io.engine.transport.name, protocol + 1];
typed.onAny((event, ...args) => void [event, args]).prependAny(() => {}).offAny();
typed.onAnyOutgoing((event) => event).prependAnyOutgoing(() => {}).offAnyOutgoing();
void [typed.listenersAny()[0], typed.listenersAnyOutgoing().length, typed.listeners("news")[0], typed.hasListeners("ask")];
typed.connect().disconnect().open().close();
typed.auth = { token: "x" };
typed.auth = (send) => send({ token: "x" });
// @ts-expect-error: it is for reading
typed.io = new Manager();
// @ts-expect-error: it is for reading
typed.active = true;

// Managers.
const manager = new Manager("http://localhost", { reconnection: false, timeout: 5, auth: { a: 1 } } as Partial<ManagerOptions>);
const socket: Socket = manager.socket("/x", { auth: (send) => send({ token: 1 }), retries: 3, ackTimeout: 5 });
manager.on("reconnect_attempt", (n) => expect<Equal<typeof n, number>>());
manager.on("reconnect", (n) => expect<Equal<typeof n, number>>());
manager.on("reconnect_error", (err) => expect<Equal<typeof err, Error>>());
manager.on("error", (err) => expect<Equal<typeof err, Error>>());
manager.on("close", (reason, details) => [expect<Equal<typeof reason, string>>(), details]);
manager.on("packet", (packet) => void [packet.type, packet.nsp, packet.data, packet.id]);
manager.on("open", () => {}).on("ping", () => {}).on("reconnect_failed", () => {});
// @ts-expect-error: no such event
manager.on("connect", () => {});
expect<Equal<ReturnType<ManagerReservedEvents["open"]>, void>>();
expect<Equal<Parameters<SocketReservedEvents["connect"]>, []>>();
manager.reconnection(true).reconnectionAttempts(5).reconnectionDelay(5).reconnectionDelayMax(6).randomizationFactor(0.1).timeout(7);
const attempts: number = manager.reconnectionAttempts();
const isOn: boolean = manager.reconnection();
manager.open((err) => err?.message).connect();
void [attempts, isOn, socket];

// Sessions.
const { engine } = manager;
engine.on("upgrade", (transport) => expect<Equal<typeof transport.name, string>>());
engine.on("packet", (packet) => void [packet.type, packet.data]);
engine.on("handshake", (data) => expect<Equal<typeof data.sid, string>>());
engine.once("close", (reason) => expect<Equal<typeof reason, string>>());
engine.on("drain", () => {}).on("flush", () => {}).on("ping", () => {}).on("upgradeError", (err) => err.message);
engine.close();
void [engine.id, engine.readyState === "open", engine.writeBuffer.length];
engine.binaryType = "blob";

// Options.
const options: Partial<ManagerOptions & SocketOptions> = {
  forceNew: true, multiplex: false, path: "/x", addTrailingSlash: false, query: { a: 1 }, extraHeaders: { a: "b" }, withCredentials: true,
  forceBase64: true, protocols: ["a"], rememberUpgrade: true, upgrade: false, timestampParam: "t", timestampRequests: true,
  transportOptions: { polling: { extraHeaders: {} } }, transports: ["polling", "websocket", "webtransport"], tryAllTransports: true,
  requestTimeout: 5, closeOnBeforeunload: true, useNativeTimers: true, autoUnref: true, host: "x", hostname: "x", port: 5, secure: true,
  rejectUnauthorized: false, ca: "", cert: "", key: "", passphrase: "", pfx: "", ciphers: "", perMessageDeflate: { threshold: 5 },
  autoConnect: false, reconnection: true, reconnectionAttempts: 1, reconnectionDelay: 1, reconnectionDelayMax: 2, randomizationFactor: 0.1,
  timeout: 5, auth: {}, retries: 1, ackTimeout: 5, parser: { Encoder: class { encode() { return []; } }, Decoder: class { on() {} off() {} add() {} } } as any,
};
io(options);
io("/x", { transports: [Fetch, XHR, NodeXHR] });
io("/x", { transportImplementations: [WebSocketTransport, NodeWebSocket, WebTransportTransport] });
// @ts-expect-error: no such option
io({ reconect: true });
// @ts-expect-error: it is a number
io({ reconnectionDelay: "5" });

// A generic helper keeps the types.
function subscribe(to: Socket<ServerToClient, ClientToServer>): () => void {
  const listener = (text: string): void => void to.emit("post", text);
  to.on("news", listener);
  return () => to.off("news", listener);
}
void subscribe(typed);

// A map of unions, and an event name that is one of several.
interface Many {
  a: (value: string | number, done: (ok: boolean) => void) => void;
  b: (value?: string) => void;
  7: (n: number) => void;
}
const many: Socket<Many, Many> = io();
many.emit("a", "x", (ok) => expect<Equal<typeof ok, boolean>>());
many.emit("b").emit("b", "x");
many.on("b", (value) => expect<Equal<typeof value, string | undefined>>());
