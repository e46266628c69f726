package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cacheCounts are the verdict cache's counters.
type cacheCounts struct{ hits, misses float64 }

func (c cacheCounts) since(b cacheCounts) cacheCounts {
	return cacheCounts{c.hits - b.hits, c.misses - b.misses}
}

func (w *world) cacheCounts() cacheCounts {
	m, err := metrics(w.gatedMetrics)
	if err != nil {
		return cacheCounts{}
	}
	return cacheCounts{m["askwire_verdict_cache_hits_total"], m["askwire_verdict_cache_misses_total"]}
}

func metrics(url string) (map[string]float64, error) {
	resp, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	m := make(map[string]float64)
	for sc := bufio.NewScanner(resp.Body); sc.Scan(); {
		if name, value, ok := strings.Cut(sc.Text(), " "); ok && !strings.HasPrefix(name, "#") {
			m[name], _ = strconv.ParseFloat(value, 64)
		}
	}
	return m, nil
}

// residentMemory is that of a process, in bytes.
func residentMemory(pid int) (int64, error) { return memory(pid, "VmRSS:") }

// startPeak makes peakMemory count from here on, and returns what is resident now.
func startPeak(pid int) (int64, error) {
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0); err != nil {
		return 0, err
	}
	return residentMemory(pid)
}

// peakMemory is the most that was resident since startPeak.
func peakMemory(pid int) (int64, error) { return memory(pid, "VmHWM:") }

func memory(pid int, field string) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == field {
			kb, err := strconv.ParseInt(f[1], 10, 64)
			return kb << 10, err
		}
	}
	return 0, errors.New("no " + field + " in /proc")
}

// processorTime is what a process's threads have run so far, by the scheduler's count; 0 where there is none.
func processorTime(pid int) time.Duration {
	var sum time.Duration
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, path := range threads {
		b, err := os.ReadFile(path)
		if f := strings.Fields(string(b)); err == nil && len(f) > 0 {
			ns, _ := strconv.ParseInt(f[0], 10, 64)
			sum += time.Duration(ns)
		}
	}
	return sum
}

// idleTime is how long the machine's processors have had nothing to run, all together.
func idleTime() time.Duration {
	b, err := os.ReadFile("/proc/stat")
	all, _, _ := strings.Cut(string(b), "\n")
	f := strings.Fields(all)
	if err != nil || len(f) < 6 {
		return 0
	}
	idle, _ := strconv.ParseInt(f[4], 10, 64)
	waiting, _ := strconv.ParseInt(f[5], 10, 64)           // for a disk
	return time.Duration(idle+waiting) * time.Second / 100 // of ticks, 100 a second
}
