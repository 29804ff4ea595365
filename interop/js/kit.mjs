// What scenarios are written with: waiting without sleeping, clients of every level (Socket.IO, Engine.IO, WebSocket, HTTP, TCP),
// and the World, which hands them out and closes them when the scenario ends.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Socket as EngineSocket } from "engine.io-client";
import WebSocket from "ws";
import { CLIENTS } from "./clients.mjs";

export const PATIENCE = 10_000;
export const ID = /^[A-Za-z0-9_-]{20}$/;

/** Fails with "timed out: what" unless the promise settles in time. */
export async function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, ms, new Error(`timed out after ${ms} ms: ${what}`));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Repeats an asynchronous question until the answer is true. Each question must itself wait for the peer. */
export async function until(what, question, ms = PATIENCE) {
  const end = performance.now() + ms;
  while (!(await question())) {
    if (performance.now() > end) throw new Error(`timed out after ${ms} ms: ${what}`);
    await sleep(5);
  }
}

/** A list that can be waited on. `seen` keeps everything ever put in. */
export class Inbox {
  seen = [];
  #unread = [];
  #waiting = [];

  constructor(name = "inbox") {
    this.name = name;
  }

  put(item) {
    this.seen.push(item);
    const at = this.#waiting.findIndex(({ wanted }) => wanted(item));
    if (at < 0) this.#unread.push(item);
    else this.#waiting.splice(at, 1)[0].resolve(item);
  }

