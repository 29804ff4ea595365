package packet_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"github.com/socketio-go/socketio/packet"
)

// signed is a codec of one's own: that of JSON, in binary frames that begin with a
// signature. It is set with the option Codec of server and client.
type signed struct{ key []byte }

func (s signed) sign(text []byte) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(text)
	return mac.Sum(nil)
}

func (s signed) Encode(p *packet.Packet) ([]packet.Frame, error) {
	frames, err := packet.JSON{}.Encode(p)
	for i, f := range frames {
		frames[i] = packet.Frame{Binary: true, Data: append(s.sign(f.Data), f.Data...)}
	}
	return frames, err
}

func (s signed) NewDecoder() func(packet.Frame) (packet.Packet, bool, error) {
	decode := packet.JSON{}.NewDecoder()
	return func(f packet.Frame) (packet.Packet, bool, error) {
		if len(f.Data) < sha256.Size || !hmac.Equal(f.Data[:sha256.Size], s.sign(f.Data[sha256.Size:])) {
			return packet.Packet{}, false, packet.Error("the signature does not match")
		}
		return decode(packet.Frame{Data: f.Data[sha256.Size:]})
	}
}

func ExampleCodec() {
	var codec packet.Codec = signed{key: []byte("secret")}
	args, _ := packet.NewArgs("hello", 1)
	frames, _ := codec.Encode(&packet.Packet{Type: packet.Event, Namespace: "/", ID: packet.NoID, Event: []byte("say"), Args: args})
	fmt.Printf("%s\n", frames[0].Data[sha256.Size:])

	p, _, err := codec.NewDecoder()(frames[0])
	fmt.Printf("%s %s %v\n", p.Event, p.Args.JSON(), err)

	frames[0].Data[40]++
	_, _, err = codec.NewDecoder()(frames[0])
	fmt.Println(err)
	// Output:
	// {"type":2,"data":["say","hello",1],"nsp":"/"}
	// say "hello",1 <nil>
	// packet: the signature does not match
}
