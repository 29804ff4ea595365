// Builds dist/, which is committed: the Go package embeds it.
//
//   node build.mjs           writes dist/ and prints the sizes
//   node build.mjs --check   fails when dist/ is not what the sources give, README.md has other sizes, or a file is too large

import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { declarations } from "./build-types.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
const cacheFile = join(root, "mangle.json");

const BANNER = "/*! Socket.IO for Go, browser client | MIT License */";

// Private names that applications are known to look at, and one that is part of the wire format.
const KEPT_NAMES = /^_(autoConnect|close|readyState|reconnecting|placeholder)$/;

// Scripts define the global `io`, modules are for bundlers and <script type="module">. A limit is in bytes of gzip -9.
const SCRIPT = { format: "iife", target: "es2018" };
const MODULE = { format: "esm", target: "es2022" };
const BROWSER = [
  { name: "socket.io.js", entry: "index", ...SCRIPT, readable: true },
  { name: "socket.io.min.js", entry: "index", ...SCRIPT, limit: 9300 },
  { name: "socket.io.esm.min.js", entry: "index", ...MODULE, limit: 9000 },
  { name: "socket.io.ws.min.js", entry: "index.ws", ...SCRIPT },
  { name: "socket.io.ws.esm.min.js", entry: "index.ws", ...MODULE, limit: 7500 },
  { name: "socket.io.msgpack.min.js", entry: "index.msgpack", ...SCRIPT },
  { name: "socket.io.msgpack.esm.min.js", entry: "index.msgpack", ...MODULE },
];
const NODE = ["index", "index.ws", "index.msgpack"].flatMap((entry) => [
  { name: `node/${entry}.js`, entry: `node/${entry}`, format: "esm" },
  { name: `node/${entry}.cjs`, entry: `node/${entry}`, format: "cjs" },
]);

/** Builds everything into outdir; returns the map of short names, which later builds must get again. */
async function buildAll(outdir, mangleCache) {
  mkdirSync(join(outdir, "node"));
  for (const bundle of BROWSER) {
    mangleCache = await buildForBrowsers(outdir, bundle, mangleCache);
  }
  for (const bundle of NODE) await buildForNode(outdir, bundle);
  for (const [name, text] of Object.entries(declarations(root))) {
    writeFileSync(join(outdir, `${name}.d.ts`), `${BANNER}\n${text}`);
    writeFileSync(join(outdir, `${name}.d.cts`), `${BANNER}\n${text.replaceAll('.js";', '.cjs";')}`);
  }
  return mangleCache;
}

async function buildForBrowsers(outdir, { name, entry, format, target, readable }, mangleCache) {
  const mangling = !readable && { minify: true, mangleProps: /^_/, reserveProps: KEPT_NAMES, mangleCache, banner: {} };
  const script = `import { io } from "./src/${entry}.js"; import { publish } from "./src/global.js"; publish(io);`;
  const input = format === "iife" ? { stdin: { contents: script, resolveDir: root, sourcefile: "script.js" } } : { entryPoints: [`src/${entry}.ts`] };
  const result = await build({ ...common(name), ...input, format, target, ...mangling });
  let { code, map } = outputs(result);
  if (!readable) {
    // It finds a little that esbuild does not.
    const options = { module: format === "esm", ecma: +target.slice(2), compress: { passes: 3 } };
    const sourceMap = { content: map, includeSources: true, filename: name, url: `${name}.map` };
    ({ code, map } = await minify(code, { ...options, format: { preamble: BANNER }, sourceMap }));
  }
  write(outdir, name, code);
  write(outdir, `${name}.map`, map);
  return result.mangleCache ?? mangleCache;
}

async function buildForNode(outdir, { name, entry, format }) {
  const result = await build({
    ...common(name),
    entryPoints: [`src/${entry}.ts`],
    format,
    platform: "node",
    target: "node20",
    define: { MODULE: format === "esm" ? "import.meta.url" : "__filename" },
    // require() gives a function, which has the names as properties, as that of the published package does.
    footer: format === "cjs" ? { js: "module.exports = Object.assign(module.exports.io, module.exports);" } : {},
    sourcemap: false,
  });
  writeFileSync(join(outdir, name), outputs(result).code);
}

