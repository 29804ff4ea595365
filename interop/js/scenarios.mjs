// The scenario suite: every scenario, in the order of its report.
import "./scenarios/connect.mjs";
import "./scenarios/events.mjs";
import "./scenarios/acks.mjs";
import "./scenarios/rooms.mjs";
import "./scenarios/remote.mjs";
import "./scenarios/lifecycle.mjs";
import "./scenarios/heartbeat.mjs";
import "./scenarios/recovery.mjs";
import "./scenarios/volatile.mjs";
import "./scenarios/families.mjs";
import "./scenarios/middlewares.mjs";
import "./scenarios/packets.mjs";
import "./scenarios/malformed.mjs";
import "./scenarios/codecs.mjs";
import "./scenarios/http.mjs";
import "./scenarios/options.mjs";
import "./scenarios/websocket.mjs";
import "./scenarios/deflate.mjs";
import "./scenarios/upgrade.mjs";
import "./scenarios/engine.mjs";
import "./scenarios/eio3.mjs";
import "./scenarios/jsonp.mjs";

export { MODES, scenarios } from "./registry.mjs";
