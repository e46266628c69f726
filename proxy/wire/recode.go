package wire

// Whole numbers of one width can be told to a client as ones of another, and every value as text. Where a client of the binary protocol is told definitions
// instead of the backend's, its rows are written anew.

// whole reports whether a column's values are whole numbers.
func (d *Column) whole() bool {
	switch d.Type {
	case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG:
		return true
	case MYSQL_TYPE_NEWDECIMAL:
		return d.Decimals == 0
	}
	return false
}

// text reports whether a column's values are texts.
func (d *Column) text() bool {
	return d.Type.isString() && d.Type != MYSQL_TYPE_NEWDECIMAL && d.Type != MYSQL_TYPE_DECIMAL
}

// recoder writes rows of the binary protocol with other definitions than they came with.
type recoder struct {
	from, to []Column
	text     []byte
}

// changes reports whether any column's values are written otherwise.
func (r *recoder) changes() bool {
	for i := range r.from {
		if r.from[i].Type != r.to[i].Type && binaryWidth(r.from[i].Type) != binaryWidth(r.to[i].Type) {
			return true
		}
	}
	return false
}

// row appends a row's payload ("ProtocolBinary::ResultsetRow").
func (r *recoder) row(b, p []byte) ([]byte, error) {
	in := reader{b: p}
	head := in.take(1 + (len(r.from)+9)/8)
	if in.bad {
		return b, garbage("a malformed row")
	}
	b = append(b, head...)
	nulls := head[1:]
	for i := range r.from {
		if nulls[(i+2)/8]&(1<<((i+2)%8)) != 0 {
			continue
		}
		rest := in.b
		v := in.binaryValue(r.from[i].Type)
		if in.bad {
			return b, garbage("a malformed row")
		}
		if binaryWidth(r.from[i].Type) == binaryWidth(r.to[i].Type) {
			b = append(b, rest[:len(rest)-len(in.b)]...)
			continue
		}
		r.text = appendText(r.text[:0], &r.from[i], v)
		var err error
		if b, err = appendBinary(b, &r.to[i], string(r.text)); err != nil {
			return b, err
		}
	}
	if len(in.b) > 0 {
		return b, garbage("a malformed row")
	}
	return b, nil
}

// recoded passes rows on, each written anew.
func (rl *relay) recoded() error {
	for {
		p, err := rl.src.ReadPacket(maxQuery)
		if err != nil {
			return err
		}
		switch {
		case len(p) == 0:
			return garbage("an empty row")
		case p[0] == errHeader:
			return rl.serverError(p)
		case isEOF(p):
			ok, good := parseEOF(p)
			if !good {
				return garbage("a malformed EOF packet")
			}
			rl.end(ok)
			return rl.dst.WriteEOF(rl.res.Status, rl.res.Warnings)
		}
		if over, err := rl.over(len(p)); over || err != nil {
			return err
		}
		rl.res.Rows++
		rl.res.Bytes += int64(len(p))
		rl.dst.begin()
		if rl.dst.w, err = rl.rec.row(rl.dst.w, p); err != nil {
			rl.dst.w = rl.dst.w[:rl.dst.start]
			return err
		}
		if err := rl.dst.end(); err != nil {
			return err
		}
	}
}
