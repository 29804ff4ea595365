package main

import (
	"testing"

	"github.com/socketio-go/socketio/benchmarks/internal/bench"
)

// TestTiny measures our client, as small as it can be.
func TestTiny(t *testing.T) {
	root, err := bench.FindRoot()
	if err != nil {
		t.Fatal(err)
	}
	if err := measure(t.Context(), root, 5, 1, "ours"); err != nil {
		t.Fatal(err)
	}
}
