// Chromium, and pages that load a client.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("..", import.meta.url));
const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".map": "application/json", ".html": "text/html" };

/** Answers a request for a file of this package, and for /page with an empty page. */
export async function answer(req, res) {
  const { pathname } = new URL(req.url, "http://x");
  if (pathname.startsWith("/page")) return res.setHeader("Content-Type", "text/html").end("<!doctype html><title>Test</title>");
  try {
    const body = await readFile(join(root, pathname));
    res.setHeader("Content-Type", TYPES[extname(pathname)] ?? "text/plain").end(body);
  } catch {
    res.writeHead(404).end();
  }
}

/** Answers a request of a page for a file of this package, whoever served the page. */
export function serveFile(route) {
  return route.fulfill({ path: join(root, new URL(route.request().url()).pathname) });
}

/** Serves the files of this package. */
export async function servePackage() {
  const http = createServer(answer);
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  };
  return { url: `http://127.0.0.1:${http.address().port}`, stop };
}

export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Debian's Chromium, without a window. */
export function launchChromium({ args = ["--disable-quic"], ...options } = {}) {
  return chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...args], ...options });
}

/** The builds by name, and how a page gets at them. What differs from another one only in its frame meets one server. */
export const BUILDS = {
  "our readable script": { script: "/dist/socket.io.js", isOurs: true },
  "our minified module": { module: "/dist/socket.io.esm.min.js", isOurs: true },
  "our minified script": { script: "/dist/socket.io.min.js", isOurs: true, servers: ["go"] },
  "our minified module for WebSockets": { module: "/dist/socket.io.ws.esm.min.js", isOurs: true, modes: ["websocket"], servers: ["go"] },
  "the published module": { module: "/node_modules/socket.io-client/dist/socket.io.esm.min.js", isOurs: false },
};

/** Runs in a page: gives the global `client` everything that the build has. */
export async function loadBuild(page, { script, module }) {
  if (script) {
    await page.addScriptTag({ url: script });
    await page.evaluate(() => (window.client = { io, Manager: io.Manager, Socket: io.Socket }));
  } else {
    await page.evaluate(async (url) => (window.client = await import(url)), module);
  }
}
