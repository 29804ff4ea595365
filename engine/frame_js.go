package engine

// frame is a packet as the browser's WebSocket takes it.
type frame struct{ payload []byte }

// headerRoom is nothing: the browser makes the headers.
const headerRoom = 0

func makeFrame(buf []byte, _ bool) frame { return frame{buf} }

// Payload is the message. It must not be changed.
func (f *frame) Payload() []byte { return f.payload }

// Released is a call of the receiver's Message that was released, which does not
// happen in a browser.
type Released struct{}

// Overtaken is never called.
func (Released) Overtaken() bool { return false }
