import { io } from "/dist/socket.io.esm.min.js";
import "./talk.js";

globalThis.io = io;
