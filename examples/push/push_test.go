package push

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/examples/internal/browsertest"
	"github.com/socketio-go/socketio/examples/internal/peer"
	"github.com/socketio-go/socketio/examples/push/webpush"
	"github.com/socketio-go/socketio/server"
)

// pushService is the push service of one browser. It decrypts what it gets, and can
// be told that the subscription has expired.
type pushService struct {
	*httptest.Server
	browser  *webpush.Browser
	messages chan Alert

	mu     sync.Mutex // guards what follows
	status int
	last   string
}

func startPushService(t *testing.T) *pushService {
	browser, err := webpush.NewBrowser()
	if err != nil {
		t.Fatal(err)
	}
	p := &pushService{browser: browser, messages: make(chan Alert, 100), status: http.StatusCreated}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /send/", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(p.receive(t, body))
	})
	mux.HandleFunc("GET /last", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		_, _ = io.WriteString(w, p.last) // the script sees what is missing
	})
	mux.HandleFunc("POST /expire", func(w http.ResponseWriter, r *http.Request) { p.answer(http.StatusGone) })
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *pushService) receive(t *testing.T, body []byte) (status int) {
	text, err := p.browser.Decrypt(body)
	var alert Alert
	if err == nil {
		err = json.Unmarshal(text, &alert)
	}
	if err != nil {
		t.Errorf("%v: %q", err, text)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.status/100 == 2 {
		p.last = string(text)
		p.messages <- alert
	}
	return p.status
}

// answer sets the status of all answers from now on.
func (p *pushService) answer(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status = status
}

func (p *pushService) subscription(name string) *webpush.Subscription {
	return p.browser.Subscription(p.URL + "/send/" + name)
}

// open makes an App that trusts push services on this machine.
func open(log *slog.Logger) browsertest.App {
	a := New(&server.Options{Logger: log})
	a.trusted = func(endpoint *url.URL) bool { return endpoint.Hostname() == "127.0.0.1" }
	return a
}

func start(t *testing.T) string { return browsertest.Serve(t, open).URL }

func signIn(t *testing.T, url, name string) *peer.Peer {
	t.Helper()
	p := peer.Dial(t, url, SignIn{Name: name, Token: tokenOf(name)})
	p.Connected()
	p.Event("people")
	return p
}

func tokenOf(name string) string { return "a secret of " + strings.Repeat(name, 4) }

// raise lets somebody raise an alert, and checks what becomes of it.
func raise(t *testing.T, p *peer.Peer, d Draft, want Outcome) {
	t.Helper()
	var got Outcome
	if err := p.Call("raise", d).Scan(&got); err != nil || got != want {
		t.Fatalf("raise %+v: %+v, %v; want %+v", d, got, err, want)
	}
}

// answering makes a page answer its next alert, as if somebody saw it or not.
func answering(t *testing.T, p *peer.Peer, isSeen bool) (next func() Alert) {
	t.Helper()
	alerts := make(chan Alert, 1)
	p.Answer("alert", func(args socketio.Args) any {
		p.Answer("alert", nil)
		var alert Alert
		if err := args.Scan(&alert); err != nil {
			t.Error(err)
		}
		alerts <- alert
		return isSeen
	})
	return func() Alert { return <-alerts }
}

func TestAlertIsShown(t *testing.T) {
	url := start(t)
	service := startPushService(t)
	ada, ben := signIn(t, url, "Ada"), signIn(t, url, "Ben")
	tab := signIn(t, url, "Ben") // hidden behind the other one
	ben.Call("subscribe", service.subscription("ben"))
	seen, hidden := answering(t, ben, true), answering(t, tab, false)
	raise(t, ada, Draft{To: "ben", Title: " Tea ", Body: "is ready"}, Outcome{Shown: 1})
	got := seen()
	if got.From != "Ada" || got.Title != "Tea" || got.Body != "is ready" || got.At == 0 || got != hidden() {
		t.Errorf("got %+v", got)
	}
	if len(service.messages) > 0 {
		t.Error("a push message was sent although the page shows the alert")
	}
}

func TestAlertIsPushed(t *testing.T) {
	url := start(t)
	service := startPushService(t)
	ada, ben := signIn(t, url, "Ada"), signIn(t, url, "Ben")
	for _, name := range []string{"phone", "laptop", "phone"} {
		ben.Call("subscribe", service.subscription(name))
	}
	check := func(title string) {
		t.Helper()
		for range 2 { // browsers
			if got := <-service.messages; got.Title != title || got.From != "Ada" {
				t.Errorf("got %+v, want %q", got, title)
			}
		}
	}
	hidden := answering(t, ben, false)
	raise(t, ada, Draft{To: "Ben", Title: "while hidden"}, Outcome{Pushed: 1})
	hidden()
	check("while hidden")
	raise(t, ada, Draft{To: "Ben", Title: "while deaf"}, Outcome{Pushed: 1}) // nobody answers this one
	check("while deaf")
	ben.Close()
	waitFor(t, ada, func(people []Person) bool { return !people[1].Online })
	raise(t, ada, Draft{To: "Ben", Title: "while away"}, Outcome{Pushed: 1})
	check("while away")

	again := peer.Dial(t, url, SignIn{Name: "Ben", Token: tokenOf("Ben")})
	var state State
	again.Event("welcome", &state)
	if len(state.Alerts) != 3 || state.Alerts[2].Title != "while away" {
		t.Errorf("history %+v", state.Alerts)
	}
}

// waitFor reads lists of people until one is as expected.
func waitFor(t *testing.T, p *peer.Peer, expected func([]Person) bool) {
	t.Helper()
	for {
		var people []Person
		p.Event("people", &people)
		if expected(people) {
			return
		}
	}
}

func TestExpiredSubscriptionIsRemoved(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusGone} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			url := start(t)
			service := startPushService(t)
			ada, ben := signIn(t, url, "Ada"), signIn(t, url, "Ben")
			ben.Call("subscribe", service.subscription("ben"))
			ben.Close()
			hasPush := func(want bool) func([]Person) bool {
				return func(people []Person) bool { return !people[1].Online && people[1].Push == want }
			}
			waitFor(t, ada, hasPush(true))
			service.answer(http.StatusTooManyRequests)
			raise(t, ada, Draft{To: "Ben", Title: "too many"}, Outcome{Waiting: 1})
			service.answer(status)
			raise(t, ada, Draft{To: "Ben", Title: "gone"}, Outcome{Waiting: 1})
			waitFor(t, ada, hasPush(false))
			service.answer(http.StatusCreated)
			raise(t, ada, Draft{To: "Ben", Title: "nowhere"}, Outcome{Waiting: 1})
			if len(service.messages) > 0 {
				t.Error("the subscription is still in use")
			}
		})
	}
}

