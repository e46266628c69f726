package guard

import (
	"hash/maphash"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/askwire/askwire"
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
	pieces []string // one more than slots
	slots  []templateSlot
	params int
	meta   *meta
	length int
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
	if g.Policy == nil || len(sql) > maxCached || !plain(g.Session.Database) || !plain(sql) || !utf8.ValidString(sql) {
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
	if e != nil {
		if st, ok := k.fill(g, sql, e.tmpl); ok {
			return st, nil
		}
	}
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
	v, err := g.check(sql, prepared, false)
	if err != nil {
		return Statement{}, err
	}
	return v.statement(), nil
}

func (v *verdict) statement() Statement {
	return Statement{text: v.text, params: v.params, meta: v.meta}
}

// read cuts the text into tokens and builds its shape. It is false for texts that the cache does not serve.
func (k *key) read(g Gate, sql string, prepared bool) bool {
	k.tokens = k.tokens[:0]
	s := &g.Session
	flags := byte(0)
	for i, on := range []bool{s.Mode.ANSIQuotes, s.Mode.NoBackslashEscapes, s.Mode.PipesAsConcat, prepared, s.Metadata} {
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
	sc := lex.New(sql, s.Mode.lex())
	for {
		t := sc.Next()
		switch t.Kind {
		case lex.EOF:
			k.shape = b
			return true
		case lex.Bad:
			k.shape = b
			return false
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

// slotClass says whether a token may become a slot, and of what type. Anything out of the ordinary may not, so its text
// is part of the shape.
func slotClass(kind lex.Kind, tok string) literalKind {
	switch kind {
	case lex.Number:
		if len(tok) > 18 {
			return nullLiteral
		}
		point := false
		for i := 0; i < len(tok); i++ {
			switch c := tok[i]; {
			case c >= '0' && c <= '9':
			case c == '.' && !point && i > 0 && i < len(tok)-1:
				point = true
			default:
				return nullLiteral
			}
		}
		if point {
			return decimalLiteral
		}
		return intLiteral
	case lex.String:
		if tok[0] != '\'' && tok[0] != '"' || strings.IndexByte(tok, '\\') >= 0 {
			return nullLiteral
		}
		return stringLiteral
	default:
		return nullLiteral
	}
}

// appendToken prints a literal token as the printer prints the literal.
func appendToken(dst []byte, class literalKind, tok string) []byte {
	switch class {
	case intLiteral:
		i := 0
		for i < len(tok)-1 && tok[i] == '0' {
			i++
		}
		return append(dst, tok[i:]...)
	case decimalLiteral:
		return append(dst, tok...)
	default:
		q := tok[0]
		body := tok[1 : len(tok)-1]
		if strings.IndexByte(body, q) < 0 {
			return appendString(dst, body)
		}
		return appendString(dst, strings.ReplaceAll(body, string([]byte{q, q}), string([]byte{q})))
	}
}

// pin adds the pinned tokens' text to the key.
func (k *key) pin(sql string, pins [][2]int) {
	k.shape = append(k.shape, 2)
	for _, p := range pins {
		k.shape = append(k.shape, sql[k.tokens[p[0]].Pos:k.tokens[p[1]].End]...)
		k.shape = append(k.shape, 0)
	}
}

// fill writes the text for these values. It is false when a session value is no longer known: the full road will say so.
func (k *key) fill(g Gate, sql string, t *template) (Statement, bool) {
	out := k.out[:0]
	for i := range t.slots {
		out = append(out, t.pieces[i]...)
		s := &t.slots[i]
		switch s.kind {
		case literalSlot:
			tok := k.tokens[s.token]
			out = appendToken(out, s.value, sql[tok.Pos:tok.End])
		case hashKeySlot:
			out = appendString(out, g.Policy.hashKey)
		default:
			l, err := g.Session.slotValue(s.kind, s.name)
			if err != nil {
				k.out = out
				return Statement{}, false
			}
			out = appendValue(out, l)
		}
	}
	out = append(out, t.pieces[len(t.slots)]...)
	k.out = out
	return Statement{text: string(out), params: t.params, meta: t.meta}, true
}

// slotValue finds the value of a policy variable or a session value.
func (s *Session) slotValue(kind slotKind, name string) (literal, error) {
	var v askwire.Value
	var ok bool
	switch kind {
	case variableSlot:
		if v, ok = s.Vars[name]; !ok {
			for n, other := range s.Vars { // the policy's spelling is lower case
				if strings.EqualFold(n, name) {
					v, ok = other, true
				}
			}
		}
	case knownSlot:
		if s.Known != nil {
			v, ok = s.Known(name)
		}
	}
	if !ok {
		return literal{}, askwire.Errorf(askwire.PolicyDenied, "The policy variable @%s has no value in this session.", name).
			WithHint("Ask the operator to set it for this user.")
	}
	return valueLiteral(v)
}

// appendValue prints a typed value.
func appendValue(dst []byte, l literal) []byte {
	switch l.kind {
	case nullLiteral:
		return append(dst, "NULL"...)
	case stringLiteral:
		return appendString(dst, l.text)
	default:
		return append(dst, l.text...)
	}
}

// remember keeps the verdict, if a template of it gives the same text again.
func (k *key) remember(c *cache, sql string, shape int, v *verdict) {
	slotted := make([]bool, len(k.tokens))
	tmpl := &template{params: v.params, meta: v.meta, length: len(v.text)}
	at := 0
	for _, s := range v.slots {
		ts := templateSlot{kind: s.kind, name: s.name}
		if s.kind == literalSlot {
			i := k.tokenAt(s.pos)
			if i < 0 {
				return
			}
			tok := sql[k.tokens[i].Pos:k.tokens[i].End]
			ts.token, ts.value = i, slotClass(k.tokens[i].Kind, tok)
			if ts.value == nullLiteral || string(appendToken(nil, ts.value, tok)) != v.text[s.start:s.end] {
				continue // stays as text, and its token is pinned
			}
			slotted[i] = true
		}
		tmpl.pieces = append(tmpl.pieces, v.text[at:s.start])
		tmpl.slots = append(tmpl.slots, ts)
		at = s.end
	}
	tmpl.pieces = append(tmpl.pieces, v.text[at:])
	pins, ok := k.pinned(sql, v.pins, slotted)
	if !ok {
		return
	}
	k.shape = k.shape[:shape]
	size := len(v.text) + 64*len(tmpl.slots) + 512
	if len(pins) == 0 {
		c.put(k.shape, &cacheEntry{tmpl: tmpl, size: size})
		return
	}
	c.put(k.shape, &cacheEntry{pins: pins, size: 64 + 16*len(pins)})
	k.pin(sql, pins)
	c.put(k.shape, &cacheEntry{tmpl: tmpl, size: size})
}

func (k *key) tokenAt(pos int) int {
	lo, hi := 0, len(k.tokens)
	for lo < hi {
		if mid := (lo + hi) / 2; k.tokens[mid].Pos < pos {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(k.tokens) && k.tokens[lo].Pos == pos {
		return lo
	}
	return -1
}

// pinned turns source ranges into token ranges and adds every reduced token that did not become a slot.
func (k *key) pinned(sql string, ranges [][2]int, slotted []bool) ([][2]int, bool) {
	var pins [][2]int
	for _, r := range ranges {
		first, last := k.tokenAt(r[0]), -1
		if first < 0 {
			return nil, false
		}
		for last = first; last+1 < len(k.tokens) && k.tokens[last+1].Pos < r[1]; last++ {
		}
		pins = append(pins, [2]int{first, last})
	}
	for i, t := range k.tokens {
		if !slotted[i] && slotClass(t.Kind, sql[t.Pos:t.End]) != nullLiteral {
			pins = append(pins, [2]int{i, i})
		}
	}
	return pins, true
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
