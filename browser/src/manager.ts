import { Backoff } from "./backoff.js";
import { Emitter, listen } from "./emitter.js";
import { Engine, type EngineOptions } from "./engine.js";
import { Decoder, Encoder, type Packet } from "./packet.js";
import { Socket, type SocketOptions } from "./socket.js";
import { after } from "./timer.js";
import type { DefaultEventsMap, EventsMap } from "./types.js";
import { onWake } from "./wake.js";

/** A codec for the option `parser`. */
export interface Parser {
  Encoder: new () => { encode(packet: Packet): unknown[] };
  Decoder: new () => Pick<Emitter, "on" | "off"> & { add(message: unknown): void; destroy?(): void };
}

/** Options of a {@link Manager}. Times are in milliseconds. */
export interface ManagerOptions extends EngineOptions {
  /** Connect again after the connection was lost. Default: true. */
  reconnection?: boolean;
  /** Give up after so many attempts in a row. Default: Infinity. */
  reconnectionAttempts?: number;
  /** The delay before the first attempt; it doubles with each one. Default: 1000. */
  reconnectionDelay?: number;
  /** The longest delay. Default: 5000. */
  reconnectionDelayMax?: number;
  /** How much of a delay is random, from 0 to 1. Default: 0.5. */
  randomizationFactor?: number;
  /** How long an attempt to connect may take; false for as long as it likes. Default: 20000. */
  timeout?: number | false;
  /** Connect at once. Default: true. */
  autoConnect?: boolean;
  /** The codec; the server must use the same. */
  parser?: Parser;
}

/** The events of a {@link Manager}. */
export interface ManagerReservedEvents {
  open: () => void;
  error: (err: Error) => void;
  ping: () => void;
  packet: (packet: Packet) => void;
  close: (reason: string, description?: unknown) => void;
  reconnect_failed: () => void;
  reconnect_attempt: (attempt: number) => void;
  reconnect_error: (err: Error) => void;
  reconnect: (attempt: number) => void;
}

/** One connection to a server: it carries the namespaces, and is made again when it is lost. */
export class Manager<Listen extends EventsMap = DefaultEventsMap, Emit extends EventsMap = Listen> extends Emitter<
  {},
  {},
  ManagerReservedEvents
