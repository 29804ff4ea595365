// A server of Socket.IO 2.x, which our clients refuse with a text that says why.
// usage: node old.mjs --port 0
import { createServer } from "node:http";
import Server from "socket.io-v2";

const http = createServer();
new Server(http);
http.listen(0, "127.0.0.1", () => console.log(`listening http://127.0.0.1:${http.address().port}`));
process.once("SIGTERM", () => process.exit(0));
