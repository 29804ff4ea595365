// internal/web/dom.ts
function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element #${id}`);
  return element;
}
function clone(id) {
  const content = byId(id).content;
  return content.firstElementChild.cloneNode(true);
}
function inside(parent, selector) {
  return parent.querySelector(selector);
}
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
function keyed(list, items2, keyOf, create2, update) {
  const old = new Map(Array.from(list.children, (child) => [child.dataset.key, child]));
  let next = list.firstElementChild;
  for (const item of items2) {
    const key = keyOf(item);
    let element = old.get(key);
    old.delete(key);
    if (!element) {
      element = create2(item);
      element.dataset.key = key;
    }
    update(element, item);
    if (element === next) next = next.nextElementSibling;
    else list.insertBefore(element, next);
  }
  for (const element of old.values()) element.remove();
}
function paintAvatar(element, name) {
  const words = name.split(" ");
  const letters = words.length > 1 ? [words[0], words[words.length - 1]].map(firstLetter).join("") : firstLetter(name);
  setText(element, letters.toUpperCase());
  element.style.setProperty("--hue", String(hue(name)));
}
var firstLetter = (word) => [...word][0] ?? "";
function hue(name) {
  let hash = 7;
  for (const letter of name.toLowerCase()) hash = (hash * 31 + letter.codePointAt(0)) % 9973;
  return hash * 137.508 % 360;
}

// internal/web/answer.ts
async function result(answer) {
  const value = await answer.catch(() => {
    throw new Error("The server did not answer.");
  });
  if (isRefusal(value)) throw new Error(value.error.message);
  return value;
}
var isRefusal = (answer) => typeof answer === "object" && answer !== null && "error" in answer;

// chat/web/pictures.ts
var KINDS = ["image/png", "image/jpeg", "image/webp", "image/gif"];
var MAX_BYTES = 1 << 20;
var CHUNK_BYTES = 32 << 10;
var SMALLER_SIDES = [2048, 1280, 800];
async function prepare(file) {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  try {
    if (KINDS.includes(file.type) && file.size <= MAX_BYTES) return { blob: file, frame: { width, height } };
    for (const side of SMALLER_SIDES) {
      const scale = Math.min(1, side / Math.max(width, height));
      const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
      canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
      if (blob.size <= MAX_BYTES) return { blob, frame: { width: canvas.width, height: canvas.height } };
    }
    throw new Error("That picture is too large.");
  } finally {
    bitmap.close();
  }
}
async function upload(socket, id, blob, onProgress) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  for (let offset = 0; offset < bytes.length; ) {
    const data = bytes.slice(offset, offset + CHUNK_BYTES);
    const chunk = { id, kind: blob.type, size: bytes.length, offset, data };
    offset = (await result(socket.emitWithAck("upload", chunk))).received;
    onProgress(offset / bytes.length);
  }
}
async function download(socket, of) {
  const { data, kind } = await result(socket.emitWithAck("picture", of));
  return new Blob([data], { type: kind });
}

