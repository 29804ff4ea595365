package engine

import (
	"testing"
	"unsafe"
)

func TestASessionAtRestIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Session{}); size > 192 {
		t.Errorf("a Session has %d bytes", size)
	}
}
