package load

import "encoding/binary"

// TCP is a protocol of messages behind their length in four bytes.
type TCP struct{}

func (TCP) Open(c *Conn) { c.ready() }

func (TCP) Read(c *Conn, in []byte) (int, error) {
	if len(in) < 4 {
		return 0, nil
	}
	end := 4 + int(binary.BigEndian.Uint32(in))
	if len(in) < end {
		return 0, nil
	}
	c.deliver(in[4:end])
	return end, nil
}

func (TCP) Append(_ *Conn, dst []byte, r *Request) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(r.Payload)))
	return append(dst, r.Payload...)
}
