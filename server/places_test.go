package server

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/socketio-go/socketio/adapter"
)

// crowd is a namespace of n sockets with rooms by arithmetic: "by N" has every Nth of
// them, "but N" all others, and each the one of its id.
func crowd(n int) *Namespace {
	nsp := &Namespace{sockets: map[string]*Socket{}, rooms: map[string]map[*Socket]struct{}{}}
	for i := range n {
		s := &Socket{id: fmt.Sprint("s", i)}
		nsp.sockets[s.id] = s
		nsp.places.add(s)
		for _, by := range []int{2, 3, 500} {
			room := fmt.Sprint("by ", by)
			if i%by != 0 {
				room = fmt.Sprint("but ", by)
			}
			if nsp.rooms[room] == nil {
				nsp.rooms[room] = map[*Socket]struct{}{}
			}
			nsp.rooms[room][s] = struct{}{}
		}
	}
	return nsp
}

// Small and large rooms are looked through in different ways, with the same result.
func TestTargetsOfSmallAndLargeRooms(t *testing.T) {
	for _, n := range []int{30, 6000} {
		nsp := crowd(n)
		for i := range n / 10 { // in the middle, places that nobody has
			gone := nsp.sockets[fmt.Sprint("s", n/2+i)]
			delete(nsp.sockets, gone.id)
			nsp.places.remove(gone)
			for _, members := range nsp.rooms {
				delete(members, gone)
			}
		}
		for _, c := range []struct {
			rooms, except []string
			want          func(i int) bool
		}{
			{nil, nil, func(int) bool { return true }},
			{nil, []string{"by 3", "s4"}, func(i int) bool { return i%3 != 0 && i != 4 }},
			{[]string{"by 2"}, nil, func(i int) bool { return i%2 == 0 }},
			{[]string{"by 2", "but 3"}, nil, func(i int) bool { return i%2 == 0 || i%3 != 0 }},
			{[]string{"by 2", "s2", "s5", "by 500"}, []string{"by 3"}, func(i int) bool { return (i%2 == 0 || i == 5) && i%3 != 0 }},
			{[]string{"by 500"}, nil, func(i int) bool { return i%500 == 0 }},
			{[]string{"by 500", "s1", "none"}, []string{"by 2"}, func(i int) bool { return i == 1 }},
			{[]string{"none"}, nil, func(int) bool { return false }},
		} {
			got := map[*Socket]int{}
			for _, s := range nsp.targets(nil, &adapter.Target{Rooms: c.rooms, Except: c.except}) {
				got[s]++
			}
			for i := range n {
				s, want := nsp.sockets[fmt.Sprint("s", i)], 0
				if s != nil && c.want(i) {
					want = 1
				}
				if got[s] != want {
					t.Errorf("%d sockets, to %q except %q: %d addressed %d times", n, c.rooms, c.except, i, got[s])
				}
			}
		}
	}
}

func TestPlaces(t *testing.T) {
	var p places
	here := map[*Socket]bool{}
	check := func() {
		n := 0
		for i, s := range p.sockets {
			if s != nil {
				if n++; !here[s] || s.place != int32(i) {
					t.Fatalf("place %d has one who is gone, or believes to be at %d", i, s.place)
				}
			}
		}
		if n != len(here) {
			t.Fatalf("%d sockets, want %d", n, len(here))
		}
	}
	for range 2000 {
		if rand.IntN(2) == 0 || len(here) == 0 {
			s := new(Socket)
			p.add(s)
			here[s] = true
		} else {
			for s := range here {
				p.remove(s)
				delete(here, s)
				break
			}
		}
		check()
	}
	for s := range here {
		p.remove(s)
	}
	if p.sockets != nil || p.free != nil {
		t.Error("nobody is there, and memory is held")
	}
}

func TestWhoComesTakesTheLastPlaceThatWasLeft(t *testing.T) {
	var p places
	s := make([]Socket, 6)
	for i := range 4 {
		p.add(&s[i])
	}
	p.remove(&s[1])
	p.remove(&s[2])
	p.add(&s[4])
	p.add(&s[5])
	if s[4].place != 2 || s[5].place != 1 || len(p.sockets) != 4 {
		t.Errorf("places %d and %d of %d", s[4].place, s[5].place, len(p.sockets))
	}
}
