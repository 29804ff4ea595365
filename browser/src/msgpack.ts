// Packets as MessagePack, the way socket.io-msgpack-parser has them: one binary message each, a map, with two values of
// JavaScript as extensions of type 0 (SIO-061, SIO-062).

import { Emitter } from "./emitter.js";
import type { Parser } from "./manager.js";
import { isObject, type Packet, PacketType } from "./packet.js";
import { bytesOf, isBinary } from "./payload.js";

/** Turns packets into Engine.IO messages. Throws for values that have no form on the wire, such as symbols and Blobs. */
export const Encoder: Parser["Encoder"] = class {
  encode(packet: Packet): Uint8Array[] {
    return [pack(packet)];
  }
};

/** Turns Engine.IO messages back into packets; throws when they are none. */
export const Decoder: Parser["Decoder"] = class extends Emitter {
  add(message: ArrayBuffer | Uint8Array): void {
    const packet = unpack(message);
    const { type, nsp, data, id } = Object(packet) as Partial<Packet>;
    if (!Number.isInteger(type) || type! < PacketType.CONNECT || type! > PacketType.CONNECT_ERROR) throw new Error("invalid packet type");
    if (typeof nsp !== "string") throw new Error("invalid namespace");
    if (!isValid(type!, data)) throw new Error("invalid payload");
    if (id !== undefined && !Number.isInteger(id)) throw new Error("invalid packet id");
    this._fire("decoded", packet);
  }

  /** Nothing to forget: no packet comes in parts. */
  destroy(): void {}
};

function isValid(type: PacketType, data: unknown): boolean {
  switch (type) {
    case PacketType.CONNECT:
      return data === undefined || isMap(data);
    case PacketType.DISCONNECT:
      return data === undefined;
    case PacketType.CONNECT_ERROR:
      return typeof data === "string" || isMap(data);
    default:
      return Array.isArray(data);
  }
}

const isMap = (value: unknown): boolean => isObject(value) && !Array.isArray(value);

/**
 * Encodes one value.
 *
 * @internal
 */
export function pack(value: unknown): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  writer.value(value);
  return writer.bytes();
}

class Writer {
  private _buffer = new Uint8Array(256);
  private _size = 0;

  bytes(): Uint8Array<ArrayBuffer> {
    return this._buffer.subarray(0, this._size);
  }

  value(value: any): void {
    switch (typeof value) {
      case "string":
        return this._text(value);
      case "number":
        return Number.isSafeInteger(value) ? this._integer(value) : this._float(value);
      case "boolean":
        return this._head(value ? 0xc3 : 0xc2);
      case "undefined":
        return this._head(0xd4, 0, 2);
      case "object":
        return value ? this._object(value) : this._head(0xc0);
    }
    throw new Error(`a ${typeof value} cannot be sent`);
  }

  private _object(value: any): void {
    if (Array.isArray(value)) {
      this._length(value.length, 0x90, 16, 0xdc);
      for (const item of value) this.value(item);
    } else if (value instanceof Date) {
      this._head(0xd7, 0, 1);
      this._number(+value, 8);
    } else if (isBinary(value)) {
      const bytes = bytesOf(value);
      if (!("length" in bytes)) throw new Error("a Blob cannot be sent as MessagePack; send its arrayBuffer()");
      this._length(bytes.length, 0, 0, 0xc5, 0xc4);
      this._append(bytes);
    } else if (typeof value.toJSON === "function") {
      this.value(value.toJSON());
    } else {
      const keys = Object.keys(value).filter((key) => typeof value[key] !== "function");
      this._length(keys.length, 0x80, 16, 0xde);
      for (const key of keys) {
        this._text(key);
        this.value(value[key]);
      }
    }
  }

  private _text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this._length(bytes.length, 0xa0, 32, 0xda, 0xd9);
    this._append(bytes);
  }

  private _integer(value: number): void {
    if (value < 0) {
      if (value >= -0x20) this._head(value);
      else if (value >= -0x80) this._head(0xd0, value, 1);
      else if (value >= -0x8000) this._head(0xd1, value, 2);
      else if (value >= -0x80000000) this._head(0xd2, value, 4);
      else this._head(0xd3, value, 8);
    } else if (value < 0x80) this._head(value);
    else if (value < 0x100) this._head(0xcc, value, 1);
    else if (value < 0x10000) this._head(0xcd, value, 2);
    else if (value < 0x100000000) this._head(0xce, value, 4);
    else this._head(0xcf, value, 8);
  }

  private _float(value: number): void {
    const bytes = new Uint8Array(9);
    bytes[0] = 0xcb;
    new DataView(bytes.buffer).setFloat64(1, value);
    this._append(bytes);
  }

  /** A length: in the first byte itself when it is below the limit, else in the 1 (where that exists), 2 or 4 bytes behind it. */
  private _length(length: number, fixed: number, limit: number, code: number, codeOfOneByte?: number): void {
    if (length < limit) this._head(fixed + length);
    else if (codeOfOneByte && length < 0x100) this._head(codeOfOneByte, length, 1);
    else if (length < 0x10000) this._head(code, length, 2);
    else this._head(code + 1, length, 4);
  }

  /** One byte, and a number of so many bytes. */
  private _head(byte: number, value = 0, size = 0): void {
    this._number(byte, 1);
    this._number(value, size);
  }

  /** An integer, its most significant byte first; the negative ones in two's complement. */
  private _number(value: number, size: number): void {
    const at = this._reserve(size);
    for (let i = size; i--; value = Math.floor(value / 256)) this._buffer[at + i] = value;
  }

  private _append(bytes: Uint8Array): void {
    const at = this._reserve(bytes.length);
    this._buffer.set(bytes, at);
  }

  /** Makes room, and returns where it is. */
  private _reserve(size: number): number {
    const at = this._size;
    this._size += size;
    if (this._size > this._buffer.length) {
      const larger = new Uint8Array(2 * this._size);
      larger.set(this._buffer);
      this._buffer = larger;
    }
    return at;
  }
}

