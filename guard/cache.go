package guard

import (
	"hash/maphash"
	"sync"
	"unicode/utf8"

	"github.com/askwire/askwire/guard/lex"
)

// The verdict cache answers a statement whose shape has been admitted before without parsing it. The shape is the token
// sequence with numbers and strings reduced to their type. What a shape maps to is a template: printed text with typed
// slots for the statement's own literals, for policy variables and for session values. So nothing of one principal is ever
// part of what another gets, and the slots are filled by the same functions that print literals on the full road.
//
// Literals whose text decides more than a value (LIMIT, positions, type lengths, headers made of source text, …) are
// pinned: the shape says which tokens those are, and their text is part of a second key. The cache lives in its Policy, so
// a policy that changes leaves it behind.
type cache struct {
	seed   maphash.Seed
	shards [cacheShards]cacheShard
}

const (
	cacheShards = 16
	shardBytes  = 2 << 20
	shardCount  = 4096
	maxCached   = 8 << 10 // bytes of statements worth keeping
)

type cacheShard struct {
	mu      sync.RWMutex
	entries map[string]*cacheEntry
	bytes   int
}

// cacheEntry is what a key maps to: under a shape, the pinned tokens; under shape and pinned text, the template.
type cacheEntry struct {
	pins [][2]int // token indexes, first and last
	tmpl *template
	size int
}

// template is printed text with slots.
type template struct {
	pieces  []string // one more than slots
	slots   []templateSlot
	params  int
	meta    *meta
	length  int
	secrets int // slots of policy values and keys
}

type templateSlot struct {
	kind  slotKind
	token int    // literal: index of its token
	name  string // variable, known
	value literalKind
}

// key is the scratch space of one look-up.
type key struct {
	shape  []byte
	tokens []lex.Token
	out    []byte
}

var keys = sync.Pool{New: func() any {
	return &key{shape: make([]byte, 0, 1024), tokens: make([]lex.Token, 0, 256), out: make([]byte, 0, 2048)}
}}

// admit answers from the cache, or takes the full road and remembers it.
func (g Gate) admit(sql string, prepared bool) (Statement, error) {
	if g.Policy == nil || g.Session.Rows != nil && g.Session.Rows.key == "" || len(sql) > maxCached || !plain(g.Session.Database) || !plain(sql) || !utf8.ValidString(sql) {
		return g.full(sql, prepared)
	}
	k := keys.Get().(*key)
	defer keys.Put(k)
	if !k.read(g, sql, prepared) {
		return g.full(sql, prepared)
	}
	shape := len(k.shape)
	e := g.Policy.cache.get(k.shape)
	if e != nil && e.tmpl == nil {
		k.pin(sql, e.pins)
		e = g.Policy.cache.get(k.shape)
	}
	counts := &cacheCounts[len(sql)%cacheShards]
	if e != nil {
		if st, ok := k.fill(g, sql, e.tmpl); ok {
			counts.hits.Add(1)
			return st, nil
		}
	}
	counts.misses.Add(1)
	v, err := g.check(sql, prepared, false)
	if err != nil {
		return Statement{}, err
	}
	k.remember(g.Policy.cache, sql, shape, v)
	return v.statement(), nil
}

// plain is false for text with control characters: the parser and the lexer do not agree on "--" before one.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

func (g Gate) full(sql string, prepared bool) (Statement, error) {
	cacheCounts[len(sql)%cacheShards].misses.Add(1)
	v, err := g.check(sql, prepared, false)
	if err != nil {
		return Statement{}, err
	}
	return v.statement(), nil
}

func (v *verdict) statement() Statement {
	st := Statement{text: v.text, params: v.params, meta: v.meta}
	for _, s := range v.slots {
		switch s.kind {
		case variableSlot:
			st.secret = append(st.secret, span{s.start, s.end, "@" + s.name})
		case hashKeySlot:
			st.secret = append(st.secret, span{s.start, s.end, shownKey})
		case policySlot:
			st.secret = append(st.secret, span{s.start, s.end, shownConstant})
		}
	}
	return st
}

// read cuts the text into tokens and builds its shape. It is false for texts that the cache does not serve.
func (k *key) read(g Gate, sql string, prepared bool) bool {
	k.tokens = k.tokens[:0]
	s := &g.Session
	flags := byte(0)
	for i, on := range []bool{s.Mode.ANSIQuotes, s.Mode.NoBackslashEscapes, s.Mode.PipesAsConcat, prepared, s.Metadata, s.Rows != nil} {
		if on {
			flags |= 1 << i
		}
	}
	b := append(k.shape[:0], flags)
	b = append(b, s.Database...)
	b = append(b, 0)
	for l := s.Limit; l != 0; l = int64(uint64(l) >> 7) {
		b = append(b, byte(l&0x7f)|0x80)
	}
	b = append(b, 0)
	if s.Rows != nil {
		b = append(append(b, s.Rows.key...), 0)
	}
	b = append(append(b, s.Arguments...), 0)
	sc := lex.New(sql, s.Mode.lex())
	for {
		t := sc.Next()
		switch t.Kind {
		case lex.EOF:
			k.shape = b
			return true
		case lex.ExecComment:
			if sql[t.Pos+2] != '+' {
				k.shape = b
				return false
			}
			continue // a hint, which is dropped
		}
		k.tokens = append(k.tokens, t)
		if c := slotClass(t.Kind, sql[t.Pos:t.End]); c != nullLiteral {
			b = append(b, 1, byte(c))
			continue
		}
		b = append(b, sql[t.Pos:t.End]...)
		b = append(b, 0, byte(t.Kind))
	}
}

func (c *cache) shard(key []byte) *cacheShard {
	return &c.shards[maphash.Bytes(c.seed, key)%cacheShards]
}

func (c *cache) get(key []byte) *cacheEntry {
	s := c.shard(key)
	s.mu.RLock()
	e := s.entries[string(key)]
	s.mu.RUnlock()
	return e
}

// put adds an entry. A full shard first drops a quarter of what it holds, in no order: keeping one is worth less than
// keeping count of use on every hit.
func (c *cache) put(key []byte, e *cacheEntry) {
	e.size += len(key)
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries == nil {
		s.entries = map[string]*cacheEntry{}
	}
	if old := s.entries[string(key)]; old != nil {
		s.bytes -= old.size
	}
	if s.bytes+e.size > shardBytes || len(s.entries) >= shardCount {
		drop := len(s.entries)/4 + 1
		for k, old := range s.entries {
			if drop == 0 && s.bytes+e.size <= shardBytes {
				break
			}
			delete(s.entries, k)
			s.bytes -= old.size
			if drop > 0 {
				drop--
			}
		}
	}
	s.entries[string(key)] = e
	s.bytes += e.size
}
