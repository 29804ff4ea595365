package game

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/socketio-go/socketio/examples/internal/browsertest"
	"github.com/socketio-go/socketio/examples/internal/peer"
	"github.com/socketio-go/socketio/server"
)

func open(log *slog.Logger) browsertest.App { return New(&server.Options{Logger: log}) }

// alone is an arena without other ships.
func alone() (*world, *ship) {
	w := newWorld(1)
	s := w.add("Ada", false)
	s.body, s.shield = body{x: width / 2, y: height / 2}, 0
	for i := range w.gems {
		w.gems[i] = gem{radius, radius}
	}
	return w, s
}

func TestDirections(t *testing.T) {
	for keys, want := range map[int]int{
		0: -1, keyUp: 0, keyUp | keyRight: 1, keyRight: 2, keyDown | keyRight: 3, keyDown: 4, keyDown | keyLeft: 5,
		keyLeft: 6, keyUp | keyLeft: 7, keyUp | keyDown: -1, keyLeft | keyRight: -1, allKeys: -1, keyFire: -1,
	} {
		if got := direction(keys); got != want {
			t.Errorf("keys %d: %d, want %d", keys, got, want)
		}
		if want < 0 {
			continue
		}
		x, y := vector(want, 100, 71)
		angle := math.Atan2(float64(x), float64(-y)) / math.Pi * 4 // clockwise from up
		if got := math.Mod(angle+8, 8); math.Abs(got-float64(want)) > 0.01 || math.Hypot(float64(x), float64(y)) > 101 {
			t.Errorf("face %d: (%d, %d)", want, x, y)
		}
	}
}

// TestSpeedIsLimited is also about the snapshot, where a speed has eight bits.
func TestSpeedIsLimited(t *testing.T) {
	for keys := range allKeys + 1 {
		b := body{x: width / 2, y: height / 2}
		for range 300 {
			b.step(keys)
			if speed := math.Hypot(float64(b.vx), float64(b.vy)); speed > 127 {
				t.Fatalf("keys %d: %.0f", keys, speed)
			}
			if b.x < radius || b.x > width-radius || b.y < radius || b.y > height-radius {
				t.Fatalf("keys %d: at %d, %d", keys, b.x, b.y)
			}
		}
		for range 60 {
			b.step(0)
		}
		if b.vx != 0 || b.vy != 0 {
			t.Errorf("keys %d: it never stops", keys)
		}
	}
}

func TestInputsArePlayedOneInATick(t *testing.T) {
	w, s := alone()
	for seq := 1; seq <= 3; seq++ {
		s.push(Input{Seq: seq, Keys: keyRight})
	}
	for want := 1; want <= 3; want++ {
		if w.step(); s.done != want {
			t.Errorf("tick %d: %d played", want, s.done)
		}
	}
	x := s.x
	for range 5 { // nothing comes: it waits, and has five to catch up
		w.step()
	}
	if s.x != x {
		t.Error("it moves without input")
	}
	for seq := 4; seq <= 11; seq++ {
		s.push(Input{Seq: seq, Keys: keyRight})
	}
	for i, want := range []int{5, 7, 9, 11, 11} {
		if w.step(); s.done != want {
			t.Errorf("step %d: %d played, want %d", i, s.done, want)
		}
	}
}

func TestImpossibleInputsAreIgnored(t *testing.T) {
	w, s := alone()
	for _, in := range []Input{{0, 0}, {-1, 0}, {1, -1}, {1, allKeys + 1}, {1, math.MaxInt}} {
		if s.push(in) {
			t.Errorf("%+v was taken", in)
		}
	}
	s.push(Input{Seq: 5})
	if s.push(Input{Seq: 5}) || s.push(Input{Seq: 4}) {
		t.Error("an input was taken again")
	}
	taken := 0
	for seq := 6; seq < 1000; seq++ {
		if s.push(Input{Seq: seq, Keys: keyRight}) {
			taken++
		}
	}
	if taken != maxQueue-1 {
		t.Errorf("%d inputs wait", taken)
	}
	// However many come, and however long it has waited: not faster than the others.
	x, ticks := s.x, 100
	for i := range ticks {
		for j := range 50 {
			s.push(Input{Seq: 1000 + i*50 + j, Keys: keyRight})
		}
		w.step()
	}
	honest := body{x: x, y: s.y}
	for range ticks + maxQueue + maxCatchUp {
		honest.step(keyRight)
	}
	if s.x > honest.x {
		t.Errorf("at %d, an honest ship at %d", s.x, honest.x)
	}
}

