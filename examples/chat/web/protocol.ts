// What travels: the other half of events.go.

import type { Socket } from "/socket.io/socket.io.esm.min.js";

export interface Message {
  id: string;
  room: string;
  from: string;
  text: string;
  /** Milliseconds since 1970, growing within a room: the time and the position in one. */
  at: number;
}

export interface RoomInfo {
  name: string;
  members: number;
}

export interface RoomState {
  name: string;
  members: { name: string; seen: number }[];
  messages: Message[];
}

export interface Presence {
  room: string;
  name: string;
}

export interface Cursor extends Presence {
  at: number;
}

/** How the server answers when it refuses something. */
export interface Refusal {
  error: { message: string };
}

type Answer<T = void> = (result: T | Refusal) => void;

export interface ServerEvents {
  rooms: (list: RoomInfo[]) => void;
  room: (state: RoomState) => void;
  message: (message: Message) => void;
  joined: (who: Presence) => void;
  left: (who: Presence) => void;
  seen: (cursor: Cursor) => void;
  typing: (who: Presence) => void;
}

export interface PageEvents {
  post: (draft: { id: string; room: string; text: string }, answer: Answer<{ at: number }>) => void;
  join: (room: { room: string }, answer: Answer) => void;
  leave: (room: { room: string }, answer: Answer) => void;
  seen: (cursor: { room: string; at: number }, answer: Answer) => void;
  typing: (room: { room: string }) => void;
}

export type ChatSocket = Socket<ServerEvents, PageEvents>;

export const isRefusal = (answer: unknown): answer is Refusal =>
  typeof answer === "object" && answer !== null && "error" in answer;
