// A visit by the npm client, for tests that run a server behind something: connects, echoes text and binary, hears a broadcast of its own.
// usage: node roundtrip.mjs URL JSON; JSON: {modes, client, options, auth, localAddress, idle}; prints one JSON object per mode
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { CLIENTS } from "./clients.mjs";
import { ask, bytes, connected, next } from "./kit.mjs";

const TRANSPORTS = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };
const [url, json = "{}"] = process.argv.slice(2);
const { modes = Object.keys(TRANSPORTS), client = "4.8.4", options = {}, auth, localAddress, idle = 0 } = JSON.parse(json);

async function visit(mode) {
  const { Manager, options: own } = CLIENTS[client];
  // In Node the agent is what decides from where and with whom a client speaks.
  const agent = localAddress && new http.Agent({ localAddress, keepAlive: true });
  const manager = new Manager(url, {
    transports: TRANSPORTS[mode],
    reconnection: false,
    autoConnect: false,
    ...(agent && { agent }),
    ...own,
    ...options,
  });
  const socket = manager.socket("/", { auth });
  try {
    await connected(socket.connect());
    const lost = new Promise((resolve) => socket.once("disconnect", resolve));
    const { engine } = manager;
    const probing = mode === "upgrade" && engine.transport.name === "polling";
    const upgraded = probing ? Promise.race([next(engine, "upgrade"), next(engine, "upgradeError")]) : undefined;
    const values = ["é😀", bytes(5000), { deep: [bytes(3), null] }];
    const answer = await ask(socket, "echo", ...values);
    await upgraded?.catch(() => {});
    const again = await ask(socket, "echo", ...values);
    const intact = [answer, again].every((got) => JSON.stringify(got) === JSON.stringify(values));
    const [about] = await ask(socket, "whoami");
    const end = await Promise.race([sleep(idle), lost]);
    return { mode, ok: intact && end === undefined, transport: engine.transport.name, about, end };
  } catch (err) {
    return { mode, ok: false, error: err.message };
  } finally {
    (manager._close ?? manager.close).call(manager);
    agent?.destroy();
  }
}

for (const result of await Promise.all(modes.map(visit))) console.log(JSON.stringify(result));
process.exit(0);