/**
 * Decodes one value; throws unless it ends where the message ends.
 *
 * @internal
 */
export function unpack(message: ArrayBuffer | Uint8Array): unknown {
  const reader = new Reader(message);
  const value = reader.value();
  if (reader.rest()) throw new Error(`${reader.rest()} trailing bytes`);
  return value;
}

class Reader {
  private _view: DataView;
  private _at = 0;

  constructor(private _message: ArrayBuffer | Uint8Array) {
    this._view = ArrayBuffer.isView(_message)
      ? new DataView(_message.buffer, _message.byteOffset, _message.byteLength)
      : new DataView(_message);
  }

  /** How many bytes are left. */
  rest(): number {
    return this._view.byteLength - this._at;
  }

  value(): unknown {
    const head = this._uint(1);
    // The kinds that hold their value or their length in the first byte.
    if (head < 0x80) return head;
    if (head < 0x90) return this._map(head - 0x80);
    if (head < 0xa0) return this._array(head - 0x90);
    if (head < 0xc0) return this._text(head - 0xa0);
    if (head > 0xdf) return head - 0x100;
    // Of the others each has a few sizes, one after the other, each twice the one before.
    if (head === 0xc0) return null;
    if (head === 0xc1) throw new Error("invalid MessagePack");
    if (head < 0xc4) return head === 0xc3;
    if (head < 0xc7) return this._binary(this._uint(1 << (head - 0xc4)));
    if (head < 0xca) return this._extension(this._uint(1 << (head - 0xc7)));
    if (head < 0xcc) return this._float(4 << (head - 0xca));
    if (head < 0xd0) return this._uint(1 << (head - 0xcc));
    if (head < 0xd4) return this._int(1 << (head - 0xd0));
    if (head < 0xd9) return this._extension(1 << (head - 0xd4));
    if (head < 0xdc) return this._text(this._uint(1 << (head - 0xd9)));
    if (head < 0xde) return this._array(this._uint(2 << (head - 0xdc)));
    return this._map(this._uint(2 << (head - 0xde)));
  }

  /** Moves on by so many bytes, and returns where it was; throws when they are not there. */
  private _skip(size: number): number {
    const at = this._at;
    if (size > this.rest()) throw new Error("the message ends too early");
    this._at += size;
    return at;
  }

  private _uint(size: number): number {
    let value = 0;
    for (let at = this._skip(size); at < this._at; at++) value = value * 256 + this._view.getUint8(at);
    return value;
  }

  private _int(size: number): number {
    if (size > 4) return this._int(4) * 2 ** 32 + this._uint(4);
    const unused = 32 - 8 * size;
    return (this._uint(size) << unused) >> unused;
  }

  private _float(size: number): number {
    const at = this._skip(size);
    return size > 4 ? this._view.getFloat64(at) : this._view.getFloat32(at);
  }

  private _text(size: number): string {
    const at = this._skip(size);
    return new TextDecoder().decode(new Uint8Array(this._view.buffer, this._view.byteOffset + at, size));
  }

  /** Bytes of the kind the message is. */
  private _binary(size: number): ArrayBuffer | Uint8Array {
    const at = this._skip(size);
    return ArrayBuffer.isView(this._message) ? this._message.subarray(at, at + size) : this._message.slice(at, at + size);
  }

  private _array(length: number): unknown[] {
    const items = [];
    while (length--) items.push(this.value());
    return items;
  }

  private _map(length: number): object {
    const entries: [PropertyKey, unknown][] = [];
    while (length--) entries.push([this.value() as PropertyKey, this.value()]);
    // Makes a property of "__proto__" as well.
    return Object.fromEntries(entries);
  }

  private _extension(size: number): unknown {
    const type = this._int(1);
    if (type === 0 && size === 8) return new Date(this._int(8));
    const data = this._binary(size);
    return type === 0 && size === 1 ? undefined : [type, data];
  }
}
