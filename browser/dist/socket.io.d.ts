/*! Socket.IO for Go, browser client | MIT License */
/** A map from event names to listener signatures. */
interface EventsMap {
    [event: string]: any;
}
/** The map used when none is given: any event, any arguments. */
interface DefaultEventsMap {
    [event: string]: (...args: any[]) => void;
}
/** Any function, as seen by code that only passes functions on. */
type AnyFunction = (...args: any[]) => any;
/** The event names of a map. */
type EventNames<M extends EventsMap> = keyof M & (string | symbol);
/** The arguments of one event. */
type EventParams<M extends EventsMap, Ev extends EventNames<M>> = Parameters<M[Ev]>;
/** The listener for a reserved event or one of the user's. */
type EventListener<Listen extends EventsMap, Reserved extends EventsMap, Ev> = Ev extends EventNames<Reserved> ? Reserved[Ev] : Ev extends EventNames<Listen> ? Listen[Ev] : AnyFunction;
/** The last element of a tuple, also when it is optional. */
type Last<T extends unknown[]> = Required<T> extends [...unknown[], infer L] ? L : T extends (infer E)[] ? E : never;
/** A tuple without its last element. */
type AllButLast<T extends unknown[]> = T extends [...infer Head, unknown] ? Head : Required<T> extends [...infer Head, unknown] ? Head : T;
/** The names of the events whose last argument is a callback. */
type EventNamesWithAck<M extends EventsMap> = {
    [Ev in EventNames<M>]: Last<Parameters<M[Ev]>> extends AnyFunction ? Ev : unknown extends Last<Parameters<M[Ev]>> ? Ev : never;
}[EventNames<M>];
/** What `emitWithAck` resolves to: the first argument of the callback that is not an error. */
type AckResult<F> = F extends (error: Error, ...args: infer R) => unknown ? (Error extends Parameters<F>[0] ? FirstOf<R> : FirstOf<Parameters<F>>) : F extends (...args: infer R) => unknown ? FirstOf<R> : any;
type FirstOf<T extends unknown[]> = T extends [] ? void : T[0];
/** An event map whose callbacks take an error first, as they do after `timeout()`. */
type DecorateAcknowledgements<M extends EventsMap> = {
    [Ev in keyof M]: M[Ev] extends (...args: infer P) => infer R ? (...args: WithAckError<P>) => R : M[Ev];
};
type WithAckError<P extends unknown[]> = P extends [...infer Head, infer L] ? L extends (...args: infer A) => infer R ? [...Head, (error: Error, ...args: A) => R] : P : P;
/** Binary values that can be sent. */
type Binary = ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob;
/** What one Engine.IO message can carry. */
type RawData = string | Binary;
/** An event emitter. Every method returns the emitter. */
declare class Emitter<Listen extends EventsMap = DefaultEventsMap, Emit extends EventsMap = Listen, Reserved extends EventsMap = {}> {
    /** Adds a listener. */
    on<Ev extends EventNames<Reserved> | EventNames<Listen>>(event: Ev, listener: EventListener<Listen, Reserved, Ev>): this;
    /** Adds a listener that is removed when it is called. */
    once<Ev extends EventNames<Reserved> | EventNames<Listen>>(event: Ev, listener: EventListener<Listen, Reserved, Ev>): this;
    /** Removes one listener, all listeners of an event, or all listeners. */
    off<Ev extends EventNames<Reserved> | EventNames<Listen>>(event?: Ev, listener?: EventListener<Listen, Reserved, Ev>): this;
    /** Calls the listeners of an event. */
    emit<Ev extends EventNames<Emit>>(event: Ev, ...args: EventParams<Emit, Ev>): this;
    /** The listeners of an event. */
    listeners<Ev extends EventNames<Reserved> | EventNames<Listen>>(event: Ev): EventListener<Listen, Reserved, Ev>[];
    /** Whether an event has listeners. */
    hasListeners<Ev extends EventNames<Reserved> | EventNames<Listen>>(event: Ev): boolean;
    /** Same as {@link on}. */
    addEventListener: this["on"];
    /** Same as {@link off}. */
    removeListener: this["off"];
    /** Same as {@link off}. */
    removeEventListener: this["off"];
    /** Same as {@link off}. */
    removeAllListeners: this["off"];
}
declare const TYPES: readonly ["open", "close", "ping", "pong", "message", "upgrade", "noop"];
/** The kinds of Engine.IO packets; `error` stands for a packet that cannot be read. */
type EnginePacketType = (typeof TYPES)[number] | "error";
/** What a received binary message becomes. */
type BinaryType = "arraybuffer" | "nodebuffer" | "blob";
/** One Engine.IO packet. */
interface EnginePacket {
    type: EnginePacketType;
    data?: RawData;
    options?: {
        compress?: boolean;
    };
}
/** Which timers to use. */
interface TimerOptions {
    /** Use the timers that were there when this script was loaded, not fake ones set up later. Default: false. */
    useNativeTimers?: boolean;
    /** In Node.js, do not keep the process alive. Default: false. */
    autoUnref?: boolean;
}
/** Calls fn after a delay, and returns what cancels that. */
declare function after(ms: number, fn: () => void, opts?: TimerOptions): () => void;
/** An error of a transport. */
declare class TransportError extends Error {
    /** The HTTP status, or the event of the WebSocket. */
    readonly description: unknown;
    /** The request or response. */
    readonly context?: unknown;
    /** How many milliseconds the server asks to wait before the next attempt. */
    readonly retryAfter?: number | undefined;
    readonly type = "TransportError";
    constructor(message: string, 
    /** The HTTP status, or the event of the WebSocket. */
    description: unknown, 
    /** The request or response. */
    context?: unknown, 
    /** How many milliseconds the server asks to wait before the next attempt. */
    retryAfter?: number | undefined);
}
/** Why a transport was closed. */
interface CloseDetails {
    description: string;
    context?: unknown;
}
/** What a transport is created with: the options of the engine, with the address worked out. */
interface TransportOptions extends EngineOptions {
    /** The session. */
    socket: Engine;
    hostname: string;
    secure: boolean;
    port: string | number;
    path: string;
    query: Record<string, unknown>;
}
/** A transport's states. */
type TransportState = "opening" | "open" | "closed";
/** The events of a {@link Transport}. */
interface TransportEvents {
    open: () => void;
    packet: (packet: EnginePacket) => void;
    drain: () => void;
    error: (err: TransportError) => void;
    close: (details: CloseDetails) => void;
}
/** A way to carry Engine.IO packets. */
declare abstract class Transport extends Emitter<{}, {}, TransportEvents> {
    readonly opts: TransportOptions;
    /** The name the server knows it by. */
    abstract get name(): string;
    /** Whether `send` may be called. */
    writable: boolean;
    readyState?: TransportState;
    query: Record<string, unknown>;
    constructor(opts: TransportOptions);
    /** Connects. */
    open(): this;
    /** Disconnects. */
    close(): this;
    /** Sends packets; only while `writable`. */
    send(packets: EnginePacket[]): Promise<void>;
    /** The address without a query. */
    protected _address(scheme: string): string;
    /** The address of a request; with a timestamp no cache can answer it. */
    protected _uri(scheme: "http" | "ws", isStamped?: boolean): string;
}
/** A class that can be given in the option `transportImplementations`. */
interface TransportClass {
    new (opts: TransportOptions): Transport;
    prototype: Transport;
}
/** HTTP long-polling: one request waits for packets, and one more at a time sends them. */
declare abstract class Polling extends Transport {
    get name(): string;
    /** The last requests that received and sent. */
    /** Resolves when the server has it; when it has not, the session is over anyway. */
}
/** HTTP long-polling with fetch(). */
declare class Fetch extends Polling {
}
/** HTTP long-polling with XMLHttpRequest. */
declare class XHR extends Fetch {
}
/** A WebSocket connection. */
declare class WS extends Transport {
    get name(): string;
    /** The WebSocket itself. */
    ws?: WebSocket;
    /** Makes the WebSocket; a subclass may make it of another class, or with more options. */
    protected createSocket(uri: string, protocols?: string | string[]): WebSocket;
}
/** A WebTransport session: HTTP/3, with one stream for the packets (EIO-080 to EIO-086). */
declare class WT extends Transport {
    get name(): string;
    /** Writes one frame: its length, whether it is text, and the payload (EIO-082). */
}
/** Options of the connection under the namespaces. */
interface EngineOptions extends TimerOptions {
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
type EngineState = "opening" | "open" | "closing" | "closed";
/** What the server says when a session begins. */
interface HandshakeData {
    sid: string;
    upgrades: string[];
    pingInterval: number;
    pingTimeout: number;
    maxPayload: number;
}
/** The events of an {@link Engine}. */
interface EngineEvents {
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
    upgradeError: (err: Error & {
        transport: string;
    }) => void;
    error: (err: Error) => void;
    close: (reason: string, description?: CloseDetails | Error) => void;
}
/**
 * One Engine.IO session: handshake, heartbeat, move to a better transport, close. It connects when it is created, and is
 * not used again once it is closed.
 */
declare class Engine extends Emitter<{}, {}, EngineEvents> {
    /** Whether the last upgrade to WebSocket worked; see `rememberUpgrade`. */
    static priorWebsocketSuccess?: boolean;
    /** The session id: a secret. Null before the handshake and after the end. */
    id: string | null;
    readyState: EngineState;
    /** Packets that were not sent, or are being sent. */
    writeBuffer: EnginePacket[];
    transport: Transport;
    /** The transports to try, best first. */
    transports: string[];
    /** Whether a move to another transport is being finished: nothing is sent meanwhile. */
    upgrading: boolean;
    binaryType: BinaryType;
    /** What was given, with the address worked out. */
    readonly opts: EngineOptions & Pick<TransportOptions, "hostname" | "secure" | "port" | "path">;
    /** How long the server may be silent, in milliseconds, and until when. */
    constructor(uri?: string, opts?: EngineOptions);
    /** Sends a message; calls back when it was handed to the transport. */
    send(data: RawData, options?: EnginePacket["options"], onFlush?: () => void): this;
    /** Same as {@link send}. */
    write: this["send"];
    /** Closes the session, after everything sent before has left. */
    close(): this;
}
/** How long to wait between reconnection attempts, in milliseconds. */
interface BackoffOptions {
    reconnectionDelay: number;
    reconnectionDelayMax: number;
    /** How much of a delay is random, from 0 to 1. */
    randomizationFactor: number;
}
/**
 * The delay before an attempt, in milliseconds; `attempt` counts from 0. Delays double up to the maximum, and each is moved
 * by a random part of itself. The longest is moved too, downwards, so that the clients of a server that stays away for
 * long do not all come back in the same moment.
 */
declare function backoff(attempt: number, opts: BackoffOptions): number;
/** The revision of the Socket.IO protocol. */
declare const protocol = 5;
/** One Socket.IO packet. */
interface Packet {
    type: number;
    nsp: string;
    data?: any;
    id?: number;
    attachments?: number;
    options?: {
        compress?: boolean;
    };
}
/** A codec for the option `parser`. */
interface Parser {
    Encoder: new () => {
        encode(packet: Packet): unknown[];
    };
    Decoder: new () => Pick<Emitter, "on" | "off"> & {
        add(message: any): void;
        destroy?(): void;
    };
}
/** Options of a {@link Manager}. Times are in milliseconds. */
interface ManagerOptions extends EngineOptions {
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
interface ManagerReservedEvents {
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
interface Setting<Value, Self> {
    (): Value;
    (value: Value): Self;
}
type ManagerInit = Partial<ManagerOptions & SocketOptions>;
/** One connection to a server: it carries the namespaces, and is made again when it is lost. */
declare class Manager<Listen extends EventsMap = DefaultEventsMap, Emit extends EventsMap = Listen> extends Emitter<{}, {}, ManagerReservedEvents> {
    readonly uri?: string;
    /** May be changed: the next connection uses it. */
    opts: ManagerInit;
    /** The current session, or the last one. */
    engine: Engine;
    /** The sockets by namespace. */
    nsps: Record<string, Socket<Listen, Emit>>;
    /**
     * How long a message takes to the server and back, in milliseconds; undefined until the first one was answered. Measured
     * with the connection of every namespace and with every acknowledgement, so the server's handlers count too: a quicker
     * answer counts at once, a slower one moves it by at most a quarter.
     */
    rtt?: number;
    /** Whether to reconnect. */
    reconnection: Setting<boolean, this>;
    /** How many attempts are made. */
    reconnectionAttempts: Setting<number, this>;
    /** The delay before the first attempt. */
    reconnectionDelay: Setting<number, this>;
    /** The longest delay. */
    reconnectionDelayMax: Setting<number, this>;
    /** The random part of the delays. */
    randomizationFactor: Setting<number, this>;
    /** How long an attempt may take. */
    timeout: Setting<number | false, this>;
    /** What undoes the listeners and timers of the current state. */
    constructor(opts?: ManagerInit);
    constructor(uri?: string, opts?: ManagerInit);
    constructor(uri?: string | ManagerInit, opts?: ManagerInit);
    /** Connects. With a callback, a failure is given to it and not retried. */
    open(callback?: (err?: Error) => void): this;
    /** Same as {@link open}. */
    connect: this["open"];
    /** The socket of a namespace, created and connected if needed. */
    socket(nsp: string, opts?: Partial<SocketOptions>): Socket<Listen, Emit>;
    /** A copy: their listeners may add more. */
    /** Makes the next attempt after a delay, or when the page wakes up, but not before the server wants it. */
}
/** What is sent to the namespace's middlewares on every connection. */
type Auth = Record<string, unknown> | ((send: (data: object) => void) => void) | (() => Promise<object>);
/** Options of a {@link Socket}. */
interface SocketOptions {
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
interface ExtendedError extends Error {
    /** What the server's middleware attached. */
    data?: any;
}
/** Why a socket was disconnected. */
type DisconnectReason = Socket.DisconnectReason;
/** More about a disconnection. */
type DisconnectDescription = Error | {
    description: string;
    context?: unknown;
};
/** The events every {@link Socket} has. */
interface SocketReservedEvents {
    connect: () => void;
    connect_error: (err: ExtendedError) => void;
    disconnect: (reason: DisconnectReason, description?: DisconnectDescription) => void;
}
type Ack = AnyFunction & {
    /** Whether the first argument is an error, or null. */
    _withError?: boolean;
    _sentAt?: number;
};
type AnyListener = (...args: any[]) => void;
/**
 * One namespace of a server: emits to it, and hears from it.
 *
 * @typeParam Listen - the events the server sends
 * @typeParam Emit - the events the client sends
 */
declare class Socket<Listen extends EventsMap = DefaultEventsMap, Emit extends EventsMap = Listen> extends Emitter<Listen, Emit, SocketReservedEvents> {
    /** The server's id of this socket; undefined while disconnected. */
    id: string | undefined;
    /** Whether events can be sent now. */
    connected: boolean;
    /** Whether the last connection went on where the one before it ended, with nothing missed. */
    recovered: boolean;
    /** May be changed: the next connection uses it. */
    auth: Auth;
    /** Events that arrived before the connection was confirmed. */
    receiveBuffer: unknown[][];
    /** Packets that will be sent when connected. */
    sendBuffer: Packet[];
    /** The waiting acknowledgements by packet id. */
    acks: Record<string, Ack>;
    /** The next packet id. */
    ids: number;
    /** The connection this socket shares. */
    readonly io: Manager<Listen, Emit>;
    readonly nsp: string;
    /** The session in which the server was asked to connect us, until it answers, and when that was. */
    constructor(io: Manager<Listen, Emit>, nsp: string, opts?: SocketOptions);
    /** The opposite of `connected`. */
    get disconnected(): boolean;
    /** Whether the socket is connected, or will connect without being told to. */
    get active(): boolean;
    /** Connects. */
    connect(): this;
    /** Same as {@link connect}. */
    open: this["connect"];
    /** Disconnects, and does not connect again until told to. */
    disconnect(): this;
    /** Same as {@link disconnect}. */
    close: this["disconnect"];
    /**
     * Sends an event. The last argument may be a callback for the acknowledgement. While disconnected the event is kept and
     * sent after the next connection. Throws when the name is reserved, or when `maxSendBuffer` events are kept already.
     */
    emit<Ev extends EventNames<Emit>>(event: Ev, ...args: EventParams<Emit, Ev>): this;
    /** Sends an event and resolves to the first value of its acknowledgement. */
    emitWithAck<Ev extends EventNamesWithAck<Emit>>(event: Ev, ...args: AllButLast<EventParams<Emit, Ev>>): Promise<AckResult<Last<EventParams<Emit, Ev>>>>;
    /** Sends the event `message`. */
    send(...args: EventParams<Emit, EventNames<Emit>>): this;
    /** Whether the next event may be compressed. Default: true. */
    compress(value: boolean): this;
    /** The next event is dropped if it cannot be sent at once. */
    get volatile(): this;
    /** The next event's callback gets an error first, one when the acknowledgement does not come within ms. */
    timeout(ms: number): Socket<Listen, DecorateAcknowledgements<Emit>>;
    /** Adds a listener for every event that arrives: it gets the name, then the arguments. */
    onAny: (listener: AnyListener) => this;
    /** Like {@link onAny}, before the others. */
    prependAny: (listener: AnyListener) => this;
    /** Removes one or all listeners of {@link onAny}. */
    offAny: (listener?: AnyListener) => this;
    /** The listeners of {@link onAny}. */
    listenersAny: () => AnyListener[];
    /** Adds a listener for every event that is sent. */
    onAnyOutgoing: (listener: AnyListener) => this;
    /** Like {@link onAnyOutgoing}, before the others. */
    prependAnyOutgoing: (listener: AnyListener) => this;
    /** Removes one or all listeners of {@link onAnyOutgoing}. */
    offAnyOutgoing: (listener?: AnyListener) => this;
    /** The listeners of {@link onAnyOutgoing}. */
    listenersAnyOutgoing: () => AnyListener[];
    /** The namespace, or the function `auth`, has said no. It is final, unless the server says when to ask again. */
    /** An inactive socket does not keep the connection open. */
    /** Sends the first event of the queue, unless it is on its way. */
}
declare namespace Socket {
    /** Why a socket was disconnected. After the first two it stays so until told to connect. */
    type DisconnectReason = "io server disconnect" | "io client disconnect" | "ping timeout" | "transport close" | "transport error" | "parse error" | "forced close";
}
/** Options of {@link io}. */
interface Options extends ManagerOptions, SocketOptions {
    /** The older name of `forceNew`. */
    "force new connection"?: boolean;
}
declare function lookup<Listen extends EventsMap = DefaultEventsMap, Emit extends EventsMap = Listen>(uri?: string | Partial<Options>, opts?: Partial<Options>): Socket<Listen, Emit>;
/**
 * Connects to a server, and returns the socket of the namespace that the path of the address names.
 *
 * Sockets of one server share one connection. The address may leave out the scheme, the host, or everything: then the
 * page's own are used.
 */
declare const io: typeof lookup & {
    io: typeof lookup;
    connect: typeof lookup;
} & {
    connect: typeof lookup;
    io: typeof lookup;
    protocol: number;
    Manager: typeof Manager;
    Socket: typeof Socket;
};
export { Fetch, Manager, Socket, WS as NodeWebSocket, WS as WebSocket, WT as WebTransport, XHR, XHR as NodeXHR, io, io as connect, io as default, protocol, type Auth, type DefaultEventsMap, type DisconnectDescription, type DisconnectReason, type EventsMap, type ExtendedError, type ManagerOptions, type ManagerReservedEvents, type Options, type Packet, type Parser, type SocketOptions, type SocketReservedEvents };
