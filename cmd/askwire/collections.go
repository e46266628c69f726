package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// tuneCollections lets garbage grow to four times of what is alive while that is little, which means few collections for some MB
// more. With thousands of sessions it would be hundreds of MB for nothing: what is alive may then only double.
func tuneCollections() {
	percent := 0
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	var after func(*[16]byte)
	after = func(mark *[16]byte) {
		metrics.Read(live)
		if p := collectAt(live[0].Value.Uint64() + live[1].Value.Uint64()); p != percent {
			percent = p
			debug.SetGCPercent(p)
		}
		runtime.SetFinalizer(mark, after) // once more, by the next collection
	}
	after(new([16]byte))
}

// collectAt is the garbage that starts a collection, in percent of what is alive: live bytes of heap and stacks.
func collectAt(live uint64) int {
	const most, least, much = 400, 100, 32 << 20
	p := min(max(100*much/max(live, 1), least), most)
	return int(p / 10 * 10) // to change it stops the world for a moment
}
