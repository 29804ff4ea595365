// The servers behind the scenarios, for clients in this process and in a page.
import { Relay } from "./relay.mjs";
import { badServer, goFixture, npmFixture, startFixture, v2Server } from "./servers.mjs";

const FLAVOURS = {
  plain: { cors: "*", "cors-options": JSON.stringify({ allowedHeaders: ["X-Fixture"] }) },
  pinging: { cors: "*", "ping-interval": 200 },
  deaf: { cors: "*", "ping-interval": 200, "ping-timeout": 2500 },
  narrow: { cors: "*", "max-payload": 1000 },
  recovering: { cors: "*", recovery: 60_000 },
};

/**
 * A fixture server, ours (`go`) or the published one (`npm`), and what one scenario after the other asks for. All arguments
 * and results can go through JSON, because a page is at the other end; each scenario has a number.
 */
export class Harness {
  #fixture;
  /** The servers by flavour. */
  #servers = {};
  /** By number of the scenario: its relay, and what to stop when it is over. */
  #scenarios = new Map();

  constructor(kind) {
    this.kind = kind;
  }

  async start() {
    this.#fixture = this.kind === "go" ? goFixture() : npmFixture();
    const start = async ([flavour, flags]) => (this.#servers[flavour] = await startFixture(this.#fixture.command, flags));
    await Promise.all(Object.entries(FLAVOURS).map(start));
  }

  async stop() {
    await Promise.all([...this.#scenarios.keys()].map((id) => this.end(id)));
    await Promise.all(Object.values(this.#servers).map((server) => server.stop()));
    this.#fixture.remove();
  }

  /** Begins a scenario; returns the address of a server. */
  begin(id, flavour = "plain") {
    this.#scenarios.set(id, { parts: [] });
    return this.#relayTo(id, this.#servers[flavour].port);
  }

  async end(id) {
    const { parts } = this.#scenarios.get(id);
    this.#scenarios.delete(id);
    await Promise.all(parts.map((part) => part.stop()));
  }

  /** Does something to the network of a scenario; see {@link Relay}. */
  net(id, verb) {
    this.#scenarios.get(id).relay[verb]();
  }

  badServer(id, kind) {
    return this.#add(id, badServer(kind));
  }

  v2Server(id) {
    return this.#add(id, v2Server());
  }

  async #add(id, starting) {
    const server = await starting;
    this.#scenarios.get(id).parts.push(server);
    return server.url;
  }

  async #relayTo(id, port) {
    const relay = await new Relay().start(port);
    const scenario = this.#scenarios.get(id);
    scenario.parts.push(relay);
    scenario.relay = relay;
    return relay.url;
  }
}
