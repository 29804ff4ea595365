// What travels: the other half of events.go.

import type { Socket } from "socket.io-client";
import type { Answer } from "../../internal/web/answer.js";

/** The size of a picture in pixels. */
export interface Frame {
  width: number;
  height: number;
}

export interface Draft {
  id: string;
  room: string;
  text: string;
  /** There is a picture, and it has been uploaded before. */
  picture?: Frame;
}

export interface Chunk {
  id: string;
  kind: string;
  size: number;
  offset: number;
  data: Uint8Array;
}

export interface PictureOf {
  id: string;
  room: string;
  from: string;
}

export interface Message {
  id: string;
  room: string;
  from: string;
  text: string;
  picture?: Frame;
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
  post: (draft: Draft, answer: Answer<{ at: number }>) => void;
  join: (room: { room: string }, answer: Answer) => void;
  leave: (room: { room: string }, answer: Answer) => void;
  seen: (cursor: { room: string; at: number }, answer: Answer) => void;
  upload: (chunk: Chunk, answer: Answer<{ received: number }>) => void;
  picture: (of: PictureOf, answer: Answer<{ kind: string; data: ArrayBuffer }>) => void;
  typing: (room: { room: string }) => void;
}

export type ChatSocket = Socket<ServerEvents, PageEvents>;
