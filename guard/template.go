package guard

import (
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

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
	var secret []span
	if t.secrets > 0 {
		secret = make([]span, 0, t.secrets)
	}
	for i := range t.slots {
		out = append(out, t.pieces[i]...)
		s := &t.slots[i]
		switch s.kind {
		case literalSlot:
			tok := k.tokens[s.token]
			out = appendToken(out, s.value, sql[tok.Pos:tok.End])
		case hashKeySlot:
			start := len(out)
			out = appendString(out, g.Policy.hashKey)
			secret = append(secret, span{start, len(out), shownKey})
		case policySlot:
			start := len(out)
			out = append(out, s.name...)
			secret = append(secret, span{start, len(out), shownConstant})
		default:
			l, err := g.Session.slotValue(s.kind, s.name)
			if err != nil {
				k.out = out
				return Statement{}, false
			}
			start := len(out)
			out = appendValue(out, l)
			if s.kind == variableSlot {
				secret = append(secret, span{start, len(out), "@" + s.name})
			}
		}
	}
	out = append(out, t.pieces[len(t.slots)]...)
	k.out = out
	return Statement{text: string(out), params: t.params, meta: t.meta, secret: secret}, true
}

// slotValue finds the value of a policy variable or a session value.
func (s *Session) slotValue(kind slotKind, name string) (literal, error) {
	var v askwire.Value
	var ok bool
	switch kind {
	case variableSlot:
		v, ok = s.variable(name)
	case knownSlot:
		if s.Known != nil {
			v, ok = s.Known(name)
		}
	}
	if !ok {
		hint := s.NoValue
		if hint == "" {
			hint = "Ask the operator to set it for this user."
		}
		return literal{}, askwire.Errorf(askwire.NoPolicyValue, "The policy variable @%s has no value in this session.", name).WithHint("%s", hint)
	}
	return valueLiteral(v)
}

// variable finds a policy variable. The policy's spelling is lower case.
func (s *Session) variable(low string) (askwire.Value, bool) {
	if v, ok := s.Vars[low]; ok {
		return v, true
	}
	for n, v := range s.Vars {
		if strings.EqualFold(n, low) {
			return v, true
		}
	}
	return askwire.Value{}, false
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
		if s.kind == variableSlot || s.kind == hashKeySlot || s.kind == policySlot {
			tmpl.secrets++
		}
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
		first := k.tokenAt(r[0])
		if first < 0 {
			return nil, false
		}
		last := first
		for ; last+1 < len(k.tokens) && k.tokens[last+1].Pos < r[1]; last++ {
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
