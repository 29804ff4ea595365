// A Socket.IO client in a process of its own: the runner freezes (SIGSTOP) or kills it.
// usage: node puppet.mjs CLIENT URL OPTIONS_JSON; prints one JSON object per line
import { CLIENTS } from "./clients.mjs";

const [client, url, options] = process.argv.slice(2);
const say = (event, rest) => console.log(JSON.stringify({ event, ...rest }));

const { transports, ...rest } = JSON.parse(options);
const manager = new CLIENTS[client].Manager(url, {
  ...CLIENTS[client].options,
  transports,
  autoConnect: false,
  reconnectionDelay: 50,
  reconnectionDelayMax: 200,
  ...rest,
});
const socket = manager.socket("/");
socket.connect();

const onFinalTransport = () => manager.engine.transport.name === transports.at(-1);
const ready = () => say("ready", { id: socket.id });

socket.once("connect", () => (onFinalTransport() ? ready() : manager.engine.once("upgrade", ready)));
socket.on("connect", () => say("connect", { id: socket.id, recovered: Boolean(socket.recovered) }));
socket.on("msg", () => say("msg"));
socket.on("disconnect", (reason) => say("disconnect", { reason }));
process.stdin.on("end", () => process.exit(0)).resume();
