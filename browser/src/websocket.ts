import { encodePacket, encodeText, type EnginePacket } from "./payload.js";
import { Transport } from "./transport.js";
import type { RawData } from "./types.js";

/** A WebSocket connection. */
export class WS extends Transport {
  get name(): string {
    return "websocket";
  }

  /** The WebSocket itself. */
  ws?: WebSocket;

  /** @internal */
  protected _doOpen(): void {
    const { protocols, timestampRequests } = this.opts;
    const ws = (this.ws = this.createSocket(this._uri("ws", timestampRequests), protocols));
    ws.binaryType = "arraybuffer";
    ws.onopen = () => this._onOpen();
    ws.onmessage = (event) => this._onData(event.data);
    ws.onerror = (event) => this._onError(event);
    ws.onclose = (event) => this._onClose(event);
  }

  /** Makes the WebSocket; a subclass may make it of another class, or with more options. */
  protected createSocket(uri: string, protocols?: string | string[]): WebSocket {
    return new WebSocket(uri, protocols);
  }

  /** @internal */
  protected _doClose(): void {
    const { ws } = this;
    if (!ws) return;
    ws.onopen = ws.onmessage = ws.onclose = null;
    // One that was still opening reports an error.
    ws.onerror = () => {};
    ws.close();
  }

  /** @internal */
  protected async _write(packets: EnginePacket[]): Promise<void> {
    // The browser keeps the order, of Blobs too. What is sent while it closes is lost, and onclose follows.
    for (const packet of packets) {
      const data = this.opts.forceBase64 ? await encodeText(packet) : encodePacket(packet);
      // Only the WebSocket of Node.js has options.
      (this.ws!.send as (data: RawData, options?: object) => void)(data, packet.options);
    }
    // Later, when the engine knows what was sent.
    await null;
    this._onDrain();
  }
}
