// Names, and how the bundles are loaded.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";
import { requireDist } from "./helper.mjs";
import * as esm from "../dist/socket.io.esm.min.js";

const opts = { autoConnect: false };

for (const name of ["socket.io.js", "socket.io.min.js"]) {
  const code = readFileSync(new URL(`../dist/${name}`, import.meta.url), "utf8");

  test(`${name} sets the global io`, () => {
    const sandbox = vm.createContext({ setTimeout, clearTimeout, URLSearchParams, queueMicrotask });
    vm.runInContext(code, sandbox);
    assert.equal(vm.runInContext("typeof io", sandbox), "function");
    assert.deepEqual(Object.keys(sandbox).filter((key) => !/^(set|clear)Timeout$|^URL|^queue/.test(key)), ["io"]);
    const nsp = vm.runInContext(`io("http://x/chat", { autoConnect: false }).nsp`, sandbox);
    assert.equal(nsp, "/chat");
  });

  test(`${name} is a module of AMD loaders`, () => {
    let made;
    const define = Object.assign((deps, factory) => (made = factory()), { amd: {} });
    vm.runInContext(code, vm.createContext({ define, setTimeout, clearTimeout }));
    assert.equal(typeof made.Manager, "function");
  });

  test(`${name} has a banner and a map`, () => {
    assert.match(code, /^\/\*! .*MIT/);
    assert(code.trimEnd().endsWith(`//# sourceMappingURL=${name}.map`));
    const map = JSON.parse(readFileSync(new URL(`../dist/${name}.map`, import.meta.url), "utf8"));
    assert(map.sources.every((source) => /^\.\.\/src\/\w+\.ts$/.test(source)), map.sources.join());
  });
}

test("exports of the module", () => {
  assert.equal(esm.default, esm.io);
  assert.equal(esm.protocol, 5);
  for (const name of ["Manager", "Socket", "connect", "io", "Fetch", "XHR", "WebSocket"]) {
    assert.equal(typeof esm[name], "function", name);
  }
});

for (const [label, io] of Object.entries({ esm: esm.io, "script tag": requireDist("socket.io.min.js") })) {
  test(`properties of io: ${label}`, () => {
    assert.equal(io.protocol, 5);
    assert.equal(typeof io.Manager, "function");
    assert.equal(typeof io.Socket, "function");
    assert(io("http://a", opts) instanceof io.Socket);
    assert(io.connect("http://a/b", opts) instanceof io.Socket);
    assert(io.io("http://a/c", opts).io instanceof io.Manager);
  });
}

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
  assert.equal(shared("http://multi.example/f", { forceNew: true }), false);
  assert.equal(shared("http://multi.example/g", { "force new connection": true }), false);
  assert.equal(shared("http://multi.example/h", { multiplex: false }), false);
  assert.equal(shared("http://multi.example/i"), true);
});

test("the options of a manager", () => {
  const manager = new esm.Manager("http://a", opts);
  assert.deepEqual(
    [
      manager.reconnection(),
      manager.reconnectionAttempts(),
      manager.reconnectionDelay(),
      manager.reconnectionDelayMax(),
      manager.randomizationFactor(),
      manager.timeout(),
    ],
    [true, Infinity, 1000, 5000, 0.5, 20000],
  );
  manager.reconnection(false).reconnectionAttempts(1).reconnectionDelay(2).reconnectionDelayMax(3).randomizationFactor(0).timeout(false);
  assert.deepEqual(
    [
      manager.reconnection(),
      manager.reconnectionAttempts(),
      manager.reconnectionDelay(),
      manager.reconnectionDelayMax(),
      manager.randomizationFactor(),
      manager.timeout(),
    ],
    [false, 1, 2, 3, 0, false],
  );
  assert.equal(manager._autoConnect, false);
  assert.equal(manager._readyState, "closed");
});

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
