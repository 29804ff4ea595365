/*! Socket.IO for Go, browser client | MIT License */

// src/emitter.ts
function callAll(fns, self, args) {
  for (const fn of [...fns]) {
    try {
      fn.apply(self, args);
    } catch (err) {
      queueMicrotask(() => {
        throw err;
      });
    }
  }
}
var Emitter = class {
  constructor() {
    this._listeners = /* @__PURE__ */ Object.create(null);
  }
  /** Adds a listener. */
  on(event, listener) {
    (this._listeners[event] ||= []).push(listener);
    return this;
  }
  /** Adds a listener that is removed when it is called. */
  once(event, listener) {
    const once = (...args) => {
      this.off(event, once);
      listener.apply(this, args);
    };
    once.fn = listener;
    return this.on(event, once);
  }
  /** Removes one listener, all listeners of an event, or all listeners. */
  off(event, listener) {
    if (event === void 0) {
      this._listeners = /* @__PURE__ */ Object.create(null);
    } else {
      const list = listener ? this.listeners(event) : [];
      const at = list.findIndex((l) => l === listener || l.fn === listener);
      if (at >= 0) list.splice(at, 1);
      this._listeners[event] = list;
    }
    return this;
  }
  /** Calls the listeners of an event. */
  emit(event, ...args) {
    return this._fire(event, ...args);
  }
  /** The listeners of an event. */
  listeners(event) {
    return [...this._listeners[event] || []];
  }
  /** Whether an event has listeners. */
  hasListeners(event) {
    return !!this.listeners(event)[0];
  }
  /**
   * Calls the listeners of an event; unlike `emit`, never to be overridden.
   *
   * @internal
   */
  _fire(event, ...args) {
    callAll(this._listeners[event] || [], this, args);
    return this;
  }
};
var proto = Emitter.prototype;
proto.addEventListener = proto.on;
proto.removeListener = proto.removeEventListener = proto.removeAllListeners = proto.off;
function listen(emitter, event, listener) {
  emitter.on(event, listener);
  return () => emitter.off(event, listener);
}

// src/payload.ts
var TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];
var SEPARATOR = "";
function isBinary(value) {
  return ArrayBuffer.isView(value) || /^\[object (ArrayBuffer|Blob|File)\]$/.test(Object.prototype.toString.call(value));
}
function bytesOf(data) {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return "size" in data ? data.arrayBuffer().then((buffer) => new Uint8Array(buffer)) : new Uint8Array(data);
}
function encodePacket({ type, data = "" }) {
  return typeof data === "string" ? TYPES.indexOf(type) + data : data;
}
async function encodeText(packet) {
  const data = encodePacket(packet);
  if (typeof data === "string") return data;
  let text = "";
  for (const byte of await bytesOf(data)) text += String.fromCharCode(byte);
  return "b" + btoa(text);
}
function decodePacket(data, binaryType) {
  if (typeof data !== "string") return { type: "message", data: toBinaryType(data, binaryType) };
  try {
    if (data[0] === "b") {
      return decodePacket(Uint8Array.from(atob(data.slice(1)), (char) => char.charCodeAt(0)).buffer, binaryType);
    }
    const type = TYPES[+data[0]];
    if (type) return data[1] ? { type, data: data.slice(1) } : { type };
  } catch {
  }
  return { type: "error", data: "parser error" };
}
function toBinaryType(data, binaryType) {
  return binaryType === "blob" ? new Blob([data]) : binaryType === "nodebuffer" ? Buffer.from(data) : data;
}

// src/packet.ts
var protocol = 5;
var BINARY = 5 /* BINARY_EVENT */ - 2 /* EVENT */;
var RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
var isObject = (value) => typeof value === "object" && !!value;

