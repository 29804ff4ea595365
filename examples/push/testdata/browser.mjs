// Alerts between browsers. Run by browser_test.go, which starts the server and a push service.

import assert from "node:assert/strict";
import { play, shoot, visit, visitAgain, Visitor } from "../../internal/browsertest/harness.mjs";

const { PUSH_SERVICE: pushService, SUBSCRIPTION: subscription } = process.env;

class Person extends Visitor {
  async raise(to, title, body = "") {
    const { page } = this;
    await page.getByLabel("For", { exact: true }).selectOption(to);
    await page.getByLabel("Title").fill(title);
    await page.getByLabel("Text").fill(body);
    await page.getByRole("button", { name: "Send" }).click();
  }

  async outcome(text) {
    await this.page.locator("#outcome", { hasText: text }).waitFor();
  }

  async seesToast(title) {
    await this.page.locator("#toasts .toast", { hasText: title }).waitFor();
  }

  async seesPerson(name, note) {
    await this.page.locator(".person", { hasText: name }).filter({ hasText: note }).waitFor();
  }

  /** Turns push messages on, and waits until the server knows. */
  async turnOnPush() {
    await this.page.getByRole("switch").check();
    await this.page.locator("#push:enabled:checked").waitFor();
    await this.page.evaluate(() => navigator.serviceWorker.ready);
  }

  async badge(text) {
    await this.until((want) => document.querySelector("#badge").textContent === want, text);
  }

  async titles() {
    return this.page.locator("#history .title").allTextContents();
  }
}

async function signIn(name, options) {
  const person = await visit(name, { Class: Person, ...options });
  await person.page.getByLabel("Your name").fill(name);
  await person.page.getByRole("button", { name: "Continue" }).click();
  await person.page.locator("#app").waitFor();
  return person;
}

/** Another tab of the same browser. */
async function reopen(person) {
  const tab = await visitAgain(person);
  await tab.page.locator("#app").waitFor();
  return tab;
}

/** Runs in every document: a push manager whose subscription leads to our push service. */
function fakePushManager(subscription) {
  const kept = "test.subscribed";
  const make = () => ({
    ...subscription,
    options: { applicationServerKey: null },
    toJSON: () => subscription,
    unsubscribe: async () => (localStorage.removeItem(kept), true),
  });
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || applicationServerKey.length !== 87) throw new Error("bad options");
    localStorage.setItem(kept, "yes");
    return make();
  };
  PushManager.prototype.getSubscription = async () => (localStorage.getItem(kept) ? make() : null);
}

const withPush = { permissions: ["notifications"], init: fakePushManager, argument: JSON.parse(subscription) };

/** What the push service has decrypted last. */
const lastMessage = async () => (await fetch(`${pushService}/last`)).json();

/** Does what the browser does when a push message comes; returns what the service worker shows. */
async function deliver(person, message) {
  const { page } = person;
  const cdp = await page.context().newCDPSession(page);
  const registered = new Promise((resolve) =>
    cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => registrations[0] && resolve(registrations[0])),
  );
  await cdp.send("ServiceWorker.enable");
  const { registrationId } = await registered;
  const push = { origin: new URL(page.url()).origin, registrationId, data: JSON.stringify(message) };
  // What comes while the browser is stopping the worker is lost, so it may take more than one.
  for (let tries = 1; tries <= 8; tries++) {
    await cdp.send("ServiceWorker.deliverPushMessage", push);
    const shown = await page.evaluate(notification);
    if (shown) return shown;
    person.note("no notification yet");
  }
  throw new Error("the service worker shows nothing");
}

