import { bytesOf, encodePacket, type EnginePacket } from "./payload.js";
import { Transport } from "./transport.js";

/** A WebTransport session: HTTP/3, with one stream for the packets (EIO-080 to EIO-086). */
export class WT extends Transport {
  get name(): string {
    return "webtransport";
  }

  private _session?: WebTransport;
  private _writer?: WritableStreamDefaultWriter<Uint8Array>;

  /** @internal */
  protected _doOpen(): void {
    const session = (this._session = new WebTransport(this._address("https"), this.opts.transportOptions?.[this.name]));
    session.closed.then(
      (info) => this._onClose(info),
      (err) => this._onError(err),
    );
    // What goes wrong on the way goes wrong with the session, which tells.
    this._run(session).catch(() => {});
  }

  private async _run(session: WebTransport): Promise<void> {
    await session.ready;
    const { readable, writable } = await session.createBidirectionalStream();
    this._writer = writable.getWriter();
    const { sid } = this.query;
    await this._writePacket({ type: "open", data: sid ? JSON.stringify({ sid }) : "" });
    this._onOpen();
    const take = taker(readable.getReader());
    for (;;) {
      const [head] = await take(1);
      let size = head & 0x7f;
      if (size > 125) size = (await take(size > 126 ? 8 : 2)).reduce((value, byte) => value * 256 + byte, 0);
      // What is larger than a number can say is read as nothing, which is an error (EIO-084).
      const payload = await take(size > Number.MAX_SAFE_INTEGER ? 0 : size);
      this._onData(head & 0x80 ? payload.slice().buffer : new TextDecoder().decode(payload));
    }
  }

  /** @internal */
  protected _doClose(): void {
    this._session?.close();
  }

  /** @internal */
  protected async _write(packets: EnginePacket[]): Promise<void> {
    for (const packet of packets) await this._writePacket(packet);
    this._onDrain();
  }

  /** Writes one frame: its length, whether it is text, and the payload (EIO-082). */
  private async _writePacket(packet: EnginePacket): Promise<void> {
    const data = encodePacket(packet);
    const isText = typeof data === "string";
    const payload = isText ? new TextEncoder().encode(data) : await bytesOf(data);
    const size = payload.length;
    const head =
      size < 126 ? [size]
      : size < 65536 ? [126, size >> 8, size]
      : [127, 0, 0, 0, 0, size >> 24, size >> 16, size >> 8, size];
    if (!isText) head[0] += 0x80;
    await this._writer!.write(new Uint8Array(head));
    return this._writer!.write(payload);
  }
}

/** Reads a stream in portions of a given size; rejects when it ends. */
function taker(reader: ReadableStreamDefaultReader<Uint8Array>): (size: number) => Promise<Uint8Array> {
  let rest = new Uint8Array();
  return async (size) => {
    const parts = [rest];
    let total = rest.length;
    while (total < size) {
      const { value } = await reader.read();
      parts.push(value as typeof rest);
      total += value!.length;
    }
    if (parts[1]) {
      rest = new Uint8Array(total);
      for (const part of parts.reverse()) rest.set(part, (total -= part.length));
    }
    const taken = rest.subarray(0, size);
    rest = rest.subarray(size);
    return taken;
  };
}
