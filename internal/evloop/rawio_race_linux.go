//go:build linux && !portable && race

package evloop

import "syscall"

// Package syscall tells the race detector that who has read comes after who has
// written.

func read(fd int, b []byte) (int, error)  { return syscall.Read(fd, b) }
func write(fd int, b []byte) (int, error) { return syscall.Write(fd, b) }
