// The servers that tests talk to.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Server } from "socket.io";
import ServerV2 from "socket.io-v2";
import { WebSocketServer } from "ws";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Listens on a free port of this machine; `stop` ends it and its connections. */
async function listen(http, close = () => {}) {
  await new Promise((resolve, reject) => http.once("error", reject).listen(0, "127.0.0.1", resolve));
  const stop = () => {
    close();
    const closed = new Promise((resolve) => http.close(resolve));
    http.closeAllConnections();
    return closed;
  };
  return { port: http.address().port, url: `http://127.0.0.1:${http.address().port}`, stop };
}

/** A published server of this process; other requests go to onRequest. */
export async function npmServer(options = {}, onRequest = undefined) {
  const http = createServer(onRequest);
  const io = new Server(http, { pingInterval: 10_000, cors: { origin: "*" }, ...options });
  // It waits 30 s for a last poll that never comes, and the process with it.
  io.engine.on("connection", ({ transport }) => {
    if (transport.name === "polling") transport.closeTimeout = 200;
  });
  return { io, http, ...(await listen(http, () => io.close())) };
}

/** A server that sends every event back, and acknowledges those that ask for it with their arguments. */
export async function echoServer(options) {
  const server = await npmServer(options);
  const onConnect = (socket) => {
    socket.onAny((event, ...args) => {
      const ack = typeof args.at(-1) === "function" && args.pop();
      if (ack) ack(...args);
      else socket.emit(event, ...args);
    });
  };
  for (const nsp of ["/", "/admin"]) server.io.of(nsp).on("connection", onConnect);
  return server;
}

/** A published server of version 2. */
export async function v2Server() {
  const http = createServer();
  const io = new ServerV2(http);
  return listen(http, () => io.close());
}

/** Builds a Go program; returns its command and what removes it. */
export function buildGo(path, env = {}) {
  const dir = mkdtempSync(join(tmpdir(), "socketio-test-"));
  const binary = join(dir, "program");
  execFileSync("go", ["build", "-o", binary, "."], { cwd: join(repository, path), env: { ...process.env, ...env }, stdio: "inherit" });
  return { command: [binary], remove: () => rmSync(dir, { recursive: true }) };
}

/** Our server's fixture. */
export const goFixture = () => buildGo("interop/fixture");

/** The same fixture on the published server. */
export function npmFixture() {
  if (!existsSync(join(repository, "interop/js/node_modules"))) throw new Error("the packages of interop/js are missing: run make deps");
  return { command: [process.execPath, join(repository, "interop/js/fixture.mjs")], remove: () => {} };
}

/** Starts a fixture (see interop/FIXTURE.md) with flags such as { "ping-interval": 100 }. */
export async function startFixture([program, ...args], flags) {
  const child = spawn(program, [...args, ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk) => (log = (log + chunk).slice(-2000)));
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const port = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /^listening http:\/\/127\.0\.0\.1:(\d+)$/.exec(line);
      if (found) resolve(+found[1]);
    });
    child.once("error", reject);
    exited.then(() => reject(new Error(`the fixture has exited: ${log}`)));
  });
  const stop = () => {
    child.kill("SIGTERM");
    return exited;
  };
  return { port, stop };
}

const HANDSHAKE = `0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`;

/** What a bad server does with a request for packets. */
const BAD_ANSWERS = {
  "status 404": (res) => res.writeHead(404).end("not found"),
  "status 500": (res) => res.writeHead(500).end("broken"),
  "a page": (res) => res.end("<!doctype html><title>Welcome</title>"),
  "an unknown packet": (res) => res.end("9"),
  "no end": () => {},
  "no answer": (res) => res.destroy(),
};

/** What a bad server does with a WebSocket. */
const BAD_WEBSOCKETS = {
  "closes": (ws) => ws.close(),
  "babbles": (ws) => ws.send("x"),
  "sends no session id": (ws) => [HANDSHAKE, "40"].forEach((text) => ws.send(text)),
  "sends nonsense later": (ws) => {
    for (const text of [HANDSHAKE, '40{"sid":"y"}', "4nonsense"]) ws.send(text);
  },
};

/** A server that is none. */
export async function badServer(kind) {
  const http = createServer((req, res) => {
    res.setHeader("Access-Control-Allow-Origin", "*");
    BAD_ANSWERS[kind](res);
  });
  const wss = new WebSocketServer({ noServer: true });
  http.on("upgrade", (req, socket, head) => {
    if (BAD_WEBSOCKETS[kind]) wss.handleUpgrade(req, socket, head, BAD_WEBSOCKETS[kind]);
    else socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  return listen(http, () => wss.clients.forEach((ws) => ws.terminate()));
}
