// What every entry point of Node.js but `ws` has in common.
import { platform } from "../platform.js";
import { NodeWS } from "./websocket.js";
import { NodeXHR } from "./xhr.js";

export * from "../full.js";
export { NodeWS as NodeWebSocket } from "./websocket.js";
export { NodeXHR } from "./xhr.js";

platform._transports = { ...platform._transports, polling: NodeXHR, websocket: NodeWS };
platform._binaryType = "nodebuffer";