// src/msgpack.ts
var Encoder = class {
  encode(packet) {
    return [pack(packet)];
  }
};
var Decoder = class extends Emitter {
  add(message) {
    const packet = unpack(message);
    const { type, nsp, data, id } = Object(packet);
    if (!Number.isInteger(type) || type < 0 /* CONNECT */ || type > 4 /* CONNECT_ERROR */) throw new Error("invalid packet type");
    if (typeof nsp !== "string") throw new Error("invalid namespace");
    if (!isValid(type, data)) throw new Error("invalid payload");
    if (id !== void 0 && !Number.isInteger(id)) throw new Error("invalid packet id");
    this._fire("decoded", packet);
  }
  /** Nothing to forget: no packet comes in parts. */
  destroy() {
  }
};
function isValid(type, data) {
  switch (type) {
    case 0 /* CONNECT */:
      return data === void 0 || isMap(data);
    case 1 /* DISCONNECT */:
      return data === void 0;
    case 4 /* CONNECT_ERROR */:
      return typeof data === "string" || isMap(data);
    default:
      return Array.isArray(data);
  }
}
var isMap = (value) => isObject(value) && !Array.isArray(value);
function pack(value) {
  const writer = new Writer();
  writer.value(value);
  return writer.bytes();
}
var Writer = class {
  constructor() {
    this._buffer = new Uint8Array(256);
    this._size = 0;
  }
  bytes() {
    return this._buffer.subarray(0, this._size);
  }
  value(value) {
    switch (typeof value) {
      case "string":
        return this._text(value);
      case "number":
        return Number.isSafeInteger(value) ? this._integer(value) : this._float(value);
      case "boolean":
        return this._head(value ? 195 : 194);
      case "undefined":
        return this._head(212, 0, 2);
      case "object":
        return value ? this._object(value) : this._head(192);
    }
    throw new Error(`a ${typeof value} cannot be sent`);
  }
  _object(value) {
    if (Array.isArray(value)) {
      this._length(value.length, 144, 16, 220);
      for (const item of value) this.value(item);
    } else if (value instanceof Date) {
      this._head(215, 0, 1);
      this._number(+value, 8);
    } else if (isBinary(value)) {
      const bytes = bytesOf(value);
      if (!("length" in bytes)) throw new Error("a Blob cannot be sent as MessagePack; send its arrayBuffer()");
      this._length(bytes.length, 0, 0, 197, 196);
      this._append(bytes);
    } else if (typeof value.toJSON === "function") {
      this.value(value.toJSON());
    } else {
      const keys = Object.keys(value).filter((key) => typeof value[key] !== "function");
      this._length(keys.length, 128, 16, 222);
      for (const key of keys) {
        this._text(key);
        this.value(value[key]);
      }
    }
  }
  _text(text) {
    const bytes = new TextEncoder().encode(text);
    this._length(bytes.length, 160, 32, 218, 217);
    this._append(bytes);
  }
  _integer(value) {
    if (value < 0) {
      if (value >= -32) this._head(value);
      else if (value >= -128) this._head(208, value, 1);
      else if (value >= -32768) this._head(209, value, 2);
      else if (value >= -2147483648) this._head(210, value, 4);
      else this._head(211, value, 8);
    } else if (value < 128) this._head(value);
    else if (value < 256) this._head(204, value, 1);
    else if (value < 65536) this._head(205, value, 2);
    else if (value < 4294967296) this._head(206, value, 4);
    else this._head(207, value, 8);
  }
  _float(value) {
    const bytes = new Uint8Array(9);
    bytes[0] = 203;
    new DataView(bytes.buffer).setFloat64(1, value);
    this._append(bytes);
  }
  /** A length: in the first byte itself when it is below the limit, else in the 1 (where that exists), 2 or 4 bytes behind it. */
  _length(length, fixed, limit, code, codeOfOneByte) {
    if (length < limit) this._head(fixed + length);
    else if (codeOfOneByte && length < 256) this._head(codeOfOneByte, length, 1);
    else if (length < 65536) this._head(code, length, 2);
    else this._head(code + 1, length, 4);
  }
  /** One byte, and a number of so many bytes. */
  _head(byte, value = 0, size = 0) {
    this._number(byte, 1);
    this._number(value, size);
  }
  /** An integer, its most significant byte first; the negative ones in two's complement. */
  _number(value, size) {
    const at = this._reserve(size);
    for (let i = size; i--; value = Math.floor(value / 256)) this._buffer[at + i] = value;
  }
  _append(bytes) {
    const at = this._reserve(bytes.length);
    this._buffer.set(bytes, at);
  }
  /** Makes room, and returns where it is. */
  _reserve(size) {
    const at = this._size;
    this._size += size;
    if (this._size > this._buffer.length) {
      const larger = new Uint8Array(2 * this._size);
      larger.set(this._buffer);
      this._buffer = larger;
    }
    return at;
  }
};
function unpack(message) {
  const reader = new Reader(message);
  const value = reader.value();
  if (reader.rest()) throw new Error(`${reader.rest()} trailing bytes`);
  return value;
}
var Reader = class {
  constructor(_message) {
    this._message = _message;
    this._at = 0;
    this._view = ArrayBuffer.isView(_message) ? new DataView(_message.buffer, _message.byteOffset, _message.byteLength) : new DataView(_message);
  }
  /** How many bytes are left. */
  rest() {
    return this._view.byteLength - this._at;
  }
  value() {
    const head = this._uint(1);
    if (head < 128) return head;
    if (head < 144) return this._map(head - 128);
    if (head < 160) return this._array(head - 144);
    if (head < 192) return this._text(head - 160);
    if (head > 223) return head - 256;
    if (head === 192) return null;
    if (head === 193) throw new Error("invalid MessagePack");
    if (head < 196) return head === 195;
    if (head < 199) return this._binary(this._uint(1 << head - 196));
    if (head < 202) return this._extension(this._uint(1 << head - 199));
    if (head < 204) return this._float(4 << head - 202);
    if (head < 208) return this._uint(1 << head - 204);
    if (head < 212) return this._int(1 << head - 208);
    if (head < 217) return this._extension(1 << head - 212);
    if (head < 220) return this._text(this._uint(1 << head - 217));
    if (head < 222) return this._array(this._uint(2 << head - 220));
    return this._map(this._uint(2 << head - 222));
  }
  /** Moves on by so many bytes, and returns where it was; throws when they are not there. */
  _skip(size) {
    const at = this._at;
    if (size > this.rest()) throw new Error("the message ends too early");
    this._at += size;
    return at;
  }
  _uint(size) {
    let value = 0;
    for (let at = this._skip(size); at < this._at; at++) value = value * 256 + this._view.getUint8(at);
    return value;
  }
  _int(size) {
    if (size > 4) return this._int(4) * 2 ** 32 + this._uint(4);
    const unused = 32 - 8 * size;
    return this._uint(size) << unused >> unused;
  }
  _float(size) {
    const at = this._skip(size);
    return size > 4 ? this._view.getFloat64(at) : this._view.getFloat32(at);
  }
  _text(size) {
    const at = this._skip(size);
    return new TextDecoder().decode(new Uint8Array(this._view.buffer, this._view.byteOffset + at, size));
  }
  /** Bytes of the kind the message is. */
  _binary(size) {
    const at = this._skip(size);
    return ArrayBuffer.isView(this._message) ? this._message.subarray(at, at + size) : this._message.slice(at, at + size);
  }
  _array(length) {
    const items = [];
    while (length--) items.push(this.value());
    return items;
  }
  _map(length) {
    const entries = [];
    while (length--) entries.push([this.value(), this.value()]);
    return Object.fromEntries(entries);
  }
  _extension(size) {
    const type = this._int(1);
    if (type === 0 && size === 8) return new Date(this._int(8));
    const data = this._binary(size);
    return type === 0 && size === 1 ? void 0 : [type, data];
  }
};

// src/platform.ts
var platform = { _binaryType: "arraybuffer" };

// src/timer.ts
var { setTimeout: nativeSet, clearTimeout: nativeClear } = globalThis;
function after(ms, fn, opts = {}) {
  const set = opts.useNativeTimers ? nativeSet : setTimeout;
  const clear = opts.useNativeTimers ? nativeClear : clearTimeout;
  const timer = set(fn, ms);
  if (opts.autoUnref) timer.unref?.();
  return () => clear(timer);
}

// src/transport.ts
var TransportError = class extends Error {
  constructor(message, description, context, retryAfter) {
    super(message);
    this.description = description;
    this.context = context;
    this.retryAfter = retryAfter;
    this.type = "TransportError";
  }
};
var Transport = class extends Emitter {
  constructor(opts) {
    super();
    this.opts = opts;
    /** Whether `send` may be called. */
    this.writable = false;
    this.query = opts.query;
  }
  /** Connects. */
  open() {
    this.readyState = "opening";
    try {
      this._doOpen();
    } catch (err) {
      queueMicrotask(() => this._onError(err));
    }
    return this;
  }
  /** Disconnects. */
  close() {
    if (/^open/.test(this.readyState)) {
      this._doClose();
      this._onClose();
    }
    return this;
  }
  /** Sends packets; only while `writable`. */
  async send(packets) {
    if (this.readyState !== "open") return;
    this.writable = false;
    try {
      await this._write(packets);
    } catch (err) {
      this._onError(err);
    }
  }
  /**
   * Stops receiving, and calls back when all that was sent and received before has arrived.
   *
   * @internal
   */
  _pause(onPaused) {
    onPaused();
  }
  /**
   * Takes back a pause.
   *
   * @internal
   */
  _resume() {
  }
  /** @internal */
  _onOpen() {
    this.readyState = "open";
    this._onDrain("open");
  }
  /** @internal */
  _onData(data) {
    this._fire("packet", decodePacket(data, this.opts.socket.binaryType));
  }
  /** @internal */
  _onDrain(event = "drain") {
    if (this.readyState !== "open") return;
    this.writable = true;
    this._fire(event);
  }
  /** @internal */
  _onError(description, context, message = `${this.name} error`, retryAfter) {
    this._fire("error", new TransportError(message, description, context, retryAfter));
  }
  /** @internal */
  _onClose(context, description = `${this.name} connection closed`) {
    this.readyState = "closed";
    this.writable = false;
    this._fire("close", { description, context });
  }
  /** The address without a query. */
  _address(scheme) {
    const { hostname, secure, port, path } = this.opts;
    const isDefault = +port === (secure ? 443 : 80);
    return `${scheme}://${hostname}${port && !isDefault ? ":" + port : ""}${path}`;
  }
  /** The address of a request; with a timestamp no cache can answer it. */
  _uri(scheme, isStamped) {
    const { timestampParam = "t", forceBase64, secure } = this.opts;
    return `${this._address(secure ? scheme + "s" : scheme)}?${new URLSearchParams({
      ...this.query,
      ...isStamped && { [timestampParam]: Math.random().toString(36).slice(2, 10) },
      ...forceBase64 && { b64: "1" }
    })}`;
  }
};

