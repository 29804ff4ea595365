// What the tests share. Nothing here sleeps: tests wait for events, and every wait has a deadline, long enough for a busy machine.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { Server } from "socket.io";

if (typeof WebSocket === "undefined") throw new Error("no WebSocket: run `npm test`, or node --experimental-websocket");

const DEADLINE = 20_000;

/** Rejects when the promise takes too long. */
export function within(promise, what, ms = DEADLINE) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The arguments of the next event. */
export function next(emitter, event, ms) {
  return within(new Promise((resolve) => emitter.once(event, (...args) => resolve(args))), `"${String(event)}"`, ms);
}

/** Resolves when the condition holds after one of the events. */
export function until(emitter, event, condition, ms) {
  if (condition()) return Promise.resolve();
  let listener;
  const done = new Promise((resolve) => {
    listener = (...args) => condition(...args) && resolve();
    emitter.on(event, listener);
  });
  return within(done, `condition after "${event}"`, ms).finally(() => emitter.off(event, listener));
}

/** A Socket.IO server on a free loopback port, closed after the test. */
export async function startServer(t, options = {}, port = 0) {
  const http = createServer();
  const io = new Server(http, { pingInterval: 10_000, ...options });
  // The server waits 30 s for a last poll that never comes, and the process with it.
  io.engine.on("connection", ({ transport }) => {
    if (transport.name === "polling") transport.closeTimeout = 200;
  });
  await new Promise((resolve, reject) => http.once("error", reject).listen(port, "127.0.0.1", resolve));
  const close = () => new Promise((resolve) => io.close(() => resolve()));
  t.after(() => {
    const closed = close();
    http.closeAllConnections();
    return closed;
  });
  return { io, http, close, port: http.address().port, url: `http://127.0.0.1:${http.address().port}` };
}

/** A server that sends every event back, and acknowledges those that ask for it with their arguments. */
export async function echoServer(t, options) {
  const server = await startServer(t, options);
  const onConnect = (socket) => {
    socket.onAny((event, ...args) => {
      const ack = typeof args.at(-1) === "function" && args.pop();
      if (ack) ack(...args);
      else socket.emit(event, ...args);
    });
  };
  server.io.on("connection", onConnect);
  server.io.of("/admin").on("connection", onConnect);
  return server;
}

/** A TCP relay in front of a port that can go silent without closing anything. */
export async function startRelay(t, port) {
  const pairs = new Set();
  let isSilent = false;
  const relay = createTcpServer((near) => {
    const far = connect(port, "127.0.0.1");
    const pair = [near, far];
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near]]) {
      from.on("data", (chunk) => isSilent || to.write(chunk));
      from.on("error", () => {});
      from.on("close", () => {
        if (!isSilent) to.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise((resolve) => relay.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const pair of pairs) pair.forEach((socket) => socket.destroy());
    relay.close();
  });
  return { url: `http://127.0.0.1:${relay.address().port}`, silence: () => (isSilent = true), speak: () => (isSilent = false) };
}

/** Loads one source module, for unit tests. */
export async function importSource(name) {
  const dir = mkdtempSync(join(tmpdir(), "socketio-source-"));
  try {
    const outfile = join(dir, name.replace(".ts", ".mjs"));
    const entry = fileURLToPath(new URL(`../src/${name}`, import.meta.url));
    await build({ entryPoints: [entry], outfile, bundle: true, format: "esm", target: "es2022", logLevel: "warning" });
    return await import(pathToFileURL(outfile));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Loads a script-tag build the way a CommonJS loader does. */
export function requireDist(name) {
  const module = { exports: {} };
  new Function("module", readFileSync(new URL(`../dist/${name}`, import.meta.url), "utf8"))(module);
  return module.exports;
}

/** The bytes of any binary value. */
export const bytes = (value) => [...new Uint8Array(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength)];
