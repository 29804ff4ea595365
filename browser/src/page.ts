import { Emitter } from "./emitter.js";

// A device or a page that slept for less has lost nothing.
const NAP = 1000;

/**
 * What happens to the page, or to the worker. Emits `wake` when waiting any longer makes no sense (the network is back,
 * the page is seen again after it was hidden or frozen, the device has slept), `offline`, and `pagehide` with its event.
 *
 * @internal
 */
export const page = new Emitter();

let wokeAt = -Infinity;

/**
 * Emits `wake`.
 *
 * @internal
 */
export function wake(): void {
  wokeAt = performance.now();
  page._fire("wake");
}

/**
 * Whether the last `wake` was just now: what breaks in such a moment was broken by the sleep.
 *
 * @internal
 */
export const hasJustWoken = (): boolean => performance.now() - wokeAt < 2 * NAP;

/**
 * Emits `wake` when something has not happened by the time it was due. Timers do not run while a device sleeps.
 *
 * @internal
 */
export function checkSleep(due = Infinity): void {
  if (Date.now() - due > NAP) wake();
}

/**
 * Whether there is surely no network to that host. The machine itself stays reachable.
 *
 * @internal
 */
export const isOffline = (host: string): boolean => host !== "localhost" && globalThis.navigator?.onLine === false;

// Once for the life of the script: a service worker may listen for these only while it starts.
const { addEventListener: listen, document } = globalThis;
if (typeof listen === "function") {
  for (const event of ["offline", "pagehide"]) listen(event, (details) => page._fire(event, details));
  listen("online", wake);
  listen("pageshow", (event) => event.persisted && wake());
  document?.addEventListener("visibilitychange", () => document.hidden || wake());
}
