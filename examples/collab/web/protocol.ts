// What travels: the other half of events.go.

import type { Socket } from "socket.io-client";
import type { Answer } from "../../internal/web/answer.js";

/** What a page presents every time it connects. */
export interface Visit {
  document: string;
  /** Our number in Yjs. */
  client: number;
  /** The log we know, and up to which update. */
  id: string;
  seq: number;
}

export interface State {
  id: string;
  seq: number;
  /** Updates, each after its length. */
  log: ArrayBuffer;
}

export interface ServerEvents {
  document: (state: State) => void;
  change: (change: { seq: number; data: ArrayBuffer }) => void;
  compact: (answer: (merged: Uint8Array) => void) => void;
  awareness: (update: ArrayBuffer) => void;
  joined: () => void;
  left: (client: number) => void;
}

export interface PageEvents {
  update: (update: Uint8Array, answer: Answer<number>) => void;
  awareness: (update: Uint8Array) => void;
}

export type CollabSocket = Socket<ServerEvents, PageEvents>;

/** Takes a log apart. */
export function* updatesOf(log: ArrayBuffer): Generator<Uint8Array> {
  const view = new DataView(log);
  for (let at = 0; at < log.byteLength; ) {
    const length = view.getUint32(at);
    yield new Uint8Array(log, at + 4, length);
    at += 4 + length;
  }
}
