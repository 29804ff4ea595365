// The page: the connection, and the loop that draws and steers.

import { io } from "socket.io-client";
import { result } from "../../internal/web/answer.js";
import { byId, setText } from "../../internal/web/dom.js";
import { Hud } from "./hud.js";
import { Keys } from "./keys.js";
import { TICK_MS } from "./physics.js";
import type { GameSocket } from "./protocol.js";
import { View } from "./view.js";
import { World } from "./world.js";

const HUD_MS = 200;
const KEY = "game.name";

const socket: GameSocket = io({
  // Where the page is, so that it works under any path.
  path: new URL("socket.io/", document.baseURI).pathname,
});
const canvas = byId<HTMLCanvasElement>("arena");
const nameField = byId<HTMLInputElement>("name");
const world = new World();
const hud = new Hud(world);
const view = new View(canvas, world, (id) => hud.nameOf(id));
const keys = new Keys(canvas);
let name = "";
let lastFrame = performance.now();
let sinceTick = 0;

nameField.value = sessionStorage.getItem(KEY) ?? "";
byId("join").addEventListener("submit", (event) => {
  event.preventDefault();
  name = nameField.value.trim();
  sessionStorage.setItem(KEY, name);
  void join();
});
socket.on("connect", () => {
  document.body.dataset.link = "up";
  world.reset();
  if (name) void join(); // again, after an interruption
});
socket.on("disconnect", () => (document.body.dataset.link = "down"));
socket.on("connect_error", (error) => {
  if (!socket.active) setText(byId("join-error"), error.message);
});
socket.on("snapshot", (bytes) => world.receive(bytes, performance.now()));
socket.on("roster", (list) => hud.setRoster(list));
socket.on("stats", (stats) => hud.setStats(stats));
setInterval(() => hud.render(), HUD_MS);
requestAnimationFrame(frame);
// For the curious, and for tests: arena.world in the console of the browser.
Object.assign(globalThis, { arena: { world, socket, ships: () => world.ships(performance.now(), 1) } });

async function join(): Promise<void> {
  setText(byId("join-error"), "");
  try {
    world.me = (await result(socket.timeout(5000).emitWithAck("join", { name }))).id;
    byId("join").hidden = true;
    (document.activeElement as HTMLElement | null)?.blur();
  } catch (error) {
    name = "";
    byId("join").hidden = false;
    setText(byId("join-error"), (error as Error).message);
  }
}

/** Draws a picture, and before it plays the ticks that have passed since the last one. */
function frame(now: number): void {
  const ms = Math.min(250, now - lastFrame);
  lastFrame = now;
  for (sinceTick += ms * world.pace; sinceTick >= TICK_MS; sinceTick -= TICK_MS) {
    // What is pressed without a connection would wait for the next one, and be of no use then.
    const input = socket.connected ? world.press(keys.now, now) : undefined;
    if (input) socket.emit("input", input);
  }
  view.draw(now, ms, sinceTick / TICK_MS);
  requestAnimationFrame(frame);
}
