//go:build linux && !portable

package client_test

// onLoops is whether event loops read for WebSocket connections.
const onLoops = true
