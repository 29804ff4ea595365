// What only our declarations know. The compiler is the test: `npm run check`.
import io, {
  type Auth, connect, type DisconnectReason, io as named, Manager, type Options, type Packet, type Parser, protocol, Socket,
} from "client";
import * as msgpack from "client/msgpack";
import * as websocket from "client/ws";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expect<_ extends true>(): void {}

interface ServerToClient {
  news: (text: string) => void;
}

interface ClientToServer {
  post: (text: string) => void;
  check: (done: (err: Error, ok: boolean) => void) => void;
  flush: (done: () => void) => void;
  both: (text: string, done: (id: number, name: string) => void) => void;
  maybe: (text: string, done?: (id: number) => void) => void;
}

// io() takes the maps, so that they are written once.
const typed = io<ServerToClient, ClientToServer>("/chat", { auth: { token: "x" } });
expect<Equal<typeof typed, Socket<ServerToClient, ClientToServer>>>();
expect<Equal<ReturnType<typeof named<ServerToClient>>, Socket<ServerToClient, ServerToClient>>>();
expect<Equal<typeof protocol, 5>>();
void [connect("http://x").id, io.connect, io.Manager, io.protocol];

// Reasons are a type of their own, and of the class.
typed.on("disconnect", (reason) => expect<Equal<typeof reason, DisconnectReason>>());

// emitWithAck knows which events have a callback, and what it gets after an error.
async function acknowledgements(): Promise<void> {
  const ok = await typed.emitWithAck("check");
  expect<Equal<typeof ok, boolean>>();
  const nothing = await typed.emitWithAck("flush");
  expect<Equal<typeof nothing, void>>();
  const late = await typed.timeout(5).emitWithAck("flush");
  expect<Equal<typeof late, void>>();
  // The first one, of several.
  const first = await typed.emitWithAck("both", "text");
  expect<Equal<typeof first, number>>();
  // It may be left out, but not here.
  const id = await typed.emitWithAck("maybe", "text");
  expect<Equal<typeof id, number>>();
  // @ts-expect-error: it has no callback
  await typed.emitWithAck("post", "text");
}
void acknowledgements;

// What the published client does not have.
const auth: Auth[] = [{ token: 1 }, async () => ({ token: 1 }), (send) => send({})];
const options: Partial<Options> = { auth: auth[0], maxSendBuffer: 100, timeout: false, agent: {}, query: "a=b" };
expect<Equal<typeof typed.io.rtt, number | undefined>>();
const manager = new Manager(options);
const typedManager = new Manager<ServerToClient, ClientToServer>({ host: "x" });
expect<Equal<ReturnType<typeof typedManager.socket>, Socket<ServerToClient, ClientToServer>>>();
manager.on("packet", (packet: Packet) => packet.nsp);
manager.engine.on("upgradeError", (err) => expect<Equal<typeof err.transport, string>>());

// The other entry points.
const parser: Parser = msgpack;
const codec: Parser = { Encoder: msgpack.Encoder, Decoder: msgpack.Decoder };
const overMsgpack: Socket<ServerToClient, ClientToServer> = msgpack.io<ServerToClient, ClientToServer>({ parser });
const overWebSocket: Socket = websocket.default("/x");
void [codec, overMsgpack, overWebSocket, new websocket.Manager(), msgpack.Fetch];
// @ts-expect-error: there is only WebSocket
void websocket.Fetch;
