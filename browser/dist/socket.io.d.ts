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
/** The last element of a tuple. */
type Last<T extends unknown[]> = T extends [...unknown[], infer L] ? L : T extends (infer E)[] ? E : never;
/** A tuple without its last element. */
type AllButLast<T extends unknown[]> = T extends [...infer Head, unknown] ? Head : T;
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
type Binary = ArrayBuffer | ArrayBufferView | Blob;
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
/** The parts of an address given to `io()`. */
interface ParsedUrl {
    /** The whole address, with a scheme. */
    source: string;
    /** `http`, `https`, `ws` or `wss`. */
    protocol: string;
    /** Host name; an IPv6 address is in brackets. */
    host: string;
    /** Never empty. */
    port: string;
    /** The namespace: `/` when the address has no path. */
    path: string;
    /** Without the question mark; empty when there is none. */
    query: string;
    /** Scheme, host and port: what one connection is shared by. */
    id: string;
}
type PageLocation = Pick<Location, "protocol" | "host" | "hostname" | "port">;
/**
 * Reads an address the way `io()` takes it: absolute, without a scheme, starting with `//`, or only a namespace of
 * the page's host. Outside of a page a missing scheme means https, and a missing host `http://localhost`.
 */
declare function parseUrl(uri?: string | null, page?: PageLocation | undefined): ParsedUrl;
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
/** `nodebuffer` in Node.js, `arraybuffer` everywhere else. */
declare const defaultBinaryType: BinaryType;
/** Whether a value travels as bytes. */
declare function isBinary(value: unknown): value is Binary;
/** Encodes a packet for a WebSocket: text, or the raw bytes of a binary message. */
declare function encodePacket({ type, data }: EnginePacket): RawData;
/** Encodes packets for one polling request. Only a Blob makes it a promise. */
declare function encodePayload(packets: EnginePacket[]): string | Promise<string>;
/** Decodes one WebSocket message, or one part of a polling response. */
declare function decodePacket(data: string | ArrayBuffer, binaryType: BinaryType): EnginePacket;
/** Decodes the body of a polling response, up to the first packet that cannot be read. */
declare function decodePayload(text: string, binaryType: BinaryType): EnginePacket[];
/**
 * How many of the packets fit into one request of at most maxPayload bytes: at least one, because a packet that is too
 * large alone is for the server to refuse.
 */
