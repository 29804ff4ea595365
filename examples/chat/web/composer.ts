// Writing: the text field, a picture beside it, and who else is writing.

import { byId, inside, setText } from "../../internal/web/dom.js";
import type { Connection } from "./connection.js";
import { prepare, type Shot } from "./pictures.js";
import type { Room, Store } from "./store.js";

export class Composer {
  private readonly form = byId<HTMLFormElement>("composer");
  private readonly text = byId<HTMLTextAreaElement>("text");
  private readonly attachment = byId("attachment");
  private shown = "";
  private shot?: Shot;

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
    this.listenToPictures();
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
    if (!room || (!text && !this.shot)) return;
    this.text.value = room.draft = "";
    this.connection.stoppedTyping();
    this.connection.post(room.name, text, this.shot);
    void this.attach(undefined);
    this.focus();
  }

  /** A picture comes from the clipboard, from a file that is dropped, or from the button. */
  private listenToPictures(): void {
    const file = byId<HTMLInputElement>("file");
    const take = (event: Event, files: FileList | undefined) => {
      const picture = [...(files ?? [])].find(({ type }) => type.startsWith("image/"));
      if (!picture) return;
      event.preventDefault();
      void this.attach(picture);
    };
    document.addEventListener("paste", (event) => take(event, event.clipboardData?.files));
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => take(event, event.dataTransfer?.files));
    byId("attach").addEventListener("click", () => file.click());
    file.addEventListener("change", (event) => {
      take(event, file.files ?? undefined);
      file.value = "";
    });
    byId("detach").addEventListener("click", () => void this.attach(undefined));
  }

  /** Shows a picture beside the text field, to be sent with the next message. */
  private async attach(picture: Blob | undefined): Promise<void> {
    const image = inside<HTMLImageElement>(this.attachment, "img");
    URL.revokeObjectURL(image.src);
    image.removeAttribute("src");
    this.shot = undefined;
    let problem = "";
    try {
      this.shot = picture && (await prepare(picture));
    } catch {
      problem = "That picture cannot be sent.";
    }
    setText(byId("attach-error"), problem);
    this.attachment.hidden = !this.shot;
    if (!this.shot) return;
    image.src = URL.createObjectURL(this.shot.blob);
    this.focus();
  }
}

function sentence(names: string[]): string {
  if (names.length === 1) return `${names[0]} is typing…`;
  if (names.length === 2) return `${names[0]} and ${names[1]} are typing…`;
  return "Several people are typing…";
}
