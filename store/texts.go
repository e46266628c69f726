package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/askwire/askwire"
)

// texts remembers the common part of the latest questions' records, so that a question that is asked again is not made fit for its
// columns again, and so that its records have one QueryTexts, by which the writer finds them.
type texts struct {
	mu    sync.Mutex
	byKey map[textKey]*QueryTexts
}

// textKey is what decides QueryTexts, but for the tables' names.
type textKey struct {
	account, profile, kind, backend, database, question, draft, statement, model, digest string
	trust                                                                                askwire.Trust
	tokens                                                                               askwire.Tokens
	confidence                                                                           float64
}

const (
	maxTexts   = 512
	textsBytes = 8 << 10 // of those that are remembered
	fewTexts   = 4       // records of a group that must have them
	textsHour  = time.Hour
)

func newTexts() texts { return texts{byKey: make(map[textKey]*QueryTexts)} }

// repeats reports whether a record's texts may be those of others: plain SQL has other values each time as a rule, and what
// failed has a message of its own.
func repeats(r *askwire.QueryRecord) bool {
	return r.Kind != "plain" && r.Verdict == "allowed" && r.Statement != "" && r.Error == "" && r.ErrorNumber == 0 && r.Follows == ""
}

func keyOfTexts(r *askwire.QueryRecord) textKey {
	return textKey{r.Account, r.Profile, r.Kind, r.Backend, r.Database, r.Question, r.Draft, r.Statement, r.Model, r.PromptDigest, r.Trust, r.Tokens, r.Confidence}
}

// get returns the texts of a record that are known already, or nil.
func (t *texts) get(r *askwire.QueryRecord) *QueryTexts {
	if !repeats(r) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if q := t.byKey[keyOfTexts(r)]; q != nil && slices.Equal(q.tables, r.Tables) {
		return q
	}
	return nil
}

// put remembers a record's texts.
func (t *texts) put(r *askwire.QueryRecord, q *QueryTexts) {
	if !repeats(r) || len(r.Question)+len(r.Draft)+len(r.Statement) > textsBytes {
		return
	}
	q.tables, q.key = slices.Clone(r.Tables), q.digest()
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.byKey) >= maxTexts { // those that are asked again come back
		clear(t.byKey)
	}
	t.byKey[keyOfTexts(r)] = q
}

// digest is the key of the row, the same for every proxy.
func (t *QueryTexts) digest() []byte {
	b, _ := json.Marshal(t) // numbers and valid texts: it never fails
	sum := sha256.Sum256(b)
	return sum[:16]
}

// repeated are the texts that enough of a group's records have to be written beside them, once.
func repeated(group []entry) map[*QueryTexts]*textRow {
	n := make(map[*QueryTexts]int)
	for _, e := range group {
		if e.Query != nil && e.Query.key != nil {
			n[e.Query.QueryTexts]++
		}
	}
	rows := make(map[*QueryTexts]*textRow)
	for _, e := range group {
		if e.Query == nil || n[e.Query.QueryTexts] < fewTexts {
			continue
		}
		r := rows[e.Query.QueryTexts]
		if r == nil {
			r = &textRow{QueryTexts: e.Query.QueryTexts}
			rows[e.Query.QueryTexts] = r
		}
		if hour := e.Query.StartedAt.Truncate(textsHour); hour.After(r.last) {
			r.last = hour
		}
	}
	return rows
}

// inOrder are the rows in the order of their keys, which is every proxy's, so that none waits for another in a circle.
func inOrder(texts map[*QueryTexts]*textRow) []valued {
	list := slices.SortedFunc(maps.Values(texts), func(a, b *textRow) int { return bytes.Compare(a.key.([]byte), b.key.([]byte)) })
	rows := make([]valued, len(list))
	for i, r := range list {
		rows[i] = r
	}
	return rows
}
