/*! Socket.IO for Go, browser client | MIT License */
import type { Parser } from "./socket.io.js";
/** Turns packets into Engine.IO messages. Throws for values that have no form on the wire, such as symbols and Blobs. */
declare const Encoder: Parser["Encoder"];
/** Turns Engine.IO messages back into packets; throws when they are none. */
declare const Decoder: Parser["Decoder"];
export { Fetch, Manager, NodeWebSocket, NodeXHR, Socket, WebSocket, WebTransport, XHR, connect, default, io, protocol, type Auth, type DefaultEventsMap, type DisconnectDescription, type DisconnectReason, type EventsMap, type ExtendedError, type ManagerOptions, type ManagerReservedEvents, type Options, type Packet, type Parser, type SocketOptions, type SocketReservedEvents } from "./socket.io.js";
export { Decoder, Encoder };
