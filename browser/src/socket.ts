import { callSafely, Emitter } from "./emitter.js";
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
  auth: Auth;
  /** How many more times an event is sent when the server does not acknowledge it. Turns on the one-at-a-time queue. */
  retries: number;
  /** How long to wait for every acknowledgement, in milliseconds. */
  ackTimeout: number;
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
  /** Set on what the retry queue sends. */
  isQueued?: boolean;
}

interface QueuedEvent {
  args: unknown[];
  flags: Flags;
  tries: number;
  isPending: boolean;
}

type Ack = AnyFunction & { withError?: boolean };
type AnyListener = (...args: any[]) => void;

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

  private readonly _opts: Partial<SocketOptions>;
  private _isActive = false;
  /** The session in which the server was asked to connect us, until it answers. */
  private _asked?: Engine;
  private _flags: Flags = {};
  private _queue: QueuedEvent[] = [];
  private _anyIncoming: AnyListener[] = [];
  private _anyOutgoing: AnyListener[] = [];
  private _pid?: string;
  private _lastOffset?: string;

  constructor(io: Manager<Listen, Emit>, nsp: string, opts: Partial<SocketOptions> = {}) {
    super();
    this.io = io;
    this.nsp = nsp;
    this.auth = opts.auth || {};
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
    return this._isActive;
  }

  /** Connects. */
  connect(): this {
    if (this.connected) return this;
    const { io } = this;
    this._isActive = true;
    if (io._readyState === "open") this._onOpen();
    else if (!io._reconnecting) io.open();
    return this;
  }

  /** Same as {@link connect}. */
  open(): this {
    return this.connect();
  }

  /** Disconnects, and does not connect again until told to. */
  disconnect(): this {
    const wasConnected = this.connected;
    if (wasConnected) this._send({ type: PacketType.DISCONNECT });
    this._release();
    if (wasConnected) this._onClose("io client disconnect");
    return this;
  }

  /** Same as {@link disconnect}. */
  close(): this {
    return this.disconnect();
  }

  /**
   * Sends an event. The last argument may be a callback for the acknowledgement. While disconnected the event is kept and
   * sent after the next connection.
   */
  override emit<Ev extends EventNames<Emit>>(event: Ev, ...args: EventParams<Emit, Ev>): this;
  override emit(event: string, ...args: unknown[]): this {
    if (RESERVED.includes(event)) throw new Error(`"${event}" is a reserved event name`);
    const flags = this._flags;
    this._flags = {};
    const data = [event, ...args];
    if (this._opts.retries && !flags.isQueued && !flags.volatile) this._enqueue(data, flags);
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
      ack.withError = true;
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
  onAny(listener: AnyListener): this {
    this._anyIncoming.push(listener);
    return this;
  }

  /** Like {@link onAny}, before the others. */
  prependAny(listener: AnyListener): this {
    this._anyIncoming.unshift(listener);
    return this;
  }

  /** Removes one or all listeners of {@link onAny}. */
  offAny(listener?: AnyListener): this {
    remove(this._anyIncoming, listener);
    return this;
  }

  /** The listeners of {@link onAny}. */
  listenersAny(): AnyListener[] {
    return this._anyIncoming;
  }

  /** Adds a listener for every event that is sent. */
  onAnyOutgoing(listener: AnyListener): this {
    this._anyOutgoing.push(listener);
    return this;
  }

  /** Like {@link onAnyOutgoing}, before the others. */
  prependAnyOutgoing(listener: AnyListener): this {
    this._anyOutgoing.unshift(listener);
    return this;
  }

  /** Removes one or all listeners of {@link onAnyOutgoing}. */
  offAnyOutgoing(listener?: AnyListener): this {
    remove(this._anyOutgoing, listener);
    return this;
  }

  /** The listeners of {@link onAnyOutgoing}. */
  listenersAnyOutgoing(): AnyListener[] {
    return this._anyOutgoing;
  }

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
    let isSent = false;
    const send = (data?: object) => {
      // Asked once per connection, and the answer is good for this connection only.
      if (isSent || this._asked !== engine || io._readyState !== "open") return;
      isSent = true;
      this._sendConnect(data);
    };
    const refuse = (err: Error) => {
      if (isSent || this._asked !== engine) return;
      this._asked = undefined;
      this._release();
      this._fire("connect_error", err);
    };
    try {
      const result: unknown = auth.call(this, send);
      if (result instanceof Promise) result.then((data) => data && send(data), refuse);
    } catch (err) {
      refuse(err as Error);
    }
  }

  private _sendConnect(auth?: object): void {
    const data = this._pid ? { pid: this._pid, offset: this._lastOffset, ...auth } : auth;
    this._send({ type: PacketType.CONNECT, data });
  }

  private _onConnect(id: string, pid?: string): void {
    this.id = id;
    this.recovered = !!pid && this._pid === pid;
    this._pid = pid;
    this.connected = true;
    const { sendBuffer, receiveBuffer } = this;
    this.sendBuffer = [];
    this.receiveBuffer = [];
    sendBuffer.forEach((packet) => this._sendEvent(packet));
    receiveBuffer.forEach((args) => this._dispatch(args));
    this._drainQueue(true);
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

  /** Becomes inactive, which may end the connection. */
  private _release(): void {
    this._isActive = false;
    this.io._release();
  }

  // Sending

  private _send(packet: Partial<Packet>): void {
    this.io._packet({ nsp: this.nsp, ...packet } as Packet);
  }

  private _emit(data: unknown[], flags: Flags): void {
    const packet: Packet = { type: PacketType.EVENT, nsp: this.nsp, data, options: { compress: flags.compress !== false } };
    const { engine } = this.io;
    // The clock is looked at first: what is sent into a dead connection is lost, what is kept is not.
    const isReady = this.connected && !engine._hasPingExpired();
    const isDropped = flags.volatile && !(isReady && engine.transport.writable);
    if (typeof data[data.length - 1] === "function") {
      packet.id = this.ids++;
      this._addAck(packet.id, data.pop() as Ack, flags.timeout ?? this._opts.ackTimeout);
    }
    if (isDropped) return;
    if (isReady) this._sendEvent(packet);
    else this.sendBuffer.push(packet);
  }

  private _sendEvent(packet: Packet): void {
    for (const listener of [...this._anyOutgoing]) callSafely(listener, this, packet.data);
    this._send(packet);
  }

  // Acknowledgements

  private _addAck(id: number, ack: Ack, timeout?: number): void {
    if (timeout === undefined) {
      this.acks[id] = ack;
      return;
    }
    const cancel = after(timeout, () => {
      delete this.acks[id];
      this.sendBuffer = this.sendBuffer.filter((packet) => packet.id !== id);
      callSafely(ack, this, [new Error("operation has timed out")]);
    }, this.io.opts);
    const settle: Ack = (...args) => {
      cancel();
      ack.apply(this, args);
    };
    settle.withError = true;
    this.acks[id] = settle;
  }

  private _failAcks(): void {
    for (const id of Object.keys(this.acks)) {
      // What was not sent yet can still be acknowledged.
      if (this.sendBuffer.some((packet) => packet.id === +id)) continue;
      const ack = this.acks[id];
      delete this.acks[id];
      if (ack.withError) callSafely(ack, this, [new Error("socket has been disconnected")]);
    }
  }

  // Retries: one event at a time, again and again until it is acknowledged.

  private _enqueue(args: unknown[], flags: Flags): void {
    const ack = typeof args[args.length - 1] === "function" ? (args.pop() as Ack) : undefined;
    const event: QueuedEvent = { args, flags, tries: 0, isPending: false };
    args.push((err: Error | null, ...values: unknown[]) => {
      // The answer to a try that was given up already.
      if (event !== this._queue[0]) return;
      event.isPending = false;
      if (!err || event.tries > this._opts.retries!) {
        this._queue.shift();
        if (ack) callSafely(ack, this, err ? [err] : [null, ...values]);
      }
      this._drainQueue();
    });
    this._queue.push(event);
    this._drainQueue();
  }

  /** Sends the first event of the queue; with force also when it is on its way already, on a connection that is gone. */
  private _drainQueue(force = false): void {
    const event = this._queue[0];
    if (!this.connected || !event || (event.isPending && !force)) return;
    event.isPending = true;
    event.tries++;
    const ack = event.args[event.args.length - 1] as Ack;
    ack.withError = true;
    this._emit([...event.args], event.flags);
  }

  // Receiving

  /**
   * A packet of this namespace has come.
   *
   * @internal
   */
  _onPacket({ type, data, id }: Packet): void {
    if (type === PacketType.CONNECT || type === PacketType.CONNECT_ERROR || type === PacketType.DISCONNECT) this._asked = undefined;
    if (!this._isActive) {
      // Disconnected before the server had answered: now it can be told.
      if (type === PacketType.CONNECT) this._send({ type: PacketType.DISCONNECT });
      return;
    }
    switch (type) {
      case PacketType.CONNECT:
        if (data?.sid) return this._onConnect(data.sid, data.pid);
        this._fire("connect_error", new Error("no session id: this server seems to be Socket.IO v2, which needs a v2 client"));
        break;
      case PacketType.EVENT:
      case PacketType.BINARY_EVENT:
        return this._onEvent(data || [], id);
      case PacketType.ACK:
      case PacketType.BINARY_ACK:
        return this._onAck(id!, data || []);
      case PacketType.DISCONNECT:
        this._release();
        return this._onClose("io server disconnect");
      case PacketType.CONNECT_ERROR:
        this._release();
        this._fire("connect_error", Object.assign(new Error(data.message), { data: data.data }));
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
    for (const listener of [...this._anyIncoming]) callSafely(listener, this, args);
    if (args.length) this._fire(args[0] as string, ...args.slice(1));
  }

  private _onAck(id: number, args: unknown[]): void {
    const ack = this.acks[id];
    if (!ack) return;
    delete this.acks[id];
    callSafely(ack, this, ack.withError ? [null, ...args] : args);
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

function remove(list: AnyListener[], listener?: AnyListener): void {
  if (!listener) list.length = 0;
  else if (list.includes(listener)) list.splice(list.indexOf(listener), 1);
}
