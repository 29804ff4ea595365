// Makes a browser stand still, as on a device that sleeps.
import { readdirSync, readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { CHROMIUM, FLAGS } from "./pages.mjs";

/** The pids of a process and of everything it has started. */
function tree(root) {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return [+pid, +readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) \S+ /s, "").split(" ")[0]];
      } catch {
        return [+pid, 0]; // It has just ended.
      }
    });
  const found = [root];
  for (const pid of found) found.push(...parents.filter(([, parent]) => parent === pid).map(([child]) => child));
  return found;
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** Chromium with `suspend` and `resume`, which concern all of its processes. */
export async function launchSuspendable() {
  const server = await chromium.launchServer({ executablePath: CHROMIUM, args: [...FLAGS, "--disable-quic"] });
  const root = server.process().pid;
  let stopped = [];
  const suspend = () => {
    stopped = tree(root);
    stopped.forEach((pid) => kill(pid, "SIGSTOP"));
  };
  const resume = () => stopped.splice(0).forEach((pid) => kill(pid, "SIGCONT"));
  const close = () => {
    resume();
    return server.close();
  };
  return { browser: await chromium.connect(server.wsEndpoint()), suspend, resume, close };
}
