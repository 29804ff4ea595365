/*! Socket.IO for Go, browser client | MIT License */
"use strict";
(() => {
  // src/backoff.ts
  var Backoff = class {
    constructor(opts) {
      this.opts = opts;
      /** How many delays were given out since the last reset. */
      this.attempts = 0;
    }
    /** The next delay in milliseconds. */
    duration() {
      const { min, max, jitter } = this.opts;
      const base = Math.min(min * 2 ** this.attempts++, max);
      const spread = jitter > 0 && jitter <= 1 ? Math.random() * jitter * base : 0;
      const later = base < max && Math.random() < 0.5;
      return Math.floor(Math.min(later ? base + spread : base - spread, max));
    }
    /** Starts again from min. */
    reset() {
      this.attempts = 0;
    }
  };

  // src/emitter.ts
  function callSafely(fn, self, args) {
    try {
      fn.apply(self, args);
    } catch (err) {
      queueMicrotask(() => {
        throw err;
      });
    }
  }
  var Emitter = class {
    constructor() {
      this._listeners = /* @__PURE__ */ Object.create(null);
    }
    /** Adds a listener. */
    on(event, listener) {
      var _a2;
      ((_a2 = this._listeners)[event] || (_a2[event] = [])).push(listener);
      return this;
    }
    /** Adds a listener that is removed when it is called. */
    once(event, listener) {
      const wrapped = (...args) => {
        this.off(event, wrapped);
        listener.apply(this, args);
      };
      wrapped.fn = listener;
      return this.on(event, wrapped);
    }
    /** Removes one listener, all listeners of an event, or all listeners. */
    off(event, listener) {
      if (event === void 0) {
        this._listeners = /* @__PURE__ */ Object.create(null);
      } else if (!listener) {
        delete this._listeners[event];
      } else {
        const list = this.listeners(event);
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
      const list = this._listeners[event] || [];
      return [...list];
    }
    /** Whether an event has listeners. */
    hasListeners(event) {
      var _a2;
      return !!((_a2 = this._listeners[event]) == null ? void 0 : _a2.length);
    }
    /**
     * Calls the listeners that are there when it starts, each one even when another throws.
     *
     * @internal
     */
    _fire(event, ...args) {
      for (const listener of [...this._listeners[event] || []]) callSafely(listener, this, args);
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
  var _a;
  var defaultBinaryType = typeof window === "undefined" && typeof process !== "undefined" && ((_a = process.versions) == null ? void 0 : _a.node) && typeof Buffer !== "undefined" ? "nodebuffer" : "arraybuffer";
  function isBinary(value) {
    return typeof value === "object" && (ArrayBuffer.isView(value) || /^\[object (ArrayBuffer|Blob|File)\]$/.test(Object.prototype.toString.call(value)));
  }
  function encodePacket({ type, data = "" }) {
    return typeof data === "string" ? TYPES.indexOf(type) + data : data;
  }
  function encodePayload(packets) {
    const parts = packets.map((packet) => {
      const data = encodePacket(packet);
      return typeof data === "string" ? data : encodeBase64(data);
    });
    return parts.some((part) => typeof part !== "string") ? Promise.all(parts).then((texts) => texts.join(SEPARATOR)) : parts.join(SEPARATOR);
  }
  function decodePacket(data, binaryType) {
    if (typeof data !== "string") return { type: "message", data: toBinaryType(data, binaryType) };
    try {
      if (data[0] === "b") return { type: "message", data: toBinaryType(decodeBase64(data.slice(1)), binaryType) };
      const type = TYPES[+data[0]];
      if (type) return data.length > 1 ? { type, data: data.slice(1) } : { type };
    } catch (e) {
    }
    return { type: "error", data: "parser error" };
  }
  function decodePayload(text, binaryType) {
    const packets = [];
    for (const part of text.split(SEPARATOR)) {
      const packet = decodePacket(part, binaryType);
      packets.push(packet);
      if (packet.type === "error") break;
    }
    return packets;
  }
  function countFitting(packets, maxPayload) {
    let size = 0;
    for (let i = 0; i < packets.length; i++) {
      size += (i && 1) + 1 + encodedLength(packets[i].data);
      if (i && size > maxPayload) return i;
    }
    return packets.length;
  }
  function encodedLength(data = "") {
    if (typeof data !== "string") return Math.ceil(("size" in data ? data.size : data.byteLength) / 3) * 4;
    let length = data.length;
    for (let i = 0; i < data.length; i++) {
      const unit = data.charCodeAt(i);
      if (unit > 127) length += unit < 2048 || (unit & 63488) === 55296 ? 1 : 2;
    }
    return length;
  }
  function toBinaryType(data, binaryType) {
    if (binaryType === "nodebuffer") return Buffer.from(data);
    return binaryType === "blob" ? new Blob([data]) : data;
  }
  function encodeBase64(data) {
    if (!ArrayBuffer.isView(data) && !("byteLength" in data)) return data.arrayBuffer().then(encodeBase64);
    const bytes = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return "b" + btoa(text);
  }
  function decodeBase64(text) {
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return bytes.buffer;
  }

  // src/timer.ts
  var { setTimeout: nativeSet, clearTimeout: nativeClear } = globalThis;
  function after(ms, fn, opts = {}) {
    var _a2;
    const set = opts.useNativeTimers ? nativeSet : setTimeout;
    const clear = opts.useNativeTimers ? nativeClear : clearTimeout;
    const timer = set(fn, ms);
    if (opts.autoUnref) (_a2 = timer.unref) == null ? void 0 : _a2.call(timer);
    return () => clear(timer);
  }

  // src/transport.ts
  var TransportError = class extends Error {
    constructor(message, description, context) {
      super(message);
      this.description = description;
      this.context = context;
      this.type = "TransportError";
    }
  };
  var Transport = class extends Emitter {
    constructor(opts) {
      super();
      this.opts = opts;
      /** Whether `send` may be called. */
      this.writable = false;
      this.readyState = "";
      this.query = opts.query;
    }
    /** Connects. */
    open() {
      this.readyState = "opening";
      this._doOpen();
      return this;
    }
    /** Disconnects. */
    close() {
      if (this.readyState && this.readyState !== "closed") {
        this._doClose();
        this._onClose();
      }
      return this;
    }
    /** Sends packets; only while `writable`. */
    send(packets) {
      if (this.readyState === "open") {
        this.writable = false;
        this._write(packets);
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
      this.writable = true;
      this._fire("open");
    }
    /** @internal */
    _onData(data) {
      this._fire("packet", decodePacket(data, this.opts.binaryType));
    }
    /** @internal */
    _onDrain() {
      this.writable = true;
      this._fire("drain");
    }
    /** @internal */
    _onError(message, description, context) {
      this._fire("error", new TransportError(message, description, context));
    }
    /** @internal */
    _onClose(details) {
      this.readyState = "closed";
      this.writable = false;
      this._fire("close", details);
    }
    /** @internal */
    _uri(scheme, params) {
      const { hostname, secure, port, path } = this.opts;
      const isDefault = +port === (secure ? 443 : 80);
      const query = new URLSearchParams({ ...this.query, ...params });
      return `${scheme}${secure ? "s" : ""}://${hostname}${port && !isDefault ? ":" + port : ""}${path}?${query}`;
    }
    /** @internal */
    _timestamp() {
      return { [this.opts.timestampParam || "t"]: Math.random().toString(36).slice(2, 10).padEnd(8, "0") };
    }
  };

  // src/polling.ts
  var LINGER = 5e3;
  var Polling = class extends Transport {
    constructor() {
      super(...arguments);
      this._polling = false;
      this._aborts = /* @__PURE__ */ new Set();
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
      if (this.readyState !== "opening") this._bye();
      if (this._aborts.size) after(LINGER, () => this._abortAll(), { autoUnref: true });
    }
    /** @internal */
    _write(packets) {
      const send = (body2) => {
        if (this.readyState === "closed") return;
        this._request(body2, () => {
          var _a2;
          if (this.readyState === "closed") return;
          this._onDrain();
          (_a2 = this._onIdle) == null ? void 0 : _a2.call(this);
        });
      };
      const body = encodePayload(packets);
      if (typeof body === "string") send(body);
      else body.then(send, (err) => this._onError(this._labels[1], 0, err));
    }
    /** @internal */
    _pause(onPaused) {
      this.readyState = "pausing";
      this._onIdle = () => {
        if (this._polling || !this.writable || this.readyState !== "pausing") return;
        this.readyState = "paused";
        onPaused();
      };
      this._onIdle();
    }
    /** @internal */
    _resume() {
      if (this.readyState !== "pausing" && this.readyState !== "paused") return;
      this.readyState = "open";
      if (!this._polling) this._poll();
    }
    _poll() {
      this._polling = true;
      this._request(void 0, (text) => this._onText(text));
    }
    _onText(text) {
      var _a2;
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
      (_a2 = this._onIdle) == null ? void 0 : _a2.call(this);
      if (this.readyState === "open") this._poll();
    }
    /** Ends a session that was given to us after we gave up. */
    _endUnused(open) {
      try {
        this.query.sid = JSON.parse(open.data).sid;
        this._bye();
      } catch (e) {
      }
    }
    /** Tells the server that the session is over. It releases the waiting request, and if it does not, we do. */
    _bye() {
      this._request("1", () => this._abortAll());
    }
    _abortAll() {
      this._aborts.forEach((abort) => abort());
      this._aborts.clear();
    }
    _request(body, done) {
      const { timestampRequests, forceBase64 } = this.opts;
      const uri = this._uri("http", {
        ...timestampRequests !== false && this._timestamp(),
        ...forceBase64 && !this.query.sid && { b64: 1 }
      });
      const abort = this._exchange(uri, body, (status, text, context) => {
        if (!this._aborts.delete(abort)) return;
        if (status === 200) done(text);
        else if (this.readyState === "closed") this._abortAll();
        else this._onError(this._labels[body === void 0 ? 0 : 1], status, context);
      });
      this._aborts.add(abort);
    }
  };
  var BODY_TYPE = "text/plain;charset=UTF-8";
  var XHR = class extends Polling {
    constructor() {
      super(...arguments);
      /** @internal */
      this._labels = ["xhr poll error", "xhr post error"];
    }
    /** @internal */
    _exchange(uri, body, answer) {
      const { extraHeaders, withCredentials, requestTimeout } = this.opts;
      const xhr = new XMLHttpRequest();
      xhr.open(body === void 0 ? "GET" : "POST", uri, true);
      for (const name in extraHeaders) xhr.setRequestHeader(name, extraHeaders[name]);
      if (body !== void 0) xhr.setRequestHeader("Content-type", BODY_TYPE);
      xhr.setRequestHeader("Accept", "*/*");
      xhr.withCredentials = !!withCredentials;
      if (requestTimeout) xhr.timeout = requestTimeout;
      const ignore = () => {
      };
      xhr.onreadystatechange = () => {
        if (xhr.readyState !== 4) return;
        xhr.onreadystatechange = ignore;
        if (xhr.status === 200) answer(200, xhr.responseText, xhr);
        else setTimeout(() => answer(xhr.status, "", xhr));
      };
      xhr.send(body != null ? body : null);
      return () => {
        xhr.onreadystatechange = ignore;
        xhr.abort();
      };
    }
  };
  var Fetch = class extends Polling {
    constructor() {
      super(...arguments);
      /** @internal */
      this._labels = ["fetch read error", "fetch write error"];
    }
    /** @internal */
    _exchange(uri, body, answer) {
      const { extraHeaders, withCredentials, requestTimeout } = this.opts;
      const headers = new Headers(extraHeaders);
      if (body !== void 0) headers.set("content-type", BODY_TYPE);
      const controller = new AbortController();
      const abort = () => controller.abort();
      const cancel = requestTimeout ? after(requestTimeout, abort, this.opts) : () => {
      };
      fetch(uri, {
        method: body === void 0 ? "GET" : "POST",
        body,
        headers,
        cache: "no-store",
        credentials: withCredentials ? "include" : "same-origin",
        signal: controller.signal
      }).then((response) => response.text().then((text) => answer(response.status, text, response))).catch((err) => answer(0, "", err)).finally(cancel);
      return abort;
    }
  };

  // src/websocket.ts
  var WS = class extends Transport {
    get name() {
      return "websocket";
    }
    /** @internal */
    _doOpen() {
      const { protocols, timestampRequests, forceBase64 } = this.opts;
      const uri = this._uri("ws", { ...timestampRequests && this._timestamp(), ...forceBase64 && { b64: 1 } });
      let ws;
      try {
        ws = this.ws = protocols ? new WebSocket(uri, protocols) : new WebSocket(uri);
      } catch (err) {
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
    _doClose() {
      const ws = this.ws;
      if (!ws) return;
      ws.onopen = ws.onmessage = ws.onclose = null;
      ws.onerror = () => {
      };
      ws.close();
    }
    /** @internal */
    _write(packets) {
      const { forceBase64 } = this.opts;
      const messages = forceBase64 ? Promise.all(packets.map((packet) => encodePayload([packet]))) : packets.map(encodePacket);
      if (!forceBase64) this._sendAll(messages);
      Promise.resolve(messages).then((texts) => {
        if (this.readyState !== "open") return;
        if (forceBase64) this._sendAll(texts);
        this._onDrain();
      });
    }
    /** The browser keeps the order, of Blobs too. What is sent while it closes is lost, and onclose follows. */
    _sendAll(messages) {
      for (const message of messages) this.ws.send(message);
    }
  };

  // src/transports.ts
  function availableTransports() {
    return {
      // Workers of extensions have no XMLHttpRequest, and Node.js has none either.
      polling: typeof XMLHttpRequest === "undefined" ? Fetch : XHR,
      ...typeof WebSocket !== "undefined" && { websocket: WS }
    };
  }

  // src/upgrade.ts
  function upgrade(engine, name) {
    const next = engine._createTransport(name);
    let isOver = false;
    let isPausing = false;
    const fail = (reason) => {
      if (isOver) return;
      end();
      next.close();
      if (isPausing) {
        engine.upgrading = false;
        engine.transport._resume();
      }
      const error = new Error("probe error" + (typeof reason === "string" ? ": " + reason : ""), { cause: reason });
      engine._fire("upgradeError", Object.assign(error, { transport: name }));
      engine._flush();
    };
    const removers = [
      listen(engine, "close", () => fail("session closed")),
      listen(engine, "upgrading", (winner) => {
        if (winner !== next) fail("another transport was faster");
      }),
      listen(next, "open", () => next.send([{ type: "ping", data: "probe" }])),
      listen(next, "packet", onAnswer),
      listen(next, "error", fail),
      listen(next, "close", (details) => fail(details == null ? void 0 : details.description))
    ];
    function end() {
      isOver = true;
      removers.forEach((remove2) => remove2());
    }
    function onAnswer(packet) {
      if (packet.type !== "pong" || packet.data !== "probe") return fail("unexpected packet");
      isPausing = engine.upgrading = true;
      engine._fire("upgrading", next);
      if (isOver) return;
      engine.transport._pause(() => {
        if (isOver) return;
        end();
        engine._adopt(next);
      });
    }
    next.open();
  }

  // src/url.ts
  var pageLocation = () => globalThis.location;
  var PARTS = /^(?:(https?|wss?):\/\/)?(?:[^@/?#]*@)?(\[[^\]]*\]|[0-9a-f]*:[0-9a-f]*:[0-9a-f:]*|[^:/?#]*)(?::(\d*))?([^?#]*)(?:\?([^#]*))?/i;
  function parseUrl(uri, page = pageLocation()) {
    const pageScheme = page ? page.protocol + "//" : "https://";
    let source = uri || "";
    if (/^\/\//.test(source)) source = pageScheme + source.slice(2);
    else if (!source || source[0] === "/") source = (page ? pageScheme + page.host : "http://localhost") + source;
    else if (!/^(https?|wss?):\/\//i.test(source)) source = pageScheme + source;
    const [, scheme = "", name, port, path, query = ""] = PARTS.exec(source);
    const protocol2 = scheme.toLowerCase() || pageScheme.slice(0, -3);
    const parsed = {
      source,
      protocol: protocol2,
      host: bracket(name),
      port: port || (isSecure(protocol2) ? "443" : "80"),
      path: path || "/",
      query,
      id: ""
    };
    parsed.id = `${protocol2}://${parsed.host}:${parsed.port}`;
    return parsed;
  }
  var isSecure = (protocol2) => /^(https|wss)/.test(protocol2);
  var bracket = (host) => host.includes(":") && host[0] !== "[" ? `[${host}]` : host;
  function parseQuery(query) {
    const values = {};
    new URLSearchParams(query).forEach((value, key) => values[key] = value);
    return values;
  }

  // src/wake.ts
  function onWake(fn) {
    const { addEventListener: add, removeEventListener: remove2, document } = globalThis;
    if (typeof add !== "function") return () => {
    };
    const onVisible = () => {
      if (!document.hidden) fn();
    };
    add("online", fn);
    add("pageshow", fn);
    document == null ? void 0 : document.addEventListener("visibilitychange", onVisible);
    return () => {
      remove2("online", fn);
      remove2("pageshow", fn);
      document == null ? void 0 : document.removeEventListener("visibilitychange", onVisible);
    };
  }

  // src/engine.ts
  var _Engine = class _Engine extends Emitter {
    constructor(uri, opts = {}) {
      var _a2, _b;
      super();
      /** The session id: a secret. Null before the handshake and after the end. */
      this.id = null;
      this.readyState = "opening";
      /** Packets that were not sent, or are being sent. */
      this.writeBuffer = [];
      /** The transports the server would accept instead. */
      this.upgrades = [];
      /** Whether a move to another transport is being finished: nothing is sent meanwhile. */
      this.upgrading = false;
      this.binaryType = defaultBinaryType;
      this._sending = 0;
      this._pingInterval = 0;
      this._pingTimeout = 0;
      this._maxPayload = 0;
      this._deadline = 0;
      this._cancelPingTimer = () => {
      };
      this._removePageListeners = () => {
      };
      const address = uri || (opts.hostname ? void 0 : opts.host);
      const target = address ? parseUrl(address) : void 0;
      const page = pageLocation();
      this.secure = uri ? isSecure(target.protocol) : (_a2 = opts.secure) != null ? _a2 : (page == null ? void 0 : page.protocol) === "https:";
      this.hostname = (_b = target == null ? void 0 : target.host) != null ? _b : bracket(opts.hostname || (page == null ? void 0 : page.hostname) || "localhost");
      const standard = this.secure ? 443 : 80;
      this.port = uri ? target.port : opts.port || (opts.hostname || opts.host ? standard : (page == null ? void 0 : page.port) || standard);
      const query = (target == null ? void 0 : target.query) || opts.query || {};
      const path = (opts.path || "/engine.io").replace(/\/$/, "") + (opts.addTrailingSlash === false ? "" : "/");
      this.opts = { ...opts, path, query: typeof query === "string" ? parseQuery(query) : { ...query } };
      const { transports, transportImplementations } = opts;
      if (transports && transportImplementations) throw new Error("give transports or transportImplementations, not both");
      this._table = availableTransports();
      this.transports = (transportImplementations || transports || Object.keys(this._table)).map((transport) => {
        if (typeof transport === "string") return transport;
        const { name } = transport.prototype;
        this._table[name] = transport;
        return name;
      });
      this._listenToPage();
      this._open();
    }
    /** Sends a message; calls back when it was handed to the transport. */
    send(data, options, onFlush) {
      this._sendPacket({ type: "message", data, options: { compress: true, ...options } }, onFlush);
      return this;
    }
    /** Same as {@link send}. */
    write(data, options, onFlush) {
      return this.send(data, options, onFlush);
    }
    /** Closes the session, after everything sent before has left. */
    close() {
      if (this.readyState !== "opening" && this.readyState !== "open") return this;
      this.readyState = "closing";
      const close = () => this._onClose("forced close");
      const afterUpgrade = () => {
        if (!this.upgrading) return close();
        const settled = () => {
          this.off("upgrade", settled).off("upgradeError", settled);
          close();
        };
        this.on("upgrade", settled).on("upgradeError", settled);
      };
      if (this.writeBuffer.length) this.once("drain", afterUpgrade);
      else afterUpgrade();
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
      return new Class(this._transportOptions(name));
    }
    /**
     * Makes a transport the current one.
     *
     * @internal
     */
    _setTransport(transport) {
      var _a2;
      (_a2 = this.transport) == null ? void 0 : _a2.off();
      this.transport = transport.on("drain", () => this._onDrain()).on("packet", (packet) => this._onPacket(packet)).on("error", (err) => this._onError(err)).on("close", (details) => this._onClose("transport close", details));
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
      const { transport, writeBuffer, _maxPayload } = this;
      if (this.readyState === "closed" || !transport.writable || this.upgrading || !writeBuffer.length) return;
      const limited = _maxPayload && transport.name === "polling" && writeBuffer.length > 1;
      this._sending = limited ? countFitting(writeBuffer, _maxPayload) : writeBuffer.length;
      transport.send(writeBuffer.slice(0, this._sending));
      this._fire("flush");
    }
    /**
     * Whether the server should have sent a ping by now. Timers do not run while a device sleeps or a tab is throttled, so
     * this looks at the clock, and ends the session when it is dead.
     *
     * @internal
     */
    _hasPingExpired() {
      const expired = this._deadline > 0 && Date.now() > this._deadline;
      if (expired) {
        this._deadline = 0;
        queueMicrotask(() => this._onClose("ping timeout"));
      }
      return expired;
    }
    _transportOptions(name) {
      var _a2;
      const engine = this;
      const { opts, hostname, secure, port } = engine;
      const query = { ...opts.query, EIO: _Engine.protocol, transport: name };
      if (this.id) query.sid = this.id;
      return {
        ...opts,
        hostname,
        secure,
        port,
        query,
        get binaryType() {
          return engine.binaryType;
        },
        ...(_a2 = opts.transportOptions) == null ? void 0 : _a2[name]
      };
    }
    _open() {
      const { transports, opts } = this;
      if (!transports.length) {
        queueMicrotask(() => this._fire("error", new Error("No transports available")));
        return;
      }
      const remembered = opts.rememberUpgrade && _Engine.priorWebsocketSuccess && transports.includes("websocket");
      this._setTransport(this._createTransport(remembered ? "websocket" : transports[0]));
      this.transport.open();
    }
    _onPacket(packet) {
      if (this.readyState === "closed") return;
      const { type, data } = packet;
      this._fire("packet", packet);
      this._fire("heartbeat");
      switch (type) {
        case "open":
          return this._onHandshake(data);
        case "ping":
          this._sendPacket({ type: "pong" });
          this._fire("ping");
          this._fire("pong");
          return this._expectPing();
        case "error":
          return this._onError(Object.assign(new Error("server error"), { code: data }));
        case "message":
          this._fire("data", data);
          this._fire("message", data);
      }
    }
    _onHandshake(text) {
      let handshake;
      try {
        handshake = JSON.parse(text);
      } catch (err) {
        return this._onError(err);
      }
      this._fire("handshake", handshake);
      this.id = this.transport.query.sid = handshake.sid;
      this.upgrades = handshake.upgrades.filter((name) => this.transports.includes(name) && this._table[name]);
      this._pingInterval = handshake.pingInterval;
      this._pingTimeout = handshake.pingTimeout;
      this._maxPayload = handshake.maxPayload;
      if (this.readyState === "opening") this._onOpen();
      if (this._isClosed()) return;
      this._expectPing();
      if (this.readyState === "open" && this.opts.upgrade !== false) this.upgrades.forEach((name) => upgrade(this, name));
    }
    _isClosed() {
      return this.readyState === "closed";
    }
    _onOpen() {
      this.readyState = "open";
      _Engine.priorWebsocketSuccess = this.transport.name === "websocket";
      this._fire("open");
      this._flush();
    }
    _expectPing() {
      this._cancelPingTimer();
      const delay = this._pingInterval + this._pingTimeout;
      this._deadline = Date.now() + delay;
      this._cancelPingTimer = after(delay, () => this._onClose("ping timeout"), this.opts);
    }
    _sendPacket(packet, onFlush) {
      if (this.readyState === "closing" || this.readyState === "closed") return;
      this._fire("packetCreate", packet);
      this.writeBuffer.push(packet);
      if (onFlush) this.once("flush", onFlush);
      this._flush();
    }
    _onDrain() {
      this.writeBuffer.splice(0, this._sending);
      this._sending = 0;
      if (this.writeBuffer.length) this._flush();
      else this._fire("drain");
    }
    _onError(err) {
      _Engine.priorWebsocketSuccess = false;
      if (this.opts.tryAllTransports && this.transports.length > 1 && this.readyState === "opening") {
        this.transports.shift();
        this.transport.off().close();
        return this._open();
      }
      this._fire("error", err);
      this._onClose("transport error", err);
    }
    _onClose(reason, details) {
      var _a2;
      if (this.readyState === "closed") return;
      this._cancelPingTimer();
      this._removePageListeners();
      (_a2 = this.transport) == null ? void 0 : _a2.off().close();
      this.readyState = "closed";
      this.id = null;
      this._fire("close", reason, details);
      this.writeBuffer = [];
      this._sending = 0;
    }
    _listenToPage() {
      const { addEventListener: add, removeEventListener: remove2 } = globalThis;
      if (typeof add !== "function") return;
      const stopWake = onWake(() => this._hasPingExpired());
      const onOffline = () => this._onClose("transport close", { description: "network connection lost" });
      const onUnload = () => {
        var _a2;
        (_a2 = this.transport) == null ? void 0 : _a2.off().close();
      };
      if (this.hostname !== "localhost") add("offline", onOffline);
      if (this.opts.closeOnBeforeunload) add("beforeunload", onUnload);
      this._removePageListeners = () => {
        stopWake();
        remove2("offline", onOffline);
        remove2("beforeunload", onUnload);
      };
    }
  };
  /** The revision of the Engine.IO protocol. */
  _Engine.protocol = 4;
  /** Whether the last upgrade to WebSocket worked; see `rememberUpgrade`. */
  _Engine.priorWebsocketSuccess = false;
  var Engine = _Engine;

  // src/packet.ts
  var protocol = 5;
  var PacketType = {
    CONNECT: 0,
    DISCONNECT: 1,
    EVENT: 2,
    ACK: 3,
    CONNECT_ERROR: 4,
    BINARY_EVENT: 5,
    BINARY_ACK: 6
  };
  var RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
  var { CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK } = PacketType;
  var Encoder = class {
    constructor(_replacer) {
      this._replacer = _replacer;
    }
    /** The messages of one packet: a text, then each binary value inside it, in the order of the text. */
    encode(packet) {
      var _a2;
      const buffers = [];
      const replacer = this._replacer;
      function extract(key, value) {
        const raw = this[key];
        const binary = isBinary(raw) ? raw : value;
        if (!isBinary(binary)) return replacer ? replacer.call(this, key, value) : value;
        return { _placeholder: true, num: buffers.push(binary) - 1 };
      }
      const json = JSON.stringify(packet.data, hasBinary(packet.data) ? extract : replacer);
      const type = packet.type;
      const count = buffers.length;
      const head = (count ? `${type === EVENT ? BINARY_EVENT : type === ACK ? BINARY_ACK : type}${count}-` : `${type}`) + (packet.nsp && packet.nsp !== "/" ? packet.nsp + "," : "") + ((_a2 = packet.id) != null ? _a2 : "");
      return [head + (json != null ? json : ""), ...buffers];
    }
  };
  var Decoder = class extends Emitter {
    constructor(_opts = {}) {
      super();
      this._opts = _opts;
      this._buffers = [];
    }
    /** Takes the next message; throws when it cannot be part of a packet. */
    add(message) {
      if (typeof message === "string") {
        if (this._pending) throw new Error("got plaintext data when reconstructing a packet");
        const packet = decodeText(message, this._opts);
        if (packet.attachments) this._pending = packet;
        else this._fire("decoded", packet);
      } else if (!isBinary(message)) {
        throw new Error("Unknown type: " + message);
      } else if (!this._pending) {
        throw new Error("got binary data when not reconstructing a packet");
      } else if (this._buffers.push(message) === this._pending.attachments) {
        const packet = this._pending;
        packet.data = fill(packet.data, this._buffers);
        packet.attachments = void 0;
        packet.type -= BINARY_EVENT - EVENT;
        this.destroy();
        this._fire("decoded", packet);
      }
    }
    /** Forgets a half-received packet. */
    destroy() {
      this._pending = void 0;
      this._buffers = [];
    }
  };
  var TEXT = /^([0-6])(?:(\d+)-)?(?:(\/[^,]*),?)?(\d+)?([^]*)$/;
  function decodeText(text, { reviver, maxAttachments = 10 }) {
    const parts = TEXT.exec(text);
    if (!parts) throw new Error("unknown packet type " + text[0]);
    const type = +parts[1];
    const count = parts[2];
    if (type < BINARY_EVENT ? count : !+count) throw new Error("Illegal attachments");
    if (+count > maxAttachments) throw new Error("too many attachments");
    const packet = { type, nsp: parts[3] || "/" };
    if (count) packet.attachments = +count;
    if (parts[4]) packet.id = +parts[4];
    if (parts[5]) {
      try {
        packet.data = JSON.parse(parts[5], reviver);
      } catch (e) {
      }
      if (!isValid(type, packet.data)) throw new Error("invalid payload");
    }
    return packet;
  }
  function isValid(type, data) {
    switch (type) {
      case CONNECT:
        return isObject(data);
      case DISCONNECT:
        return false;
      case CONNECT_ERROR:
        return typeof data === "string" || isObject(data);
      case ACK:
      case BINARY_ACK:
        return Array.isArray(data);
      default:
        return Array.isArray(data) && isEventName(data[0]);
    }
  }
  var isObject = (value) => typeof value === "object" && !!value && !Array.isArray(value);
  var isEventName = (name) => typeof name === "number" || typeof name === "string" && !RESERVED.includes(name);
  function hasBinary(value) {
    if (typeof value !== "object" || !value) return false;
    if (Array.isArray(value)) return value.some(hasBinary);
    if (isBinary(value)) return true;
    const { toJSON } = value;
    return typeof toJSON === "function" ? hasBinary(toJSON.call(value)) : Object.values(value).some(hasBinary);
  }
  function fill(value, buffers) {
    if (typeof value !== "object" || !value) return value;
    const object = value;
    if (object._placeholder === true) {
      const buffer = typeof object.num === "number" && buffers[object.num];
      if (!buffer) throw new Error("illegal attachments");
      return buffer;
    }
    for (const key of Object.keys(object)) object[key] = fill(object[key], buffers);
    return object;
  }

  // src/socket.ts
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
      this._isActive = false;
      this._flags = {};
      this._queue = [];
      this._anyIncoming = [];
      this._anyOutgoing = [];
      this.io = io2;
      this.nsp = nsp;
      this.auth = opts.auth || {};
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
      return this._isActive;
    }
    /** Connects. */
    connect() {
      if (this.connected) return this;
      const { io: io2 } = this;
      this._isActive = true;
      if (io2._readyState === "open") this._onOpen();
      else if (!io2._reconnecting) io2.open();
      return this;
    }
    /** Same as {@link connect}. */
    open() {
      return this.connect();
    }
    /** Disconnects, and does not connect again until told to. */
    disconnect() {
      const wasConnected = this.connected;
      if (wasConnected) this._send({ type: PacketType.DISCONNECT });
      this._release();
      if (wasConnected) this._onClose("io client disconnect");
      return this;
    }
    /** Same as {@link disconnect}. */
    close() {
      return this.disconnect();
    }
    emit(event, ...args) {
      if (RESERVED.includes(event)) throw new Error(`"${event}" is a reserved event name`);
      const flags = this._flags;
      this._flags = {};
      const data = [event, ...args];
      if (this._opts.retries && !flags.isQueued && !flags.volatile) this._enqueue(data, flags);
      else this._emit(data, flags);
      return this;
    }
    emitWithAck(event, ...args) {
      return new Promise((resolve, reject) => {
        const ack = (err, value) => err ? reject(err) : resolve(value);
        ack.withError = true;
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
    /** Adds a listener for every event that arrives: it gets the name, then the arguments. */
    onAny(listener) {
      this._anyIncoming.push(listener);
      return this;
    }
    /** Like {@link onAny}, before the others. */
    prependAny(listener) {
      this._anyIncoming.unshift(listener);
      return this;
    }
    /** Removes one or all listeners of {@link onAny}. */
    offAny(listener) {
      remove(this._anyIncoming, listener);
      return this;
    }
    /** The listeners of {@link onAny}. */
    listenersAny() {
      return this._anyIncoming;
    }
    /** Adds a listener for every event that is sent. */
    onAnyOutgoing(listener) {
      this._anyOutgoing.push(listener);
      return this;
    }
    /** Like {@link onAnyOutgoing}, before the others. */
    prependAnyOutgoing(listener) {
      this._anyOutgoing.unshift(listener);
      return this;
    }
    /** Removes one or all listeners of {@link onAnyOutgoing}. */
    offAnyOutgoing(listener) {
      remove(this._anyOutgoing, listener);
      return this;
    }
    /** The listeners of {@link onAnyOutgoing}. */
    listenersAnyOutgoing() {
      return this._anyOutgoing;
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
      let isSent = false;
      const send = (data) => {
        if (isSent || this._asked !== engine || io2._readyState !== "open") return;
        isSent = true;
        this._sendConnect(data);
      };
      const refuse = (err) => {
        if (isSent || this._asked !== engine) return;
        this._asked = void 0;
        this._release();
        this._fire("connect_error", err);
      };
      try {
        const result = auth.call(this, send);
        if (result instanceof Promise) result.then((data) => data && send(data), refuse);
      } catch (err) {
        refuse(err);
      }
    }
    _sendConnect(auth) {
      const data = this._pid ? { pid: this._pid, offset: this._lastOffset, ...auth } : auth;
      this._send({ type: PacketType.CONNECT, data });
    }
    _onConnect(id, pid) {
      this.id = id;
      this.recovered = !!pid && this._pid === pid;
      this._pid = pid;
      this.connected = true;
      const { sendBuffer, receiveBuffer } = this;
      this.sendBuffer = [];
      this.receiveBuffer = [];
      sendBuffer.forEach((packet) => this._sendEvent(packet));
      receiveBuffer.forEach((args) => this._dispatch(args));
      this._drainQueue(true);
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
    /** Becomes inactive, which may end the connection. */
    _release() {
      this._isActive = false;
      this.io._release();
    }
    // Sending
    _send(packet) {
      this.io._packet({ nsp: this.nsp, ...packet });
    }
    _emit(data, flags) {
      var _a2;
      const packet = { type: PacketType.EVENT, nsp: this.nsp, data, options: { compress: flags.compress !== false } };
      const { engine } = this.io;
      const isReady = this.connected && !engine._hasPingExpired();
      const isDropped = flags.volatile && !(isReady && engine.transport.writable);
      if (typeof data[data.length - 1] === "function") {
        packet.id = this.ids++;
        this._addAck(packet.id, data.pop(), (_a2 = flags.timeout) != null ? _a2 : this._opts.ackTimeout);
      }
      if (isDropped) return;
      if (isReady) this._sendEvent(packet);
      else this.sendBuffer.push(packet);
    }
    _sendEvent(packet) {
      for (const listener of [...this._anyOutgoing]) callSafely(listener, this, packet.data);
      this._send(packet);
    }
    // Acknowledgements
    _addAck(id, ack, timeout) {
      if (timeout === void 0) {
        this.acks[id] = ack;
        return;
      }
      const cancel = after(timeout, () => {
        delete this.acks[id];
        this.sendBuffer = this.sendBuffer.filter((packet) => packet.id !== id);
        callSafely(ack, this, [new Error("operation has timed out")]);
      }, this.io.opts);
      const settle = (...args) => {
        cancel();
        ack.apply(this, args);
      };
      settle.withError = true;
      this.acks[id] = settle;
    }
    _failAcks() {
      for (const id of Object.keys(this.acks)) {
        if (this.sendBuffer.some((packet) => packet.id === +id)) continue;
        const ack = this.acks[id];
        delete this.acks[id];
        if (ack.withError) callSafely(ack, this, [new Error("socket has been disconnected")]);
      }
    }
    // Retries: one event at a time, again and again until it is acknowledged.
    _enqueue(args, flags) {
      const ack = typeof args[args.length - 1] === "function" ? args.pop() : void 0;
      const event = { args, flags, tries: 0, isPending: false };
      args.push((err, ...values) => {
        if (event !== this._queue[0]) return;
        event.isPending = false;
        if (!err || event.tries > this._opts.retries) {
          this._queue.shift();
          if (ack) callSafely(ack, this, err ? [err] : [null, ...values]);
        }
        this._drainQueue();
      });
      this._queue.push(event);
      this._drainQueue();
    }
    /** Sends the first event of the queue; with force also when it is on its way already, on a connection that is gone. */
    _drainQueue(force = false) {
      const event = this._queue[0];
      if (!this.connected || !event || event.isPending && !force) return;
      event.isPending = true;
      event.tries++;
      const ack = event.args[event.args.length - 1];
      ack.withError = true;
      this._emit([...event.args], event.flags);
    }
    // Receiving
    /**
     * A packet of this namespace has come.
     *
     * @internal
     */
    _onPacket({ type, data, id }) {
      if (type === PacketType.CONNECT || type === PacketType.CONNECT_ERROR || type === PacketType.DISCONNECT) this._asked = void 0;
      if (!this._isActive) {
        if (type === PacketType.CONNECT) this._send({ type: PacketType.DISCONNECT });
        return;
      }
      switch (type) {
        case PacketType.CONNECT:
          if (data == null ? void 0 : data.sid) return this._onConnect(data.sid, data.pid);
          this._fire("connect_error", new Error("no session id: this server seems to be Socket.IO v2, which needs a v2 client"));
          break;
        case PacketType.EVENT:
        case PacketType.BINARY_EVENT:
          return this._onEvent(data || [], id);
        case PacketType.ACK:
        case PacketType.BINARY_ACK:
          return this._onAck(id, data || []);
        case PacketType.DISCONNECT:
          this._release();
          return this._onClose("io server disconnect");
        case PacketType.CONNECT_ERROR:
          this._release();
          this._fire("connect_error", Object.assign(new Error(data.message), { data: data.data }));
      }
    }
    _onEvent(args, id) {
      if (id !== void 0) {
        let isSent = false;
        args.push((...values) => {
          if (isSent) return;
          isSent = true;
          this._send({ type: PacketType.ACK, id, data: values });
        });
      }
      if (this.connected) this._dispatch(args);
      else this.receiveBuffer.push(args);
    }
    _dispatch(args) {
      const last = args[args.length - 1];
      if (this._pid && typeof last === "string") this._lastOffset = last;
      for (const listener of [...this._anyIncoming]) callSafely(listener, this, args);
      if (args.length) this._fire(args[0], ...args.slice(1));
    }
    _onAck(id, args) {
      const ack = this.acks[id];
      if (!ack) return;
      delete this.acks[id];
      callSafely(ack, this, ack.withError ? [null, ...args] : args);
    }
  };
  function remove(list, listener) {
    if (!listener) list.length = 0;
    else if (list.includes(listener)) list.splice(list.indexOf(listener), 1);
  }

  // src/manager.ts
  var Manager = class extends Emitter {
    constructor(uri, opts) {
      var _a2, _b, _c, _d, _e;
      super();
      /** The sockets by namespace. */
      this.nsps = /* @__PURE__ */ Object.create(null);
      /** @internal */
      this._readyState = "closed";
      /** @internal */
      this._reconnecting = false;
      this._skipReconnect = false;
      this._inbox = [];
      this._cleanups = [];
      this._cancelRetry = () => {
      };
      if (typeof uri === "object") {
        opts = uri;
        uri = void 0;
      }
      this.uri = uri;
      this.opts = opts = opts || {};
      opts.path || (opts.path = "/socket.io");
      this._backoff = new Backoff({
        min: (_a2 = opts.reconnectionDelay) != null ? _a2 : 1e3,
        max: (_b = opts.reconnectionDelayMax) != null ? _b : 5e3,
        jitter: (_c = opts.randomizationFactor) != null ? _c : 0.5
      });
      this.reconnection(opts.reconnection !== false);
      this.reconnectionAttempts((_d = opts.reconnectionAttempts) != null ? _d : Infinity);
      this.timeout((_e = opts.timeout) != null ? _e : 2e4);
      const parser = opts.parser || { Encoder, Decoder };
      this._encoder = new parser.Encoder();
      this._decoder = new parser.Decoder();
      this._autoConnect = opts.autoConnect !== false;
      if (this._autoConnect) this.open();
    }
    reconnection(value) {
      if (value === void 0) return this._reconnection;
      this._reconnection = value;
      if (!value) this._skipReconnect = true;
      return this;
    }
    reconnectionAttempts(value) {
      if (value === void 0) return this._reconnectionAttempts;
      this._reconnectionAttempts = value;
      return this;
    }
    reconnectionDelay(value) {
      return this._backoffOption("min", value);
    }
    reconnectionDelayMax(value) {
      return this._backoffOption("max", value);
    }
    randomizationFactor(value) {
      return this._backoffOption("jitter", value);
    }
    timeout(value) {
      if (value === void 0) return this._timeout;
      this._timeout = value;
      return this;
    }
    /** Connects. With a callback, a failure is given to it and not retried. */
    open(callback) {
      if (this._readyState !== "closed") return this;
      this._cancelRetry();
      this._reconnecting = false;
      this._connect(callback);
      return this;
    }
    /** Same as {@link open}. */
    connect(callback) {
      return this.open(callback);
    }
    _connect(callback) {
      this._readyState = "opening";
      this._skipReconnect = false;
      const engine = this.engine = new Engine(this.uri, this.opts);
      const onError = (err) => {
        this._cleanup();
        this._readyState = "closed";
        this._onError(err);
        if (callback) callback(err);
        else if (this._reconnection) this._reconnect();
      };
      this._cleanups = [
        listen(engine, "open", () => {
          this._onOpen();
          callback == null ? void 0 : callback();
        }),
        listen(engine, "error", onError),
        listen(engine, "close", (reason) => onError(new Error(reason)))
      ];
      if (this._timeout !== false) {
        const cancel = after(
          this._timeout,
          () => {
            onError(new Error("timeout"));
            engine.close();
          },
          this.opts
        );
        this._cleanups.push(cancel);
      }
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
      if (!this._sockets().some((socket) => socket.active)) this._close();
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
      this._cancelRetry();
      this._onClose("forced close");
    }
    /** A copy: their listeners may add more. */
    _sockets() {
      return Object.values(this.nsps);
    }
    _backoffOption(name, value) {
      if (value === void 0) return this._backoff.opts[name];
      this._backoff.opts[name] = value;
      return this;
    }
    _cleanup() {
      var _a2, _b;
      this._cleanups.forEach((fn) => fn());
      this._cleanups = [];
      (_b = (_a2 = this._decoder).destroy) == null ? void 0 : _b.call(_a2);
    }
    _onOpen() {
      this._cleanup();
      this._readyState = "open";
      const { engine } = this;
      this._cleanups = [
        listen(engine, "ping", () => this._fire("ping")),
        listen(engine, "data", (message) => this._onMessage(message)),
        listen(engine, "error", (err) => this._onError(err)),
        listen(engine, "close", (reason, details) => this._onClose(reason, details)),
        listen(this._decoder, "decoded", (packet) => this._onPacket(packet))
      ];
      this._sockets().forEach((socket) => socket._onOpen());
      this._fire("open");
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
    /** Packets are delivered on a microtask, out of the reach of the code that reads from the network. */
    _onPacket(packet) {
      if (this._inbox.push(packet) === 1) queueMicrotask(() => this._deliver());
    }
    _deliver() {
      var _a2;
      for (let packet; packet = this._inbox.shift(); ) {
        (_a2 = this.nsps[packet.nsp]) == null ? void 0 : _a2._onPacket(packet);
        this._fire("packet", packet);
      }
    }
    _onClose(reason, description) {
      var _a2;
      this._deliver();
      this._cleanup();
      (_a2 = this.engine) == null ? void 0 : _a2.close();
      this._backoff.reset();
      this._readyState = "closed";
      this._sockets().forEach((socket) => socket._onLost(reason, description));
      this._fire("close", reason, description);
      if (this._reconnection && !this._skipReconnect) this._reconnect();
    }
    _reconnect() {
      if (this._reconnecting || this._skipReconnect) return;
      const backoff = this._backoff;
      if (backoff.attempts >= this._reconnectionAttempts) {
        backoff.reset();
        this._fire("reconnect_failed");
        return;
      }
      this._reconnecting = true;
      const retry = () => this._retry();
      const cancelTimer = after(backoff.duration(), retry, this.opts);
      const cancelWake = onWake(retry);
      this._cancelRetry = () => {
        cancelTimer();
        cancelWake();
      };
    }
    _retry() {
      this._cancelRetry();
      if (this._skipReconnect) return;
      this._fire("reconnect_attempt", this._backoff.attempts);
      if (this._skipReconnect) return;
      this._connect((err) => {
        const attempt = this._backoff.attempts;
        this._reconnecting = false;
        if (err) {
          this._reconnect();
          this._fire("reconnect_error", err);
        } else {
          this._backoff.reset();
          this._fire("reconnect", attempt);
        }
      });
    }
  };

  // src/index.ts
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
    const manager = isOwn ? new Manager(source, opts) : managers[key] || (managers[key] = new Manager(source, opts));
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

  // src/global.ts
  if (typeof module === "object" && module.exports) module.exports = io;
  else if (typeof define === "function" && define.amd) define([], () => io);
  else Object.assign(globalThis, { io });
})();
//# sourceMappingURL=socket.io.js.map
