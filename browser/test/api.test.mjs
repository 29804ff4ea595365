// Names, how the builds are loaded, and what needs no server.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import vm from "node:vm";
import * as official from "socket.io-client";
import * as esm from "../dist/socket.io.esm.min.js";
import * as msgpack from "../dist/socket.io.msgpack.esm.min.js";
import * as websocket from "../dist/socket.io.ws.esm.min.js";
import * as forNode from "../dist/node/index.js";
import * as msgpackForNode from "../dist/node/index.msgpack.js";
import * as websocketForNode from "../dist/node/index.ws.js";
import { requireScript } from "./source.mjs";

const opts = { autoConnect: false };
const require = createRequire(import.meta.url);
const SCRIPTS = ["socket.io.js", "socket.io.min.js", "socket.io.ws.min.js", "socket.io.msgpack.min.js"];
const dist = new URL("../dist/", import.meta.url);

for (const name of SCRIPTS) {
  const code = readFileSync(new URL(name, dist), "utf8");

  test(`${name} sets the global io, and nothing else`, () => {
    const sandbox = vm.createContext({ setTimeout, clearTimeout, URLSearchParams, queueMicrotask });
    const before = Object.keys(sandbox);
    vm.runInContext(code, sandbox);
    assert.equal(vm.runInContext("typeof io", sandbox), "function");
    assert.deepEqual(Object.keys(sandbox).filter((key) => !before.includes(key)), ["io"]);
    assert.equal(vm.runInContext(`io("http://x/chat", { autoConnect: false }).nsp`, sandbox), "/chat");
  });

  test(`${name} is a module of AMD loaders`, () => {
    let made;
    const define = Object.assign((deps, factory) => (made = factory()), { amd: {} });
    vm.runInContext(code, vm.createContext({ define, setTimeout, clearTimeout }));
    assert.equal(typeof made.Manager, "function");
  });
}

test("every build for browsers has a banner and a map", () => {
  const names = readdirSync(dist).filter((name) => name.endsWith(".js"));
  assert.equal(names.length, 7);
  for (const name of names) {
    const code = readFileSync(new URL(name, dist), "utf8");
    assert.match(code, /^\/\*! .*MIT/);
    assert.equal(code.match(/\/\*!/g).length, 1);
    assert(code.trimEnd().endsWith(`//# sourceMappingURL=${name}.map`));
    const map = JSON.parse(readFileSync(new URL(`${name}.map`, dist), "utf8"));
    assert(map.sources.every((source) => source === "../script.js" || /^\.\.\/src\/[\w.]+\.ts$/.test(source)), map.sources.join());
    assert.equal(map.sourcesContent.length, map.sources.length);
  }
});

const NAMES = ["Manager", "Socket", "connect", "default", "io", "protocol"];
const TRANSPORTS = ["Fetch", "NodeWebSocket", "NodeXHR", "WebSocket", "WebTransport", "XHR"];
const WEBSOCKETS = ["NodeWebSocket", "WebSocket"];
const CODEC = ["Decoder", "Encoder"];

test("the modules export what the published client exports", () => {
  const expected = Object.keys(official).filter((name) => name !== "module.exports");
  assert.deepEqual([...NAMES, ...TRANSPORTS].sort(), expected.sort());
  const modules = [
    [esm, TRANSPORTS], [forNode, TRANSPORTS],
    [websocket, WEBSOCKETS], [websocketForNode, WEBSOCKETS],
    [msgpack, [...TRANSPORTS, ...CODEC]], [msgpackForNode, [...TRANSPORTS, ...CODEC]],
  ];
  for (const [module, more] of modules) {
    assert.deepEqual(Object.keys(module).sort(), [...NAMES, ...more].sort());
    assert.equal(module.default, module.io);
    assert.equal(module.connect, module.io);
    assert.equal(module.protocol, 5);
  }
});

test("require() gives a function with all names", () => {
  for (const [name, module] of [["index", forNode], ["index.ws", websocketForNode], ["index.msgpack", msgpackForNode]]) {
    const io = require(`../dist/node/${name}.cjs`);
    assert.equal(typeof io, "function");
    assert.deepEqual(Object.keys(module).filter((key) => !(key in io)), []);
    assert.equal(io.default, io);
    assert(io("http://a", opts) instanceof io.Socket);
  }
});

