package catalog

// CachedIndexes is the number of snapshots whose index is kept.
func CachedIndexes() int {
	indexes.mu.Lock()
	defer indexes.mu.Unlock()
	return len(indexes.entries)
}
