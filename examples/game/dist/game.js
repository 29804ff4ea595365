// game/web/main.ts
import { io } from "./socket.io/socket.io.esm.min.js";

// internal/web/answer.ts
async function result(answer) {
  const value = await answer.catch(() => {
    throw new Error("The server did not answer.");
  });
  if (isRefusal(value)) throw new Error(value.error.message);
  return value;
}
var isRefusal = (answer) => typeof answer === "object" && answer !== null && "error" in answer;

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
function keyed(list, items, keyOf, create, update) {
  const old = new Map(Array.from(list.children, (child) => [child.dataset.key, child]));
  let next = list.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = old.get(key);
    old.delete(key);
    if (!element) {
      element = create(item);
      element.dataset.key = key;
    }
    update(element, item);
    if (element === next) next = next.nextElementSibling;
    else list.insertBefore(element, next);
  }
  for (const element of old.values()) element.remove();
}
function hue(name2) {
  let hash = 7;
  for (const letter of name2.toLowerCase()) hash = (hash * 31 + letter.codePointAt(0)) % 9973;
  return hash * 137.508 % 360;
}

// game/web/hud.ts
var SHOWN = 6;
var SLOW_MS = 150;
var Hud = class {
  constructor(world2) {
    this.world = world2;
  }
  world;
  names = /* @__PURE__ */ new Map();
  nameOf(id) {
    return this.names.get(id)?.name ?? "";
  }
  setRoster(list) {
    this.names = new Map(list.map((entry) => [entry.id, entry]));
  }
  setStats({ jitter99, viewers }) {
    setText(byId("server"), `server ±${(jitter99 / 1e3).toFixed(1)} ms`);
    setText(byId("viewers"), viewers === 1 ? "1 here" : `${viewers} here`);
  }
  /** Called now and then, not for every picture. */
  render() {
    const { world: world2 } = this;
    const ships = [...world2.latest?.ships.values() ?? []].sort((a, b) => b.score - a.score || a.id - b.id);
    const rank = ships.findIndex(({ id }) => id === world2.me);
    const best = ships.slice(0, SHOWN);
    if (rank >= SHOWN) best.push(ships[rank]);
    keyed(byId("best"), best, ({ id }) => String(id), () => clone("t-score"), (line, { id, score }) => {
      const entry = this.names.get(id);
      setText(inside(line, ".rank"), String(ships.findIndex((ship) => ship.id === id) + 1));
      setText(inside(line, ".name"), entry?.name ?? "");
      setText(inside(line, ".score"), String(score));
      line.classList.toggle("mine", id === world2.me);
      line.classList.toggle("bot", entry?.bot === true);
    });
    setText(byId("lag"), world2.me ? `lag ${Math.round(world2.lag)} ms` : "watching");
    byId("lag").classList.toggle("slow", world2.lag > SLOW_MS);
    const isDead = world2.me !== 0 && world2.myShip?.health === 0;
    byId("message").hidden = !isDead;
  }
};

// game/web/protocol.ts
var Key = { up: 1, down: 2, left: 4, right: 8, fire: 16 };

