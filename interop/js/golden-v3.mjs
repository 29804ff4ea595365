// Golden bytes of Engine.IO protocol 3, which Socket.IO 2 clients speak. The npm server
// carries the codec of engine.io-parser 2.2 with it, behind its exports.
import { createRequire } from "node:module";

const parser = createRequire(import.meta.url)("./node_modules/engine.io/build/parser-v3/index.js");

/** What Socket.IO 2 clients may post, and what nobody should. Decoding stops at the first error. */
const RECEIVED = [
  "", "0:", "1:2", "2:4a", "6:4hello1:2", "0:2:4a", "2:4a0:", "3:4😀", "2:4😀", "4:4😀", "5:4a😀b", "2:4ž", "3:4ž", "7:4日本語\u2028\n ",
  "10:b4AQIDBA==", "6:b4AQID", "3:b4=", "2:b4", "1:b", "1:7", "1:x", "2:4a1:x2:4b", "5:4a", "1:4a", "2:4a3", "2:4a3:4b", ":", "a", "4hello",
  "2;4a", "-1:4", "+2:4a", "2.5:4a", "02:4a", " 2:4a", "99999999999999999999:4a", "6:2probe", "1:1", "1:3", "1:5", "1:6", "2:4\u0000",
];

/** The same as bytes, in hex. */
const RECEIVED_BINARY = [
  "", "0001ff32", "0002ff3461", "0105ff0401020304", "0101ff04", "0100ff", "0000ff", "0002ff34610103ff040102", "00010001ff3461", "0003ff34c5be",
  "0003ff34ffff", "0005ff34f09f9880", "0002ff34", "0005ff34", "0202ff3461", "00ff34", "01ff", "0002ff3461ff", "0002ff3461000aff34", "0102ff0301",
  "0102ff0999", "000100ff62344151494442413d3d", `00${"09".repeat(20)}ff34`, "00010aff34", "00", "01", "ff",
];

function decoded(input, plain) {
  const packets = [];
  parser.decodePayload(input, (packet) => {
    packets.push(packet.data === undefined ? { type: packet.type ?? "" } : { type: packet.type ?? "", data: plain(packet.data) });
  });
  return packets;
}

function encoded(encode, input, supportsBinary) {
  let result;
  encode(input, supportsBinary, (chunk) => (result = chunk));
  return typeof result === "string" ? { text: result } : { hex: result.toString("hex") };
}

const singleText = (packet, supportsBinary, callback) => parser.encodePacket(packet, supportsBinary, false, callback);

/** The content of payloads-v3.json, from the packets of payloads.json. */
export function payloadsV3(singles, payloads, plain) {
  return {
    packets: Object.entries(singles).map(([name, packet]) => ({
      name,
      packet: plain(packet),
      websocket: encoded(singleText, packet, true),
      base64: encoded(singleText, packet, false),
    })),
    payloads: Object.entries(payloads).map(([name, list]) => ({
      name,
      packets: plain(list),
      payload: encoded(parser.encodePayload, list, true),
      base64: encoded(parser.encodePayload, list, false),
    })),
    received: RECEIVED.map((input) => ({ input, packets: decoded(input, plain) })),
    receivedBinary: RECEIVED_BINARY.map((hex) => ({ hex, packets: decoded(Buffer.from(hex, "hex"), plain) })),
  };
}