for (const [label, io] of Object.entries({ esm: esm.io, "script tag": requireScript("socket.io.min.js"), node: forNode.io })) {
  test(`properties of io: ${label}`, () => {
    assert.equal(io.protocol, 5);
    assert(io("http://a", opts) instanceof io.Socket);
    assert(io.connect("http://a/b", opts) instanceof io.Socket);
    assert(io.io("http://a/c", opts).io instanceof io.Manager);
    assert(io({ ...opts, host: "a" }) instanceof io.Socket);
  });
}

test("names that applications look at although they are private", () => {
  for (const { Manager } of [esm, forNode]) {
    const manager = new Manager("http://a", opts);
    assert.deepEqual([manager._autoConnect, manager._readyState, manager._reconnecting], [false, "closed", false]);
    assert.equal(typeof manager._close, "function");
    const socket = manager.socket("/x");
    assert.equal(manager.nsps["/x"], socket);
    assert.deepEqual([socket.acks, socket.ids, socket.sendBuffer, socket.receiveBuffer], [{}, 0, [], []]);
  }
});

test("which sockets share a connection", () => {
  const { io } = esm;
  const socket = io("http://multi.example/", opts);
  const shared = (uri, more) => io(uri, { ...opts, ...more }).io === socket.io;
  assert.equal(shared("http://multi.example/a"), true);
  assert.equal(shared("http://multi.example:80/b?x=1"), true);
  assert.equal(shared("http://multi.example/a"), false, "the same namespace");
  assert.equal(shared("http://multi.example:81/c"), false, "another port");
  assert.equal(shared("https://multi.example/d"), false, "another scheme");
  assert.equal(shared("http://multi.example/e", { path: "/other" }), false, "another path");
  for (const option of ["forceNew", "force new connection"]) assert.equal(shared("http://multi.example/f", { [option]: true }), false);
  assert.equal(shared("http://multi.example/h", { multiplex: false }), false);
  assert.equal(shared("http://multi.example/i"), true);
});

const settings = (manager) => [
  manager.reconnection(), manager.reconnectionAttempts(), manager.reconnectionDelay(),
  manager.reconnectionDelayMax(), manager.randomizationFactor(), manager.timeout(),
];

for (const [label, { Manager }] of Object.entries({ ours: esm, published: official })) {
  test(`the settings of a manager: ${label}`, () => {
    assert.deepEqual(settings(new Manager("http://a", opts)), [true, Infinity, 1000, 5000, 0.5, 20000]);
    const zeros = { reconnectionAttempts: 0, reconnectionDelay: 0, reconnectionDelayMax: 0, randomizationFactor: 0, timeout: 0 };
    assert.deepEqual(settings(new Manager("http://a", { ...opts, ...zeros })), [true, Infinity, 1000, 5000, 0, 0]);
    const manager = new Manager("http://a", { ...opts, timeout: false, reconnection: false });
    assert.deepEqual([manager.timeout(), manager.reconnection()], [false, false]);
    const same = manager.reconnection(true).reconnectionAttempts(1).reconnectionDelay(2).reconnectionDelayMax(3).randomizationFactor(0);
    assert.equal(same.timeout(4), manager);
    assert.deepEqual(settings(manager), [true, 1, 2, 3, 0, 4]);
  });
}

test("a custom parser is used", () => {
  const seen = [];
  class Encoder {
    encode(packet) {
      seen.push(packet);
      return [];
    }
  }
  const manager = new esm.Manager("http://a", { ...opts, parser: { Encoder, Decoder: class { on() {} off() {} add() {} } } });
  Object.assign(manager, { _readyState: "open", engine: { write() {} } });
  manager.socket("/x").connect();
  assert.deepEqual(seen.map(({ type, nsp }) => [type, nsp]), [[0, "/x"]]);
});

test("transports that are not there", () => {
  for (const { io } of [esm, websocket]) assert.throws(() => io("http://a", { transports: ["pigeon"] }), { message: 'unknown transport "pigeon"' });
  assert.throws(() => websocket.io("http://a", { transports: ["polling"] }), { message: 'unknown transport "polling"' });
  const { Fetch } = esm;
  assert.throws(() => esm.io("http://a", { transports: ["polling"], transportImplementations: [Fetch] }), /transportImplementations/);
});
