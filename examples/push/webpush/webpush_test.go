package webpush

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The example of RFC 8291, section 5 and appendix A.
const (
	rfcPlaintext      = "When I grow up, I want to be a watermelon"
	rfcAuth           = "BTBZMqHH6r4Tts7J_aSIgg"
	rfcBrowserPublic  = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
	rfcBrowserPrivate = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
	rfcSenderPrivate  = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
	rfcSalt           = "DGv6ra1nlYgDCS1FRnbzlw"
	rfcBody           = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6" +
		"PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func privateKey(t *testing.T, text string) *ecdh.PrivateKey {
	return must[*ecdh.PrivateKey](t)(ecdh.P256().NewPrivateKey(must[[]byte](t)(decode(text))))
}

func TestVectorOfRFC8291(t *testing.T) {
	sub := &Subscription{Keys: Keys{P256DH: rfcBrowserPublic, Auth: rfcAuth}}
	salt := must[[]byte](t)(decode(rfcSalt))
	body := must[[]byte](t)(encryptWith(privateKey(t, rfcSenderPrivate), salt, sub, []byte(rfcPlaintext)))
	if got := encode(body); got != rfcBody {
		t.Errorf("got %s, want %s", got, rfcBody)
	}
	browser := Browser{privateKey(t, rfcBrowserPrivate), must[[]byte](t)(decode(rfcAuth))}
	if got := string(must[[]byte](t)(browser.Decrypt(body))); got != rfcPlaintext {
		t.Errorf("decrypted %q", got)
	}
}

func TestSendDecryptsToTheMessage(t *testing.T) {
	browser := must[*Browser](t)(NewBrowser())
	sender := &Sender{Key: must[*ecdsa.PrivateKey](t)(NewKey()), Contact: "mailto:ops@example.org"}
	received := make(chan string, 1)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		text, err := browser.Decrypt(body)
		if err != nil {
			t.Error(err)
		}
		if r.Header.Get("TTL") != "60" || r.Header.Get("Content-Encoding") != "aes128gcm" || len(body) > 4096 {
			t.Errorf("header %v, %d bytes", r.Header, len(body))
		}
		checkAuthorization(t, sender, r)
		received <- string(text)
		w.WriteHeader(http.StatusCreated)
	}))
	defer service.Close()
	for _, message := range []string{"", "hello", strings.Repeat("x", MaxPayload)} {
		if err := sender.Send(t.Context(), browser.Subscription(service.URL+"/push/1"), []byte(message), time.Minute); err != nil {
			t.Fatal(err)
		}
		if got := <-received; got != message {
			t.Errorf("got %.50q, want %.50q", got, message)
		}
	}
	if err := sender.Send(t.Context(), browser.Subscription(service.URL), make([]byte, MaxPayload+1), 0); err == nil {
		t.Error("a message that is too long was sent")
	}
}

// checkAuthorization does what a push service does (RFC 8292, section 4.2).
func checkAuthorization(t *testing.T, s *Sender, r *http.Request) {
	t.Helper()
	token, key, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "vapid t="), ", k=")
	if want := must[string](t)(s.PublicKey()); key != want {
		t.Errorf("key %q, want %q", key, want)
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("token %q", token)
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(must[[]byte](t)(decode(parts[1])), &claims); err != nil {
		t.Fatal(err)
	}
	left := time.Until(time.Unix(claims.Exp, 0))
	if claims.Aud != "http://"+r.Host || claims.Sub != s.Contact || left < time.Hour || left > 24*time.Hour {
		t.Errorf("claims %+v", claims)
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	signature := must[[]byte](t)(decode(parts[2]))
	if len(signature) != 64 || !ecdsa.Verify(&s.Key.PublicKey, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		t.Error("the signature is wrong")
	}
}

func TestAnswersOfThePushService(t *testing.T) {
	browser := must[*Browser](t)(NewBrowser())
	sender := &Sender{Key: must[*ecdsa.PrivateKey](t)(NewKey())}
	status := make(chan int, 1)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(<-status)
		_, _ = io.WriteString(w, strings.Repeat("because ", 1000)) // nobody may want all of it
	}))
	defer service.Close()
	for code, gone := range map[int]bool{404: true, 410: true, 400: false, 403: false, 413: false, 429: false, 500: false} {
		status <- code
		err := sender.Send(t.Context(), browser.Subscription(service.URL), []byte("x"), time.Minute)
		if err == nil || errors.Is(err, ErrGone) != gone || len(err.Error()) > 500 {
			t.Errorf("%d: %v", code, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sender.Send(ctx, browser.Subscription(service.URL), []byte("x"), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestBadSubscriptions(t *testing.T) {
	good := must[*Browser](t)(NewBrowser()).Subscription("https://push.example/1")
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	offCurve := make([]byte, 65)
	offCurve[0] = 4
	rand.Read(offCurve[1:])
	for name, keys := range map[string]Keys{
		"empty":        {},
		"not base64":   {P256DH: "!!", Auth: good.Keys.Auth},
		"off curve":    {P256DH: encode(offCurve), Auth: good.Keys.Auth},
		"infinity":     {P256DH: encode([]byte{0}), Auth: good.Keys.Auth},
		"short secret": {P256DH: good.Keys.P256DH, Auth: encode(make([]byte, 15))},
		"padded":       {P256DH: good.Keys.P256DH, Auth: good.Keys.Auth + "=="},
	} {
		if err := (&Subscription{Keys: keys}).Check(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestTokenIsForTheOriginAlone(t *testing.T) {
	sender := &Sender{Key: must[*ecdsa.PrivateKey](t)(NewKey())}
	endpoint := must[*url.URL](t)(url.Parse("https://push.example:8443/send/abc?x=y"))
	authorization := must[string](t)(sender.authorization(endpoint, time.Now()))
	claims := must[[]byte](t)(decode(strings.Split(authorization, ".")[1]))
	if !strings.Contains(string(claims), `"aud":"https://push.example:8443"`) {
		t.Errorf("claims %s", claims)
	}
}
