import type { Binary, RawData } from "./types.js";

const TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"] as const;
const SEPARATOR = "\x1e";

/** The kinds of Engine.IO packets; `error` stands for a packet that cannot be read. */
export type EnginePacketType = (typeof TYPES)[number] | "error";

/** What a received binary message becomes. */
export type BinaryType = "arraybuffer" | "nodebuffer" | "blob";

/** One Engine.IO packet. */
export interface EnginePacket {
  type: EnginePacketType;
  data?: RawData;
  options?: { compress?: boolean };
}

declare const Buffer: { from(data: ArrayBuffer): ArrayBufferView } | undefined;
declare const process: { versions?: { node?: string } } | undefined;

/** `nodebuffer` in Node.js, `arraybuffer` everywhere else. */
export const defaultBinaryType: BinaryType =
  typeof window === "undefined" && typeof process !== "undefined" && process.versions?.node && typeof Buffer !== "undefined"
    ? "nodebuffer"
    : "arraybuffer";

/** Whether a value travels as bytes. */
export function isBinary(value: unknown): value is Binary {
  // By tag and not by constructor: the value may come from another realm, such as a frame.
  return (
    typeof value === "object" &&
    (ArrayBuffer.isView(value) || /^\[object (ArrayBuffer|Blob|File)\]$/.test(Object.prototype.toString.call(value)))
  );
}

/** Encodes a packet for a WebSocket: text, or the raw bytes of a binary message. */
export function encodePacket({ type, data = "" }: EnginePacket): RawData {
  return typeof data === "string" ? TYPES.indexOf(type as "open") + data : data;
}

/** Encodes packets for one polling request. Only a Blob makes it a promise. */
export function encodePayload(packets: EnginePacket[]): string | Promise<string> {
  const parts = packets.map((packet) => {
    const data = encodePacket(packet);
    return typeof data === "string" ? data : encodeBase64(data);
  });
  return parts.some((part) => typeof part !== "string")
    ? Promise.all(parts).then((texts) => texts.join(SEPARATOR))
    : parts.join(SEPARATOR);
}

/** Decodes one WebSocket message, or one part of a polling response. */
export function decodePacket(data: string | ArrayBuffer, binaryType: BinaryType): EnginePacket {
  if (typeof data !== "string") return { type: "message", data: toBinaryType(data, binaryType) };
  try {
    if (data[0] === "b") return { type: "message", data: toBinaryType(decodeBase64(data.slice(1)), binaryType) };
    // An unknown type has no name, and is an error like an invalid base64 text.
    const type = TYPES[+data[0] as 0];
    if (type) return data.length > 1 ? { type, data: data.slice(1) } : { type };
  } catch {}
  return { type: "error", data: "parser error" };
}

/** Decodes the body of a polling response, up to the first packet that cannot be read. */
export function decodePayload(text: string, binaryType: BinaryType): EnginePacket[] {
  const packets: EnginePacket[] = [];
  for (const part of text.split(SEPARATOR)) {
    const packet = decodePacket(part, binaryType);
    packets.push(packet);
    if (packet.type === "error") break;
  }
  return packets;
}

/**
 * How many of the packets fit into one request of at most maxPayload bytes: at least one, because a packet that is too
 * large alone is for the server to refuse.
 */
export function countFitting(packets: EnginePacket[], maxPayload: number): number {
  let size = 0;
  for (let i = 0; i < packets.length; i++) {
    // The type and the separator before it.
    size += (i && 1) + 1 + encodedLength(packets[i].data);
    if (i && size > maxPayload) return i;
  }
  return packets.length;
}

function encodedLength(data: RawData = ""): number {
  if (typeof data !== "string") return Math.ceil(("size" in data ? data.size : data.byteLength) / 3) * 4;
  let length = data.length;
  for (let i = 0; i < data.length; i++) {
    const unit = data.charCodeAt(i);
    // Two UTF-16 units of a pair make four bytes.
    if (unit > 0x7f) length += unit < 0x800 || (unit & 0xf800) === 0xd800 ? 1 : 2;
  }
  return length;
}

function toBinaryType(data: ArrayBuffer, binaryType: BinaryType): Binary {
  if (binaryType === "nodebuffer") return Buffer!.from(data);
  return binaryType === "blob" ? new Blob([data]) : data;
}

function encodeBase64(data: Binary): string | Promise<string> {
  if (!ArrayBuffer.isView(data) && !("byteLength" in data)) return data.arrayBuffer().then(encodeBase64);
  const bytes = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
  let text = "";
  // In slices: a call takes a limited number of arguments.
  for (let i = 0; i < bytes.length; i += 0x2000) text += String.fromCharCode(...bytes.subarray(i, i + 0x2000));
  return "b" + btoa(text);
}

function decodeBase64(text: string): ArrayBuffer {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes.buffer;
}
