import { Manager, type ManagerOptions } from "./manager.js";
import { protocol } from "./packet.js";
import { Socket, type SocketOptions } from "./socket.js";
import type { DefaultEventsMap, EventsMap } from "./types.js";
import { parseUrl } from "./url.js";

/** Options of {@link io}. */
export interface Options extends ManagerOptions, SocketOptions {
  /** The older name of `forceNew`. */
  "force new connection"?: boolean;
}

const managers: Record<string, Manager> = Object.create(null);

function lookup<Listen extends EventsMap = DefaultEventsMap, Emit extends EventsMap = Listen>(
  uri?: string | Partial<Options>,
  opts?: Partial<Options>,
): Socket<Listen, Emit> {
  if (typeof uri === "object") {
    opts = uri;
    uri = undefined;
  }
  opts = opts || {};
  const { source, path, query, id } = parseUrl(uri);
  const key = id + (opts.path || "/socket.io");
  const shared = managers[key];
  // A second socket of the same namespace needs a connection of its own.
  const isOwn = opts.forceNew || opts["force new connection"] || opts.multiplex === false || (shared && path in shared.nsps);
  const manager = isOwn ? new Manager(source, opts) : (managers[key] ||= new Manager(source, opts));
  if (query && !opts.query) opts.query = query;
  return manager.socket(path, opts) as unknown as Socket<Listen, Emit>;
}

/**
 * Connects to a server, and returns the socket of the namespace that the path of the address names.
 *
 * Sockets of one server share one connection. The address may leave out the scheme, the host, or everything: then the
 * page's own are used.
 */
export const io = Object.assign(lookup as typeof lookup & { io: typeof lookup; connect: typeof lookup }, {
  connect: lookup,
  io: lookup,
  protocol,
  Manager,
  Socket,
});
