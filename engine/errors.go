//go:build !js

package engine

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// Refusal is the answer to a request that cannot be served (reference 1.9).
type Refusal struct {
	Status  int    `json:"-"` // of HTTP; upgrades get 400 instead
	Code    int    `json:"code"`
	Message string `json:"message"`
	Name    string `json:"-"` // what is wrong with it, where the code says only "Bad request"
}

func (e *Refusal) Error() string {
	if e.Name != "" {
		return "engine: " + e.Message + ": " + e.Name
	}
	return "engine: " + e.Message
}

const badRequest = "Bad request"

var (
	errTransport         = &Refusal{400, 0, "Transport unknown", ""}
	errSession           = &Refusal{400, 1, "Session ID unknown", ""}
	errMethod            = &Refusal{400, 2, "Bad handshake method", ""}
	errNoUpgrade         = &Refusal{400, 3, badRequest, "TRANSPORT_HANDSHAKE_ERROR"}
	errTransportMismatch = &Refusal{400, 3, badRequest, "TRANSPORT_MISMATCH"}
	errProtocolMismatch  = &Refusal{400, 3, badRequest, "PROTOCOL_MISMATCH"}
	errBadID             = &Refusal{400, 3, badRequest, "ID_GENERATION_ERROR"}
	errProtocol          = &Refusal{400, 5, "Unsupported protocol version", ""}
)

const (
	codeForbidden = 4
	nameOrigin    = "ORIGIN"
)

func errForbidden(message string) *Refusal { return &Refusal{403, codeForbidden, message, ""} }

// errOrigin is not among those of the official server, which lets every page open a
// WebSocket.
func errOrigin(r *http.Request) *Refusal {
	return &Refusal{403, codeForbidden, fmt.Sprintf("origin %q is not allowed: the server's CORS option must list it", r.Header.Get("Origin")), nameOrigin}
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
