/** The parts of an address given to `io()`. */
export interface ParsedUrl {
  /** The whole address, with a scheme. */
  source: string;
  /** `http`, `https`, `ws` or `wss`. */
  protocol: string;
  /** Host name; an IPv6 address is in brackets. */
  host: string;
  /** Never empty. */
  port: string;
  /** The namespace: `/` when the address has no path. */
  path: string;
  /** Without the question mark; empty when there is none. */
  query: string;
  /** Scheme, host and port: what one connection is shared by. */
  id: string;
}

type PageLocation = Pick<Location, "protocol" | "host" | "hostname" | "port">;

/**
 * The page's location, where there is one.
 *
 * @internal
 */
export const pageLocation = (): PageLocation | undefined => globalThis.location;

//                   scheme                 user          host                         port     path      query
const PARTS = /^(?:(https?|wss?):\/\/)?(?:[^@/?#]*@)?(\[[^\]]*\]|[0-9a-f]*:[0-9a-f]*:[0-9a-f:]*|[^:/?#]*)(?::(\d*))?([^?#]*)(?:\?([^#]*))?/i;

/**
 * Reads an address the way `io()` takes it: absolute, without a scheme, starting with `//`, or only a namespace of
 * the page's host. Outside of a page a missing scheme means https, and a missing host `http://localhost`.
 */
export function parseUrl(uri?: string | null, page = pageLocation()): ParsedUrl {
  const pageScheme = page ? page.protocol + "//" : "https://";
  let source = uri || "";
  if (/^\/\//.test(source)) source = pageScheme + source.slice(2);
  else if (!source || source[0] === "/") source = (page ? pageScheme + page.host : "http://localhost") + source;
  else if (!/^(https?|wss?):\/\//i.test(source)) source = pageScheme + source;

  const [, scheme = "", name, port, path, query = ""] = PARTS.exec(source)!;
  const protocol = scheme.toLowerCase() || pageScheme.slice(0, -3);
  const parsed = {
    source,
    protocol,
    host: bracket(name),
    port: port || (isSecure(protocol) ? "443" : "80"),
    path: path || "/",
    query,
    id: "",
  };
  parsed.id = `${protocol}://${parsed.host}:${parsed.port}`;
  return parsed;
}

/**
 * Whether a scheme is https or wss.
 *
 * @internal
 */
export const isSecure = (protocol: string): boolean => /^(https|wss)/.test(protocol);

/**
 * Puts an IPv6 address in brackets.
 *
 * @internal
 */
export const bracket = (host: string): string => (host.includes(":") && host[0] !== "[" ? `[${host}]` : host);

/**
 * Reads a query string; of a key given twice the last value counts.
 *
 * @internal
 */
export function parseQuery(query: string): Record<string, string> {
  const values: Record<string, string> = {};
  new URLSearchParams(query).forEach((value, key) => (values[key] = value));
  return values;
}
