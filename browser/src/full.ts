// What every entry point but `ws` has in common: all transports of the platform, and all names.
import { platform } from "./platform.js";
import { Fetch, XHR } from "./polling.js";
import { upgrade } from "./upgrade.js";
import { WS } from "./websocket.js";
import { WT } from "./webtransport.js";

// Service workers have no XMLHttpRequest.
platform._transports = { polling: typeof XMLHttpRequest === "undefined" ? Fetch : XHR, websocket: WS, webtransport: WT };
platform._upgrade = upgrade;

export * from "./core.js";
export { Fetch, XHR, XHR as NodeXHR } from "./polling.js";
export { WS as WebSocket, WS as NodeWebSocket } from "./websocket.js";
export { WT as WebTransport } from "./webtransport.js";
