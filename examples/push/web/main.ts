// The page: signing in, raising alerts, and choosing what to be told about.

import { io } from "socket.io-client";
import { result } from "../../internal/web/answer.js";
import { byId, clone, inside, setText } from "../../internal/web/dom.js";
import * as background from "./background.js";
import { History } from "./history.js";
import { type Identity, newIdentity, savedIdentity, saveIdentity } from "./identity.js";
import type { Draft, Outcome, Person, PushSocket, State } from "./protocol.js";

const socket: PushSocket = io({
  // Where the page is, so that it works under any path.
  path: new URL("socket.io/", document.baseURI).pathname,
  autoConnect: false,
  ackTimeout: 20_000,
});
const history = new History((id) => socket.emit("read", id, () => {}));
const raise = byId<HTMLFormElement>("raise");
const to = byId<HTMLSelectElement>("to");
const pushSwitch = byId<HTMLInputElement>("push");
let identity: Identity | undefined = savedIdentity();
let state: State | undefined;
let people: Person[] = [];

byId("signin-form").addEventListener("submit", (event) => {
  event.preventDefault();
  connect(newIdentity(byId<HTMLInputElement>("name").value));
});
raise.addEventListener("submit", (event) => {
  event.preventDefault();
  void send();
});
pushSwitch.addEventListener("change", () => void switchPush());
if (identity) connect(identity);

socket.on("connect", () => {
  saveIdentity(identity!);
  byId("signin").hidden = true;
  byId("app").hidden = false;
  setText(byId("me"), identity!.name);
  showLink(true);
});
socket.on("disconnect", () => showLink(false));
socket.on("connect_error", (error) => {
  if (!socket.active) byId("signin").hidden = !(byId("app").hidden = true);
  setText(byId("signin-error"), socket.active ? "The server cannot be reached. Trying again…" : error.message);
});
socket.on("welcome", (it) => {
  state = it;
  history.load(it.alerts, it.read);
  renderTopics(it);
  renderReceivers();
  void announceSubscription(it.key);
});
socket.on("alert", (alert, answer) => {
  const isSeen = document.visibilityState === "visible";
  history.add(alert, isSeen);
  answer(isSeen); // otherwise the server sends a push message
});
socket.on("read", (id) => history.readTo(id));
socket.on("people", (list) => {
  people = list;
  renderPeople();
  renderReceivers();
});

function connect(who: Identity): void {
  identity = who;
  setText(byId("signin-error"), "");
  socket.auth = { ...who };
  socket.connect();
}

/** Raises an alert, and says what became of it. */
async function send(): Promise<void> {
  const button = byId<HTMLButtonElement>("send");
  const [kind, name] = to.value.split(/:(.*)/s);
  const draft: Draft = {
    ...(kind === "user" ? { to: name } : { topic: name }),
    title: byId<HTMLInputElement>("title").value,
    body: byId<HTMLTextAreaElement>("body").value,
  };
  button.disabled = true;
  setText(byId("outcome"), "Sending…");
  try {
    setText(byId("outcome"), sentence(await result(socket.emitWithAck("raise", draft))));
    raise.reset();
    renderReceivers(to.value);
  } catch (error) {
    setText(byId("outcome"), (error as Error).message);
  }
  button.disabled = false;
}

function sentence({ shown, pushed, waiting }: Outcome): string {
  const parts = [shown && `${shown} saw it at once`, pushed && `${pushed} got a push message`, waiting && `${waiting} will find it later`];
  return parts.filter(Boolean).join(", ") || "Nobody watches that topic.";
}

/** Turns push messages on or off for this browser. */
async function switchPush(): Promise<void> {
  setText(byId("push-error"), "");
  pushSwitch.disabled = true;
  try {
    if (pushSwitch.checked) {
      const subscription = await background.turnOn(state!.key);
      await result(socket.emitWithAck("subscribe", subscription.toJSON()));
    } else {
      const subscription = await background.current(state!.key);
      if (subscription) await result(socket.emitWithAck("unsubscribe", subscription.endpoint));
      await subscription?.unsubscribe();
    }
  } catch (error) {
    pushSwitch.checked = false;
    setText(byId("push-error"), (error as Error).message);
  }
  pushSwitch.disabled = false;
}

/** Tells the server about the subscription of this browser, which it may have lost. */
async function announceSubscription(key: string): Promise<void> {
  pushSwitch.disabled = !background.isPossible;
  if (!background.isPossible) setText(byId("push-error"), "This browser does not offer it, or only to an installed page.");
  const subscription = await background.current(key).catch(() => undefined);
  pushSwitch.checked = subscription !== undefined;
  if (subscription) socket.emit("subscribe", subscription.toJSON(), () => {});
}

function renderTopics({ topics, watch }: State): void {
  const chips = topics.map((topic) => {
    const chip = clone("t-topic");
    setText(inside(chip, ".name"), topic);
    const box = inside<HTMLInputElement>(chip, "input");
    box.checked = watch.includes(topic);
    box.addEventListener("change", () => {
      watch = topics.filter((name) => (name === topic ? box.checked : watch.includes(name)));
      socket.emit("watch", watch, () => {});
    });
    return chip;
  });
  byId("topics").replaceChildren(...chips);
}

function renderPeople(): void {
  const lines = people.map(({ name, online, push }) => {
    const line = clone("t-person");
    setText(inside(line, ".name"), name);
    setText(inside(line, ".note"), online ? "here" : push ? "gets push messages" : "away");
    line.classList.toggle("online", online);
    return line;
  });
  byId("people").replaceChildren(...lines);
}

/** Fills the list of receivers, and keeps what is chosen. */
function renderReceivers(chosen = to.value): void {
  const group = (label: string, kind: string, names: string[]) => {
    const element = document.createElement("optgroup");
    element.label = label;
    element.append(...names.map((name) => new Option(kind === "topic" ? `#${name}` : name, `${kind}:${name}`)));
    return element;
  };
  to.replaceChildren(group("Everybody who watches", "topic", state?.topics ?? []), group("Somebody", "user", people.map(({ name }) => name)));
  if (chosen) to.value = chosen;
}

function showLink(isUp: boolean): void {
  document.body.dataset.link = isUp ? "up" : "down";
  setText(byId("link"), isUp ? "live" : "reconnecting…");
}
