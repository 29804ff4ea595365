// What takes a page of Chromium away from its server and back: the network, sleep, another tab. Pages that are left are in
// leaving.test.mjs, the finer points in page.test.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { within } from "./kit.mjs";
import { answer, BUILDS, launchChromium, loadBuild } from "./pages.mjs";
import { npmServer } from "./servers.mjs";
import { launchSuspendable } from "./suspend.mjs";

/** Opens a page with a connected socket, which would wait a minute for its next attempt, or as long as said. */
async function open(t, browser, build, { serverOpts, ...opts } = {}) {
  const server = await npmServer({ cors: undefined, ...serverOpts }, answer);
  t.after(server.stop);
  const page = await browser.newPage();
  await page.goto(`${server.url}/page`);
  await loadBuild(page, BUILDS[build]);
  await page.evaluate(
    (opts) =>
      new Promise((resolve) => {
        window.log = [];
        window.socket = client.io({ reconnectionDelay: 60_000, reconnectionDelayMax: 60_000, ...opts });
        for (const event of ["connect", "disconnect"]) socket.on(event, (why) => log.push(why ?? event));
        socket.io.on("reconnect_attempt", () => log.push("attempt"));
        socket.once("connect", resolve);
      }),
    { transports: ["websocket"], ...opts },
  );
  const log = () => page.evaluate(() => log);
  /** Waits until the log is like that. */
  const seen = async (...events) => {
    const wanted = `^${events.join()}$`;
    const done = page.waitForFunction((wanted) => new RegExp(wanted).test(log.join()), wanted, { timeout: 30_000 });
    await done.catch(async () => assert.match((await log()).join(), new RegExp(wanted)));
  };
  return { server, page, log, seen };
}

async function launch(t) {
  const browser = await launchChromium();
  t.after(() => browser.close());
  return browser;
}

for (const build of ["our readable script", "our minified module"]) {
  for (const transport of ["polling", "websocket"]) {
    test(`the network goes, and comes back: ${build}, ${transport}`, async (t) => {
      const opts = { transports: [transport], reconnectionDelay: 10, reconnectionDelayMax: 10 };
      const { page, log, seen } = await open(t, await launch(t), build, opts);
      await page.context().setOffline(true);
      await seen("connect", "transport close");
      // Time for many attempts, were there a network.
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.deepEqual(await log(), ["connect", "transport close"]);
      await page.context().setOffline(false);
      await seen("connect", "transport close", "attempt", "connect");
    });
  }

  test(`the network is back before the delay is over: ${build}`, async (t) => {
    const { page, seen } = await open(t, await launch(t), build);
    await page.context().setOffline(true);
    await seen("connect", "transport close");
    await page.context().setOffline(false);
    await seen("connect", "transport close", "attempt", "connect");
  });

  test(`a tab is seen again while it waits for its next attempt: ${build}`, async (t) => {
    const { page, seen } = await open(t, await launch(t), build);
    await page.evaluate(() => socket.io.engine.close());
    await seen("connect", "forced close");
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await seen("connect", "forced close", "attempt", "connect");
  });

  test(`a device that has slept is connected at once: ${build}`, async (t) => {
    const { browser, suspend, resume, close } = await launchSuspendable();
    t.after(close);
    const { server, seen } = await open(t, browser, build, { serverOpts: { pingInterval: 1500, pingTimeout: 1500 } });
    suspend();
    // The server gives up; the client has to find out when its clock goes on.
    await within(new Promise((resolve) => server.io.sockets.sockets.values().next().value.once("disconnect", resolve)), "the end");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    resume();
    await within(new Promise((resolve) => server.io.once("connection", resolve)), "the connection");
    // Either may come to its notice first.
    await seen("connect", "(ping timeout|transport close)", "attempt", "connect");
  });

  test(`a busy server says when to come back: ${build}`, async (t) => {
    const opts = { transports: ["polling"], reconnectionDelay: 1, reconnectionDelayMax: 1 };
    const { server, page, seen } = await open(t, await launch(t), build, opts);
    const [serve] = server.http.listeners("request");
    let isBusy = true;
    let refusedAt;
    server.http.removeAllListeners("request").on("request", (req, res) => {
      // The session that ends has still something to say.
      if (!isBusy || req.url.includes("sid=")) return serve.call(server.http, req, res);
      isBusy = false;
      refusedAt = performance.now();
      res.writeHead(503, { "Retry-After": "1" }).end();
    });
    await page.evaluate(() => socket.io.engine.close());
    await new Promise((resolve) => server.io.once("connection", resolve));
    const waited = performance.now() - refusedAt;
    assert(waited >= 950, `only ${waited} ms`);
    await seen("connect", "forced close", "attempt", "attempt", "connect");
  });
}
