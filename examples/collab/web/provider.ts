// Keeps a Yjs document in step with the server: our changes go there, those of the others come from there. While there is
// no connection, ours wait.

import { io } from "socket.io-client";
import { applyAwarenessUpdate, Awareness, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
import * as Y from "yjs";
import { result } from "../../internal/web/answer.js";
import { type CollabSocket, updatesOf } from "./protocol.js";

const ACK_MS = 10_000;
const RETRY_MS = 1000;
const CURSOR_MS = 50;

export type Status = "connecting" | "saved" | "saving" | "offline";

export class Provider {
  readonly awareness: Awareness;
  private readonly socket: CollabSocket;
  /** Our changes that the server does not have yet, oldest first. */
  private readonly pending = new Set<Uint8Array>();
  /** The server's log, and up to where we have it. */
  private id = "";
  private seq = 0;
  private isOpen = false;
  private cursorTimer?: ReturnType<typeof setTimeout>;

  /** onStatus is told what to show, and an error if the server refuses something. */
  constructor(
    private readonly doc: Y.Doc,
    name: string,
    private readonly onStatus: (status: Status, problem?: string) => void,
  ) {
    this.awareness = new Awareness(doc);
    this.socket = io({
      // Where the page is, so that it works under any path.
      path: new URL("socket.io/", document.baseURI).pathname,
      auth: (send) => send({ document: name, client: doc.clientID, id: this.id, seq: this.seq }),
    });
    this.listenToServer();
    doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin === this) return;
      this.pending.add(update);
      if (this.isOpen) void this.send(update);
      this.showStatus();
    });
    this.awareness.on("update", (_: unknown, origin: unknown) => {
      if (origin !== this) this.cursorTimer ??= setTimeout(() => this.sendCursor(), CURSOR_MS);
    });
  }

  /** Works without the server until told otherwise. */
  setOffline(isOffline: boolean): void {
    if (isOffline) this.socket.disconnect();
    else this.socket.connect();
  }

  private listenToServer(): void {
    const { socket, doc, awareness } = this;
    socket.on("document", ({ id, seq, log }) => {
      // A log that begins anew, after the server was restarted, lacks all that we know.
      const isOther = this.id !== "" && this.id !== id;
      Y.transact(doc, () => [...updatesOf(log)].forEach((update) => Y.applyUpdate(doc, update, this)), this);
      [this.id, this.seq, this.isOpen] = [id, seq, true];
      if (isOther) this.pending.clear();
      if (isOther) this.pending.add(Y.encodeStateAsUpdate(doc));
      this.sendPending();
      this.appear();
      this.showStatus();
    });
    socket.on("change", ({ seq, data }) => {
      Y.applyUpdate(doc, new Uint8Array(data), this);
      this.seq = seq;
    });
    socket.on("compact", (answer) => answer(Y.encodeStateAsUpdate(doc)));
    socket.on("awareness", (update) => applyAwarenessUpdate(awareness, new Uint8Array(update), this));
    socket.on("joined", () => this.appear());
    socket.on("left", (client) => removeAwarenessStates(awareness, [client], this));
    socket.on("disconnect", () => {
      this.isOpen = false;
      const others = [...awareness.getStates().keys()].filter((client) => client !== doc.clientID);
      removeAwarenessStates(awareness, others, this);
      this.showStatus();
    });
    socket.on("connect_error", (error) => this.onStatus("offline", socket.active ? undefined : error.message));
  }

  /** Sends everything that waits, as one change. */
  private sendPending(): void {
    if (!this.isOpen || this.pending.size === 0) return;
    const merged = Y.mergeUpdates([...this.pending]);
    this.pending.clear();
    this.pending.add(merged);
    void this.send(merged);
  }

  /** A change that is sent again, because its answer was lost, changes nothing. */
  private async send(update: Uint8Array): Promise<void> {
    try {
      await result(this.socket.timeout(ACK_MS).emitWithAck("update", update));
      this.pending.delete(update);
      this.showStatus();
    } catch (error) {
      if (!this.isOpen) return; // it goes out with the next connection
      this.onStatus("saving", (error as Error).message);
      setTimeout(() => this.pending.has(update) && this.sendPending(), RETRY_MS);
    }
  }

  /** Shows our cursor to those who have not seen it or have dropped it; they ignore a state that they have had before. */
  private appear(): void {
    this.awareness.setLocalState(this.awareness.getLocalState());
  }

  private sendCursor(): void {
    clearTimeout(this.cursorTimer);
    this.cursorTimer = undefined;
    const { doc, awareness } = this;
    if (this.isOpen && awareness.getLocalState()) this.socket.emit("awareness", encodeAwarenessUpdate(awareness, [doc.clientID]));
  }

  private showStatus(): void {
    if (!this.isOpen) this.onStatus(this.socket.active && this.id === "" ? "connecting" : "offline");
    else this.onStatus(this.pending.size > 0 ? "saving" : "saved");
  }
}
