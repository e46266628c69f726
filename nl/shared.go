package nl

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/askwire/askwire"
)

// Plans keeps drafts for several proxies, so that a question is paid for once. It is a cache: losing an entry costs a model
// call, and what it returns is a draft like any other, which the gate of whoever asks decides about.
type Plans interface {
	// Plan returns the value that KeepPlan was given under the key and has not expired. Making says that there is none but
	// that another proxy is making one.
	Plan(ctx context.Context, key string) (value []byte, making bool, err error)
	// ClaimPlan tells other proxies that this one is making the plan, until KeepPlan, DropPlan or a minute later. It returns
	// at once, as the two others do.
	ClaimPlan(key string)
	// KeepPlan keeps a value; sql is the statement in it, for whoever must not keep certain ones. Zero = no expiry.
	KeepPlan(key, sql string, value []byte, expires time.Time)
	DropPlan(key string)
}

// sharedWait is how long a question waits for another proxy's plan before it makes its own; sharedPoll how often it looks.
const (
	sharedWait = 30 * time.Second
	sharedPoll = 50 * time.Millisecond
)

// known is the draft of a key, from this proxy or from another one.
func (a *Asker) known(ctx context.Context, key cacheKey, q *askwire.Question) (draft, bool) {
	if d, ok := a.plans.get(key, q.Now); ok || a.shared == nil {
		return d, ok
	}
	d, _, err := a.looking.do(ctx, key, q.Progress, func(ctx context.Context, progress func(string)) (draft, error) {
		return a.fetch(ctx, key, q, progress)
	})
	return d, err == nil
}

var errNotShared = errors.New("no other proxy has the plan")

// fetch looks into the shared tier. Where there is nothing, it leaves the claim that this proxy makes the plan.
func (a *Asker) fetch(ctx context.Context, key cacheKey, q *askwire.Question, progress func(string)) (draft, error) {
	name := hex.EncodeToString(key[:])
	var waiting *time.Timer
	for left := sharedWait; ; left -= sharedPoll {
		value, making, err := a.shared.Plan(ctx, name)
		if err != nil {
			return draft{}, err // the tier is a cache: without it the plan is made
		}
		if value != nil {
			d, expires, err := decodeDraft(value, q.Snapshot)
			if err != nil || !expires.IsZero() && !q.Now.Before(expires) {
				break
			}
			a.plans.put(key, d, expires)
			return d, nil
		}
		if !making || left <= 0 {
			break
		}
		if waiting == nil {
			progress("waiting for another proxy")
			waiting = time.NewTimer(sharedPoll)
			defer waiting.Stop()
		} else {
			waiting.Reset(sharedPoll)
		}
		select {
		case <-waiting.C:
		case <-ctx.Done():
			return draft{}, ctx.Err()
		}
	}
	a.shared.ClaimPlan(name)
	return draft{}, errNotShared
}

// keep remembers a draft here and for other proxies.
func (a *Asker) keep(key cacheKey, d draft, expires time.Time) {
	a.plans.put(key, d, expires)
	if a.shared == nil {
		return
	}
	if value, err := encodeDraft(d, expires); err == nil {
		a.shared.KeepPlan(hex.EncodeToString(key[:]), d.sql, value, expires)
	}
}

// forget drops a draft that the gate refuses, or gives up the claim to one that could not be made.
func (a *Asker) forget(key cacheKey) {
	a.plans.drop(key)
	if a.shared != nil {
		a.shared.DropPlan(hex.EncodeToString(key[:]))
	}
}

// sharedDraft is a draft as another proxy reads it.
type sharedDraft struct {
	SQL          string          `json:"sql"`
	Explanation  string          `json:"explanation"`
	Tables       []string        `json:"tables"`
	Assumptions  []string        `json:"assumptions"`
	Readings     []string        `json:"readings"`
	Agreed       int             `json:"agreed"`
	Candidates   int             `json:"candidates"`
	Database     string          `json:"database"`
	Model        string          `json:"model"`
	Trust        askwire.Trust   `json:"trust"`
	PromptDigest string          `json:"prompt_digest"`
	Expires      time.Time       `json:"expires"`
	Ranked       []sharedRank    `json:"ranked"`
	Attempts     []sharedAttempt `json:"attempts"`
}

