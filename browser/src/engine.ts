import { Emitter } from "./emitter.js";
import { type BinaryType, countFitting, defaultBinaryType, type EnginePacket } from "./payload.js";
import { after, type TimerOptions } from "./timer.js";
import type { CloseDetails, Transport, TransportOptions } from "./transport.js";
import { availableTransports, type TransportClass } from "./transports.js";
import type { RawData } from "./types.js";
import { upgrade } from "./upgrade.js";
import { bracket, isSecure, pageLocation, parseQuery, parseUrl } from "./url.js";
import { onWake } from "./wake.js";

/** Options of the connection under the namespaces. */
export interface EngineOptions extends TimerOptions {
  /** Host name, when no address is given. */
  host?: string;
  hostname?: string;
  port?: string | number;
  secure?: boolean;
  /** The path the server listens at. Default: `/socket.io`. */
  path?: string;
  /** Put a slash behind the path. Default: true. */
  addTrailingSlash?: boolean;
  /** More parameters for every request. A query in the address is used instead. */
  query?: Record<string, unknown> | string;
  /** Names or classes, tried in this order. Default: polling, websocket. */
  transports?: (string | TransportClass)[];
  /** Classes to use; not together with `transports`. */
  transportImplementations?: TransportClass[];
  /** When the first transport fails to connect, try the next one. Default: false. */
  tryAllTransports?: boolean;
  /** Options for one transport, by its name. */
  transportOptions?: Record<string, Partial<EngineOptions>>;
  /** Move from polling to a better transport. Default: true. */
  upgrade?: boolean;
  /** Begin with WebSocket when it worked the last time. Default: false. */
  rememberUpgrade?: boolean;
  /** Send and receive binary data as base64. Default: false. */
  forceBase64?: boolean;
  /** Add a parameter that keeps caches away. Default: only to polling requests. */
  timestampRequests?: boolean;
  /** The name of that parameter. Default: `t`. */
  timestampParam?: string;
  /** Send cookies to other origins. Default: false. */
  withCredentials?: boolean;
  /** More headers for polling requests. */
  extraHeaders?: Record<string, string>;
  /** Milliseconds a polling request may take. Default: 0, no limit. */
  requestTimeout?: number;
  /** WebSocket sub-protocols. */
  protocols?: string | string[];
  /** Close silently when the page is left. Default: false. */
  closeOnBeforeunload?: boolean;
}

/** The states of an {@link Engine}. */
export type EngineState = "opening" | "open" | "closing" | "closed";

/**
 * One Engine.IO session: handshake, heartbeat, move to a better transport, close. It connects when it is created, and is
 * not used again once it is closed.
 *
 * Emits `open`, `handshake`, `packet`, `packetCreate`, `data`, `message`, `ping`, `pong`, `heartbeat`, `flush`, `drain`,
 * `upgrading`, `upgrade`, `upgradeError`, `error` and `close`.
 */
export class Engine extends Emitter {
  /** The revision of the Engine.IO protocol. */
  static readonly protocol = 4;
  /** Whether the last upgrade to WebSocket worked; see `rememberUpgrade`. */
  static priorWebsocketSuccess = false;

  /** The session id: a secret. Null before the handshake and after the end. */
  id: string | null = null;
  readyState: EngineState = "opening";
  /** Packets that were not sent, or are being sent. */
  writeBuffer: EnginePacket[] = [];
  transport!: Transport;
  /** The transports to try, best first. */
  transports: string[];
  /** The transports the server would accept instead. */
  upgrades: string[] = [];
  /** Whether a move to another transport is being finished: nothing is sent meanwhile. */
  upgrading = false;
  binaryType: BinaryType = defaultBinaryType;
  readonly opts: EngineOptions & { path: string };
  readonly hostname: string;
  readonly secure: boolean;
  readonly port: string | number;

  private _table: Record<string, TransportClass>;
  private _sending = 0;
  private _pingInterval = 0;
  private _pingTimeout = 0;
  private _maxPayload = 0;
  private _deadline = 0;
  private _cancelPingTimer = () => {};
  private _removePageListeners = () => {};

