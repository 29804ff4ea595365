package bench

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is what all threads of a process have used, user and system, in
// nanoseconds: the clock of clock_getcpuclockid(3), which is finer than the
// hundredths of a second in /proc/PID/stat.
func cpuTime(pid int) (time.Duration, error) {
	const sched = 2
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|sched), &t); err != nil {
		return 0, fmt.Errorf("the CPU clock of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

// anonymous is the memory of a process that no file backs, in bytes: heap and stacks.
func anonymous(pid int) (int64, error) {
	value, err := field(fmt.Sprintf("/proc/%d/smaps_rollup", pid), "Anonymous")
	if err != nil {
		return 0, err
	}
	kilobytes, err := strconv.ParseInt(strings.TrimSuffix(value, " kB"), 10, 64)
	return kilobytes << 10, err
}

// field finds "name: value" in a file of /proc.
func field(file, name string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(key) == name {
			return strings.TrimSpace(value), nil
		}
	}
	return "", fmt.Errorf("no %s in %s", name, file)
}

// Machine is where the numbers come from.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory string `json:"memory"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
	Node   string `json:"node,omitempty"`
}

// ThisMachine describes it. What cannot be found out is "unknown".
func ThisMachine() Machine {
	m := Machine{CPU: "unknown", Memory: "unknown", Kernel: "unknown", Cores: runtime.NumCPU(), Go: strings.TrimPrefix(runtime.Version(), "go")}
	if v, err := field("/proc/cpuinfo", "model name"); err == nil {
		m.CPU = v
	}
	if v, err := field("/proc/meminfo", "MemTotal"); err == nil {
		kilobytes, _ := strconv.Atoi(strings.TrimSuffix(v, " kB"))
		m.Memory = fmt.Sprintf("%d GiB", (kilobytes+1<<19)>>20)
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	if out, err := exec.Command("node", "--version").Output(); err == nil {
		m.Node = strings.TrimPrefix(strings.TrimSpace(string(out)), "v")
	}
	return m
}
