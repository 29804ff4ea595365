import type { Engine } from "./engine.js";
import type { Parser } from "./manager.js";
import type { BinaryType } from "./payload.js";
import type { Transport, TransportOptions } from "./transport.js";

/** A class that can be given in the option `transportImplementations`. */
export interface TransportClass {
  new (opts: TransportOptions): Transport;
  prototype: Transport;
}

/** What differs between the entry points. Each fills it in, so that an application loads nothing its entry does not use. */
interface Platform {
  /** The transports by name, in the order in which they are tried. */
  _transports: Record<string, TransportClass>;
  /** Moves a session to another transport, after a delay in milliseconds. */
  _upgrade?(engine: Engine, name: string, delay: number): void;
  /** The codec where the option `parser` names none. */
  _parser: Parser;
  /** What received bytes are given out as. */
  _binaryType: BinaryType;
}

/** @internal */
export const platform = { _binaryType: "arraybuffer" } as Platform;
