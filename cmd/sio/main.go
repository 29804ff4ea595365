// Command sio is a ready-made Socket.IO server and a set of demos.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `sio is a Socket.IO server and a set of demos.

Usage:

  sio serve [flags]        a server for any Socket.IO client
  sio demo [NAME] [flags]  applications to look at in a browser; NAME is one of
                           chat, push, collab, game, or left out for all of them
  sio help

"sio serve --help" and "sio demo --help" list the flags.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// errUsage is what a mistake on the command line unwraps to: exit code 2.
var errUsage = errors.New("usage")

// run is the program. It returns the exit code: 0, 1 for a failure while it ran,
// 2 for a command that cannot be carried out as it was given.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	err := dispatch(ctx, args, stdout, stderr)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "sio:", err)
		return 2
	}
	fmt.Fprintln(stderr, "sio:", err)
	return 1
}

func dispatch(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return mistake("a command is missing: serve or demo")
	}
	switch command, rest := args[0], args[1:]; command {
	case "serve":
		return serve(ctx, rest, stdout, stderr)
	case "demo":
		return demo(ctx, rest, stdout, stderr)
	case "help", "-h", "-help", "--help":
		fmt.Fprint(stdout, usage)
		return nil
	default:
		return mistake("unknown command %q: it is serve, demo or help", command)
	}
}

// mistake is an error of the command line.
func mistake(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }
func (e *usageError) Unwrap() error { return errUsage }
