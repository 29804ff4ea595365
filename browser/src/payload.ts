import type { Binary, RawData } from "./types.js";

const TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"] as const;

/**
 * What stands between the packets of one polling request.
 *
 * @internal
 */
export const SEPARATOR = "\x1e";

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

/**
 * Whether a value travels as bytes.
 *
 * @internal
 */
export function isBinary(value: unknown): value is Binary {
  // By tag and not by constructor: the value may come from another realm, such as a frame.
  return ArrayBuffer.isView(value) || /^\[object (ArrayBuffer|Blob|File)\]$/.test(Object.prototype.toString.call(value));
}

/**
 * The bytes of a value; those of a Blob are read as soon as possible.
 *
 * @internal
 */
export function bytesOf(data: Binary): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  return "size" in data ? data.arrayBuffer().then((buffer) => new Uint8Array(buffer)) : new Uint8Array(data);
}

/**
 * Encodes a packet for a WebSocket: text, or the raw bytes of a binary message.
 *
 * @internal
 */
export function encodePacket({ type, data = "" }: EnginePacket): RawData {
  return typeof data === "string" ? TYPES.indexOf(type as "open") + data : data;
}

/**
 * Encodes a packet as text: bytes become base64.
 *
 * @internal
 */
export async function encodeText(packet: EnginePacket): Promise<string> {
  const data = encodePacket(packet);
  if (typeof data === "string") return data;
  let text = "";
  for (const byte of await bytesOf(data)) text += String.fromCharCode(byte);
  return "b" + btoa(text);
}

/**
 * Decodes one WebSocket message, or one part of a polling response.
 *
 * @internal
 */
export function decodePacket(data: string | ArrayBuffer, binaryType: BinaryType): EnginePacket {
  if (typeof data !== "string") return { type: "message", data: toBinaryType(data, binaryType) };
  try {
    if (data[0] === "b") {
      return decodePacket(Uint8Array.from(atob(data.slice(1)), (char) => char.charCodeAt(0)).buffer, binaryType);
    }
    // An unknown type has no name, and is an error like an invalid base64 text.
    const type = TYPES[+data[0] as 0];
    if (type) return data[1] ? { type, data: data.slice(1) } : { type };
  } catch {}
  return { type: "error", data: "parser error" };
}

declare const Buffer: { from(data: ArrayBuffer): ArrayBufferView<ArrayBuffer> };

function toBinaryType(data: ArrayBuffer, binaryType: BinaryType): Binary {
  return (
    binaryType === "blob" ? new Blob([data])
    : binaryType === "nodebuffer" ? Buffer.from(data)
    : data
  );
}