  constructor(uri?: string, opts: EngineOptions = {}) {
    super();
    const address = uri || (opts.hostname ? undefined : opts.host);
    const target = address ? parseUrl(address) : undefined;
    const page = pageLocation();
    this.secure = uri ? isSecure(target!.protocol) : opts.secure ?? page?.protocol === "https:";
    this.hostname = target?.host ?? bracket(opts.hostname || page?.hostname || "localhost");
    const standard = this.secure ? 443 : 80;
    this.port = uri ? target!.port : opts.port || (opts.hostname || opts.host ? standard : page?.port || standard);

    const query = target?.query || opts.query || {};
    const path = (opts.path || "/engine.io").replace(/\/$/, "") + (opts.addTrailingSlash === false ? "" : "/");
    this.opts = { ...opts, path, query: typeof query === "string" ? parseQuery(query) : { ...query } };

    const { transports, transportImplementations } = opts;
    if (transports && transportImplementations) throw new Error("give transports or transportImplementations, not both");
    this._table = availableTransports();
    this.transports = (transportImplementations || transports || Object.keys(this._table)).map((transport) => {
      if (typeof transport === "string") return transport;
      const { name } = transport.prototype;
      this._table[name] = transport;
      return name;
    });
    this._listenToPage();
    this._open();
  }

  /** Sends a message; calls back when it was handed to the transport. */
  send(data: RawData, options?: EnginePacket["options"], onFlush?: () => void): this {
    this._sendPacket({ type: "message", data, options: { compress: true, ...options } }, onFlush);
    return this;
  }

  /** Same as {@link send}. */
  write(data: RawData, options?: EnginePacket["options"], onFlush?: () => void): this {
    return this.send(data, options, onFlush);
  }

  /** Closes the session, after everything sent before has left. */
  close(): this {
    if (this.readyState !== "opening" && this.readyState !== "open") return this;
    this.readyState = "closing";
    const close = () => this._onClose("forced close");
    const afterUpgrade = () => {
      if (!this.upgrading) return close();
      const settled = () => {
        this.off("upgrade", settled).off("upgradeError", settled);
        close();
      };
      this.on("upgrade", settled).on("upgradeError", settled);
    };
    if (this.writeBuffer.length) this.once("drain", afterUpgrade);
    else afterUpgrade();
    return this;
  }

  /**
   * Creates a transport for this session.
   *
   * @internal
   */
  _createTransport(name: string): Transport {
    const Class = this._table[name];
    if (!Class) throw new Error(`unknown transport "${name}"`);
    return new Class(this._transportOptions(name));
  }

  /**
   * Makes a transport the current one.
   *
   * @internal
   */
  _setTransport(transport: Transport): void {
    this.transport?.off();
    this.transport = transport
      .on("drain", () => this._onDrain())
      .on("packet", (packet: EnginePacket) => this._onPacket(packet))
      .on("error", (err: Error) => this._onError(err))
      .on("close", (details?: CloseDetails) => this._onClose("transport close", details));
  }

  /**
   * Ends an upgrade: what was held back goes out over the new transport, after the packet that makes it the only one.
   *
   * @internal
   */
  _adopt(transport: Transport): void {
    Engine.priorWebsocketSuccess = transport.name === "websocket";
    this._setTransport(transport);
    transport.send([{ type: "upgrade" }]);
    this.upgrading = false;
    this._fire("upgrade", transport);
    this._flush();
  }

  /**
   * Sends what is buffered, if that is possible now.
   *
   * @internal
   */
  _flush(): void {
    const { transport, writeBuffer, _maxPayload } = this;
    if (this.readyState === "closed" || !transport.writable || this.upgrading || !writeBuffer.length) return;
    const limited = _maxPayload && transport.name === "polling" && writeBuffer.length > 1;
    this._sending = limited ? countFitting(writeBuffer, _maxPayload) : writeBuffer.length;
    // They stay in the buffer until the transport has sent them, so that close() waits for them.
    transport.send(writeBuffer.slice(0, this._sending));
    this._fire("flush");
  }

  /**
   * Whether the server should have sent a ping by now. Timers do not run while a device sleeps or a tab is throttled, so
   * this looks at the clock, and ends the session when it is dead.
   *
   * @internal
   */
  _hasPingExpired(): boolean {
    const expired = this._deadline > 0 && Date.now() > this._deadline;
    if (expired) {
      this._deadline = 0;
      queueMicrotask(() => this._onClose("ping timeout"));
    }
    return expired;
  }

  private _transportOptions(name: string): TransportOptions {
    const engine = this;
    const { opts, hostname, secure, port } = engine;
    const query: Record<string, unknown> = { ...(opts.query as object), EIO: Engine.protocol, transport: name };
    if (this.id) query.sid = this.id;
    return {
      ...opts,
      hostname,
      secure,
      port,
      query,
      get binaryType() {
        return engine.binaryType;
      },
      ...opts.transportOptions?.[name],
    } as TransportOptions;
  }

