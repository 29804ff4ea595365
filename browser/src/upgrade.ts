import type { Engine } from "./engine.js";
import { listen } from "./emitter.js";
import type { EnginePacket } from "./payload.js";
import type { CloseDetails, Transport } from "./transport.js";

/**
 * Tries to move a session to another transport, while it goes on over the current one.
 *
 * The order of packets is kept: the new transport is probed first; then the session stops sending, the old transport
 * delivers all that was under way in both directions, and only then the new one takes over.
 *
 * @internal
 */
export function upgrade(engine: Engine, name: string): void {
  const next = engine._createTransport(name);
  let isOver = false;
  let isPausing = false;

  const fail = (reason: unknown): void => {
    if (isOver) return;
    end();
    next.close();
    if (isPausing) {
      engine.upgrading = false;
      engine.transport._resume();
    }
    const error = new Error("probe error" + (typeof reason === "string" ? ": " + reason : ""), { cause: reason });
    engine._fire("upgradeError", Object.assign(error, { transport: name }));
    engine._flush();
  };

  const removers = [
    listen(engine, "close", () => fail("session closed")),
    listen(engine, "upgrading", (winner: Transport) => {
      if (winner !== next) fail("another transport was faster");
    }),
    listen(next, "open", () => next.send([{ type: "ping", data: "probe" }])),
    listen(next, "packet", onAnswer),
    listen(next, "error", fail),
    listen(next, "close", (details?: CloseDetails) => fail(details?.description)),
  ];

  function end(): void {
    isOver = true;
    removers.forEach((remove) => remove());
  }

  function onAnswer(packet: EnginePacket): void {
    if (packet.type !== "pong" || packet.data !== "probe") return fail("unexpected packet");
    isPausing = engine.upgrading = true;
    engine._fire("upgrading", next);
    // A listener may have closed the session.
    if (isOver) return;
    engine.transport._pause(() => {
      if (isOver) return;
      end();
      engine._adopt(next);
    });
  }

  next.open();
}