declare function countFitting(packets: EnginePacket[], maxPayload: number): number;
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
    readonly type = "TransportError";
    constructor(message: string, 
    /** The HTTP status, or the event of the WebSocket. */
    description: unknown, 
    /** The request or response. */
    context?: unknown);
}
/** Why a transport was closed. */
interface CloseDetails {
    description: string;
    context?: unknown;
}
/** What a transport is created with: the options of the engine, with the address worked out. */
interface TransportOptions extends EngineOptions {
    hostname: string;
    secure: boolean;
    port: string | number;
    path: string;
    query: Record<string, unknown>;
    binaryType: BinaryType;
}
/** A transport's states; only polling can be paused. */
type TransportState = "" | "opening" | "open" | "pausing" | "paused" | "closed";
/** A way to carry Engine.IO packets. Emits `open`, `packet`, `drain`, `error` and `close`. */
declare abstract class Transport extends Emitter {
    readonly opts: TransportOptions;
    /** The name the server knows it by. */
    abstract get name(): string;
    /** Whether `send` may be called. */
    writable: boolean;
    readyState: TransportState;
    query: Record<string, unknown>;
    constructor(opts: TransportOptions);
    /** Connects. */
    open(): this;
    /** Disconnects. */
    close(): this;
    /** Sends packets; only while `writable`. */
    send(packets: EnginePacket[]): void;
}
/** A class that can be given in the option `transports`. */
interface TransportClass {
    new (opts: TransportOptions): Transport;
    prototype: Transport;
}
/** HTTP long-polling: one request waits for packets, and one more at a time sends them. */
declare abstract class Polling extends Transport {
    get name(): string;
    /** Ends a session that was given to us after we gave up. */
    /** Tells the server that the session is over. It releases the waiting request, and if it does not, we do. */
}
/** HTTP long-polling with XMLHttpRequest. */
declare class XHR extends Polling {
}
/** HTTP long-polling with fetch(). */
declare class Fetch extends Polling {
}
/** A WebSocket connection. */
declare class WS extends Transport {
    get name(): string;
    /** The WebSocket itself. */
    ws?: WebSocket;
    /** The browser keeps the order, of Blobs too. What is sent while it closes is lost, and onclose follows. */
}
/** Options of the connection under the namespaces. */
interface EngineOptions extends TimerOptions {
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
type EngineState = "opening" | "open" | "closing" | "closed";
/**
 * One Engine.IO session: handshake, heartbeat, move to a better transport, close. It connects when it is created, and is
 * not used again once it is closed.
 *
 * Emits `open`, `handshake`, `packet`, `packetCreate`, `data`, `message`, `ping`, `pong`, `heartbeat`, `flush`, `drain`,
 * `upgrading`, `upgrade`, `upgradeError`, `error` and `close`.
 */
declare class Engine extends Emitter {
    /** The revision of the Engine.IO protocol. */
    static readonly protocol = 4;
    /** Whether the last upgrade to WebSocket worked; see `rememberUpgrade`. */
    static priorWebsocketSuccess: boolean;
    /** The session id: a secret. Null before the handshake and after the end. */
    id: string | null;
    readyState: EngineState;
    /** Packets that were not sent, or are being sent. */
    writeBuffer: EnginePacket[];
    transport: Transport;
    /** The transports to try, best first. */
    transports: string[];
    /** The transports the server would accept instead. */
    upgrades: string[];
    /** Whether a move to another transport is being finished: nothing is sent meanwhile. */
    upgrading: boolean;
    binaryType: BinaryType;
    readonly opts: EngineOptions & {
        path: string;
    };
    readonly hostname: string;
    readonly secure: boolean;
    readonly port: string | number;
    constructor(uri?: string, opts?: EngineOptions);
    /** Sends a message; calls back when it was handed to the transport. */
    send(data: RawData, options?: EnginePacket["options"], onFlush?: () => void): this;
    /** Same as {@link send}. */
    write(data: RawData, options?: EnginePacket["options"], onFlush?: () => void): this;
    /** Closes the session, after everything sent before has left. */
    close(): this;
}
/** What a {@link Backoff} starts with: milliseconds, and a jitter between 0 and 1. */
interface BackoffOptions {
    min: number;
    max: number;
    jitter: number;
}
/**
 * The delays between reconnection attempts: they double from min to max, and each is moved by a random part of
 * itself, at most `jitter`. The delay at the cap is moved too, downwards, so that the clients of a server that
 * stays away for long do not all come back in the same moment.
 */
declare class Backoff {
    readonly opts: BackoffOptions;
    /** How many delays were given out since the last reset. */
    attempts: number;
    constructor(opts: BackoffOptions);
    /** The next delay in milliseconds. */
    duration(): number;
    /** Starts again from min. */
    reset(): void;
}
/** The revision of the Socket.IO protocol. */
declare const protocol = 5;
/** The kinds of Socket.IO packets. */
declare const PacketType: {
    readonly CONNECT: 0;
    readonly DISCONNECT: 1;
    readonly EVENT: 2;
    readonly ACK: 3;
    readonly CONNECT_ERROR: 4;
    readonly BINARY_EVENT: 5;
    readonly BINARY_ACK: 6;
};
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
/** The names that applications may not emit. */
declare const RESERVED: string[];
/** Turns packets into Engine.IO messages. */
declare class Encoder {
    constructor(_replacer?: ((key: string, value: unknown) => unknown) | undefined);
    /** The messages of one packet: a text, then each binary value inside it, in the order of the text. */
    encode(packet: Packet): [string, ...Binary[]];
}
/** Limits of a {@link Decoder}. */
interface DecoderOptions {
    /** Passed to JSON.parse. */
    reviver?: (this: any, key: string, value: any) => any;
    /** How many binary values one packet may have. Default: 10. */
    maxAttachments?: number;
}
/** Turns Engine.IO messages back into packets, which it gives out with the event `decoded`. */
declare class Decoder extends Emitter<{
    decoded: (packet: Packet) => void;
}> {
    constructor(_opts?: DecoderOptions);
    /** Takes the next message; throws when it cannot be part of a packet. */
    add(message: unknown): void;
    /** Forgets a half-received packet. */
    destroy(): void;
}
/** What is sent to the namespace's middlewares on every connection. */
type Auth = Record<string, unknown> | ((send: (data: object) => void) => void) | (() => Promise<object>);
/** Options of a {@link Socket}. */
interface SocketOptions {
    /** Credentials, or a function that gives them (to a callback, or as a promise) before every connection. */
    auth: Auth;
    /** How many more times an event is sent when the server does not acknowledge it. Turns on the one-at-a-time queue. */
    retries: number;
    /** How long to wait for every acknowledgement, in milliseconds. */
    ackTimeout: number;
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
    withError?: boolean;
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
    /** The session in which the server was asked to connect us, until it answers. */
    constructor(io: Manager<Listen, Emit>, nsp: string, opts?: Partial<SocketOptions>);
    /** The opposite of `connected`. */
    get disconnected(): boolean;
    /** Whether the socket is connected, or will connect without being told to. */
    get active(): boolean;
    /** Connects. */
    connect(): this;
    /** Same as {@link connect}. */
    open(): this;
    /** Disconnects, and does not connect again until told to. */
    disconnect(): this;
    /** Same as {@link disconnect}. */
    close(): this;
    /**
     * Sends an event. The last argument may be a callback for the acknowledgement. While disconnected the event is kept and
     * sent after the next connection.
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
    onAny(listener: AnyListener): this;
    /** Like {@link onAny}, before the others. */
    prependAny(listener: AnyListener): this;
    /** Removes one or all listeners of {@link onAny}. */
    offAny(listener?: AnyListener): this;
    /** The listeners of {@link onAny}. */
    listenersAny(): AnyListener[];
    /** Adds a listener for every event that is sent. */
    onAnyOutgoing(listener: AnyListener): this;
    /** Like {@link onAnyOutgoing}, before the others. */
    prependAnyOutgoing(listener: AnyListener): this;
    /** Removes one or all listeners of {@link onAnyOutgoing}. */
    offAnyOutgoing(listener?: AnyListener): this;
    /** The listeners of {@link onAnyOutgoing}. */
    listenersAnyOutgoing(): AnyListener[];
    /** Becomes inactive, which may end the connection. */
    /** Sends the first event of the queue; with force also when it is on its way already, on a connection that is gone. */
}
declare namespace Socket {
    /** Why a socket was disconnected. After the first two it stays so until told to connect. */
    type DisconnectReason = "io server disconnect" | "io client disconnect" | "ping timeout" | "transport close" | "transport error" | "parse error" | "forced close";
}
/** A codec for the option `parser`. */
interface Parser {
    Encoder: new () => {
        encode(packet: Packet): unknown[];
    };
    Decoder: new () => Pick<Emitter, "on" | "off"> & {
        add(message: unknown): void;
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
    /** The codec; the server must use the same. */
    parser?: Parser;
}
/** The events of a {@link Manager}. */
interface ManagerReservedEvents {
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
declare class Manager<Listen extends EventsMap = DefaultEventsMap, Emit extends EventsMap = Listen> extends Emitter<{}, {}, ManagerReservedEvents> {
    readonly uri?: string;
    /** May be changed: the next connection uses it. */
    opts: ManagerOptions & Partial<SocketOptions>;
    /** The current session, or the last one. */
    engine: Engine;
    /** The sockets by namespace. */
    nsps: Record<string, Socket<Listen, Emit>>;
    constructor(opts?: Partial<ManagerOptions & SocketOptions>);
    constructor(uri?: string, opts?: Partial<ManagerOptions & SocketOptions>);
    /** Gets or sets whether to reconnect. */
    reconnection(): boolean;
    reconnection(value: boolean): this;
    /** Gets or sets how many attempts are made. */
    reconnectionAttempts(): number;
    reconnectionAttempts(value: number): this;
    /** Gets or sets the delay before the first attempt. */
    reconnectionDelay(): number;
    reconnectionDelay(value: number): this;
    /** Gets or sets the longest delay. */
    reconnectionDelayMax(): number;
    reconnectionDelayMax(value: number): this;
    /** Gets or sets the random part of the delays. */
    randomizationFactor(): number;
    randomizationFactor(value: number): this;
    /** Gets or sets how long an attempt may take. */
    timeout(): number | false;
    timeout(value: number | false): this;
    /** Connects. With a callback, a failure is given to it and not retried. */
    open(callback?: (err?: Error) => void): this;
    /** Same as {@link open}. */
    connect(callback?: (err?: Error) => void): this;
    /** The socket of a namespace, created and connected if needed. */
    socket(nsp: string, opts?: Partial<SocketOptions>): Socket<Listen, Emit>;
    /** A copy: their listeners may add more. */
    /** Packets are delivered on a microtask, out of the reach of the code that reads from the network. */
}
/** Options of {@link io}. */
interface Options extends ManagerOptions, SocketOptions {
    /** Do not share a connection. Default: false. */
    forceNew: boolean;
    /** The older name of `forceNew`. */
    "force new connection": boolean;
    /** Share one connection between namespaces. Default: true. */
    multiplex: boolean;
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
/** Same as {@link io}. */
declare const connect: typeof lookup;
export { Fetch, Manager, Socket, WS as WebSocket, XHR, connect, io, protocol, type Auth, type DefaultEventsMap, type DisconnectDescription, type DisconnectReason, type EventsMap, type ExtendedError, type ManagerOptions, type ManagerReservedEvents, type Options, type Parser, type SocketOptions, type SocketReservedEvents };
export default io;
