// Draws the world on a canvas: the part of it around our ship, or all of it for who only watches.

import { hue } from "../../internal/web/dom.js";
import { Particles } from "./particles.js";
import { HEIGHT, RADIUS, UNIT, vector, WIDTH } from "./physics.js";
import type { Ship, Snapshot } from "./snapshot.js";
import type { World } from "./world.js";

const [ARENA_W, ARENA_H, SHIP_R] = [WIDTH / UNIT, HEIGHT / UNIT, RADIUS / UNIT];
const GRID_PX = 80;
const VIEW_PX = 900;
const MAP_PX = 150;
const MAX_HEALTH = 3;

export class View {
  private readonly context: CanvasRenderingContext2D;
  private readonly particles = new Particles();
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");
  private readonly calm = matchMedia("(prefers-reduced-motion: reduce)");
  private camera = { x: ARENA_W / 2, y: ARENA_H / 2, zoom: 1 };
  private width = 0;
  private height = 0;
  private shown?: Snapshot;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly world: World,
    private readonly nameOf: (id: number) => string,
  ) {
    this.context = canvas.getContext("2d")!;
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  draw(now: number, ms: number, part: number): void {
    const { context, world, canvas } = this;
    const ships = world.ships(now, part);
    const me = ships.find(({ id }) => id === world.me);
    this.react(world.latest);
    this.follow(me, ms);
    const scale = (canvas.width / this.width) * this.camera.zoom;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = this.dark.matches ? "#0a0d18" : "#e9edf6";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.setTransform(scale, 0, 0, scale, canvas.width / 2 - this.camera.x * scale, canvas.height / 2 - this.camera.y * scale);
    this.drawArena();
    this.drawGems(now);
    this.drawShots(now);
    this.particles.draw(context, ms);
    for (const ship of ships) if (ship.health > 0) this.drawShip(ship, ship === me, ms);
    if (me) this.drawMap(ships);
  }

  private resize(): void {
    const { canvas } = this;
    const ratio = Math.min(2, devicePixelRatio);
    [this.width, this.height] = [canvas.clientWidth, canvas.clientHeight];
    [canvas.width, canvas.height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
  }

  /** Moves the camera, without a jump. */
  private follow(me: Ship | undefined, ms: number): void {
    const { camera, width, height } = this;
    const zoom = me ? Math.max(width, height) / VIEW_PX : Math.min(width / ARENA_W, height / ARENA_H) * 0.96;
    const target = me ? { x: me.x / UNIT, y: me.y / UNIT } : { x: ARENA_W / 2, y: ARENA_H / 2 };
    const share = this.calm.matches ? 1 : 1 - Math.exp(-ms / 90);
    camera.x += (target.x - camera.x) * share;
    camera.y += (target.y - camera.y) * share;
    camera.zoom += (zoom - camera.zoom) * share;
  }

  /** Sparks for what has happened between two snapshots. */
  private react(latest: Snapshot | undefined): void {
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

  private drawArena(): void {
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

  private drawGems(now: number): void {
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

  private drawShots(now: number): void {
    const { context, world } = this;
    const age = world.shotAge(now);
    context.lineWidth = 5;
    context.lineCap = "round";
    for (const { x, y, face, owner } of world.latest?.shots ?? []) {
      const [vx, vy] = vector(face, 18, 12.75); // pixels in a tick
      const [cx, cy] = [x / UNIT + vx * age, y / UNIT + vy * age];
      context.strokeStyle = this.colour(owner);
      context.beginPath();
      context.moveTo(cx - vx * 0.7, cy - vy * 0.7);
      context.lineTo(cx, cy);
      context.stroke();
    }
  }

  private drawShip(ship: Ship, isMine: boolean, ms: number): void {
    const { context } = this;
    const { id, face, health, shield, vx, vy } = ship;
    const [x, y] = [ship.x / UNIT, ship.y / UNIT];
    const angle = (face * Math.PI) / 4;
    if (!this.calm.matches && Math.abs(vx) + Math.abs(vy) > 30 && Math.random() < ms / 30) {
      this.particles.burst(x - Math.sin(angle) * SHIP_R, y + Math.cos(angle) * SHIP_R, 1, this.colour(id), 90, 5, angle + Math.PI / 2);
    }
    this.drawGlow(x, y, SHIP_R * 2.6, this.colour(id));
    context.save();
    context.translate(x, y);
    context.rotate(angle);
    context.fillStyle = this.colour(id);
    context.strokeStyle = isMine ? (this.dark.matches ? "#ffffff" : "#1a2140") : "transparent";
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
  private drawGlow(x: number, y: number, radius: number, colour: string): void {
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

  private drawRing(x: number, y: number, share: number, colour: string): void {
    const { context } = this;
    context.strokeStyle = colour;
    context.lineWidth = 2.5;
    context.beginPath();
    context.arc(x, y, SHIP_R + 7, -Math.PI / 2, -Math.PI / 2 + share * 2 * Math.PI);
    context.stroke();
  }

  /** All of the arena, small, in a corner. */
  private drawMap(ships: Ship[]): void {
    const { context, canvas, world } = this;
    const ratio = canvas.width / this.width;
    const scale = (Math.min(MAP_PX, this.width / 3) / ARENA_W) * ratio;
    context.setTransform(scale, 0, 0, scale, canvas.width - ARENA_W * scale - 14 * ratio, canvas.height - ARENA_H * scale - 14 * ratio);
    context.globalAlpha = 0.8;
    context.fillStyle = this.dark.matches ? "#0a0d18" : "#dfe5f3";
    context.fillRect(0, 0, ARENA_W, ARENA_H);
    context.globalAlpha = 1;
    for (const { id, x, y, health } of ships) {
      if (!health) continue;
      const size = id === world.me ? 110 : 70;
      context.fillStyle = this.colour(id);
      context.fillRect(x / UNIT - size / 2, y / UNIT - size / 2, size, size);
    }
  }

  private colour(id: number): string {
    return `hsl(${hue(this.nameOf(id) + id)} 75% ${this.dark.matches ? 62 : 50}%)`;
  }
}
