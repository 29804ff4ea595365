package load

import "time"

// Limit ends a driver; whichever is reached first.
type Limit struct {
	Messages int64
	Time     time.Duration
}

// Flow is what a driver has seen.
type Flow struct {
	Messages int64 // that arrived
	Lost     int64 // that did not arrive
	Elapsed  time.Duration
	Stalled  bool // nothing more came, long before the limit
}

// Closed keeps inFlight messages of every connection on their way.
func (p *Pool) Closed(op Op, size, inFlight int, limit Limit) Flow {
	r := &Request{Op: op, Payload: newPayload(size)}
	return p.drive(limit, func(until func() bool) {
		p.arrived = func(c *Conn, now int64) {
			if !until() {
				c.send(r, now, 1)
			}
		}
		for range inFlight {
			for i, c := range p.usable() {
				c.send(r, p.now(), 1)
				if i%64 == 0 {
					p.Poll(0)
				}
			}
		}
	})
}

// Paced sends at a fixed rate over all connections in turn, whether or not the
// earlier messages have arrived.
func (p *Pool) Paced(op Op, size int, perSecond float64, d time.Duration) Flow {
	r := &Request{Op: op, Payload: newPayload(size)}
	return p.drive(Limit{Time: d}, func(until func() bool) {
		begin, conns := p.now(), p.usable()
		for i := 0; !until(); i++ {
			due := begin + int64(float64(i)/perSecond*1e9)
			for now := p.now(); now < due; now = p.now() {
				p.Poll(time.Duration(due - now))
			}
			conns[i%len(conns)].send(r, due, 1)
			if i%16 == 0 {
				p.Poll(0)
			}
		}
	})
}

// FanOut lets one connection after the other send something to all of them, with
// inFlight such broadcasts on their way. With a group it is sent to a room of the
// sender's group instead.
func (p *Pool) FanOut(size, inFlight, group int, limit Limit) Flow {
	r := &Request{Op: Cast, Payload: newPayload(size)}
	conns := p.usable()
	receivers := func(*Conn) int { return len(conns) }
	if group > 0 {
		r.Op = RoomCast
		members := map[int]int{}
		for _, c := range conns {
			members[c.index/group]++
		}
		receivers = func(c *Conn) int { return members[c.index/group] }
	}
	p.group = group
	begun, expected, first := 0, p.expected, p.Received
	var arrivals []int64 // the number of arrivals at which each broadcast is complete
	return p.drive(limit, func(until func() bool) {
		more := func() {
			// Neighbours are in one group, so go by steps.
			c := conns[begun*7919%len(conns)]
			r.Room = c.room(group, begun)
			c.send(r, p.now(), receivers(c))
			arrivals = append(arrivals, p.expected-expected)
			begun++
		}
		p.arrived = func(*Conn, int64) {
			if p.Received-first >= arrivals[begun-inFlight] && !until() {
				more()
			}
		}
		for range inFlight {
			more()
		}
	})
}

// RoomsPerGroup is how many rooms each member of a group is in.
const RoomsPerGroup = 1000

func (c *Conn) room(group, n int) int {
	if group == 0 {
		return 0
	}
	return c.index/group*RoomsPerGroup + n%RoomsPerGroup
}

// JoinRooms makes every connection enter the rooms of its group. It reports
// whether all of them were let in.
func (p *Pool) JoinRooms(group int) bool {
	p.lastNews = p.now()
	conns := p.usable()
	want := p.Answers + int64(len(conns))
	for _, c := range conns {
		c.send(&Request{Op: Join, Room: c.room(group, 0), Rooms: RoomsPerGroup}, 0, 0)
		p.Poll(0)
	}
	for p.Answers < want && p.now()-p.lastNews < int64(p.patience) {
		p.Poll(10 * time.Millisecond)
	}
	return p.Answers == want
}

// usable are the connections that messages can be sent on.
func (p *Pool) usable() (conns []*Conn) {
	for _, c := range p.conns {
		if c.complete && !c.closed {
			conns = append(conns, c)
		}
	}
	return conns
}

// drive runs begin and waits until the limit is reached and everything has
// arrived, or nothing does any more.
func (p *Pool) drive(limit Limit, begin func(until func() bool)) Flow {
	start, before, already := p.now(), p.Received, p.expected
	p.lastNews = start
	full := func() bool { return limit.Messages > 0 && p.expected-already >= limit.Messages }
	begin(func() bool { return full() || p.now()-start >= int64(limit.Time) })
	for p.Received-before < p.expected-already && p.now()-p.lastNews < int64(p.patience) {
		p.Poll(10 * time.Millisecond)
	}
	p.arrived = nil
	flow := Flow{Messages: p.Received - before, Elapsed: time.Duration(p.lastNews - start)}
	flow.Lost = p.expected - already - flow.Messages
	flow.Stalled = flow.Lost > 0 && flow.Elapsed < limit.Time && !full()
	return flow
}
