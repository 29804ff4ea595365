// What travels: the other half of events.go.

import type { Socket } from "socket.io-client";
import type { Answer } from "../../internal/web/answer.js";

export interface Input {
  seq: number;
  keys: number;
}

/** The keys of an input, to be added up. */
export const Key = { up: 1, down: 2, left: 4, right: 8, fire: 16 } as const;

export interface Entry {
  id: number;
  name: string;
  bot: boolean;
}

export interface Stats {
  /** Microseconds. */
  jitter99: number;
  work99: number;
  viewers: number;
}

export interface ServerEvents {
  snapshot: (bytes: ArrayBuffer) => void;
  roster: (list: Entry[]) => void;
  stats: (stats: Stats) => void;
}

export interface PageEvents {
  join: (pilot: { name: string }, answer: Answer<{ id: number }>) => void;
  input: (input: Input) => void;
}

export type GameSocket = Socket<ServerEvents, PageEvents>;
