// Runs the scenario suite against a fixture server and reports in TAP, one line per scenario and mode.
// usage: node run.mjs [--fixture "CMD ARG…"] [--impl node|go] [--modes polling,websocket,upgrade] [--only TEXT] [--jobs N] [--list]
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Fixture } from "./fixture-process.mjs";
import { within, World } from "./kit.mjs";
import { MODES, scenarios } from "./scenarios.mjs";

const SCENARIO_PATIENCE = 30_000;
const CONTROL = `${process.execPath} ${fileURLToPath(new URL("fixture.mjs", import.meta.url))}`;

const { values: options } = parseArgs({
  options: {
    fixture: { type: "string", default: process.env.SIO_FIXTURE ?? CONTROL },
    impl: { type: "string", default: process.env.SIO_IMPL ?? "node" },
    modes: { type: "string", default: MODES.join(",") },
    only: { type: "string" },
    jobs: { type: "string", default: "6" },
    list: { type: "boolean", default: false },
  },
});

const command = options.fixture.split(" ").filter(Boolean);
const modes = options.modes.split(",");
for (const mode of modes) if (!MODES.includes(mode)) fail(`unknown mode "${mode}"`);
if (!["node", "go"].includes(options.impl)) fail(`unknown implementation "${options.impl}"`);

const chosen = scenarios.filter(({ name }) => !options.only || name.includes(options.only));
if (options.list) {
  for (const { name, modes } of chosen) console.log(`${name} [${modes.join(" ")}]`);
  process.exit(0);
}

const tasks = modes.flatMap((mode) => chosen.filter((s) => s.modes.includes(mode)).map((s) => ({ ...s, mode })));
if (tasks.length === 0) fail("no scenario chosen");
// Those with a fixture of their own wait most: begin with them.
tasks.sort((a, b) => Number(Boolean(b.own)) - Number(Boolean(a.own)));

const strays = [];
process.on("uncaughtException", (err) => strays.push(err));
process.on("unhandledRejection", (err) => strays.push(err));

const started = performance.now();
const shared = new Map();
let count = 0;
let failures = 0;

console.log("TAP version 13");
await Promise.all(Array.from({ length: Number(options.jobs) }, work));
for (const [mode, starting] of shared) {
  await report(`the shared fixture survives and stops [${mode}]`, async () => (await starting).stop());
}
if (strays.length > 0) {
  await report("nothing was thrown outside a scenario", async () => {
    throw strays[0];
  });
}
summary();
process.exit(failures > 0 ? 1 : 0);

async function work() {
  for (let task = tasks.shift(); task; task = tasks.shift()) {
    const { name, mode, own, run } = task;
    await report(`${name} [${mode}]`, () => (own ? runAlone(mode, own, run) : runShared(mode, run)));
  }
}

async function runShared(mode, run) {
  if (!shared.has(mode)) shared.set(mode, new Fixture(command).start());
  await play(await shared.get(mode), mode, run);
}

async function runAlone(mode, flags, run) {
  const fixture = await new Fixture(command, flags).start();
  try {
    await play(fixture, mode, run);
  } finally {
    await fixture.stop();
  }
}

async function play(fixture, mode, run) {
  const world = new World({ fixture, mode, impl: options.impl });
  try {
    await within(SCENARIO_PATIENCE, "the scenario as a whole", run(world));
  } catch (err) {
    if (fixture.log) err.message += `\nfixture's stderr: ${fixture.log}`;
    throw err;
  } finally {
    await world.end();
  }
}

async function report(name, run) {
  const begun = performance.now();
  let error;
  try {
    await run();
  } catch (err) {
    error = err;
    failures++;
  }
  const took = Math.round(performance.now() - begun);
  console.log(`${error ? "not ok" : "ok"} ${++count} - ${name} (${took} ms)`);
  if (error) console.log(`  ---\n${String(error?.stack ?? error).replace(/^/gm, "  ")}\n  ...`);
}

function summary() {
  const rows = { tests: count, suites: 0, pass: count - failures, fail: failures, cancelled: 0, skipped: 0, todo: 0 };
  console.log(`1..${count}`);
  for (const [name, n] of Object.entries(rows)) console.log(`# ${name} ${n}`);
  console.log(`# duration_ms ${(performance.now() - started).toFixed(3)}`);
}

function fail(message) {
  console.error(`run.mjs: ${message}`);
  process.exit(2);
}