/** Runs in a page: the notification that its service worker shows within two seconds. */
async function notification() {
  const registration = await navigator.serviceWorker.ready;
  for (const end = Date.now() + 2000; Date.now() < end; ) {
    const [shown] = await registration.getNotifications();
    if (shown) return { title: shown.title, body: shown.body, tag: shown.tag };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const scenarios = {
  // Pages that somebody looks at.
  async toast() {
    const [ada, ben] = await Promise.all([signIn("Ada"), signIn("Ben")]);
    await ada.seesPerson("Ben", "here");
    const tab = await reopen(ben);
    await ada.raise("user:Ben", "Tea is ready", "In the kitchen");
    await ben.seesToast("Tea is ready");
    await ada.outcome("1 saw it at once");
    await Promise.all([ben.badge("1"), tab.badge("1"), ada.badge("")]);
    assert.equal(await ben.page.title(), "(1) Alerts");
    await ben.page.getByRole("button", { name: "1 unread alerts, mark as read" }).click();
    await Promise.all([ben.badge(""), tab.badge("")]);

    await ben.page.locator(".topic", { hasText: "weather" }).click();
    await ada.until((topic) => [...document.querySelectorAll("#to option")].some(({ value }) => value === topic), "topic:weather");
    for (;;) {
      await ada.raise("topic:weather", "Rain");
      await ada.until(() => !/Sending/.test(document.querySelector("#outcome").textContent));
      if (/1 saw it/.test(await ada.page.locator("#outcome").textContent())) break; // Ben's choice has arrived
    }
    await ben.seesToast("Rain");

    // Who comes back finds everything.
    await ben.page.reload();
    await ben.page.locator("#history .title", { hasText: "Tea is ready" }).waitFor();
    assert.deepEqual(await ben.titles(), ["Rain", "Tea is ready"]);
  },

  // Pages that nobody looks at, and no page at all.
  async push() {
    const ada = await signIn("Ada");
    const ben = await signIn("Ben", withPush);
    await ben.turnOnPush();
    await ada.seesPerson("Ben", "here");

    await ben.page.evaluate(() => Object.defineProperty(document, "visibilityState", { get: () => "hidden" }));
    await ada.raise("user:Ben", "Are you there?");
    await ada.outcome("1 got a push message");
    assert.equal((await lastMessage()).title, "Are you there?");
    await ben.badge("1"); // the page has it as well
    assert.equal(await ben.page.locator(".toast").count(), 0);

    await ben.page.close();
    await ada.seesPerson("Ben", "gets push messages");
    await ada.raise("user:Ben", "Door bell", "A parcel");
    await ada.outcome("1 got a push message");
    const message = await lastMessage();
    assert.deepEqual([message.title, message.body, message.from], ["Door bell", "A parcel", "Ada"]);

    const again = await reopen(ben);
    assert.deepEqual(await again.titles(), ["Door bell", "Are you there?"]);
    assert.ok(await again.page.getByRole("switch").isChecked());
    const shown = await deliver(again, message);
    assert.deepEqual(shown, { title: "Door bell", body: "A parcel\nfrom Ada", tag: `alert-${message.id}` });

    // The subscription expires.
    await again.page.close();
    await ada.seesPerson("Ben", "gets push messages");
    await fetch(`${pushService}/expire`, { method: "POST" });
    await ada.raise("user:Ben", "Nobody hears this");
    await ada.outcome("1 will find it later");
    await ada.seesPerson("Ben", "away");
  },

  async screenshots() {
    const people = await Promise.all(["Grace", "Alan"].map((name) => signIn(name)));
    const ada = await signIn("Ada", { ...withPush, viewport: { width: 1000, height: 760 } });
    await ada.turnOnPush();
    for (const topic of ["orders", "weather"]) await ada.page.locator(".topic", { hasText: topic }).click();
    const away = await signIn("Barbara", withPush);
    await away.turnOnPush();
    await ada.seesPerson("Barbara", "here");
    await away.page.close();
    await ada.seesPerson("Barbara", "gets push messages");
    const [grace, alan] = people;
    for (const [who, to, title, body] of [
      [grace, "topic:deploys", "Version 2.4 is live", "12 changes, no downtime. Everybody is connected again."],
      [alan, "user:Ada", "Lunch at noon?", "The new place at the river."],
      [grace, "user:Ada", "Your order has left the shop", "It arrives between 14:00 and 15:00."],
    ]) {
      await who.raise(to, title, body);
      await who.outcome("saw it at once");
      await ada.seesToast(title);
    }
    await ada.page.getByRole("button", { name: "3 unread alerts, mark as read" }).click();
    await ada.page.evaluate(() => document.querySelectorAll(".toast button").forEach((button) => button.click()));
    await ada.raise("user:Barbara", "The report is ready");
    await ada.outcome("1 got a push message");
    await grace.raise("topic:deploys", "Version 2.5 is being tested");
    await ada.seesToast("2.5");
    await ada.page.mouse.move(0, 0);
    for (const colorScheme of ["light", "dark"]) {
      await ada.page.emulateMedia({ colorScheme });
      await shoot(ada.page, `push-${colorScheme}`);
    }
    await ada.page.setViewportSize({ width: 390, height: 760 });
    await shoot(ada.page, "push-narrow");
  },
};

await play(scenarios);
