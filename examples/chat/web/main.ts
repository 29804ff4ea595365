// The page: signing in, and then everything else when something has changed.

import { byId, setText } from "../../internal/web/dom.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { type Identity, randomId, savedIdentity, saveIdentity } from "./identity.js";
import { MessageList } from "./messages.js";
import { Sidebars } from "./sidebars.js";
import { Store, unread } from "./store.js";

const BACK_ONLINE_MS = 3000;

const app = byId("app");
const signin = byId("signin");
const nameField = byId<HTMLInputElement>("name");

const store = new Store();
const connection = new Connection(store, showSignIn);
const messages = new MessageList(
  store,
  (room, entry) => void connection.deliver(room, entry),
  (room, entry) => void connection.show(room, entry),
);
const composer = new Composer(store, connection);
const sidebars = new Sidebars(store, connection, () => {
  closeDrawers();
  composer.focus();
});
let identity: Identity | undefined = savedIdentity();
let backTimer: ReturnType<typeof setTimeout> | undefined;

store.subscribe(render);
byId("signin-form").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn({ name: nameField.value.trim().replace(/\s+/g, " "), token: randomId() });
});
byId("sign-out").addEventListener("click", async () => {
  byId<HTMLButtonElement>("sign-out").disabled = true;
  saveIdentity(undefined);
  await connection.signOut();
  location.reload();
});
byId("leave-room").addEventListener("click", () => connection.leave(store.currentName));
byId("banner-action").addEventListener("click", () => identity && signIn(identity));
for (const [button, drawer] of [["show-rail", "rail"], ["show-people", "people"]]) {
  byId(button).addEventListener("click", () => toggleDrawer(drawer));
}
byId("scrim").addEventListener("click", closeDrawers);
document.addEventListener("visibilitychange", render);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeDrawers();
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  event.preventDefault();
  sidebars.step(event.key === "ArrowUp" ? -1 : 1);
});
if (identity) signIn(identity);

function signIn(who: Identity): void {
  identity = who;
  setText(byId("signin-error"), "");
  connection.signIn(who);
}

function showSignIn(problem: string): void {
  app.hidden = true;
  signin.hidden = false;
  nameField.value ||= identity?.name ?? "";
  setText(byId("signin-error"), problem);
  nameField.focus();
}

function showApp(): void {
  if (!app.hidden) return;
  saveIdentity(identity);
  signin.hidden = true;
  app.hidden = false;
  composer.focus();
}

function render(): void {
  if (store.link === "unreachable") setText(byId("signin-error"), "The server cannot be reached. Trying again…");
  const room = store.current;
  if (store.link === "online" || store.link === "back") showApp();
  renderBanner();
  sidebars.render(room);
  byId("talk").classList.toggle("empty", !room);
  setText(byId("room-name"), room ? room.name : "No room");
  const people = room?.members.size ?? 0;
  setText(byId("room-info"), room ? `${people} ${people === 1 ? "person" : "people"} here` : "Join one on the left");
  if (room) {
    messages.render(room);
    composer.render(room);
    markRead();
  }
  renderTitle();
}

/** What is on the screen has been seen. */
function markRead(): void {
  if (app.hidden || document.visibilityState !== "visible" || !messages.isShowingEnd) return;
  const at = store.markRead();
  if (at) connection.seen(store.currentName, at);
}

function renderBanner(): void {
  const text = { lost: "Connection lost – reconnecting…", back: "Back online", elsewhere: "You are signed in in another tab." };
  app.dataset.link = store.link;
  byId("banner-action").hidden = store.link !== "elsewhere";
  if (store.link in text) setText(byId("banner-text"), text[store.link as keyof typeof text]);
  if (store.link === "back") backTimer ??= setTimeout(() => store.link === "back" && store.setLink("online"), BACK_ONLINE_MS);
  else {
    clearTimeout(backTimer);
    backTimer = undefined;
  }
}

function renderTitle(): void {
  let count = 0;
  for (const room of store.rooms.values()) count += unread(room, store.me);
  document.title = `${count ? `(${count}) ` : ""}${store.currentName ? `#${store.currentName} · ` : ""}Chat`;
}

function toggleDrawer(id: string): void {
  const isOpen = !byId(id).classList.contains("open");
  closeDrawers();
  byId(id).classList.toggle("open", isOpen);
  byId(`show-${id}`).setAttribute("aria-expanded", String(isOpen));
  document.body.classList.toggle("drawer", isOpen);
}

function closeDrawers(): void {
  for (const id of ["rail", "people"]) {
    byId(id).classList.remove("open");
    byId(`show-${id}`).setAttribute("aria-expanded", "false");
  }
  document.body.classList.remove("drawer");
}
