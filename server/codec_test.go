package server

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/packet"
	"github.com/socketio-go/socketio/packet/msgpack"
)

// talker is a client with another codec than the default one.
type talker struct {
	*client
	codec  packet.Codec
	decode func(packet.Frame) (packet.Packet, bool, error)
}

func (x *fixture) talker(codec packet.Codec) *talker {
	x.t.Helper()
	return &talker{x.dial(), codec, codec.NewDecoder()}
}

// tell sends a packet.
func (c *talker) tell(p packet.Packet) {
	c.t.Helper()
	frames, err := c.codec.Encode(&p)
	must(c.t, err)
	for _, f := range frames {
		if f.Binary {
			c.send("x" + hex.EncodeToString(f.Data))
		} else {
			c.send("4" + string(f.Data))
		}
	}
}

// event sends an event with an id, or without if it is negative.
func (c *talker) event(nsp, name string, id int64, values ...any) {
	c.t.Helper()
	args, err := packet.NewArgs(values...)
	must(c.t, err)
	c.tell(packet.Packet{Type: packet.Event, Namespace: nsp, ID: id, Event: []byte(name), Args: args})
}

// hear reads a packet: its type, namespace, id, and what it carries.
func (c *talker) hear() string {
	c.t.Helper()
	got := c.Next()
	f := packet.Frame{Data: []byte(strings.TrimPrefix(got, "4"))}
	if binary, is := strings.CutPrefix(got, "x"); is {
		f.Binary = true
		f.Data, _ = hex.DecodeString(binary)
	}
	p, ok, err := c.decode(f)
	if !ok || err != nil {
		return got
	}
	s := fmt.Sprintf("%d %s %d %s%s%s", p.Type, p.Namespace, p.ID, p.Event, p.Args.JSON(), p.Data)
	for _, b := range p.Args.Attachments() {
		s += fmt.Sprintf(" %x", b)
	}
	return s
}

func (c *talker) hears(want ...string) {
	c.t.Helper()
	for _, want := range want {
		if got := c.hear(); got != want {
			c.t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}

// enter joins a namespace.
func (c *talker) enter(nsp string, auth string) (sid, pid string) {
	c.t.Helper()
	p := packet.Packet{Type: packet.Connect, Namespace: nsp, ID: packet.NoID}
	if auth != "" {
		p.Data = []byte(auth)
	}
	c.tell(p)
	got := c.hear()
	body, ok := strings.CutPrefix(got, "0 "+nsp+" -1 ")
	var reply struct{ SID, PID string }
	if err := json.Unmarshal([]byte(body), &reply); !ok || err != nil || len(reply.SID) != 20 {
		c.t.Fatalf("CONNECT answered with %s", got)
	}
	return reply.SID, reply.PID
}

var codecs = map[string]packet.Codec{"msgpack": msgpack.Codec{}, "json": packet.JSON{}}

func TestCodecs(t *testing.T) {
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			modes(t, Options{Codec: codec}, func(t *testing.T, x *fixture) {
				var j journal
				j.record(x.io.Of("/chat"))
				x.io.Of("/chat").Use(func(_ context.Context, s *Socket) error {
					var auth struct{ Token string }
					if err := s.Auth(&auth); err != nil || auth.Token != "123" {
						return &socketio.Error{Message: "no", Data: []int{1}}
					}
					return nil
				})
				handle(x.io.Of("/chat"), "echo", func(_ context.Context, s *Socket, m *socketio.Message) error {
					return errors.Join(m.Ack(m.Args), s.Emit("echo", m.Args, nil, 1.5, "žluť"))
				})
				handle(x.io.Of("/chat"), "fail", func(context.Context, *Socket, *socketio.Message) error { return &socketio.Error{Message: "bad"} })
				c := x.talker(codec)
				c.tell(packet.Packet{Type: packet.Connect, Namespace: "/nope", ID: packet.NoID})
				c.hears(`4 /nope -1 {"message":"Invalid namespace"}`)
				c.tell(packet.Packet{Type: packet.Connect, Namespace: "/chat", ID: packet.NoID, Data: []byte(`{"token":"1"}`)})
				c.hears(`4 /chat -1 {"message":"no","data":[1]}`)
				sid, pid := c.enter("/chat", `{"token":"123"}`)
				s := x.io.Of("/chat").Socket(sid)
				if s == nil || pid != "" {
					t.Fatalf("no socket %s, pid %q", sid, pid)
				}
				c.event("/chat", "echo", 7, "a", map[string]any{"b": []int{1, 2}})
				c.hears(`3 /chat 7 "a",{"b":[1,2]}`, `2 /chat -1 echo"a",{"b":[1,2]},null,1.5,"žluť"`)
				c.event("/chat", "fail", 8)
				c.hears(`3 /chat 8 {"error":{"message":"bad"}}`)
				done := make(chan string)
				go func() {
					args, err := s.Call(t.Context(), "q", 1)
					done <- fmt.Sprintf("%s %v", args.JSON(), err)
				}()
				c.hears(`2 /chat 0 q1`)
				args, _ := packet.NewArgs("answer", 2)
				c.tell(packet.Packet{Type: packet.Ack, Namespace: "/chat", ID: 0, Args: args})
				if got := <-done; got != `"answer",2 <nil>` {
					t.Errorf("answer %s", got)
				}
				synctest.Wait() // a GET is pending
				must(t, x.io.Of("/chat").To(sid).Volatile().Emit("room"))
				c.hears(`2 /chat -1 room`)
				// Reserved names, in both directions.
				if err := s.Emit("connect_error"); err == nil {
					t.Error("a reserved name was emitted")
				}
				s.Disconnect(false)
				c.hears(`1 /chat -1 `)
				j.want(t, "server namespace disconnect")
				c.enter("/chat", `{"token":"123"}`)
				c.tell(packet.Packet{Type: packet.Disconnect, Namespace: "/chat", ID: packet.NoID})
				j.want(t, "client namespace disconnect")
				c.enter("/", "")
				c.event("/", "disconnect", packet.NoID)
				c.hears("closed")
			})
		})
	}
}

