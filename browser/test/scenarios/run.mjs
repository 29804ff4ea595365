// Runs the scenarios: in Node.js, or in a page.
import { movedTo, next, within } from "../kit.mjs";
import { MODES, scenarios } from "./registry.mjs";
import "./connection.mjs";
import "./events.mjs";
import "./acks.mjs";
import "./namespaces.mjs";
import "./reconnection.mjs";
import "./upgrade.mjs";
import "./urls.mjs";
import "./bad-servers.mjs";
import "./binary.mjs";
import "./ours.mjs";

const AT_ONCE = 6;
let lastId = 0;

/**
 * Runs all scenarios of one mode.
 *
 * @param subject `client`, the module under test; `isOurs`; `mode`; `platform`; `server`, "go" or "npm"
 * @param call reaches the harness: call(method, ...args)
 * @param report takes the name of each scenario, and `{ error }` or `{ skipped }` when it has not passed
 */
export async function run(subject, call, report) {
  const { mode, isOurs, platform } = subject;
  const queue = scenarios.filter(
    (s) => (s.modes ?? Object.keys(MODES)).includes(mode) && (isOurs || !s.isOurs) && (s.platform ?? platform) === platform,
  );
  const alone = queue.filter((s) => s.isAlone);
  // Those that are about a heartbeat wait most: they begin.
  const waits = ({ flavour }) => (flavour === "pinging" || flavour === "deaf" ? 1 : 0);
  const together = queue.filter((s) => !s.isAlone).sort((a, b) => waits(b) - waits(a));
  const work = async () => {
    for (let next; (next = together.shift()); ) await play(next, subject, call, report);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  for (const scenario of alone) await play(scenario, subject, call, report);
}

async function play({ name, flavour, run }, subject, call, report) {
  const id = ++lastId;
  const world = new World(id, subject, call);
  const outcome = {};
  try {
    world.url = await call("begin", id, flavour);
    await within(run(world), "the scenario as a whole", 60_000);
  } catch (err) {
    if (err instanceof Skip) outcome.skipped = err.message;
    else outcome.error = err.stack ?? String(err);
  } finally {
    world.end();
    await call("end", id);
  }
  await report(name, outcome);
}

class Skip extends Error {}

/** What a scenario gets. */
class World {
  #id;
  #call;
  #sockets = [];

  constructor(id, subject, call) {
    Object.assign(this, subject);
    this.#id = id;
    this.#call = call;
  }

  /** Does something to the network: silence, speak, down, up, block. */
  net(verb) {
    return this.#call("net", this.#id, verb);
  }

  /** Interrupts the network until it is `up` again; resolves to the arguments of the socket's event "disconnect". */
  async interrupt(socket) {
    // In the middle of an upgrade the published client may not notice.
    await movedTo(socket, this.lastTransport);
    const lost = next(socket, "disconnect");
    await this.net("down");
    return lost;
  }

  /** Interrupts the network until the socket has noticed. */
  async lose(socket) {
    const args = await this.interrupt(socket);
    await this.net("up");
    return args;
  }

  /** A server that only looks like one; returns its address. */
  badServer(kind) {
    return this.#call("badServer", this.#id, kind);
  }

  /** A server of version 2; returns its address. */
  v2Server() {
    return this.#call("v2Server", this.#id);
  }

  skip(reason) {
    throw new Skip(reason);
  }

  /** A socket on a connection of its own, with the transports of the mode; it is disconnected at the end. */
  io(url = this.url, opts = {}) {
    const quick = { reconnectionDelay: 20, reconnectionDelayMax: 50 };
    const socket = this.client.io(url, { forceNew: true, ...quick, ...MODES[this.mode], ...opts });
    this.#sockets.push(socket);
    return socket;
  }

  /** The name of the transport that a session of this mode ends up with. */
  get lastTransport() {
    return this.mode === "polling" ? "polling" : "websocket";
  }

  /** What a polling request that failed is called: where there is no XMLHttpRequest, our build for browsers fetches. */
  get pollError() {
    return this.platform === "node" && !this.isNodeBuild ? "fetch read error" : "xhr poll error";
  }

  end() {
    this.#sockets.forEach((socket) => socket.disconnect());
  }
}
