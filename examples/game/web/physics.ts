// How ships move: the same as physics.go, line by line, in whole numbers. So what a page predicts for its own ship is
// exactly what the server is going to say.

import { Key } from "./protocol.js";

/** Of length, in a pixel. */
export const UNIT = 16;
export const WIDTH = 2400 * UNIT;
export const HEIGHT = 1600 * UNIT;
export const RADIUS = 20 * UNIT;
export const TICK_MS = 1000 / 30;

const THRUST = 16;
const THRUST_DIAGONAL = 11;
const FRICTION = 8;
const FACES = [7, 0, 1, 6, -1, 2, 5, 4, 3];
const SIGNS = [0, 1, 1, 1, 0, -1, -1, -1];

export interface Body {
  x: number;
  y: number;
  vx: number;
  vy: number;
  /** 0 is up, and on clockwise to 7. */
  face: number;
}

/** A length in a direction. */
export function vector(face: number, straight: number, diagonal: number): [x: number, y: number] {
  const length = face & 1 ? diagonal : straight;
  return [SIGNS[face & 7] * length, -SIGNS[(face + 2) & 7] * length];
}

/** Moves a ship by one tick. */
export function step(body: Body, keys: number): void {
  const dx = Number(!!(keys & Key.right)) - Number(!!(keys & Key.left));
  const dy = Number(!!(keys & Key.down)) - Number(!!(keys & Key.up));
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

const slow = (speed: number): number => speed - Math.trunc(speed / FRICTION) - Math.sign(speed);

function bounce(at: number, speed: number, size: number): [at: number, speed: number] {
  if (at < RADIUS) return [RADIUS, Math.trunc(-speed / 2)];
  if (at > size - RADIUS) return [size - RADIUS, Math.trunc(-speed / 2)];
  return [at, speed];
}
