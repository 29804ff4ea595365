// Package packet encodes and decodes Socket.IO protocol v5 packets with the
// default codec: a line of text, followed by one binary frame per attachment
// (reference SIO-001 to SIO-007).
//
// Encoding is a family of Append functions that never keep what they are given.
// Decoding is [Parse], a pure function over one text frame, and [Decoder], which
// adds the one piece of state the protocol needs: a packet that waits for its
// attachments.
//
// Arguments stay what they were on the wire, see [Args]: the parser checks that
// they are well-formed JSON and where they begin and end, and nothing is decoded
// until somebody asks.
package packet
