// Who is here: ourselves, and the others that the awareness tells of.

import type { Awareness } from "y-protocols/awareness";
import { byId, hue, keyed, paintAvatar } from "../../internal/web/dom.js";

const KEY = "collab.name";
const ADJECTIVES = ["Quiet", "Brave", "Clever", "Happy", "Lucky", "Swift", "Gentle", "Bright"];
const ANIMALS = ["Otter", "Falcon", "Badger", "Heron", "Lynx", "Marten", "Puffin", "Hare"];

/** Shows everybody, and lets us choose our name. */
export function showPeople(awareness: Awareness): void {
  const field = byId<HTMLInputElement>("name");
  field.value = sessionStorage.getItem(KEY) ?? `${pick(ADJECTIVES)} ${pick(ANIMALS)}`;
  const tell = () => {
    const name = field.value.trim() || "Somebody";
    sessionStorage.setItem(KEY, name);
    const [color, colorLight] = [`hsl(${hue(name)} 65% 38%)`, `hsl(${hue(name)} 80% 50% / 25%)`];
    awareness.setLocalStateField("user", { name, color, colorLight });
  };
  field.addEventListener("input", tell);
  awareness.on("change", () => render(awareness));
  tell();
}

function render(awareness: Awareness): void {
  const people = [...awareness.getStates()].filter(([, { user }]) => user);
  people.sort(([a], [b]) => Number(b === awareness.clientID) - Number(a === awareness.clientID) || a - b);
  const create = () => Object.assign(document.createElement("li"), { className: "avatar" });
  keyed(byId("people"), people, ([client]) => String(client), create, (element, [client, { user }]) => {
    const name = client === awareness.clientID ? `${user.name} (you)` : String(user.name);
    paintAvatar(element, String(user.name));
    element.title = name;
    element.setAttribute("aria-label", name);
  });
}

const pick = (words: string[]): string => words[Math.floor(Math.random() * words.length)];