// game/web/keys.ts
var KEYS = {
  ArrowUp: Key.up,
  KeyW: Key.up,
  ArrowDown: Key.down,
  KeyS: Key.down,
  ArrowLeft: Key.left,
  KeyA: Key.left,
  ArrowRight: Key.right,
  KeyD: Key.right,
  Space: Key.fire
};
var STICK_PX = 14;
var Keys = class {
  held = /* @__PURE__ */ new Set();
  fingers = /* @__PURE__ */ new Map();
  constructor(screen) {
    addEventListener("keydown", (event) => {
      if (!(event.code in KEYS) || event.target instanceof HTMLInputElement || event.target instanceof HTMLButtonElement) return;
      event.preventDefault();
      this.held.add(event.code);
    });
    addEventListener("keyup", ({ code }) => this.held.delete(code));
    addEventListener("blur", () => this.held.clear());
    screen.addEventListener("pointerdown", ({ pointerId, clientX: x, clientY: y, pointerType }) => {
      const isFire = pointerType === "mouse" || x > innerWidth / 2;
      this.fingers.set(pointerId, { x, y, keys: isFire ? Key.fire : 0 });
    });
    screen.addEventListener("pointermove", ({ pointerId, clientX, clientY }) => {
      const finger = this.fingers.get(pointerId);
      if (!finger || finger.keys & Key.fire) return;
      finger.keys = stick(clientX - finger.x, clientY - finger.y);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      addEventListener(end, (event) => this.fingers.delete(event.pointerId));
    }
  }
  /** All that is held now, added up. */
  get now() {
    let keys2 = 0;
    for (const code of this.held) keys2 |= KEYS[code];
    for (const finger of this.fingers.values()) keys2 |= finger.keys;
    return keys2;
  }
};
function stick(dx, dy) {
  if (Math.hypot(dx, dy) < STICK_PX) return 0;
  let keys2 = 0;
  if (2 * Math.abs(dx) > Math.abs(dy)) keys2 |= dx > 0 ? Key.right : Key.left;
  if (2 * Math.abs(dy) > Math.abs(dx)) keys2 |= dy > 0 ? Key.down : Key.up;
  return keys2;
}

// game/web/physics.ts
var UNIT = 16;
var WIDTH = 2400 * UNIT;
var HEIGHT = 1600 * UNIT;
var RADIUS = 20 * UNIT;
var TICK_MS = 1e3 / 30;
var THRUST = 16;
var THRUST_DIAGONAL = 11;
var FRICTION = 8;
var FACES = [7, 0, 1, 6, -1, 2, 5, 4, 3];
var SIGNS = [0, 1, 1, 1, 0, -1, -1, -1];
function vector(face, straight, diagonal) {
  const length = face & 1 ? diagonal : straight;
  return [SIGNS[face & 7] * length, -SIGNS[face + 2 & 7] * length];
}
function step(body, keys2) {
  const dx = Number(!!(keys2 & Key.right)) - Number(!!(keys2 & Key.left));
  const dy = Number(!!(keys2 & Key.down)) - Number(!!(keys2 & Key.up));
  const face = FACES[(dy + 1) * 3 + dx + 1];
  if (face >= 0) {
    body.face = face;
    const [ax, ay] = vector(face, THRUST, THRUST_DIAGONAL);
    body.vx += ax;
    body.vy += ay;
  }
  body.vx = slow(body.vx);
  body.vy = slow(body.vy);
  [body.x, body.vx] = bounce(body.x + body.vx, body.vx, WIDTH);
  [body.y, body.vy] = bounce(body.y + body.vy, body.vy, HEIGHT);
}
var slow = (speed) => speed - Math.trunc(speed / FRICTION) - Math.sign(speed);
function bounce(at, speed, size) {
  if (at < RADIUS) return [RADIUS, Math.trunc(-speed / 2)];
  if (at > size - RADIUS) return [size - RADIUS, Math.trunc(-speed / 2)];
  return [at, speed];
}

// game/web/particles.ts
var MAX_PARTICLES = 400;
var Particles = class {
  particles = [];
  /** Lets some fly in all directions, or in one (in radians), from a place in pixels. */
  burst(x, y, count, colour, speed, size, direction) {
    for (let i = 0; i < count && this.particles.length < MAX_PARTICLES; i++) {
      const angle = direction === void 0 ? Math.random() * 2 * Math.PI : direction + (Math.random() - 0.5) * 0.7;
      const pace = speed * (0.3 + Math.random());
      const time = 250 + Math.random() * 450;
      this.particles.push({ x, y, vx: Math.cos(angle) * pace, vy: Math.sin(angle) * pace, left: time, time, colour, size });
    }
  }
  draw(context, ms) {
    this.particles = this.particles.filter((particle) => (particle.left -= ms) > 0);
    for (const particle of this.particles) {
      particle.x += particle.vx * ms / 1e3;
      particle.y += particle.vy * ms / 1e3;
      context.globalAlpha = particle.left / particle.time;
      context.fillStyle = particle.colour;
      const size = particle.size * (0.4 + particle.left / particle.time);
      context.fillRect(particle.x - size / 2, particle.y - size / 2, size, size);
    }
    context.globalAlpha = 1;
  }
};

// game/web/view.ts
var [ARENA_W, ARENA_H, SHIP_R] = [WIDTH / UNIT, HEIGHT / UNIT, RADIUS / UNIT];
var GRID_PX = 80;
var VIEW_PX = 900;
var MAP_PX = 150;
var MAX_HEALTH = 3;
var View = class {
  constructor(canvas2, world2, nameOf) {
    this.canvas = canvas2;
    this.world = world2;
    this.nameOf = nameOf;
    this.context = canvas2.getContext("2d");
    new ResizeObserver(() => this.resize()).observe(canvas2);
  }
  canvas;
  world;
  nameOf;
  context;
  particles = new Particles();
  dark = matchMedia("(prefers-color-scheme: dark)");
  calm = matchMedia("(prefers-reduced-motion: reduce)");
  camera = { x: ARENA_W / 2, y: ARENA_H / 2, zoom: 1 };
  width = 0;
  height = 0;
  shown;
  draw(now, ms, part) {
    const { context, world: world2, canvas: canvas2 } = this;
    const ships = world2.ships(now, part);
    const me = ships.find(({ id }) => id === world2.me);
    this.react(world2.latest);
    this.follow(me, ms);
    const scale = canvas2.width / this.width * this.camera.zoom;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = this.dark.matches ? "#0a0d18" : "#e9edf6";
    context.fillRect(0, 0, canvas2.width, canvas2.height);
    context.setTransform(scale, 0, 0, scale, canvas2.width / 2 - this.camera.x * scale, canvas2.height / 2 - this.camera.y * scale);
    this.drawArena();
    this.drawGems(now);
    this.drawShots(now);
    this.particles.draw(context, ms);
    for (const ship of ships) if (ship.health > 0) this.drawShip(ship, ship === me, ms);
    if (me) this.drawMap(ships);
  }
  resize() {
    const { canvas: canvas2 } = this;
    const ratio = Math.min(2, devicePixelRatio);
    [this.width, this.height] = [canvas2.clientWidth, canvas2.clientHeight];
    [canvas2.width, canvas2.height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
  }
  /** Moves the camera, without a jump. */
  follow(me, ms) {
    const { camera, width, height } = this;
    const zoom = me ? Math.max(width, height) / VIEW_PX : Math.min(width / ARENA_W, height / ARENA_H) * 0.96;
    const target = me ? { x: me.x / UNIT, y: me.y / UNIT } : { x: ARENA_W / 2, y: ARENA_H / 2 };
    const share = this.calm.matches ? 1 : 1 - Math.exp(-ms / 90);
    camera.x += (target.x - camera.x) * share;
    camera.y += (target.y - camera.y) * share;
    camera.zoom += (zoom - camera.zoom) * share;
  }
  /** Sparks for what has happened between two snapshots. */
  react(latest) {
    const before = this.shown;
    this.shown = latest;
    if (!latest || !before || latest === before) return;
    for (const [id, { x, y, health }] of before.ships) {
      const after = latest.ships.get(id);
      if (after && after.health < health) this.particles.burst(x / UNIT, y / UNIT, after.health ? 10 : 60, this.colour(id), after.health ? 160 : 300, 5);
    }
    before.gems.forEach(({ x, y }, i) => {
      if (latest.gems[i]?.x !== x || latest.gems[i]?.y !== y) this.particles.burst(x / UNIT, y / UNIT, 10, "#ffc94d", 130, 4);
    });
  }
  drawArena() {
    const { context, dark } = this;
    context.fillStyle = dark.matches ? "#101526" : "#ffffff";
    context.fillRect(0, 0, ARENA_W, ARENA_H);
    context.strokeStyle = dark.matches ? "#1b2340" : "#e8ecf5";
    context.lineWidth = 1.5;
    context.beginPath();
    for (let x = GRID_PX; x < ARENA_W; x += GRID_PX) context.rect(x, 0, 0, ARENA_H);
    for (let y = GRID_PX; y < ARENA_H; y += GRID_PX) context.rect(0, y, ARENA_W, 0);
    context.stroke();
    context.strokeStyle = dark.matches ? "#5266b8" : "#9aa9dc";
    context.lineWidth = 4;
    context.strokeRect(0, 0, ARENA_W, ARENA_H);
  }
  drawGems(now) {
    const { context } = this;
    for (const { x, y } of this.world.latest?.gems ?? []) this.drawGlow(x / UNIT, y / UNIT, 22, "#ffc94d");
    context.fillStyle = "#ffc94d";
    context.strokeStyle = "#d28a12";
    context.lineWidth = 1.5;
    context.beginPath();
    this.world.latest?.gems.forEach(({ x, y }, i) => {
      const size = 8 + (this.calm.matches ? 0 : Math.sin(now / 300 + i) * 1.5);
      const [cx, cy] = [x / UNIT, y / UNIT];
      context.moveTo(cx, cy - size);
      context.lineTo(cx + size * 0.75, cy);
      context.lineTo(cx, cy + size);
      context.lineTo(cx - size * 0.75, cy);
      context.closePath();
    });
    context.fill();
    context.stroke();
  }
  drawShots(now) {
    const { context, world: world2 } = this;
    const age = world2.shotAge(now);
    context.lineWidth = 5;
    context.lineCap = "round";
    for (const { x, y, face, owner } of world2.latest?.shots ?? []) {
      const [vx, vy] = vector(face, 18, 12.75);
      const [cx, cy] = [x / UNIT + vx * age, y / UNIT + vy * age];
      context.strokeStyle = this.colour(owner);
      context.beginPath();
      context.moveTo(cx - vx * 0.7, cy - vy * 0.7);
      context.lineTo(cx, cy);
      context.stroke();
    }
  }
  drawShip(ship, isMine, ms) {
    const { context } = this;
    const { id, face, health, shield, vx, vy } = ship;
    const [x, y] = [ship.x / UNIT, ship.y / UNIT];
    const angle = face * Math.PI / 4;
    if (!this.calm.matches && Math.abs(vx) + Math.abs(vy) > 30 && Math.random() < ms / 30) {
      this.particles.burst(x - Math.sin(angle) * SHIP_R, y + Math.cos(angle) * SHIP_R, 1, this.colour(id), 90, 5, angle + Math.PI / 2);
    }
    this.drawGlow(x, y, SHIP_R * 2.6, this.colour(id));
    context.save();
    context.translate(x, y);
    context.rotate(angle);
    context.fillStyle = this.colour(id);
    context.strokeStyle = isMine ? this.dark.matches ? "#ffffff" : "#1a2140" : "transparent";
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.beginPath();
    context.moveTo(0, -SHIP_R * 1.15);
    context.lineTo(SHIP_R * 0.85, SHIP_R * 0.85);
    context.lineTo(0, SHIP_R * 0.45);
    context.lineTo(-SHIP_R * 0.85, SHIP_R * 0.85);
    context.closePath();
    context.fill();
    context.stroke();
    context.restore();
    if (shield) this.drawRing(x, y, 1, "#7fd4ff");
    else if (health < MAX_HEALTH) this.drawRing(x, y, health / MAX_HEALTH, "#ff6b5e");
    context.fillStyle = this.dark.matches ? "#c8d0ee" : "#3b4468";
    context.font = "600 13px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText(this.nameOf(id), x, y - SHIP_R - 14);
  }
  /** Light around something. */
  drawGlow(x, y, radius, colour) {
    const { context } = this;
    context.fillStyle = colour;
    context.globalAlpha = this.dark.matches ? 0.07 : 0.06;
    for (const share of [1, 0.75, 0.5]) {
      context.beginPath();
      context.arc(x, y, radius * share, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  }
  drawRing(x, y, share, colour) {
    const { context } = this;
    context.strokeStyle = colour;
    context.lineWidth = 2.5;
    context.beginPath();
    context.arc(x, y, SHIP_R + 7, -Math.PI / 2, -Math.PI / 2 + share * 2 * Math.PI);
    context.stroke();
  }
  /** All of the arena, small, in a corner. */
  drawMap(ships) {
    const { context, canvas: canvas2, world: world2 } = this;
    const ratio = canvas2.width / this.width;
    const scale = Math.min(MAP_PX, this.width / 3) / ARENA_W * ratio;
    context.setTransform(scale, 0, 0, scale, canvas2.width - ARENA_W * scale - 14 * ratio, canvas2.height - ARENA_H * scale - 14 * ratio);
    context.globalAlpha = 0.8;
    context.fillStyle = this.dark.matches ? "#0a0d18" : "#dfe5f3";
    context.fillRect(0, 0, ARENA_W, ARENA_H);
    context.globalAlpha = 1;
    for (const { id, x, y, health } of ships) {
      if (!health) continue;
      const size = id === world2.me ? 110 : 70;
      context.fillStyle = this.colour(id);
      context.fillRect(x / UNIT - size / 2, y / UNIT - size / 2, size, size);
    }
  }
  colour(id) {
    return `hsl(${hue(this.nameOf(id) + id)} 75% ${this.dark.matches ? 62 : 50}%)`;
  }
};

// game/web/snapshot.ts
function decode(bytes) {
  const view2 = new DataView(bytes);
  let at = 0;
  const u8 = () => view2.getUint8(at++);
  const i8 = () => view2.getInt8(at++);
  const u16 = () => view2.getUint16((at += 2) - 2, true);
  const u32 = () => view2.getUint32((at += 4) - 4, true);
  const list = (read) => Array.from({ length: u8() }, read);
  const [tick, hash] = [u32(), u32()];
  const ships = list(() => {
    const [id, state] = [u8(), u8()];
    const [x, y, vx, vy] = [u16(), u16(), i8(), i8()];
    const [health, score, input, waiting] = [u8(), u16(), u16(), u8()];
    return { id, face: state & 7, shield: !!(state & 8), x, y, vx, vy, health, score, input, waiting };
  });
  const shots = list(() => ({ id: u8(), owner: u8(), face: u8(), x: u16(), y: u16() }));
  const gems = list(() => ({ x: u16(), y: u16() }));
  return { tick, hash, ships: new Map(ships.map((ship) => [ship.id, ship])), shots, gems };
}
function hashOf({ tick, ships, shots, gems }) {
  let hash = 2166136261;
  const mix = (...values) => {
    for (const value of values) hash = Math.imul(hash ^ value, 16777619);
  };
  mix(tick);
  for (const { id, x, y, vx, vy, health, score } of ships.values()) mix(id, x, y, vx, vy, health, score);
  for (const { id, x, y } of shots) mix(id, x, y);
  for (const { x, y } of gems) mix(x, y);
  return hash >>> 0;
}

// game/web/world.ts
var BEHIND_TICKS = 3;
var QUEUE_TICKS = 1;
var KEPT_SNAPSHOTS = 30;
var KEPT_HASHES = 300;
var JUMP = 120 * UNIT;
var MAX_PENDING = 60;
var World = class {
  /** Our ship, or 0. */
  me = 0;
  /** Milliseconds from an input until the server has shown that it was played. */
  lag = 0;
  /** Snapshots that are not what the server has summed up; there should be none. */
  mismatches = 0;
  /** How often our ship was not where we had predicted it: when it was hit, or started again. */
  corrections = 0;
  hashes = /* @__PURE__ */ new Map();
  snapshots = [];
  /** What the tick of the server is at the time 0 of the page. */
  offset;
  own;
  before;
  pending = [];
  seq = 0;
  get latest() {
    return this.snapshots.at(-1);
  }
  get myShip() {
    return this.latest?.ships.get(this.me);
  }
  /** Forgets everything: another connection has another world. */
  reset() {
    this.me = this.seq = 0;
    this.snapshots = [];
    this.pending = [];
    this.offset = this.own = this.before = void 0;
    this.hashes.clear();
  }
  /** Takes in what the server shows. */
  receive(bytes, now) {
    const snapshot = decode(bytes);
    const hash = hashOf(snapshot);
    if (hash !== snapshot.hash) this.mismatches++;
    this.hashes.set(snapshot.tick, hash);
    this.hashes.delete(snapshot.tick - KEPT_HASHES);
    this.snapshots.push(snapshot);
    if (this.snapshots.length > KEPT_SNAPSHOTS) this.snapshots.shift();
    const offset = snapshot.tick - now / TICK_MS;
    this.offset = this.offset === void 0 || Math.abs(offset - this.offset) > 15 ? offset : Math.max(offset, this.offset - 0.01);
    this.reconcile(snapshot, now);
    return snapshot;
  }
  /** How fast our time goes: slower while our inputs queue up at the server, so that the queue, which is lag, becomes short. */
  get pace() {
    return (this.myShip?.waiting ?? 0) > QUEUE_TICKS ? 0.9 : 1;
  }
  /** One tick of our own: plays the keys at once, and returns what to tell the server. */
  press(keys2, now) {
    if (!this.own || !this.myShip?.health) return void 0;
    const input = { seq: ++this.seq, keys: keys2 };
    this.pending.push({ ...input, at: now });
    if (this.pending.length > MAX_PENDING) this.pending.shift();
    this.before = { ...this.own };
    step(this.own, keys2);
    return input;
  }
  /** The ships as they are to be drawn: ours ahead of the server, part of a tick after the last one, the others behind. */
  ships(now, part) {
    const at = now / TICK_MS + (this.offset ?? 0) - BEHIND_TICKS;
    const next = this.snapshots.findIndex(({ tick }) => tick > at);
    const to = this.snapshots.at(next < 0 ? -1 : next);
    if (!to) return [];
    const from = next > 0 ? this.snapshots[next - 1] : to;
    const share = to === from ? 1 : (at - from.tick) / (to.tick - from.tick);
    return [...to.ships.values()].map((ship) => {
      const before = from.ships.get(ship.id);
      if (ship.id === this.me && this.own && this.before) return { ...this.myShip, face: this.own.face, ...between(this.before, this.own, part) };
      return before?.health ? { ...ship, ...between(before, ship, share) } : ship;
    });
  }
  /** The shots of the latest snapshot, and how many ticks ago that was. */
  shotAge(now) {
    return Math.min(2, Math.max(0, now / TICK_MS + (this.offset ?? 0) - (this.latest?.tick ?? 0)));
  }
  /** Puts our ship where the server has it, and plays again what the server has not played yet. */
  reconcile(snapshot, now) {
    const ship = snapshot.ships.get(this.me);
    if (!ship) return;
    const isPlayed = ({ seq }) => (ship.input - seq & 65535) < 32768;
    const played = this.pending.findLast(isPlayed);
    if (played) this.lag = now - played.at;
    this.pending = this.pending.filter((input) => !isPlayed(input));
    const own = { x: ship.x, y: ship.y, vx: ship.vx, vy: ship.vy, face: ship.face };
    for (const { keys: keys2 } of this.pending) step(own, keys2);
    if (this.own && (own.x !== this.own.x || own.y !== this.own.y)) this.corrections++;
    this.before = this.own && Math.hypot(own.x - this.own.x, own.y - this.own.y) < JUMP ? this.before : { ...own };
    this.own = own;
  }
};
function between(from, to, share) {
  if (Math.hypot(to.x - from.x, to.y - from.y) > JUMP) return { x: to.x, y: to.y };
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

// game/web/main.ts
var HUD_MS = 200;
var KEY = "game.name";
var socket = io({
  // Where the page is, so that it works under any path.
  path: new URL("socket.io/", document.baseURI).pathname
});
var canvas = byId("arena");
var nameField = byId("name");
var world = new World();
var hud = new Hud(world);
var view = new View(canvas, world, (id) => hud.nameOf(id));
var keys = new Keys(canvas);
var name = "";
var lastFrame = performance.now();
var sinceTick = 0;
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
  if (name) void join();
});
socket.on("disconnect", () => document.body.dataset.link = "down");
socket.on("connect_error", (error) => {
  if (!socket.active) setText(byId("join-error"), error.message);
});
socket.on("snapshot", (bytes) => world.receive(bytes, performance.now()));
socket.on("roster", (list) => hud.setRoster(list));
socket.on("stats", (stats) => hud.setStats(stats));
setInterval(() => hud.render(), HUD_MS);
requestAnimationFrame(frame);
Object.assign(globalThis, { arena: { world, socket, ships: () => world.ships(performance.now(), 1) } });
async function join() {
  setText(byId("join-error"), "");
  try {
    world.me = (await result(socket.timeout(5e3).emitWithAck("join", { name }))).id;
    byId("join").hidden = true;
    document.activeElement?.blur();
  } catch (error) {
    name = "";
    byId("join").hidden = false;
    setText(byId("join-error"), error.message);
  }
}
function frame(now) {
  const ms = Math.min(250, now - lastFrame);
  lastFrame = now;
  for (sinceTick += ms * world.pace; sinceTick >= TICK_MS; sinceTick -= TICK_MS) {
    const input = socket.connected ? world.press(keys.now, now) : void 0;
    if (input) socket.emit("input", input);
  }
  view.draw(now, ms, sinceTick / TICK_MS);
  requestAnimationFrame(frame);
}
