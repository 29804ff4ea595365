// What only Node.js has: headers on every request, agents and proxies, TLS, cookies, timers and sockets that do not keep the
// process alive. The published client is the control.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, createServer as createHttpServer } from "node:http";
import { Agent as SecureAgent, createServer as createHttpsServer } from "node:https";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { Server } from "socket.io";
import * as official from "socket.io-client";
import * as ours from "../dist/node/index.js";
import { connected, movedTo, next, within } from "./kit.mjs";
import { npmServer } from "./servers.mjs";

const clients = { ours, published: official };
const MODES = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };

/** A certificate for 127.0.0.1 that nobody trusts, made by a program that comes with Go. */
function selfSigned() {
  const dir = mkdtempSync(join(tmpdir(), "socketio-tls-"));
  try {
    const generator = join(execFileSync("go", ["env", "GOROOT"], { encoding: "utf8" }).trim(), "src/crypto/tls/generate_cert.go");
    execFileSync("go", ["run", generator, "--host", "127.0.0.1", "--ecdsa-curve", "P256", "--ca"], { cwd: dir, stdio: "ignore" });
    return { key: readFileSync(join(dir, "key.pem")), cert: readFileSync(join(dir, "cert.pem")) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const tls = selfSigned();

/** Serves Socket.IO over TLS, and asks clients for certificates. */
async function secureServer(t) {
  const { key, cert } = tls;
  const https = createHttpsServer({ key, cert, requestCert: true, rejectUnauthorized: false, ca: cert });
  const io = new Server(https);
  await new Promise((resolve) => https.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    io.close();
    https.closeAllConnections();
  });
  return { io, url: `https://127.0.0.1:${https.address().port}` };
}

/** A proxy for CONNECT; `seen` has the addresses asked for. */
async function startProxy(t) {
  const seen = [];
  const sockets = new Set();
  const proxy = createHttpServer();
  proxy.on("connect", (req, near, head) => {
    seen.push(req.url);
    const [host, port] = req.url.split(":");
    const far = connectTcp(port, host, () => {
      near.write("HTTP/1.1 200 OK\r\n\r\n");
      far.write(head);
      near.pipe(far).pipe(near);
    });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
    }
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    sockets.forEach((socket) => socket.destroy());
    proxy.close();
    proxy.closeAllConnections();
  });
  return { seen, port: proxy.address().port };
}

/** Opens a tunnel through the proxy, as the agents of the packages for proxies do. */
function tunnel(port, options, done) {
  const socket = connectTcp(port, "127.0.0.1", () => {
    socket.write(`CONNECT ${options.host}:${options.port} HTTP/1.1\r\nHost: ${options.host}\r\n\r\n`);
    socket.once("data", () => done(null, options.secureEndpoint ? connectTls({ ...options, socket }) : socket));
  });
  socket.once("error", done);
}

for (const [label, { io }] of Object.entries(clients)) {
  for (const [mode, transports] of Object.entries(MODES)) {
    const connect = async (t, url, opts) => {
      const socket = io(url, { forceNew: true, reconnection: false, transports, ...opts });
      t.after(() => socket.disconnect());
      await connected(socket);
      await movedTo(socket, transports.at(-1));
      assert.equal(await socket.emitWithAck("echo", "x"), "x");
      return socket;
    };
    const echo = (io) => io.on("connection", (socket) => socket.on("echo", (value, ack) => ack(value)));
    const start = async (t, options) => {
      const server = await npmServer(options);
      t.after(server.stop);
      echo(server.io);
      return server;
    };

    test(`headers go with every request: ${label}, ${mode}`, async (t) => {
      const server = await start(t);
      const seen = [];
      server.io.engine.on("headers", (headers, req) => seen.push(req.headers));
      await connect(t, server.url, { extraHeaders: { "X-Custom": "yes", Cookie: "a=b", "User-Agent": "test" } });
      assert(seen.length > 0);
      for (const headers of seen) assert.deepEqual([headers["x-custom"], headers.cookie, headers["user-agent"]], ["yes", "a=b", "test"]);
    });

    test(`an agent is used for every connection: ${label}, ${mode}`, async (t) => {
      const server = await start(t);
      const proxy = await startProxy(t);
      const agent = new Agent();
      agent.createConnection = (options, done) => tunnel(proxy.port, options, done);
      await connect(t, server.url, { agent });
      assert(proxy.seen.length > 0);
      assert.deepEqual(new Set(proxy.seen), new Set([new URL(server.url).host]));
    });

    test(`TLS is told what to trust, and who we are: ${label}, ${mode}`, async (t) => {
      const server = await secureServer(t);
      echo(server.io);
      const fingerprints = [];
      server.io.engine.on("headers", (headers, req) => fingerprints.push(req.socket.getPeerCertificate()?.fingerprint256));
      const refused = io(server.url, { forceNew: true, reconnection: false, transports });
      const [err] = await next(refused, "connect_error");
      assert.equal(err.type, "TransportError");
      await connect(t, server.url, { ca: tls.cert });
      await connect(t, server.url, { rejectUnauthorized: false });
      assert.deepEqual(fingerprints.filter(Boolean), []);
      await connect(t, server.url, { ca: tls.cert, key: tls.key, cert: tls.cert });
      assert(fingerprints.includes(new X509Certificate(tls.cert).fingerprint256));
    });

    test(`TLS goes through a proxy: ${label}, ${mode}`, async (t) => {
      const server = await secureServer(t);
      echo(server.io);
      const proxy = await startProxy(t);
      const agent = new SecureAgent({ ca: tls.cert });
      agent.createConnection = (options, done) => tunnel(proxy.port, { ...options, secureEndpoint: true, ca: tls.cert }, done);
      await connect(t, server.url, { agent, ca: tls.cert });
      assert(proxy.seen.length > 0);
    });

    test(`cookies are kept and sent when that is wanted: ${label}, ${mode}`, async (t) => {
      const server = await start(t);
      const seen = [];
      server.io.engine.on("headers", (headers, req) => {
        if (!req.headers.cookie) headers["Set-Cookie"] = ["one=1; Path=/; HttpOnly", "two=2=3; Max-Age=3600", "gone=x; Max-Age=0"];
        seen.push(req.headers.cookie);
      });
      await connect(t, server.url, { withCredentials: true });
      // A WebSocket alone has one request, and no answer to keep cookies of.
      if (mode !== "websocket") assert.deepEqual(new Set(seen.slice(1)), new Set(["one=1; two=2=3"]));
      seen.length = 0;
      await connect(t, server.url);
      assert.deepEqual(new Set(seen), new Set([undefined]));
    });
  }

  for (const transport of ["polling", "websocket"]) {
    const script = (autoUnref) => `
      const { io } = require(${JSON.stringify(label === "ours" ? fileURLToPath(new URL("../dist/node/index.cjs", import.meta.url)) : "socket.io-client")});
      const socket = io(process.argv[1], { autoUnref: ${autoUnref}, transports: ["${transport}"] });
      socket.on("connect", () => console.log("connected"));
      const timer = setInterval(() => socket.connected && clearInterval(timer), 10);
      process.on("exit", () => console.log("exit"));`;
    /** Resolves to what it prints until it ends, or is ended so long after it has connected. */
    const runScript = (url, autoUnref, patience) =>
      new Promise((resolve) => {
        const cwd = fileURLToPath(new URL("..", import.meta.url));
        const child = execFile(process.execPath, ["-e", script(autoUnref), url], { cwd }, (err, stdout) => resolve(stdout.trim().split("\n")));
        child.stdout.once("data", () => setTimeout(() => child.kill(), patience).unref());
      });

    test(`a connection does not keep the process alive with autoUnref: ${label}, ${transport}`, async (t) => {
      const server = await npmServer();
      t.after(server.stop);
      assert.deepEqual(await runScript(server.url, true, 20_000), ["connected", "exit"]);
    });

    test(`and does without: ${label}, ${transport}`, async (t) => {
      const server = await npmServer();
      t.after(server.stop);
      assert.deepEqual(await runScript(server.url, false, 1000), ["connected"]);
    });
  }
}

test("a request that takes too long is given up", async (t) => {
  const server = await npmServer({ pingInterval: 10_000 });
  t.after(server.stop);
  const socket = ours.io(server.url, { forceNew: true, reconnection: false, transports: ["polling"], requestTimeout: 2000 });
  t.after(() => socket.disconnect());
  await connected(socket);
  const [reason, err] = await next(socket, "disconnect");
  assert.deepEqual([reason, err.message, err.context.error.message], ["transport error", "xhr poll error", "timeout"]);
});

test("without the package ws", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "socketio-alone-"));
  t.after(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, "node"));
  cpSync(new URL("../dist/node/index.cjs", import.meta.url), join(dir, "node/index.cjs"));
  const server = await npmServer();
  t.after(server.stop);
  const script = `
    const { io } = require(${JSON.stringify(join(dir, "node/index.cjs"))});
    const socket = io(process.argv[1], { transports: JSON.parse(process.argv[2]), extraHeaders: { "x-custom": "yes" }, reconnection: false });
    const failed = [];
    socket.io.engine?.on("upgradeError", (err) => failed.push(err.cause.description.message));
    socket.on("connect_error", (err) => { console.log(err.message, err.description.message); process.exit(); });
    socket.on("connect", async () => {
      await socket.emitWithAck("echo", 1);
      if (!failed.length && socket.io.engine.transport.name === "polling") await new Promise((resolve) => socket.io.engine.on("upgrade", resolve).on("upgradeError", resolve));
      console.log("connected", socket.io.engine.transport.name, ...failed);
      process.exit();
    });`;
  server.io.on("connection", (socket) => socket.on("echo", (value, ack) => ack(value)));
  const run = (flags, transports) =>
    within(
      new Promise((resolve, reject) =>
        execFile(process.execPath, [...flags, "--no-warnings", "-e", script, server.url, JSON.stringify(transports)], { timeout: 20_000 }, (err, stdout, stderr) =>
          err ? reject(new Error(stderr)) : resolve(stdout.trim()),
        ),
      ),
      "the script",
    );
  const advice = "no WebSocket: install the package ws, or use Node.js 22";
  const without = process.versions.node.startsWith("20.") ? [] : ["--no-experimental-websocket"];
  assert.equal(await run(without, ["websocket"]), `websocket error ${advice}`);
  assert.equal(await run(without, ["polling", "websocket"]), `connected polling ${advice}`);
  // The global WebSocket of newer versions does it as well, and sends headers.
  const headers = [];
  server.io.engine.on("headers", (_, req) => headers.push(req.headers["x-custom"]));
  assert.equal(await run(["--experimental-websocket"], ["websocket"]), "connected websocket");
  assert.deepEqual(headers, ["yes"]);
});