func TestTopics(t *testing.T) {
	url := start(t)
	ada, ben := signIn(t, url, "Ada"), signIn(t, url, "Ben")
	ada.Call("watch", []string{"weather", "no such topic"})
	ben.Call("watch", []string{"weather", "orders"})
	adas, bens := answering(t, ada, true), answering(t, ben, false)
	raise(t, ada, Draft{Topic: "weather", Title: "Rain"}, Outcome{Shown: 1, Waiting: 1})
	if got := bens(); got != adas() || got.Topic != "weather" {
		t.Errorf("got %+v", got)
	}
	raise(t, ada, Draft{Topic: "deploys", Title: "nobody watches"}, Outcome{})
}

func TestReadOnAllPages(t *testing.T) {
	url := start(t)
	ada, tab := signIn(t, url, "Ada"), signIn(t, url, "Ada")
	shown := answering(t, ada, true)
	raise(t, tab, Draft{To: "Ada", Title: "note"}, Outcome{Shown: 1})
	id := shown().ID
	ada.Call("read", id+1) // there is no such alert
	ada.Call("read", id)
	var got int64
	if tab.Event("read", &got); got != id {
		t.Errorf("read to %d, want %d", got, id)
	}
	ada.Call("read", id)
	tab.Call("read", id)
	if tab.Saw("read") || ada.Saw("read") {
		t.Error("told twice")
	}
}

