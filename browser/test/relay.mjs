// A TCP relay, through which a test does to a connection what networks do.
import { connect, createServer } from "node:net";

/** Ports that had a relay: a client shares its connection among the namespaces of an address, and would find the last test's. */
const used = new Set();

export class Relay {
  url = "";
  #server;
  #pairs = new Set();
  #isSilent = false;
  #isDown = false;
  #isBlocking = false;

  /** Relays to that port of this machine. */
  async start(port) {
    this.#server = createServer((near) => this.#accept(near, port));
    await new Promise((resolve, reject) => this.#server.once("error", reject).listen(0, "127.0.0.1", resolve));
    const own = this.#server.address().port;
    if (used.has(own)) {
      await this.stop();
      this.#isDown = false;
      return this.start(port);
    }
    used.add(own);
    this.url = `http://127.0.0.1:${own}`;
    return this;
  }

  stop() {
    this.down();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** Nothing gets through any more, and nobody is told. */
  silence() {
    this.#isSilent = true;
  }

  /** Ends the connections on which something was lost, and lets new ones through. */
  speak() {
    this.#isSilent = false;
    this.#cut();
  }

  /** Ends the connections, and lets none through until `up`. */
  down() {
    this.#isDown = true;
    this.#cut();
  }

  up() {
    this.#isDown = false;
  }

  /** Refuses WebSockets from now on, as some proxies do. */
  block() {
    this.#isBlocking = true;
  }

  #cut() {
    for (const pair of this.#pairs) pair.forEach((socket) => socket.destroy());
  }

  #accept(near, port) {
    if (this.#isDown) return near.destroy();
    const far = connect(port, "127.0.0.1");
    const pair = [near, far];
    this.#pairs.add(pair);
    near.on("data", (chunk) => {
      if (this.#isBlocking && /^GET [^]*\r\nupgrade: *websocket\r\n/i.test(chunk)) {
        near.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        far.destroy();
      } else if (!this.#isSilent) far.write(chunk);
    });
    far.on("data", (chunk) => this.#isSilent || near.write(chunk));
    for (const [socket, other] of [pair, [far, near]]) {
      socket.on("error", () => {});
      socket.on("close", () => {
        // In silence the other one is not told, but it has to be known until it ends.
        if (!this.#isSilent) other.destroySoon();
        if (other.destroyed) this.#pairs.delete(pair);
      });
    }
  }
}
