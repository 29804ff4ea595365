// The client with WebSocket as its only transport, for Node.js.
import "../index.ws.js";
import { platform } from "../platform.js";
import { NodeWS } from "./websocket.js";

platform._transports = { websocket: NodeWS };
platform._binaryType = "nodebuffer";

export * from "../core.js";
export { default } from "../core.js";
export { WS as WebSocket } from "../websocket.js";
export { NodeWS as NodeWebSocket } from "./websocket.js";
