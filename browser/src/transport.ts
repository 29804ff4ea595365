import { Emitter } from "./emitter.js";
import type { Engine, EngineOptions } from "./engine.js";
import { decodePacket, type EnginePacket } from "./payload.js";

/** An error of a transport. */
export class TransportError extends Error {
  readonly type = "TransportError";

  constructor(
    message: string,
    /** The HTTP status, or the event of the WebSocket. */
    readonly description: unknown,
    /** The request or response. */
    readonly context?: unknown,
    /** How many milliseconds the server asks to wait before the next attempt. */
    readonly retryAfter?: number,
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
  /** The session. */
  socket: Engine;
  hostname: string;
  secure: boolean;
  port: string | number;
  path: string;
  query: Record<string, unknown>;
}

/** A transport's states. */
export type TransportState = "opening" | "open" | "closed";

/** The events of a {@link Transport}. */
export interface TransportEvents {
  open: () => void;
  packet: (packet: EnginePacket) => void;
  drain: () => void;
  error: (err: TransportError) => void;
  close: (details: CloseDetails) => void;
}

/** A way to carry Engine.IO packets. */
export abstract class Transport extends Emitter<{}, {}, TransportEvents> {
  /** The name the server knows it by. */
  abstract get name(): string;
  /** Whether `send` may be called. */
  writable = false;
  readyState?: TransportState;
  query: Record<string, unknown>;

  constructor(readonly opts: TransportOptions) {
    super();
    this.query = opts.query;
  }

  /** Connects. */
  open(): this {
    this.readyState = "opening";
    try {
      this._doOpen();
    } catch (err) {
      // Such as an insecure address in a secure page. Later, when somebody listens.
      queueMicrotask(() => this._onError(err));
    }
    return this;
  }

  /** Disconnects. */
  close(): this {
    if (/^open/.test(this.readyState!)) {
      this._doClose();
      this._onClose();
    }
    return this;
  }

  /** Sends packets; only while `writable`. */
  async send(packets: EnginePacket[]): Promise<void> {
    if (this.readyState !== "open") return;
    this.writable = false;
    try {
      await this._write(packets);
    } catch (err) {
      // Such as a Blob that cannot be read.
      this._onError(err);
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
  protected abstract _write(packets: EnginePacket[]): Promise<void>;

  /** @internal */
  protected _onOpen(): void {
    this.readyState = "open";
    this._onDrain("open");
  }

  /** @internal */
  protected _onData(data: string | ArrayBuffer): void {
    this._fire("packet", decodePacket(data, this.opts.socket.binaryType));
  }

  /** @internal */
  protected _onDrain(event = "drain"): void {
    if (this.readyState !== "open") return;
    this.writable = true;
    this._fire(event);
  }

  /** @internal */
  protected _onError(description: unknown, context?: unknown, message = `${this.name} error`, retryAfter?: number): void {
    this._fire("error", new TransportError(message, description, context, retryAfter));
  }

  /** @internal */
  protected _onClose(context?: unknown, description = `${this.name} connection closed`): void {
    this.readyState = "closed";
    this.writable = false;
    this._fire("close", { description, context });
  }

  /** The address without a query. */
  protected _address(scheme: string): string {
    const { hostname, secure, port, path } = this.opts;
    const isDefault = +port === (secure ? 443 : 80);
    return `${scheme}://${hostname}${port && !isDefault ? ":" + port : ""}${path}`;
  }

  /** The address of a request; with a timestamp no cache can answer it. */
  protected _uri(scheme: "http" | "ws", isStamped?: boolean): string {
    const { timestampParam = "t", forceBase64, secure } = this.opts;
    return `${this._address(secure ? scheme + "s" : scheme)}?${new URLSearchParams({
      ...(this.query as Record<string, string>),
      ...(isStamped && { [timestampParam]: Math.random().toString(36).slice(2, 10) }),
      ...(forceBase64 && { b64: "1" }),
    })}`;
  }
}