// chat/web/composer.ts
var Composer = class {
  constructor(store2, connection2) {
    this.store = store2;
    this.connection = connection2;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
    this.text.addEventListener("input", () => {
      const room = store2.current;
      if (!room) return;
      room.draft = this.text.value;
      if (this.text.value.trim()) connection2.typing(room.name);
    });
    this.listenToPictures();
  }
  store;
  connection;
  form = byId("composer");
  text = byId("text");
  attachment = byId("attachment");
  shown = "";
  shot;
  /** Every room has a draft of its own. */
  render(room) {
    if (this.shown !== room.name) {
      this.shown = room.name;
      this.text.value = room.draft;
    }
    this.text.placeholder = `Message #${room.name}`;
    const names = [...room.typing.keys()];
    byId("typing").classList.toggle("on", names.length > 0);
    if (names.length) setText(byId("typing-text"), sentence(names));
  }
  focus() {
    this.text.focus();
  }
  send() {
    const room = this.store.current;
    const text = this.text.value.trim();
    if (!room || !text && !this.shot) return;
    this.text.value = room.draft = "";
    this.connection.stoppedTyping();
    this.connection.post(room.name, text, this.shot);
    void this.attach(void 0);
    this.focus();
  }
  /** A picture comes from the clipboard, from a file that is dropped, or from the button. */
  listenToPictures() {
    const file = byId("file");
    const take = (event, files) => {
      const picture = [...files ?? []].find(({ type }) => type.startsWith("image/"));
      if (!picture) return;
      event.preventDefault();
      void this.attach(picture);
    };
    document.addEventListener("paste", (event) => take(event, event.clipboardData?.files));
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => take(event, event.dataTransfer?.files));
    byId("attach").addEventListener("click", () => file.click());
    file.addEventListener("change", (event) => {
      take(event, file.files ?? void 0);
      file.value = "";
    });
    byId("detach").addEventListener("click", () => void this.attach(void 0));
  }
  /** Shows a picture beside the text field, to be sent with the next message. */
  async attach(picture) {
    const image = inside(this.attachment, "img");
    URL.revokeObjectURL(image.src);
    image.removeAttribute("src");
    this.shot = void 0;
    let problem = "";
    try {
      this.shot = picture && await prepare(picture);
    } catch {
      problem = "That picture cannot be sent.";
    }
    setText(byId("attach-error"), problem);
    this.attachment.hidden = !this.shot;
    if (!this.shot) return;
    image.src = URL.createObjectURL(this.shot.blob);
    this.focus();
  }
};
function sentence(names) {
  if (names.length === 1) return `${names[0]} is typing…`;
  if (names.length === 2) return `${names[0]} and ${names[1]} are typing…`;
  return "Several people are typing…";
}

// chat/web/connection.ts
import { io } from "./socket.io/socket.io.esm.min.js";

// chat/web/identity.ts
var KEY = "chat.identity";
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
function savedIdentity() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null") ?? void 0;
  } catch {
    return void 0;
  }
}
function saveIdentity(identity2) {
  if (identity2) sessionStorage.setItem(KEY, JSON.stringify(identity2));
  else sessionStorage.removeItem(KEY);
}

