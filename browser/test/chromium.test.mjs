// The scenarios in Chromium.
import { test } from "node:test";
import { Harness } from "./harness.mjs";
import { BUILDS, launchChromium, loadBuild, servePackage } from "./pages.mjs";
import { MODES } from "./scenarios/registry.mjs";

for (const server of ["go", "npm"]) {
  test(`scenarios in Chromium, ${server} server`, async (t) => {
    const harness = new Harness(server);
    const [files, browser] = await Promise.all([servePackage(), launchChromium(), harness.start()]);
    try {
      for (const [name, build] of Object.entries(BUILDS)) {
        if (build.servers && !build.servers.includes(server)) continue;
        const page = await browser.newPage();
        const uncaught = [];
        page.on("pageerror", (err) => uncaught.push(err));
        // Failing requests are part of the scenarios; anything else that Chromium complains about is not.
        page.on("console", (message) => {
          if (message.type() === "error" && !/Failed to load resource|WebSocket connection to|CORS policy/.test(message.text())) {
            uncaught.push(new Error(`in the console: ${message.text()}`));
          }
        });
        await page.exposeFunction("call", (method, ...args) => harness[method](...args));
        await page.exposeFunction("report", (mode, scenario, { error, skipped }) => {
          void t.test(`${name}, ${mode}: ${scenario}`, { skip: skipped }, () => {
            if (error) throw new Error(error);
          });
        });
        await page.goto(`${files.url}/page`);
        await loadBuild(page, build);
        const subject = { isOurs: build.isOurs, server, platform: "browser" };
        const modes = build.modes ?? Object.keys(MODES);
        await page.evaluate(
          async ({ subject, modes }) => {
            const { run } = await import("/test/scenarios/run.mjs");
            for (const mode of modes) {
              await run({ ...subject, mode, client }, call, (scenario, outcome) => report(mode, scenario, outcome));
            }
          },
          { subject, modes },
        );
        await t.test(`${name}: nothing was thrown outside of a scenario`, () => {
          if (uncaught.length) throw uncaught[0];
        });
        await page.close();
      }
    } finally {
      await browser.close();
      await Promise.all([harness.stop(), files.stop()]);
    }
  });
}
