package catalog

import "github.com/askwire/askwire"

// Search ranks the snapshot's tables for a question, best first, at most k. Only tables that match are returned.
func Search(snap *askwire.Snapshot, text string, k int) []askwire.RankedTable {
	return nil
}
