// The client with MessagePack in place of JSON. The names Encoder and Decoder let it stand in for
// socket.io-msgpack-parser in the option `parser`.
import { Decoder, Encoder } from "./msgpack.js";
import { platform } from "./platform.js";

platform._parser = { Encoder, Decoder };

export * from "./full.js";
export { default } from "./core.js";
export { Decoder, Encoder } from "./msgpack.js";
