package dispatch

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
)

// Owner is a connection of a socket in the eyes of its queue.
type Owner interface {
	Host

	sync.Locker // the mutex that guards the queue

	// Match finds the handlers of an event; none drop it.
	Match(event []byte) (name string, m Matching)

	// Release is that of the transport the event came on.
	Release() (engine.Released, bool)

	// Charge counts bytes of events that begin or, if negative, cease to wait.
	Charge(bytes int)

	// Socket is what the messages are of.
	Socket() socketio.Socket

	// Replier sends the acknowledgement with that number; nil if there is none.
	Replier(id int64) func(args ...any) error
}

// Queue is what one socket has to do, one thing after the other. A goroutine works
// on it until it is empty. The zero value is empty.
type Queue struct {
	tasks []task // nil while nobody is working
}

// task is something that runs in the order of a socket: an event, or a function.
type task struct {
	owner Owner
	fn    func()
	event []byte
	args  socketio.Args
	id    int64
	size  int // bytes that it counts against the receive budget
}

// TaskOverhead is what a queued event counts beside its arguments.
const TaskOverhead = 128

// queued makes the task of an event that has to wait.
func queued(o Owner, p *packet.Packet) task {
	args := p.Args.Clone()
	return task{owner: o, event: bytes.Clone(p.Event), args: args, id: p.ID, size: args.Size() + TaskOverhead}
}

// ClaimLocked makes the caller the one who works, if nobody is. It must call
// Direct then.
func (q *Queue) ClaimLocked() bool {
	if q.tasks != nil {
		return false
	}
	q.tasks = []task{}
	return true
}

// Do runs f after everything that is in the queue.
func (q *Queue) Do(o Owner, f func()) { q.add(task{owner: o, fn: f}) }

// DoLocked is Do for callers that hold the lock.
func (q *Queue) DoLocked(o Owner, f func()) { q.addLocked(task{owner: o, fn: f}) }

// Event handles an event after everything that is in the queue.
func (q *Queue) Event(o Owner, p *packet.Packet) { q.add(queued(o, p)) }

func (q *Queue) add(t task) {
	t.owner.Charge(t.size)
	t.owner.Lock()
	defer t.owner.Unlock()
	q.addLocked(t)
}

func (q *Queue) addLocked(t task) {
	start := q.ClaimLocked()
	q.tasks = append(q.tasks, t)
	if start {
		t.owner.Work().Add(1)
		go q.drain(t.owner)
	}
}

// Direct handles an event that has not to wait for another one. Where the
// transport can do without this goroutine for a while, it calls the handlers
// itself: handing every event to another goroutine would cost more than all the
// rest. Handlers that have lately taken long are not called so.
func (q *Queue) Direct(o Owner, p *packet.Packet) {
	o.Work().Add(1)
	name, m := o.Match(p.Event)
	if !m.empty() {
		call, ok := m.release(o)
		if !ok {
			q.postpone(queued(o, p))
			return
		}
		args := p.Args
		if !m.transient() {
			args = args.Clone()
		}
		handle(o, name, args, p.ID, &m)
		if call.Overtaken() {
			m.slowDown()
			q.drain(o) // nobody waits for this goroutine any more
			return
		}
	}
	q.goOn(o)
}

// DirectDo is Direct for a function.
func (q *Queue) DirectDo(o Owner, slow *Slow, f func()) {
	o.Work().Add(1)
	call, ok := slow.release(o)
	if !ok {
		q.postpone(task{owner: o, fn: f})
		return
	}
	f()
	if call.Overtaken() {
		slow.begin()
		q.drain(o)
		return
	}
	q.goOn(o)
}

// postpone leaves to a goroutine what could not be done directly.
func (q *Queue) postpone(t task) {
	t.owner.Charge(t.size)
	t.owner.Lock()
	q.tasks = slices.Insert(q.tasks, 0, t)
	t.owner.Unlock()
	go q.drain(t.owner)
}

// goOn leaves to a goroutine what has come meanwhile.
func (q *Queue) goOn(o Owner) {
	o.Lock()
	if len(q.tasks) == 0 {
		q.tasks = nil
		o.Unlock()
		o.Work().Done()
		return
	}
	o.Unlock()
	go q.drain(o)
}

func (q *Queue) drain(o Owner) {
	defer o.Work().Done()
	for {
		o.Lock()
		batch := q.tasks
		if len(batch) == 0 {
			q.tasks = nil
			o.Unlock()
			return
		}
		q.tasks = []task{}
		o.Unlock()
		for i := range batch {
			batch[i].perform()
			batch[i] = task{}
		}
	}
}

func (t *task) perform() {
	if t.fn != nil {
		t.fn()
		return
	}
	Handle(t.owner, t.event, t.args, t.id)
	t.owner.Charge(-t.size)
}

// Handle calls the handlers of an event, for callers whose turn it is.
func Handle(o Owner, event []byte, args socketio.Args, id int64) {
	if name, m := o.Match(event); !m.empty() {
		handle(o, name, args, id, &m)
	}
}

// handle calls the handlers of an event.
func handle(o Owner, name string, args socketio.Args, id int64, m *Matching) {
	message := socketio.NewMessage(o.Socket(), name, args, o.Replier(id))
	serveAll(o, m.lists[:2], message)
	if m.wrapped() {
		serve(o.Context(), o, m.wrap(o), message)
	} else {
		serveAll(o, m.lists[2:], message)
	}
}

// wrap makes one handler of the middlewares and of those they are around.
func (m *Matching) wrap(o Owner) socketio.Handler {
	h := socketio.Handler(socketio.HandlerFunc(func(ctx context.Context, message *socketio.Message) error {
		_, inner := o.Match([]byte(message.Event)) // which a middleware may have changed
		return callAll(ctx, o, inner.lists[2:], message)
	}))
	for _, wrapper := range slices.Backward(slices.Concat(m.wrappers[0], m.wrappers[1])) {
		h = wrapper(h)
	}
	return h
}
