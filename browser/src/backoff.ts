/** How long to wait between reconnection attempts, in milliseconds. */
export interface BackoffOptions {
  reconnectionDelay: number;
  reconnectionDelayMax: number;
  /** How much of a delay is random, from 0 to 1. */
  randomizationFactor: number;
}

/**
 * The delay before an attempt, in milliseconds; `attempt` counts from 0. Delays double up to the maximum, and each is moved
 * by a random part of itself. The longest is moved too, downwards, so that the clients of a server that stays away for
 * long do not all come back in the same moment.
 */
export function backoff(attempt: number, opts: BackoffOptions): number {
  const { reconnectionDelay, reconnectionDelayMax: max, randomizationFactor: jitter } = opts;
  const base = Math.min(reconnectionDelay * 2 ** attempt, max);
  // Outside of (0, 1] jitter means none.
  const spread = jitter > 0 && jitter <= 1 ? Math.random() * jitter * base : 0;
  const isLater = base < max && Math.random() < 0.5;
  return Math.floor(Math.min(isLater ? base + spread : base - spread, max));
}
