package nl

import (
	"container/list"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"
	"time"
)

// lru is a bounded map that forgets what was used longest ago, and entries that have expired.
type lru[V any] struct {
	mu   sync.Mutex
	size int
	list *list.List // of *lruEntry[V], most recent first
	byID map[cacheKey]*list.Element
}

// cacheKey is a SHA-256 digest: keys of different meaning must never meet, even when somebody tries.
type cacheKey [32]byte

// wanting is the key of a plan that has certain columns.
func (k cacheKey) wanting(columns []string) cacheKey {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = strings.ToLower(c)
	}
	slices.Sort(names)
	return sha256.Sum256(append(k[:], strings.Join(names, "\x00")...))
}

type lruEntry[V any] struct {
	key     cacheKey
	value   V
	expires time.Time // zero = never
}

func newLRU[V any](size int) *lru[V] {
	return &lru[V]{size: size, list: list.New(), byID: make(map[cacheKey]*list.Element)}
}

func (c *lru[V]) get(key cacheKey, now time.Time) (V, bool) {
	var none V
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.byID[key]
	if !ok {
		return none, false
	}
	e := el.Value.(*lruEntry[V])
	if !e.expires.IsZero() && !now.Before(e.expires) {
		c.list.Remove(el)
		delete(c.byID, key)
		return none, false
	}
	c.list.MoveToFront(el)
	return e.value, true
}

func (c *lru[V]) put(key cacheKey, v V, expires time.Time) {
	if c.size == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.byID[key]; ok {
		e := el.Value.(*lruEntry[V])
		e.value, e.expires = v, expires
		c.list.MoveToFront(el)
		return
	}
	c.byID[key] = c.list.PushFront(&lruEntry[V]{key, v, expires})
	for c.list.Len() > c.size {
		last := c.list.Back()
		c.list.Remove(last)
		delete(c.byID, last.Value.(*lruEntry[V]).key)
	}
}

func (c *lru[V]) drop(key cacheKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.byID[key]; ok {
		c.list.Remove(el)
		delete(c.byID, key)
	}
}

func (c *lru[V]) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.list.Len()
}
