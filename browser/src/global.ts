// The entry of the script tag: the global `io`, or the module of a CommonJS or AMD loader.
import { io } from "./index.js";

declare const module: { exports: unknown } | undefined;
declare const define: ((deps: string[], factory: () => unknown) => void) & { amd?: unknown } | undefined;

if (typeof module === "object" && module.exports) module.exports = io;
else if (typeof define === "function" && define.amd) define([], () => io);
else Object.assign(globalThis, { io });
