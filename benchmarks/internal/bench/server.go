package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/socketio-go/socketio/benchmarks/internal/host"
)

// Server is a running subject.
type Server struct {
	Addr    string
	control string
	cmd     *exec.Cmd
	stdin   io.Closer // its end is the subject's
	exited  chan struct{}
	log     *head
}

// Start runs a subject and waits until it listens.
func Start(ctx context.Context, argv []string) (*Server, error) {
	s := &Server{exited: make(chan struct{}), log: &head{}}
	s.cmd = exec.CommandContext(ctx, argv[0], argv[1:]...)
	s.cmd.Env, s.cmd.Stderr = environment(), s.log
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.stdin = stdin
	listening := make(chan struct{})
	go func() {
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			switch name, addr, _ := strings.Cut(lines.Text(), " "); name {
			case "listening":
				s.Addr = addr
			case "control":
				s.control = addr
				close(listening)
			}
		}
		s.cmd.Wait()
		close(s.exited)
	}()
	select {
	case <-listening:
		return s, nil
	case <-s.exited:
		err = errors.New("exited")
	case <-time.After(20 * time.Second):
		err = errors.New("did not begin to listen")
	}
	s.Stop()
	return nil, fmt.Errorf("%s %w: %s", argv[0], err, s.log)
}

// environment is ours without what would tune a subject.
func environment() (env []string) {
	for _, v := range os.Environ() {
		switch name, _, _ := strings.Cut(v, "="); name {
		case "GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG", "GOTRACEBACK", "NODE_OPTIONS", "DEBUG":
		default:
			env = append(env, v)
		}
	}
	return env
}

// Stop waits for the subject's end, which it kills if it does not end by itself.
func (s *Server) Stop() {
	s.stdin.Close()
	select {
	case <-s.exited:
		return
	case <-time.After(time.Second):
	}
	s.cmd.Process.Kill()
	<-s.exited
}

// Exited reports whether the subject has ended by itself, and its first words.
func (s *Server) Exited() (words string, yes bool) {
	select {
	case <-s.exited:
		return s.log.String(), true
	default:
		return "", false
	}
}

// Collect makes the subject collect its garbage and tell what remains.
func (s *Server) Collect() (host.Heap, error) {
	var heap host.Heap
	client := http.Client{Timeout: 30 * time.Second}
	response, err := client.Get("http://" + s.control + "/gc")
	if err != nil {
		return heap, err
	}
	defer response.Body.Close()
	return heap, json.NewDecoder(response.Body).Decode(&heap)
}

// PID is the number of the process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// head keeps the beginning of what is written to it.
type head struct{ text []byte }

func (h *head) Write(p []byte) (int, error) {
	h.text = append(h.text, p[:min(len(p), 400-len(h.text))]...)
	return len(p), nil
}

func (h *head) String() string {
	line, _, _ := strings.Cut(string(h.text), "\n")
	return line
}