// chat/web/connection.ts
var TYPING_EVERY_MS = 2e3;
var SIGN_OUT_MS = 1e4;
var Connection = class {
  /** onRefused is called when the server does not let us in; nothing is tried again by itself then. */
  constructor(store2, onRefused) {
    this.store = store2;
    this.onRefused = onRefused;
    this.socket = io({
      // Where the page is, so that it works under any path.
      path: new URL("socket.io/", document.baseURI).pathname,
      autoConnect: false,
      // Every event that wants an answer is sent again until it has one, also after an interruption. What is written
      // offline waits here.
      retries: 10,
      ackTimeout: 1e4
    });
    this.listenToLink();
    this.listenToServer();
  }
  store;
  onRefused;
  socket;
  lastTyping = 0;
  /** Connects under a name. The rooms go along, so that a new connection continues where the last one ended. */
  signIn({ name, token }) {
    this.store.me = name;
    this.socket.auth = (send) => {
      const rooms = [...this.store.rooms.keys()];
      send({ name, token, rooms: rooms.length ? rooms : void 0 });
    };
    this.socket.connect();
  }
  /**
   * Resolves when the server has been told, or cannot be. That may take a moment: a socket that is moving to WebSocket
   * holds back everything until it is there, and a page that is left meanwhile would take it along.
   */
  async signOut() {
    if (!this.socket.connected) return;
    const closed = new Promise((resolve) => this.socket.io.engine.once("close", () => resolve()));
    this.socket.disconnect();
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, SIGN_OUT_MS))]);
  }
  /** Posts a message, which is shown at once and gets its tick when the server has it. */
  post(room, text, shot) {
    const entry = { id: randomId(), kind: "message", from: this.store.me, text, at: Date.now(), state: "sending" };
    if (shot) entry.picture = { ...shot, url: URL.createObjectURL(shot.blob), sent: 0 };
    void this.deliver(room, entry);
  }
  /** Sends a message; also again, because the server knows it by its id. */
  async deliver(room, entry) {
    const update = (change) => this.store.add(room, entry = { ...entry, ...change });
    const { id, text, picture } = entry;
    update({ state: "sending", error: void 0 });
    try {
      if (picture?.blob) await upload(this.socket, id, picture.blob, (sent) => update({ picture: { ...picture, sent } }));
      const { at } = await result(this.socket.emitWithAck("post", { id, room, text, picture: picture?.frame }));
      update({ state: "sent", at, picture: picture && { frame: picture.frame, url: picture.url } });
    } catch (error) {
      update({ state: "failed", error: error.message });
    }
  }
  /** Fetches the picture of a message, once. */
  async show(room, { id, from, picture }) {
    if (!picture || picture.url || picture.state) return;
    picture.state = "loading";
    try {
      picture.url = URL.createObjectURL(await download(this.socket, { id, room, from }));
      picture.state = void 0;
    } catch {
      picture.state = "gone";
    }
    this.store.changed();
  }
  /** Enters a room, or makes it. Resolves to what went wrong, if something did. */
  async join(room) {
    try {
      await result(this.socket.emitWithAck("join", { room }));
    } catch (error) {
      return error.message;
    }
  }
  leave(room) {
    this.store.leftRoom(room);
    this.socket.emit("leave", { room }, () => {
    });
  }
  seen(room, at) {
    this.socket.emit("seen", { room, at }, () => {
    });
  }
  /** Tells that we are typing, now and then. Volatile: late it is worth nothing. */
  typing(room) {
    const now = Date.now();
    if (now - this.lastTyping < TYPING_EVERY_MS) return;
    this.lastTyping = now;
    this.socket.volatile.emit("typing", { room });
  }
  /** After a message the next keystroke counts at once. */
  stoppedTyping() {
    this.lastTyping = 0;
  }
  listenToLink() {
    const { socket, store: store2 } = this;
    socket.on("connect", () => {
      store2.setLink(store2.link === "lost" ? "back" : "online");
      if (socket.recovered) {
        for (const { name, read } of store2.rooms.values()) if (read) this.seen(name, read);
      }
      const { engine } = socket.io;
      const showTransport = () => {
        store2.transport = engine.transport.name;
        store2.changed();
      };
      engine.on("upgrade", showTransport);
      showTransport();
    });
    socket.on("disconnect", (reason) => {
      if (reason === "io client disconnect") return;
      store2.transport = "";
      store2.setLink(socket.active ? "lost" : "elsewhere");
    });
    socket.on("connect_error", (error) => {
      if (!socket.active) this.onRefused(error.message);
      else if (store2.link === "connecting") store2.setLink("unreachable");
    });
  }
  listenToServer() {
    const { socket, store: store2 } = this;
    socket.on("rooms", (list) => {
      store2.directory = list;
      store2.changed();
    });
    socket.on("room", (state) => {
      const position = store2.entered(state);
      if (position) this.seen(state.name, position);
    });
    socket.on("message", (message) => store2.received(message));
    socket.on("joined", (who) => store2.joined(who));
    socket.on("left", (who) => store2.left(who));
    socket.on("seen", (cursor) => store2.seen(cursor));
    socket.on("typing", (who) => store2.typing(who));
  }
};

