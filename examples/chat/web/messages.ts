// The conversation of the current room.

import { byId, clone, inside, keyed, paintAvatar, setText } from "../../internal/web/dom.js";
import { type Entry, isUnread, type Picture, type Room, seenBy, type Store } from "./store.js";

const GROUP_MS = 5 * 60_000;
const AT_END_PX = 60;

/** What one line shows: a message, with its place in a group, or a line of text across. */
type Item =
  | { key: string; kind: "line"; text: string; style: "day" | "new" | "notice" }
  | { key: string; kind: "message"; entry: Entry; isFirst: boolean; isLast: boolean };

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export class MessageList {
  private readonly scroller = byId("scroller");
  private readonly list = byId("messages");
  private readonly toEnd = byId<HTMLButtonElement>("to-end");
  private readonly viewer = byId<HTMLDialogElement>("viewer");
  private shown = "";
  private isAtEnd = true;

  constructor(
    private readonly store: Store,
    private readonly retry: (room: string, entry: Entry) => void,
    private readonly fetchPicture: (room: string, entry: Entry) => void,
  ) {
    this.viewer.addEventListener("click", () => this.viewer.close());
    this.scroller.addEventListener("scroll", () => this.onScroll());
    this.toEnd.addEventListener("click", () => this.scrollToEnd());
    new ResizeObserver(() => this.isAtEnd && this.scrollToEnd()).observe(this.scroller);
  }

  render(room: Room): void {
    const { me } = this.store;
    if (this.shown !== room.name) {
      this.shown = room.name;
      this.isAtEnd = true;
      this.list.replaceChildren();
    }
    const isOurTurn = room.entries.at(-1)?.state === "sending";
    keyed(this.list, items(room, me), (item) => item.key, create, (element, item) => this.update(element, item, room));
    if (this.isAtEnd || isOurTurn) this.scrollToEnd();
    this.renderToEnd(room);
  }

  /** Whether the newest message can be seen. */
  get isShowingEnd(): boolean {
    return this.isAtEnd;
  }

  private update(element: HTMLElement, item: Item, room: Room): void {
    if (item.kind === "line") {
      element.className = `line ${item.style}`;
      setText(inside(element, "span"), item.text);
      return;
    }
    const { entry } = item;
    const isMine = entry.from === this.store.me;
    element.classList.toggle("mine", isMine);
    element.classList.toggle("first", item.isFirst);
    element.classList.toggle("last", item.isLast);
    element.dataset.state = entry.state;
    setText(inside(element, ".text"), entry.text);
    if (entry.picture) {
      this.fetchPicture(room.name, entry);
      this.updatePicture(inside(element, ".picture"), entry.picture, entry);
    }
    setText(inside(element, ".from"), entry.from);
    paintAvatar(inside(element, ".avatar"), entry.from);
    inside(element, ".from").style.setProperty("--hue", inside(element, ".avatar").style.getPropertyValue("--hue"));
    const time = inside<HTMLTimeElement>(element, "time");
    time.dateTime = new Date(entry.at).toISOString();
    setText(time, clock.format(entry.at));
    if (isMine) updateTick(element, entry, seenBy(room, entry));
    setText(inside(element, ".failure span"), entry.error ?? "");
    inside<HTMLButtonElement>(element, ".failure button").onclick = () => this.retry(room.name, entry);
  }

  private updatePicture(button: HTMLButtonElement, { frame, url, sent, state }: Picture, { from, text }: Entry): void {
    button.hidden = false;
    button.disabled = !url;
    button.dataset.state = state ?? "";
    // The room it takes does not change when it arrives.
    button.style.setProperty("--width", `${frame.width}px`);
    button.style.setProperty("--ratio", String(frame.width / frame.height));
    const image = inside<HTMLImageElement>(button, "img");
    if (url && image.src !== url) {
      image.src = url;
      image.alt = text || `Picture by ${from}`;
      button.onclick = () => {
        inside<HTMLImageElement>(this.viewer, "img").src = url;
        this.viewer.showModal();
      };
    }
    const progress = inside<HTMLProgressElement>(button, "progress");
    progress.hidden = sent === undefined;
    progress.value = sent ?? 0;
  }

  private onScroll(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.isAtEnd = scrollHeight - scrollTop - clientHeight < AT_END_PX;
    this.store.changed();
  }

  private scrollToEnd(): void {
    this.isAtEnd = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  private renderToEnd(room: Room): void {
    const count = room.entries.filter((entry) => isUnread(entry, room.read, this.store.me)).length;
    this.toEnd.hidden = this.isAtEnd;
    setText(byId("to-end-text"), count ? `${count} new` : "Latest");
  }
}

function create(item: Item): HTMLElement {
  return clone(item.kind === "line" ? "t-line" : "t-message");
}

function items(room: Room, me: string): Item[] {
  const list: Item[] = [];
  let before: Entry | undefined;
  let lastDay = "";
  let isDivided = room.divider === undefined;
  for (const entry of room.entries) {
    if (entry.kind === "notice") {
      list.push({ key: entry.id, kind: "line", style: "notice", text: `${entry.from} ${entry.text}` });
      before = undefined;
      continue;
    }
    const day = calendar.format(entry.at);
    if (day !== lastDay) {
      lastDay = day;
      list.push({ key: day, kind: "line", style: "day", text: day === calendar.format(Date.now()) ? "Today" : day });
      before = undefined;
    }
    if (!isDivided && isUnread(entry, room.divider!, me)) {
      isDivided = true;
      list.push({ key: "new", kind: "line", style: "new", text: "New" });
      before = undefined;
    }
    const isFirst = before?.from !== entry.from || entry.at - before.at > GROUP_MS;
    const previous = list.at(-1);
    if (!isFirst && previous?.kind === "message") previous.isLast = false;
    list.push({ key: entry.id, kind: "message", entry, isFirst, isLast: true });
    before = entry;
  }
  return list;
}

/** The tick: a clock while it is on its way, one hook when the server has it, two when somebody has seen it. */
function updateTick(element: HTMLElement, entry: Entry, seen: number): void {
  const tick = inside(element, ".tick");
  const [name, icon, words] =
    entry.state === "failed" ? ["failed", "alert", "Not sent"]
    : entry.state === "sending" ? ["sending", "clock", "Sending"]
    : seen > 0 ? ["seen", "checks", `Seen by ${seen}`]
    : ["delivered", "check", "Delivered"];
  tick.dataset.tick = name;
  tick.title = words;
  inside<SVGUseElement>(tick, "use").setAttribute("href", `#i-${icon}`);
  setText(inside(tick, ".visually-hidden"), words);
  setText(inside(tick, ".seen"), seen > 1 ? String(seen) : "");
}
