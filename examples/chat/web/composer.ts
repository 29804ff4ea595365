// Writing: the text field, and who else is writing.

import { byId, setText } from "./dom.js";
import type { Connection } from "./connection.js";
import type { Room, Store } from "./store.js";

export class Composer {
  private readonly form = byId<HTMLFormElement>("composer");
  private readonly text = byId<HTMLTextAreaElement>("text");
  private shown = "";

  constructor(
    private readonly store: Store,
    private readonly connection: Connection,
  ) {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
    this.text.addEventListener("input", () => {
      const room = store.current;
      if (!room) return;
      room.draft = this.text.value;
      if (this.text.value.trim()) connection.typing(room.name);
    });
  }

  /** Every room has a draft of its own. */
  render(room: Room): void {
    if (this.shown !== room.name) {
      this.shown = room.name;
      this.text.value = room.draft;
    }
    this.text.placeholder = `Message #${room.name}`;
    const names = [...room.typing.keys()];
    byId("typing").classList.toggle("on", names.length > 0);
    if (names.length) setText(byId("typing-text"), sentence(names));
  }

  focus(): void {
    this.text.focus();
  }

  private send(): void {
    const room = this.store.current;
    const text = this.text.value.trim();
    if (!room || !text) return;
    this.text.value = room.draft = "";
    this.connection.stoppedTyping();
    this.connection.post(room.name, text);
    this.focus();
  }
}

function sentence(names: string[]): string {
  if (names.length === 1) return `${names[0]} is typing…`;
  if (names.length === 2) return `${names[0]} and ${names[1]} are typing…`;
  return "Several people are typing…";
}
