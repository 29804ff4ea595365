// Holds connections of the official client, to be measured: told on standard input how many more to make, it answers with what that costs.
// usage: node --expose-gc clients.mjs URL TRANSPORT
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { io } from "socket.io-client";

const [url, transport] = process.argv.slice(2);
const PARALLEL = 16;
const sockets = [];

function connect() {
  return new Promise((resolve, reject) => {
    const socket = io(url, { forceNew: true, transports: [transport] });
    socket.on("msg", () => {});
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
    sockets.push(socket);
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  let left = Number(line);
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      while (left-- > 0) await connect();
    }),
  );
  await sleep(2000);
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  console.log(JSON.stringify({ goroutines: 0, heap: heapUsed + external, stack: 0 }));
}
process.exit(0);
