import { Emitter, listen } from "./emitter.js";
import { checkSleep, page } from "./page.js";
import type { BinaryType, EnginePacket } from "./payload.js";
import { platform, type TransportClass } from "./platform.js";
import { after, type TimerOptions } from "./timer.js";
import type { CloseDetails, Transport, TransportOptions } from "./transport.js";
import type { RawData } from "./types.js";
import { parseUrl } from "./url.js";

/** Options of the connection under the namespaces. */
export interface EngineOptions extends TimerOptions {
  /** Host name, when no address is given. */
  host?: string;
  /** Same as `host`. */
  hostname?: string;
  port?: string | number;
  secure?: boolean;
  /** The path the server listens at. Default: `/socket.io`. */
  path?: string;
  /** Put a slash behind the path. Default: true. */
  addTrailingSlash?: boolean;
  /** More parameters for every request. A query in the address is used instead. */
  query?: Record<string, unknown> | string;
  /** Names, tried in this order, or classes. Default: polling, websocket, webtransport. */
  transports?: (string | TransportClass)[];
  /** Classes to use; not together with `transports`. */
  transportImplementations?: TransportClass[];
  /** When the first transport fails to connect, try the next one. Default: false. */
  tryAllTransports?: boolean;
  /** Options for one transport, by its name; those of `webtransport` go to its constructor. */
  transportOptions?: Record<string, object>;
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
  /** Send cookies to other origins. In Node.js: keep the server's cookies. Default: false. */
  withCredentials?: boolean;
  /** More headers; in browsers for polling requests only. */
  extraHeaders?: Record<string, string>;
  /** Milliseconds a polling request may take. Default: 0, no limit. */
  requestTimeout?: number;
  /** WebSocket sub-protocols. */
  protocols?: string | string[];
  /** Close without an event when the page is about to be left. Default: false. */
  closeOnBeforeunload?: boolean;
  /** In Node.js: an agent of `node:http` or `node:https`, such as one that goes through a proxy. */
  agent?: object | string | boolean;
  /** In Node.js: TLS, as `tls.connect` takes it. */
  pfx?: unknown;
  key?: unknown;
  passphrase?: string;
  cert?: unknown;
  ca?: unknown;
  ciphers?: string;
  /** In Node.js: whether the server's certificate must be valid. Default: true. */
  rejectUnauthorized?: boolean;
  /** In Node.js, with the package `ws`: compression of WebSocket messages. Default: from 1024 bytes on. */
  perMessageDeflate?: boolean | object;
}

/** The states of an {@link Engine}. */
export type EngineState = "opening" | "open" | "closing" | "closed";

/** What the server says when a session begins. */
export interface HandshakeData {
  sid: string;
  upgrades: string[];
  pingInterval: number;
  pingTimeout: number;
  maxPayload: number;
}

/** The events of an {@link Engine}. */
export interface EngineEvents {
  open: () => void;
  handshake: (data: HandshakeData) => void;
  packet: (packet: EnginePacket) => void;
  packetCreate: (packet: EnginePacket) => void;
  data: (data: RawData) => void;
  message: (data: RawData) => void;
  ping: () => void;
  pong: () => void;
  heartbeat: () => void;
  flush: () => void;
  drain: () => void;
  upgrading: (transport: Transport) => void;
  upgrade: (transport: Transport) => void;
  upgradeError: (err: Error & { transport: string }) => void;
  error: (err: Error) => void;
  close: (reason: string, description?: CloseDetails | Error) => void;
}

/**
 * One Engine.IO session: handshake, heartbeat, move to a better transport, close. It connects when it is created, and is
 * not used again once it is closed.
 */
export class Engine extends Emitter<{}, {}, EngineEvents> {
  /** Whether the last upgrade to WebSocket worked; see `rememberUpgrade`. */
  static priorWebsocketSuccess?: boolean;

  /** The session id: a secret. Null before the handshake and after the end. */
  id: string | null = null;
  readyState: EngineState = "opening";
  /** Packets that were not sent, or are being sent. */
  writeBuffer: EnginePacket[] = [];
  transport!: Transport;
  /** The transports to try, best first. */
  transports: string[];
  /** Whether a move to another transport is being finished: nothing is sent meanwhile. */
  upgrading = false;
  binaryType: BinaryType = platform._binaryType;
  /** What was given, with the address worked out. */
  readonly opts: EngineOptions & Pick<TransportOptions, "hostname" | "secure" | "port" | "path">;
  /**
   * How many bytes the server takes in one request.
   *
   * @internal
   */
  _maxPayload?: number;

