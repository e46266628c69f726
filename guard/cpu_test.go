package guard

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processorTime is what this process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cpuSeconds is the processor time of this process and of the servers that it started, as Linux counts it; 0 elsewhere.
func cpuSeconds() int { return cpuTicks(true) / 100 }

// cpuTicks is that of the servers, and of this process too, in hundredths of a second (USER_HZ).
func cpuTicks(self bool) int {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	total := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state ppid …: the name may hold anything, so count from its closing bracket.
		_, rest, ok := strings.Cut(string(b), ") ")
		f := strings.Fields(rest)
		if !ok || len(f) < 13 {
			continue
		}
		own := strings.HasPrefix(string(b), fmt.Sprint(os.Getpid(), " "))
		if ppid, _ := strconv.Atoi(f[1]); own && !self || !own && ppid != os.Getpid() {
			continue
		}
		user, _ := strconv.Atoi(f[11])
		system, _ := strconv.Atoi(f[12])
		total += user + system
	}
	return total
}
