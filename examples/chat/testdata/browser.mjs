// Two people chat, in two browser contexts. Run by browser_test.go, which starts the server.

import assert from "node:assert/strict";
import { command, play, shoot, visit, Visitor } from "../../internal/browsertest/harness.mjs";
import { conversation } from "./conversation.mjs";

/** Opens the chat without signing in. */
async function arrive(name, { withoutWebSocket = false, ...options } = {}) {
  const init = withoutWebSocket ? () => delete window.WebSocket : undefined;
  return visit(name, { Class: Person, init, ...options });
}

async function signIn(name, options) {
  const person = await arrive(name, options);
  await person.submitName(name);
  await person.page.locator("#app").waitFor();
  return person;
}

class Person extends Visitor {
  get field() {
    return this.page.getByLabel("Message", { exact: true });
  }

  async submitName(name) {
    await this.page.getByLabel("Your name").fill(name);
    await this.page.getByRole("button", { name: "Join the chat" }).click();
  }

  async say(text) {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  message(text) {
    return this.page.locator("#messages .message").filter({ has: this.page.locator(".text", { hasText: new RegExp(`^${text}$`) }) });
  }

  async reads(text, from) {
    await this.message(text).waitFor();
    if (from) assert.equal(await this.message(text).locator(".from").textContent(), from);
  }

  /** Waits until the tick of one of our own messages says so. */
  async tick(text, ...states) {
    const selector = states.map((state) => `[data-tick="${state}"]`).join(", ");
    await this.message(text).locator(".tick").and(this.page.locator(selector)).waitFor();
  }

  async texts() {
    return this.page.locator("#messages .message .text").allTextContents();
  }

  async hasTransport(name) {
    await this.page.locator(`#transport[data-transport="${name}"]`).waitFor();
  }

  async banner(text) {
    await this.page.locator("#banner", { hasText: text }).waitFor();
  }

  async noBanner() {
    await this.page.locator("#banner").waitFor({ state: "hidden" });
  }

  async seesPeople(...names) {
    await this.until(
      (want) => [...document.querySelectorAll("#members .name")].map((e) => e.textContent).join() === want,
      names.sort().join(),
    );
  }

  /** Types until the other one sees it: the indicator is volatile, so that one may get lost. */
  async typesUntilSeenBy(other) {
    const seen = other.page.locator("#typing.on", { hasText: `${this.name} is typing…` }).waitFor();
    let isSeen = false;
    seen.then(() => (isSeen = true), () => (isSeen = true));
    while (!isSeen) await this.field.pressSequentially("hm ", { delay: 30 });
    await seen;
  }
}

/** The parts that work on every transport. */
async function talk(ada, ben) {
  await ada.seesPeople("Ada", "Ben");
  await ben.seesPeople("Ada", "Ben");
  await ada.say("Hello Ben!");
  await ben.reads("Hello Ben!", "Ada");
  await ada.tick("Hello Ben!", "delivered", "seen");
  await ada.tick("Hello Ben!", "seen");
  await ben.typesUntilSeenBy(ada);
  await ben.say("<b>Hi</b> Ada");
  await ada.reads("<b>Hi</b> Ada", "Ben");
  await ada.page.locator("#typing:not(.on)").waitFor({ state: "attached" });

  const expected = Array.from({ length: 20 }, (_, i) => `number ${i + 1}`);
  for (const text of expected) await ada.say(text);
  await ben.reads("number 20");
  assert.deepEqual((await ben.texts()).slice(-20), expected);
  await ada.tick("number 20", "seen");
  assert.deepEqual((await ada.texts()).slice(-20), expected);
}

const scenarios = {
  async chat() {
    const [ada, ben] = await Promise.all([signIn("Ada"), signIn("Ben")]);
    await ada.hasTransport("websocket");
    await ben.hasTransport("websocket");
    await talk(ada, ben);

    // A room of their own, with an unread count for who is elsewhere.
    await ada.page.getByLabel("Name of a new room").fill("Tea time");
    await ada.page.getByLabel("Name of a new room").press("Enter");
    await ada.page.getByRole("heading", { name: "tea-time" }).waitFor();
    await ben.page.getByRole("button", { name: "Join tea-time" }).click();
    await ben.seesPeople("Ada", "Ben");
    await ada.page.getByText("Ben joined").waitFor();
    await ben.page.getByRole("button", { name: "general" }).click();
    await ada.say("Earl Grey?");
    await ben.page.getByRole("button", { name: "tea-time, 1 unread" }).click();
    await ben.reads("Earl Grey\\?", "Ada");
    await ada.tick("Earl Grey\\?", "seen");
    await ada.page.getByRole("button", { name: "Leave this room" }).click();
    await ben.page.getByText("Ada left").waitFor();
    await ben.page.getByRole("button", { name: "Leave this room" }).click();
    await ben.page.locator("#directory li").first().waitFor({ state: "detached" });

    await ben.page.context().close();
    await ada.page.getByRole("button", { name: "general" }).click();
    await ada.page.getByText("Ben left").waitFor();
    await ada.seesPeople("Ada");
  },

  async restart() {
    const [ada, ben] = await Promise.all([signIn("Ada"), signIn("Ben")]);
    await ada.seesPeople("Ada", "Ben");
    await ada.say("before");
    await ben.reads("before");
    await command("stop");
    await ada.banner("Connection lost – reconnecting…");
    await ben.banner("Connection lost – reconnecting…");
    for (const text of ["written offline", "and another one"]) await ada.say(text);
    await ada.tick("and another one", "sending");
    await command("start");
    await ada.banner("Back online");
    await ben.banner("Back online");
    await ada.tick("and another one", "delivered", "seen");
    await ben.seesPeople("Ada", "Ben");
    await ben.say("after");
    await ada.reads("after");
    await ada.noBanner();
    await ada.hasTransport("websocket");
    // Who came back later finds the messages in the room's history; nobody sees one twice.
    await ben.reads("and another one");
    for (const person of [ada, ben]) {
      assert.deepEqual((await person.texts()).sort(), ["after", "and another one", "before", "written offline"]);
    }
  },

  async polling() {
    const [ada, ben] = await Promise.all(["Ada", "Ben"].map((name) => signIn(name, { withoutWebSocket: true })));
    await talk(ada, ben);
    await ada.hasTransport("polling");
    await ben.hasTransport("polling");
  },

  async signin() {
    const ada = await signIn("Ada");
    const ben = await arrive("Ben");
    for (const [name, problem] of [["   ", "choose a name"], ["x".repeat(25), "too long"], ["ada", "taken"]]) {
      await ben.submitName(name);
      await ben.page.getByRole("alert").filter({ hasText: problem }).waitFor();
    }
    await ben.submitName("Ben");
    await ada.seesPeople("Ada", "Ben");
    await ada.page.reload();
    await ada.seesPeople("Ada", "Ben");
    await ada.page.getByRole("button", { name: "Sign out" }).click();
    await ada.page.getByLabel("Your name").waitFor();
    await ben.seesPeople("Ben");
  },

  // Somebody signs out just while the page moves to WebSocket. Nothing can be sent in that moment, so a page that did not
  // wait would leave its member behind until the server misses its heartbeat.
  async signout() {
    const [ada, ben] = await Promise.all([signIn("Ada"), signIn("Ben")]);
    await ben.seesPeople("Ada", "Ben");
    await ada.hasTransport("websocket");
    const upgrade = await holdUpgrade(ada.page);
    await ada.page.reload();
    await ada.seesPeople("Ada", "Ben");
    await upgrade.isHeld;
    await ada.page.getByRole("button", { name: "Sign out" }).click();
    await ada.until(() => document.querySelector("#sign-out:disabled, #signin:not([hidden])"));
    upgrade.release();
    await ben.seesPeople("Ben");
    await ada.page.getByLabel("Your name").waitFor();
  },

  async screenshots() {
    await conversation(signIn);
    for (const [colorScheme, name] of [["light", "chat-light"], ["dark", "chat-dark"]]) {
      await conversation.star.page.emulateMedia({ colorScheme });
      await conversation.shoot(name);
    }
    await conversation.star.page.setViewportSize({ width: 390, height: 760 });
    await conversation.shoot("chat-narrow");
  },
};

/**
 * Stops the next move to WebSocket halfway, until released: the page may not move before its POST has been answered, and
 * does not poll any more.
 */
async function holdUpgrade(page) {
  let polls = 0;
  let isProbed = false;
  let release, halt;
  const isReleased = new Promise((resolve) => (release = resolve));
  const isHeld = new Promise((resolve) => (halt = resolve));
  const settle = async () => {
    if (!isProbed || polls > 0) return;
    await page.evaluate(() => {}).catch(() => {}); // it may want to poll once more
    if (polls === 0) halt();
  };
  const count = (by) => (request) => {
    if (request.method() === "GET" && request.url().includes("transport=polling")) polls += by;
    void settle();
  };
  page.on("request", count(1)).on("requestfinished", count(-1)).on("requestfailed", count(-1));
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      isProbed ||= payload === "3probe";
      void settle();
    }),
  );
  await page.route("**/socket.io/?*", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    const response = await route.fetch();
    await isReleased;
    await route.fulfill({ response }).catch(() => {}); // if the page has gone
  });
  return { isHeld, release };
}

await play(scenarios);
