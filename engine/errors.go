//go:build !js

package engine

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

const badRequest = "Bad request"

var (
	errTransport         = &Refusal{Status: 400, Code: 0, Message: "Transport unknown"}
	errSession           = &Refusal{Status: 400, Code: 1, Message: "Session ID unknown"}
	errMethod            = &Refusal{Status: 400, Code: 2, Message: "Bad handshake method"}
	errNoUpgrade         = &Refusal{Status: 400, Code: 3, Message: badRequest, Name: "TRANSPORT_HANDSHAKE_ERROR"}
	errTransportMismatch = &Refusal{Status: 400, Code: 3, Message: badRequest, Name: "TRANSPORT_MISMATCH"}
	errProtocolMismatch  = &Refusal{Status: 400, Code: 3, Message: badRequest, Name: "PROTOCOL_MISMATCH"}
	errBadID             = &Refusal{Status: 400, Code: 3, Message: badRequest, Name: "ID_GENERATION_ERROR"}
	errProtocol          = &Refusal{Status: 400, Code: 5, Message: "Unsupported protocol version"}
)

const (
	codeForbidden = 4
	nameOrigin    = "ORIGIN"
)

func errForbidden(message string) *Refusal {
	return &Refusal{Status: 403, Code: codeForbidden, Message: message}
}

// errOrigin is not among those of the official server, which lets every page open a
// WebSocket.
func errOrigin(r *http.Request) *Refusal {
	return &Refusal{Status: 403, Code: codeForbidden, Message: fmt.Sprintf("origin %q is not allowed: the server's CORS option must list it", r.Header.Get("Origin")), Name: nameOrigin}
}

// refuse answers a request, and tells the application.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, e *Refusal) {
	s.opts.Logger.Debug("engine: request refused", "remote", r.RemoteAddr, "code", e.Code, "reason", e.Message, "name", e.Name)
	s.counters[0].refused.Add(1)
	if s.opts.OnRefuse != nil {
		s.opts.OnRefuse(r, e)
	}
	writeRefusal(w, r, e)
}

// writeRefusal answers a plain request with JSON, and an upgrade with the message
// alone and the status that the official server uses there. The bytes of an
// upgrade's answer are meant for a client that is not expecting JSON.
func writeRefusal(w http.ResponseWriter, r *http.Request, e *Refusal) {
	h := w.Header()
	if isUpgrade(r) {
		status := http.StatusBadRequest
		if e.Name == nameOrigin {
			status = e.Status
		}
		h.Set("Connection", "close")
		h.Set("Content-Type", "text/html")
		h.Set("Content-Length", strconv.Itoa(len(e.Message)))
		w.WriteHeader(status)
		_, _ = w.Write([]byte(e.Message))
		return
	}
	body, err := json.Marshal(e)
	if err != nil {
		body = nil
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(e.Status)
	_, _ = w.Write(body)
}
