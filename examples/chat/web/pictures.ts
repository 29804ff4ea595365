// Pictures: made small enough, sent piece by piece, and fetched when they are to be seen.

import { result } from "../../internal/web/answer.js";
import type { ChatSocket, Frame, PictureOf } from "./protocol.js";

const KINDS = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const MAX_BYTES = 1 << 20;
const CHUNK_BYTES = 32 << 10;
const SMALLER_SIDES = [2048, 1280, 800];

/** A picture that can be sent. */
export interface Shot {
  blob: Blob;
  frame: Frame;
}

/** Makes something that can be sent of what was pasted or chosen: as it is if possible, otherwise smaller. */
export async function prepare(file: Blob): Promise<Shot> {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  try {
    if (KINDS.includes(file.type) && file.size <= MAX_BYTES) return { blob: file, frame: { width, height } };
    for (const side of SMALLER_SIDES) {
      const scale = Math.min(1, side / Math.max(width, height));
      const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
      canvas.getContext("2d")!.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
      if (blob.size <= MAX_BYTES) return { blob, frame: { width: canvas.width, height: canvas.height } };
    }
    throw new Error("That picture is too large.");
  } finally {
    bitmap.close();
  }
}

/**
 * Sends a picture, before the message with that id. Every piece is acknowledged with what there is so far, so it does
 * not matter whether the connection, or even the server, is another one in between.
 */
export async function upload(socket: ChatSocket, id: string, blob: Blob, onProgress: (share: number) => void): Promise<void> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  for (let offset = 0; offset < bytes.length; ) {
    const data = bytes.slice(offset, offset + CHUNK_BYTES);
    const chunk = { id, kind: blob.type, size: bytes.length, offset, data };
    offset = (await result(socket.emitWithAck("upload", chunk))).received;
    onProgress(offset / bytes.length);
  }
}

/** Fetches the picture of a message. */
export async function download(socket: ChatSocket, of: PictureOf): Promise<Blob> {
  const { data, kind } = await result(socket.emitWithAck("picture", of));
  return new Blob([data], { type: kind });
}
