package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
	"github.com/socketio-go/socketio/packet/msgpack"
	"github.com/socketio-go/socketio/server"
	"github.com/socketio-go/socketio/websocket"
)

// parse reads flags, and turns what is wrong with them into a usage error.
func parse(fs *flag.FlagSet, args []string, stdout io.Writer) error {
	fs.SetOutput(io.Discard)
	err := fs.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fs.SetOutput(stdout)
		fs.Usage()
		return err
	}
	if err != nil {
		return mistake("%v: see %s --help", err, fs.Name())
	}
	if fs.NArg() > 0 {
		return mistake("unexpected argument %q: see %s --help", fs.Arg(0), fs.Name())
	}
	return nil
}

// serverFlags declares the options of a server.
func serverFlags(fs *flag.FlagSet, o *server.Options) {
	fs.DurationVar(&o.PingInterval, "ping-interval", 0, "`time` from a pong to the next ping (default 25s)")
	fs.DurationVar(&o.PingTimeout, "ping-timeout", 0, "`time` for a pong to come (default 20s)")
	fs.DurationVar(&o.ConnectTimeout, "connect-timeout", 0, "`time` for a client to join a namespace (default 45s)")
	fs.IntVar(&o.MaxPayload, "max-payload", 0, "largest message of a client in `bytes` (default 1000000)")
	fs.Func("cors", "`origins` whose pages may connect, separated by commas, or *", func(s string) error {
		origins, err := parseOrigins(s)
		o.CORS = &server.CORS{Origins: origins}
		return err
	})
	fs.Func("transports", "`transports` to offer, separated by commas (default polling,websocket)", func(s string) (err error) {
		o.Transports, err = parseTransports(s)
		return err
	})
	fs.BoolVar(&o.AllowEIO3, "eio3", false, "admit clients of Socket.IO 2")
	fs.BoolFunc("compress", "compress messages on WebSocket (permessage-deflate)", func(string) error {
		o.Compression = new(websocket.Compression)
		return nil
	})
	fs.Func("parser", "`parser` that the clients use: msgpack or json, if not the default one", func(s string) error {
		codec, ok := map[string]packet.Codec{"msgpack": msgpack.Codec{}, "json": packet.JSON{}}[s]
		if !ok {
			return fmt.Errorf("%q is not a parser: it is msgpack or json", s)
		}
		o.Codec = codec
		return nil
	})
	fs.Func("recovery", "`time` that clients may be away and then go on where they were (default: they begin anew)", func(s string) error {
		d, err := time.ParseDuration(s)
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is not a time: write it like 2m", s)
		}
		o.Recovery = &server.Recovery{MaxDisconnection: d}
		return nil
	})
}

func checkOptions(o *server.Options) error {
	if o.PingInterval < 0 || o.PingTimeout < 0 || o.ConnectTimeout < 0 {
		return mistake("a time is negative")
	}
	if o.MaxPayload < 0 {
		return mistake("--max-payload is negative")
	}
	return nil
}

func parseOrigins(s string) ([]string, error) {
	origins := strings.Split(s, ",")
	for _, origin := range origins {
		u, err := url.Parse(origin)
		if origin == "*" || err == nil && u.Scheme != "" && u.Host != "" && origin == u.Scheme+"://"+u.Host {
			continue
		}
		return nil, fmt.Errorf("%q is not an origin: write it like https://app.example.com, without a path", origin)
	}
	return origins, nil
}

func parseTransports(s string) ([]string, error) {
	transports := strings.Split(s, ",")
	for _, t := range transports {
		if !slices.Contains([]string{engine.Polling, engine.WebSocket}, t) {
			return nil, fmt.Errorf("%q is not a transport: it is polling or websocket", t)
		}
	}
	return transports, nil
}

// listen opens the address, or says what to do instead.
func listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, mistake("cannot listen on %s: %v: choose another one with --addr", addr, err)
	}
	return l, nil
}