const common = (name) => ({
  absWorkingDir: root,
  outfile: join(dist, name),
  bundle: true,
  banner: { js: BANNER },
  legalComments: "none",
  charset: "utf8",
  sourcemap: true,
  write: false,
  logLevel: "warning",
  // global.ts looks for a CommonJS loader on purpose.
  logOverride: { "commonjs-variable-in-esm": "silent" },
});

function outputs({ outputFiles }) {
  const text = (isMap) => outputFiles.find(({ path }) => path.endsWith(".map") === isMap)?.text;
  return { code: text(false), map: text(true) };
}

/** Writes a file, and its compressed forms. */
function write(outdir, name, text) {
  const bytes = Buffer.from(text);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(join(outdir, name), bytes);
  writeFileSync(join(outdir, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  writeFileSync(join(outdir, `${name}.br`), brotliCompressSync(bytes, { params }));
}

/** What differs between a fresh build and dist/. Compressed files count by content: compressors change. */
function differences(fresh) {
  const unpack = (name, bytes) => (name.endsWith(".gz") ? gunzipSync(bytes) : name.endsWith(".br") ? brotliDecompressSync(bytes) : bytes);
  const files = (dir) => (existsSync(dir) ? readdirSync(dir, { recursive: true }).filter((name) => name !== "node") : []);
  const names = new Set([...files(fresh), ...files(dist)]);
  return [...names].sort().filter((name) => {
    const [a, b] = [fresh, dist].map((dir) => join(dir, name));
    if (!existsSync(a) || !existsSync(b)) return true;
    try {
      return !unpack(name, readFileSync(a)).equals(unpack(name, readFileSync(b)));
    } catch {
      return true;
    }
  });
}

const sizeOf = (name, suffix = "") => readFileSync(join(dist, name + suffix)).length;

function printSizes() {
  console.log("file                              raw    gzip  brotli   limit");
  for (const { name, limit = "" } of BROWSER) {
    const sizes = ["", ".gz", ".br"].map((suffix) => sizeOf(name, suffix));
    console.log(name.padEnd(29) + [...sizes, limit].map((size) => String(size).padStart(8)).join(""));
  }
}

function check(fresh, cache, committedCache) {
  const stale = differences(fresh).map((name) => `dist/${name}`);
  if (cache !== committedCache) stale.push("mangle.json");
  const problems = stale.map((name) => `${name} is not what the sources give: run \`npm run build\` and commit the result`);
  for (const { name, limit } of BROWSER) {
    if (sizeOf(name, ".gz") > limit) problems.push(`dist/${name} has ${sizeOf(name, ".gz")} bytes compressed, more than ${limit}`);
  }
  const readme = readFileSync(join(root, "README.md"), "utf8");
  for (const { name } of BROWSER) {
    const sizes = ["", ".gz", ".br"].map((suffix) => sizeOf(name, suffix).toLocaleString("en"));
    if (!readme.includes(sizes.join(" | "))) problems.push(`README.md should say of ${name}: ${sizes.join(" | ")}`);
  }
  for (const problem of problems) console.error(problem);
  if (problems.length) process.exitCode = 1;
  else console.log("dist/ and README.md are up to date, and no file is too large");
}

const committedCache = existsSync(cacheFile) ? readFileSync(cacheFile, "utf8") : "{}";
const fresh = mkdtempSync(join(tmpdir(), "socketio-dist-"));
try {
  const cache = await buildAll(fresh, JSON.parse(committedCache));
  const sorted = JSON.stringify(cache, Object.keys(cache).sort(), 2) + "\n";
  if (process.argv.includes("--check")) {
    check(fresh, sorted, committedCache);
  } else {
    rmSync(dist, { recursive: true, force: true });
    cpSync(fresh, dist, { recursive: true });
    writeFileSync(cacheFile, sorted);
    printSizes();
  }
} finally {
  rmSync(fresh, { recursive: true });
}
