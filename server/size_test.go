package server

import (
	"testing"
	"unsafe"
)

func TestAConnectionAtRestIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Socket{}); size > 160 {
		t.Errorf("a Socket has %d bytes", size)
	}
	if size := unsafe.Sizeof(conn{}); size > 64 {
		t.Errorf("a conn has %d bytes", size)
	}
}
