/** What a {@link Backoff} starts with: milliseconds, and a jitter between 0 and 1. */
export interface BackoffOptions {
  min: number;
  max: number;
  jitter: number;
}

/**
 * The delays between reconnection attempts: they double from min to max, and each is moved by a random part of
 * itself, at most `jitter`. The delay at the cap is moved too, downwards, so that the clients of a server that
 * stays away for long do not all come back in the same moment.
 */
export class Backoff {
  /** How many delays were given out since the last reset. */
  attempts = 0;

  constructor(readonly opts: BackoffOptions) {}

  /** The next delay in milliseconds. */
  duration(): number {
    const { min, max, jitter } = this.opts;
    const base = Math.min(min * 2 ** this.attempts++, max);
    // Outside of (0, 1] jitter means none.
    const spread = jitter > 0 && jitter <= 1 ? Math.random() * jitter * base : 0;
    const later = base < max && Math.random() < 0.5;
    return Math.floor(Math.min(later ? base + spread : base - spread, max));
  }

  /** Starts again from min. */
  reset(): void {
    this.attempts = 0;
  }
}