func TestShots(t *testing.T) {
	w, ada := alone()
	ben := w.add("Ben", false)
	ben.body, ben.shield, ben.score = body{x: ada.x + 300*unit, y: ada.y}, 0, 7
	ada.face = 2
	hits := 0
	for seq := 1; ben.health > 0 && seq < 200; seq++ {
		before := ben.health
		ada.push(Input{Seq: seq, Keys: keyFire})
		w.step()
		hits += before - ben.health
	}
	if hits != maxHealth || ada.score != killScore || ben.score != 3 {
		t.Errorf("%d hits, scores %d and %d", hits, ada.score, ben.score)
	}
	for range deadTime {
		w.step()
	}
	if ben.health != maxHealth || ben.shield == 0 {
		t.Errorf("health %d, shield %d", ben.health, ben.shield)
	}
	ben.x, ben.y = ada.x+100*unit, ada.y
	for seq := 201; seq < 220; seq++ {
		ada.push(Input{Seq: seq, Keys: keyFire})
		w.step()
	}
	if ben.health != maxHealth {
		t.Error("a shot went through the shield")
	}
}

func TestGemsAreCollected(t *testing.T) {
	w, s := alone()
	w.gems[3] = gem{s.x + gemReach, s.y}
	w.step()
	if s.score != 1 || w.gems[3].x == s.x+gemReach {
		t.Errorf("score %d, gem %+v", s.score, w.gems[3])
	}
}

func TestBotsKeepTheArenaAlive(t *testing.T) {
	w := newWorld(7)
	for i := range minShips {
		w.add(fmt.Sprint(i), true)
	}
	deaths := 0
	for range 60 * ticksPerSecond {
		alive := make([]bool, len(w.ships))
		for i, s := range w.ships {
			alive[i] = s.health > 0
		}
		w.step()
		for i, s := range w.ships {
			if alive[i] && s.health == 0 {
				deaths++
			}
		}
	}
	score := 0
	for _, s := range w.ships {
		score += s.score
	}
	if score < 100 || deaths < 5 {
		t.Errorf("in a minute: %d points, %d deaths", score, deaths)
	}
}

func TestWorldIsBounded(t *testing.T) {
	w := newWorld(1)
	for range maxShips {
		if w.add("x", true) == nil {
			t.Fatal("no room")
		}
	}
	if w.add("x", true) != nil {
		t.Error("a ship too many")
	}
	for range 1000 {
		for _, s := range w.ships {
			s.fire = 0
			w.play(s, keyFire)
		}
		w.step()
		if len(w.shots) > maxShots {
			t.Fatalf("%d shots", len(w.shots))
		}
	}
	if size := len(w.snapshot()); size > 3000 {
		t.Errorf("a snapshot has %d bytes", size)
	}
	w.remove(w.ships[4])
	if s := w.add("x", true); s.id != 5 || w.ships[4] != s {
		t.Errorf("the free id is not used: %d", s.id)
	}
}

func start(t *testing.T) string { return browsertest.Serve(t, open).URL }

// join flies, and returns the id of the ship.
func join(t *testing.T, url, name string) (*peer.Peer, uint8) {
	t.Helper()
	p := peer.Dial(t, url, struct{}{})
	p.Connected()
	var w Welcome
	if err := p.Call("join", Pilot{Name: name}).Scan(&w); err != nil {
		t.Fatal(err)
	}
	return p, w.ID
}

