package proxy

import "sync"

// kept is a bounded map for what is costly to make and the same for everybody with equal keys. When it is full it starts again: the
// few entries that matter are back at once.
type kept[K comparable, V any] struct {
	mu      sync.Mutex
	entries map[K]V
}

const maxKept = 1024

func (k *kept[K, V]) get(key K) (V, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	v, ok := k.entries[key]
	return v, ok
}

func (k *kept[K, V]) put(key K, v V) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.entries == nil || len(k.entries) >= maxKept {
		k.entries = map[K]V{}
	}
	k.entries[key] = v
}
