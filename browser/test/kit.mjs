// What scenarios and tests are written with. It runs in Node.js and in pages alike, and nothing here sleeps: everything waits
// for an event, with a deadline long enough for a busy machine.

const DEADLINE = 30_000;

export class AssertionError extends Error {}

function fail(message, ...values) {
  const shown = values.map((value) => describe(value)).join(" and ");
  throw new AssertionError(shown ? `${message}: ${shown}` : message);
}

/** A value as text, whatever it is made of. */
export function describe(value) {
  if (value instanceof Error) return String(value);
  if (isBytes(value)) return `bytes [${bytes(value)}]`;
  if (Array.isArray(value)) return `[${value.map(describe).join(", ")}]`;
  if (typeof value === "object" && value) return `{${Object.entries(value).map(([k, v]) => `${k}: ${describe(v)}`).join(", ")}}`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

export const assert = (value, message = "not true") => value || fail(message, value);

/** Compares by structure; binary values by their bytes, of whatever class they are. */
export function equal(actual, expected, message = "not equal") {
  if (!isEqual(actual, expected)) fail(message, actual, expected);
}

function isEqual(a, b) {
  if (Object.is(a, b)) return true;
  if (isBytes(a) && isBytes(b)) return isEqual(bytes(a), bytes(b));
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  if (Array.isArray(a) !== Array.isArray(b) || a instanceof Date !== b instanceof Date) return false;
  if (a instanceof Date) return +a === +b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]));
}

export function match(text, pattern) {
  if (typeof text !== "string" || !pattern.test(text)) fail(`does not match ${pattern}`, text);
}

/** Calls fn, which must throw; returns what it threw. */
export function throws(fn, message) {
  try {
    fn();
  } catch (err) {
    if (message !== undefined) equal(err.message, message);
    return err;
  }
  return fail("nothing was thrown");
}

/** Waits for a promise, which must be rejected; returns why. */
export async function rejects(promise, message) {
  const err = await within(promise, "a rejection").then(() => fail("not rejected"), (err) => err);
  if (err instanceof AssertionError) throw err;
  if (message !== undefined) equal(err.message, message);
  return err;
}

/** Rejects when the promise takes too long. */
export function within(promise, what, ms = DEADLINE) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new AssertionError(`waited ${ms} ms for ${what}`)), ms);
  });
  const settled = Promise.race([promise, late]).finally(() => clearTimeout(timer));
  // A scenario that has failed already does not wait for it any more.
  settled.catch(() => {});
  return settled;
}

/** The arguments of the next event. */
export function next(emitter, event, ms) {
  return within(new Promise((resolve) => emitter.once(event, (...args) => resolve(args))), `"${String(event)}"`, ms);
}

/** Resolves when the condition holds, now or after one of the events. */
export function until(emitter, event, condition, ms) {
  if (condition()) return Promise.resolve();
  let listener;
  const done = new Promise((resolve) => {
    listener = () => condition() && resolve();
    emitter.on(event, listener);
  });
  done.finally(() => emitter.off(event, listener));
  return within(done, `the condition after "${event}"`, ms);
}

/** Resolves when the socket is connected; rejects when it is refused. */
export async function connected(socket) {
  if (socket.connected) return socket;
  const refused = new Promise((_, reject) => socket.once("connect_error", (err) => socket.active || reject(err)));
  await Promise.race([next(socket, "connect"), refused]);
  return socket;
}

/** Resolves when the session has moved to that transport. */
export function movedTo(socket, name) {
  const { engine } = socket.io;
  return until(engine, "upgrade", () => engine.transport.name === name);
}

/** Emits, and resolves to the arguments of the acknowledgement. */
export function ask(socket, event, ...args) {
  return within(new Promise((resolve) => socket.emit(event, ...args, (...answers) => resolve(answers))), `the ack of "${event}"`);
}

/** When it resolves, everything the server sent before has come. */
export async function barrier(socket) {
  equal(await ask(socket, "echo", "barrier"), ["barrier"]);
}

const isBytes = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);

/** The bytes of any binary value but a Blob. */
export const bytes = (value) => [...new Uint8Array(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength)];

/** Binary of n bytes with a recognisable content. */
export const sample = (n) => Uint8Array.from({ length: n }, (_, i) => i % 251);

export const nextTask = () => new Promise((resolve) => setTimeout(resolve));
