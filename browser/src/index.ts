// The whole client.
import { Decoder, Encoder } from "./packet.js";
import { platform } from "./platform.js";

platform._parser = { Encoder, Decoder };

export * from "./full.js";
export { default } from "./core.js";
