// Two people chat, in two browser contexts. Run by browser_test.go, which starts the server.

import assert from "node:assert/strict";
import { atBest, command, play, serverState, shoot, visit, Visitor } from "../../internal/browsertest/harness.mjs";
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

/** The id of somebody's connection, which stays the same when it is recovered. */
const connectionOf = async (name) => (await serverState()).members[name].split(" ")[0];

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

/**
 * Pastes a picture of 200 KB. What arrives is what was sent, and the sender can see it go. The reader's page must not have
 * a policy: it forbids to read what an image shows.
 */
async function showPicture(ada, ben) {
  await ada.field.fill("Look");
  await ada.page.evaluate(() => {
    window.progress = [];
    const watcher = new MutationObserver(() => {
      const bar = document.querySelector(".picture:not([hidden]) progress:not([hidden])");
      if (bar) window.progress.push(bar.value);
    });
    watcher.observe(document.querySelector("#messages"), { subtree: true, childList: true, attributes: true });
  });
  const pasted = await ada.page.evaluate(pasteNoise, 200_000);
  await ada.page.locator("#attachment img[src]").waitFor();
  await ada.field.press("Enter");
  await ben.reads("Look", "Ada");
  await ada.tick("Look", "delivered", "seen");
  assert.deepEqual(await ben.message("Look").locator(".picture img[src]").evaluate(hashOfImage), pasted);
  const progress = await ada.page.evaluate(() => window.progress);
  assert.ok(new Set(progress).size > 3 && Math.max(...progress) === 1, `progress ${progress}`);
  return pasted;
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
    const [ada, ben] = await Promise.all(["Ada", "Ben"].map((name) => signIn(name, { withoutWebSocket: true, bypassCSP: true })));
    await talk(ada, ben);
    await showPicture(ada, ben);
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

  async picture() {
    const [ada, ben] = await Promise.all([signIn("Ada"), signIn("Ben", { bypassCSP: true })]);
    await ada.hasTransport("websocket");
    const pasted = await showPicture(ada, ben);

    // Who comes later finds it in the history; who clicks sees it large.
    const cy = await signIn("Cy", { bypassCSP: true });
    assert.deepEqual(await cy.message("Look").locator(".picture img[src]").evaluate(hashOfImage), pasted);
    await ben.page.getByRole("button", { name: "Show the picture" }).click();
    await ben.page.getByRole("dialog", { name: "Picture" }).click();
    await ben.page.getByRole("dialog", { name: "Picture" }).waitFor({ state: "hidden" });
  },

  // Somebody has no network for a while. What the others say meanwhile is there afterwards, in order and once, and so
  // is what was written without network.
  async offline() {
    const [ada, ben] = await Promise.all([signIn("Ada"), signIn("Ben")]);
    await ada.seesPeople("Ada", "Ben");
    await ben.hasTransport("websocket");
    await ada.say("number 0");
    await ben.reads("number 0");
    const connection = await connectionOf("Ben");
    await ben.page.context().setOffline(true);
    await ben.banner("Connection lost – reconnecting…");
    const meanwhile = ["number 1", "number 2", "number 3", "number 4", "number 5"];
    for (const text of meanwhile) await ada.say(text);
    await ada.tick("number 5", "delivered");
    await ben.say("number 6");
    await ben.tick("number 6", "sending");
    await ben.page.context().setOffline(false);
    await ben.tick("number 6", "delivered", "seen");
    await ada.reads("number 6", "Ben");
    await ada.tick("number 5", "seen");
    assert.equal(await connectionOf("Ben"), connection, "the connection was not recovered");
    for (const person of [ada, ben]) assert.deepEqual(await person.texts(), ["number 0", ...meanwhile, "number 6"]);
  },

  // From a key to what the other one sees.
  async typing() {
    const [ada, ben] = await Promise.all([signIn("Ada"), signIn("Ben")]);
    await ada.seesPeople("Ada", "Ben");
    await Promise.all([ada.hasTransport("websocket"), ben.hasTransport("websocket")]);
    await ben.page.evaluate(() => addEventListener("keydown", () => (window.pressedAt = Date.now()), true));
    let count = 0;
    await atBest("typing indicator", { below: 300, unit: "ms", tries: 10 }, async () => {
      const shown = ada.page.evaluate(timeWhen, "#typing.on");
      await ben.field.press("x");
      const ms = (await shown) - (await ben.page.evaluate(() => window.pressedAt));
      const text = `x${++count}`;
      await ben.say(text); // which ends the typing
      await ada.reads(text);
      await ada.page.locator("#typing:not(.on)").waitFor({ state: "attached" });
      return ms;
    });
  },

  // Somebody signs out just while the page moves to WebSocket.
  async signout() {
    const [ada, ben] = await Promise.all([signIn("Ada"), signIn("Ben")]);
    await ben.seesPeople("Ada", "Ben");
    await ada.hasTransport("websocket");
    await command("hold-sockets");
    const isHalfway = halfway(ada.page);
    await ada.page.reload();
    await ada.page.locator("#app").waitFor();
    await command("hold-posts");
    await ada.field.pressSequentially("hm"); // which is told to the others, by a POST
    await ben.page.locator("#typing.on").waitFor();
    await command("let-sockets");
    await isHalfway;
    await ada.page.getByRole("button", { name: "Sign out" }).click();
    await ada.until(() => document.querySelector("#sign-out:disabled, #signin:not([hidden])"));
    await command("let-posts");
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

/** Runs in a page: pastes a picture of noise of about so many bytes, and returns their hash. */
async function pasteNoise(bytes) {
  const side = Math.ceil(Math.sqrt(bytes / 3));
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  for (let i = 0; i < image.data.length; i++) image.data[i] = i % 4 === 3 ? 255 : Math.random() * 256;
  context.putImageData(image, 0, 0);
  const file = new File([await canvas.convertToBlob()], "noise.png", { type: "image/png" });
  const clipboard = new DataTransfer();
  clipboard.items.add(file);
  document.dispatchEvent(Object.assign(new Event("paste", { cancelable: true }), { clipboardData: clipboard }));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return { size: file.size, type: file.type, hash: hash.toHex?.() ?? String(hash) };
}

/** Runs in a page: the hash of the bytes that an image shows. */
async function hashOfImage(image) {
  await image.decode();
  const blob = await (await fetch(image.src)).blob();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return { size: blob.size, type: blob.type, hash: hash.toHex?.() ?? String(hash) };
}

/** Runs in a page: the time when something is there to be seen. */
async function timeWhen(selector) {
  while (!document.querySelector(selector)) await new Promise(requestAnimationFrame);
  return Date.now();
}

/** Waits until a page has moved halfway to WebSocket: it may, and does not poll any more. */
function halfway(page) {
  let polls = 0;
  const count = (by) => (request) => {
    if (request.method() === "GET" && request.url().includes("transport=polling")) polls += by;
  };
  page.on("request", count(1)).on("requestfinished", count(-1)).on("requestfailed", count(-1));
  return new Promise((resolve) =>
    page.on("websocket", (socket) =>
      socket.on("framereceived", async ({ payload }) => {
        if (payload !== "3probe") return;
        do await page.evaluate(() => {}).catch(() => {});
        while (polls > 0);
        resolve();
      }),
    ),
  );
}

await play(scenarios);
