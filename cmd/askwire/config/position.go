package config

import (
	"strconv"
	"strings"
)

// path is a key from the root: {"profile", "0", "rows", "shop.orders"}. Elements of [[…]] count from 0.
type path []string

func (p path) key() string { return strings.Join(p, "\x1f") }

func (p path) with(more ...string) path { return append(append(path{}, p...), more...) }

// positions finds the line of every table and key of a text that the TOML library has accepted. The library keeps
// positions only for errors of its own. On text that it does not understand the walk stops early, and later keys have no line.
func positions(text string) map[string]int {
	s := &scanner{text: text, line: 1, at: map[string]int{}, count: map[string]int{}}
	var table path
	for s.blank(); !s.done(); s.blank() {
		switch {
		case s.eat("[["):
			p := s.keys()
			table = s.element(p)
			s.at[table.key()] = s.line
			s.eat("]]")
		case s.eat("["):
			table = s.resolve(s.keys())
			s.at[table.key()] = s.line
			s.eat("]")
		default:
			if !s.pair(table) {
				return s.at
			}
		}
	}
	return s.at
}

type scanner struct {
	text  string
	i     int
	line  int
	at    map[string]int
	count map[string]int // elements of each [[…]] so far
}

func (s *scanner) done() bool { return s.i >= len(s.text) }

func (s *scanner) next() byte {
	c := s.text[s.i]
	s.i++
	if c == '\n' {
		s.line++
	}
	return c
}

func (s *scanner) eat(lit string) bool {
	if !strings.HasPrefix(s.text[s.i:], lit) {
		return false
	}
	for range lit {
		s.next()
	}
	return true
}

// blank skips white space, line ends and comments.
func (s *scanner) blank() {
	for !s.done() {
		switch s.text[s.i] {
		case ' ', '\t', '\r', '\n':
			s.next()
		case '#':
			for !s.done() && s.text[s.i] != '\n' {
				s.next()
			}
		default:
			return
		}
	}
}

// element turns the name in [[name]] into the path of a new element.
func (s *scanner) element(p path) path {
	parent := s.resolve(p[:max(len(p)-1, 0)])
	if len(p) == 0 {
		return parent
	}
	list := parent.with(p[len(p)-1])
	n := s.count[list.key()]
	s.count[list.key()] = n + 1
	if n == 0 {
		s.at[list.key()] = s.line
	}
	return list.with(strconv.Itoa(n))
}

// resolve puts the last element's number behind every name that is a [[…]].
func (s *scanner) resolve(p path) path {
	var out path
	for _, k := range p {
		out = out.with(k)
		if n := s.count[out.key()]; n > 0 {
			out = out.with(strconv.Itoa(n - 1))
		}
	}
	return out
}

// keys reads a dotted key.
func (s *scanner) keys() path {
	var p path
	for {
		s.blank()
		if s.done() {
			return p
		}
		if c := s.text[s.i]; c == '"' || c == '\'' {
			p = append(p, s.quoted())
		} else {
			start := s.i
			for !s.done() && isBare(s.text[s.i]) {
				s.next()
			}
			if s.i == start {
				return p
			}
			p = append(p, s.text[start:s.i])
		}
		s.blank()
		if !s.eat(".") {
			return p
		}
	}
}

func isBare(c byte) bool {
	return c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// pair reads key = value inside table and reports whether it understood.
func (s *scanner) pair(table path) bool {
	line := s.line
	keys := s.keys()
	if len(keys) == 0 {
		return false
	}
	p := table.with(keys...)
	s.at[p.key()] = line
	s.blank()
	if !s.eat("=") {
		return false
	}
	s.value(p)
	return true
}

func (s *scanner) value(p path) {
	s.blank()
	switch {
	case s.done():
	case s.eat("{"):
		for s.blank(); !s.done() && !s.eat("}"); s.blank() {
			if !s.eat(",") && !s.pair(p) {
				return
			}
		}
	case s.eat("["):
		n := 0
		for s.blank(); !s.done() && !s.eat("]"); s.blank() {
			if s.eat(",") {
				continue
			}
			e := p.with(strconv.Itoa(n))
			n++
			s.at[e.key()] = s.line
			before := s.i
			s.value(e)
			if s.i == before {
				return
			}
		}
	case s.text[s.i] == '"' || s.text[s.i] == '\'':
		s.quoted()
	default:
		for !s.done() && !strings.ContainsRune(",]}#\n", rune(s.text[s.i])) {
			s.next()
		}
	}
}

// quoted reads any of TOML's four kinds of string. Escapes matter only in keys, where the two that occur are undone.
func (s *scanner) quoted() string {
	q := s.text[s.i : s.i+1]
	if s.eat(q + q + q) {
		start := s.i
		for !s.done() && !strings.HasPrefix(s.text[s.i:], q+q+q) {
			if s.next() == '\\' && q == `"` && !s.done() {
				s.next()
			}
		}
		end := s.i
		s.eat(q + q + q)
		return s.text[start:end]
	}
	s.next()
	start := s.i
	for !s.done() && s.text[s.i] != q[0] {
		if s.next() == '\\' && q == `"` && !s.done() {
			s.next()
		}
	}
	out := s.text[start:min(s.i, len(s.text))]
	if !s.done() {
		s.next()
	}
	if q == `"` {
		out = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(out)
	}
	return out
}
