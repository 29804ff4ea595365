// Lists the tests that would run, one name on a line, without running them; those that are skipped with the reason behind a tab.
// What is a scenario, and runs within the tests of node.test.mjs and chromium.test.mjs, begins with "scenario: ".
import { readdirSync } from "node:fs";
import { register } from "node:module";
import { scenarios } from "./scenarios/registry.mjs";
import "./scenarios/run.mjs";

globalThis.tellTest = (name, ...rest) => {
  const [options, run] = rest.length > 1 ? rest : typeof rest[0] === "function" ? [{}, rest[0]] : [rest[0] ?? {}, undefined];
  // One that skips itself on some condition does not count either: it is a proof on some machines only.
  const isSkipped = !run || options.skip || options.todo || /\bt\.(skip|todo)\(/.test(String(run));
  console.log(name + (isSkipped ? "\tskipped" : ""));
};
const stub = `
  export const test = (...args) => globalThis.tellTest(...args);
  test.skip = test.todo = (name) => globalThis.tellTest(name, { skip: true });
  test.only = test;
  export const it = test;
  export const suite = (name, run) => run();
  export const describe = suite;
  export const [before, after, beforeEach, afterEach] = Array(4).fill(() => {});
  export default test;`;
const hooks = `
  const url = ${JSON.stringify(`data:text/javascript,${encodeURIComponent(stub)}`)};
  export const resolve = (name, context, next) => (name === "node:test" ? { url, shortCircuit: true } : next(name, context));`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const here = new URL(".", import.meta.url);
for (const name of readdirSync(here).filter((name) => name.endsWith(".test.mjs"))) await import(new URL(name, here));
for (const { name, run } of scenarios) {
  // They may skip what a platform, a build or a server cannot do: then they run with the others.
  const isSkipped = /^\s*t\.skip\(/m.test(String(run));
  console.log(`scenario: ${name}${isSkipped ? "\tskipped" : ""}`);
}
process.exit();
