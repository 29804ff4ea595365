package engine

// frame is a packet as the browser's WebSocket takes it.
type frame struct{ payload []byte }

// headerRoom is nothing: the browser makes the headers.
const headerRoom = 0

func makeFrame(buf []byte, _ bool) frame { return frame{buf} }

func borrowFrame(p []byte) frame { return frame{p} }

// Plain and Share are about compression, which is the browser's business.
func (f frame) Plain() frame { return f }
func (f frame) Share() frame { return f }

// Payload is the message. It must not be changed.
func (f *frame) Payload() []byte { return f.payload }

// Released is a call of the receiver's Message that was released, which does not
// happen in a browser.
type Released struct{}

// Overtaken is never called.
func (Released) Overtaken() bool { return false }