  private _table: Record<string, TransportClass>;
  private _sending?: number;
  /** How long the server may be silent, in milliseconds, and until when. */
  private _patience!: number;
  private _deadline?: number;
  private _cancelDeadline?: () => void;
  private _cleanups: (() => void)[];

  constructor(uri?: string, opts: EngineOptions = {}) {
    super();
    const { hostname, secure, port, query = opts.query } = parseUrl(uri || addressOf(opts));
    this.opts = {
      ...opts,
      hostname,
      secure,
      port,
      path: (opts.path || "/engine.io").replace(/\/$/, "") + (opts.addTrailingSlash === false ? "" : "/"),
      query: typeof query === "string" ? Object.fromEntries(new URLSearchParams(query)) : query,
    };

    const { transports, transportImplementations } = opts;
    if (transports && transportImplementations) throw new Error("give transports or transportImplementations, not both");
    const table = (this._table = { ...platform._transports });
    this.transports = (transportImplementations || transports || Object.keys(table)).map((transport) => {
      if (typeof transport === "string") return transport;
      const { name } = transport.prototype;
      table[name] = transport;
      return name;
    });
    this._open();
    this._cleanups = this._listenToPage();
  }

  /** Sends a message; calls back when it was handed to the transport. */
  send(data: RawData, options?: EnginePacket["options"], onFlush?: () => void): this {
    this._sendPacket({ type: "message", data, options: { compress: true, ...options } }, onFlush);
    return this;
  }

  /** Same as {@link send}. */
  declare write: this["send"];

  /** Closes the session, after everything sent before has left. */
  close(): this {
    if (/^open/.test(this.readyState)) {
      this.readyState = "closing";
      const close = () => this._onClose("forced close");
      // Nothing can be sent in the middle of an upgrade.
      const settle = () => (this.upgrading ? this.once("upgrade", close).once("upgradeError", close) : close());
      if (this.writeBuffer[0]) this.once("drain", settle);
      else settle();
    }
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
    const { opts, id } = this;
    return new Class({
      ...opts,
      socket: this,
      query: { ...(opts.query as object), EIO: 4, transport: name, ...(id && { sid: id }) },
      ...opts.transportOptions?.[name],
    });
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
    const { transport, writeBuffer } = this;
    if (this.readyState === "closed" || !transport.writable || this.upgrading || !writeBuffer[0]) return;
    // They stay in the buffer until the transport has sent them, so that close() waits for them.
    this._sending = writeBuffer.length;
    transport.send([...writeBuffer]);
    this._fire("flush");
  }

  /**
   * Whether the server should have sent a ping by now. Timers do not run while a device sleeps or a tab is throttled, so
   * this looks at the clock, and ends the session when it is dead.
   *
   * @internal
   */
  _hasPingExpired(): boolean {
    const expired = Date.now() > this._deadline!;
    if (expired) queueMicrotask(() => this._onClose("ping timeout"));
    return expired;
  }

  private _listenToPage(): (() => void)[] {
    const leave = () => {
      this.transport.off().close();
    };
    const close = (description: string) => this._onClose("transport close", { description });
    const { addEventListener, removeEventListener } = globalThis;
    if (this.opts.closeOnBeforeunload) addEventListener?.("beforeunload", leave);
    return [
      () => removeEventListener?.("beforeunload", leave),
      listen(page, "wake", () => this._hasPingExpired()),
      listen(page, "offline", () => this.opts.hostname === "localhost" || close("network connection lost")),
      // A page that may come back has to know that it is disconnected; any other one is gone.
      listen(page, "pagehide", (event: PageTransitionEvent) => (event.persisted ? close("page hidden") : leave())),
    ];
  }

  private _setTransport(transport: Transport): void {
    this.transport?.off();
    this.transport = transport
      .on("drain", () => this._onDrain())
      .on("packet", (packet) => this._onPacket(packet))
      .on("error", (err) => this._onError(err))
      .on("close", (details) => this._onClose("transport close", details));
  }