> {
  readonly uri?: string;
  /** May be changed: the next connection uses it. */
  opts: ManagerOptions & Partial<SocketOptions>;
  /** The current session, or the last one. */
  engine!: Engine;
  /** The sockets by namespace. */
  nsps: Record<string, Socket<Listen, Emit>> = Object.create(null);
  /** @internal */
  _autoConnect: boolean;
  /** @internal */
  _readyState: "closed" | "opening" | "open" = "closed";
  /** @internal */
  _reconnecting = false;

  private _reconnection!: boolean;
  private _reconnectionAttempts!: number;
  private _timeout!: number | false;
  private _skipReconnect = false;
  private _backoff: Backoff;
  private _encoder: InstanceType<Parser["Encoder"]>;
  private _decoder: InstanceType<Parser["Decoder"]>;
  private _inbox: Packet[] = [];
  private _cleanups: (() => void)[] = [];
  private _cancelRetry = () => {};

  constructor(opts?: Partial<ManagerOptions & SocketOptions>);
  constructor(uri?: string, opts?: Partial<ManagerOptions & SocketOptions>);
  constructor(uri?: string | Partial<ManagerOptions & SocketOptions>, opts?: Partial<ManagerOptions & SocketOptions>) {
    super();
    if (typeof uri === "object") {
      opts = uri;
      uri = undefined;
    }
    this.uri = uri as string | undefined;
    this.opts = opts = opts || {};
    opts.path ||= "/socket.io";
    this._backoff = new Backoff({
      min: opts.reconnectionDelay ?? 1000,
      max: opts.reconnectionDelayMax ?? 5000,
      jitter: opts.randomizationFactor ?? 0.5,
    });
    this.reconnection(opts.reconnection !== false);
    this.reconnectionAttempts(opts.reconnectionAttempts ?? Infinity);
    this.timeout(opts.timeout ?? 20000);
    const parser = opts.parser || { Encoder, Decoder };
    this._encoder = new parser.Encoder();
    this._decoder = new parser.Decoder();
    this._autoConnect = opts.autoConnect !== false;
    if (this._autoConnect) this.open();
  }

  /** Gets or sets whether to reconnect. */
  reconnection(): boolean;
  reconnection(value: boolean): this;
  reconnection(value?: boolean): boolean | this {
    if (value === undefined) return this._reconnection;
    this._reconnection = value;
    // Off also means that an attempt being waited for is not made.
    if (!value) this._skipReconnect = true;
    return this;
  }

  /** Gets or sets how many attempts are made. */
  reconnectionAttempts(): number;
  reconnectionAttempts(value: number): this;
  reconnectionAttempts(value?: number): number | this {
    if (value === undefined) return this._reconnectionAttempts;
    this._reconnectionAttempts = value;
    return this;
  }

  /** Gets or sets the delay before the first attempt. */
  reconnectionDelay(): number;
  reconnectionDelay(value: number): this;
  reconnectionDelay(value?: number): number | this {
    return this._backoffOption("min", value);
  }

  /** Gets or sets the longest delay. */
  reconnectionDelayMax(): number;
  reconnectionDelayMax(value: number): this;
  reconnectionDelayMax(value?: number): number | this {
    return this._backoffOption("max", value);
  }

  /** Gets or sets the random part of the delays. */
  randomizationFactor(): number;
  randomizationFactor(value: number): this;
  randomizationFactor(value?: number): number | this {
    return this._backoffOption("jitter", value);
  }

  /** Gets or sets how long an attempt may take. */
  timeout(): number | false;
  timeout(value: number | false): this;
  timeout(value?: number | false): number | false | this {
    if (value === undefined) return this._timeout;
    this._timeout = value;
    return this;
  }

  /** Connects. With a callback, a failure is given to it and not retried. */
  open(callback?: (err?: Error) => void): this {
    if (this._readyState !== "closed") return this;
    // It takes the place of an attempt being waited for.
    this._cancelRetry();
    this._reconnecting = false;
    this._connect(callback);
    return this;
  }

  /** Same as {@link open}. */
  connect(callback?: (err?: Error) => void): this {
    return this.open(callback);
  }

  private _connect(callback?: (err?: Error) => void): void {
    this._readyState = "opening";
    this._skipReconnect = false;
    const engine = (this.engine = new Engine(this.uri, this.opts));
    const onError = (err: Error) => {
      this._cleanup();
      this._readyState = "closed";
      this._onError(err);
      if (callback) callback(err);
      else if (this._reconnection) this._reconnect();
    };
    this._cleanups = [
      listen(engine, "open", () => {
        this._onOpen();
        callback?.();
      }),
      listen(engine, "error", onError),
      listen(engine, "close", (reason: string) => onError(new Error(reason))),
    ];
    if (this._timeout !== false) {
      const cancel = after(
        this._timeout,
        () => {
          onError(new Error("timeout"));
          engine.close();
        },
        this.opts,
      );
      this._cleanups.push(cancel);
    }
  }

  /** The socket of a namespace, created and connected if needed. */
  socket(nsp: string, opts?: Partial<SocketOptions>): Socket<Listen, Emit> {
    const existing = this.nsps[nsp];
    if (!existing) return new Socket<Listen, Emit>(this, nsp, opts);
    if (this._autoConnect && !existing.active) existing.connect();
    return existing;
  }

  /**
   * Closes the connection when no namespace needs it any more.
   *
   * @internal
   */
  _release(): void {
    if (!this._sockets().some((socket) => socket.active)) this._close();
  }

  /** @internal */
  _packet(packet: Packet): void {
    for (const message of this._encoder.encode(packet)) this.engine.write(message as string, packet.options);
  }

  /** @internal */
  _close(): void {
    this._skipReconnect = true;
    if (this._readyState === "closed" && !this._reconnecting) return;
    this._reconnecting = false;
    this._cancelRetry();
    this._onClose("forced close");
  }

  /** A copy: their listeners may add more. */
  private _sockets(): Socket<Listen, Emit>[] {
    return Object.values(this.nsps);
  }

  private _backoffOption(name: "min" | "max" | "jitter", value?: number): number | this {
    if (value === undefined) return this._backoff.opts[name];
    this._backoff.opts[name] = value;
    return this;
  }

  private _cleanup(): void {
    this._cleanups.forEach((fn) => fn());
    this._cleanups = [];
    this._decoder.destroy?.();
  }

  private _onOpen(): void {
    this._cleanup();
    this._readyState = "open";
    const { engine } = this;
    this._cleanups = [
      listen(engine, "ping", () => this._fire("ping")),
      listen(engine, "data", (message: unknown) => this._onMessage(message)),
      listen(engine, "error", (err: Error) => this._onError(err)),
      listen(engine, "close", (reason: string, details: unknown) => this._onClose(reason, details)),
      listen(this._decoder, "decoded", (packet: Packet) => this._onPacket(packet)),
    ];
    this._sockets().forEach((socket) => socket._onOpen());
    this._fire("open");
  }

  private _onError(err: Error): void {
    this._sockets().forEach((socket) => socket._onError(err));
    this._fire("error", err);
  }

  private _onMessage(message: unknown): void {
    try {
      this._decoder.add(message);
    } catch (err) {
      this._onClose("parse error", err);
    }
  }

  /** Packets are delivered on a microtask, out of the reach of the code that reads from the network. */
  private _onPacket(packet: Packet): void {
    if (this._inbox.push(packet) === 1) queueMicrotask(() => this._deliver());
  }

  private _deliver(): void {
    for (let packet; (packet = this._inbox.shift()); ) {
      this.nsps[packet.nsp]?._onPacket(packet);
      this._fire("packet", packet);
    }
  }

  private _onClose(reason: string, description?: unknown): void {
    // What came before the end is delivered before the end.
    this._deliver();
    this._cleanup();
    this.engine?.close();
    this._backoff.reset();
    this._readyState = "closed";
    this._sockets().forEach((socket) => socket._onLost(reason, description));
    this._fire("close", reason, description);
    if (this._reconnection && !this._skipReconnect) this._reconnect();
  }

  private _reconnect(): void {
    if (this._reconnecting || this._skipReconnect) return;
    const backoff = this._backoff;
    if (backoff.attempts >= this._reconnectionAttempts) {
      backoff.reset();
      this._fire("reconnect_failed");
      return;
    }
    this._reconnecting = true;
    const retry = () => this._retry();
    const cancelTimer = after(backoff.duration(), retry, this.opts);
    const cancelWake = onWake(retry);
    this._cancelRetry = () => {
      cancelTimer();
      cancelWake();
    };
  }

  private _retry(): void {
    this._cancelRetry();
    if (this._skipReconnect) return;
    this._fire("reconnect_attempt", this._backoff.attempts);
    // A listener may have disconnected.
    if (this._skipReconnect) return;
    this._connect((err) => {
      const attempt = this._backoff.attempts;
      this._reconnecting = false;
      if (err) {
        this._reconnect();
        this._fire("reconnect_error", err);
      } else {
        this._backoff.reset();
        this._fire("reconnect", attempt);
      }
    });
  }
}