// The bytes are those of the npm parser (reference 2.7).
func TestMsgpackOnTheWire(t *testing.T) {
	modes(t, Options{Codec: msgpack.Codec{}}, func(t *testing.T, x *fixture) {
		var j journal
		x.io.Use(func(_ context.Context, s *Socket) error {
			var auth map[string]int
			j.add("%v %v", s.Auth(&auth), auth)
			return nil
		})
		handle(x.io, "echo", func(_ context.Context, s *Socket, m *socketio.Message) error {
			j.add("%s", m.Args.JSON())
			return m.Ack(2)
		})
		c := x.dial()
		c.send("x83a47479706500a46461746181a17401a36e7370a12f") // with {t:1}
		got := c.Next()
		head, tail := "x83a47479706500a46461746182a3736964b4", "a3706964d40000a36e7370a12f"
		if !strings.HasPrefix(got, head) || !strings.HasSuffix(got, tail) || len(got) != len(head)+40+len(tail) {
			t.Fatalf("CONNECT answered with %s", got)
		}
		j.want(t, "<nil> map[t:1]")
		sid, _ := hex.DecodeString(got[len(head) : len(head)+40])
		s := x.io.Socket(string(sid))
		must(t, s.Emit("hello", 1))
		c.want("x83a47479706502a46461746192a568656c6c6f01a36e7370a12f")
		c.send("x85a47479706502a46461746192a46563686f81a17801a76f7074696f6e7381a8636f6d7072657373c3a2696400a36e7370a12f")
		c.want("x84a2696400a47479706503a46461746191" + "02" + "a36e7370a12f")
		j.want(t, `{"x":1}`)
		done := make(chan string)
		go func() {
			for range 2 {
				args, err := s.Call(t.Context(), "ack")
				done <- fmt.Sprint(string(args.JSON()), err)
			}
		}()
		c.want("x84a47479706502a46461746191a361636ba2696400a36e7370a12f")
		c.send("x84a47479706503a2696400a4646174619102a36e7370a12f")
		if got := <-done; got != "2<nil>" {
			t.Errorf("the answer is %s", got)
		}
		c.want("x84a47479706502a46461746191a361636ba2696401a36e7370a12f")
		c.send("x83a47479706503a2696401a4646174619102a36e7370a12f") // says three members, and has four
		c.want("closed")
		if got := <-done; !strings.Contains(got, "disconnected") {
			t.Errorf("the answer is %s", got)
		}
		c = x.dial()
		c.send("x82a47479706500a36e7370a12f")
		if got := c.Next(); !strings.HasPrefix(got, head) {
			t.Fatalf("CONNECT answered with %s", got)
		}
		c.send("x82a47479706501a36e7370a12f") // DISCONNECT
		synctest.Wait()
		if x.io.SocketCount() != 0 {
			t.Error("still there")
		}
		x.io.Of("/no").Use(func(context.Context, *Socket) error { return &socketio.Error{Message: "no"} })
		c.send("x82a47479706500a36e7370a32f6e6f")
		c.want("x83a47479706504a46461746181a76d657373616765a26e6fa36e7370a32f6e6f")
	})
}

