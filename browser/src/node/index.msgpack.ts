// The client with MessagePack in place of JSON, for Node.js.
export { Decoder, Encoder } from "../index.msgpack.js";
export * from "./full.js";
export { default } from "../core.js";
