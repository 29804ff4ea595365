// The page: one document, whose name is behind the # of the address.

import * as Y from "yjs";
import { byId, setText } from "../../internal/web/dom.js";
import { createEditor } from "./editor.js";
import { showPeople } from "./people.js";
import { Provider, type Status } from "./provider.js";

const STATUS: Record<Status, string> = {
  connecting: "Connecting…",
  saved: "Saved",
  saving: "Saving…",
  offline: "Offline – changes are kept",
};

const name = decodeURIComponent(location.hash.slice(1)) || "welcome";
const doc = new Y.Doc();
const text = doc.getText("text");
const provider = new Provider(doc, name, showStatus);
const editor = createEditor(byId("editor"), text, provider.awareness);

setText(byId("document"), name);
document.title = `${name} · Notes`;
showPeople(provider.awareness);
editor.focus();
// For the curious, and for tests: notes.text.toString() in the console of the browser.
Object.assign(globalThis, { notes: { doc, text } });

const offline = byId<HTMLInputElement>("offline");
offline.addEventListener("change", () => provider.setOffline(offline.checked));
byId("share").addEventListener("click", () => void share());
byId<HTMLFormElement>("open").addEventListener("submit", (event) => {
  event.preventDefault();
  location.hash = byId<HTMLInputElement>("other").value.trim().toLowerCase().replace(/\s+/g, "-");
});
addEventListener("hashchange", () => location.reload());
addEventListener("beforeunload", (event) => {
  if (document.body.dataset.status !== "saved" && document.body.dataset.changed) event.preventDefault();
});
doc.on("update", () => {
  document.body.dataset.changed = "yes";
  const words = text.toString().match(/\S+/g)?.length ?? 0;
  setText(byId("words"), words === 1 ? "1 word" : `${words} words`);
});

function showStatus(status: Status, problem?: string): void {
  document.body.dataset.status = status;
  setText(byId("status"), problem ?? STATUS[status]);
}

/** Copies the address, to be given to somebody. */
async function share(): Promise<void> {
  location.replace(`#${name}`);
  await navigator.clipboard.writeText(location.href);
  setText(byId("share"), "Copied");
  setTimeout(() => setText(byId("share"), "Copy link"), 2000);
}
