// The alerts: the list, the bell with its badge, and the toasts.

import { byId, clone, inside, setText } from "../../internal/web/dom.js";
import type { Alert } from "./protocol.js";

const MAX_ALERTS = 50;
const MAX_TOASTS = 4;
const TOAST_MS = 7000;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export class History {
  private alerts: Alert[] = [];
  private read = 0;

  /** onRead is called when somebody has read up to an alert. */
  constructor(private readonly onRead: (id: number) => void) {
    byId("bell").addEventListener("click", () => this.markRead());
    byId("mark-read").addEventListener("click", () => this.markRead());
  }

  /** Takes over what the server knows. */
  load(alerts: Alert[], read: number): void {
    this.alerts = alerts;
    this.read = read;
    this.render();
  }

  /** Adds a new alert, with a toast if somebody can see it. An alert that is there already changes nothing. */
  add(alert: Alert, isSeen: boolean): void {
    if (this.alerts.some(({ id }) => id === alert.id)) return;
    this.alerts = [...this.alerts, alert].sort((a, b) => a.id - b.id).slice(-MAX_ALERTS);
    this.render();
    if (isSeen) this.toast(alert);
  }

  /** Everything up to that alert has been read, here or in another tab. */
  readTo(id: number): void {
    this.read = Math.max(this.read, id);
    this.render();
  }

  private markRead(): void {
    const last = this.alerts.at(-1)?.id ?? 0;
    if (last <= this.read) return;
    this.readTo(last);
    this.onRead(last);
  }

  private render(): void {
    const unread = this.alerts.filter(({ id }) => id > this.read).length;
    setText(byId("badge"), unread ? String(unread) : "");
    byId("bell").setAttribute("aria-label", unread ? `${unread} unread alerts, mark as read` : "No unread alerts");
    byId("mark-read").hidden = unread === 0;
    document.title = unread ? `(${unread}) Alerts` : "Alerts";
    void navigator.setAppBadge?.(unread).catch(() => {}); // only an installed page has one
    byId("nothing").hidden = this.alerts.length > 0;
    byId("history").replaceChildren(...this.alerts.toReversed().map((alert) => this.line(alert)));
  }

  private line(alert: Alert): HTMLElement {
    const line = fill(clone("t-alert"), alert);
    line.classList.toggle("unread", alert.id > this.read);
    return line;
  }

  private toast(alert: Alert): void {
    const toasts = byId("toasts");
    const toast = fill(clone("t-toast"), alert);
    let timer = setTimeout(remove, TOAST_MS);
    function remove(): void {
      clearTimeout(timer);
      toast.remove();
    }
    toast.querySelector("button")!.addEventListener("click", remove);
    toast.addEventListener("pointerenter", () => clearTimeout(timer));
    toast.addEventListener("pointerleave", () => (timer = setTimeout(remove, TOAST_MS)));
    toasts.append(toast);
    while (toasts.children.length > MAX_TOASTS) toasts.firstElementChild!.remove();
  }
}

function fill(element: HTMLElement, { title, body, from, topic, at }: Alert): HTMLElement {
  const texts = { title, body: body ?? "", from: topic ? `#${topic} · ${from}` : from, time: clock.format(at) };
  for (const [name, text] of Object.entries(texts)) setText(inside(element, `.${name}`), text);
  return element;
}
