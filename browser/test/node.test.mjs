// The scenarios in Node.js.
import { test } from "node:test";
import * as official from "socket.io-client";
import * as forNode from "../dist/node/index.js";
import * as minified from "../dist/socket.io.esm.min.js";
import * as websocketOnly from "../dist/socket.io.ws.esm.min.js";
import { Harness } from "./harness.mjs";
import { MODES } from "./scenarios/registry.mjs";
import { run } from "./scenarios/run.mjs";

const clients = {
  "our build for Node.js": { client: forNode, isOurs: true, isNodeBuild: true },
  "our minified build": { client: minified, isOurs: true },
  "our minified build for WebSockets": { client: websocketOnly, isOurs: true, modes: ["websocket"], servers: ["go"] },
  "the published client": { client: official, isOurs: false, isNodeBuild: true },
};

for (const server of ["go", "npm"]) {
  test(`scenarios in Node.js, ${server} server`, async (t) => {
    const harness = new Harness(server);
    await harness.start();
    try {
      for (const [name, { modes = Object.keys(MODES), servers, ...subject }] of Object.entries(clients)) {
        if (servers && !servers.includes(server)) continue;
        for (const mode of modes) {
          const call = async (method, ...args) => harness[method](...args);
          await run({ ...subject, mode, server, platform: "node" }, call, (scenario, { error, skipped }) =>
            t.test(`${name}, ${mode}: ${scenario}`, { skip: skipped }, () => {
              if (error) throw new Error(error);
            }),
          );
        }
      }
    } finally {
      await harness.stop();
    }
  });
}
