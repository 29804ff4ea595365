/** A map from event names to listener signatures. */
export interface EventsMap {
  [event: string]: any;
}

/** The map used when none is given: any event, any arguments. */
export interface DefaultEventsMap {
  [event: string]: (...args: any[]) => void;
}

/** Any function, as seen by code that only passes functions on. */
export type AnyFunction = (...args: any[]) => any;

/** The event names of a map. */
export type EventNames<M extends EventsMap> = keyof M & (string | symbol);

/** The arguments of one event. */
export type EventParams<M extends EventsMap, Ev extends EventNames<M>> = Parameters<M[Ev]>;

/** The listener for a reserved event or one of the user's. */
export type EventListener<Listen extends EventsMap, Reserved extends EventsMap, Ev> =
  Ev extends EventNames<Reserved> ? Reserved[Ev]
  : Ev extends EventNames<Listen> ? Listen[Ev]
  : AnyFunction;

/** The last element of a tuple, also when it is optional. */
export type Last<T extends unknown[]> = Required<T> extends [...unknown[], infer L] ? L : T extends (infer E)[] ? E : never;

/** A tuple without its last element. */
export type AllButLast<T extends unknown[]> =
  T extends [...infer Head, unknown] ? Head
  : Required<T> extends [...infer Head, unknown] ? Head
  : T;

/** The names of the events whose last argument is a callback. */
export type EventNamesWithAck<M extends EventsMap> = {
  [Ev in EventNames<M>]: Last<Parameters<M[Ev]>> extends AnyFunction ? Ev
    // A map that says `any` may take a callback.
    : unknown extends Last<Parameters<M[Ev]>> ? Ev
    : never;
}[EventNames<M>];

/** What `emitWithAck` resolves to: the first argument of the callback that is not an error. */
export type AckResult<F> =
  F extends (error: Error, ...args: infer R) => unknown ? (Error extends Parameters<F>[0] ? FirstOf<R> : FirstOf<Parameters<F>>)
  : F extends (...args: infer R) => unknown ? FirstOf<R>
  : any;

type FirstOf<T extends unknown[]> = T extends [] ? void : T[0];

/** An event map whose callbacks take an error first, as they do after `timeout()`. */
export type DecorateAcknowledgements<M extends EventsMap> = {
  [Ev in keyof M]: M[Ev] extends (...args: infer P) => infer R ? (...args: WithAckError<P>) => R : M[Ev];
};

type WithAckError<P extends unknown[]> =
  P extends [...infer Head, infer L]
    ? L extends (...args: infer A) => infer R ? [...Head, (error: Error, ...args: A) => R] : P
    : P;

/** Binary values that can be sent. */
export type Binary = ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob;

/** What one Engine.IO message can carry. */
export type RawData = string | Binary;
