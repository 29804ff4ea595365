/** Which timers to use. */
export interface TimerOptions {
  /** Use the timers that were there when this script was loaded, not fake ones set up later. Default: false. */
  useNativeTimers?: boolean;
  /** In Node.js, do not keep the process alive. Default: false. */
  autoUnref?: boolean;
}

const { setTimeout: nativeSet, clearTimeout: nativeClear } = globalThis;

/** Calls fn after a delay, and returns what cancels that. */
export function after(ms: number, fn: () => void, opts: TimerOptions = {}): () => void {
  // Bare calls: the functions of a page want to be called on the page.
  const set = opts.useNativeTimers ? nativeSet : setTimeout;
  const clear = opts.useNativeTimers ? nativeClear : clearTimeout;
  const timer: unknown = set(fn, ms);
  if (opts.autoUnref) (timer as { unref?: () => void }).unref?.();
  return () => clear(timer as number);
}
