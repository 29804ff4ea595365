import { listen } from "./emitter.js";
import type { Engine } from "./engine.js";
import { after } from "./timer.js";
import type { Transport } from "./transport.js";

/**
 * Tries to move a session to another transport, while it goes on over the current one.
 *
 * The order of packets is kept: the new transport is probed first; then the session stops sending, the old transport
 * delivers all that was under way in both directions, and only then the new one takes over.
 *
 * @internal
 */
export function upgrade(engine: Engine, name: string, delay: number): void {
  const next = engine._createTransport(name);
  let isPausing = false;
  const stop = () => removers.forEach((remove) => remove());
  const fail = (reason: unknown) => {
    stop();
    next.close();
    if (isPausing) {
      engine.upgrading = false;
      engine.transport._resume();
    }
    engine._fire("upgradeError", Object.assign(new Error("probe error: " + reason, { cause: reason }), { transport: name }));
    engine._flush();
  };
  const removers = [
    after(delay, () => next.open(), engine.opts),
    listen(next, "open", () => next.send([{ type: "ping", data: "probe" }])),
    listen(next, "packet", ({ type, data }) => {
      if (type !== "pong" || data !== "probe") return fail("unexpected packet");
      isPausing = engine.upgrading = true;
      engine._fire("upgrading", next);
      engine.transport._pause(() => {
        stop();
        engine._adopt(next);
      });
    }),
    listen(next, "error", fail),
    listen(next, "close", () => fail("transport closed")),
    listen(engine, "close", () => fail("socket closed")),
    listen(engine, "upgrading", (winner: Transport) => {
      if (winner === next) return;
      stop();
      next.close();
    }),
  ];
}
