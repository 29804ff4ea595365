// Pages that are left, with and without the back/forward cache, in Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";
import { next, within } from "./kit.mjs";
import { answer, BUILDS, launchChromium, loadBuild } from "./pages.mjs";
import { npmServer } from "./servers.mjs";

const builds = ["our readable script", "our minified module"];

/** Opens a page with a connected socket; `peer` is the server's. */
async function open(browser, server, build, transport) {
  const page = await browser.newPage();
  await page.goto(`${server.url}/page`);
  await loadBuild(page, BUILDS[build]);
  const peer = next(server.io, "connection");
  await page.evaluate(
    (transports) =>
      new Promise((resolve) => {
        window.reasons = [];
        window.socket = client.io({ transports, reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 });
        socket.on("disconnect", (reason, details) => reasons.push([reason, details?.description]));
        socket.once("connect", resolve);
      }),
    [transport],
  );
  return { page, peer: (await peer)[0] };
}

for (const build of builds) {
  for (const transport of ["polling", "websocket"]) {
    test(`the server is told when a page is left: ${build}, ${transport}`, async (t) => {
      // A heartbeat would take a minute to notice.
      const server = await npmServer({ cors: undefined, pingInterval: 30_000, pingTimeout: 30_000 }, answer);
      t.after(server.stop);
      const browser = await launchChromium();
      t.after(() => browser.close());
      for (const leave of [(page) => page.goto("about:blank"), (page) => page.close(), (page) => page.reload()]) {
        const { page, peer } = await open(browser, server, build, transport);
        const left = next(peer, "disconnect");
        await leave(page);
        const [reason] = await left;
        // The end of a waiting request may be faster than the word of the page.
        assert(reason === "transport close" || (transport === "polling" && reason === "transport error"), reason);
      }
    });

    test(`a page comes back from the cache: ${build}, ${transport}`, async (t) => {
      const server = await npmServer({ cors: undefined, pingInterval: 30_000, pingTimeout: 30_000 }, answer);
      t.after(server.stop);
      const browser = await launchChromium({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
      t.after(() => browser.close());
      const { page, peer } = await open(browser, server, build, transport);
      const left = next(peer, "disconnect");
      await page.goto(`${server.url}/page/other`);
      assert.equal((await left)[0], "transport close");
      const back = next(server.io, "connection");
      await page.goBack({ waitUntil: "commit" });
      await back;
      // It is the same page, and not a new one.
      const state = () => page.evaluate(() => window.socket && { connected: socket.connected, reasons });
      await within(page.waitForFunction(() => window.socket?.connected), "the socket");
      assert.deepEqual(await state(), { connected: true, reasons: [["transport close", "page hidden"]] });
    });
  }
}
