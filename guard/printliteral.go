package guard

import "strings"

// appendName writes s in back-quotes.
func appendName(dst []byte, s string) []byte {
	dst = append(dst, '`')
	for {
		i := strings.IndexByte(s, '`')
		if i < 0 {
			break
		}
		dst = append(append(dst, s[:i]...), '`', '`')
		s = s[i+1:]
	}
	return append(append(dst, s...), '`')
}

// appendString writes s as a string literal. Quotes are doubled and backslashes escaped: the backend's pinned sql_mode has
// neither ANSI_QUOTES nor NO_BACKSLASH_ESCAPES.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '\'')
	for {
		i := strings.IndexAny(s, `'\`)
		if i < 0 {
			break
		}
		dst = append(append(dst, s[:i]...), s[i], s[i])
		s = s[i+1:]
	}
	return append(append(dst, s...), '\'')
}

func (p *printer) literal(n *literal) {
	start := len(p.out)
	switch n.kind {
	case nullLiteral:
		p.str("NULL")
	case boolLiteral:
		p.str(strings.ToUpper(n.text))
	case intLiteral, decimalLiteral, floatLiteral:
		p.str(n.text)
	case hexLiteral, bitLiteral:
		p.introducer(n)
		p.binaryLiteral(n)
	case stringLiteral:
		p.introducer(n)
		p.out = appendString(p.out, n.text)
	default:
		p.fail("A literal of this statement")
	}
	if p.again {
		return
	}
	kind := n.slot
	switch {
	case kind != noSlot:
	case p.hide && n.kind != nullLiteral:
		kind = policySlot
	case n.OriginTextPosition() > 0 && !n.introduced():
		kind = literalSlot
	}
	if kind != noSlot {
		p.slots = append(p.slots, slot{start: start, end: len(p.out), kind: kind, pos: n.OriginTextPosition(), name: n.name})
	}
}

// binaryLiteral keeps the form: on MariaDB 0x41 is a number among numbers, and x'41' never is.
func (p *printer) binaryLiteral(n *literal) {
	form := byte('x')
	if n.kind == bitLiteral {
		form = 'b'
	}
	if n.prefixed {
		p.out = append(append(p.out, '0', form), n.text...)
		return
	}
	p.out = append(append(append(p.out, form, '\''), n.text...), '\'')
}

func (p *printer) introducer(n *literal) {
	if n.introduced() {
		p.str("_")
		p.word(n.Type.GetCharset())
		if n.kind != stringLiteral {
			p.str(" ")
		}
	}
}
