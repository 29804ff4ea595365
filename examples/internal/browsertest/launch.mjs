// Starts the browser that the scenarios of one test share, prints where it is, and ends with its standard input.

import { chromium } from "playwright-core";

const server = await chromium.launchServer({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
console.log(server.wsEndpoint());
process.on("SIGINT", () => {}); // it comes to the whole group, and the scripts still want to report
process.stdin.resume().on("end", () => server.close());
