package guard

import "sync/atomic"

// The counters are spread by the length of the text, so that processors seldom write to the same one.
var cacheCounts [cacheShards]struct {
	hits, misses atomic.Uint64
	_            [112]byte
}

// CacheStats counts the statements of this process, of all policies: hits were answered from the verdict cache, misses took
// the full road, whether they were then admitted or denied.
func CacheStats() (hits, misses uint64) {
	for i := range cacheCounts {
		hits += cacheCounts[i].hits.Load()
		misses += cacheCounts[i].misses.Load()
	}
	return hits, misses
}