  private _open(): void {
    const { transports, opts } = this;
    if (!transports.length) {
      queueMicrotask(() => this._fire("error", new Error("No transports available")));
      return;
    }
    const remembered = opts.rememberUpgrade && Engine.priorWebsocketSuccess && transports.includes("websocket");
    this._setTransport(this._createTransport(remembered ? "websocket" : transports[0]));
    this.transport.open();
  }

  private _onPacket(packet: EnginePacket): void {
    if (this.readyState === "closed") return;
    const { type, data } = packet;
    this._fire("packet", packet);
    this._fire("heartbeat");
    switch (type) {
      case "open":
        return this._onHandshake(data as string);
      case "ping":
        this._sendPacket({ type: "pong" });
        this._fire("ping");
        this._fire("pong");
        return this._expectPing();
      case "error":
        return this._onError(Object.assign(new Error("server error"), { code: data }));
      case "message":
        this._fire("data", data);
        this._fire("message", data);
    }
  }

  private _onHandshake(text: string): void {
    let handshake;
    try {
      handshake = JSON.parse(text);
    } catch (err) {
      return this._onError(err as Error);
    }
    this._fire("handshake", handshake);
    this.id = this.transport.query.sid = handshake.sid;
    this.upgrades = (handshake.upgrades as string[]).filter((name) => this.transports.includes(name) && this._table[name]);
    this._pingInterval = handshake.pingInterval;
    this._pingTimeout = handshake.pingTimeout;
    this._maxPayload = handshake.maxPayload;
    if (this.readyState === "opening") this._onOpen();
    // An `open` listener may have closed the session.
    if (this._isClosed()) return;
    this._expectPing();
    if (this.readyState === "open" && this.opts.upgrade !== false) this.upgrades.forEach((name) => upgrade(this, name));
  }

  private _isClosed(): boolean {
    return this.readyState === "closed";
  }

  private _onOpen(): void {
    this.readyState = "open";
    Engine.priorWebsocketSuccess = this.transport.name === "websocket";
    this._fire("open");
    this._flush();
  }

  private _expectPing(): void {
    this._cancelPingTimer();
    const delay = this._pingInterval + this._pingTimeout;
    this._deadline = Date.now() + delay;
    this._cancelPingTimer = after(delay, () => this._onClose("ping timeout"), this.opts);
  }

  private _sendPacket(packet: EnginePacket, onFlush?: () => void): void {
    if (this.readyState === "closing" || this.readyState === "closed") return;
    this._fire("packetCreate", packet);
    this.writeBuffer.push(packet);
    if (onFlush) this.once("flush", onFlush);
    this._flush();
  }

  private _onDrain(): void {
    this.writeBuffer.splice(0, this._sending);
    this._sending = 0;
    if (this.writeBuffer.length) this._flush();
    else this._fire("drain");
  }

  private _onError(err: Error): void {
    Engine.priorWebsocketSuccess = false;
    if (this.opts.tryAllTransports && this.transports.length > 1 && this.readyState === "opening") {
      this.transports.shift();
      this.transport.off().close();
      return this._open();
    }
    this._fire("error", err);
    this._onClose("transport error", err);
  }

  private _onClose(reason: string, details?: unknown): void {
    if (this.readyState === "closed") return;
    this._cancelPingTimer();
    this._removePageListeners();
    this.transport?.off().close();
    this.readyState = "closed";
    this.id = null;
    this._fire("close", reason, details);
    // Not before: a listener may look at what could not be sent.
    this.writeBuffer = [];
    this._sending = 0;
  }

  private _listenToPage(): void {
    const { addEventListener: add, removeEventListener: remove } = globalThis;
    if (typeof add !== "function") return;
    const stopWake = onWake(() => this._hasPingExpired());
    const onOffline = () => this._onClose("transport close", { description: "network connection lost" });
    const onUnload = () => {
      this.transport?.off().close();
    };
    // The machine itself stays reachable.
    if (this.hostname !== "localhost") add("offline", onOffline);
    if (this.opts.closeOnBeforeunload) add("beforeunload", onUnload);
    this._removePageListeners = () => {
      stopWake();
      remove("offline", onOffline);
      remove("beforeunload", onUnload);
    };
  }
}
