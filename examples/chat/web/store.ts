// What the page knows. Nothing here touches the document or the network.

import type { Cursor, Frame, Message, Presence, RoomInfo, RoomState } from "./protocol.js";

/** A line of a conversation: a message, or a notice such as "Ada joined". */
export interface Entry {
  id: string;
  kind: "message" | "notice";
  from: string;
  text: string;
  at: number;
  state: "sending" | "sent" | "failed";
  /** Why it failed. */
  error?: string;
  picture?: Picture;
}

/** The picture of a message. */
export interface Picture {
  frame: Frame;
  /** What to send, if it is ours and the server does not have it yet. */
  blob?: Blob;
  /** Where the browser finds it. */
  url?: string;
  /** How much of it is sent, from 0 to 1. */
  sent?: number;
  /** What is being done about a picture that is not here, or why it never will be. */
  state?: "loading" | "gone";
}

/** A room we are in. */
export interface Room {
  name: string;
  /** Who is here, and up to which message they have seen it. */
  members: Map<string, number>;
  entries: Entry[];
  /** Up to which message we have seen it. */
  read: number;
  /** Where the line "new" is drawn. */
  divider?: number;
  /** Who is typing, with the timer that ends it. */
  typing: Map<string, ReturnType<typeof setTimeout>>;
  draft: string;
}

/** The state of the connection: a first one is being tried or has failed, all is well, and what comes after that. */
export type Link = "connecting" | "unreachable" | "online" | "lost" | "back" | "elsewhere";

const MAX_ENTRIES = 300;
const TYPING_MS = 4000;

export class Store {
  me = "";
  link: Link = "connecting";
  transport = "";
  /** All rooms there are, in the order of the server. */
  directory: RoomInfo[] = [];
  /** Those we are in. */
  rooms = new Map<string, Room>();
  currentName = "";

  private notices = 0;
  private listeners: (() => void)[] = [];
  private isScheduled = false;

  /** Calls back after changes, once for all that happened together. */
  subscribe(listener: () => void): void {
    this.listeners.push(listener);
  }

  changed(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    queueMicrotask(() => {
      this.isScheduled = false;
      for (const listener of this.listeners) listener();
    });
  }

  get current(): Room | undefined {
    return this.rooms.get(this.currentName);
  }

  /** Shows a room. */
  open(name: string): void {
    const before = this.current;
    if (before) before.divider = undefined;
    this.currentName = name;
    const room = this.current;
    if (room && unread(room, this.me) > 0) room.divider = room.read;
    this.changed();
  }

  /**
   * Takes in what the server says about a room, beside what we know already. Returns up to which message we have seen
   * it, if that is news to the server.
   */
  entered(state: RoomState): number | undefined {
    const known = this.rooms.get(state.name);
    const room = known ?? newRoom(state.name);
    this.rooms.set(room.name, room);
    room.members = new Map(state.members.map(({ name, seen }) => [name, seen]));
    for (const message of state.messages) put(room, entryOf(message));
    if (!known) room.read = lastAt(room);
    if (!this.current) this.currentName = room.name;
    this.changed();
    return room.read > (room.members.get(this.me) ?? 0) && known ? room.read : undefined;
  }

  leftRoom(name: string): void {
    this.rooms.delete(name);
    if (this.currentName === name) this.open([...this.rooms.keys()][0] ?? "");
    this.changed();
  }

  /** Adds a message, ours or another's, or replaces what has its id. */
  add(roomName: string, entry: Entry): void {
    const room = this.rooms.get(roomName);
    if (!room) return;
    put(room, entry);
    if (entry.from === this.me) room.divider = undefined;
    this.stopTyping(room, entry.from);
    this.changed();
  }

  received(message: Message): void {
    this.add(message.room, entryOf(message));
  }

  joined({ room: name, name: who }: Presence): void {
    const room = this.rooms.get(name);
    if (!room || room.members.has(who)) return;
    room.members.set(who, 0);
    this.notice(room, who, "joined");
  }

  left({ room: name, name: who }: Presence): void {
    const room = this.rooms.get(name);
    // That we were away is for the others; a recovered connection is told too.
    if (who === this.me || !room?.members.delete(who)) return;
    this.stopTyping(room, who);
    this.notice(room, who, "left");
  }

  seen({ room: name, name: who, at }: Cursor): void {
    const room = this.rooms.get(name);
    if (!room?.members.has(who)) return;
    room.members.set(who, at);
    this.changed();
  }

  typing({ room: name, name: who }: Presence): void {
    const room = this.rooms.get(name);
    if (!room) return;
    clearTimeout(room.typing.get(who));
    room.typing.set(who, setTimeout(() => this.stopTyping(room, who), TYPING_MS));
    this.changed();
  }

  /** Marks the current room as read; returns the new position if it is news to the server. */
  markRead(): number | undefined {
    const room = this.current;
    const at = room ? lastAt(room) : 0;
    if (!room || at <= (room.members.get(this.me) ?? at)) return undefined;
    room.members.set(this.me, at);
    room.read = at;
    this.changed();
    return at;
  }

  setLink(link: Link): void {
    this.link = link;
    this.changed();
  }

  private stopTyping(room: Room, who: string): void {
    clearTimeout(room.typing.get(who));
    if (room.typing.delete(who)) this.changed();
  }

  private notice(room: Room, from: string, text: string): void {
    const at = lastAt(room);
    put(room, { id: `notice-${++this.notices}`, kind: "notice", from, text, at, state: "sent" });
    this.changed();
  }
}

/** How many messages of others we have not seen. */
export function unread(room: Room, me: string): number {
  return room.entries.filter((entry) => isUnread(entry, room.read, me)).length;
}

export const isUnread = (entry: Entry, read: number, me: string): boolean =>
  entry.kind === "message" && entry.from !== me && entry.at > read;

/** How many others have seen one of our messages. */
export function seenBy(room: Room, entry: Entry): number {
  let count = 0;
  for (const [name, seen] of room.members) if (name !== entry.from && seen >= entry.at) count++;
  return count;
}

function newRoom(name: string): Room {
  return { name, members: new Map(), entries: [], read: 0, typing: new Map(), draft: "" };
}

function entryOf({ id, from, text, at, picture }: Message): Entry {
  return { id, kind: "message", from, text, at, state: "sent", picture: picture && { frame: picture } };
}

/** The position of the newest message that the server has confirmed. */
function lastAt(room: Room): number {
  return room.entries.findLast((entry) => entry.kind === "message" && entry.state === "sent")?.at ?? 0;
}

/** Puts an entry where it belongs: in order of time, and what is not sent yet at the end. */
function put(room: Room, entry: Entry): void {
  const known = room.entries.find((other) => other.id === entry.id);
  if (known?.picture && !entry.picture?.url) entry.picture = known.picture;
  const rest = room.entries.filter((other) => other.id !== entry.id);
  let at = rest.length;
  if (entry.state === "sent") while (at > 0 && isAfter(rest[at - 1], entry)) at--;
  rest.splice(at, 0, entry);
  for (const { picture } of rest.splice(0, rest.length - MAX_ENTRIES)) if (picture?.url) URL.revokeObjectURL(picture.url);
  room.entries = rest;
}

const isAfter = (a: Entry, b: Entry): boolean => a.state !== "sent" || a.at > b.at;