// locate waits for a snapshot with a ship, and returns its tick and where the ship
// is in it.
func locate(t *testing.T, p *peer.Peer, id uint8) (tick uint32, x, y, input int) {
	t.Helper()
	le := binary.LittleEndian
	for {
		var b []byte
		p.Event("snapshot", &b)
		for i := range int(b[8]) {
			if s := b[9+14*i:]; s[0] == id {
				return le.Uint32(b), int(le.Uint16(s[2:])), int(le.Uint16(s[4:])), int(le.Uint16(s[11:]))
			}
		}
	}
}

func TestEverybodySeesTheShipMove(t *testing.T) {
	url := start(t)
	ada, id := join(t, url, "Ada")
	ben := peer.Dial(t, url, struct{}{}) // who only watches
	_, x0, y0, _ := locate(t, ben, id)
	for seq := 1; ; seq++ {
		ada.Emit("input", Input{Seq: seq, Keys: keyRight | keyDown})
		_, x, y, input := locate(t, ben, id)
		if (x != x0 || y != y0) && input > 0 {
			return
		}
	}
}

func TestRoster(t *testing.T) {
	url := start(t)
	watcher := peer.Dial(t, url, struct{}{})
	count := func() (ships int, people []string) {
		t.Helper()
		var list []Entry
		watcher.Event("roster", &list)
		for _, e := range list {
			if !e.Bot {
				people = append(people, e.Name)
			}
		}
		return len(list), people
	}
	if ships, people := count(); ships != minShips || people != nil {
		t.Errorf("%d ships, %q", ships, people)
	}
	ada, _ := join(t, url, "  Ada \t L. ")
	if ships, people := count(); ships != minShips || fmt.Sprint(people) != "[Ada L.]" {
		t.Errorf("%d ships, %q", ships, people)
	}
	again := ada.Ask("join", Pilot{Name: "Ada"})
	if again != ada.Ask("join", Pilot{Name: "Eve"}) {
		t.Error("a page got two ships")
	}
	ada.Close()
	if ships, people := count(); ships != minShips || people != nil {
		t.Errorf("%d ships, %q", ships, people)
	}
}

func TestArenaTakesFiftyPlayers(t *testing.T) {
	a := newApp(&server.Options{Logger: browsertest.Logger(t)}, 0)
	srv := httptest.NewServer(a)
	defer srv.Close()
	defer shutDown(t, a)
	var last *peer.Peer
	for i := range maxShips {
		last, _ = join(t, srv.URL+"/", fmt.Sprint("Ada ", i))
	}
	p := peer.Dial(t, srv.URL+"/", struct{}{})
	p.Connected()
	if got := p.Ask("join", Pilot{Name: "one more"}); got != peer.Refusal(errFull.Message) {
		t.Errorf("got %s", got)
	}
	last.Close()
	for p.Ask("join", Pilot{Name: "one more"}) == peer.Refusal(errFull.Message) { // until the other is gone
	}
}

func shutDown(t *testing.T, a *App) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), peer.Wait)
	defer cancel()
	if err := a.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

