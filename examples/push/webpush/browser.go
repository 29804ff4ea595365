package webpush

import (
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"fmt"
)

// Browser is the other half, for tests: it has a subscription and reads what is
// sent to it.
type Browser struct {
	key  *ecdh.PrivateKey
	auth []byte
}

// NewBrowser makes a browser with keys of its own.
func NewBrowser() (*Browser, error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("webpush: %w", err)
	}
	auth := make([]byte, 16)
	rand.Read(auth)
	return &Browser{key, auth}, nil
}

// Subscription is what the browser's page gives to the application.
func (b *Browser) Subscription(endpoint string) *Subscription {
	return &Subscription{endpoint, Keys{P256DH: encode(b.key.PublicKey().Bytes()), Auth: encode(b.auth)}}
}

// Decrypt reads the body of a request to the endpoint.
func (b *Browser) Decrypt(body []byte) ([]byte, error) {
	if len(body) < headerSize || body[20] != 65 {
		return nil, errors.New("webpush: not a body of RFC 8188 with a key on P-256")
	}
	salt, sender, record := body[:16], body[21:headerSize], body[headerSize:]
	public, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		return nil, fmt.Errorf("webpush: %w", err)
	}
	shared, err := b.key.ECDH(public)
	if err != nil {
		return nil, fmt.Errorf("webpush: %w", err)
	}
	aead, nonce, err := contentKeys(shared, b.auth, salt, b.key.PublicKey().Bytes(), sender)
	if err != nil {
		return nil, err
	}
	text, err := aead.Open(nil, nonce, record, nil)
	if err != nil {
		return nil, fmt.Errorf("webpush: %w", err)
	}
	for i := len(text) - 1; i >= 0; i-- { // behind the delimiter there is padding
		if text[i] == 2 {
			return text[:i], nil
		}
		if text[i] != 0 {
			break
		}
	}
	return nil, errors.New("webpush: the record has no end")
}
