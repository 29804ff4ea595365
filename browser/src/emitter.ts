import type { AnyFunction, DefaultEventsMap, EventListener, EventNames, EventParams, EventsMap } from "./types.js";

type Wrapped = AnyFunction & { fn?: AnyFunction };

/**
 * Calls fn. What it throws is reported as an uncaught error, and never reaches the protocol code
 * that called it.
 *
 * @internal
 */
export function callSafely(fn: AnyFunction, self: unknown, args: unknown[]): void {
  try {
    fn.apply(self, args);
  } catch (err) {
    queueMicrotask(() => {
      throw err;
    });
  }
}

/** An event emitter. Every method returns the emitter. */
export class Emitter<
  Listen extends EventsMap = DefaultEventsMap,
  Emit extends EventsMap = Listen,
  Reserved extends EventsMap = {},
> {
  private _listeners: Record<PropertyKey, Wrapped[] | undefined> = Object.create(null);

  /** Adds a listener. */
  on<Ev extends EventNames<Reserved> | EventNames<Listen>>(event: Ev, listener: EventListener<Listen, Reserved, Ev>): this {
    (this._listeners[event as PropertyKey] ||= []).push(listener as AnyFunction);
    return this;
  }

  /** Adds a listener that is removed when it is called. */
  once<Ev extends EventNames<Reserved> | EventNames<Listen>>(event: Ev, listener: EventListener<Listen, Reserved, Ev>): this {
    const wrapped: Wrapped = (...args) => {
      this.off(event, wrapped as EventListener<Listen, Reserved, Ev>);
      listener.apply(this, args);
    };
    wrapped.fn = listener;
    return this.on(event, wrapped as EventListener<Listen, Reserved, Ev>);
  }

  /** Removes one listener, all listeners of an event, or all listeners. */
  off<Ev extends EventNames<Reserved> | EventNames<Listen>>(event?: Ev, listener?: EventListener<Listen, Reserved, Ev>): this {
    if (event === undefined) {
      this._listeners = Object.create(null);
    } else if (!listener) {
      delete this._listeners[event];
    } else {
      const list = this.listeners(event) as Wrapped[];
      const at = list.findIndex((l) => l === listener || l.fn === listener);
      if (at >= 0) list.splice(at, 1);
      this._listeners[event] = list;
    }
    return this;
  }

  /** Calls the listeners of an event. */
  emit<Ev extends EventNames<Emit>>(event: Ev, ...args: EventParams<Emit, Ev>): this {
    return this._fire(event, ...args);
  }

  /** The listeners of an event. */
  listeners<Ev extends EventNames<Reserved> | EventNames<Listen>>(event: Ev): EventListener<Listen, Reserved, Ev>[] {
    const list: unknown[] = this._listeners[event as PropertyKey] || [];
    return [...list] as EventListener<Listen, Reserved, Ev>[];
  }

  /** Whether an event has listeners. */
  hasListeners<Ev extends EventNames<Reserved> | EventNames<Listen>>(event: Ev): boolean {
    return !!this._listeners[event]?.length;
  }

  /**
   * Calls the listeners that are there when it starts, each one even when another throws.
   *
   * @internal
   */
  _fire(event: PropertyKey, ...args: unknown[]): this {
    for (const listener of [...(this._listeners[event] || [])]) callSafely(listener, this, args);
    return this;
  }

  /** Same as {@link on}. */
  declare addEventListener: this["on"];
  /** Same as {@link off}. */
  declare removeListener: this["off"];
  /** Same as {@link off}. */
  declare removeEventListener: this["off"];
  /** Same as {@link off}. */
  declare removeAllListeners: this["off"];
}

const proto = Emitter.prototype;
proto.addEventListener = proto.on;
proto.removeListener = proto.removeEventListener = proto.removeAllListeners = proto.off;

/**
 * Adds a listener and returns what removes it.
 *
 * @internal
 */
export function listen(emitter: Pick<Emitter, "on" | "off">, event: string, listener: AnyFunction): () => void {
  emitter.on(event, listener);
  return () => emitter.off(event, listener);
}
