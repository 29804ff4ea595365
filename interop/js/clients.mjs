// The npm clients the scenarios are run with, and what each of them cannot do.
import { createRequire } from "node:module";
import { Manager } from "socket.io-client";
import { Manager as Manager40 } from "socket.io-client-4.0";
import { Manager as Manager31 } from "socket.io-client-3.1";
import jsonParser from "socket.io-json-parser";
import msgpackParser from "socket.io-msgpack-parser";

const require = createRequire(import.meta.url);
const { Manager: Manager25 } = require("socket.io-client-2.5");

const NO_TIMEOUT = "socket.timeout() came with 4.4, emitWithAck() with 4.6";
const NO_RECOVERY = "connection state recovery came with 4.6";
const NO_SPLIT = "POSTs are cut at maxPayload since 4.5";
const NO_INACTIVE = "a socket that was refused says it is inactive since 4.1";
const SAME_CODE = "the code under the parser is that of 4.8.4, which has run it";

/**
 * name: {
 *   Manager, options: what every connection of it is made with,
 *   flags: what its fixture is started with,
 *   protocol: of Engine.IO,
 *   lacks: {need: the reason why scenarios with this need are left out},
 * }
 *
 * The needs:
 * - hand: packets and requests are written by hand, with no client or only engine.io-client: once is enough;
 * - text: they are written in the default codec, by a client that is given a raw connection of it;
 * - engine: what is proved lies below packets: heartbeat, limits, what becomes of a connection;
 * - auth, timeout, volatile, recovery, binary, views, huge, split, rejoin, inactive: a feature of the client or its parser.
 */
export const CLIENTS = {
  "4.8.4": { Manager, protocol: 4, lacks: {} },
  "4.0.2": { Manager: Manager40, protocol: 4, lacks: { timeout: NO_TIMEOUT, recovery: NO_RECOVERY, split: NO_SPLIT, inactive: NO_INACTIVE } },
  "3.1.3": { Manager: Manager31, protocol: 4, lacks: { timeout: NO_TIMEOUT, recovery: NO_RECOVERY, split: NO_SPLIT, inactive: NO_INACTIVE } },
  "2.5.0": {
    Manager: Manager25,
    protocol: 3,
    flags: { eio3: true },
    lacks: {
      timeout: NO_TIMEOUT,
      recovery: NO_RECOVERY,
      split: NO_SPLIT,
      inactive: NO_INACTIVE,
      auth: "credentials are a query, of texts: see the scenarios \"v2: …\"",
      volatile: "volatile came to the client with 3.0",
      rejoin: "it does not send a CONNECT for /, so that it cannot join it again on an open connection",
    },
  },
  msgpack: {
    Manager,
    options: { parser: msgpackParser },
    flags: { parser: "msgpack" },
    protocol: 4,
    lacks: {
      engine: SAME_CODE,
      views: "its parser sends the whole memory that a view looks at",
      huge: "its parser cannot write integers beyond 64 bits",
    },
  },
  json: {
    Manager,
    options: { parser: jsonParser },
    flags: { parser: "json" },
    protocol: 4,
    lacks: { engine: SAME_CODE, binary: "the JSON parser has no binary" },
  },
};

const NEWEST = "4.8.4";
const BY_HAND = "what is written by hand does not depend on the client";

/** Why a scenario is not run with a client; undefined if it is. */
export function leftOut({ needs = [], clients }, name) {
  if (clients && !clients.includes(name)) return `it is about ${clients.join(" and ")}`;
  if (needs.includes("hand")) return name === NEWEST ? undefined : BY_HAND;
  return needs.map((need) => CLIENTS[name].lacks[need]).find(Boolean);
}