// chat/web/store.ts
var MAX_ENTRIES = 300;
var TYPING_MS = 4e3;
var Store = class {
  me = "";
  link = "connecting";
  transport = "";
  /** All rooms there are, in the order of the server. */
  directory = [];
  /** Those we are in. */
  rooms = /* @__PURE__ */ new Map();
  currentName = "";
  notices = 0;
  listeners = [];
  isScheduled = false;
  /** Calls back after changes, once for all that happened together. */
  subscribe(listener) {
    this.listeners.push(listener);
  }
  changed() {
    if (this.isScheduled) return;
    this.isScheduled = true;
    queueMicrotask(() => {
      this.isScheduled = false;
      for (const listener of this.listeners) listener();
    });
  }
  get current() {
    return this.rooms.get(this.currentName);
  }
  /** Shows a room. */
  open(name) {
    const before = this.current;
    if (before) before.divider = void 0;
    this.currentName = name;
    const room = this.current;
    if (room && unread(room, this.me) > 0) room.divider = room.read;
    this.changed();
  }
  /**
   * Takes in what the server says about a room, beside what we know already. Returns up to which message we have seen
   * it, if that is news to the server.
   */
  entered(state) {
    const known = this.rooms.get(state.name);
    const room = known ?? newRoom(state.name);
    this.rooms.set(room.name, room);
    room.members = new Map(state.members.map(({ name, seen }) => [name, seen]));
    for (const message of state.messages) put(room, entryOf(message));
    if (!known) room.read = lastAt(room);
    if (!this.current) this.currentName = room.name;
    this.changed();
    return room.read > (room.members.get(this.me) ?? 0) && known ? room.read : void 0;
  }
  leftRoom(name) {
    this.rooms.delete(name);
    if (this.currentName === name) this.open([...this.rooms.keys()][0] ?? "");
    this.changed();
  }
  /** Adds a message, ours or another's, or replaces what has its id. */
  add(roomName, entry) {
    const room = this.rooms.get(roomName);
    if (!room) return;
    put(room, entry);
    if (entry.from === this.me) room.divider = void 0;
    this.stopTyping(room, entry.from);
    this.changed();
  }
  received(message) {
    this.add(message.room, entryOf(message));
  }
  joined({ room: name, name: who }) {
    const room = this.rooms.get(name);
    if (!room || room.members.has(who)) return;
    room.members.set(who, 0);
    this.notice(room, who, "joined");
  }
  left({ room: name, name: who }) {
    const room = this.rooms.get(name);
    if (who === this.me || !room?.members.delete(who)) return;
    this.stopTyping(room, who);
    this.notice(room, who, "left");
  }
  seen({ room: name, name: who, at }) {
    const room = this.rooms.get(name);
    if (!room?.members.has(who)) return;
    room.members.set(who, at);
    this.changed();
  }
  typing({ room: name, name: who }) {
    const room = this.rooms.get(name);
    if (!room) return;
    clearTimeout(room.typing.get(who));
    room.typing.set(who, setTimeout(() => this.stopTyping(room, who), TYPING_MS));
    this.changed();
  }
  /** Marks the current room as read; returns the new position if it is news to the server. */
  markRead() {
    const room = this.current;
    const at = room ? lastAt(room) : 0;
    if (!room || at <= (room.members.get(this.me) ?? at)) return void 0;
    room.members.set(this.me, at);
    room.read = at;
    this.changed();
    return at;
  }
  setLink(link) {
    this.link = link;
    this.changed();
  }
  stopTyping(room, who) {
    clearTimeout(room.typing.get(who));
    if (room.typing.delete(who)) this.changed();
  }
  notice(room, from, text) {
    const at = lastAt(room);
    put(room, { id: `notice-${++this.notices}`, kind: "notice", from, text, at, state: "sent" });
    this.changed();
  }
};
function unread(room, me) {
  return room.entries.filter((entry) => isUnread(entry, room.read, me)).length;
}
var isUnread = (entry, read, me) => entry.kind === "message" && entry.from !== me && entry.at > read;
function seenBy(room, entry) {
  let count = 0;
  for (const [name, seen] of room.members) if (name !== entry.from && seen >= entry.at) count++;
  return count;
}
function newRoom(name) {
  return { name, members: /* @__PURE__ */ new Map(), entries: [], read: 0, typing: /* @__PURE__ */ new Map(), draft: "" };
}
function entryOf({ id, from, text, at, picture }) {
  return { id, kind: "message", from, text, at, state: "sent", picture: picture && { frame: picture } };
}
function lastAt(room) {
  return room.entries.findLast((entry) => entry.kind === "message" && entry.state === "sent")?.at ?? 0;
}
function put(room, entry) {
  const known = room.entries.find((other) => other.id === entry.id);
  if (known?.picture && !entry.picture?.url) entry.picture = known.picture;
  const rest = room.entries.filter((other) => other.id !== entry.id);
  let at = rest.length;
  if (entry.state === "sent") while (at > 0 && isAfter(rest[at - 1], entry)) at--;
  rest.splice(at, 0, entry);
  for (const { picture } of rest.splice(0, rest.length - MAX_ENTRIES)) if (picture?.url) URL.revokeObjectURL(picture.url);
  room.entries = rest;
}
var isAfter = (a, b) => a.state !== "sent" || a.at > b.at;

