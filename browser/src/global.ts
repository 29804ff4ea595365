declare const module: { exports: unknown } | undefined;
declare const define: ((deps: string[], factory: () => unknown) => void) & { amd?: unknown } | undefined;

/** Publishes the client as the global `io`, or as the module of a CommonJS or AMD loader. */
export function publish(io: object): void {
  if (typeof module === "object" && module.exports) module.exports = io;
  else if (typeof define === "function" && define.amd) define([], () => io);
  else Object.assign(globalThis, { io });
}
