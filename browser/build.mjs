// Builds dist/, which is committed: the Go package embeds it.
//
//   node build.mjs           writes dist/ and prints the sizes
//   node build.mjs --check   fails when dist/ is not what the sources give

import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
const cacheFile = join(root, "mangle.json");

const banner = "/*! Socket.IO for Go, browser client | MIT License */";

// Private names that applications are known to look at, and one that is part of the wire format.
const keptNames = /^_(autoConnect|close|readyState|reconnecting|placeholder)$/;

const bundles = [
  { name: "socket.io.js", entry: "global.ts", format: "iife", target: "es2018" },
  { name: "socket.io.min.js", entry: "global.ts", format: "iife", target: "es2018", minify: true },
  { name: "socket.io.esm.min.js", entry: "index.ts", format: "esm", target: "es2022", minify: true },
];

/** Builds everything into outdir; returns the map of short names, which later builds must get again. */
async function buildAll(outdir, mangleCache) {
  for (const { name, entry, format, target, minify } of bundles) {
    const mangling = minify && { mangleProps: /^_/, reserveProps: keptNames, mangleCache };
    const result = await build({
      absWorkingDir: root,
      entryPoints: [`src/${entry}`],
      outfile: join(outdir, name),
      bundle: true,
      format,
      target,
      minify,
      ...mangling,
      banner: { js: banner },
      legalComments: "none",
      charset: "utf8",
      sourcemap: true,
      write: false,
      logLevel: "warning",
      // global.ts looks for a CommonJS loader on purpose.
      logOverride: { "commonjs-variable-in-esm": "silent" },
    });
    mangleCache = result.mangleCache ?? mangleCache;
    for (const { path, text } of result.outputFiles) writeFileSync(path, path.endsWith(".map") ? relativeSources(text) : text);
  }
  writeFileSync(join(outdir, "socket.io.d.ts"), bundleTypes());
  for (const name of readdirSync(outdir).filter((name) => /\.js(\.map)?$/.test(name))) {
    const bytes = readFileSync(join(outdir, name));
    writeFileSync(join(outdir, name + ".gz"), gzip(bytes));
    writeFileSync(join(outdir, name + ".br"), brotli(bytes));
  }
  return mangleCache;
}

const gzip = (bytes) => gzipSync(bytes, { level: 9 });
const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });

/** A map must not depend on where it was built. */
function relativeSources(map) {
  const parsed = JSON.parse(map);
  parsed.sources = parsed.sources.map((source) => "../src/" + source.split("/").pop());
  return JSON.stringify(parsed) + "\n";
}

/** Joins the declarations of all modules: their names do not clash, so the imports can go. */
function bundleTypes() {
  const outdir = mkdtempSync(join(tmpdir(), "socketio-types-"));
  try {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", outdir], { stdio: "inherit" });
    const modules = ["types", "emitter", "url", "payload", "timer", "transport", "transports", "polling", "websocket"];
    modules.push("engine", "backoff", "packet", "socket", "manager", "index");
    const text = modules.map((name) => declarations(readFileSync(join(outdir, "src", `${name}.d.ts`), "utf8"))).join("");
    const index = readFileSync(join(root, "src/index.ts"), "utf8");
    return `${banner}\n${text}${exportsOf(index)}`;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function declarations(text) {
  return text
    .replace(/^(import|export) (type )?\{[^}]*\}( from "[^"]*")?;\n/gm, "")
    .replace(/^export default .*\n/gm, "")
    .replace(/^export (declare )?/gm, (_, declare) => declare ?? "")
    .replace(/^(const|class|function|abstract class)/gm, "declare $1")
    .replace(/^ +private .*;\n/gm, "");
}

/** One list of everything index.ts exports. */
function exportsOf(index) {
  const listed = [...index.matchAll(/^export (type )?\{([^}]*)\} from/gm)].flatMap(([, type, names]) =>
    names.split(",").map((name) => name.trim()).filter(Boolean).map((name) => (type ? "type " + name : name)),
  );
  const declared = [...index.matchAll(/^export (const|interface) (\w+)/gm)].map(([, kind, name]) =>
    kind === "interface" ? "type " + name : name,
  );
  return `export { ${[...listed, ...declared].sort().join(", ")} };\nexport default io;\n`;
}

/** What differs between a fresh build and dist/. Compressed files count by content: compressors change. */
function differences(fresh) {
  const unpack = (name, bytes) => (name.endsWith(".gz") ? gunzipSync(bytes) : name.endsWith(".br") ? brotliDecompressSync(bytes) : bytes);
  const names = new Set([...readdirSync(fresh), ...(existsSync(dist) ? readdirSync(dist) : [])]);
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

function printSizes(dir) {
  console.log("file                       raw    gzip  brotli");
  for (const { name } of bundles) {
    const size = (suffix) => String(readFileSync(join(dir, name + suffix)).length).padStart(8);
    console.log(name.padEnd(22) + size("") + size(".gz") + size(".br"));
  }
}

const before = existsSync(cacheFile) ? readFileSync(cacheFile, "utf8") : "{}";
const serialize = (cache) => JSON.stringify(cache, Object.keys(cache).sort(), 2) + "\n";

const fresh = mkdtempSync(join(tmpdir(), "socketio-dist-"));
try {
  const after = serialize(await buildAll(fresh, JSON.parse(before)));
  if (process.argv.includes("--check")) {
    const stale = differences(fresh).map((name) => "dist/" + name);
    if (after !== before) stale.push("mangle.json");
    if (stale.length) {
      console.error("Not what the sources give:\n  " + stale.join("\n  ") + "\nRun `npm run build` and commit the result.");
      process.exitCode = 1;
    } else {
      console.log("dist/ is up to date");
    }
  } else {
    rmSync(dist, { recursive: true, force: true });
    mkdirSync(dist);
    for (const name of readdirSync(fresh)) copyFileSync(join(fresh, name), join(dist, name));
    writeFileSync(cacheFile, after);
    printSizes(dist);
  }
} finally {
  rmSync(fresh, { recursive: true });
}
