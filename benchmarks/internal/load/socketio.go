package load

import (
	"bytes"
	"fmt"
	"strconv"
)

// SocketIO is Socket.IO 5 over Engine.IO 4, on a WebSocket from the beginning.
type SocketIO struct{}

func (SocketIO) Open(c *Conn) { c.requestUpgrade("/socket.io/?EIO=4&transport=websocket") }

func (SocketIO) Read(c *Conn, in []byte) (int, error) {
	if c.stage == stageUpgrade {
		return c.readUpgrade(in)
	}
	return c.readFrame(in, func(text bool, data []byte) error {
		if !text {
			c.deliver(data)
			return nil
		}
		return c.packet(data, func(reply string) {
			c.write(appendFrame(nil, opText, reply, nil, ""))
		})
	})
}

func (SocketIO) Append(_ *Conn, dst []byte, r *Request) []byte {
	if r.Op == Binary {
		dst = appendFrame(dst, opText, `451-["bin",{"_placeholder":true,"num":0}]`, nil, "")
		return appendFrame(dst, opBinary, "", r.Payload, "")
	}
	head, tail := event(r)
	return appendFrame(dst, opText, head, r.Payload, tail)
}

// event is what stands around the payload of a text packet. All the packets that
// want an acknowledgement have the same id, which the server only repeats.
func event(r *Request) (head, tail string) {
	switch r.Op {
	case Ack:
		return `427["ack","`, `"]`
	case Cast:
		return `42["bcast","`, `"]`
	case RoomCast:
		return `42["room",["` + roomName(r.Room) + `","`, `"]]`
	case Join:
		return fmt.Sprintf(`427["join",[%d,%d]]`, r.Room, r.Rooms), ""
	}
	return `42["echo","`, `"]`
}

func roomName(n int) string { return "room" + strconv.Itoa(n) }

// packet handles one Engine.IO packet with what is in it.
func (c *Conn) packet(data []byte, reply func(string)) error {
	switch {
	case bytes.HasPrefix(data, []byte(`42["`)):
		if _, rest, found := bytes.Cut(data, []byte(`","`)); found && len(rest) > 2 {
			c.deliver(rest[:len(rest)-2])
		} else {
			c.deliver(nil)
		}
	case bytes.HasPrefix(data, []byte(`437["`)) && len(data) > 7:
		c.deliver(data[5 : len(data)-2])
	case bytes.HasPrefix(data, []byte("451-")): // the attachment is next
	case string(data) == "2":
		reply("3")
	case string(data) == "6":
	case c.stage == stageOpen && bytes.HasPrefix(data, []byte("0{")):
		c.stage = stageConnect
		reply("40")
	case c.stage == stageConnect && bytes.HasPrefix(data, []byte("40{")):
		c.stage++
		c.ready()
	default:
		return fmt.Errorf("the server sent %.60q", data)
	}
	return nil
}
