/** The parts of an address given to `io()`. */
export interface ParsedUrl {
  /** The whole address, with a scheme. */
  source: string;
  /** Whether the scheme is https or wss. */
  secure: boolean;
  /** Host name; an IPv6 address is in brackets. */
  hostname: string;
  /** Never empty. */
  port: string;
  /** The namespace: `/` when the address has no path. */
  path: string;
  /** Without the question mark; undefined when there is none. */
  query?: string;
  /** Scheme, host and port: what one connection is shared by. */
  id: string;
}

//              scheme      user          host                    port     path      query
const PARTS = /^([^:]+):\/\/(?:[^@/?#]*@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d*))?([^?#]*)(?:\?([^#]*))?/;

/**
 * Reads an address the way `io()` takes it: absolute, without a scheme, starting with `//`, or only a namespace. What is
 * missing is the page's; outside of a page it is `https://localhost`.
 */
export function parseUrl(uri = "", page: Pick<Location, "protocol" | "host"> | undefined = globalThis.location): ParsedUrl {
  const { protocol, host } = page || { protocol: "https:", host: "localhost" };
  const source =
    /^(https?|wss?):\/\//i.test(uri) ? uri
    : /^\/\//.test(uri) ? protocol + uri
    : `${protocol}//${/^([/?]|$)/.test(uri) ? host : ""}${uri}`;
  const [, scheme, hostname, digits, path, query] = PARTS.exec(source)!;
  const secure = /^(http|ws)s/i.test(scheme);
  const port = digits || (secure ? "443" : "80");
  return { source, secure, hostname, port, path: path || "/", query, id: `${scheme}://${hostname}:${port}`.toLowerCase() };
}
