//go:build linux && !portable

package evloop

import (
	"runtime"
	"sync"
)

// group is the loops of the process, one for each processor. They and their
// goroutines exist while a descriptor is registered.
type group struct {
	mu       sync.Mutex // guards what follows
	loops    []*loop
	watchdog *watchdog
	handles  int
	next     int
}

var shared group

// join counts a handle and returns the loop it is to use.
func (g *group) join() (*loop, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.loops == nil {
		if err := g.startLocked(); err != nil {
			return nil, err
		}
	}
	g.handles++
	g.next++
	return g.loops[g.next%len(g.loops)], nil
}

func (g *group) startLocked() error {
	w := newWatchdog()
	for range runtime.GOMAXPROCS(0) {
		l, err := newLoop(w)
		if err != nil {
			closeAll(w.loops)
			return err
		}
		w.loops = append(w.loops, l)
	}
	g.loops, g.watchdog = w.loops, w
	for _, l := range g.loops {
		go l.leader.Load().run(nil)
	}
	go w.run()
	return nil
}

// leave uncounts a handle. With the last one the goroutines end.
func (g *group) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.handles--; g.handles == 0 {
		closeAll(g.loops)
		close(g.watchdog.stop)
		g.loops, g.watchdog = nil, nil
	}
}

func closeAll(loops []*loop) {
	for _, l := range loops {
		_ = l.file.Close()
	}
}
