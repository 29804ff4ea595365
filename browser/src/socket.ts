import { callAll, Emitter } from "./emitter.js";
import type { Engine } from "./engine.js";
import type { Manager } from "./manager.js";
import { type Packet, PacketType, RESERVED } from "./packet.js";
import { after } from "./timer.js";
import type {
  AckResult,
  AllButLast,
  AnyFunction,
  DecorateAcknowledgements,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  Last,
} from "./types.js";

/** What is sent to the namespace's middlewares on every connection. */
export type Auth =
  | Record<string, unknown>
  | ((send: (data: object) => void) => void)
  | (() => Promise<object>);

/** Options of a {@link Socket}. */
export interface SocketOptions {
  /** Credentials, or a function that gives them (to a callback, or as a promise) before every connection. */
  auth?: Auth;
  /** How many more times an event is sent when the server does not acknowledge it. Turns on the one-at-a-time queue. */
  retries?: number;
  /** How long to wait for every acknowledgement, in milliseconds. */
  ackTimeout?: number;
  /** How many events may wait to be sent; one more makes `emit` throw and `emitWithAck` reject. Default: Infinity. */
  maxSendBuffer?: number;
}

/** The error of a refused connection. */
export interface ExtendedError extends Error {
  /** What the server's middleware attached. */
  data?: any;
}

/** Why a socket was disconnected. */
export type DisconnectReason = Socket.DisconnectReason;

/** More about a disconnection. */
export type DisconnectDescription = Error | { description: string; context?: unknown };

/** The events every {@link Socket} has. */
export interface SocketReservedEvents {
  connect: () => void;
  connect_error: (err: ExtendedError) => void;
  disconnect: (reason: DisconnectReason, description?: DisconnectDescription) => void;
}

interface Flags {
  compress?: boolean;
  volatile?: boolean;
  timeout?: number;
}

interface QueuedEvent {
  args: unknown[];
  flags: Flags;
  _tries: number;
  _isPending: boolean;
}

const V2_SERVER =
  "It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client, but they are not compatible";

type Ack = AnyFunction & {
  /** Whether the first argument is an error, or null. */
  _withError?: boolean;
  _sentAt?: number;
};
type AnyListener = (...args: any[]) => void;

/** Takes a callback off the end of the arguments. */
const popCallback = (args: unknown[]): Ack | undefined =>
  typeof args[args.length - 1] === "function" ? (args.pop() as Ack) : undefined;

/**
 * One namespace of a server: emits to it, and hears from it.
 *
 * @typeParam Listen - the events the server sends
 * @typeParam Emit - the events the client sends
 */
export class Socket<Listen extends EventsMap = DefaultEventsMap, Emit extends EventsMap = Listen> extends Emitter<
  Listen,
  Emit,
  SocketReservedEvents
