// The page that leads to the demos. Run by demos_test.go, which starts the server.

import { play, shoot, visit } from "../../internal/browsertest/harness.mjs";

const scenarios = {
  // Every demo works under its path.
  async links() {
    const { page } = await visit("Ada");
    for (const [link, arrived] of [["Chat", "#signin"], ["Alerts", "#signin"], ["Notes", "body[data-status=saved]"], ["Arena", "body[data-link=up]"]]) {
      await page.getByRole("link", { name: link }).click();
      await page.locator(arrived).waitFor();
      if (arrived === "#signin") {
        await page.getByLabel("Your name").fill("Ada");
        await page.getByLabel("Your name").press("Enter");
        await page.locator("#app").waitFor();
      }
      await page.goBack({ waitUntil: "commit" });
      await page.getByRole("heading", { name: "Socket.IO for Go" }).waitFor();
    }
  },

  async screenshots() {
    const { page } = await visit("Ada", { viewport: { width: 1000, height: 700 } });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await shoot(page, `demos-${colorScheme}`);
    }
    await page.setViewportSize({ width: 390, height: 760 });
    await shoot(page, "demos-narrow");
  },
};

await play(scenarios);
