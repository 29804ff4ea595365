import { backoff, type BackoffOptions } from "./backoff.js";
import { Emitter, listen } from "./emitter.js";
import { Engine, type EngineOptions } from "./engine.js";
import type { Packet } from "./packet.js";
import { hasJustWoken, isOffline, page } from "./page.js";
import { platform } from "./platform.js";
import { type DisconnectDescription, Socket, type SocketOptions } from "./socket.js";
import { after } from "./timer.js";
import type { DefaultEventsMap, EventsMap } from "./types.js";

/** A codec for the option `parser`. */
export interface Parser {
  Encoder: new () => { encode(packet: Packet): unknown[] };
  Decoder: new () => Pick<Emitter, "on" | "off"> & { add(message: any): void; destroy?(): void };
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
  /** Do not share the connection. Default: false. */
  forceNew?: boolean;
  /** Share one connection between namespaces. Default: true. */
  multiplex?: boolean;
  /** The codec; the server must use the same. */
  parser?: Parser;
}

/** The events of a {@link Manager}. */
export interface ManagerReservedEvents {
  open: () => void;
  error: (err: Error) => void;
  ping: () => void;
  packet: (packet: Packet) => void;
  close: (reason: string, description?: DisconnectDescription) => void;
  reconnect_failed: () => void;
  reconnect_attempt: (attempt: number) => void;
  reconnect_error: (err: Error) => void;
  reconnect: (attempt: number) => void;
}

/** Called without an argument it gets a setting, with one it sets it. */
export interface Setting<Value, Self> {
  (): Value;
  (value: Value): Self;
}

interface Settings extends BackoffOptions {
  reconnection: boolean;
  reconnectionAttempts: number;
  timeout: number | false;
}

type ManagerInit = Partial<ManagerOptions & SocketOptions>;

/** One connection to a server: it carries the namespaces, and is made again when it is lost. */
export class Manager<Listen extends EventsMap = DefaultEventsMap, Emit extends EventsMap = Listen> extends Emitter<
  {},
  {},
  ManagerReservedEvents