> {
  /** The server's id of this socket; undefined while disconnected. */
  id: string | undefined;
  /** Whether events can be sent now. */
  connected = false;
  /** Whether the last connection went on where the one before it ended, with nothing missed. */
  recovered = false;
  /** May be changed: the next connection uses it. */
  auth: Auth;
  /** Events that arrived before the connection was confirmed. */
  receiveBuffer: unknown[][] = [];
  /** Packets that will be sent when connected. */
  sendBuffer: Packet[] = [];
  /** The waiting acknowledgements by packet id. */
  acks: Record<string, Ack> = {};
  /** The next packet id. */
  ids = 0;
  /** The connection this socket shares. */
  readonly io: Manager<Listen, Emit>;
  readonly nsp: string;

  /** @internal */
  _isActive = false;
  private readonly _opts: SocketOptions;
  /** The session in which the server was asked to connect us, until it answers, and when that was. */
  private _asked?: Engine;
  private _askedAt!: number;
  private _cancelRetry?: () => void;
  private _flags: Flags = {};
  private _queue: QueuedEvent[] = [];
  /** @internal */
  readonly _any: Record<"Any" | "AnyOutgoing", AnyListener[]> = { Any: [], AnyOutgoing: [] };
  private _pid?: string;
  private _lastOffset?: string;

  constructor(io: Manager<Listen, Emit>, nsp: string, opts: SocketOptions = {}) {
    super();
    this.io = io;
    this.nsp = nsp;
    this.auth = opts.auth!;
    this._opts = opts;
    io.nsps[nsp] = this;
    if (io._autoConnect) this.connect();
  }

  /** The opposite of `connected`. */
  get disconnected(): boolean {
    return !this.connected;
  }

  /** Whether the socket is connected, or will connect without being told to. */
  get active(): boolean {
    return this._isActive || !!this._cancelRetry;
  }

  /** Connects. */
  connect(): this {
    if (this.connected) return this;
    const { io } = this;
    this._setActive(true);
    if (io._readyState === "open") this._onOpen();
    else if (!io._reconnecting) io.open();
    return this;
  }

  /** Same as {@link connect}. */
  declare open: this["connect"];

  /** Disconnects, and does not connect again until told to. */
  disconnect(): this {
    const { connected } = this;
    if (connected) this._send({ type: PacketType.DISCONNECT });
    this._setActive(false);
    if (connected) this._onClose("io client disconnect");
    return this;
  }

  /** Same as {@link disconnect}. */
  declare close: this["disconnect"];

  /**
   * Sends an event. The last argument may be a callback for the acknowledgement. While disconnected the event is kept and
   * sent after the next connection. Throws when the name is reserved, or when `maxSendBuffer` events are kept already.
   */
  override emit<Ev extends EventNames<Emit>>(event: Ev, ...args: EventParams<Emit, Ev>): this;
  override emit(event: string, ...args: unknown[]): this {
    if (RESERVED.includes(event)) throw new Error(`"${event}" is a reserved event name`);
    const { _flags: flags, _opts: opts } = this;
    this._flags = {};
    const data = [event, ...args];
    if (!flags.volatile && this.sendBuffer.length + this._queue.length >= opts.maxSendBuffer!) {
      throw new Error(`send buffer is full (maxSendBuffer: ${opts.maxSendBuffer})`);
    }
    if (opts.retries && !flags.volatile) this._enqueue(data, flags);
    else this._emit(data, flags);
    return this;
  }

  /** Sends an event and resolves to the first value of its acknowledgement. */
  emitWithAck<Ev extends EventNamesWithAck<Emit>>(
    event: Ev,
    ...args: AllButLast<EventParams<Emit, Ev>>
  ): Promise<AckResult<Last<EventParams<Emit, Ev>>>>;
  emitWithAck(event: string, ...args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ack: Ack = (err, value) => (err ? reject(err) : resolve(value));
      ack._withError = true;
      this.emit(event as EventNames<Emit>, ...([...args, ack] as EventParams<Emit, EventNames<Emit>>));
    });
  }

  /** Sends the event `message`. */
  send(...args: EventParams<Emit, EventNames<Emit>>): this {
    return this.emit("message" as EventNames<Emit>, ...args);
  }

  /** Whether the next event may be compressed. Default: true. */
  compress(value: boolean): this {
    this._flags.compress = value;
    return this;
  }

  /** The next event is dropped if it cannot be sent at once. */
  get volatile(): this {
    this._flags.volatile = true;
    return this;
  }

  /** The next event's callback gets an error first, one when the acknowledgement does not come within ms. */
  timeout(ms: number): Socket<Listen, DecorateAcknowledgements<Emit>> {
    this._flags.timeout = ms;
    return this as unknown as Socket<Listen, DecorateAcknowledgements<Emit>>;
  }

  /** Adds a listener for every event that arrives: it gets the name, then the arguments. */
  declare onAny: (listener: AnyListener) => this;
  /** Like {@link onAny}, before the others. */
  declare prependAny: (listener: AnyListener) => this;
  /** Removes one or all listeners of {@link onAny}. */
  declare offAny: (listener?: AnyListener) => this;
  /** The listeners of {@link onAny}. */
  declare listenersAny: () => AnyListener[];
  /** Adds a listener for every event that is sent. */
  declare onAnyOutgoing: (listener: AnyListener) => this;
  /** Like {@link onAnyOutgoing}, before the others. */
  declare prependAnyOutgoing: (listener: AnyListener) => this;
  /** Removes one or all listeners of {@link onAnyOutgoing}. */
  declare offAnyOutgoing: (listener?: AnyListener) => this;
  /** The listeners of {@link onAnyOutgoing}. */
  declare listenersAnyOutgoing: () => AnyListener[];

  // Connecting and disconnecting

  /**
   * The connection is open.
   *
   * @internal
   */
  _onOpen(): void {
    const { auth, io } = this;
    const { engine } = io;
    // After connect(), disconnect(), connect() in a row the answer to the first is still to come. Asking twice would
    // make the server end the whole connection.
    if (!this._isActive || this._asked === engine) return;
    this._asked = engine;
    if (typeof auth !== "function") return this._sendConnect(auth);
    let isSettled = false;
    const settle = (fn: (result: any) => void) => (result?: any) => {
      // The first answer counts, and for this connection only.
      if (isSettled || this._asked !== engine) return;
      isSettled = true;
      fn(result);
    };
    const send = settle((data) => this._sendConnect(data));
    const refuse = settle((err) => this._onRefused(err));
    const ask = async () => {
      const result: any = auth.call(this, send);
      // Anything but a promise is what a function that calls back happens to return.
      const data = result?.then && (await result);
      if (data) send(data);
    };
    ask().catch(refuse);
  }

  private _sendConnect(auth?: object): void {
    this._askedAt = performance.now();
    const data = this._pid ? { pid: this._pid, offset: this._lastOffset, ...auth } : auth;
    this._send({ type: PacketType.CONNECT, data });
  }

  private _onConnect(id: string, pid?: string): void {
    this.io._onAnswer(this._askedAt);
    this.id = id;
    this.recovered = !!pid && this._pid === pid;
    this._pid = pid;
    this.connected = true;
    const { sendBuffer, receiveBuffer } = this;
    this.sendBuffer = [];
    this.receiveBuffer = [];
    // An event that cannot be encoded must not hold up the others.
    callAll(
      [...sendBuffer.map((packet) => () => this._sendEvent(packet)), ...receiveBuffer.map((args) => () => this._dispatch(args))],
      this,
      [],
    );
    this._drainQueue();
    this._fire("connect");
  }

  /**
   * The connection could not be made.
   *
   * @internal
   */
  _onError(err: Error): void {
    if (this._isActive && !this.connected) this._fire("connect_error", err);
  }

  /**
   * The connection was lost.
   *
   * @internal
   */
  _onLost(reason: string, description?: unknown): void {
    if (this._isActive) this._onClose(reason, description);
  }

  private _onClose(reason: string, description?: unknown): void {
    this.connected = false;
    this.id = undefined;
    this._fire("disconnect", reason, description);
    this._failAcks();
  }

  /** The namespace, or the function `auth`, has said no. It is final, unless the server says when to ask again. */
  private _onRefused(err: ExtendedError): void {
    const { io } = this;
    this._asked = undefined;
    this._setActive(false);
    const { retryAfter } = Object(err.data) as { retryAfter?: unknown };
    if (typeof retryAfter === "number" && io.reconnection()) {
      this._cancelRetry = after(retryAfter + Math.random() * io.reconnectionDelay(), () => this.connect(), io.opts);
    }
    this._fire("connect_error", err);
  }

  /** An inactive socket does not keep the connection open. */
  private _setActive(isActive: boolean): void {
    this._cancelRetry?.();
    this._cancelRetry = undefined;
    this._isActive = isActive;
    if (!isActive) this.io._release();
  }

  // Sending

  private _send(packet: Partial<Packet>): void {
    this.io._packet({ nsp: this.nsp, ...packet } as Packet);
  }

  private _emit(data: unknown[], flags: Flags): void {
    const packet: Packet = { type: PacketType.EVENT, nsp: this.nsp, data, options: { compress: flags.compress !== false } };
    const { engine } = this.io;
    const ack = popCallback(data);
    if (ack) this._addAck((packet.id = this.ids++), ack, flags.timeout ?? this._opts.ackTimeout);
    // The clock is looked at first: what is sent into a dead connection is lost, what is kept is not.
    const isReady = this.connected && !engine._hasPingExpired();
    if (isReady && (!flags.volatile || engine.transport.writable)) this._sendEvent(packet);
    else if (!flags.volatile) this.sendBuffer.push(packet);
  }

  private _sendEvent(packet: Packet): void {
    callAll(this._any.AnyOutgoing, this, packet.data);
    const ack = this.acks[packet.id!];
    if (ack) ack._sentAt = performance.now();
    this._send(packet);
  }

  // Acknowledgements

  private _addAck(id: number, ack: Ack, timeout?: number): void {
    const onTimeout = () => {
      delete this.acks[id];
      this.sendBuffer = this.sendBuffer.filter((packet) => packet.id !== id);
      callAll([ack], this, [new Error("operation has timed out")]);
    };
    const cancel = timeout === undefined ? undefined : after(timeout, onTimeout, this.io.opts);
    const settle: Ack = (...args) => {
      cancel?.();
      callAll([ack], this, args);
    };
    settle._withError = ack._withError || !!cancel;
    this.acks[id] = settle;
  }

  private _failAcks(): void {
    for (const id in this.acks) {
      // What was not sent yet can still be acknowledged.
      if (this.sendBuffer.some((packet) => packet.id === +id)) continue;
      const ack = this.acks[id];
      delete this.acks[id];
      if (ack._withError) ack(new Error("socket has been disconnected"));
    }
  }

  // Retries: one event at a time, again and again until it is acknowledged.

  private _enqueue(args: unknown[], flags: Flags): void {
    const ack = popCallback(args);
    const event: QueuedEvent = { args, flags, _tries: 0, _isPending: false };
    const settle: Ack = (err: Error | null, ...values: unknown[]) => {
      // The answer to a try that was given up already.
      if (event !== this._queue[0]) return;
      event._isPending = false;
      if (!err || event._tries > this._opts.retries!) {
        this._queue.shift();
        if (ack) callAll([ack], this, [err, ...values]);
      }
      this._drainQueue();
    };
    settle._withError = true;
    args.push(settle);
    this._queue.push(event);
    this._drainQueue();
  }

  /** Sends the first event of the queue, unless it is on its way. */
  private _drainQueue(): void {
    const event = this._queue[0];
    if (!this.connected || !event || event._isPending) return;
    event._isPending = true;
    event._tries++;
    this._emit([...event.args], event.flags);
  }

  // Receiving

  /**
   * A packet of this namespace has come.
   *
   * @internal
   */
  _onPacket({ type, data, id }: Packet): void {
    const isAnswer = type === PacketType.CONNECT || type === PacketType.CONNECT_ERROR;
    if (isAnswer || type === PacketType.DISCONNECT) this._asked = undefined;
    if (!this._isActive) {
      // Disconnected before the server had answered: now it can be told.
      if (type === PacketType.CONNECT) this._send({ type: PacketType.DISCONNECT });
      return;
    }
    switch (type) {
      case PacketType.CONNECT:
        if (data?.sid) this._onConnect(data.sid, data.pid);
        else this._fire("connect_error", new Error(V2_SERVER));
        break;
      case PacketType.EVENT:
      case PacketType.BINARY_EVENT:
        this._onEvent(data || [], id);
        break;
      case PacketType.ACK:
      case PacketType.BINARY_ACK:
        this._onAck(id!, data || []);
        break;
      case PacketType.DISCONNECT:
        this._setActive(false);
        this._onClose("io server disconnect");
        break;
      case PacketType.CONNECT_ERROR:
        this._onRefused(Object.assign(new Error(data.message), { data: data.data }));
    }
  }

  private _onEvent(args: unknown[], id?: number): void {
    if (id !== undefined) {
      let isSent = false;
      args.push((...values: unknown[]) => {
        if (isSent) return;
        isSent = true;
        this._send({ type: PacketType.ACK, id, data: values });
      });
    }
    if (this.connected) this._dispatch(args);
    else this.receiveBuffer.push(args);
  }

  private _dispatch(args: unknown[]): void {
    // Before the listeners, which may change the arguments.
    const last = args[args.length - 1];
    if (this._pid && typeof last === "string") this._lastOffset = last;
    callAll(this._any.Any, this, args);
    if (args.length) this._fire(args[0] as string, ...args.slice(1));
  }

  private _onAck(id: number, args: unknown[]): void {
    const ack = this.acks[id];
    if (!ack) return;
    delete this.acks[id];
    this.io._onAnswer(ack._sentAt!);
    ack(...(ack._withError ? [null, ...args] : args));
  }
}

export declare namespace Socket {
  /** Why a socket was disconnected. After the first two it stays so until told to connect. */
  type DisconnectReason =
    | "io server disconnect"
    | "io client disconnect"
    | "ping timeout"
    | "transport close"
    | "transport error"
    | "parse error"
    | "forced close";
}

const proto = Socket.prototype;
proto.open = proto.connect;
proto.close = proto.disconnect;
for (const kind of ["Any", "AnyOutgoing"] as const) {
  proto[`on${kind}`] = function (this: Socket, listener) {
    this._any[kind].push(listener);
    return this;
  };
  proto[`prepend${kind}`] = function (this: Socket, listener) {
    this._any[kind].unshift(listener);
    return this;
  };
  proto[`off${kind}`] = function (this: Socket, listener) {
    const list = this._any[kind];
    if (!listener) list.length = 0;
    else if (list.includes(listener)) list.splice(list.indexOf(listener), 1);
    return this;
  };
  proto[`listeners${kind}`] = function (this: Socket) {
    return this._any[kind];
  };
}
