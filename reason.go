package socketio

// Reason says why a socket disconnected, in the words of the official API.
type Reason string

// The reasons a server sees (SRV-068).
const (
	ServerNamespaceDisconnect Reason = "server namespace disconnect" // this server called Disconnect
	ClientNamespaceDisconnect Reason = "client namespace disconnect" // the client left the namespace
	ServerShuttingDown        Reason = "server shutting down"
	PingTimeout               Reason = "ping timeout"    // the client did not answer in time
	TransportClose            Reason = "transport close" // the client went away
	TransportError            Reason = "transport error" // the connection failed, or its rules were broken
	ParseError                Reason = "parse error"     // an invalid Engine.IO packet
	ForcedClose               Reason = "forced close"    // an invalid Socket.IO packet, or the connection was closed here
)

// The reasons that only a client sees (CLI-024). It also sees [PingTimeout],
// [TransportClose], [TransportError] and [ParseError], after which it connects
// again by itself.
const (
	IOServerDisconnect Reason = "io server disconnect" // the server called Disconnect
	IOClientDisconnect Reason = "io client disconnect" // this client left the namespace
)
