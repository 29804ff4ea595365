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