type sharedRank struct {
	Table  string  `json:"table"`
	Score  float64 `json:"score"`
	Reason string  `json:"reason"`
}

type sharedAttempt struct {
	Draft   string       `json:"draft"`
	Repair  string       `json:"repair"`
	Code    askwire.Code `json:"code"`
	Message string       `json:"message"`
	Hint    string       `json:"hint"`
}

func encodeDraft(d draft, expires time.Time) ([]byte, error) {
	s := sharedDraft{SQL: d.sql, Explanation: d.explanation, Tables: d.tables, Assumptions: d.assumptions, Database: d.database, Model: d.model,
		Trust: d.trust, PromptDigest: d.promptDigest, Expires: expires, Readings: d.readings, Agreed: d.agreed, Candidates: d.candidates}
	for _, r := range d.ranked {
		s.Ranked = append(s.Ranked, sharedRank{r.Table.ID(), r.Score, r.Reason})
	}
	for _, t := range d.attempts {
		out := sharedAttempt{Draft: t.Draft, Repair: t.Repair}
		var e *askwire.Error
		if errors.As(t.Err, &e) {
			out.Code, out.Message, out.Hint = e.Code, e.Message, e.Hint
		}
		s.Attempts = append(s.Attempts, out)
	}
	return json.Marshal(s)
}

// decodeDraft reads a draft for one scope: tables that it does not have are not named.
func decodeDraft(value []byte, snap *askwire.Snapshot) (draft, time.Time, error) {
	var s sharedDraft
	if err := json.Unmarshal(value, &s); err != nil {
		return draft{}, time.Time{}, err
	}
	d := draft{answer: answer{sql: s.SQL, explanation: s.Explanation, tables: s.Tables, assumptions: s.Assumptions, readings: s.Readings}, database: s.Database, model: s.Model,
		trust: s.Trust, promptDigest: s.PromptDigest, agreed: s.Agreed, candidates: s.Candidates}
	for _, r := range s.Ranked {
		if t := tableByID(snap, r.Table); t != nil {
			d.ranked = append(d.ranked, askwire.RankedTable{Table: t, Score: r.Score, Reason: r.Reason})
		}
	}
	for _, t := range s.Attempts {
		out := askwire.Attempt{Draft: t.Draft, Repair: t.Repair}
		if t.Message != "" {
			out.Err = (&askwire.Error{Code: t.Code, Message: t.Message}).WithHint("%s", t.Hint)
		}
		d.attempts = append(d.attempts, out)
	}
	return d, s.Expires, nil
}

// snapshotCache keeps what is computed once for each snapshot, and forgets all when there are too many.
type snapshotCache[T any] struct {
	mu    sync.Mutex
	known map[snapshotKey]T
}

type snapshotKey struct {
	snap *askwire.Snapshot
	more string
}

const maxSnapshots = 256 // profiles in use

func (c *snapshotCache[T]) get(snap *askwire.Snapshot, more string, compute func() T) T {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := snapshotKey{snap, more}
	if v, ok := c.known[key]; ok {
		return v
	}
	if c.known == nil || len(c.known) >= maxSnapshots {
		c.known = make(map[snapshotKey]T)
	}
	v := compute()
	c.known[key] = v
	return v
}

// notesDigests sums up what a prompt takes from a snapshot beyond its tables, which the policy's digest covers: the
// glossary and the relationships. It is the same in every process.
type notesDigests struct{ snapshotCache[[32]byte] }

func (n *notesDigests) of(snap *askwire.Snapshot) [32]byte {
	return n.get(snap, "", func() [32]byte {
		h := sha256.New()
		part := func(texts ...string) {
			var b [4]byte
			binary.LittleEndian.PutUint32(b[:], uint32(len(texts)))
			h.Write(b[:])
			for _, s := range texts {
				binary.LittleEndian.PutUint32(b[:], uint32(len(s)))
				h.Write(b[:])
				h.Write([]byte(s))
			}
		}
		for _, t := range snap.Terms {
			part(t.Name, t.Meaning)
			part(t.Synonyms...)
			part(t.Tables...)
		}
		for _, r := range snap.Relationships {
			part(r.From.String(), r.To.String())
		}
		var sum [32]byte
		h.Sum(sum[:0])
		return sum
	})
}
