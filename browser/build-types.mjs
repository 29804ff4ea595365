// The type declarations of the package: one file for the whole client, and for each smaller entry one that names its part.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// In this order, and with names that do not clash.
const MODULES = ["types", "emitter", "payload", "timer", "transport", "platform", "polling", "websocket", "webtransport", "engine"];
MODULES.push("backoff", "packet", "manager", "socket", "io");

/** The texts of the declaration files, by name. */
export function declarations(root) {
  const outdir = mkdtempSync(join(tmpdir(), "socketio-types-"));
  try {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", outdir], { stdio: "inherit" });
    const emitted = (name) => body(readFileSync(join(outdir, "src", `${name}.d.ts`), "utf8"));
    const exported = (...names) => exportsOf(names.map((name) => readFileSync(join(root, "src", `${name}.ts`), "utf8")).join(""));
    const whole = exported("core", "full");
    return {
      "socket.io": MODULES.map(emitted).join("") + `export { ${whole.join(", ")} };\n`,
      "socket.io.ws": `export { ${names(exported("core", "index.ws"))} } from "./socket.io.js";\n`,
      "socket.io.msgpack":
        `import type { Parser } from "./socket.io.js";\n${emitted("msgpack")}` +
        `export { ${names(whole)} } from "./socket.io.js";\nexport { Decoder, Encoder };\n`,
    };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** What a module declares, without its imports and exports, and without what is nobody's business. */
function body(text) {
  return text
    .replace(/^(import|export) (type )?\{[^}]*\}( from "[^"]*")?;\n/gm, "")
    .replace(/^export (declare )?/gm, (_, declare) => declare ?? "")
    .replace(/^(const|class|function|abstract class)/gm, "declare $1")
    .replace(/^ +private .*;\n/gm, "");
}

/** The items of all lists `export { … } from "…"`, sorted. */
function exportsOf(source) {
  const lists = source.matchAll(/^export (type )?\{([^}]*)\} from/gm);
  const items = [...lists].flatMap(([, type, list]) =>
    list.split(",").map((item) => item.trim()).filter(Boolean).map((item) => (type ? "type " + item : item)),
  );
  return [...new Set(items)].sort();
}

/** The items as a module that has them under their final names exports them again. */
const names = (items) => [...new Set(items.map((item) => item.replace(/\w+ as /, "")))].sort().join(", ");
