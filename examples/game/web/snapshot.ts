// A snapshot of the world, as snapshot.go encodes it.

import type { Body } from "./physics.js";

export interface Ship extends Body {
  id: number;
  shield: boolean;
  health: number;
  score: number;
  /** The last input that has been played, modulo 65536. */
  input: number;
  /** How many more have come. */
  waiting: number;
}

export interface Shot {
  id: number;
  owner: number;
  face: number;
  x: number;
  y: number;
}

export interface Gem {
  x: number;
  y: number;
}

export interface Snapshot {
  tick: number;
  /** The server's sum of the world at that tick. */
  hash: number;
  ships: Map<number, Ship>;
  shots: Shot[];
  gems: Gem[];
}

/** Takes a snapshot apart. */
export function decode(bytes: ArrayBuffer): Snapshot {
  const view = new DataView(bytes);
  let at = 0;
  const u8 = () => view.getUint8(at++);
  const i8 = () => view.getInt8(at++);
  const u16 = () => view.getUint16((at += 2) - 2, true);
  const u32 = () => view.getUint32((at += 4) - 4, true);
  const list = <T>(read: () => T): T[] => Array.from({ length: u8() }, read);

  const [tick, hash] = [u32(), u32()];
  const ships = list((): Ship => {
    const [id, state] = [u8(), u8()];
    const [x, y, vx, vy] = [u16(), u16(), i8(), i8()];
    const [health, score, input, waiting] = [u8(), u16(), u16(), u8()];
    return { id, face: state & 7, shield: !!(state & 8), x, y, vx, vy, health, score, input, waiting };
  });
  const shots = list((): Shot => ({ id: u8(), owner: u8(), face: u8(), x: u16(), y: u16() }));
  const gems = list((): Gem => ({ x: u16(), y: u16() }));
  return { tick, hash, ships: new Map(ships.map((ship) => [ship.id, ship])), shots, gems };
}

/** Sums up what we see, as the server does: FNV-1a over the numbers. */
export function hashOf({ tick, ships, shots, gems }: Snapshot): number {
  let hash = 2166136261;
  const mix = (...values: number[]) => {
    for (const value of values) hash = Math.imul(hash ^ value, 16777619);
  };
  mix(tick);
  for (const { id, x, y, vx, vy, health, score } of ships.values()) mix(id, x, y, vx, vy, health, score);
  for (const { id, x, y } of shots) mix(id, x, y);
  for (const { x, y } of gems) mix(x, y);
  return hash >>> 0;
}
