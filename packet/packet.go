package packet

import (
	"strconv"

	"github.com/socketio-go/socketio/internal/jsontext"
)

// Type is the number a packet begins with (reference 2.1).
type Type uint8

// The packet types of protocol v5.
const (
	Connect      Type = iota // join a namespace, or the answer to it
	Disconnect               // leave a namespace
	Event                    // an event with its arguments
	Ack                      // the answer to an event
	ConnectError             // a namespace refused the client
	binaryEvent              // on the wire only: Event with attachments
	binaryAck                // on the wire only: Ack with attachments
)

// NoID is the value of [Packet.ID] when nobody asked for an acknowledgement.
const NoID int64 = -1

// MaxAttachments is how many attachments one packet may have by default
// (SIO-006). Current JavaScript clients close the connection at one more.
const MaxAttachments = 10

// rootNamespace is not written on the wire.
const rootNamespace = "/"

// Packet is one decoded packet. Its slices point into the frames it was decoded
// from. Binary types are folded into [Event] and [Ack].
type Packet struct {
	Type      Type
	Namespace string // "/" when the packet named none
	ID        int64  // acknowledgement number, or [NoID]
	Event     []byte // Event: the name, unquoted; nil for an event without data
	Args      Args   // Event and Ack
	Data      []byte // Connect and ConnectError: a JSON value, or nil
}

// Reserved reports whether name may not be used for an event, because the
// official API gives it a meaning of its own (SIO-009).
func Reserved(name string) bool {
	switch name {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	}
	return false
}

// Error says why bytes are not a valid packet, or values cannot become one.
type Error string

func (e Error) Error() string { return "packet: " + string(e) }

// AppendConnect appends a CONNECT packet; data is a JSON object or nil (SIO-020).
func AppendConnect(dst []byte, namespace string, data []byte) []byte {
	return append(appendHead(dst, Connect, namespace, NoID), data...)
}

// AppendDisconnect appends a DISCONNECT packet (SIO-025, SIO-026).
func AppendDisconnect(dst []byte, namespace string) []byte {
	return appendHead(dst, Disconnect, namespace, NoID)
}

// AppendConnectError appends the refusal of a namespace; data is a JSON value:
// {"message":…} with whatever else the client may know (SIO-022).
func AppendConnectError(dst []byte, namespace string, data []byte) []byte {
	return append(appendHead(dst, ConnectError, namespace, NoID), data...)
}

// AppendEvent appends an EVENT packet with its arguments, asking for an
// acknowledgement unless id is [NoID]. The attachments are what must follow the
// text, one binary frame each; they share memory with the values in args.
func AppendEvent(dst []byte, namespace string, id int64, event string, args ...any) (text []byte, attachments [][]byte, err error) {
	if Reserved(event) {
		return nil, nil, Error(strconv.Quote(event) + " is a reserved event name: choose another one")
	}
	start := len(dst)
	dst = appendHead(dst, Event, namespace, id)
	head := len(dst)
	dst = append(dst, '[')
	dst = jsontext.AppendString(dst, event)
	return appendBody(dst, start, head, args)
}

// AppendAck appends an ACK packet, the answer to the event with that id. See
// [AppendEvent] for the attachments.
func AppendAck(dst []byte, namespace string, id int64, args ...any) (text []byte, attachments [][]byte, err error) {
	start := len(dst)
	dst = appendHead(dst, Ack, namespace, id)
	head := len(dst)
	return appendBody(append(dst, '['), start, head, args)
}

// appendBody finishes an event or ack whose array has been opened at head. If
// there are attachments the packet, which begins at start, becomes a binary one.
func appendBody(dst []byte, start, head int, args []any) ([]byte, [][]byte, error) {
	enc := encoder{dst: dst}
	for _, arg := range args {
		if a, ok := arg.(Args); ok && a.n == 0 {
			continue
		}
		if len(enc.dst) > head+1 {
			enc.dst = append(enc.dst, ',')
		}
		if err := enc.value(arg); err != nil {
			return nil, nil, err
		}
	}
	dst = append(enc.dst, ']')
	if n := len(enc.attachments); n > 0 {
		dst[start] += byte(binaryEvent - Event)
		mark := strconv.AppendInt(nil, int64(n), 10)
		mark = append(mark, '-')
		dst = append(dst, mark...)
		copy(dst[start+1+len(mark):], dst[start+1:])
		copy(dst[start+1:], mark)
	}
	return dst, enc.attachments, nil
}

func appendHead(dst []byte, t Type, namespace string, id int64) []byte {
	dst = append(dst, '0'+byte(t))
	if namespace != rootNamespace && namespace != "" {
		dst = append(dst, namespace...)
		dst = append(dst, ',')
	}
	if id >= 0 {
		dst = strconv.AppendInt(dst, id, 10)
	}
	return dst
}
