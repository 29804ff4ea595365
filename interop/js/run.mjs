// Runs the scenario suite against a fixture server and reports in TAP, one line per scenario, client and mode.
// usage: node run.mjs [--fixture "CMD ARG…"] [--impl node|go] [--clients 4.8.4,2.5.0,…] [--modes polling,websocket,upgrade]
//                     [--only TEXT] [--jobs N] [--list | --ids]
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CLIENTS, leftOut } from "./clients.mjs";
import { Fixture } from "./fixture-process.mjs";
import { within, World } from "./kit.mjs";
import { MODES, scenarios } from "./scenarios.mjs";

const SCENARIO_PATIENCE = 30_000;
const CONTROL = `${process.execPath} ${fileURLToPath(new URL("fixture.mjs", import.meta.url))}`;

const { values: options } = parseArgs({
  options: {
    fixture: { type: "string", default: process.env.SIO_FIXTURE ?? CONTROL },
    impl: { type: "string", default: process.env.SIO_IMPL ?? "node" },
    clients: { type: "string", default: Object.keys(CLIENTS).join(",") },
    modes: { type: "string", default: MODES.join(",") },
    only: { type: "string" },
    jobs: { type: "string", default: "6" },
    list: { type: "boolean", default: false },
    ids: { type: "boolean", default: false },
  },
});

const command = options.fixture.split(" ").filter(Boolean);
const modes = choice("mode", options.modes, MODES);
const clients = choice("client", options.clients, Object.keys(CLIENTS));
choice("implementation", options.impl, ["node", "go"]);
const chosen = scenarios.filter(({ name }) => !options.only || name.includes(options.only));
if (options.list || options.ids) {
  for (const scenario of chosen) (options.ids ? tellIds : tellMatrix)(scenario);
  process.exit(0);
}

const tasks = clients.flatMap((client) =>
  modes.flatMap((mode) =>
    chosen.filter((s) => s.modes.includes(mode) && !leftOut(s, client)).map((s) => ({ ...s, client, mode })),
  ),
);
if (tasks.length === 0) fail("no scenario chosen");
// Those with a fixture of their own wait most: they go along with the others.
const waiting = { alone: tasks.filter(({ own }) => own), shared: tasks.filter(({ own }) => !own) };

const strays = [];
process.on("uncaughtException", (err) => strays.push(err));
process.on("unhandledRejection", (err) => strays.push(err));

const started = performance.now();
const shared = new Map();
let count = 0;
let failures = 0;

console.log("TAP version 13");
await Promise.all(Array.from({ length: Number(options.jobs) }, (_, i) => work(i % 3 ? ["alone", "shared"] : ["shared", "alone"])));
if (strays.length > 0) {
  await report("nothing was thrown outside a scenario", async () => {
    throw strays[0];
  });
}
summary();
process.exit(failures > 0 ? 1 : 0);

/** Runs what is left of one kind of scenarios, then of the other. */
async function work(kinds) {
  for (const kind of kinds) {
    for (let task = waiting[kind].shift(); task; task = waiting[kind].shift()) {
      await report(title(task), () => (task.own ? runAlone(task) : runShared(task)));
      if (!task.own) await leave(task);
    }
  }
}

function title({ name, needs, client, mode }) {
  return needs.includes("hand") ? `${name} [${mode}]` : `${name} [${client} ${mode}]`;
}

function place({ client, mode }) {
  return `${client} ${mode}`;
}

async function runShared(task) {
  if (!shared.has(place(task))) {
    const left = tasks.filter((other) => !other.own && place(other) === place(task)).length;
    shared.set(place(task), { starting: new Fixture(command, CLIENTS[task.client].flags).start(), left });
  }
  await play(await shared.get(place(task)).starting, task);
}

/** The last scenario to leave a shared fixture stops it. */
async function leave(task) {
  const fixture = shared.get(place(task));
  if (--fixture.left > 0) return;
  await report(`the shared fixture survives and stops [${place(task)}]`, async () => (await fixture.starting).stop());
}

async function runAlone(task) {
  const fixture = await new Fixture(command, { ...CLIENTS[task.client].flags, ...task.own }).start();
  try {
    await play(fixture, task);
  } finally {
    await fixture.stop();
  }
}

async function play(fixture, { client, mode, run }) {
  const world = new World({ fixture, mode, impl: options.impl, client: CLIENTS[client] });
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
  if (error) console.log(`  ---\n${String(error?.stack ?? error).slice(0, 4000).replace(/^/gm, "  ")}\n  ...`);
}

function summary() {
  const rows = { tests: count, suites: 0, pass: count - failures, fail: failures, cancelled: 0, skipped: 0, todo: 0 };
  console.log(`1..${count}`);
  for (const [name, n] of Object.entries(rows)) console.log(`# ${name} ${n}`);
  console.log(`# duration_ms ${(performance.now() - started).toFixed(3)}`);
}

/** Which clients a scenario is run with, and why not with the others. */
function tellMatrix(scenario) {
  console.log(`${scenario.name} [${scenario.modes.join(" ")}]`);
  for (const client of clients) {
    const reason = leftOut(scenario, client);
    console.log(`  ${client}: ${reason ? `no, ${reason}` : "yes"}`);
  }
}

/** Which behaviours of the reference a scenario proves: identifier, tab, scenario. */
function tellIds({ name, proves }) {
  for (const id of proves) console.log(`${id}\t${name}`);
}

/** A list of words, each the beginning of one of those that exist. */
function choice(what, words, known) {
  return words.split(",").map((word) => known.find((name) => name.startsWith(word)) ?? fail(`unknown ${what} "${word}"`));
}

function fail(message) {
  console.error(`run.mjs: ${message}`);
  process.exit(2);
}
