// What the page knows of the world: the last snapshots, between which the others are shown, and our own ship, which is
// where it is going to be when the server has played our inputs.

import { type Body, step, TICK_MS, UNIT } from "./physics.js";
import type { Input } from "./protocol.js";
import { decode, hashOf, type Ship, type Snapshot } from "./snapshot.js";

/** How far behind the server the others are shown, so that there is always a snapshot before and one after. */
const BEHIND_TICKS = 3;
/** How many inputs may wait at the server; some are needed, because they do not come evenly. */
const QUEUE_TICKS = 1;
const KEPT_SNAPSHOTS = 30;
const KEPT_HASHES = 300;
/** Who moves further than that between two snapshots has started again somewhere else. */
const JUMP = 120 * UNIT;
const MAX_PENDING = 60;

export class World {
  /** Our ship, or 0. */
  me = 0;
  /** Milliseconds from an input until the server has shown that it was played. */
  lag = 0;
  /** Snapshots that are not what the server has summed up; there should be none. */
  mismatches = 0;
  /** How often our ship was not where we had predicted it: when it was hit, or started again. */
  corrections = 0;
  readonly hashes = new Map<number, number>();
  private snapshots: Snapshot[] = [];
  /** What the tick of the server is at the time 0 of the page. */
  private offset?: number;
  private own?: Body;
  private before?: Body;
  private pending: (Input & { at: number })[] = [];
  private seq = 0;

  get latest(): Snapshot | undefined {
    return this.snapshots.at(-1);
  }

  get myShip(): Ship | undefined {
    return this.latest?.ships.get(this.me);
  }

  /** Forgets everything: another connection has another world. */
  reset(): void {
    this.me = this.seq = 0;
    this.snapshots = [];
    this.pending = [];
    this.offset = this.own = this.before = undefined;
    this.hashes.clear();
  }

  /** Takes in what the server shows. */
  receive(bytes: ArrayBuffer, now: number): Snapshot {
    const snapshot = decode(bytes);
    const hash = hashOf(snapshot);
    if (hash !== snapshot.hash) this.mismatches++;
    this.hashes.set(snapshot.tick, hash);
    this.hashes.delete(snapshot.tick - KEPT_HASHES);
    this.snapshots.push(snapshot);
    if (this.snapshots.length > KEPT_SNAPSHOTS) this.snapshots.shift();
    // The quickest snapshots tell best what time it is there; slowly, because clocks differ.
    const offset = snapshot.tick - now / TICK_MS;
    this.offset = this.offset === undefined || Math.abs(offset - this.offset) > 15 ? offset : Math.max(offset, this.offset - 0.01);
    this.reconcile(snapshot, now);
    return snapshot;
  }

  /** How fast our time goes: slower while our inputs queue up at the server, so that the queue, which is lag, becomes short. */
  get pace(): number {
    return (this.myShip?.waiting ?? 0) > QUEUE_TICKS ? 0.9 : 1;
  }

  /** One tick of our own: plays the keys at once, and returns what to tell the server. */
  press(keys: number, now: number): Input | undefined {
    if (!this.own || !this.myShip?.health) return undefined;
    const input = { seq: ++this.seq, keys };
    this.pending.push({ ...input, at: now });
    if (this.pending.length > MAX_PENDING) this.pending.shift(); // the server is silent
    this.before = { ...this.own };
    step(this.own, keys);
    return input;
  }

  /** The ships as they are to be drawn: ours ahead of the server, part of a tick after the last one, the others behind. */
  ships(now: number, part: number): Ship[] {
    const at = now / TICK_MS + (this.offset ?? 0) - BEHIND_TICKS;
    const next = this.snapshots.findIndex(({ tick }) => tick > at);
    const to = this.snapshots.at(next < 0 ? -1 : next);
    if (!to) return [];
    const from = next > 0 ? this.snapshots[next - 1] : to;
    const share = to === from ? 1 : (at - from.tick) / (to.tick - from.tick);
    return [...to.ships.values()].map((ship) => {
      const before = from.ships.get(ship.id);
      if (ship.id === this.me && this.own && this.before) return { ...this.myShip!, face: this.own.face, ...between(this.before, this.own, part) };
      return before?.health ? { ...ship, ...between(before, ship, share) } : ship;
    });
  }

  /** The shots of the latest snapshot, and how many ticks ago that was. */
  shotAge(now: number): number {
    return Math.min(2, Math.max(0, now / TICK_MS + (this.offset ?? 0) - (this.latest?.tick ?? 0)));
  }

  /** Puts our ship where the server has it, and plays again what the server has not played yet. */
  private reconcile(snapshot: Snapshot, now: number): void {
    const ship = snapshot.ships.get(this.me);
    if (!ship) return;
    const isPlayed = ({ seq }: Input) => ((ship.input - seq) & 0xffff) < 0x8000;
    const played = this.pending.findLast(isPlayed);
    if (played) this.lag = now - played.at;
    this.pending = this.pending.filter((input) => !isPlayed(input));
    const own: Body = { x: ship.x, y: ship.y, vx: ship.vx, vy: ship.vy, face: ship.face };
    for (const { keys } of this.pending) step(own, keys);
    if (this.own && (own.x !== this.own.x || own.y !== this.own.y)) this.corrections++;
    this.before = this.own && Math.hypot(own.x - this.own.x, own.y - this.own.y) < JUMP ? this.before : { ...own };
    this.own = own;
  }
}

/** A place between two. */
function between(from: Body, to: Body, share: number): { x: number; y: number } {
  if (Math.hypot(to.x - from.x, to.y - from.y) > JUMP) return { x: to.x, y: to.y };
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}