// chat/web/messages.ts
var GROUP_MS = 5 * 6e4;
var AT_END_PX = 60;
var clock = new Intl.DateTimeFormat(void 0, { hour: "2-digit", minute: "2-digit" });
var calendar = new Intl.DateTimeFormat(void 0, { weekday: "long", day: "numeric", month: "long" });
var MessageList = class {
  constructor(store2, retry, fetchPicture) {
    this.store = store2;
    this.retry = retry;
    this.fetchPicture = fetchPicture;
    this.viewer.addEventListener("click", () => this.viewer.close());
    this.scroller.addEventListener("scroll", () => this.onScroll());
    this.toEnd.addEventListener("click", () => this.scrollToEnd());
    new ResizeObserver(() => this.isAtEnd && this.scrollToEnd()).observe(this.scroller);
  }
  store;
  retry;
  fetchPicture;
  scroller = byId("scroller");
  list = byId("messages");
  toEnd = byId("to-end");
  viewer = byId("viewer");
  shown = "";
  isAtEnd = true;
  render(room) {
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
  get isShowingEnd() {
    return this.isAtEnd;
  }
  update(element, item, room) {
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
    const time = inside(element, "time");
    time.dateTime = new Date(entry.at).toISOString();
    setText(time, clock.format(entry.at));
    if (isMine) updateTick(element, entry, seenBy(room, entry));
    setText(inside(element, ".failure span"), entry.error ?? "");
    inside(element, ".failure button").onclick = () => this.retry(room.name, entry);
  }
  updatePicture(button, { frame, url, sent, state }, { from, text }) {
    button.hidden = false;
    button.disabled = !url;
    button.dataset.state = state ?? "";
    button.style.setProperty("--width", `${frame.width}px`);
    button.style.setProperty("--ratio", String(frame.width / frame.height));
    const image = inside(button, "img");
    if (url && image.src !== url) {
      image.src = url;
      image.alt = text || `Picture by ${from}`;
      button.onclick = () => {
        inside(this.viewer, "img").src = url;
        this.viewer.showModal();
      };
    }
    const progress = inside(button, "progress");
    progress.hidden = sent === void 0;
    progress.value = sent ?? 0;
  }
  onScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.isAtEnd = scrollHeight - scrollTop - clientHeight < AT_END_PX;
    this.store.changed();
  }
  scrollToEnd() {
    this.isAtEnd = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }
  renderToEnd(room) {
    const count = room.entries.filter((entry) => isUnread(entry, room.read, this.store.me)).length;
    this.toEnd.hidden = this.isAtEnd;
    setText(byId("to-end-text"), count ? `${count} new` : "Latest");
  }
};
function create(item) {
  return clone(item.kind === "line" ? "t-line" : "t-message");
}
function items(room, me) {
  const list = [];
  let before;
  let lastDay = "";
  let isDivided = room.divider === void 0;
  for (const entry of room.entries) {
    if (entry.kind === "notice") {
      list.push({ key: entry.id, kind: "line", style: "notice", text: `${entry.from} ${entry.text}` });
      before = void 0;
      continue;
    }
    const day = calendar.format(entry.at);
    if (day !== lastDay) {
      lastDay = day;
      list.push({ key: day, kind: "line", style: "day", text: day === calendar.format(Date.now()) ? "Today" : day });
      before = void 0;
    }
    if (!isDivided && isUnread(entry, room.divider, me)) {
      isDivided = true;
      list.push({ key: "new", kind: "line", style: "new", text: "New" });
      before = void 0;
    }
    const isFirst = before?.from !== entry.from || entry.at - before.at > GROUP_MS;
    const previous = list.at(-1);
    if (!isFirst && previous?.kind === "message") previous.isLast = false;
    list.push({ key: entry.id, kind: "message", entry, isFirst, isLast: true });
    before = entry;
  }
  return list;
}
function updateTick(element, entry, seen) {
  const tick = inside(element, ".tick");
  const [name, icon, words] = entry.state === "failed" ? ["failed", "alert", "Not sent"] : entry.state === "sending" ? ["sending", "clock", "Sending"] : seen > 0 ? ["seen", "checks", `Seen by ${seen}`] : ["delivered", "check", "Delivered"];
  tick.dataset.tick = name;
  tick.title = words;
  inside(tick, "use").setAttribute("href", `#i-${icon}`);
  setText(inside(tick, ".visually-hidden"), words);
  setText(inside(tick, ".seen"), seen > 1 ? String(seen) : "");
}

