// What is left and right of the conversation: the rooms, ourselves, and the people.

import { byId, clone, inside, keyed, paintAvatar, setText } from "../../internal/web/dom.js";
import type { Connection } from "./connection.js";
import { type Room, type Store, unread } from "./store.js";

const collator = new Intl.Collator();

export class Sidebars {
  private readonly create = byId<HTMLFormElement>("create");
  private readonly newRoom = byId<HTMLInputElement>("new-room");
  private readonly createError = byId("create-error");

  constructor(
    private readonly store: Store,
    private readonly connection: Connection,
    private readonly onOpen: () => void,
  ) {
    this.create.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.join(this.newRoom.value);
    });
    this.newRoom.addEventListener("input", () => setText(this.createError, ""));
  }

  render(room: Room | undefined): void {
    this.renderRooms();
    this.renderSelf();
    this.renderPeople(room);
  }

  /** Opens the room that is so many places further in the list. */
  step(by: number): void {
    const names = this.joinedNames();
    const at = names.indexOf(this.store.currentName);
    this.store.open(names[(at + by + names.length) % names.length]);
  }

  private renderRooms(): void {
    const { store } = this;
    keyed(byId("rooms"), this.joinedNames(), (name) => name, (name) => this.button(() => this.open(name)), (element, name) => {
      const room = store.rooms.get(name)!;
      const count = name === store.currentName ? 0 : unread(room, store.me);
      const button = inside(element, "button");
      setText(inside(element, ".name"), name);
      setText(inside(element, ".badge"), count ? String(count) : "");
      button.classList.toggle("unread", count > 0);
      button.setAttribute("aria-label", count ? `${name}, ${count} unread` : name);
      if (name === store.currentName) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
    const others = store.directory.filter(({ name }) => !store.rooms.has(name));
    byId("others").hidden = others.length === 0;
    keyed(byId("directory"), others, ({ name }) => name, ({ name }) => this.button(() => void this.join(name)), (element, info) => {
      setText(inside(element, ".name"), info.name);
      setText(inside(element, ".badge"), String(info.members));
      inside(element, "button").setAttribute("aria-label", `Join ${info.name}, ${info.members} people`);
    });
  }

  /** The rooms we are in, in the order of the directory. */
  private joinedNames(): string[] {
    const { directory, rooms } = this.store;
    const order = new Map(directory.map(({ name }, i) => [name, i]));
    return [...rooms.keys()].sort((a, b) => (order.get(a) ?? 999) - (order.get(b) ?? 999));
  }

  private button(onClick: () => void): HTMLElement {
    const element = clone("t-room");
    inside(element, "button").addEventListener("click", onClick);
    return element;
  }

  private open(name: string): void {
    this.store.open(name);
    this.onOpen();
  }

  private async join(wanted: string): Promise<void> {
    const name = wanted.trim().replace(/^#/, "").replace(/\s+/g, "-").toLowerCase();
    if (!name) return;
    const problem = await this.connection.join(name);
    setText(this.createError, problem ?? "");
    if (problem) return;
    this.newRoom.value = "";
    this.open(name);
  }

  private renderSelf(): void {
    const { me, transport } = this.store;
    paintAvatar(byId("my-avatar"), me);
    setText(byId("my-name"), me);
    setText(byId("transport"), transport || "offline");
    byId("transport").dataset.transport = transport || "offline";
  }

  private renderPeople(room: Room | undefined): void {
    const names = [...(room?.members.keys() ?? [])].sort(collator.compare);
    setText(byId("people-count"), names.length ? String(names.length) : "");
    keyed(byId("members"), names, (name) => name, () => clone("t-person"), (element, name) => {
      paintAvatar(inside(element, ".avatar"), name);
      setText(inside(element, ".name"), name);
      setText(inside(element, ".note"), name === this.store.me ? "you" : room?.typing.has(name) ? "typing…" : "");
    });
  }
}
