import { createRequire } from "node:module";
import { WS } from "../websocket.js";
import { connectionOptions } from "./connection.js";

/** Where this module is; the build knows. */
declare const MODULE: string;

interface NodeSocket extends WebSocket {
  /** The TCP connection; a part of `ws` that its documentation leaves out. */
  _socket?: { unref(): void };
}

type NodeWebSocketClass = new (uri: string, protocols: string | string[], opts: object) => NodeSocket;

const LibraryWebSocket = ((): NodeWebSocketClass | undefined => {
  try {
    return createRequire(MODULE)("ws").WebSocket;
  } catch {
    return undefined; // It is an optional dependency.
  }
})();

/**
 * A WebSocket of Node.js: of the package `ws` if it is installed, which knows agents, TLS options and compression; else the
 * global one of Node.js 22 and newer, which knows headers.
 */
export class NodeWS extends WS {
  protected override createSocket(uri: string, protocols: string | string[] = []): WebSocket {
    const { perMessageDeflate = { threshold: 1024 }, autoUnref } = this.opts;
    const connection = connectionOptions(this.opts);
    if (LibraryWebSocket) {
      const ws = new LibraryWebSocket(uri, protocols, { perMessageDeflate, ...connection });
      if (autoUnref) ws.addEventListener("open", () => ws["_socket"]?.unref());
      return ws;
    }
    if (typeof WebSocket === "undefined") throw new Error("no WebSocket: install the package ws, or use Node.js 22");
    return new WebSocket(uri, { protocols, headers: connection.headers } as never);
  }
}
