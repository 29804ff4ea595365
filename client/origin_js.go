package client

import (
	"net/url"
	"syscall/js"
)

// origin is the page's.
func origin(u *url.URL) (*url.URL, error) {
	page, err := url.Parse(js.Global().Get("location").Get("origin").String())
	if err == nil {
		page.RawQuery = u.RawQuery
	}
	return page, err
}
