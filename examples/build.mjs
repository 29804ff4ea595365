// Builds the pages of the demos. The result is committed, because the Go programs embed it.
//
//   node build.mjs           writes <demo>/dist
//   node build.mjs --check   fails when <demo>/dist is not what the sources in <demo>/web give

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const demos = ["chat"];

/** What belongs into a demo's dist: file names and contents. */
async function buildDemo(demo) {
  const web = join(root, demo, "web");
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [
      { in: `${demo}/web/main.ts`, out: demo },
      { in: `${demo}/web/style.css`, out: demo },
    ],
    outdir: `${demo}/dist`,
    bundle: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    // The client comes from the server, as on any page that uses it.
    external: ["/socket.io/*"],
    write: false,
    logLevel: "warning",
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [path.split(/[\\/]/).pop(), Buffer.from(contents)]));
  for (const name of readdirSync(web).filter((name) => /\.(html|svg)$/.test(name))) files.set(name, readFileSync(join(web, name)));
  return files;
}

function staleFiles(dist, files) {
  const present = existsSync(dist) ? readdirSync(dist) : [];
  return [...new Set([...present, ...files.keys()])].filter(
    (name) => !present.includes(name) || !files.get(name)?.equals(readFileSync(join(dist, name))),
  );
}

for (const demo of demos) {
  const dist = join(root, demo, "dist");
  const files = await buildDemo(demo);
  if (process.argv.includes("--check")) {
    const stale = staleFiles(dist, files);
    if (stale.length) {
      console.error(`${demo}/dist is not what the sources give: ${stale.join(", ")}\nRun \`npm run build\` and commit the result.`);
      process.exitCode = 1;
    }
    continue;
  }
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  for (const [name, contents] of files) writeFileSync(join(dist, name), contents);
}