  /** Takes the first unread item that is wanted, waiting for it if need be. */
  next(wanted = () => true, ms = PATIENCE) {
    const at = this.#unread.findIndex(wanted);
    if (at >= 0) return Promise.resolve(this.#unread.splice(at, 1)[0]);
    const waiting = new Promise((resolve) => this.#waiting.push({ wanted, resolve }));
    return within(ms, `nothing in ${this.name}; seen ${brief(this.seen)}`, waiting);
  }

  async take(n) {
    const items = [];
    while (items.length < n) items.push(await this.next());
    return items;
  }
}

export function brief(value) {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length})` : text;
}

/** Collects the arguments of every `event` of an emitter. */
export function inbox(emitter, event) {
  const box = new Inbox(`"${event}"`);
  emitter.on(event, (...args) => box.put(args));
  return box;
}

/** Waits for one `event`; gives its arguments. */
export function next(emitter, event, ms = PATIENCE) {
  const waiting = new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
  return within(ms, `no "${event}"`, waiting);
}

/** Collects the pings that come, which are pongs to clients of version 2. */
export function heartbeats(socket) {
  const box = new Inbox("heartbeats");
  socket.io.engine.on("packet", ({ type }) => (type === "ping" || type === "pong") && box.put(type));
  return box;
}

/** Emits and waits for the ack; gives its arguments. */
export function ask(socket, event, ...args) {
  const waiting = new Promise((resolve) => socket.emit(event, ...args, (...answers) => resolve(answers)));
  return within(PATIENCE, `no ack of "${event}"`, waiting);
}

/** As ask, for events that answer one value. */
export async function tell(socket, event, ...args) {
  const answers = await ask(socket, event, ...args);
  assert.equal(answers.length, 1, `"${event}" answered ${brief(answers)}`);
  return answers[0];
}

/** When this returns, everything the server sent this socket before has been received. */
export async function barrier(...sockets) {
  for (const socket of sockets) assert.equal(await tell(socket, "echo", "barrier"), "barrier");
}

/** Binary of n bytes with a recognisable content. */
export const bytes = (n) => Buffer.from(Uint8Array.from({ length: n }, (_, i) => i % 251));

const TRANSPORTS = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};

/** Waits until an engine.io-client socket runs on its last transport. */
export async function settled(engine, mode) {
  const wanted = TRANSPORTS[mode].at(-1);
  if (engine.transport.name !== wanted) await next(engine, "upgrade");
  assert.equal(engine.transport.name, wanted);
}

export class World {
  #cleanups = [];

  /** client: an entry of CLIENTS, the one that connects unless another is asked for. */
  constructor({ fixture, mode, impl, client }) {
    Object.assign(this, { fixture, mode, impl, client });
  }

  get url() {
    return this.fixture.url;
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  /** The expectation for the implementation under test. */
  expect({ node, go }) {
    return this.impl === "go" ? go : node;
  }

  onEnd(cleanup) {
    this.#cleanups.push(cleanup);
  }

  async end() {
    for (const cleanup of this.#cleanups.reverse()) await cleanup();
  }

  /** A Manager of its own connection. No reconnection unless asked for. */
  manager({ mode = this.mode, ...options } = {}) {
    const manager = new this.client.Manager(this.url, {
      path: "/socket.io",
      transports: TRANSPORTS[mode],
      reconnection: false,
      autoConnect: false,
      ...this.client.options,
      ...options,
    });
    this.onEnd(() => (manager._close ?? manager.close).call(manager));
    return manager;
  }

  /** Whether the client has what some lack. */
  can(need) {
    return !this.client.lacks[need];
  }

  /** Credentials, as this client gives them to a namespace. */
  credentials(auth) {
    return this.client.protocol === 3 ? { query: auth } : { auth };
  }

  /** A Socket.IO client that has begun to connect, on a connection of its own. */
  begin(nsp = "/", { auth, ...options } = {}) {
    return this.manager(options).socket(nsp, this.credentials(auth)).connect();
  }

  /** A connected Socket.IO client. In mode upgrade the upgrade may still be going on. */
  async connect(nsp = "/", options) {
    return await connected(this.begin(nsp, options));
  }

  /** A connected Socket.IO client on its final transport. */
  async connectSettled(nsp = "/", options = {}) {
    const socket = await this.connect(nsp, options);
    await settled(socket.io.engine, options.mode ?? this.mode);
    return socket;
  }

  connectMany(n, nsp = "/", options) {
    return Promise.all(Array.from({ length: n }, () => this.connect(nsp, options)));
  }

  /** A client in the room `watch`: gone(id) tells why another socket of the namespace left. */
  async watch(nsp = "/") {
    const socket = await this.connect(nsp, { mode: "websocket" });
    const left = inbox(socket, "left");
    assert.equal(await tell(socket, "join", "watch"), "ok");
    const gone = async (id, ms) => (await left.next(([who]) => who.id === id, ms))[0].reason;
    return { socket, gone };
  }

  /** A raw engine.io-client: messages are Socket.IO packets as text or Buffer. */
  engine(options = {}) {
    const engine = new EngineSocket(this.url, { path: "/socket.io", transports: TRANSPORTS[this.mode], ...options });
    const raw = { engine, messages: new Inbox("engine messages"), closed: new Inbox("engine close") };
    engine.on("message", (data) => raw.messages.put(data));
    engine.on("close", (reason) => raw.closed.put(reason));
    engine.on("error", () => {});
    this.onEnd(() => engine.close());
    raw.send = (...packets) => packets.forEach((packet) => engine.send(packet));
    raw.join = async (nsp = "/", payload = "") => await joinRaw(raw, (packet) => engine.send(packet), nsp, payload);
    return raw;
  }

  /** A WebSocket that speaks Engine.IO packets by hand. */
  ws(query = "EIO=4&transport=websocket", { protocols = [], ...options } = {}) {
    const ws = new WebSocket(`${this.url.replace("http", "ws")}/socket.io/?${query}`, protocols, options);
    const raw = { ws, frames: new Inbox("frames"), closed: new Inbox("ws close") };
    ws.on("message", (data, binary) => raw.frames.put(binary ? data : String(data)));
    ws.on("close", (code) => raw.closed.put(code));
    ws.on("error", (err) => raw.closed.put(err.message));
    this.onEnd(() => ws.terminate());
    raw.opened = () => within(PATIENCE, "WebSocket not opened", once(ws, "open"));
    raw.send = (...frames) => frames.forEach((frame) => ws.send(frame));
    raw.join = (nsp = "/", payload = "") => {
      const messages = { next: async (wanted) => (await raw.frames.next((f) => f[0] === "4" && wanted(f.slice(1)))).slice(1) };
      return joinRaw({ messages }, (packet) => ws.send(`4${packet}`), nsp, payload);
    };
    return raw;
  }

  /** A WebSocket session by hand: past the handshake, not yet in a namespace. */
  async wsSession(query) {
    const raw = this.ws(query);
    raw.handshake = parseOpen(await raw.frames.next());
    return raw;
  }

  /** One HTTP request. Gives {status, headers, body}; body is text unless `raw`. */
  http(method, path, { headers = {}, body, raw = false } = {}) {
    const done = new Promise((resolve, reject) => {
      const request = http.request({ host: "127.0.0.1", port: this.port, method, path, headers, agent: false }, (res) => {
        const chunks = [];
        res.on("data", (chunk) => chunks.push(chunk));
        res.on("error", reject);
        res.on("end", () => {
          const all = Buffer.concat(chunks);
          resolve({ status: res.statusCode, headers: res.headers, body: raw ? all : all.toString() });
        });
      });
      request.on("error", reject);
      request.end(body);
    });
    return within(PATIENCE, `${method} ${path} not answered`, done);
  }

  /** A polling session by hand, past the handshake. */
  async poll(extra = "") {
    const base = `/socket.io/?EIO=4&transport=polling${extra}`;
    const { status, body } = await this.http("GET", base);
    assert.equal(status, 200, body);
    const handshake = parseOpen(body);
    const path = `${base}&sid=${handshake.sid}`;
    const session = {
      ...handshake,
      path,
      get: (options) => this.http("GET", path, options),
      post: (payload, options) => this.http("POST", path, { body: payload, ...options }),
    };
    session.join = async (nsp = "/") => {
      assert.equal((await session.post(nsp === "/" ? "40" : `40${nsp},`)).body, "ok");
      const packet = (await session.get()).body;
      return JSON.parse(packet.slice(packet.indexOf("{"))).sid;
    };
    /** Asks for an ack over POST and GET: is this session alive? */
    session.alive = async () => {
      assert.deepEqual(pick(await session.post('427["echo","alive"]')), { status: 200, body: "ok" });
      assert.deepEqual(pick(await session.get()), { status: 200, body: '437["alive"]' });
    };
    session.gone = async () => {
      assert.deepEqual(pick(await session.get()), { status: 400, body: '{"code":1,"message":"Session ID unknown"}' });
    };
    return session;
  }

  /** Writes bytes on a TCP connection; gives everything received until the peer closes it. */
  tcp(text) {
    const socket = net.connect(this.port, "127.0.0.1");
    socket.write(text);
    const done = new Promise((resolve, reject) => {
      const chunks = [];
      socket.on("data", (chunk) => chunks.push(chunk));
      socket.on("end", () => socket.end());
      socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
      socket.on("error", reject);
    });
    this.onEnd(() => socket.destroy());
    return within(PATIENCE, "TCP connection not closed by the server", done);
  }

  /** An open TCP connection on which `text` has been written. */
  async tcpOpen(text) {
    const socket = net.connect(this.port, "127.0.0.1");
    socket.on("error", () => {});
    this.onEnd(() => socket.destroy());
    await once(socket, "connect");
    socket.write(text);
    return socket;
  }

  /** An upgrade request as text; gives the raw answer. */
  rawUpgrade(path, { headers = {}, host = `127.0.0.1:${this.port}` } = {}) {
    const extra = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return this.tcp(
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${extra.join("")}\r\n`,
    );
  }

  /** A client in a process of its own, to be frozen or killed. `says` holds its {event, …} lines. */
  async puppet(options = {}) {
    const script = fileURLToPath(new URL("puppet.mjs", import.meta.url));
    const client = Object.keys(CLIENTS).find((name) => CLIENTS[name] === this.client);
    const child = spawn(process.execPath, [script, client, this.url, JSON.stringify({ transports: TRANSPORTS[this.mode], ...options })], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.onEnd(() => child.kill("SIGKILL"));
    const says = new Inbox("puppet");
    createInterface({ input: child.stdout }).on("line", (line) => says.put(JSON.parse(line)));
    const { id } = await says.next(({ event }) => event === "ready", 2 * PATIENCE);
    return { child, says, id };
  }
}

