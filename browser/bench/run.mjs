// Measures how fast a page is connected again, beside the published client: `npm run bench`, about two minutes a round.
//
//   node bench/run.mjs [--rounds N] [--write]
//
// --write puts the tables into docs/browser.md. A cell has the median, the lowest and the highest value of the rounds.
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { parseArgs } from "node:util";
import { answer, launchChromium } from "../test/pages.mjs";
import { npmServer } from "../test/servers.mjs";
import * as measures from "./measures.mjs";

const { values: args } = parseArgs({ options: { rounds: { type: "string", default: "5" }, write: { type: "boolean", default: false } } });
const CLIENTS = { ours: "/dist/socket.io.esm.min.js", published: "/node_modules/socket.io-client/dist/socket.io.esm.min.js" };

// A short heartbeat, so that nine seconds of sleep are enough to miss it.
const server = await npmServer({ pingInterval: 2000, pingTimeout: 2000 }, answer);

/** { row: { client: [value of each round] } } */
const results = {};
const note = (row, client, value) => ((results[row] ??= {})[client] ??= []).push(value);

for (let round = 0; round < Number(args.rounds); round++) {
  // Alternating, so that a busy minute of the machine hurts both.
  const order = Object.keys(CLIENTS);
  if (round % 2) order.reverse();
  for (const measure of Object.values(measures)) {
    for (const client of order) {
      for (const [row, value] of Object.entries(await measure(server.url, CLIENTS[client]))) note(row, client, value);
      process.stderr.write(".");
    }
  }
}
process.stderr.write("\n");
await server.stop();

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const number = (value) => Math.round(value).toLocaleString("en");
const spread = (values) => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? number(low) : `${number(median(values))} (${number(low)} to ${number(high)})`;
};

const read = (path) => readFileSync(new URL(path, import.meta.url));
const { version } = JSON.parse(read("../node_modules/socket.io-client/package.json"));
const browser = await launchChromium();
const setting = [
  `Chromium ${browser.version()} without a window`,
  `Node.js ${process.version.slice(1)}`,
  `${process.platform} with ${availableParallelism()} processors`,
  `load average ${loadavg()[1].toFixed(1)}`,
  `${args.rounds} rounds`,
];
await browser.close();

const lines = [`${setting.join(", ")}.`, "", `| | this client | socket.io-client ${version} |`, "| --- | ---: | ---: |"];
for (const [row, { ours, published }] of Object.entries(results)) lines.push(`| ${row} | ${spread(ours)} | ${spread(published)} |`);
lines.push("", "| bytes of the built files | raw | gzip -9 | brotli 11 | published: raw | gzip -9 | brotli 11 |", "| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
const sizes = (path) => {
  const file = read(path);
  return [file, gzipSync(file, { level: 9 }), brotliCompressSync(file)].map(({ length }) => number(length));
};
const published = "../node_modules/socket.io-client/dist/";
for (const name of ["socket.io.esm.min.js", "socket.io.min.js", "socket.io.msgpack.min.js"]) {
  lines.push(`| \`${name}\` | ${[...sizes(`../dist/${name}`), ...sizes(published + name)].join(" | ")} |`);
}
for (const name of ["socket.io.ws.esm.min.js", "socket.io.ws.min.js", "socket.io.msgpack.esm.min.js"]) {
  lines.push(`| \`${name}\` | ${[...sizes(`../dist/${name}`), "", "", ""].join(" | ")} |`);
}
const table = lines.join("\n");
console.log(table);

if (args.write) {
  const path = new URL("../../docs/browser.md", import.meta.url);
  const [before, after] = ["<!-- measured -->", "<!-- end -->"];
  const text = readFileSync(path, "utf8");
  const [head, rest] = text.split(before);
  writeFileSync(path, `${head}${before}\n\n${table}\n\n${after}${rest.split(after)[1]}`);
}
