package packet

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

// This package starts no goroutine at all.
func TestMain(m *testing.M) {
	code := m.Run()
	if flag.Lookup("test.fuzz").Value.String() != "" {
		os.Exit(code) // the testing package keeps goroutines of its own
	}
	for deadline := time.Now().Add(2 * time.Second); code == 0 && runtime.NumGoroutine() > 1; runtime.Gosched() {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			fmt.Fprintf(os.Stderr, "goroutines leaked:\n%s\n", buf[:runtime.Stack(buf, true)])
			code = 1
		}
	}
	os.Exit(code)
}
