// A fixture server as a child process: started, stopped, restarted on the same port.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { within } from "./kit.mjs";

const START_PATIENCE = 20_000;
const STOP_PATIENCE = 8000;
const running = new Set();

process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export class Fixture {
  url = "";
  #child = null;
  #log = "";

  /** command: an array, program first. flags: an object, {"ping-interval": 300}. */
  constructor(command, flags = {}) {
    this.command = command;
    this.flags = flags;
  }

  /** Starts it; after a stop, on the port it had. */
  async start() {
    const port = this.url ? new URL(this.url).port : 0;
    // Between a stop and a start somebody else may hold the port for a moment: then try again.
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#spawn(port);
      } catch (err) {
        if (attempt === 5) throw err;
      }
    }
  }

  async #spawn(port) {
    const args = Object.entries({ port, ...this.flags }).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const [program, ...rest] = this.command;
    const child = spawn(program, [...rest, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    child.once("exit", () => running.delete(child));
    child.stderr.on("data", (chunk) => (this.#log = (this.#log + chunk).slice(-4000)));
    const listening = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        const match = /^listening (http:\/\/127\.0\.0\.1:\d+)$/.exec(line);
        if (match) resolve(match[1]);
      });
      child.once("error", reject);
      child.once("exit", (code, signal) => reject(new Error(`fixture exited with ${code ?? signal}\n${this.#log}`)));
    });
    this.url = await within(START_PATIENCE, "fixture did not say it listens", listening);
    this.#child = child;
    return this;
  }

  /** Stops it as an operator would; it must exit with code 0. */
  async stop() {
    const child = this.#child;
    if (!child) return;
    this.#child = null;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`fixture died by itself: ${child.exitCode ?? child.signalCode}\n${this.#log}`);
    }
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    try {
      const [code, signal] = await within(STOP_PATIENCE, "fixture ignored SIGTERM", exited);
      if (code !== 0) throw new Error(`fixture exited with ${code ?? signal} on SIGTERM\n${this.#log}`);
    } catch (err) {
      child.kill("SIGKILL");
      throw err;
    }
  }

  /** Ends it at once, as a crash would. */
  async crash() {
    const child = this.#child;
    this.#child = null;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** Stops the process in its tracks; thaw() lets it run on. */
  freeze() {
    this.#child.kill("SIGSTOP");
  }

  thaw() {
    this.#child.kill("SIGCONT");
  }

  get log() {
    return this.#log;
  }
}
