// What travels: the other half of events.go.

import type { Socket } from "socket.io-client";
import type { Answer } from "../../internal/web/answer.js";

export interface Alert {
  /** Grows. */
  id: number;
  from: string;
  topic?: string;
  title: string;
  body?: string;
  /** Milliseconds since 1970. */
  at: number;
}

export interface Draft {
  to?: string;
  topic?: string;
  title: string;
  body: string;
}

export interface Outcome {
  shown: number;
  pushed: number;
  waiting: number;
}

export interface State {
  /** For pushManager.subscribe. */
  key: string;
  topics: string[];
  watch: string[];
  /** Oldest first. */
  alerts: Alert[];
  /** The last alert that has been read. */
  read: number;
}

export interface Person {
  name: string;
  online: boolean;
  push: boolean;
}

export interface ServerEvents {
  /** Answered with whether somebody is looking at the page. */
  alert: (alert: Alert, answer: (isSeen: boolean) => void) => void;
  welcome: (state: State) => void;
  people: (list: Person[]) => void;
  read: (id: number) => void;
}

export interface PageEvents {
  raise: (draft: Draft, answer: Answer<Outcome>) => void;
  watch: (topics: string[], answer: Answer) => void;
  subscribe: (subscription: PushSubscriptionJSON, answer: Answer) => void;
  unsubscribe: (endpoint: string, answer: Answer) => void;
  read: (id: number, answer: Answer) => void;
}

export type PushSocket = Socket<ServerEvents, PageEvents>;
