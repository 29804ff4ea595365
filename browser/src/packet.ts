import { Emitter } from "./emitter.js";
import { isBinary } from "./payload.js";
import type { Binary } from "./types.js";

/** The revision of the Socket.IO protocol. */
export const protocol = 5;

/**
 * The kinds of Socket.IO packets.
 *
 * @internal
 */
export enum PacketType {
  CONNECT,
  DISCONNECT,
  EVENT,
  ACK,
  CONNECT_ERROR,
  BINARY_EVENT,
  BINARY_ACK,
}

// From an event or an acknowledgement to the kind of it that has attachments.
const BINARY = PacketType.BINARY_EVENT - PacketType.EVENT;

/** One Socket.IO packet. */
export interface Packet {
  type: number;
  nsp: string;
  // The shape depends on the type, and is checked by the decoder.
  data?: any;
  id?: number;
  attachments?: number;
  options?: { compress?: boolean };
}

/**
 * The names that applications may not emit.
 *
 * @internal
 */
export const RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/**
 * Turns packets into Engine.IO messages.
 *
 * @internal
 */
export class Encoder {
  constructor(private _replacer?: (key: string, value: unknown) => unknown) {}

  /** The messages of one packet: a text, then each binary value inside it, in the order of the text. */
  encode(packet: Packet): [string, ...Binary[]] {
    const buffers: Binary[] = [];
    const replacer = this._replacer;
    function extract(this: Record<string, unknown>, key: string, value: unknown) {
      // The raw value too: a Buffer's toJSON was called before we are.
      const raw = this[key];
      const binary = isBinary(raw) ? raw : value;
      if (!isBinary(binary)) return replacer ? replacer.call(this, key, value) : value;
      return { _placeholder: true, num: buffers.push(binary) - 1 };
    }
    // JSON.stringify is much faster without a function.
    const { type } = packet;
    const mayHaveBinary = type === PacketType.EVENT || type === PacketType.ACK;
    const json = JSON.stringify(packet.data, mayHaveBinary && hasBinary(packet.data) ? extract : replacer);
    const count = buffers.length;
    const head =
      (count ? `${type + BINARY}${count}-` : type) +
      (packet.nsp && packet.nsp !== "/" ? packet.nsp + "," : "") +
      (packet.id ?? "");
    return [head + (json ?? ""), ...buffers];
  }
}

/**
 * Limits of a {@link Decoder}.
 *
 * @internal
 */
export interface DecoderOptions {
  /** Passed to JSON.parse. */
  reviver?: (this: any, key: string, value: any) => any;
  /** How many binary values one packet may have. Default: 10. */
  maxAttachments?: number;
}

/**
 * Turns Engine.IO messages back into packets, which it gives out with the event `decoded`.
 *
 * @internal
 */
export class Decoder extends Emitter<{ decoded: (packet: Packet) => void }> {
  private _pending?: Packet;
  private _buffers: Binary[] = [];

  constructor(private _opts: DecoderOptions = {}) {
    super();
  }

  /** Takes the next message; throws when it cannot be part of a packet. */
  add(message: unknown): void {
    if (typeof message === "string") {
      if (this._pending) throw new Error("got plaintext data when reconstructing a packet");
      const packet = decodeText(message, this._opts);
      if (packet.attachments) this._pending = packet;
      else this._fire("decoded", packet);
    } else if (!isBinary(message)) {
      throw new Error("Unknown type: " + message);
    } else if (!this._pending) {
      throw new Error("got binary data when not reconstructing a packet");
    } else if (this._buffers.push(message) === this._pending.attachments) {
      const packet = this._pending;
      packet.data = fill(packet.data, this._buffers);
      packet.attachments = undefined;
      // With the attachments in place there is nothing binary about it.
      packet.type -= BINARY;
      this.destroy();
      this._fire("decoded", packet);
    }
  }

  /** Forgets a half-received packet. */
  destroy(): void {
    this._pending = undefined;
    this._buffers = [];
  }
}

//             type  attachments  namespace        id     data
const TEXT = /^([0-6])(?:(\d+)-)?(?:(\/[^,]*),?)?(\d+)?([^]*)$/;

function decodeText(text: string, { reviver, maxAttachments = 10 }: DecoderOptions): Packet {
  const parts = TEXT.exec(text);
  if (!parts) throw new Error("unknown packet type " + text[0]);
  const type = +parts[1];
  const count = parts[2];
  if (type < PacketType.BINARY_EVENT ? count : !+count) throw new Error("Illegal attachments");
  if (+count > maxAttachments) throw new Error("too many attachments");

  const packet: Packet = { type, nsp: parts[3] || "/" };
  if (count) packet.attachments = +count;
  if (parts[4]) packet.id = +parts[4];
  if (parts[5]) {
    try {
      packet.data = JSON.parse(parts[5], reviver);
    } catch {}
    if (!isValid(type, packet.data)) throw new Error("invalid payload");
  }
  return packet;
}

function isValid(type: number, data: unknown): boolean {
  if (type === PacketType.DISCONNECT) return false;
  if (type === PacketType.CONNECT || type === PacketType.CONNECT_ERROR) {
    return (type === PacketType.CONNECT_ERROR && typeof data === "string") || (isObject(data) && !Array.isArray(data));
  }
  return Array.isArray(data) && (type === PacketType.ACK || type === PacketType.BINARY_ACK || typeof data[0] === "number" || isEventName(data[0]));
}

const isEventName = (name: unknown): boolean => typeof name === "string" && !RESERVED.includes(name);

/** @internal */
export const isObject = (value: unknown): value is object => typeof value === "object" && !!value;

function hasBinary(value: unknown): boolean {
  if (!isObject(value)) return false;
  if (isBinary(value)) return true;
  const { toJSON } = value as { toJSON?: () => unknown };
  return typeof toJSON === "function" ? hasBinary(toJSON.call(value)) : Object.values(value).some(hasBinary);
}

/** Puts the binary values where the text has placeholders for them. */
function fill(value: unknown, buffers: Binary[]): unknown {
  if (!isObject(value)) return value;
  const object = value as Record<string, unknown>;
  if (object._placeholder === true) {
    const buffer = typeof object.num === "number" && buffers[object.num];
    if (!buffer) throw new Error("illegal attachments");
    return buffer;
  }
  for (const key of Object.keys(object)) object[key] = fill(object[key], buffers);
  return object;
}
