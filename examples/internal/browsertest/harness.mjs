// What the scripts of the demos share: pages in contexts of their own, and a report when something fails.
//
//   URL=… CONTROL=… BROWSER=… ARTIFACTS_DIR=… node browser.mjs <scenario>
//
// Nothing here sleeps: every step waits for what a page shows.

import assert from "node:assert/strict";
import { join } from "node:path";
import { chromium } from "playwright-core";

const { URL: url, CONTROL: control, BROWSER: endpoint, ARTIFACTS_DIR: artifacts } = process.env;

/** How long a step may take on a busy machine. */
export const WAIT_MS = 20_000;
const KEPT_LINES = 120;

const problems = [];
const visitors = [];
let browser;

/** A person with a page of their own. */
export class Visitor {
  constructor(page, name) {
    this.page = page;
    this.name = name;
    this.lines = [];
  }

  /** Waits until a function, which runs in the page with the argument, returns something true. */
  async until(predicate, argument) {
    await this.page.waitForFunction(predicate, argument, { polling: 50 });
  }

  note(line) {
    this.lines.push(`${new Date().toISOString().slice(14, 23)} ${line}`.slice(0, 300));
    if (this.lines.length > KEPT_LINES) this.lines.shift();
  }
}

/**
 * Opens a page for somebody: a Visitor, or what is given as its class. Options beside those of a context: an init
 * function, with its argument, that runs first in every document, and the path of the page.
 */
export async function visit(name, { Class = Visitor, init, argument, path = "", ...options } = {}) {
  const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce", ...options });
  if (init) await context.addInitScript(init, argument);
  return open(context, Class, name, url + path);
}

/** Opens one more tab for a visitor, who may have closed the others. */
export async function visitAgain(visitor) {
  return open(visitor.page.context(), visitor.constructor, visitor.name, url);
}

async function open(context, Class, name, address) {
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  const visitor = new Class(page, name);
  visitors.push(visitor);
  watch(visitor);
  await page.goto(address);
  return visitor;
}

/** Notes what a page does, for the report, and what must not happen. */
function watch(visitor) {
  const { page, name } = visitor;
  page.on("framenavigated", () => visitor.note(`navigated to ${page.url()}`));
  page.on("crash", () => visitor.note("crashed"));
  page.on("pageerror", (error) => problems.push(`${name}: ${error.stack}`));
  page.on("console", (message) => {
    visitor.note(`console: ${message.text()}`);
    // The browser reports requests that fail. Ours do while the server is away, and when a refused page hangs up while
    // its next poll is on its way.
    if (message.type() === "error" && !message.location().url.includes("/socket.io/?") && !message.text().startsWith("WebSocket")) {
      problems.push(`${name}: ${message.text()}`);
    }
  });
  const query = (request) => request.url().split("/").at(-1);
  page.on("request", (request) => visitor.note(`> ${request.method()} ${query(request)} ${request.postData() ?? ""}`));
  page.on("requestfinished", (request) => visitor.note(`< ${request.method()} ${query(request)}`));
  page.on("requestfailed", (request) => visitor.note(`x ${request.method()} ${query(request)} ${request.failure()?.errorText}`));
  page.on("websocket", (socket) => {
    visitor.note("WebSocket opens");
    socket.on("framesent", ({ payload }) => visitor.note(`ws> ${payload}`));
    socket.on("framereceived", ({ payload }) => visitor.note(`ws< ${payload}`));
    socket.on("close", () => visitor.note("WebSocket closed"));
  });
}

/** Tells the test that started this script to do something, such as "stop" and "start". */
export async function command(name) {
  const response = await fetch(`${control}/${name}`, { method: "POST" });
  assert.ok(response.ok, await response.text());
}

/** What the server knows: the TestState of the application. */
export async function serverState() {
  return (await fetch(`${control}/state`)).json();
}

/** Takes a picture for the documentation. */
export async function shoot(page, name) {
  await page.screenshot({ path: join(artifacts, `${name}.png`), animations: "disabled" });
}

/**
 * Measures several times until a value is low enough, because a machine that does other things may be slow at any
 * moment, but a page that is slow is slow every time.
 */
export async function atBest(what, { below, unit, tries }, measure) {
  const values = [];
  while (values.length < tries && !(values.at(-1) < below)) values.push(await measure());
  const text = `${what}: ${values.map(Math.round).join(", ")} ${unit}; wanted below ${below}`;
  console.log(text);
  assert.ok(values.at(-1) < below, text);
}

/** Plays the scenario that the command line names. */
export async function play(scenarios) {
  browser = await chromium.connect(endpoint);
  process.on("SIGINT", () => report().finally(() => browser.close()).finally(() => process.exit(1)));
  try {
    await scenarios[process.argv[2]]();
    assert.deepEqual(problems, [], "the page reported errors");
  } catch (error) {
    await report();
    throw error;
  } finally {
    await browser.close();
  }
}

/** Prints what is needed to judge a failure: what the server knows, and what every page shows and has done. */
async function report() {
  console.log(`--- the server knows ${await fetch(`${control}/state`).then((r) => r.text()).catch(String)}`);
  for (const problem of problems) console.log(`--- ${problem}`);
  for (const { name, page, lines } of visitors) {
    const text = await page.locator("body").innerText({ timeout: 2000 }).catch(String);
    console.log(`--- ${name} is at ${page.url()} and sees: ${text.replace(/\s*\n\s*/g, " | ")}`);
    for (const line of lines) console.log(`${name}: ${line}`);
  }
}
