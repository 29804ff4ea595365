// The page in Chromium: connects, has text and bytes echoed, and comes back after the server was restarted.
// Run by wasm_test.go, which starts the server:
//
//   URL=… CONTROL=… CHROMIUM=… node browser.mjs
//
// Nothing here sleeps: every step waits for what the page shows.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const { URL: url, CONTROL: control, CHROMIUM: executablePath } = process.env;
const WAIT_MS = 30_000;

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const problems = [];

/** Opens the page with one choice of transports. */
async function visit(query) {
  const page = await browser.newPage();
  page.setDefaultTimeout(WAIT_MS);
  page.on("pageerror", (error) => problems.push(error.stack));
  page.on("console", (message) => {
    // The browser reports requests that fail, as they do while the server is away.
    if (message.type() === "error" && !message.location().url.includes("/socket.io/") && !message.text().startsWith("WebSocket")) problems.push(message.text());
  });
  await page.goto(url + query);
  return page;
}

/** Waits until an element shows a text. */
const shows = (page, id, text) =>
  page.waitForFunction(([id, text]) => document.getElementById(id).textContent === text, [id, text]).catch(async () => {
    assert.fail(`#${id} is ${JSON.stringify(await page.textContent("#" + id))}, not ${JSON.stringify(text)}; the state is ${await page.textContent("#state")}`);
  });

async function echo(page, text) {
  await page.fill("#text", text);
  await page.click("button");
  await shows(page, "answer", text);
  await shows(page, "hash", "equal");
}

const visits = [];
for (const [query, transport] of [["/", "websocket"], ["/?transports=polling", "polling"], ["/?transports=websocket", "websocket"]]) {
  const page = await visit(query);
  visits.push({ query, page });
  await shows(page, "connections", "1");
  await shows(page, "transport", transport);
  await echo(page, `hello from ${query} é 😀`);
  console.log(`${query}: connected over ${transport}, text and bytes echoed`);
}
const ids = await Promise.all(visits.map(({ page }) => page.textContent("#id")));
assert.equal((await fetch(control, { method: "POST" })).status, 200);
for (const [i, { query, page }] of visits.entries()) {
  await shows(page, "connections", "2");
  await shows(page, "state", "connected");
  assert.notEqual(await page.textContent("#id"), ids[i]);
  await echo(page, `again from ${query}`);
  console.log(`${query}: connected again`);
}
await browser.close();
assert.deepEqual(problems, []);