// With msgpack binary values stay where they are, any number of them.
func TestMsgpackCarriesManyBinaryValues(t *testing.T) {
	modes(t, Options{Codec: msgpack.Codec{}, Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
		handle(x.io, "echo", func(_ context.Context, s *Socket, m *socketio.Message) error { return m.Ack(m.Args) })
		c := x.talker(msgpack.Codec{})
		_, pid := c.enter("/", "")
		values := make([]any, 20)
		want, hexes := "", ""
		for i := range values {
			values[i] = []byte{byte(i)}
			want += fmt.Sprintf(`{"_placeholder":true,"num":%d},`, i)
			hexes += fmt.Sprintf(" %02x", i)
		}
		c.event("/", "echo", 1, values...)
		c.hears("3 / 1 " + strings.TrimSuffix(want, ",") + hexes)
		must(t, x.io.Emit("many", values...))
		got := c.hear()
		i := strings.LastIndex(got, `,"`)
		offset := got[i+2 : strings.LastIndex(got, `"`)]
		if got != "2 / -1 many"+want+`"`+offset+`"`+hexes {
			t.Errorf("got %s", got)
		}
		// Recovery goes with any codec.
		c.lose()
		synctest.Wait()
		must(t, x.io.Emit("missed", []byte{7}))
		c = x.talker(msgpack.Codec{})
		c.tell(packet.Packet{Type: packet.Connect, Namespace: "/", ID: packet.NoID, Data: []byte(fmt.Sprintf(`{"pid":%q,"offset":%q}`, pid, offset))})
		if got := c.hear(); !strings.HasPrefix(got, `2 / -1 missed{"_placeholder":true,"num":0},"`) || !strings.HasSuffix(got, ` 07`) {
			t.Errorf("missed %s", got)
		}
		if got := c.hear(); !strings.Contains(got, pid) {
			t.Errorf("CONNECT answered with %s", got)
		}
	})
}

func TestJSONCarriesNoBinaryValues(t *testing.T) {
	modes(t, Options{Codec: packet.JSON{}}, func(t *testing.T, x *fixture) {
		handle(x.io, "binary", func(_ context.Context, s *Socket, m *socketio.Message) error {
			if err := m.Ack([]byte{1}); err == nil {
				t.Error("Ack of a binary value")
			}
			return s.Emit("e", []byte{1})
		})
		c := x.talker(packet.JSON{})
		sid, _ := c.enter("/", "")
		c.event("/", "binary", 1)
		c.hears(`3 / 1 {"error":{"message":"internal error"}}`)
		if err := x.io.Socket(sid).Emit("e", []byte{1}); err == nil {
			t.Error("a binary value was emitted")
		}
		must(t, x.io.Socket(sid).Emit("still alive"))
		c.hears("2 / -1 still alive")
	})
}

// A client with the wrong codec is closed, and the log says what is the matter.
func TestClientsWithAnotherCodec(t *testing.T) {
	for name, codec := range codecs {
		for _, first := range []string{"40", `40{"token":1}`, "x82a47479706500a36e7370a12f", `4{"type":0,"nsp":"/"}`, "xff", "4"} {
			if name == "msgpack" && strings.HasPrefix(first, "x82") || name == "json" && strings.HasPrefix(first, "4{") {
				continue // that is its own
			}
			modes(t, Options{Codec: codec}, func(t *testing.T, x *fixture) {
				c := x.dial()
				c.send(first)
				c.want("closed")
				if !x.logs.logged("WARN socketio: invalid packet") {
					t.Errorf("logged %q", x.logs.take())
				}
			})
		}
	}
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		c := x.dial()
		c.send("x82a47479706500a36e7370a12f")
		c.want("closed")
		if !x.logs.logged("WARN socketio: invalid packet") {
			t.Errorf("logged %q", x.logs.take())
		}
	})
}
