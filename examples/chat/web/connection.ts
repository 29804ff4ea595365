// The socket: everything that is said to the server, and what comes from it.

import { io } from "socket.io-client";
import { result } from "../../internal/web/answer.js";
import { type Identity, randomId } from "./identity.js";
import { download, type Shot, upload } from "./pictures.js";
import type { ChatSocket } from "./protocol.js";
import type { Entry, Store } from "./store.js";

const TYPING_EVERY_MS = 2000;
const SIGN_OUT_MS = 10_000;

export class Connection {
  private readonly socket: ChatSocket;
  private lastTyping = 0;

  /** onRefused is called when the server does not let us in; nothing is tried again by itself then. */
  constructor(
    private readonly store: Store,
    private readonly onRefused: (message: string) => void,
  ) {
    this.socket = io({
      // Where the page is, so that it works under any path.
      path: new URL("socket.io/", document.baseURI).pathname,
      autoConnect: false,
      // Every event that wants an answer is sent again until it has one, also after an interruption. What is written
      // offline waits here.
      retries: 10,
      ackTimeout: 10_000,
    });
    this.listenToLink();
    this.listenToServer();
  }

  /** Connects under a name. The rooms go along, so that a new connection continues where the last one ended. */
  signIn({ name, token }: Identity): void {
    this.store.me = name;
    this.socket.auth = (send) => {
      const rooms = [...this.store.rooms.keys()];
      send({ name, token, rooms: rooms.length ? rooms : undefined });
    };
    this.socket.connect();
  }

  /**
   * Resolves when the server has been told, or cannot be. That may take a moment: a socket that is moving to WebSocket
   * holds back everything until it is there, and a page that is left meanwhile would take it along.
   */
  async signOut(): Promise<void> {
    if (!this.socket.connected) return;
    const closed = new Promise<void>((resolve) => this.socket.io.engine.once("close", () => resolve()));
    this.socket.disconnect();
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, SIGN_OUT_MS))]);
  }

  /** Posts a message, which is shown at once and gets its tick when the server has it. */
  post(room: string, text: string, shot?: Shot): void {
    const entry: Entry = { id: randomId(), kind: "message", from: this.store.me, text, at: Date.now(), state: "sending" };
    if (shot) entry.picture = { ...shot, url: URL.createObjectURL(shot.blob), sent: 0 };
    void this.deliver(room, entry);
  }

  /** Sends a message; also again, because the server knows it by its id. */
  async deliver(room: string, entry: Entry): Promise<void> {
    const update = (change: Partial<Entry>) => this.store.add(room, (entry = { ...entry, ...change }));
    const { id, text, picture } = entry;
    update({ state: "sending", error: undefined });
    try {
      if (picture?.blob) await upload(this.socket, id, picture.blob, (sent) => update({ picture: { ...picture, sent } }));
      const { at } = await result(this.socket.emitWithAck("post", { id, room, text, picture: picture?.frame }));
      update({ state: "sent", at, picture: picture && { frame: picture.frame, url: picture.url } });
    } catch (error) {
      update({ state: "failed", error: (error as Error).message });
    }
  }

  /** Fetches the picture of a message, once. */
  async show(room: string, { id, from, picture }: Entry): Promise<void> {
    if (!picture || picture.url || picture.state) return;
    picture.state = "loading";
    try {
      picture.url = URL.createObjectURL(await download(this.socket, { id, room, from }));
      picture.state = undefined;
    } catch {
      picture.state = "gone";
    }
    this.store.changed();
  }

  /** Enters a room, or makes it. Resolves to what went wrong, if something did. */
  async join(room: string): Promise<string | undefined> {
    try {
      await result(this.socket.emitWithAck("join", { room }));
    } catch (error) {
      return (error as Error).message;
    }
  }

  leave(room: string): void {
    this.store.leftRoom(room);
    this.socket.emit("leave", { room }, () => {});
  }

  seen(room: string, at: number): void {
    this.socket.emit("seen", { room, at }, () => {});
  }

  /** Tells that we are typing, now and then. Volatile: late it is worth nothing. */
  typing(room: string): void {
    const now = Date.now();
    if (now - this.lastTyping < TYPING_EVERY_MS) return;
    this.lastTyping = now;
    this.socket.volatile.emit("typing", { room });
  }

  /** After a message the next keystroke counts at once. */
  stoppedTyping(): void {
    this.lastTyping = 0;
  }

  private listenToLink(): void {
    const { socket, store } = this;
    socket.on("connect", () => {
      store.setLink(store.link === "lost" ? "back" : "online");
      // We have what we missed, and no state of the rooms comes: what we have seen is for us to tell.
      if (socket.recovered) for (const { name, read } of store.rooms.values()) if (read) this.seen(name, read);
      const { engine } = socket.io;
      const showTransport = () => {
        store.transport = engine.transport.name;
        store.changed();
      };
      engine.on("upgrade", showTransport);
      showTransport();
    });
    socket.on("disconnect", (reason) => {
      if (reason === "io client disconnect") return;
      store.transport = "";
      // The server sends us away when the same tab has connected again, as a copy of it does.
      store.setLink(socket.active ? "lost" : "elsewhere");
    });
    socket.on("connect_error", (error) => {
      if (!socket.active) this.onRefused(error.message);
      else if (store.link === "connecting") store.setLink("unreachable");
    });
  }

  private listenToServer(): void {
    const { socket, store } = this;
    socket.on("rooms", (list) => {
      store.directory = list;
      store.changed();
    });
    socket.on("room", (state) => {
      const position = store.entered(state);
      if (position) this.seen(state.name, position);
    });
    socket.on("message", (message) => store.received(message));
    socket.on("joined", (who) => store.joined(who));
    socket.on("left", (who) => store.left(who));
    socket.on("seen", (cursor) => store.seen(cursor));
    socket.on("typing", (who) => store.typing(who));
  }
}
