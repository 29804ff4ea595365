// WebTransport for real: Chromium and HTTP/3, with our server, and with the published one behind a relay.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { within } from "./kit.mjs";
import { answer, BUILDS, launchChromium, loadBuild, serveFile } from "./pages.mjs";
import { buildGo, npmServer, startFixture } from "./servers.mjs";

/** Gives the streams that come over TCP to the server, as sessions of WebTransport. */
function acceptSessions(engine) {
  const tcp = createServer((socket) => {
    socket.on("error", () => {});
    void engine.onWebTransportSession({
      incomingBidirectionalStreams: new ReadableStream({ start: (controller) => controller.enqueue(Duplex.toWeb(socket)) }),
      closed: new Promise((resolve) => socket.once("close", resolve)),
      close: () => socket.end(),
    });
  });
  return new Promise((resolve) => tcp.listen(0, "127.0.0.1", () => resolve(tcp)));
}

/** Starts the relay on the UDP port of the server's number; resolves to the hash of its certificate. */
async function startRelay([program], port, tcpPort) {
  const child = spawn(program, ["-udp", `127.0.0.1:${port}`, "-tcp", `127.0.0.1:${tcpPort}`], { stdio: ["ignore", "pipe", "inherit"] });
  const certificate = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => resolve(line.split(" ")[1]));
    child.once("exit", (code) => reject(new Error(`the relay has exited with ${code}`)));
  });
  return { hash: await within(certificate, "the relay"), stop: () => child.kill() };
}

/** What runs in the page. */
async function inPage({ hash, transports }) {
  const value = Uint8Array.from(hash.match(/../g), (hex) => parseInt(hex, 16));
  const transportOptions = { webtransport: { serverCertificateHashes: [{ algorithm: "sha-256", value }] } };
  const socket = client.io({ forceNew: true, transportOptions, transports, reconnection: false });
  const first = socket.io.engine.transport.name;
  const next = (emitter, event) => new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
  const failed = next(socket, "connect_error").then(([err]) => Promise.reject(err));
  await Promise.race([next(socket, "connect"), failed]);
  const { engine } = socket.io;
  while (engine.transport.name !== "webtransport") await next(engine, "upgrade");
  const sizes = [];
  for (const size of [1, 200, 70_000, 900_000]) {
    const [text, binary] = await socket.emitWithAck("echo", ["é".repeat(size / 2), new Uint8Array(size).fill(7)]);
    sizes.push(text.length, binary.byteLength, new Uint8Array(binary).every((byte) => byte === 7));
  }
  const received = [];
  socket.on("echo", (n) => received.push(n));
  for (let n = 0; n < 500; n++) socket.emit("echo", n);
  while (received.length < 500) await next(socket, "echo");
  const ended = next(socket, "disconnect");
  socket.emit("bye");
  const [reason] = await ended;
  return { first, sizes, inOrder: received.every((n, i) => n === i), reason };
}

/** The published server behind a relay. */
async function npmEndpoint(t) {
  const program = buildGo("browser/test/quic", { GOWORK: "off" });
  t.after(program.remove);
  const options = { cors: undefined, transports: ["polling", "websocket", "webtransport"] };
  const server = await npmServer(options, answer);
  t.after(server.stop);
  server.io.on("connection", (socket) => {
    socket.on("echo", (value, ack) => (ack ? ack(value) : socket.emit("echo", value)));
    socket.on("bye", () => socket.disconnect());
  });
  const tcp = await acceptSessions(server.io.engine);
  t.after(() => tcp.close());
  const relay = await startRelay(program.command, server.port, tcp.address().port);
  t.after(relay.stop);
  return { url: `${server.url}/page`, hash: relay.hash };
}

/** The example of our server. */
async function goEndpoint(t) {
  const program = buildGo("webtransport/example");
  t.after(program.remove);
  const { port, stop } = await startFixture(program.command, { addr: "127.0.0.1:0" });
  t.after(stop);
  const url = `http://127.0.0.1:${port}`;
  return { url, hash: Buffer.from(await (await fetch(`${url}/certificate`)).arrayBuffer()).toString("hex") };
}

for (const [server, endpoint] of Object.entries({ go: goEndpoint, npm: npmEndpoint })) {
  test(`WebTransport in Chromium, ${server} server`, { timeout: 300_000 }, async (t) => {
    const { url, hash } = await endpoint(t);
    const browser = await launchChromium({ args: [] });
    t.after(() => browser.close());
    for (const name of ["our readable script", "our minified module", "the published module"]) {
      for (const [how, transports] of Object.entries({ alone: ["webtransport"], "after polling": ["polling", "webtransport"] })) {
        await t.test(`${name}, ${how}`, async () => {
          const page = await browser.newPage();
          await page.route(/\/(dist|node_modules)\//, serveFile);
          await page.goto(url);
          await loadBuild(page, BUILDS[name]);
          const result = await within(page.evaluate(inPage, { hash, transports }), "the page", 60_000);
          const sizes = [1, 200, 70_000, 900_000].flatMap((size) => [Math.floor(size / 2), size, true]);
          assert.deepEqual(result, { first: transports[0], sizes, inOrder: true, reason: "io server disconnect" });
          await page.close();
        });
      }
    }
  });
}

test("the example's page moves to WebTransport", { timeout: 100_000 }, async (t) => {
  const { url } = await goEndpoint(t);
  const browser = await launchChromium({ args: [] });
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(url);
  await page.locator("#transport", { hasText: /^webtransport$/ }).waitFor();
  await page.locator("#time", { hasText: /ms$/ }).waitFor();
});
