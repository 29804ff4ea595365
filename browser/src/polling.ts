import { decodePacket, encodeText, type EnginePacket, SEPARATOR } from "./payload.js";
import { after } from "./timer.js";
import { Transport } from "./transport.js";

// How long a request may outlive the transport: a server that does not know that the session is over never answers it.
const LINGER = 5000;

/**
 * Takes the end of a request: the HTTP status or what went wrong, the body, the request or response, and the header
 * Retry-After.
 *
 * @internal
 */
export type Answer = (status: unknown, text?: string, context?: unknown, retryAfter?: string | null) => void;

/** HTTP long-polling: one request waits for packets, and one more at a time sends them. */
export abstract class Polling extends Transport {
  get name(): string {
    return "polling";
  }

  private _isPolling?: boolean;
  private _onPaused?: () => void;
  /** The last requests that received and sent. */
  private _requests: { abort(): void }[] = [];

  /**
   * The words in the error messages of this kind of request.
   *
   * @internal
   */
  protected abstract get _labels(): string[];

  /**
   * Makes a request, a POST when there is a body. The last one, with the body "1", must reach the server even when the page
   * is being left.
   *
   * @internal
   */
  protected abstract _exchange(uri: string, body: string | undefined, answer: Answer): { abort(): void };

  /** @internal */
  protected _doOpen(): void {
    this._poll();
  }

  /** @internal */
  protected _doClose(): void {
    // While opening there is no session yet: _onText ends it as soon as its id is known.
    if (this.query.sid) this._request("1");
    after(LINGER, () => this._requests.forEach((request) => request.abort()), { autoUnref: true });
  }

  /** @internal */
  protected async _write(packets: EnginePacket[]): Promise<void> {
    const { _maxPayload } = this.opts.socket;
    let body = "";
    let size = 0;
    for (const packet of packets) {
      const part = await encodeText(packet);
      const { length } = new TextEncoder().encode(SEPARATOR + part);
      size += length;
      // The first one has no separator. One that is too large alone is for the server to refuse.
      if (body && size - 1 > _maxPayload!) {
        await this._post(body);
        body = "";
        size = length;
      }
      body += (body && SEPARATOR) + part;
    }
    await this._post(body);
    this._onDrain();
    this._settle();
  }

  /** @internal */
  override _pause(onPaused: () => void): void {
    this._onPaused = onPaused;
    this._settle();
  }

  /** @internal */
  override _resume(): void {
    this._onPaused = undefined;
    this._poll();
  }

  private _settle(): void {
    if (!this._isPolling && this.writable) this._onPaused?.();
  }

  private _poll(): void {
    if (this._isPolling || this.readyState === "closed") return;
    this._isPolling = true;
    this._request(undefined, (text) => this._onText(text));
  }

  /** Resolves when the server has it; when it has not, the session is over anyway. */
  private _post(body: string): Promise<unknown> {
    return new Promise((resolve) => this.readyState === "open" && this._request(body, resolve));
  }

  private _onText(text: string): void {
    for (const part of text.split(SEPARATOR)) {
      const packet = decodePacket(part, this.opts.socket.binaryType);
      if (this.readyState === "closed") {
        // Given to us after we gave up: the server should not keep it.
        const sid = packet.type === "open" && /"sid":"(.+?)"/.exec(part);
        if (sid) {
          this.query.sid = sid[1];
          this._request("1");
        }
        return;
      }
      if (packet.type === "close") return this._onClose(undefined, "transport closed by the server");
      if (this.readyState === "opening" && packet.type === "open") this._onOpen();
      this._fire("packet", packet);
    }
    this._isPolling = false;
    if (this._onPaused) this._settle();
    else this._poll();
  }

  private _request(body?: string, done: (text: string) => void = () => {}): void {
    const index = body ? 1 : 0;
    const uri = this._uri("http", this.opts.timestampRequests !== false);
    this._requests[index] = this._exchange(uri, body, (status, text = "", context, retryAfter) => {
      if (status === 200) done(text);
      else if (this.readyState !== "closed") this._onError(status, context, this._labels[index], delay(retryAfter));
    });
  }
}

/** The milliseconds of a Retry-After header, which is a number of seconds or a date (RFC 9110, section 10.2.3). */
const delay = (value?: string | null): number | undefined =>
  Math.max(0, Number(value) * 1000 || Date.parse(value!) - Date.now()) || undefined;

/** HTTP long-polling with fetch(). */
export class Fetch extends Polling {
  /** @internal */
  protected get _labels(): string[] {
    return ["fetch read error", "fetch write error"];
  }

  /** @internal */
  protected _exchange(uri: string, body: string | undefined, answer: Answer): { abort(): void } {
    const { extraHeaders, withCredentials } = this.opts;
    const controller = new AbortController();
    fetch(uri, {
      method: body ? "POST" : "GET",
      body,
      headers: extraHeaders,
      credentials: withCredentials ? "include" : "same-origin",
      signal: controller.signal,
      keepalive: body === "1",
    })
      .then((response) => response.text().then((text) => answer(response.status, text, response, response.headers.get("Retry-After"))))
      .catch((err) => answer(err));
    return controller;
  }
}

/** HTTP long-polling with XMLHttpRequest. */
export class XHR extends Fetch {
  /** @internal */
  protected override get _labels(): string[] {
    return ["xhr poll error", "xhr post error"];
  }

  /** @internal */
  protected override _exchange(uri: string, body: string | undefined, answer: Answer): { abort(): void } {
    // Only fetch() outlives the page.
    if (body === "1") return super._exchange(uri, body, answer);
    const { extraHeaders, withCredentials, requestTimeout } = this.opts;
    const xhr = new XMLHttpRequest();
    xhr.open(body ? "POST" : "GET", uri);
    for (const name in extraHeaders) xhr.setRequestHeader(name, extraHeaders[name]);
    xhr.withCredentials = !!withCredentials;
    xhr.timeout = requestTimeout || 0;
    xhr.onloadend = () => {
      const { status } = xhr;
      // To ask in vain, which servers of another origin can make it, is an error in the console.
      const end = () => answer(status, xhr.responseText, xhr, status === 503 ? xhr.getResponseHeader("Retry-After") : null);
      // In its own task: an error at unload must not look like one of the network.
      if (status === 200) end();
      else setTimeout(end);
    };
    xhr.send(body);
    return xhr;
  }
}
