// What is measured. Each function starts a browser of its own, loads a client, and returns { row of the table: value }.
import { setTimeout as sleep } from "node:timers/promises";
import { launchChromium } from "../test/pages.mjs";
import { launchSuspendable } from "../test/suspend.mjs";

const SLEEP = 9000;
const OFFLINE = 10_000;

/** Runs in the page: connects, and keeps a log of what happens and when, which `log` has. */
async function connect(module) {
  const { io } = await import(module);
  window.log = [];
  const note = (what) => log.push([what, Date.now()]);
  for (const event of ["offline", "online"]) addEventListener(event, () => note(event));
  addEventListener("pageshow", (event) => event.persisted && note("pageshow"));
  window.socket = io({ forceNew: true, transports: ["websocket"] });
  for (const event of ["connect", "disconnect"]) socket.on(event, () => note(event));
  socket.io.on("reconnect_attempt", () => note("attempt"));
  await new Promise((resolve) => socket.once("connect", resolve));
}

async function open(browser, url, module) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${url}/page`);
  await page.evaluate(connect, module);
  return { context, page };
}

/** Waits until the page has connected again after that moment; returns the log since then. */
async function reconnected(page, since) {
  await page.waitForFunction((since) => log.some(([what, at]) => what === "connect" && at >= since), since, { timeout: 60_000, polling: 50 });
  return (await page.evaluate(() => log)).filter(([, at]) => at >= since);
}

const when = (log, what) => log.find(([event]) => event === what)[1];

/** The page is left, and shown again from the back/forward cache. */
export async function cache(url, module) {
  const browser = await launchChromium({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  try {
    const { page } = await open(browser, url, module);
    await page.goto(`${url}/page/other`);
    await sleep(1000);
    const since = Date.now();
    await page.goBack({ waitUntil: "commit" });
    const log = await reconnected(page, since);
    return { "page restored from the cache: ms until connected": when(log, "connect") - when(log, "pageshow") };
  } finally {
    await browser.close();
  }
}

/** The network goes away, and comes back. */
export async function network(url, module) {
  const browser = await launchChromium();
  try {
    const { context, page } = await open(browser, url, module);
    const since = Date.now();
    await context.setOffline(true);
    await sleep(OFFLINE);
    await context.setOffline(false);
    const log = await reconnected(page, since);
    const [offline, online] = [when(log, "offline"), when(log, "online")];
    const attempts = log.filter(([what, at]) => what === "attempt" && at >= offline && at < online);
    return {
      "network is back: ms until connected": when(log, "connect") - online,
      [`attempts in ${OFFLINE / 1000} s without a network`]: attempts.length,
    };
  } finally {
    await browser.close();
  }
}

/** The whole browser stands still, as on a device that sleeps. */
export async function sleeping(url, module) {
  const { browser, suspend, resume, close } = await launchSuspendable();
  try {
    const { page } = await open(browser, url, module);
    suspend();
    await sleep(SLEEP);
    const since = Date.now();
    resume();
    const log = await reconnected(page, since);
    return { [`browser suspended for ${SLEEP / 1000} s: ms until connected`]: when(log, "connect") - since };
  } finally {
    await close();
  }
}

/** Connecting and disconnecting over and over. */
export async function memory(url, module) {
  const browser = await launchChromium();
  try {
    const { context, page } = await open(browser, url, module);
    const session = await context.newCDPSession(page);
    const heap = async () => {
      // The last connections are still saying goodbye.
      await sleep(1000);
      await session.send("HeapProfiler.collectGarbage");
      return (await session.send("Runtime.getHeapUsage")).usedSize / 1024;
    };
    const cycle = (n) =>
      page.evaluate(
        async ([n, module]) => {
          const { io } = await import(module);
          for (let i = 0; i < n; i++) {
            const socket = io({ forceNew: true, transports: ["websocket"] });
            await new Promise((resolve) => socket.once("connect", resolve));
            socket.disconnect();
          }
        },
        [n, module],
      );
    // Code is compiled and caches are filled once.
    await cycle(50);
    const before = await heap();
    await cycle(1000);
    return { "heap grown by 1,000 connections that came and went, in KB": (await heap()) - before };
  } finally {
    await browser.close();
  }
}
