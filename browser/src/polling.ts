import { decodePayload, encodePayload, type EnginePacket } from "./payload.js";
import { after } from "./timer.js";
import { Transport } from "./transport.js";

// How long requests may outlive the transport, to tell a server that does not answer that the session is over.
const LINGER = 5000;

type Answer = (status: number, text: string, context?: unknown) => void;

/** HTTP long-polling: one request waits for packets, and one more at a time sends them. */
abstract class Polling extends Transport {
  get name(): string {
    return "polling";
  }

  private _polling = false;
  private _aborts = new Set<() => void>();
  private _onIdle?: () => void;

  /**
   * The words in the error messages of this kind of request.
   *
   * @internal
   */
  protected abstract readonly _labels: [receive: string, send: string];

  /**
   * Makes a request (a POST when there is a body) and returns what aborts it.
   *
   * @internal
   */
  protected abstract _exchange(uri: string, body: string | undefined, answer: Answer): () => void;

  /** @internal */
  protected _doOpen(): void {
    this._poll();
  }

  /** @internal */
  protected _doClose(): void {
    // While opening there is no session yet: _onText ends it as soon as its id is known.
    if (this.readyState !== "opening") this._bye();
    if (this._aborts.size) after(LINGER, () => this._abortAll(), { autoUnref: true });
  }

  /** @internal */
  protected _write(packets: EnginePacket[]): void {
    const send = (body: string) => {
      if (this.readyState === "closed") return;
      this._request(body, () => {
        if (this.readyState === "closed") return;
        this._onDrain();
        this._onIdle?.();
      });
    };
    // Mostly not a promise, and then the request starts at once.
    const body = encodePayload(packets);
    if (typeof body === "string") send(body);
    else body.then(send, (err) => this._onError(this._labels[1], 0, err));
  }

  /** @internal */
  override _pause(onPaused: () => void): void {
    this.readyState = "pausing";
    this._onIdle = () => {
      if (this._polling || !this.writable || this.readyState !== "pausing") return;
      this.readyState = "paused";
      onPaused();
    };
    this._onIdle();
  }

  /** @internal */
  override _resume(): void {
    if (this.readyState !== "pausing" && this.readyState !== "paused") return;
    this.readyState = "open";
    if (!this._polling) this._poll();
  }

  private _poll(): void {
    this._polling = true;
    this._request(undefined, (text) => this._onText(text));
  }

  private _onText(text: string): void {
    for (const packet of decodePayload(text, this.opts.binaryType)) {
      if (packet.type === "open") {
        if (this.readyState === "closed") return this._endUnused(packet);
        this._onOpen();
      }
      if (this.readyState === "closed") return;
      if (packet.type === "close") return this._onClose({ description: "transport closed by the server" });
      this._fire("packet", packet);
    }
    this._polling = false;
    this._onIdle?.();
    if (this.readyState === "open") this._poll();
  }

  /** Ends a session that was given to us after we gave up. */
  private _endUnused(open: EnginePacket): void {
    try {
      this.query.sid = JSON.parse(open.data as string).sid;
      this._bye();
    } catch {}
  }

  /** Tells the server that the session is over. It releases the waiting request, and if it does not, we do. */
  private _bye(): void {
    this._request("1", () => this._abortAll());
  }

  private _abortAll(): void {
    this._aborts.forEach((abort) => abort());
    this._aborts.clear();
  }

  private _request(body: string | undefined, done: (text: string) => void): void {
    const { timestampRequests, forceBase64 } = this.opts;
    const uri = this._uri("http", {
      ...(timestampRequests !== false && this._timestamp()),
      ...(forceBase64 && !this.query.sid && { b64: 1 }),
    });
    const abort = this._exchange(uri, body, (status, text, context) => {
      // Not there any more: it was aborted.
      if (!this._aborts.delete(abort)) return;
      if (status === 200) done(text);
      else if (this.readyState === "closed") this._abortAll();
      else this._onError(this._labels[body === undefined ? 0 : 1], status, context);
    });
    this._aborts.add(abort);
  }
}

const BODY_TYPE = "text/plain;charset=UTF-8";

/** HTTP long-polling with XMLHttpRequest. */
export class XHR extends Polling {
  /** @internal */
  protected readonly _labels: [string, string] = ["xhr poll error", "xhr post error"];

  /** @internal */
  protected _exchange(uri: string, body: string | undefined, answer: Answer): () => void {
    const { extraHeaders, withCredentials, requestTimeout } = this.opts;
    const xhr = new XMLHttpRequest();
    xhr.open(body === undefined ? "GET" : "POST", uri, true);
    for (const name in extraHeaders) xhr.setRequestHeader(name, extraHeaders[name]);
    if (body !== undefined) xhr.setRequestHeader("Content-type", BODY_TYPE);
    xhr.setRequestHeader("Accept", "*/*");
    xhr.withCredentials = !!withCredentials;
    if (requestTimeout) xhr.timeout = requestTimeout;
    const ignore = () => {};
    xhr.onreadystatechange = () => {
      if (xhr.readyState !== 4) return;
      xhr.onreadystatechange = ignore;
      // In its own task: an error at unload must not look like one of the network.
      if (xhr.status === 200) answer(200, xhr.responseText, xhr);
      else setTimeout(() => answer(xhr.status, "", xhr));
    };
    xhr.send(body ?? null);
    return () => {
      xhr.onreadystatechange = ignore;
      xhr.abort();
    };
  }
}

/** HTTP long-polling with fetch(). */
export class Fetch extends Polling {
  /** @internal */
  protected readonly _labels: [string, string] = ["fetch read error", "fetch write error"];

  /** @internal */
  protected _exchange(uri: string, body: string | undefined, answer: Answer): () => void {
    const { extraHeaders, withCredentials, requestTimeout } = this.opts;
    const headers = new Headers(extraHeaders);
    if (body !== undefined) headers.set("content-type", BODY_TYPE);
    const controller = new AbortController();
    const abort = () => controller.abort();
    const cancel = requestTimeout ? after(requestTimeout, abort, this.opts) : () => {};
    fetch(uri, {
      method: body === undefined ? "GET" : "POST",
      body,
      headers,
      cache: "no-store",
      credentials: withCredentials ? "include" : "same-origin",
      signal: controller.signal,
    })
      .then((response) => response.text().then((text) => answer(response.status, text, response)))
      .catch((err) => answer(0, "", err))
      .finally(cancel);
    return abort;
  }
}
