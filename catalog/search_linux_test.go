package catalog_test

import (
	"database/sql"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/askwire/askwire/catalog"
)

// BenchmarkSearchProcessor is BenchmarkSearch in processor time of its thread, which does not depend on what else the machine does.
func BenchmarkSearchProcessor(b *testing.B) {
	snap := wide(10_000)
	catalog.Warm(snap)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const threadCPU = 3 // CLOCK_THREAD_CPUTIME_ID; getrusage counts in ticks of 4 ms
	used := func() time.Duration {
		var t syscall.Timespec
		if _, _, e := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, threadCPU, uintptr(unsafe.Pointer(&t)), 0); e != 0 {
			b.Fatal(e)
		}
		return time.Duration(t.Nano())
	}
	var took []time.Duration
	i := 0
	for b.Loop() {
		start := used()
		if len(catalog.Search(snap, searched[i%len(searched)], 20)) == 0 {
			b.Fatal("nothing found")
		}
		took = append(took, used()-start)
		i++
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-cpu-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-cpu-ms")
}

// BenchmarkRefreshProcessor is BenchmarkRefresh in processor time of the process, garbage collection included.
func BenchmarkRefreshProcessor(b *testing.B) {
	db := sql.OpenDB(newPaper(10_000, 20, false))
	defer db.Close()
	before, err := catalog.Introspect(b.Context(), db)
	if err != nil {
		b.Fatal(err)
	}
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	start := used()
	for b.Loop() {
		now, err := catalog.Introspect(b.Context(), db)
		if err != nil || catalog.Changed(before, now) {
			b.Fatal(err, "an unchanged catalog has changed")
		}
	}
	b.ReportMetric(float64((used()-start).Milliseconds())/float64(b.N), "cpu-ms/op")
}