export async function connected(socket) {
  if (!socket.connected) {
    const failed = refused(socket).then((err) => Promise.reject(err));
    failed.catch(() => {});
    await Promise.race([next(socket, "connect"), failed]);
  }
  return socket;
}

/** Waits until a socket is refused; gives {message, data}. Clients of version 2 get only one of the two. */
export async function refused(socket) {
  const either = ["connect_error", "error"].map((event) => next(socket, event));
  either.forEach((waiting) => waiting.catch(() => {}));
  const [err] = await Promise.race(either);
  if (err instanceof Error) return err;
  // The official server has one way to say this for all clients.
  const message = typeof err === "string" ? err : err.message;
  return message ? new Error(message) : Object.assign(new Error("refused"), { data: err });
}

async function joinRaw({ messages }, send, nsp, payload) {
  const prefix = nsp === "/" ? "0" : `0${nsp},`;
  send(prefix + payload);
  const reply = await messages.next((m) => typeof m === "string" && m.startsWith(`${prefix}{`));
  const { sid } = JSON.parse(reply.slice(prefix.length));
  assert.match(sid, ID);
  return sid;
}

function parseOpen(packet) {
  assert.equal(packet[0], "0", `not an open packet: ${brief(packet)}`);
  return JSON.parse(packet.slice(1));
}

export const pick = ({ status, body }) => ({ status, body });
