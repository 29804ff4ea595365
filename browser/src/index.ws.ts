// The client with WebSocket as its only transport.
import { Decoder, Encoder } from "./packet.js";
import { platform } from "./platform.js";
import { WS } from "./websocket.js";

platform._parser = { Encoder, Decoder };
platform._transports = { websocket: WS };

export * from "./core.js";
export { default } from "./core.js";
export { WS as WebSocket, WS as NodeWebSocket } from "./websocket.js";
