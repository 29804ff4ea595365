// Package msgpack is the codec of the npm package socket.io-msgpack-parser 3
// (SIO-061, SIO-062): every packet is one binary frame, a map. Binary values stay
// where they are, so that an event may hold any number of them.
//
//	io := server.New(&server.Options{Codec: msgpack.Codec{}})
//
// The client has to use the same: io("…", { parser: msgpackParser }).
//
// Arguments are JSON on our side, so the types of MessagePack that JSON lacks become
// the nearest: a Date is the text that Date.prototype.toJSON makes of it, undefined
// is null or, as a member of an object, absent, NaN and the infinities are null. What
// is sent has the same bytes as the npm package makes of the same JSON.
package msgpack