func TestSignInRefused(t *testing.T) {
	url := start(t)
	signIn(t, url, "Ada")
	for name, test := range map[string]struct {
		auth any
		want string
	}{
		"no name":    {SignIn{Name: " ", Token: tokenOf("x")}, errSignIn.Message},
		"long name":  {SignIn{Name: strings.Repeat("x", maxName+1), Token: tokenOf("x")}, errSignIn.Message},
		"no token":   {SignIn{Name: "Ben"}, errSignIn.Message},
		"taken":      {SignIn{Name: "ADA", Token: tokenOf("x")}, errNameTaken.Message},
		"wrong type": {map[string]any{"name": 1}, errSignIn.Message},
	} {
		t.Run(name, func(t *testing.T) {
			if got := peer.Dial(t, url, test.auth).Refused(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestBadInputIsRefusedAndLogged(t *testing.T) {
	log, logged := browsertest.Record(t)
	url := browsertest.Serve(t, func(*slog.Logger) browsertest.App { return open(log) }).URL
	service := startPushService(t)
	ada := signIn(t, url, "Ada")
	strange := service.subscription("x")
	strange.Endpoint = "http://169.254.169.254/"
	keyless := service.subscription("x")
	keyless.Keys.P256DH = ""
	for _, test := range []struct {
		event string
		arg   any
		want  string
	}{
		{"raise", Draft{To: "Ada"}, errDraft.Message},
		{"raise", Draft{To: "Ada", Title: strings.Repeat("x", maxTitle+1)}, errDraft.Message},
		{"raise", Draft{To: "Ada", Title: "x", Body: strings.Repeat("x", maxBody+1)}, errDraft.Message},
		{"raise", Draft{To: "nobody", Title: "x"}, errNobody.Message},
		{"raise", Draft{Topic: "gossip", Title: "x"}, errTopic.Message},
		{"raise", 7, `invalid arguments for event "raise"`},
		{"subscribe", strange, errSubscription.Message},
		{"subscribe", keyless, errSubscription.Message},
		{"subscribe", "x", `invalid arguments for event "subscribe"`},
		{"watch", "x", `invalid arguments for event "watch"`},
		{"read", "x", `invalid arguments for event "read"`},
	} {
		if got := ada.Ask(test.event, test.arg); got != peer.Refusal(test.want) {
			t.Errorf("%s %+v: %s", test.event, test.arg, got)
		}
		if !logged("event="+test.event, test.want[:15]) {
			t.Errorf("%s %+v: not logged", test.event, test.arg)
		}
	}
}

func TestOnlyPushServicesAreTrusted(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"https://fcm.googleapis.com/fcm/send/abc":                     true,
		"https://updates.push.services.mozilla.com/wpush/v2/abc":      true,
		"https://web.push.apple.com/abc":                              true,
		"https://wns2-par02p.notify.windows.com/w/?token=abc":         true,
		"http://fcm.googleapis.com/fcm/send/abc":                      false,
		"https://fcm.googleapis.com:8443/":                            false,
		"https://user@fcm.googleapis.com/":                            false,
		"https://evilfcm.googleapis.com/":                             false,
		"https://fcm.googleapis.com.evil.example/":                    false,
		"https://127.0.0.1/":                                          false,
		"file:///etc/passwd":                                          false,
		"https://storage.googleapis.com/fcm.googleapis.com/fcm/send/": false,
	} {
		u, err := url.Parse(endpoint)
		if err != nil {
			t.Fatal(err)
		}
		if got := trusted(u); got != want {
			t.Errorf("%s: %v", endpoint, got)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	a := New(nil)
	u := &user{name: "Ada"}
	for i := range 3 * maxInbox {
		u.keep(Alert{ID: int64(i)})
		u.subscribe(webpush.Subscription{Endpoint: fmt.Sprint(i)})
	}
	if len(u.inbox) != maxInbox || u.inbox[0].ID != 2*maxInbox || len(u.subscriptions) != maxSubscriptions {
		t.Errorf("%d alerts from %d, %d subscriptions", len(u.inbox), u.inbox[0].ID, len(u.subscriptions))
	}
	for i := range maxUsers + 10 {
		u, err := a.admitLocked(&SignIn{Name: fmt.Sprint("user ", i), Token: tokenOf("x")})
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 { // these get push messages, so the others go first
			u.subscribe(webpush.Subscription{Endpoint: "x"})
		}
	}
	if len(a.users) != maxUsers || a.users["user 0"] == nil {
		t.Errorf("%d users", len(a.users))
	}
	for _, u := range a.users {
		u.pages = 1
	}
	if _, err := a.admitLocked(&SignIn{Name: "one more", Token: tokenOf("x")}); err != errFull {
		t.Errorf("a user too many: %v", err)
	}
}

func TestFloodIsStopped(t *testing.T) {
	ada := signIn(t, start(t), "Ada")
	ada.Call("watch", []string{})
	for range 100 {
		if ada.Ask("raise", Draft{Topic: "orders", Title: "spam"}) == peer.Refusal(errTooFast.Message) {
			return
		}
	}
	t.Error("100 alerts in a row were accepted")
}

// TestShutdown is one while a push service does not answer.
func TestShutdown(t *testing.T) {
	a := open(browsertest.Logger(t)).(*App)
	srv := httptest.NewServer(a)
	defer srv.Close()
	asked := make(chan struct{})
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(asked)
		<-r.Context().Done()
	}))
	defer service.Close()
	browser, err := webpush.NewBrowser()
	if err != nil {
		t.Fatal(err)
	}
	ada, ben := signIn(t, srv.URL+"/", "Ada"), signIn(t, srv.URL+"/", "Ben")
	ben.Call("subscribe", browser.Subscription(service.URL))
	hidden := answering(t, ben, false)
	ada.Emit("raise", Draft{To: "Ben", Title: "never"})
	hidden()
	<-asked
	ctx, cancel := context.WithTimeout(t.Context(), peer.Wait)
	defer cancel()
	began := time.Now()
	if err := a.Shutdown(ctx); err != nil || time.Since(began) > pushTime/2 {
		t.Errorf("%v, after %v", err, time.Since(began))
	}
	ada.Disconnected()
	ben.Disconnected()
}

func TestPeopleAreInOrder(t *testing.T) {
	url := start(t)
	for _, name := range []string{"cy", "Ada", "Ben"} {
		signIn(t, url, name)
	}
	var people []Person
	eve := peer.Dial(t, url, SignIn{Name: "Eve", Token: tokenOf("Eve")})
	eve.Event("people", &people)
	var names []string
	for _, p := range people {
		names = append(names, p.Name)
	}
	if want := []string{"Ada", "Ben", "cy", "Eve"}; !slices.Equal(names, want) {
		t.Errorf("got %v", names)
	}
}
