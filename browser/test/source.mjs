// Loads single modules and scripts, for unit tests.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

/** Loads modules of src/ together, so that they share what they import: { name: module }. */
export async function importSources(...names) {
  const dir = mkdtempSync(join(tmpdir(), "socketio-source-"));
  try {
    const outfile = join(dir, "source.mjs");
    const src = fileURLToPath(new URL("../src", import.meta.url));
    const contents = names.map((name) => `export * as ${name} from "./${name}.js";`).join("\n");
    await build({ stdin: { contents, resolveDir: src }, outfile, bundle: true, format: "esm", target: "es2022", logLevel: "warning" });
    return await import(pathToFileURL(outfile));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Loads a script of dist/ the way a CommonJS loader does. */
export function requireScript(name) {
  const module = { exports: {} };
  new Function("module", readFileSync(new URL(`../dist/${name}`, import.meta.url), "utf8"))(module);
  return module.exports;
}
