// The client in dedicated, shared and service workers of Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Harness } from "./harness.mjs";
import { within } from "./kit.mjs";
import { launchChromium, servePackage } from "./pages.mjs";

const script = (client) => `/test/workers/script.js?client=${client}`;
const CLIENTS = {
  "our readable script": script("/dist/socket.io.js"),
  "our minified script": script("/dist/socket.io.min.js"),
  "our minified module": "/test/workers/module.mjs",
  "the published script": script("/node_modules/socket.io-client/dist/socket.io.min.js"),
};
const KINDS = ["Worker", "SharedWorker", "serviceWorker"];

/** Runs in a page: starts a worker, and resolves to what it answers. */
async function ask({ kind, url, message }) {
  const options = { type: url.endsWith(".mjs") ? "module" : "classic" };
  let worker;
  if (kind === "serviceWorker") {
    const registration = await navigator.serviceWorker.register(url, options);
    worker = registration.installing ?? registration.active;
    if (worker.state !== "activated") await new Promise((resolve) => (worker.onstatechange = () => worker.state === "activated" && resolve()));
  } else {
    worker = new globalThis[kind](url, options);
    worker = worker.port ?? worker;
  }
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
  worker.postMessage(message, [port2]);
  return answer;
}

for (const server of ["go", "npm"]) {
  test(`workers, ${server} server`, async (t) => {
    const harness = new Harness(server);
    const [files, browser] = await Promise.all([servePackage(), launchChromium(), harness.start()]);
    t.after(() => Promise.all([files.stop(), browser.close(), harness.stop()]));
    const address = harness.begin(1);
    for (const [name, url] of Object.entries(CLIENTS)) {
      for (const kind of KINDS) {
        for (const transport of ["polling", "websocket"]) {
          // It polls with XMLHttpRequest, which service workers do not have.
          if (name === "the published script" && kind === "serviceWorker" && transport === "polling") continue;
          await t.test(`${name}, ${kind}, ${transport}`, async () => {
            const context = await browser.newContext();
            const page = await context.newPage();
            await page.goto(`${files.url}/page`);
            const answer = page.evaluate(ask, { kind, url, message: [await address, [transport]] });
            assert.deepEqual(await within(answer, "the worker"), { echo: [1, 2, 3], again: "again", isOther: true, transport });
            await context.close();
          });
        }
      }
    }
  });
}