  private _open(): void {
    const { transports, opts } = this;
    const isRemembered = opts.rememberUpgrade && Engine.priorWebsocketSuccess && transports.includes("websocket");
    const name = isRemembered ? "websocket" : transports[0];
    if (name) {
      this._setTransport(this._createTransport(name));
      this.transport.open();
    } else queueMicrotask(() => this._onError(new Error("No transports available")));
  }

  private _onPacket(packet: EnginePacket): void {
    if (this.readyState === "closed") return;
    const { type, data } = packet;
    this._fire("packet", packet)._fire("heartbeat");
    if (type === "open") {
      this._onHandshake(data as string);
    } else if (type === "ping") {
      this._sendPacket({ type: "pong" });
      this._fire("ping")._fire("pong");
      this._expectPing();
    } else if (type === "error") {
      this._onError(Object.assign(new Error("server error"), { code: data }));
    } else if (type === "message") {
      this._fire("data", data)._fire("message", data);
    }
  }

  private _onHandshake(text: string): void {
    let handshake: HandshakeData;
    let upgrades: string[];
    try {
      handshake = JSON.parse(text);
      upgrades = handshake.upgrades.filter((name) => this.transports.includes(name));
    } catch (err) {
      return this._onError(err as Error);
    }
    this._fire("handshake", handshake);
    this.id = this.transport.query.sid = handshake.sid;
    this._patience = handshake.pingInterval + handshake.pingTimeout;
    this._maxPayload = handshake.maxPayload;
    this._expectPing();
    if (this.readyState === "opening") {
      this.readyState = "open";
      Engine.priorWebsocketSuccess = this.transport.name === "websocket";
      this._fire("open");
    }
    this._flush();
    // A listener may have closed the session.
    if (this.readyState !== "open" || this.opts.upgrade === false) return;
    for (const name of upgrades) {
      // WebTransport is better, so it gets a head start (EIO-086).
      platform._upgrade?.(this, name, name !== "webtransport" && upgrades.includes("webtransport") ? 200 : 0);
    }
  }

  private _expectPing(): void {
    this._cancelDeadline?.();
    const due = this._deadline;
    this._deadline = Date.now() + this._patience;
    // Also when a ping that came meanwhile is what ends the sleep.
    checkSleep(due);
    this._cancelDeadline = after(this._patience, () => this._onClose("ping timeout"), this.opts);
  }

  private _sendPacket(packet: EnginePacket, onFlush?: () => void): void {
    if (/^clos/.test(this.readyState)) return;
    this._fire("packetCreate", packet);
    this.writeBuffer.push(packet);
    if (onFlush) this.once("flush", onFlush);
    this._flush();
  }

  private _onDrain(): void {
    this.writeBuffer.splice(0, this._sending!);
    this._sending = 0;
    if (this.writeBuffer[0]) this._flush();
    else this._fire("drain");
  }

  private _onError(err: Error): void {
    Engine.priorWebsocketSuccess = false;
    if (this.opts.tryAllTransports && this.transports[1] && this.readyState === "opening") {
      this.transports.shift();
      this.transport.off().close();
      return this._open();
    }
    this._fire("error", err);
    this._onClose("transport error", err);
  }

  private _onClose(reason: string, details?: unknown): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    // The timer would have ended it at the deadline.
    checkSleep(this._deadline);
    this._cancelDeadline?.();
    this._cleanups.forEach((fn) => fn());
    this.transport?.off().close();
    this.id = null;
    this._fire("close", reason, details);
    // Not before: a listener may look at what could not be sent.
    this.writeBuffer = [];
  }
}

Engine.prototype.write = Engine.prototype.send;

/** The address that the options describe; what they leave out is the page's. */
function addressOf({ host, hostname = host, port, secure }: EngineOptions): string {
  const page = globalThis.location;
  const name = hostname || page?.hostname || "localhost";
  const isBareIPv6 = name.includes(":") && name[0] !== "[";
  return (
    (secure ?? page?.protocol === "https:" ? "https" : "http") +
    `://${isBareIPv6 ? `[${name}]` : name}:${port || (hostname ? "" : page?.port) || ""}`
  );
}
