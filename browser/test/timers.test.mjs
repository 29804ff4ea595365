import assert from "node:assert/strict";
import { test } from "node:test";
import { io } from "../dist/socket.io.esm.min.js";

/** Puts another function in the place of setTimeout. */
function useTimer(t, fn) {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = fn;
  t.after(() => (globalThis.setTimeout = setTimeout));
}

/** Waits for two attempts to connect again to a server that is not there. */
async function reconnect(t, useNativeTimers) {
  const socket = io("http://127.0.0.1:1", { transports: ["polling"], reconnectionDelay: 1, reconnectionDelayMax: 1, forceNew: true, useNativeTimers });
  t.after(() => socket.disconnect());
  for (let i = 0; i < 2; i++) await new Promise((resolve) => socket.io.once("reconnect_attempt", resolve));
}

// EIO-178
test("useNativeTimers keeps to the timers that were there first", async (t) => {
  useTimer(t, () => 0); // never goes off
  await reconnect(t, true);
});

test("other timers may take their place without useNativeTimers", async (t) => {
  const delays = [];
  useTimer(t, (fn, ms) => {
    delays.push(ms);
    if (ms <= 1) setImmediate(fn);
    return delays.length;
  });
  await reconnect(t, false);
  assert.ok(delays.filter((ms) => ms <= 1).length >= 2, String(delays));
});
