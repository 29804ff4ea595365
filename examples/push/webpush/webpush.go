// Package webpush sends messages to browsers that are not there: the application
// server's half of Web Push (RFC 8030), with payloads encrypted as in RFC 8291 and
// senders identified as in RFC 8292 (VAPID). It needs nothing but the standard
// library.
package webpush

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// MaxPayload is how many bytes a message may have: what is left of the 4096 that
// every push service takes (RFC 8030, section 7.2).
const MaxPayload = 4096 - headerSize - 16 - 1

const (
	recordSize = 4096
	headerSize = 16 + 4 + 1 + 65 // salt, record size, length of the key, key (RFC 8188, section 2.1)
	tokenTime  = 12 * time.Hour  // of the 24 that are allowed (RFC 8292, section 2)
)

// ErrGone says that a subscription has expired: forget it (RFC 8030, section 7.3).
var ErrGone = errors.New("webpush: the subscription is gone")

// Subscription is what a page's PushSubscription.toJSON() gives.
type Subscription struct {
	Endpoint string `json:"endpoint"`
	Keys     Keys   `json:"keys"`
}

// Keys are those of a browser, in base64url without padding.
type Keys struct {
	P256DH string `json:"p256dh"` // a point on P-256, uncompressed
	Auth   string `json:"auth"`   // 16 random bytes
}

// Sender sends messages. Its fields must not change any more when it is used; then
// it is safe for concurrent use.
type Sender struct {
	// Key identifies the sender: browsers bind a subscription to its public half,
	// so keep it as long as the subscriptions. NewKey makes one.
	Key *ecdsa.PrivateKey

	// Contact is a mailto: or https: URL for the operator of the push service.
	Contact string

	// Client makes the requests; nil means [http.DefaultClient].
	Client *http.Client
}

// NewKey makes a key for a Sender.
func NewKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// PublicKey is what pages give to pushManager.subscribe as applicationServerKey.
func (s *Sender) PublicKey() (string, error) {
	public, err := s.Key.PublicKey.ECDH()
	if err != nil {
		return "", fmt.Errorf("webpush: the key is not on P-256: %w", err)
	}
	return encode(public.Bytes()), nil
}

// Send encrypts a message of at most MaxPayload bytes and gives it to the push
// service, which keeps it for ttl while the browser is away. It returns an error
// that matches ErrGone when the subscription has expired.
func (s *Sender) Send(ctx context.Context, sub *Subscription, payload []byte, ttl time.Duration) error {
	body, err := encrypt(sub, payload)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, sub.Endpoint, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("webpush: %w", err)
	}
	authorization, err := s.authorization(r.URL, time.Now())
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", authorization)
	r.Header.Set("Content-Encoding", "aes128gcm")
	r.Header.Set("Content-Type", "application/octet-stream")
	r.Header.Set("TTL", strconv.Itoa(int(ttl.Seconds())))
	client := s.Client
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("webpush: %w", err)
	}
	defer res.Body.Close()
	reason, _ := io.ReadAll(io.LimitReader(res.Body, 200)) // only to be shown
	switch {
	case res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusGone:
		return ErrGone
	case res.StatusCode/100 != 2:
		return fmt.Errorf("webpush: the push service answers %s: %q", res.Status, reason)
	}
	return nil
}

// authorization is a token for the push service's origin (RFC 8292, section 2).
func (s *Sender) authorization(endpoint *url.URL, now time.Time) (string, error) {
	public, err := s.PublicKey()
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(map[string]any{
		"aud": endpoint.Scheme + "://" + endpoint.Host, "exp": now.Add(tokenTime).Unix(), "sub": s.Contact,
	})
	if err != nil {
		return "", fmt.Errorf("webpush: %w", err)
	}
	token := encode([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + encode(claims)
	digest := sha256.Sum256([]byte(token))
	r, sig, err := ecdsa.Sign(rand.Reader, s.Key, digest[:])
	if err != nil {
		return "", fmt.Errorf("webpush: %w", err)
	}
	signature := make([]byte, 64) // both numbers at full width (RFC 7518, section 3.4)
	r.FillBytes(signature[:32])
	sig.FillBytes(signature[32:])
	return "vapid t=" + token + "." + encode(signature) + ", k=" + public, nil
}

func encrypt(sub *Subscription, payload []byte) ([]byte, error) {
	ephemeral, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("webpush: %w", err)
	}
	salt := make([]byte, 16)
	rand.Read(salt)
	return encryptWith(ephemeral, salt, sub, payload)
}

// encryptWith is encrypt without chance: RFC 8291, section 3.4, into one record of
// RFC 8188.
func encryptWith(ephemeral *ecdh.PrivateKey, salt []byte, sub *Subscription, payload []byte) ([]byte, error) {
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("webpush: the message has %d bytes, %d are allowed", len(payload), MaxPayload)
	}
	browser, auth, err := sub.keys()
	if err != nil {
		return nil, err
	}
	shared, err := ephemeral.ECDH(browser)
	if err != nil {
		return nil, fmt.Errorf("webpush: %w", err)
	}
	public := ephemeral.PublicKey().Bytes()
	aead, nonce, err := contentKeys(shared, auth, salt, browser.Bytes(), public)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, headerSize+len(payload)+1+aead.Overhead())
	out = append(out, salt...)
	out = binary.BigEndian.AppendUint32(out, recordSize)
	out = append(out, byte(len(public)))
	out = append(out, public...)
	const last = 2 // the delimiter of the last record
	return aead.Seal(out, nonce, append(payload[:len(payload):len(payload)], last), nil), nil
}

// contentKeys derives the cipher and the nonce of the only record.
func contentKeys(shared, auth, salt, browser, sender []byte) (cipher.AEAD, []byte, error) {
	info := "WebPush: info\x00" + string(browser) + string(sender)
	secret, err := hkdf.Key(sha256.New, shared, auth, info, 32)
	if err != nil {
		return nil, nil, fmt.Errorf("webpush: %w", err)
	}
	key, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, nil, fmt.Errorf("webpush: %w", err)
	}
	nonce, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, nil, fmt.Errorf("webpush: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, fmt.Errorf("webpush: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	return aead, nonce, err
}

// Check reports what is wrong with the keys of a subscription. Whether its endpoint
// may be called is for the application to say: it comes from a page.
func (s *Subscription) Check() error {
	_, _, err := s.keys()
	return err
}

func (s *Subscription) keys() (browser *ecdh.PublicKey, auth []byte, err error) {
	point, err := decode(s.Keys.P256DH)
	if err == nil {
		browser, err = ecdh.P256().NewPublicKey(point)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("webpush: p256dh: %w", err)
	}
	if auth, err = decode(s.Keys.Auth); err != nil || len(auth) != 16 {
		return nil, nil, errors.New("webpush: auth: want 16 bytes in base64url")
	}
	return browser, auth, nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decode(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }
