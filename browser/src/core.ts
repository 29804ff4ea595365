// The names that every entry point exports.
export { io, io as connect, io as default, type Options } from "./io.js";
export { Manager, type ManagerOptions, type ManagerReservedEvents, type Parser } from "./manager.js";
export { type Packet, protocol } from "./packet.js";
export {
  type Auth,
  type DisconnectDescription,
  type DisconnectReason,
  type ExtendedError,
  Socket,
  type SocketOptions,
  type SocketReservedEvents,
} from "./socket.js";
export type { DefaultEventsMap, EventsMap } from "./types.js";