// chat/web/sidebars.ts
var collator = new Intl.Collator();
var Sidebars = class {
  constructor(store2, connection2, onOpen) {
    this.store = store2;
    this.connection = connection2;
    this.onOpen = onOpen;
    this.create.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.join(this.newRoom.value);
    });
    this.newRoom.addEventListener("input", () => setText(this.createError, ""));
  }
  store;
  connection;
  onOpen;
  create = byId("create");
  newRoom = byId("new-room");
  createError = byId("create-error");
  render(room) {
    this.renderRooms();
    this.renderSelf();
    this.renderPeople(room);
  }
  /** Opens the room that is so many places further in the list. */
  step(by) {
    const names = this.joinedNames();
    const at = names.indexOf(this.store.currentName);
    this.store.open(names[(at + by + names.length) % names.length]);
  }
  renderRooms() {
    const { store: store2 } = this;
    keyed(byId("rooms"), this.joinedNames(), (name) => name, (name) => this.button(() => this.open(name)), (element, name) => {
      const room = store2.rooms.get(name);
      const count = name === store2.currentName ? 0 : unread(room, store2.me);
      const button = inside(element, "button");
      setText(inside(element, ".name"), name);
      setText(inside(element, ".badge"), count ? String(count) : "");
      button.classList.toggle("unread", count > 0);
      button.setAttribute("aria-label", count ? `${name}, ${count} unread` : name);
      if (name === store2.currentName) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
    const others = store2.directory.filter(({ name }) => !store2.rooms.has(name));
    byId("others").hidden = others.length === 0;
    keyed(byId("directory"), others, ({ name }) => name, ({ name }) => this.button(() => void this.join(name)), (element, info) => {
      setText(inside(element, ".name"), info.name);
      setText(inside(element, ".badge"), String(info.members));
      inside(element, "button").setAttribute("aria-label", `Join ${info.name}, ${info.members} people`);
    });
  }
  /** The rooms we are in, in the order of the directory. */
  joinedNames() {
    const { directory, rooms } = this.store;
    const order = new Map(directory.map(({ name }, i) => [name, i]));
    return [...rooms.keys()].sort((a, b) => (order.get(a) ?? 999) - (order.get(b) ?? 999));
  }
  button(onClick) {
    const element = clone("t-room");
    inside(element, "button").addEventListener("click", onClick);
    return element;
  }
  open(name) {
    this.store.open(name);
    this.onOpen();
  }
  async join(wanted) {
    const name = wanted.trim().replace(/^#/, "").replace(/\s+/g, "-").toLowerCase();
    if (!name) return;
    const problem = await this.connection.join(name);
    setText(this.createError, problem ?? "");
    if (problem) return;
    this.newRoom.value = "";
    this.open(name);
  }
  renderSelf() {
    const { me, transport } = this.store;
    paintAvatar(byId("my-avatar"), me);
    setText(byId("my-name"), me);
    setText(byId("transport"), transport || "offline");
    byId("transport").dataset.transport = transport || "offline";
  }
  renderPeople(room) {
    const names = [...room?.members.keys() ?? []].sort(collator.compare);
    setText(byId("people-count"), names.length ? String(names.length) : "");
    keyed(byId("members"), names, (name) => name, () => clone("t-person"), (element, name) => {
      paintAvatar(inside(element, ".avatar"), name);
      setText(inside(element, ".name"), name);
      setText(inside(element, ".note"), name === this.store.me ? "you" : room?.typing.has(name) ? "typing…" : "");
    });
  }
};

// chat/web/main.ts
var BACK_ONLINE_MS = 3e3;
var app = byId("app");
var signin = byId("signin");
var nameField = byId("name");
var store = new Store();
var connection = new Connection(store, showSignIn);
var messages = new MessageList(
  store,
  (room, entry) => void connection.deliver(room, entry),
  (room, entry) => void connection.show(room, entry)
);
var composer = new Composer(store, connection);
var sidebars = new Sidebars(store, connection, () => {
  closeDrawers();
  composer.focus();
});
var identity = savedIdentity();
var backTimer;
store.subscribe(render);
byId("signin-form").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn({ name: nameField.value.trim().replace(/\s+/g, " "), token: randomId() });
});
byId("sign-out").addEventListener("click", async () => {
  byId("sign-out").disabled = true;
  saveIdentity(void 0);
  await connection.signOut();
  location.reload();
});
byId("leave-room").addEventListener("click", () => connection.leave(store.currentName));
byId("banner-action").addEventListener("click", () => identity && signIn(identity));
for (const [button, drawer] of [["show-rail", "rail"], ["show-people", "people"]]) {
  byId(button).addEventListener("click", () => toggleDrawer(drawer));
}
byId("scrim").addEventListener("click", closeDrawers);
document.addEventListener("visibilitychange", render);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeDrawers();
  if (!event.altKey || event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  event.preventDefault();
  sidebars.step(event.key === "ArrowUp" ? -1 : 1);
});
if (identity) signIn(identity);
function signIn(who) {
  identity = who;
  setText(byId("signin-error"), "");
  connection.signIn(who);
}
function showSignIn(problem) {
  app.hidden = true;
  signin.hidden = false;
  nameField.value ||= identity?.name ?? "";
  setText(byId("signin-error"), problem);
  nameField.focus();
}
function showApp() {
  if (!app.hidden) return;
  saveIdentity(identity);
  signin.hidden = true;
  app.hidden = false;
  composer.focus();
}
function render() {
  if (store.link === "unreachable") setText(byId("signin-error"), "The server cannot be reached. Trying again…");
  const room = store.current;
  if (store.link === "online" || store.link === "back") showApp();
  renderBanner();
  sidebars.render(room);
  byId("talk").classList.toggle("empty", !room);
  setText(byId("room-name"), room ? room.name : "No room");
  const people = room?.members.size ?? 0;
  setText(byId("room-info"), room ? `${people} ${people === 1 ? "person" : "people"} here` : "Join one on the left");
  if (room) {
    messages.render(room);
    composer.render(room);
    markRead();
  }
  renderTitle();
}
function markRead() {
  if (app.hidden || document.visibilityState !== "visible" || !messages.isShowingEnd) return;
  const at = store.markRead();
  if (at) connection.seen(store.currentName, at);
}
function renderBanner() {
  const text = { lost: "Connection lost – reconnecting…", back: "Back online", elsewhere: "You are signed in in another tab." };
  app.dataset.link = store.link;
  byId("banner-action").hidden = store.link !== "elsewhere";
  if (store.link in text) setText(byId("banner-text"), text[store.link]);
  if (store.link === "back") backTimer ??= setTimeout(() => store.link === "back" && store.setLink("online"), BACK_ONLINE_MS);
  else {
    clearTimeout(backTimer);
    backTimer = void 0;
  }
}
function renderTitle() {
  let count = 0;
  for (const room of store.rooms.values()) count += unread(room, store.me);
  document.title = `${count ? `(${count}) ` : ""}${store.currentName ? `#${store.currentName} · ` : ""}Chat`;
}
function toggleDrawer(id) {
  const isOpen = !byId(id).classList.contains("open");
  closeDrawers();
  byId(id).classList.toggle("open", isOpen);
  byId(`show-${id}`).setAttribute("aria-expanded", String(isOpen));
  document.body.classList.toggle("drawer", isOpen);
}
function closeDrawers() {
  for (const id of ["rail", "people"]) {
    byId(id).classList.remove("open");
    byId(`show-${id}`).setAttribute("aria-expanded", "false");
  }
  document.body.classList.remove("drawer");
}
