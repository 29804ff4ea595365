import { Fetch, XHR } from "./polling.js";
import type { Transport, TransportOptions } from "./transport.js";
import { WS } from "./websocket.js";

/** A class that can be given in the option `transports`. */
export interface TransportClass {
  new (opts: TransportOptions): Transport;
  prototype: Transport;
}

/**
 * The transports this platform has, best known first. Looked up when a connection is made: tests and polyfills may
 * bring their globals late.
 *
 * @internal
 */
export function availableTransports(): Record<string, TransportClass> {
  return {
    // Workers of extensions have no XMLHttpRequest, and Node.js has none either.
    polling: typeof XMLHttpRequest === "undefined" ? Fetch : XHR,
    ...(typeof WebSocket !== "undefined" && { websocket: WS }),
  };
}
