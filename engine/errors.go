//go:build !js

package engine

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// refusal is an answer of reference 1.9 to a request that is no part of a session.
type refusal struct {
	status  int
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *refusal) Error() string { return e.Message }

var (
	errTransport = &refusal{400, 0, "Transport unknown"}
	errSession   = &refusal{400, 1, "Session ID unknown"}
	errMethod    = &refusal{400, 2, "Bad handshake method"}
	errRequest   = &refusal{400, 3, "Bad request"}
	errProtocol  = &refusal{400, 5, "Unsupported protocol version"}
)

func errForbidden(message string) *refusal { return &refusal{403, 4, message} }

// writeRefusal answers a plain request with JSON, and an upgrade with the message
// alone and the status that the official server uses there. The bytes of an
// upgrade's answer are meant for a client that is not expecting JSON.
func writeRefusal(w http.ResponseWriter, r *http.Request, e *refusal) {
	h := w.Header()
	if isUpgrade(r) {
		h.Set("Connection", "close")
		h.Set("Content-Type", "text/html")
		h.Set("Content-Length", strconv.Itoa(len(e.Message)))
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(e.Message))
		return
	}
	body, err := json.Marshal(e)
	if err != nil {
		body = nil
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(e.status)
	_, _ = w.Write(body)
}
