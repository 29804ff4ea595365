import type { TransportOptions } from "../transport.js";
import { jarOf } from "./cookies.js";

const PASSED_ON = ["pfx", "key", "passphrase", "cert", "ca", "ciphers", "rejectUnauthorized"] as const;

/** The part of the options that a connection of Node.js takes: agent, TLS, headers with the cookies of the session. */
export function connectionOptions(opts: TransportOptions): Record<string, unknown> {
  const { extraHeaders = {}, agent = false, socket } = opts;
  const headers: Record<string, string> = {};
  const cookies = [jarOf(socket)?.header()];
  for (const [name, value] of Object.entries(extraHeaders)) {
    if (name.toLowerCase() === "cookie") cookies.unshift(value);
    else headers[name] = value;
  }
  const cookie = cookies.filter(Boolean).join("; ");
  if (cookie) headers.cookie = cookie;
  const given = PASSED_ON.filter((name) => opts[name] !== undefined).map((name) => [name, opts[name]]);
  return { agent, headers, ...Object.fromEntries(given) };
}
