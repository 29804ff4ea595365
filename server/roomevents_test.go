package server

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/socketio-go/socketio"
)

// The order is create, join and leave, delete (ADP-003); rooms of ids are no news.
func TestRoomEvents(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		name := make(map[string]string)
		x.io.OnRoom(func(e RoomEvent) {
			if e.SocketID == "" {
				j.add("%s %s", e.Kind, e.Room)
			} else {
				j.add("%s %s %s", e.Kind, e.Room, name[e.SocketID])
			}
		})
		a, b := x.connect(), x.connect()
		name[a.sid], name[b.sid] = "a", "b"
		sa, sb := x.socket(a), x.socket(b)
		j.want(t)
		sa.Join("1", "2", "1")
		j.want(t, "create-room 1", "join-room 1 a", "create-room 2", "join-room 2 a")
		sb.Join("1")
		sb.Join("1")
		j.want(t, "join-room 1 b")
		sa.Leave("1", "1", "unknown")
		j.want(t, "leave-room 1 a")
		sb.Leave("1")
		j.want(t, "leave-room 1 b", "delete-room 1")
		sb.Join(sb.ID())
		sb.Leave(sb.ID())
		j.want(t)
		must(t, x.io.SocketsJoin("3"), x.io.SocketsLeave("3"))
		synctest.Wait()
		all := j.take()
		sa.Join("4")
		sb.Join("4")
		a.lose()
		b.send("41")
		synctest.Wait()
		all = append(all, j.take()...) // the order between the sockets is open
		counts := make(map[string]int)
		for _, e := range all {
			counts[e]++
		}
		for _, e := range []string{"create-room 3", "delete-room 3", "create-room 4", "delete-room 4", "join-room 3 a", "leave-room 3 a", "leave-room 4 a", "leave-room 4 b", "leave-room 2 a", "delete-room 2"} {
			if counts[e] != 1 {
				t.Errorf("%d times %s in %q", counts[e], e, all)
			}
		}
		if slices.Index(all, "create-room 3") > slices.Index(all, "join-room 3 a") || slices.Index(all, "delete-room 4") < slices.Index(all, "leave-room 4 b") {
			t.Errorf("order %q", all)
		}
	})
}

// A hook that panics or waits holds up only the news behind it, and it may use the server.
func TestRoomHooksThatMisbehave(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.barriers()
		var j journal
		release := make(chan struct{})
		x.io.OnRoom(func(e RoomEvent) {
			if e.Kind == RoomJoined && e.Room == "first" {
				<-release
			}
			if e.Room == "second" && e.SocketID != "" {
				if s := x.io.Socket(e.SocketID); s != nil {
					s.Join("from the hook")
				}
				panic("in a hook")
			}
		})
		x.io.OnRoom(func(e RoomEvent) { j.add("%s %s", e.Kind, e.Room) })
		c := x.connect()
		s := x.socket(c)
		s.Join("first", "second")
		j.want(t, "create-room first")
		c.barrier()
		must(t, x.io.To("second").Emit("e"))
		c.want(`42["e"]`)
		close(release)
		j.want(t, "join-room first", "create-room second", "join-room second", "create-room from the hook", "join-room from the hook")
		if !x.logs.logged("panic", "in a hook", "nsp=/") {
			t.Error("the panic is not logged")
		}
	})
}

// Concurrent changes: for each room the news make sense, and the last word is true.
func TestRoomEventsUnderLoad(t *testing.T) {
	bubble(t, "websocket", Options{}, func(t *testing.T, x *fixture) {
		const rooms, sockets, rounds = 3, 6, 50
		members := make(map[string]map[string]bool)
		x.io.OnRoom(func(e RoomEvent) {
			in, exists := members[e.Room], members[e.Room] != nil
			switch ok := map[RoomEventKind]bool{
				RoomCreated: !exists && e.SocketID == "", RoomDeleted: exists && len(in) == 0 && e.SocketID == "",
				RoomJoined: exists && !in[e.SocketID] && e.SocketID != "", RoomLeft: in[e.SocketID],
			}[e.Kind]; {
			case !ok:
				t.Errorf("%+v with members %v", e, in)
			case e.Kind == RoomCreated:
				members[e.Room] = make(map[string]bool)
			case e.Kind == RoomDeleted:
				delete(members, e.Room)
			case e.Kind == RoomJoined:
				in[e.SocketID] = true
			case e.Kind == RoomLeft:
				delete(in, e.SocketID)
			}
		})
		var group sync.WaitGroup
		for range sockets {
			s := x.socket(x.connect())
			group.Go(func() {
				for i := range rounds {
					s.Join(fmt.Sprint(i % rooms))
					if i%3 != 0 {
						s.Leave(fmt.Sprint(i % rooms))
					}
				}
			})
		}
		group.Wait()
		synctest.Wait()
		for room, n := range x.io.Rooms() {
			if len(members[room]) != n {
				t.Errorf("room %s has %d members, the news said %d", room, n, len(members[room]))
			}
		}
		must(t, x.io.DisconnectSockets(true))
		synctest.Wait()
		if len(members) > 0 {
			t.Errorf("left %v", members)
		}
	})
}

// Restored rooms are news too, the end of a connection as well.
func TestRoomEventsOfRestoredSockets(t *testing.T) {
	bubble(t, "websocket", Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
		var j journal
		x.io.OnRoom(func(e RoomEvent) { j.add("%s %s", e.Kind, e.Room) })
		x.io.OnConnect(func(_ context.Context, s *Socket) error {
			if !s.Recovered() {
				s.Join("a")
			}
			return nil
		})
		x.io.OnDisconnect(func(*Socket, socketio.Reason) {})
		v := x.visit("/")
		j.want(t, "create-room a", "join-room a")
		v.lose()
		j.want(t, "leave-room a", "delete-room a")
		v.wantBack()
		j.want(t, "create-room a", "join-room a")
	})
}