func TestBadInputIsIgnoredAndLogged(t *testing.T) {
	log, logged := browsertest.Record(t)
	a := newApp(&server.Options{Logger: log}, 0)
	url := browsertest.Serve(t, func(*slog.Logger) browsertest.App { return a }).URL
	watcher := peer.Dial(t, url, struct{}{})
	watcher.Connected()
	for _, name := range []any{"", " ", strings.Repeat("x", maxName+1), "a\x07b"} {
		if got := watcher.Ask("join", map[string]any{"name": name}); got != peer.Refusal(errName.Message) {
			t.Errorf("name %q: %s", name, got)
		}
	}
	if got := watcher.Ask("join", 7); got != peer.Refusal(`invalid arguments for event "join"`) {
		t.Errorf("name 7: %s", got)
	}
	watcher.Emit("input", Input{Seq: 1, Keys: keyFire})
	watcher.Ask("join", Pilot{}) // so that the server has handled it
	if !logged("input ignored", "seq=1", "keys=16") {
		t.Error("the input of who only watches is not logged")
	}
	ada, id := join(t, url, "Ada")
	place := func() (tick uint32, x, y, input int) {
		a.mu.Lock()
		defer a.mu.Unlock()
		s := a.world.ship(id)
		return a.world.tick, s.x, s.y, s.done
	}
	_, x0, y0, _ := place()
	for _, arg := range []any{"x", 7, []int{1}, map[string]any{"seq": 1e300}, map[string]any{"seq": 1, "keys": 1 << 40}, Input{-1, 1}, Input{1, 99}} {
		ada.Emit("input", arg)
	}
	ada.Emit("snapshot", []byte("teleport"))
	ada.Ask("join", Pilot{}) // so that the server has handled all of that
	tick, _, _, _ := place()
	for now := tick; now < tick+3; now, _, _, _ = locate(t, watcher, id) {
	}
	_, x, y, input := place()
	if x != x0 || y != y0 || input != 0 {
		t.Errorf("moved from %d, %d to %d, %d by input %d", x0, y0, x, y, input)
	}
	if !logged("input ignored", "seq=1", "keys=1099511627776") || !logged("invalid arguments", "event=input") {
		t.Error("not logged")
	}
}

// TestTicksAreOnTime measures the real clock: how late the ticks of two seconds are,
// with 50 ships that think and three that watch. A machine that does other things is
// late with everything, so beside the arena runs a loop that does nothing, and the
// limit is for what the arena adds to it; and one good stretch of eight is enough.
func TestTicksAreOnTime(t *testing.T) {
	const stretch, limit = 2 * ticksPerSecond, 5 * time.Millisecond
	a := newApp(&server.Options{Logger: browsertest.Logger(t)}, maxShips)
	srv := httptest.NewServer(a)
	defer srv.Close()
	defer shutDown(t, a)
	for range 2 {
		peer.Dial(t, srv.URL+"/", struct{}{})
	}
	watcher := peer.Dial(t, srv.URL+"/", struct{}{})
	var b []byte
	watcher.Event("snapshot", &b)
	if b[8] != maxShips {
		t.Errorf("%d ships", b[8])
	}
	for try := range 8 {
		var idle clock
		for due := time.Now().Add(tickTime); idle.n < stretch; due = due.Add(tickTime) {
			<-time.After(time.Until(due))
			idle.add(time.Since(due), 0)
		}
		a.mu.Lock()
		late, work := a.clock.last(stretch).percentile(99)
		a.mu.Unlock()
		machine, _ := idle.percentile(99)
		t.Logf("stretch %d: 99 of 100 ticks are at most %v late and take at most %v; a loop that does nothing is %v late", try, late, work, machine)
		if late-machine < limit {
			return
		}
	}
	t.Error("the ticks are late")
}

// last are the last n ticks.
func (c *clock) last(n int) *clock {
	recent := clock{n: n}
	for i := range n {
		at := (c.n - n + i + measured) % measured
		recent.late[i], recent.work[i] = c.late[at], c.work[at]
	}
	return &recent
}

func TestLoopSleepsWhenNobodyWatches(t *testing.T) {
	a := newApp(&server.Options{Logger: browsertest.Logger(t)}, 0)
	srv := httptest.NewServer(a)
	defer srv.Close()
	a.play() // which is what the loop does when it has been woken, and returns
	if a.world.tick != 0 {
		t.Error("it plays for nobody")
	}
	for range 2 {
		p := peer.Dial(t, srv.URL+"/", struct{}{})
		p.Event("snapshot")
		p.Close()
	}
	shutDown(t, a)
	shutDown(t, a) // which may be called again
}

func TestShutdown(t *testing.T) {
	a := newApp(nil, 0)
	srv := httptest.NewServer(a)
	defer srv.Close()
	ada, _ := join(t, srv.URL+"/", "Ada")
	shutDown(t, a)
	ada.Disconnected()
	if a.viewers != 0 || len(a.world.ships) != minShips {
		t.Errorf("%d viewers, %d ships", a.viewers, len(a.world.ships))
	}
}
