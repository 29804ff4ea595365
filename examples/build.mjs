// Builds the pages of the demos. The result is committed, because the Go programs embed it.
//
//   node build.mjs           writes <demo>/dist, and official/ from npm
//   node build.mjs --check   fails when these are not what the sources give

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const read = (...path) => readFileSync(join(root, ...path));

/** The demos, with the scripts of each: main.ts becomes <demo>.js, any other keeps its name. */
const demos = { chat: ["main"], push: ["main", "sw"], collab: ["main"], game: ["main"], demos: [] };

// The client comes from the server, as on any page that uses it; a page with a bundler imports it by the name of the
// package. See official/ for the published one in its place.
const client = {
  name: "client",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^socket\.io-client$/ }, () => ({ path: "./socket.io/socket.io.esm.min.js", external: true })),
};

/** What belongs into a demo's dist: file names and contents. */
async function buildDemo(demo, scripts) {
  const hasLibraries = demo === "collab";
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [
      ...scripts.map((script) => ({ in: `${demo}/web/${script}.ts`, out: script === "main" ? demo : script })),
      { in: `${demo}/web/style.css`, out: demo },
    ],
    outdir: `${demo}/dist`,
    bundle: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    minify: hasLibraries, // our own code is there to be read
    metafile: true,
    plugins: [client],
    write: false,
    logLevel: "warning",
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [path.split(/[\\/]/).pop(), Buffer.from(contents)]));
  const others = readdirSync(join(root, demo, "web")).filter((name) => /\.(html|svg|json)$/.test(name));
  for (const name of others) files.set(name, read(demo, "web", name));
  if (hasLibraries) files.set("licenses.txt", licenses(Object.keys(metafile.inputs)));
  return files;
}

/** The licences of the packages that a bundle has parts of. */
function licenses(inputs) {
  const names = inputs.map((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]).filter(Boolean);
  const texts = [...new Set(names)].sort().map((name) => {
    const { version } = JSON.parse(read("node_modules", name, "package.json"));
    const file = readdirSync(join(root, "node_modules", name)).find((file) => /^licen[cs]e/i.test(file));
    if (!file) throw new Error(`${name} has no licence file`);
    return `${name} ${version}\n\n${read("node_modules", name, file).toString().trim()}\n`;
  });
  return Buffer.from(texts.join(`\n${"-".repeat(72)}\n\n`));
}

function staleFiles(dist, files) {
  const present = existsSync(dist) ? readdirSync(dist) : [];
  return [...new Set([...present, ...files.keys()])].filter(
    (name) => !present.includes(name) || !files.get(name)?.equals(readFileSync(join(dist, name))),
  );
}

/** Writes a folder, or says what in it is stale. */
function settle(folder, files) {
  const path = join(root, folder);
  if (process.argv.includes("--check")) {
    const stale = staleFiles(path, files);
    if (stale.length === 0) return;
    console.error(`${folder} is not what the sources give: ${stale.join(", ")}\nRun \`npm run build\` and commit the result.`);
    process.exitCode = 1;
    return;
  }
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  for (const [name, contents] of files) writeFileSync(join(path, name), contents);
}

for (const [demo, scripts] of Object.entries(demos)) settle(`${demo}/dist`, await buildDemo(demo, scripts));
const published = ["node_modules", "socket.io-client"];
settle(
  "official/dist",
  new Map([
    ["socket.io.esm.min.js", read(...published, "dist", "socket.io.esm.min.js")],
    ["LICENSE", read(...published, "LICENSE")],
  ]),
);
