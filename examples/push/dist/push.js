// push/web/main.ts
import { io } from "./socket.io/socket.io.esm.min.js";

// internal/web/answer.ts
async function result(answer) {
  const value = await answer.catch(() => {
    throw new Error("The server did not answer.");
  });
  if (isRefusal(value)) throw new Error(value.error.message);
  return value;
}
var isRefusal = (answer) => typeof answer === "object" && answer !== null && "error" in answer;

// internal/web/dom.ts
function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element #${id}`);
  return element;
}
function clone(id) {
  const content = byId(id).content;
  return content.firstElementChild.cloneNode(true);
}
function inside(parent, selector) {
  return parent.querySelector(selector);
}
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// push/web/background.ts
var isPossible = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
async function current(key) {
  if (!isPossible || Notification.permission !== "granted") return void 0;
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) return void 0;
  const itsKey = subscription.options.applicationServerKey;
  if (!itsKey || encode(itsKey) === key) return subscription;
  await subscription.unsubscribe();
  return subscribe(key);
}
async function turnOn(key) {
  if (await Notification.requestPermission() !== "granted") {
    throw new Error("The browser does not allow notifications from this page.");
  }
  return subscribe(key);
}
async function subscribe(key) {
  await navigator.serviceWorker.register("sw.js");
  const registration = await navigator.serviceWorker.ready;
  try {
    return await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  } catch (error) {
    throw new Error("The browser could not subscribe to its push service.", { cause: error });
  }
}
function encode(key) {
  const text = btoa(String.fromCharCode(...new Uint8Array(key)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// push/web/history.ts
var MAX_ALERTS = 50;
var MAX_TOASTS = 4;
var TOAST_MS = 7e3;
var clock = new Intl.DateTimeFormat(void 0, { hour: "2-digit", minute: "2-digit" });
var History = class {
  /** onRead is called when somebody has read up to an alert. */
  constructor(onRead) {
    this.onRead = onRead;
    byId("bell").addEventListener("click", () => this.markRead());
    byId("mark-read").addEventListener("click", () => this.markRead());
  }
  onRead;
  alerts = [];
  read = 0;
  /** Takes over what the server knows. */
  load(alerts, read) {
    this.alerts = alerts;
    this.read = read;
    this.render();
  }
  /** Adds a new alert, with a toast if somebody can see it. An alert that is there already changes nothing. */
  add(alert, isSeen) {
    if (this.alerts.some(({ id }) => id === alert.id)) return;
    this.alerts = [...this.alerts, alert].sort((a, b) => a.id - b.id).slice(-MAX_ALERTS);
    this.render();
    if (isSeen) this.toast(alert);
  }
  /** Everything up to that alert has been read, here or in another tab. */
  readTo(id) {
    this.read = Math.max(this.read, id);
    this.render();
  }
  markRead() {
    const last = this.alerts.at(-1)?.id ?? 0;
    if (last <= this.read) return;
    this.readTo(last);
    this.onRead(last);
  }
  render() {
    const unread = this.alerts.filter(({ id }) => id > this.read).length;
    setText(byId("badge"), unread ? String(unread) : "");
    byId("bell").setAttribute("aria-label", unread ? `${unread} unread alerts, mark as read` : "No unread alerts");
    byId("mark-read").hidden = unread === 0;
    document.title = unread ? `(${unread}) Alerts` : "Alerts";
    void navigator.setAppBadge?.(unread).catch(() => {
    });
    byId("nothing").hidden = this.alerts.length > 0;
    byId("history").replaceChildren(...this.alerts.toReversed().map((alert) => this.line(alert)));
  }
  line(alert) {
    const line = fill(clone("t-alert"), alert);
    line.classList.toggle("unread", alert.id > this.read);
    return line;
  }
  toast(alert) {
    const toasts = byId("toasts");
    const toast = fill(clone("t-toast"), alert);
    let timer = setTimeout(remove, TOAST_MS);
    function remove() {
      clearTimeout(timer);
      toast.remove();
    }
    toast.querySelector("button").addEventListener("click", remove);
    toast.addEventListener("pointerenter", () => clearTimeout(timer));
    toast.addEventListener("pointerleave", () => timer = setTimeout(remove, TOAST_MS));
    toasts.append(toast);
    while (toasts.children.length > MAX_TOASTS) toasts.firstElementChild.remove();
  }
};
function fill(element, { title, body, from, topic, at }) {
  const texts = { title, body: body ?? "", from: topic ? `#${topic} · ${from}` : from, time: clock.format(at) };
  for (const [name, text] of Object.entries(texts)) setText(inside(element, `.${name}`), text);
  return element;
}

// push/web/identity.ts
var KEY = "push.identity";
function savedIdentity() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null") ?? void 0;
  } catch {
    return void 0;
  }
}
function saveIdentity(identity2) {
  localStorage.setItem(KEY, JSON.stringify(identity2));
}
function newIdentity(name) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return { name, token: Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}

// push/web/main.ts
var socket = io({
  // Where the page is, so that it works under any path.
  path: new URL("socket.io/", document.baseURI).pathname,
  autoConnect: false,
  ackTimeout: 2e4
});
var history = new History((id) => socket.emit("read", id, () => {
}));
var raise = byId("raise");
var to = byId("to");
var pushSwitch = byId("push");
var identity = savedIdentity();
var state;
var people = [];
byId("signin-form").addEventListener("submit", (event) => {
  event.preventDefault();
  connect(newIdentity(byId("name").value));
});
raise.addEventListener("submit", (event) => {
  event.preventDefault();
  void send();
});
pushSwitch.addEventListener("change", () => void switchPush());
if (identity) connect(identity);
socket.on("connect", () => {
  saveIdentity(identity);
  byId("signin").hidden = true;
  byId("app").hidden = false;
  setText(byId("me"), identity.name);
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
  answer(isSeen);
});
socket.on("read", (id) => history.readTo(id));
socket.on("people", (list) => {
  people = list;
  renderPeople();
  renderReceivers();
});
function connect(who) {
  identity = who;
  setText(byId("signin-error"), "");
  socket.auth = { ...who };
  socket.connect();
}
async function send() {
  const button = byId("send");
  const [kind, name] = to.value.split(/:(.*)/s);
  const draft = {
    ...kind === "user" ? { to: name } : { topic: name },
    title: byId("title").value,
    body: byId("body").value
  };
  button.disabled = true;
  setText(byId("outcome"), "Sending…");
  try {
    setText(byId("outcome"), sentence(await result(socket.emitWithAck("raise", draft))));
    raise.reset();
    renderReceivers(to.value);
  } catch (error) {
    setText(byId("outcome"), error.message);
  }
  button.disabled = false;
}
function sentence({ shown, pushed, waiting }) {
  const parts = [shown && `${shown} saw it at once`, pushed && `${pushed} got a push message`, waiting && `${waiting} will find it later`];
  return parts.filter(Boolean).join(", ") || "Nobody watches that topic.";
}
async function switchPush() {
  setText(byId("push-error"), "");
  pushSwitch.disabled = true;
  try {
    if (pushSwitch.checked) {
      const subscription = await turnOn(state.key);
      await result(socket.emitWithAck("subscribe", subscription.toJSON()));
    } else {
      const subscription = await current(state.key);
      if (subscription) await result(socket.emitWithAck("unsubscribe", subscription.endpoint));
      await subscription?.unsubscribe();
    }
  } catch (error) {
    pushSwitch.checked = false;
    setText(byId("push-error"), error.message);
  }
  pushSwitch.disabled = false;
}
async function announceSubscription(key) {
  pushSwitch.disabled = !isPossible;
  if (!isPossible) setText(byId("push-error"), "This browser does not offer it, or only to an installed page.");
  const subscription = await current(key).catch(() => void 0);
  pushSwitch.checked = subscription !== void 0;
  if (subscription) socket.emit("subscribe", subscription.toJSON(), () => {
  });
}
function renderTopics({ topics, watch }) {
  const chips = topics.map((topic) => {
    const chip = clone("t-topic");
    setText(inside(chip, ".name"), topic);
    const box = inside(chip, "input");
    box.checked = watch.includes(topic);
    box.addEventListener("change", () => {
      watch = topics.filter((name) => name === topic ? box.checked : watch.includes(name));
      socket.emit("watch", watch, () => {
      });
    });
    return chip;
  });
  byId("topics").replaceChildren(...chips);
}
function renderPeople() {
  const lines = people.map(({ name, online, push }) => {
    const line = clone("t-person");
    setText(inside(line, ".name"), name);
    setText(inside(line, ".note"), online ? "here" : push ? "gets push messages" : "away");
    line.classList.toggle("online", online);
    return line;
  });
  byId("people").replaceChildren(...lines);
}
function renderReceivers(chosen = to.value) {
  const group = (label, kind, names) => {
    const element = document.createElement("optgroup");
    element.label = label;
    element.append(...names.map((name) => new Option(kind === "topic" ? `#${name}` : name, `${kind}:${name}`)));
    return element;
  };
  to.replaceChildren(group("Everybody who watches", "topic", state?.topics ?? []), group("Somebody", "user", people.map(({ name }) => name)));
  if (chosen) to.value = chosen;
}
function showLink(isUp) {
  document.body.dataset.link = isUp ? "up" : "down";
  setText(byId("link"), isUp ? "live" : "reconnecting…");
}