> {
  readonly uri?: string;
  /** May be changed: the next connection uses it. */
  opts: ManagerInit;
  /** The current session, or the last one. */
  engine!: Engine;
  /** The sockets by namespace. */
  nsps: Record<string, Socket<Listen, Emit>> = Object.create(null);
  /**
   * How long a message takes to the server and back, in milliseconds; undefined until the first one was answered. Measured
   * with the connection of every namespace and with every acknowledgement, so the server's handlers count too: a quicker
   * answer counts at once, a slower one moves it by at most a quarter.
   */
  rtt?: number;
  /** Whether to reconnect. */
  declare reconnection: Setting<boolean, this>;
  /** How many attempts are made. */
  declare reconnectionAttempts: Setting<number, this>;
  /** The delay before the first attempt. */
  declare reconnectionDelay: Setting<number, this>;
  /** The longest delay. */
  declare reconnectionDelayMax: Setting<number, this>;
  /** The random part of the delays. */
  declare randomizationFactor: Setting<number, this>;
  /** How long an attempt may take. */
  declare timeout: Setting<number | false, this>;
  /** @internal */
  _autoConnect: boolean;
  /** @internal */
  _readyState: "closed" | "opening" | "open" = "closed";
  /** @internal */
  _reconnecting = false;

  /** @internal */
  _settings: Settings;
  /** @internal */
  _skipReconnect?: boolean;
  private _attempts = 0;
  private _encoder: InstanceType<Parser["Encoder"]>;
  private _decoder: InstanceType<Parser["Decoder"]>;
  private _inbox: Packet[] = [];
  /** What undoes the listeners and timers of the current state. */
  private _cleanups: (() => void)[] = [];

  constructor(opts?: ManagerInit);
  constructor(uri?: string, opts?: ManagerInit);
  constructor(uri?: string | ManagerInit, opts?: ManagerInit);
  constructor(uri?: string | ManagerInit, opts?: ManagerInit) {
    super();
    if (typeof uri === "object") {
      opts = uri;
      uri = undefined;
    }
    this.uri = uri;
    this.opts = opts = opts || {};
    opts.path ||= "/socket.io";
    this._settings = {
      reconnection: opts.reconnection !== false,
      reconnectionAttempts: opts.reconnectionAttempts || Infinity,
      reconnectionDelay: opts.reconnectionDelay || 1000,
      reconnectionDelayMax: opts.reconnectionDelayMax || 5000,
      randomizationFactor: opts.randomizationFactor ?? 0.5,
      timeout: opts.timeout ?? 20000,
    };
    const parser = opts.parser || platform._parser;
    this._encoder = new parser.Encoder();
    this._decoder = new parser.Decoder();
    this._autoConnect = opts.autoConnect !== false;
    if (this._autoConnect) this.open();
  }

  /** Connects. With a callback, a failure is given to it and not retried. */
  open(callback?: (err?: Error) => void): this {
    if (this._readyState === "closed") {
      // It takes the place of an attempt being waited for.
      this._reconnecting = false;
      this._connect(callback);
    }
    return this;
  }

  /** Same as {@link open}. */
  declare connect: this["open"];

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
    if (!this._sockets().some((socket) => socket._isActive)) this._close();
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
    this._onClose("forced close");
  }

  /**
   * Takes note of an answer to something sent at that time.
   *
   * @internal
   */
  _onAnswer(sentAt: number): void {
    const { rtt = Infinity } = this;
    // Not a number: the answer to something that was never sent.
    this.rtt = Math.min(performance.now() - sentAt, rtt * 1.25) || this.rtt;
  }

  private _connect(callback?: (err?: Error) => void): void {
    this._cleanup();
    const engine = (this.engine = new Engine(this.uri, this.opts));
    this._readyState = "opening";
    this._skipReconnect = false;
    const { timeout } = this._settings;
    const onError = (err: Error) => {
      if (this._readyState === "opening") {
        this._cleanup();
        this._readyState = "closed";
        this._onError(err);
        if (callback) callback(err);
        else this._reconnect(err);
      } else this._onError(err);
    };
    const cancelTimeout =
      timeout === false
        ? () => {}
        : after(
            timeout,
            () => {
              onError(new Error("timeout"));
              engine.close();
            },
            this.opts,
          );
    this._cleanups = [
      cancelTimeout,
      listen(engine, "open", () => {
        cancelTimeout();
        this._readyState = "open";
        this._sockets().forEach((socket) => socket._onOpen());
        this._fire("open");
        callback?.();
      }),
      listen(engine, "error", onError),
      listen(engine, "close", (reason: string, details?: unknown) => {
        if (this._readyState === "opening") onError(new Error(reason));
        else this._onClose(reason, details);
      }),
      listen(engine, "ping", () => this._fire("ping")),
      listen(engine, "data", (message: unknown) => this._onMessage(message)),
      listen(this._decoder, "decoded", (packet: Packet) => {
        // They are delivered on a microtask, out of the reach of the code that reads from the network.
        if (this._inbox.push(packet) === 1) queueMicrotask(() => this._deliver());
      }),
    ];
  }

  /** A copy: their listeners may add more. */
  private _sockets(): Socket<Listen, Emit>[] {
    return Object.values(this.nsps);
  }

  private _cleanup(): void {
    this._cleanups.forEach((fn) => fn());
    this._cleanups = [];
    this._decoder.destroy?.();
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
    this._attempts = 0;
    this._readyState = "closed";
    this._sockets().forEach((socket) => socket._onLost(reason, description));
    this._fire("close", reason, description);
    this._reconnect(description);
  }

  private _reconnect(cause: unknown): void {
    const { _settings } = this;
    if (this._reconnecting || this._skipReconnect || !_settings.reconnection) return;
    if (this._attempts >= _settings.reconnectionAttempts) {
      this._attempts = 0;
      this._fire("reconnect_failed");
      return;
    }
    this._reconnecting = true;
    const { retryAfter = 0 } = Object(cause) as { retryAfter?: number };
    const isHurried = hasJustWoken() && !retryAfter && !this._attempts;
    const delay = backoff(this._attempts++, _settings);
    this._wait(isHurried ? hurry() : delay + retryAfter, Date.now() + retryAfter);
  }

  /** Makes the next attempt after a delay, or when the page wakes up, but not before the server wants it. */
  private _wait(delay: number, earliest: number): void {
    this._cleanups = [
      after(delay, () => this._retry(), this.opts),
      listen(page, "wake", () => {
        if (Date.now() < earliest) return;
        this._cleanup();
        this._wait(hurry(), 0);
      }),
    ];
  }

  private _retry(): void {
    // Without a network it goes on when the page wakes up.
    if (this._skipReconnect || isOffline(this.engine.opts.hostname)) return;
    this._fire("reconnect_attempt", this._attempts);
    // A listener may have disconnected.
    if (this._skipReconnect) return;
    this._connect((err) => {
      const attempt = this._attempts;
      this._reconnecting = false;
      if (err) {
        this._reconnect(err);
        this._fire("reconnect_error", err);
      } else {
        this._attempts = 0;
        this._fire("reconnect", attempt);
      }
    });
  }
}

/** After a sleep waiting makes no sense, but coming back in the same moment as everybody else does not either. */
const hurry = (): number => Math.random() * 100;

const proto = Manager.prototype;
proto.connect = proto.open;
for (const name of [
  "reconnection",
  "reconnectionAttempts",
  "reconnectionDelay",
  "reconnectionDelayMax",
  "randomizationFactor",
  "timeout",
] as const) {
  proto[name] = function (this: Manager, value?: never) {
    if (value === undefined) return this._settings[name];
    this._settings[name] = value;
    // Off also means that an attempt being waited for is not made.
    if (value === false && name === "reconnection") this._skipReconnect = true;
    return this;
  } as never;
}
