// Servers that are none, old, or broken.
import { assert, equal, match, next } from "../kit.mjs";
import { scenario } from "./registry.mjs";

const POLLING = { modes: ["polling", "upgrade"] };
const WEBSOCKET = { modes: ["websocket"] };
const ONCE = { reconnection: false };

for (const kind of ["status 404", "status 500", "no answer"]) {
  scenario(`reports a server that gives ${kind}`, POLLING, async (t) => {
    const socket = t.io(await t.badServer(kind), ONCE);
    const [err] = await next(socket, "connect_error");
    equal([err.message, err.type], [t.pollError, "TransportError"]);
    // Without a status there is nothing, or what went wrong.
    if (kind.startsWith("status")) equal(err.description, +kind.slice(-3));
    else assert(err.description === 0 || err.description instanceof Error);
    equal(socket.connected, false);
  });
}

for (const kind of ["a page", "an unknown packet"]) {
  scenario(`reports a server that gives ${kind}`, POLLING, async (t) => {
    const [err] = await next(t.io(await t.badServer(kind), ONCE), "connect_error");
    equal([err.message, err.code], ["server error", "parser error"]);
  });
}

scenario("does not wait forever for a server that does not end its answer", POLLING, async (t) => {
  const [err] = await next(t.io(await t.badServer("no end"), { ...ONCE, timeout: 50 }), "connect_error");
  equal(err.message, "timeout");
});

scenario("reports a server without WebSockets", WEBSOCKET, async (t) => {
  const [err] = await next(t.io(await t.badServer("status 404"), ONCE), "connect_error");
  equal([err.message, err.type], ["websocket error", "TransportError"]);
});

scenario("reports a server that closes every WebSocket", WEBSOCKET, async (t) => {
  const [err] = await next(t.io(await t.badServer("closes"), { ...ONCE, timeout: 300 }), "connect_error");
  // The published client waits for the timeout.
  equal(err.message, t.isOurs ? "transport close" : "timeout");
});

scenario("reports a server that babbles", WEBSOCKET, async (t) => {
  const [err] = await next(t.io(await t.badServer("babbles"), { ...ONCE, timeout: 2000 }), "connect_error");
  equal([err.message, err.code], ["server error", "parser error"]);
});

scenario("ends a connection on which nonsense comes", WEBSOCKET, async (t) => {
  const socket = t.io(await t.badServer("sends nonsense later"), ONCE);
  const [reason, details] = await next(socket, "disconnect");
  equal(reason, "parse error");
  assert(details instanceof Error);
});

scenario("says so when the server is of version 2", WEBSOCKET, async (t) => {
  for (const url of [await t.v2Server(), await t.badServer("sends no session id")]) {
    const [err] = await next(t.io(url, ONCE), "connect_error");
    match(err.message, /^It seems you are trying to reach a Socket\.IO server in v2\.x with a v3\.x client/);
  }
});

scenario("does not connect to a server of version 2", POLLING, async (t) => {
  const socket = t.io(await t.v2Server(), ONCE);
  const [err] = await next(socket, "connect_error");
  assert(err instanceof Error);
  equal(socket.connected, false);
});
