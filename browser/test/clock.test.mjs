// A device that slept: the clock went on, the timers did not.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as official from "socket.io-client";
import { next, requireDist, startServer } from "./helper.mjs";
import * as minified from "../dist/socket.io.esm.min.js";

const clients = { "socket.io.js": requireDist("socket.io.js"), "socket.io.esm.min.js": minified, "socket.io-client": official };

for (const [label, client] of Object.entries(clients)) {
  for (const transport of ["polling", "websocket"]) {
    test(`what is emitted after a sleep is kept for the next connection: ${label}, ${transport}`, async (t) => {
      const server = await startServer(t);
      const received = [];
      server.io.on("connection", (peer) => peer.on("x", (n) => received.push(n)));
      const socket = client.io(server.url, { transports: [transport], forceNew: true, reconnectionDelay: 10 });
      t.after(() => socket.disconnect());
      await next(socket, "connect");

      const { now } = Date;
      Date.now = () => now() + 3_600_000;
      t.after(() => (Date.now = now));
      const disconnected = next(socket, "disconnect");
      socket.emit("x", 1);
      Date.now = now;
      assert.deepEqual(received, []);
      assert.equal(socket.sendBuffer.length, 1);
      assert.equal((await disconnected)[0], "ping timeout");
      await next(socket, "connect");
      await new Promise((resolve) => {
        if (received.length) resolve();
        else server.io.sockets.sockets.forEach((peer) => peer.once("x", resolve));
      });
      assert.deepEqual(received, [1]);
    });
  }
}
