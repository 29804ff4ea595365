import { encodePacket, encodePayload, type EnginePacket } from "./payload.js";
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
    const { protocols, timestampRequests, forceBase64 } = this.opts;
    const uri = this._uri("ws", { ...(timestampRequests && this._timestamp()), ...(forceBase64 && { b64: 1 }) });
    let ws: WebSocket;
    try {
      ws = this.ws = protocols ? new WebSocket(uri, protocols) : new WebSocket(uri);
    } catch (err) {
      // Such as an insecure address in a secure page. Later, when somebody listens.
      queueMicrotask(() => this._onError("websocket error", err));
      return;
    }
    ws.binaryType = "arraybuffer";
    ws.onopen = () => this._onOpen();
    ws.onmessage = (event) => this._onData(event.data);
    ws.onerror = (event) => this._onError("websocket error", event);
    ws.onclose = (event) => this._onClose({ description: "websocket connection closed", context: event });
  }

  /** @internal */
  protected _doClose(): void {
    const ws = this.ws;
    if (!ws) return;
    ws.onopen = ws.onmessage = ws.onclose = null;
    // One that was still opening reports an error.
    ws.onerror = () => {};
    ws.close();
  }

  /** @internal */
  protected _write(packets: EnginePacket[]): void {
    const { forceBase64 } = this.opts;
    const messages = forceBase64 ? Promise.all(packets.map((packet) => encodePayload([packet]))) : packets.map(encodePacket);
    if (!forceBase64) this._sendAll(messages as RawData[]);
    Promise.resolve(messages).then((texts) => {
      if (this.readyState !== "open") return;
      if (forceBase64) this._sendAll(texts);
      this._onDrain();
    });
  }

  /** The browser keeps the order, of Blobs too. What is sent while it closes is lost, and onclose follows. */
  private _sendAll(messages: RawData[]): void {
    for (const message of messages) this.ws!.send(message as string);
  }
}
