import { Emitter } from "./emitter.js";
import type { EngineOptions } from "./engine.js";
import { type BinaryType, decodePacket, type EnginePacket } from "./payload.js";

/** An error of a transport. */
export class TransportError extends Error {
  readonly type = "TransportError";

  constructor(
    message: string,
    /** The HTTP status, or the event of the WebSocket. */
    readonly description: unknown,
    /** The request or response. */
    readonly context?: unknown,
  ) {
    super(message);
  }
}

/** Why a transport was closed. */
export interface CloseDetails {
  description: string;
  context?: unknown;
}

/** What a transport is created with: the options of the engine, with the address worked out. */
export interface TransportOptions extends EngineOptions {
  hostname: string;
  secure: boolean;
  port: string | number;
  path: string;
  query: Record<string, unknown>;
  binaryType: BinaryType;
}

/** A transport's states; only polling can be paused. */
export type TransportState = "" | "opening" | "open" | "pausing" | "paused" | "closed";

/** A way to carry Engine.IO packets. Emits `open`, `packet`, `drain`, `error` and `close`. */
export abstract class Transport extends Emitter {
  /** The name the server knows it by. */
  abstract get name(): string;
  /** Whether `send` may be called. */
  writable = false;
  readyState: TransportState = "";
  query: Record<string, unknown>;

  constructor(readonly opts: TransportOptions) {
    super();
    this.query = opts.query;
  }

  /** Connects. */
  open(): this {
    this.readyState = "opening";
    this._doOpen();
    return this;
  }

  /** Disconnects. */
  close(): this {
    if (this.readyState && this.readyState !== "closed") {
      this._doClose();
      this._onClose();
    }
    return this;
  }

  /** Sends packets; only while `writable`. */
  send(packets: EnginePacket[]): void {
    if (this.readyState === "open") {
      this.writable = false;
      this._write(packets);
    }
  }

  /**
   * Stops receiving, and calls back when all that was sent and received before has arrived.
   *
   * @internal
   */
  _pause(onPaused: () => void): void {
    onPaused();
  }

  /**
   * Takes back a pause.
   *
   * @internal
   */
  _resume(): void {}

  /** @internal */
  protected abstract _doOpen(): void;
  /** @internal */
  protected abstract _doClose(): void;
  /** @internal */
  protected abstract _write(packets: EnginePacket[]): void;

  /** @internal */
  protected _onOpen(): void {
    this.readyState = "open";
    this.writable = true;
    this._fire("open");
  }

  /** @internal */
  protected _onData(data: string | ArrayBuffer): void {
    this._fire("packet", decodePacket(data, this.opts.binaryType));
  }

  /** @internal */
  protected _onDrain(): void {
    this.writable = true;
    this._fire("drain");
  }

  /** @internal */
  protected _onError(message: string, description: unknown, context?: unknown): void {
    this._fire("error", new TransportError(message, description, context));
  }

  /** @internal */
  protected _onClose(details?: CloseDetails): void {
    this.readyState = "closed";
    this.writable = false;
    this._fire("close", details);
  }

  /** @internal */
  protected _uri(scheme: "http" | "ws", params: Record<string, unknown>): string {
    const { hostname, secure, port, path } = this.opts;
    const isDefault = +port === (secure ? 443 : 80);
    const query = new URLSearchParams({ ...this.query, ...params } as Record<string, string>);
    return `${scheme}${secure ? "s" : ""}://${hostname}${port && !isDefault ? ":" + port : ""}${path}?${query}`;
  }

  /** @internal */
  protected _timestamp(): Record<string, string> {
    return { [this.opts.timestampParam || "t"]: Math.random().toString(36).slice(2, 10).padEnd(8, "0") };
  }
}
