import type { Engine } from "../engine.js";

interface Cookie {
  value: string;
  /** Milliseconds since the epoch. */
  expires: number;
}

/**
 * The cookies of one session: what the server has set is sent back with every request, to the same server, as long as it has
 * not expired. Domain, path and the other attributes play no part.
 */
export class CookieJar {
  private _cookies = new Map<string, Cookie>();

  /** Takes the values of the header Set-Cookie. */
  store(headers: string[] = []): void {
    for (const header of headers) {
      const [pair, ...attributes] = header.split(";");
      const [name, value] = split(pair);
      if (name) this._cookies.set(name, { value: value.replace(/^"(.*)"$/, "$1"), expires: expiry(attributes) });
    }
  }

  /** The value of the header Cookie, or undefined when there is none. */
  header(): string | undefined {
    const pairs = [];
    for (const [name, { value, expires }] of this._cookies) {
      if (expires > Date.now()) pairs.push(`${name}=${value}`);
      else this._cookies.delete(name);
    }
    return pairs.join("; ") || undefined;
  }
}

/** The end of a cookie's life; one that cannot be read is over at once (RFC 6265, section 5.2). */
function expiry(attributes: string[]): number {
  const values = Object.fromEntries(attributes.map(split).map(([key, value]) => [key.toLowerCase(), value]));
  const age = values["max-age"];
  if (age !== undefined) return Number(age) > 0 ? Date.now() + Number(age) * 1000 : 0;
  return values.expires === undefined ? Infinity : Date.parse(values.expires) || 0;
}

function split(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return at < 0 ? ["", ""] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
}

const jars = new WeakMap<Engine, CookieJar>();

/** The jar of a session, if the application wants one. */
export function jarOf(engine: Engine): CookieJar | undefined {
  if (engine.opts.withCredentials && !jars.has(engine)) jars.set(engine, new CookieJar());
  return jars.get(engine);
}
