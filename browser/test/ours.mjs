// Scenarios the published client does not pass, or has no part in.

import assert from "node:assert/strict";
import { bytes, echoServer, next, startServer, until } from "./helper.mjs";

export const ourScenarios = {
  async "sends Blobs in order"(t, { io }) {
    const server = await echoServer(t);
    const socket = io(server.url);
    const received = [];
    socket.on("echo", (n, value) => received.push([n, value]));
    for (let n = 0; n < 6; n++) socket.emit("echo", n, n % 2 ? new Blob([Uint8Array.of(n, n)]) : Buffer.from([n]));
    await until(socket, "echo", () => received.length === 6);
    assert.deepEqual(received.map(([n, value]) => [n, bytes(value)]), [0, 1, 2, 3, 4, 5].map((n) => [n, n % 2 ? [n, n] : [n]]));
  },

  async "waits for credentials given as a promise"(t, { io }) {
    const server = await startServer(t);
    const connection = next(server.io, "connection");
    io(server.url, { auth: async () => ({ token: "later" }) });
    assert.deepEqual((await connection)[0].handshake.auth, { token: "later" });
    const failing = io(server.url, { auth: async () => Promise.reject(new Error("no token")) });
    const [err] = await next(failing, "connect_error");
    assert.equal(err.message, "no token");
    assert.equal(failing.active, false);
  },

  async "sends base64 when told to"(t, { io }) {
    const server = await echoServer(t);
    const socket = io(server.url, { forceBase64: true });
    const value = await socket.emitWithAck("echo", Buffer.from([1, 2, 3, 4]));
    assert.deepEqual(bytes(value), [1, 2, 3, 4]);
  },

  async "tries the other transports when told to"(t, { io }) {
    const server = await startServer(t, { transports: ["polling"] });
    const socket = io(server.url, { transports: ["websocket", "polling"], tryAllTransports: true });
    await next(socket, "connect");
    assert.equal(socket.io.engine.transport.name, "polling");
  },

  async "connects, disconnects and connects in a row over a shared connection"(t, { io }) {
    const server = await echoServer(t);
    const opts = { forceNew: false };
    const main = io(server.url + "/", opts);
    await next(main, "connect");
    main.on("disconnect", () => assert.fail("the shared connection was closed"));
    const admin = io(server.url + "/admin", opts);
    admin.disconnect().connect().connect().disconnect().connect();
    await next(admin, "connect");
    assert.equal(await admin.emitWithAck("x", 1), 1);
    assert.equal(server.io.of("/admin").sockets.size, 1);
    main.off("disconnect");
  },

  async "leaves nothing at the server when disconnected before the answer"(t, { io }) {
    const server = await echoServer(t);
    const opts = { forceNew: false };
    const main = io(server.url + "/", opts);
    await next(main, "connect");
    const connection = next(server.io.of("/admin"), "connection");
    const admin = io(server.url + "/admin", opts);
    admin.on("connect", () => assert.fail("connect"));
    admin.disconnect();
    const [peer] = await connection;
    assert.equal((await next(peer, "disconnect"))[0], "client namespace disconnect");
    assert.equal(main.connected, true);
  },

  async "connects at once when told to while waiting for the next attempt"(t, { io }) {
    const server = await startServer(t);
    const socket = io(server.url, { reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 });
    await next(socket, "connect");
    const lost = next(socket, "disconnect");
    socket.io.engine.close();
    await lost;
    socket.io.removeAllListeners().open();
    await next(socket, "connect");
    // And goes on reconnecting after that.
    socket.io.reconnectionDelay(10).reconnectionDelayMax(10);
    socket.io.engine.close();
    await next(socket, "connect");
  },
};