// src/polling.ts
var LINGER = 5e3;
var Polling = class extends Transport {
  constructor() {
    super(...arguments);
    /** The last requests that received and sent. */
    this._requests = [];
  }
  get name() {
    return "polling";
  }
  /** @internal */
  _doOpen() {
    this._poll();
  }
  /** @internal */
  _doClose() {
    if (this.query.sid) this._request("1");
    after(LINGER, () => this._requests.forEach((request) => request.abort()), { autoUnref: true });
  }
  /** @internal */
  async _write(packets) {
    const { _maxPayload } = this.opts.socket;
    let body = "";
    let size = 0;
    for (const packet of packets) {
      const part = await encodeText(packet);
      const { length } = new TextEncoder().encode(SEPARATOR + part);
      size += length;
      if (body && size - 1 > _maxPayload) {
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
  _pause(onPaused) {
    this._onPaused = onPaused;
    this._settle();
  }
  /** @internal */
  _resume() {
    this._onPaused = void 0;
    this._poll();
  }
  _settle() {
    if (!this._isPolling && this.writable) this._onPaused?.();
  }
  _poll() {
    if (this._isPolling || this.readyState === "closed") return;
    this._isPolling = true;
    this._request(void 0, (text) => this._onText(text));
  }
  /** Resolves when the server has it; when it has not, the session is over anyway. */
  _post(body) {
    return new Promise((resolve) => this.readyState === "open" && this._request(body, resolve));
  }
  _onText(text) {
    for (const part of text.split(SEPARATOR)) {
      const packet = decodePacket(part, this.opts.socket.binaryType);
      if (this.readyState === "closed") {
        const sid = packet.type === "open" && /"sid":"(.+?)"/.exec(part);
        if (sid) {
          this.query.sid = sid[1];
          this._request("1");
        }
        return;
      }
      if (packet.type === "close") return this._onClose(void 0, "transport closed by the server");
      if (this.readyState === "opening" && packet.type === "open") this._onOpen();
      this._fire("packet", packet);
    }
    this._isPolling = false;
    if (this._onPaused) this._settle();
    else this._poll();
  }
  _request(body, done = () => {
  }) {
    const index = body ? 1 : 0;
    const uri = this._uri("http", this.opts.timestampRequests !== false);
    this._requests[index] = this._exchange(uri, body, (status, text = "", context, retryAfter) => {
      if (status === 200) done(text);
      else if (this.readyState !== "closed") this._onError(status, context, this._labels[index], delay(retryAfter));
    });
  }
};
var delay = (value) => Math.max(0, Number(value) * 1e3 || Date.parse(value) - Date.now()) || void 0;
var Fetch = class extends Polling {
  /** @internal */
  get _labels() {
    return ["fetch read error", "fetch write error"];
  }
  /** @internal */
  _exchange(uri, body, answer) {
    const { extraHeaders, withCredentials } = this.opts;
    const controller = new AbortController();
    fetch(uri, {
      method: body ? "POST" : "GET",
      body,
      headers: extraHeaders,
      credentials: withCredentials ? "include" : "same-origin",
      signal: controller.signal,
      keepalive: body === "1"
    }).then((response) => response.text().then((text) => answer(response.status, text, response, response.headers.get("Retry-After")))).catch((err) => answer(err));
    return controller;
  }
};
var XHR = class extends Fetch {
  /** @internal */
  get _labels() {
    return ["xhr poll error", "xhr post error"];
  }
  /** @internal */
  _exchange(uri, body, answer) {
    if (body === "1") return super._exchange(uri, body, answer);
    const { extraHeaders, withCredentials, requestTimeout } = this.opts;
    const xhr = new XMLHttpRequest();
    xhr.open(body ? "POST" : "GET", uri);
    for (const name in extraHeaders) xhr.setRequestHeader(name, extraHeaders[name]);
    xhr.withCredentials = !!withCredentials;
    xhr.timeout = requestTimeout || 0;
    xhr.onloadend = () => {
      const { status } = xhr;
      const end = () => answer(status, xhr.responseText, xhr, status === 503 ? xhr.getResponseHeader("Retry-After") : null);
      if (status === 200) end();
      else setTimeout(end);
    };
    xhr.send(body);
    return xhr;
  }
};

// src/upgrade.ts
function upgrade(engine, name, delay2) {
  const next = engine._createTransport(name);
  let isPausing = false;
  const stop = () => removers.forEach((remove) => remove());
  const fail = (reason) => {
    stop();
    next.close();
    if (isPausing) {
      engine.upgrading = false;
      engine.transport._resume();
    }
    engine._fire("upgradeError", Object.assign(new Error("probe error: " + reason, { cause: reason }), { transport: name }));
    engine._flush();
  };
  const removers = [
    after(delay2, () => next.open(), engine.opts),
    listen(next, "open", () => next.send([{ type: "ping", data: "probe" }])),
    listen(next, "packet", ({ type, data }) => {
      if (type !== "pong" || data !== "probe") return fail("unexpected packet");
      isPausing = engine.upgrading = true;
      engine._fire("upgrading", next);
      engine.transport._pause(() => {
        stop();
        engine._adopt(next);
      });
    }),
    listen(next, "error", fail),
    listen(next, "close", () => fail("transport closed")),
    listen(engine, "close", () => fail("socket closed")),
    listen(engine, "upgrading", (winner) => {
      if (winner === next) return;
      stop();
      next.close();
    })
  ];
}

// src/websocket.ts
var WS = class extends Transport {
  get name() {
    return "websocket";
  }
  /** @internal */
  _doOpen() {
    const { protocols, timestampRequests } = this.opts;
    const ws = this.ws = this.createSocket(this._uri("ws", timestampRequests), protocols);
    ws.binaryType = "arraybuffer";
    ws.onopen = () => this._onOpen();
    ws.onmessage = (event) => this._onData(event.data);
    ws.onerror = (event) => this._onError(event);
    ws.onclose = (event) => this._onClose(event);
  }
  /** Makes the WebSocket; a subclass may make it of another class, or with more options. */
  createSocket(uri, protocols) {
    return new WebSocket(uri, protocols);
  }
  /** @internal */
  _doClose() {
    const { ws } = this;
    if (!ws) return;
    ws.onopen = ws.onmessage = ws.onclose = null;
    ws.onerror = () => {
    };
    ws.close();
  }
  /** @internal */
  async _write(packets) {
    for (const packet of packets) {
      const data = this.opts.forceBase64 ? await encodeText(packet) : encodePacket(packet);
      this.ws.send(data, packet.options);
    }
    await null;
    this._onDrain();
  }
};

// src/webtransport.ts
var WT = class extends Transport {
  get name() {
    return "webtransport";
  }
  /** @internal */
  _doOpen() {
    const session = this._session = new WebTransport(this._address("https"), this.opts.transportOptions?.[this.name]);
    session.closed.then(
      (info) => this._onClose(info),
      (err) => this._onError(err)
    );
    this._run(session).catch(() => {
    });
  }
  async _run(session) {
    await session.ready;
    const { readable, writable } = await session.createBidirectionalStream();
    this._writer = writable.getWriter();
    const { sid } = this.query;
    await this._writePacket({ type: "open", data: sid ? JSON.stringify({ sid }) : "" });
    this._onOpen();
    const take = taker(readable.getReader());
    for (; ; ) {
      const [head] = await take(1);
      let size = head & 127;
      if (size > 125) size = (await take(size > 126 ? 8 : 2)).reduce((value, byte) => value * 256 + byte, 0);
      const payload = await take(size > Number.MAX_SAFE_INTEGER ? 0 : size);
      this._onData(head & 128 ? payload.slice().buffer : new TextDecoder().decode(payload));
    }
  }
  /** @internal */
  _doClose() {
    this._session?.close();
  }
  /** @internal */
  async _write(packets) {
    for (const packet of packets) await this._writePacket(packet);
    this._onDrain();
  }
  /** Writes one frame: its length, whether it is text, and the payload (EIO-082). */
  async _writePacket(packet) {
    const data = encodePacket(packet);
    const isText = typeof data === "string";
    const payload = isText ? new TextEncoder().encode(data) : await bytesOf(data);
    const size = payload.length;
    const head = size < 126 ? [size] : size < 65536 ? [126, size >> 8, size] : [127, 0, 0, 0, 0, size >> 24, size >> 16, size >> 8, size];
    if (!isText) head[0] += 128;
    await this._writer.write(new Uint8Array(head));
    return this._writer.write(payload);
  }
};
function taker(reader) {
  let rest = new Uint8Array();
  return async (size) => {
    const parts = [rest];
    let total = rest.length;
    while (total < size) {
      const { value } = await reader.read();
      parts.push(value);
      total += value.length;
    }
    if (parts[1]) {
      rest = new Uint8Array(total);
      for (const part of parts.reverse()) rest.set(part, total -= part.length);
    }
    const taken = rest.subarray(0, size);
    rest = rest.subarray(size);
    return taken;
  };
}

// src/backoff.ts
function backoff(attempt, opts) {
  const { reconnectionDelay, reconnectionDelayMax: max, randomizationFactor: jitter } = opts;
  const base = Math.min(reconnectionDelay * 2 ** attempt, max);
  const spread = jitter > 0 && jitter <= 1 ? Math.random() * jitter * base : 0;
  const isLater = base < max && Math.random() < 0.5;
  return Math.floor(Math.min(isLater ? base + spread : base - spread, max));
}

// src/page.ts
var NAP = 1e3;
var page = new Emitter();
var wokeAt = -Infinity;
function wake() {
  wokeAt = performance.now();
  page._fire("wake");
}
var hasJustWoken = () => performance.now() - wokeAt < 2 * NAP;
function checkSleep(due = Infinity) {
  if (Date.now() - due > NAP) wake();
}
var isOffline = (host) => host !== "localhost" && globalThis.navigator?.onLine === false;
var { addEventListener: listen2, document } = globalThis;
if (typeof listen2 === "function") {
  for (const event of ["offline", "pagehide"]) listen2(event, (details) => page._fire(event, details));
  listen2("online", wake);
  listen2("pageshow", (event) => event.persisted && wake());
  document?.addEventListener("visibilitychange", () => document.hidden || wake());
}

// src/url.ts
var PARTS = /^([^:]+):\/\/(?:[^@/?#]*@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d*))?([^?#]*)(?:\?([^#]*))?/;
function parseUrl(uri = "", page2 = globalThis.location) {
  const { protocol: protocol2, host } = page2 || { protocol: "https:", host: "localhost" };
  const source = /^(https?|wss?):\/\//i.test(uri) ? uri : /^\/\//.test(uri) ? protocol2 + uri : `${protocol2}//${/^([/?]|$)/.test(uri) ? host : ""}${uri}`;
  const [, scheme, hostname, digits, path, query] = PARTS.exec(source);
  const secure = /^(http|ws)s/i.test(scheme);
  const port = digits || (secure ? "443" : "80");
  return { source, secure, hostname, port, path: path || "/", query, id: `${scheme}://${hostname}:${port}`.toLowerCase() };
}

// src/engine.ts
var Engine = class _Engine extends Emitter {
  constructor(uri, opts = {}) {
    super();
    /** The session id: a secret. Null before the handshake and after the end. */
    this.id = null;
    this.readyState = "opening";
    /** Packets that were not sent, or are being sent. */
    this.writeBuffer = [];
    /** Whether a move to another transport is being finished: nothing is sent meanwhile. */
    this.upgrading = false;
    this.binaryType = platform._binaryType;
    const { hostname, secure, port, query = opts.query } = parseUrl(uri || addressOf(opts));
    this.opts = {
      ...opts,
      hostname,
      secure,
      port,
      path: (opts.path || "/engine.io").replace(/\/$/, "") + (opts.addTrailingSlash === false ? "" : "/"),
      query: typeof query === "string" ? Object.fromEntries(new URLSearchParams(query)) : query
    };
    const { transports, transportImplementations } = opts;
    if (transports && transportImplementations) throw new Error("give transports or transportImplementations, not both");
    const table = this._table = { ...platform._transports };
    this.transports = (transportImplementations || transports || Object.keys(table)).map((transport) => {
      if (typeof transport === "string") return transport;
      const { name } = transport.prototype;
      table[name] = transport;
      return name;
    });
    this._open();
    this._cleanups = this._listenToPage();
  }
  /** Sends a message; calls back when it was handed to the transport. */
  send(data, options, onFlush) {
    this._sendPacket({ type: "message", data, options: { compress: true, ...options } }, onFlush);
    return this;
  }
  /** Closes the session, after everything sent before has left. */
  close() {
    if (/^open/.test(this.readyState)) {
      this.readyState = "closing";
      const close = () => this._onClose("forced close");
      const settle = () => this.upgrading ? this.once("upgrade", close).once("upgradeError", close) : close();
      if (this.writeBuffer[0]) this.once("drain", settle);
      else settle();
    }
    return this;
  }
  /**
   * Creates a transport for this session.
   *
   * @internal
   */
  _createTransport(name) {
    const Class = this._table[name];
    if (!Class) throw new Error(`unknown transport "${name}"`);
    const { opts, id } = this;
    return new Class({
      ...opts,
      socket: this,
      query: { ...opts.query, EIO: 4, transport: name, ...id && { sid: id } },
      ...opts.transportOptions?.[name]
    });
  }
  /**
   * Ends an upgrade: what was held back goes out over the new transport, after the packet that makes it the only one.
   *
   * @internal
   */
  _adopt(transport) {
    _Engine.priorWebsocketSuccess = transport.name === "websocket";
    this._setTransport(transport);
    transport.send([{ type: "upgrade" }]);
    this.upgrading = false;
    this._fire("upgrade", transport);
    this._flush();
  }
  /**
   * Sends what is buffered, if that is possible now.
   *
   * @internal
   */
  _flush() {
    const { transport, writeBuffer } = this;
    if (this.readyState === "closed" || !transport.writable || this.upgrading || !writeBuffer[0]) return;
    this._sending = writeBuffer.length;
    transport.send([...writeBuffer]);
    this._fire("flush");
  }
  /**
   * Whether the server should have sent a ping by now. Timers do not run while a device sleeps or a tab is throttled, so
   * this looks at the clock, and ends the session when it is dead.
   *
   * @internal
   */
  _hasPingExpired() {
    const expired = Date.now() > this._deadline;
    if (expired) queueMicrotask(() => this._onClose("ping timeout"));
    return expired;
  }
  _listenToPage() {
    const leave = () => {
      this.transport.off().close();
    };
    const close = (description) => this._onClose("transport close", { description });
    const { addEventListener, removeEventListener } = globalThis;
    if (this.opts.closeOnBeforeunload) addEventListener?.("beforeunload", leave);
    return [
      () => removeEventListener?.("beforeunload", leave),
      listen(page, "wake", () => this._hasPingExpired()),
      listen(page, "offline", () => this.opts.hostname === "localhost" || close("network connection lost")),
      // A page that may come back has to know that it is disconnected; any other one is gone.
      listen(page, "pagehide", (event) => event.persisted ? close("page hidden") : leave())
    ];
  }
  _setTransport(transport) {
    this.transport?.off();
    this.transport = transport.on("drain", () => this._onDrain()).on("packet", (packet) => this._onPacket(packet)).on("error", (err) => this._onError(err)).on("close", (details) => this._onClose("transport close", details));
  }
  _open() {
    const { transports, opts } = this;
    const isRemembered = opts.rememberUpgrade && _Engine.priorWebsocketSuccess && transports.includes("websocket");
    const name = isRemembered ? "websocket" : transports[0];
    if (name) {
      this._setTransport(this._createTransport(name));
      this.transport.open();
    } else queueMicrotask(() => this._onError(new Error("No transports available")));
  }
  _onPacket(packet) {
    if (this.readyState === "closed") return;
    const { type, data } = packet;
    this._fire("packet", packet)._fire("heartbeat");
    if (type === "open") {
      this._onHandshake(data);
    } else if (type === "ping") {
      this._sendPacket({ type: "pong" });
      this._fire("ping")._fire("pong");
      this._expectPing();
    } else if (type === "error") {
      this._onError(Object.assign(new Error("server error"), { code: data }));
    } else if (type === "message") {
      this._fire("data", data)._fire("message", data);
    }
  }
  _onHandshake(text) {
    let handshake;
    let upgrades;
    try {
      handshake = JSON.parse(text);
      upgrades = handshake.upgrades.filter((name) => this.transports.includes(name));
    } catch (err) {
      return this._onError(err);
    }
    this._fire("handshake", handshake);
    this.id = this.transport.query.sid = handshake.sid;
    this._patience = handshake.pingInterval + handshake.pingTimeout;
    this._maxPayload = handshake.maxPayload;
    this._expectPing();
    if (this.readyState === "opening") {
      this.readyState = "open";
      _Engine.priorWebsocketSuccess = this.transport.name === "websocket";
      this._fire("open");
    }
    this._flush();
    if (this.readyState !== "open" || this.opts.upgrade === false) return;
    for (const name of upgrades) {
      platform._upgrade?.(this, name, name !== "webtransport" && upgrades.includes("webtransport") ? 200 : 0);
    }
  }
  _expectPing() {
    this._cancelDeadline?.();
    const due = this._deadline;
    this._deadline = Date.now() + this._patience;
    checkSleep(due);
    this._cancelDeadline = after(this._patience, () => this._onClose("ping timeout"), this.opts);
  }
  _sendPacket(packet, onFlush) {
    if (/^clos/.test(this.readyState)) return;
    this._fire("packetCreate", packet);
    this.writeBuffer.push(packet);
    if (onFlush) this.once("flush", onFlush);
    this._flush();
  }
  _onDrain() {
    this.writeBuffer.splice(0, this._sending);
    this._sending = 0;
    if (this.writeBuffer[0]) this._flush();
    else this._fire("drain");
  }
  _onError(err) {
    _Engine.priorWebsocketSuccess = false;
    if (this.opts.tryAllTransports && this.transports[1] && this.readyState === "opening") {
      this.transports.shift();
      this.transport.off().close();
      return this._open();
    }
    this._fire("error", err);
    this._onClose("transport error", err);
  }
  _onClose(reason, details) {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    checkSleep(this._deadline);
    this._cancelDeadline?.();
    this._cleanups.forEach((fn) => fn());
    this.transport?.off().close();
    this.id = null;
    this._fire("close", reason, details);
    this.writeBuffer = [];
  }
};
Engine.prototype.write = Engine.prototype.send;
function addressOf({ host, hostname = host, port, secure }) {
  const page2 = globalThis.location;
  const name = hostname || page2?.hostname || "localhost";
  const isBareIPv6 = name.includes(":") && name[0] !== "[";
  return (secure ?? page2?.protocol === "https:" ? "https" : "http") + `://${isBareIPv6 ? `[${name}]` : name}:${port || (hostname ? "" : page2?.port) || ""}`;
}

// src/socket.ts
var V2_SERVER = "It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client, but they are not compatible";
var popCallback = (args) => typeof args[args.length - 1] === "function" ? args.pop() : void 0;
var Socket = class extends Emitter {
  constructor(io2, nsp, opts = {}) {
    super();
    /** Whether events can be sent now. */
    this.connected = false;
    /** Whether the last connection went on where the one before it ended, with nothing missed. */
    this.recovered = false;
    /** Events that arrived before the connection was confirmed. */
    this.receiveBuffer = [];
    /** Packets that will be sent when connected. */
    this.sendBuffer = [];
    /** The waiting acknowledgements by packet id. */
    this.acks = {};
    /** The next packet id. */
    this.ids = 0;
    /** @internal */
    this._isActive = false;
    this._flags = {};
    this._queue = [];
    /** @internal */
    this._any = { Any: [], AnyOutgoing: [] };
    this.io = io2;
    this.nsp = nsp;
    this.auth = opts.auth;
    this._opts = opts;
    io2.nsps[nsp] = this;
    if (io2._autoConnect) this.connect();
  }
  /** The opposite of `connected`. */
  get disconnected() {
    return !this.connected;
  }
  /** Whether the socket is connected, or will connect without being told to. */
  get active() {
    return this._isActive || !!this._cancelRetry;
  }
  /** Connects. */
  connect() {
    if (this.connected) return this;
    const { io: io2 } = this;
    this._setActive(true);
    if (io2._readyState === "open") this._onOpen();
    else if (!io2._reconnecting) io2.open();
    return this;
  }
  /** Disconnects, and does not connect again until told to. */
  disconnect() {
    const { connected } = this;
    if (connected) this._send({ type: 1 /* DISCONNECT */ });
    this._setActive(false);
    if (connected) this._onClose("io client disconnect");
    return this;
  }
  emit(event, ...args) {
    if (RESERVED.includes(event)) throw new Error(`"${event}" is a reserved event name`);
    const { _flags: flags, _opts: opts } = this;
    this._flags = {};
    const data = [event, ...args];
    if (!flags.volatile && this.sendBuffer.length + this._queue.length >= opts.maxSendBuffer) {
      throw new Error(`send buffer is full (maxSendBuffer: ${opts.maxSendBuffer})`);
    }
    if (opts.retries && !flags.volatile) this._enqueue(data, flags);
    else this._emit(data, flags);
    return this;
  }
  emitWithAck(event, ...args) {
    return new Promise((resolve, reject) => {
      const ack = (err, value) => err ? reject(err) : resolve(value);
      ack._withError = true;
      this.emit(event, ...[...args, ack]);
    });
  }
  /** Sends the event `message`. */
  send(...args) {
    return this.emit("message", ...args);
  }
  /** Whether the next event may be compressed. Default: true. */
  compress(value) {
    this._flags.compress = value;
    return this;
  }
  /** The next event is dropped if it cannot be sent at once. */
  get volatile() {
    this._flags.volatile = true;
    return this;
  }
  /** The next event's callback gets an error first, one when the acknowledgement does not come within ms. */
  timeout(ms) {
    this._flags.timeout = ms;
    return this;
  }
  // Connecting and disconnecting
  /**
   * The connection is open.
   *
   * @internal
   */
  _onOpen() {
    const { auth, io: io2 } = this;
    const { engine } = io2;
    if (!this._isActive || this._asked === engine) return;
    this._asked = engine;
    if (typeof auth !== "function") return this._sendConnect(auth);
    let isSettled = false;
    const settle = (fn) => (result) => {
      if (isSettled || this._asked !== engine) return;
      isSettled = true;
      fn(result);
    };
    const send = settle((data) => this._sendConnect(data));
    const refuse = settle((err) => this._onRefused(err));
    const ask = async () => {
      const result = auth.call(this, send);
      const data = result?.then && await result;
      if (data) send(data);
    };
    ask().catch(refuse);
  }
  _sendConnect(auth) {
    this._askedAt = performance.now();
    const data = this._pid ? { pid: this._pid, offset: this._lastOffset, ...auth } : auth;
    this._send({ type: 0 /* CONNECT */, data });
  }
  _onConnect(id, pid) {
    this.io._onAnswer(this._askedAt);
    this.id = id;
    this.recovered = !!pid && this._pid === pid;
    this._pid = pid;
    this.connected = true;
    const { sendBuffer, receiveBuffer } = this;
    this.sendBuffer = [];
    this.receiveBuffer = [];
    callAll(
      [...sendBuffer.map((packet) => () => this._sendEvent(packet)), ...receiveBuffer.map((args) => () => this._dispatch(args))],
      this,
      []
    );
    this._drainQueue();
    this._fire("connect");
  }
  /**
   * The connection could not be made.
   *
   * @internal
   */
  _onError(err) {
    if (this._isActive && !this.connected) this._fire("connect_error", err);
  }
  /**
   * The connection was lost.
   *
   * @internal
   */
  _onLost(reason, description) {
    if (this._isActive) this._onClose(reason, description);
  }
  _onClose(reason, description) {
    this.connected = false;
    this.id = void 0;
    this._fire("disconnect", reason, description);
    this._failAcks();
  }
  /** The namespace, or the function `auth`, has said no. It is final, unless the server says when to ask again. */
  _onRefused(err) {
    const { io: io2 } = this;
    this._asked = void 0;
    this._setActive(false);
    const { retryAfter } = Object(err.data);
    if (typeof retryAfter === "number" && io2.reconnection()) {
      this._cancelRetry = after(retryAfter + Math.random() * io2.reconnectionDelay(), () => this.connect(), io2.opts);
    }
    this._fire("connect_error", err);
  }
  /** An inactive socket does not keep the connection open. */
  _setActive(isActive) {
    this._cancelRetry?.();
    this._cancelRetry = void 0;
    this._isActive = isActive;
    if (!isActive) this.io._release();
  }
  // Sending
  _send(packet) {
    this.io._packet({ nsp: this.nsp, ...packet });
  }
  _emit(data, flags) {
    const packet = { type: 2 /* EVENT */, nsp: this.nsp, data, options: { compress: flags.compress !== false } };
    const { engine } = this.io;
    const ack = popCallback(data);
    if (ack) this._addAck(packet.id = this.ids++, ack, flags.timeout ?? this._opts.ackTimeout);
    const isReady = this.connected && !engine._hasPingExpired();
    if (isReady && (!flags.volatile || engine.transport.writable)) this._sendEvent(packet);
    else if (!flags.volatile) this.sendBuffer.push(packet);
  }
  _sendEvent(packet) {
    callAll(this._any.AnyOutgoing, this, packet.data);
    const ack = this.acks[packet.id];
    if (ack) ack._sentAt = performance.now();
    this._send(packet);
  }
  // Acknowledgements
  _addAck(id, ack, timeout) {
    const onTimeout = () => {
      delete this.acks[id];
      this.sendBuffer = this.sendBuffer.filter((packet) => packet.id !== id);
      callAll([ack], this, [new Error("operation has timed out")]);
    };
    const cancel = timeout === void 0 ? void 0 : after(timeout, onTimeout, this.io.opts);
    const settle = (...args) => {
      cancel?.();
      callAll([ack], this, args);
    };
    settle._withError = ack._withError || !!cancel;
    this.acks[id] = settle;
  }
  _failAcks() {
    for (const id in this.acks) {
      if (this.sendBuffer.some((packet) => packet.id === +id)) continue;
      const ack = this.acks[id];
      delete this.acks[id];
      if (ack._withError) ack(new Error("socket has been disconnected"));
    }
  }
  // Retries: one event at a time, again and again until it is acknowledged.
  _enqueue(args, flags) {
    const ack = popCallback(args);
    const event = { args, flags, _tries: 0, _isPending: false };
    const settle = (err, ...values) => {
      if (event !== this._queue[0]) return;
      event._isPending = false;
      if (!err || event._tries > this._opts.retries) {
        this._queue.shift();
        if (ack) callAll([ack], this, [err, ...values]);
      }
      this._drainQueue();
    };
    settle._withError = true;
    args.push(settle);
    this._queue.push(event);
    this._drainQueue();
  }
  /** Sends the first event of the queue, unless it is on its way. */
  _drainQueue() {
    const event = this._queue[0];
    if (!this.connected || !event || event._isPending) return;
    event._isPending = true;
    event._tries++;
    this._emit([...event.args], event.flags);
  }
  // Receiving
  /**
   * A packet of this namespace has come.
   *
   * @internal
   */
  _onPacket({ type, data, id }) {
    const isAnswer = type === 0 /* CONNECT */ || type === 4 /* CONNECT_ERROR */;
    if (isAnswer || type === 1 /* DISCONNECT */) this._asked = void 0;
    if (!this._isActive) {
      if (type === 0 /* CONNECT */) this._send({ type: 1 /* DISCONNECT */ });
      return;
    }
    switch (type) {
      case 0 /* CONNECT */:
        if (data?.sid) this._onConnect(data.sid, data.pid);
        else this._fire("connect_error", new Error(V2_SERVER));
        break;
      case 2 /* EVENT */:
      case 5 /* BINARY_EVENT */:
        this._onEvent(data || [], id);
        break;
      case 3 /* ACK */:
      case 6 /* BINARY_ACK */:
        this._onAck(id, data || []);
        break;
      case 1 /* DISCONNECT */:
        this._setActive(false);
        this._onClose("io server disconnect");
        break;
      case 4 /* CONNECT_ERROR */:
        this._onRefused(Object.assign(new Error(data.message), { data: data.data }));
    }
  }
  _onEvent(args, id) {
    if (id !== void 0) {
      let isSent = false;
      args.push((...values) => {
        if (isSent) return;
        isSent = true;
        this._send({ type: 3 /* ACK */, id, data: values });
      });
    }
    if (this.connected) this._dispatch(args);
    else this.receiveBuffer.push(args);
  }
  _dispatch(args) {
    const last = args[args.length - 1];
    if (this._pid && typeof last === "string") this._lastOffset = last;
    callAll(this._any.Any, this, args);
    if (args.length) this._fire(args[0], ...args.slice(1));
  }
  _onAck(id, args) {
    const ack = this.acks[id];
    if (!ack) return;
    delete this.acks[id];
    this.io._onAnswer(ack._sentAt);
    ack(...ack._withError ? [null, ...args] : args);
  }
};
var proto2 = Socket.prototype;
proto2.open = proto2.connect;
proto2.close = proto2.disconnect;
for (const kind of ["Any", "AnyOutgoing"]) {
  proto2[`on${kind}`] = function(listener) {
    this._any[kind].push(listener);
    return this;
  };
  proto2[`prepend${kind}`] = function(listener) {
    this._any[kind].unshift(listener);
    return this;
  };
  proto2[`off${kind}`] = function(listener) {
    const list = this._any[kind];
    if (!listener) list.length = 0;
    else if (list.includes(listener)) list.splice(list.indexOf(listener), 1);
    return this;
  };
  proto2[`listeners${kind}`] = function() {
    return this._any[kind];
  };
}

// src/manager.ts
var Manager = class extends Emitter {
  constructor(uri, opts) {
    super();
    /** The sockets by namespace. */
    this.nsps = /* @__PURE__ */ Object.create(null);
    /** @internal */
    this._readyState = "closed";
    /** @internal */
    this._reconnecting = false;
    this._attempts = 0;
    this._inbox = [];
    /** What undoes the listeners and timers of the current state. */
    this._cleanups = [];
    if (typeof uri === "object") {
      opts = uri;
      uri = void 0;
    }
    this.uri = uri;
    this.opts = opts = opts || {};
    opts.path ||= "/socket.io";
    this._settings = {
      reconnection: opts.reconnection !== false,
      reconnectionAttempts: opts.reconnectionAttempts || Infinity,
      reconnectionDelay: opts.reconnectionDelay || 1e3,
      reconnectionDelayMax: opts.reconnectionDelayMax || 5e3,
      randomizationFactor: opts.randomizationFactor ?? 0.5,
      timeout: opts.timeout ?? 2e4
    };
    const parser = opts.parser || platform._parser;
    this._encoder = new parser.Encoder();
    this._decoder = new parser.Decoder();
    this._autoConnect = opts.autoConnect !== false;
    if (this._autoConnect) this.open();
  }
  /** Connects. With a callback, a failure is given to it and not retried. */
  open(callback) {
    if (this._readyState === "closed") {
      this._reconnecting = false;
      this._connect(callback);
    }
    return this;
  }
  /** The socket of a namespace, created and connected if needed. */
  socket(nsp, opts) {
    const existing = this.nsps[nsp];
    if (!existing) return new Socket(this, nsp, opts);
    if (this._autoConnect && !existing.active) existing.connect();
    return existing;
  }
  /**
   * Closes the connection when no namespace needs it any more.
   *
   * @internal
   */
  _release() {
    if (!this._sockets().some((socket) => socket._isActive)) this._close();
  }
  /** @internal */
  _packet(packet) {
    for (const message of this._encoder.encode(packet)) this.engine.write(message, packet.options);
  }
  /** @internal */
  _close() {
    this._skipReconnect = true;
    if (this._readyState === "closed" && !this._reconnecting) return;
    this._reconnecting = false;
    this._onClose("forced close");
  }
  /**
   * Takes note of an answer to something sent at that time.
   *
   * @internal
   */
  _onAnswer(sentAt) {
    const { rtt = Infinity } = this;
    this.rtt = Math.min(performance.now() - sentAt, rtt * 1.25) || this.rtt;
  }
  _connect(callback) {
    this._cleanup();
    const engine = this.engine = new Engine(this.uri, this.opts);
    this._readyState = "opening";
    this._skipReconnect = false;
    const { timeout } = this._settings;
    const onError = (err) => {
      if (this._readyState === "opening") {
        this._cleanup();
        this._readyState = "closed";
        this._onError(err);
        if (callback) callback(err);
        else this._reconnect(err);
      } else this._onError(err);
    };
    const cancelTimeout = timeout === false ? () => {
    } : after(
      timeout,
      () => {
        onError(new Error("timeout"));
        engine.close();
      },
      this.opts
    );
    this._cleanups = [
      cancelTimeout,
      listen(engine, "open", () => {
        cancelTimeout();
        this._readyState = "open";
        this._sockets().forEach((socket) => socket._onOpen());
        this._fire("open");
        callback?.();
      }),
      listen(engine, "error", onError),
      listen(engine, "close", (reason, details) => {
        if (this._readyState === "opening") onError(new Error(reason));
        else this._onClose(reason, details);
      }),
      listen(engine, "ping", () => this._fire("ping")),
      listen(engine, "data", (message) => this._onMessage(message)),
      listen(this._decoder, "decoded", (packet) => {
        if (this._inbox.push(packet) === 1) queueMicrotask(() => this._deliver());
      })
    ];
  }
  /** A copy: their listeners may add more. */
  _sockets() {
    return Object.values(this.nsps);
  }
  _cleanup() {
    this._cleanups.forEach((fn) => fn());
    this._cleanups = [];
    this._decoder.destroy?.();
  }
  _onError(err) {
    this._sockets().forEach((socket) => socket._onError(err));
    this._fire("error", err);
  }
  _onMessage(message) {
    try {
      this._decoder.add(message);
    } catch (err) {
      this._onClose("parse error", err);
    }
  }
  _deliver() {
    for (let packet; packet = this._inbox.shift(); ) {
      this.nsps[packet.nsp]?._onPacket(packet);
      this._fire("packet", packet);
    }
  }
  _onClose(reason, description) {
    this._deliver();
    this._cleanup();
    this.engine?.close();
    this._attempts = 0;
    this._readyState = "closed";
    this._sockets().forEach((socket) => socket._onLost(reason, description));
    this._fire("close", reason, description);
    this._reconnect(description);
  }
  _reconnect(cause) {
    const { _settings } = this;
    if (this._reconnecting || this._skipReconnect || !_settings.reconnection) return;
    if (this._attempts >= _settings.reconnectionAttempts) {
      this._attempts = 0;
      this._fire("reconnect_failed");
      return;
    }
    this._reconnecting = true;
    const { retryAfter = 0 } = Object(cause);
    const isHurried = hasJustWoken() && !retryAfter && !this._attempts;
    const delay2 = backoff(this._attempts++, _settings);
    this._wait(isHurried ? hurry() : delay2 + retryAfter, Date.now() + retryAfter);
  }
  /** Makes the next attempt after a delay, or when the page wakes up, but not before the server wants it. */
  _wait(delay2, earliest) {
    this._cleanups = [
      after(delay2, () => this._retry(), this.opts),
      listen(page, "wake", () => {
        if (Date.now() < earliest) return;
        this._cleanup();
        this._wait(hurry(), 0);
      })
    ];
  }
  _retry() {
    if (this._skipReconnect || isOffline(this.engine.opts.hostname)) return;
    this._fire("reconnect_attempt", this._attempts);
    if (this._skipReconnect) return;
    this._connect((err) => {
      const attempt = this._attempts;
      this._reconnecting = false;
      if (err) {
        this._reconnect(err);
        this._fire("reconnect_error", err);
      } else {
        this._attempts = 0;
        this._fire("reconnect", attempt);
      }
    });
  }
};
var hurry = () => Math.random() * 100;
var proto3 = Manager.prototype;
proto3.connect = proto3.open;
for (const name of [
  "reconnection",
  "reconnectionAttempts",
  "reconnectionDelay",
  "reconnectionDelayMax",
  "randomizationFactor",
  "timeout"
]) {
  proto3[name] = function(value) {
    if (value === void 0) return this._settings[name];
    this._settings[name] = value;
    if (value === false && name === "reconnection") this._skipReconnect = true;
    return this;
  };
}

// src/io.ts
var managers = /* @__PURE__ */ Object.create(null);
function lookup(uri, opts) {
  if (typeof uri === "object") {
    opts = uri;
    uri = void 0;
  }
  opts = opts || {};
  const { source, path, query, id } = parseUrl(uri);
  const key = id + (opts.path || "/socket.io");
  const shared = managers[key];
  const isOwn = opts.forceNew || opts["force new connection"] || opts.multiplex === false || shared && path in shared.nsps;
  const manager = isOwn ? new Manager(source, opts) : managers[key] ||= new Manager(source, opts);
  if (query && !opts.query) opts.query = query;
  return manager.socket(path, opts);
}
var io = Object.assign(lookup, {
  connect: lookup,
  io: lookup,
  protocol,
  Manager,
  Socket
});

// src/full.ts
platform._transports = { polling: typeof XMLHttpRequest === "undefined" ? Fetch : XHR, websocket: WS, webtransport: WT };
platform._upgrade = upgrade;

// src/index.msgpack.ts
platform._parser = { Encoder, Decoder };

// src/node/websocket.ts
import { createRequire } from "node:module";

// src/node/cookies.ts
var CookieJar = class {
  constructor() {
    this._cookies = /* @__PURE__ */ new Map();
  }
  /** Takes the values of the header Set-Cookie. */
  store(headers = []) {
    for (const header of headers) {
      const [pair, ...attributes] = header.split(";");
      const [name, value] = split(pair);
      if (name) this._cookies.set(name, { value: value.replace(/^"(.*)"$/, "$1"), expires: expiry(attributes) });
    }
  }
  /** The value of the header Cookie, or undefined when there is none. */
  header() {
    const pairs = [];
    for (const [name, { value, expires }] of this._cookies) {
      if (expires > Date.now()) pairs.push(`${name}=${value}`);
      else this._cookies.delete(name);
    }
    return pairs.join("; ") || void 0;
  }
};
function expiry(attributes) {
  const values = Object.fromEntries(attributes.map(split).map(([key, value]) => [key.toLowerCase(), value]));
  const age = values["max-age"];
  if (age !== void 0) return Number(age) > 0 ? Date.now() + Number(age) * 1e3 : 0;
  return values.expires === void 0 ? Infinity : Date.parse(values.expires) || 0;
}
function split(pair) {
  const at = pair.indexOf("=");
  return at < 0 ? ["", ""] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
}
var jars = /* @__PURE__ */ new WeakMap();
function jarOf(engine) {
  if (engine.opts.withCredentials && !jars.has(engine)) jars.set(engine, new CookieJar());
  return jars.get(engine);
}

// src/node/connection.ts
var PASSED_ON = ["pfx", "key", "passphrase", "cert", "ca", "ciphers", "rejectUnauthorized"];
function connectionOptions(opts) {
  const { extraHeaders = {}, agent = false, socket } = opts;
  const headers = {};
  const cookies = [jarOf(socket)?.header()];
  for (const [name, value] of Object.entries(extraHeaders)) {
    if (name.toLowerCase() === "cookie") cookies.unshift(value);
    else headers[name] = value;
  }
  const cookie = cookies.filter(Boolean).join("; ");
  if (cookie) headers.cookie = cookie;
  const given = PASSED_ON.filter((name) => opts[name] !== void 0).map((name) => [name, opts[name]]);
  return { agent, headers, ...Object.fromEntries(given) };
}

// src/node/websocket.ts
var LibraryWebSocket = (() => {
  try {
    return createRequire(import.meta.url)("ws").WebSocket;
  } catch {
    return void 0;
  }
})();
var NodeWS = class extends WS {
  createSocket(uri, protocols = []) {
    const { perMessageDeflate = { threshold: 1024 }, autoUnref } = this.opts;
    const connection = connectionOptions(this.opts);
    if (LibraryWebSocket) {
      const ws = new LibraryWebSocket(uri, protocols, { perMessageDeflate, ...connection });
      if (autoUnref) ws.addEventListener("open", () => ws["_socket"]?.unref());
      return ws;
    }
    if (typeof WebSocket === "undefined") throw new Error("no WebSocket: install the package ws, or use Node.js 22");
    return new WebSocket(uri, { protocols, headers: connection.headers });
  }
};

// src/node/xhr.ts
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
var NodeXHR = class extends XHR {
  /** @internal */
  _exchange(uri, body, answer) {
    const { socket, autoUnref, requestTimeout } = this.opts;
    const { headers, ...connection } = connectionOptions(this.opts);
    const content = body && { "content-type": "text/plain;charset=UTF-8", "content-length": Buffer.byteLength(body) };
    const request = (uri.startsWith("https:") ? requestHttps : requestHttp)(uri, {
      method: body ? "POST" : "GET",
      headers: { accept: "*/*", ...content, ...headers },
      timeout: requestTimeout,
      ...connection
    });
    const fail = (error) => answer(0, "", { status: 0, responseText: "", error });
    request.on("error", fail);
    request.on("timeout", () => request.destroy(new Error("timeout")));
    request.on("response", (response) => {
      jarOf(socket)?.store(response.headers["set-cookie"]);
      let responseText = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => responseText += chunk);
      response.on("error", fail);
      response.on("end", () => {
        const { statusCode: status } = response;
        answer(status, responseText, { status, responseText, response }, response.headers["retry-after"]);
      });
    });
    if (autoUnref) request.on("socket", (connection2) => connection2.unref());
    request.end(body);
    return { abort: () => request.destroy() };
  }
};

// src/node/full.ts
platform._transports = { ...platform._transports, polling: NodeXHR, websocket: NodeWS };
platform._binaryType = "nodebuffer";
export {
  Decoder,
  Encoder,
  Fetch,
  Manager,
  NodeWS as NodeWebSocket,
  NodeXHR,
  Socket,
  WS as WebSocket,
  WT as WebTransport,
  XHR,
  io as connect,
  io as default,
  io,
  protocol
};
