import type { AnyFunction, DefaultEventsMap, EventListener, EventNames, EventParams, EventsMap } from "./types.js";

type Listener = AnyFunction & {
  /** What `once` was given. */
  fn?: AnyFunction;
};

/**
 * Calls the functions that are in the list when it starts, each one even when another throws. What is thrown is reported
 * as an uncaught error, and never reaches the protocol code that called.
 *
 * @internal
 */
export function callAll(fns: AnyFunction[], self: unknown, args: unknown[]): void {
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

/** An event emitter. Every method returns the emitter. */
export class Emitter<
  Listen extends EventsMap = DefaultEventsMap,
  Emit extends EventsMap = Listen,
  Reserved extends EventsMap = {},
> {
  private _listeners: Record<PropertyKey, Listener[]> = Object.create(null);

  /** Adds a listener. */
  on<Ev extends EventNames<Reserved> | EventNames<Listen>>(event: Ev, listener: EventListener<Listen, Reserved, Ev>): this {
    (this._listeners[event as PropertyKey] ||= []).push(listener as AnyFunction);
    return this;
  }

  /** Adds a listener that is removed when it is called. */
  once<Ev extends EventNames<Reserved> | EventNames<Listen>>(event: Ev, listener: EventListener<Listen, Reserved, Ev>): this {
    const once: Listener = (...args) => {
      this.off(event, once as EventListener<Listen, Reserved, Ev>);
      listener.apply(this, args);
    };
    once.fn = listener;
    return this.on(event, once as EventListener<Listen, Reserved, Ev>);
  }

  /** Removes one listener, all listeners of an event, or all listeners. */
  off<Ev extends EventNames<Reserved> | EventNames<Listen>>(event?: Ev, listener?: EventListener<Listen, Reserved, Ev>): this {
    if (event === undefined) {
      this._listeners = Object.create(null);
    } else {
      const list = listener ? (this.listeners(event) as Listener[]) : [];
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
    return [...(this._listeners[event as PropertyKey] || [])] as EventListener<Listen, Reserved, Ev>[];
  }

  /** Whether an event has listeners. */
  hasListeners<Ev extends EventNames<Reserved> | EventNames<Listen>>(event: Ev): boolean {
    return !!this.listeners(event)[0];
  }

  /**
   * Calls the listeners of an event; unlike `emit`, never to be overridden.
   *
   * @internal
   */
  _fire(event: PropertyKey, ...args: unknown[]): this {
    callAll(this._listeners[event] || [], this, args);
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

interface Listenable {
  on(event: any, listener: AnyFunction): unknown;
  off(event: any, listener: AnyFunction): unknown;
}

/**
 * Adds a listener and returns what removes it.
 *
 * @internal
 */
export function listen(emitter: Listenable, event: string, listener: AnyFunction): () => void {
  emitter.on(event, listener);
  return () => emitter.off(event, listener);
}
