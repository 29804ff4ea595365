// What is held: keys, or fingers. The left half of a touch screen is a stick, the right half fires.

import { Key } from "./protocol.js";

const KEYS: Record<string, number> = {
  ArrowUp: Key.up, KeyW: Key.up, ArrowDown: Key.down, KeyS: Key.down, ArrowLeft: Key.left, KeyA: Key.left,
  ArrowRight: Key.right, KeyD: Key.right, Space: Key.fire,
};
const STICK_PX = 14;

export class Keys {
  private readonly held = new Set<string>();
  private readonly fingers = new Map<number, { x: number; y: number; keys: number }>();

  constructor(screen: HTMLElement) {
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
      addEventListener(end, (event) => this.fingers.delete((event as PointerEvent).pointerId));
    }
  }

  /** All that is held now, added up. */
  get now(): number {
    let keys = 0;
    for (const code of this.held) keys |= KEYS[code];
    for (const finger of this.fingers.values()) keys |= finger.keys;
    return keys;
  }
}

/** The keys for a direction of the stick. */
function stick(dx: number, dy: number): number {
  if (Math.hypot(dx, dy) < STICK_PX) return 0;
  let keys = 0;
  if (2 * Math.abs(dx) > Math.abs(dy)) keys |= dx > 0 ? Key.right : Key.left;
  if (2 * Math.abs(dy) > Math.abs(dx)) keys |= dy > 0 ? Key.down : Key.up;
  return keys;
}
