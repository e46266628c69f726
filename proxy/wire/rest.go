package wire

import "encoding/binary"

// Rest is what is left of an answer for which a cursor was opened: its rows come by COM_STMT_FETCH. They go on as the definitions said,
// with the values and the column that the client was told of.
//
// With an appended column the rows of the sample are taken before the client asks for them, and wait here: at most those of the sample, and
// what came with the last of them.
type Rest struct {
	prep  *Prepared
	rec   recoder
	app   *appender // nil = no column is added
	ended bool      // the backend has sent the last row

	ahead []byte // of app.held: rows that the client has not got
	over  int    // bytes of a row that may not pass: the error follows the rows before it
}

// rest keeps what the fetches of an open cursor need.
func (rl *relay) rest() *Rest {
	r := &Rest{prep: rl.b.current, rec: rl.rec, app: rl.app}
	rl.app = nil // it outlives this relay
	return r
}

// fetched is the answer to one COM_STMT_FETCH of the client.
func (rl *relay) fetched(r *Rest) error {
	rl.rec = r.rec
	if r.app == nil {
		if err := rl.fetch(r, rl.opt.Rows); err != nil {
			return err
		}
		if rl.rec.changes() {
			return rl.recoded()
		}
		return rl.plain()
	}
	rl.app, r.app.rl = r.app, rl
	defer func() { rl.app = nil }()
	if rl.app.sampling {
		if done, err := rl.takeAhead(r); done || err != nil {
			return err
		}
	}
	return rl.fromAhead(r)
}

// fetch sends COM_STMT_FETCH, whose answer is then at hand.
func (rl *relay) fetch(r *Rest, rows uint32) error {
	if err := rl.b.fetch(r.prep, rows); err != nil {
		return err
	}
	rl.src.await()
	rl.src.bulkRead()
	return nil
}

// takeAhead fetches the rows of the sample. It is done where the backend ends the answer in an error.
func (rl *relay) takeAhead(r *Rest) (done bool, err error) {
	a := rl.app
	rows, largest, end := uint32(1), 1, 0 // what one fetch may bring is known by the rows before
	for a.sampling {
		if err := rl.fetch(r, rows); err != nil {
			return false, err
		}
		for {
			p, err := rl.src.ReadPacket(maxQuery)
			if err != nil {
				return false, err
			}
			if len(p) == 0 {
				return false, garbage("an empty row")
			}
			if p[0] == errHeader {
				return true, rl.serverError(p)
			}
			if isEOF(p) {
				ok, good := parseEOF(p)
				if !good {
					return false, garbage("a malformed EOF packet")
				}
				r.ended, rl.b.busy = ok.Status&SERVER_STATUS_LAST_ROW_SENT != 0, false
				break
			}
			if r.over > 0 {
				continue
			}
			if rl.beyond(len(p)) != nil {
				r.over, a.sampling = len(p), false
				continue
			}
			if a.sampling = a.sampling && a.n < a.rows && a.sampled+len(p) <= a.bytes; a.sampling {
				a.n++
				a.sampled += len(p)
				end = len(a.held) + 4 + len(p)
			}
			a.held = hold(a.held, p)
			largest = max(largest, len(p))
			rl.res.Rows++
			rl.res.Bytes += int64(len(p))
		}
		if r.ended {
			break
		}
		rows = uint32(max(1, min((a.bytes-a.sampled)/largest, a.rows-a.n+1)))
	}
	whole := a.sampling
	a.sampling, r.ahead = false, a.held[a.rowsAt:]
	rl.res.Rows, rl.res.Bytes = 0, 0 // they count as they go out
	if err := a.tell(max(end, a.rowsAt), whole); err != nil {
		return false, err
	}
	if a.opt.Place == LastRow {
		return false, nil
	}
	return false, a.ask()
}

// fromAhead sends rows that have come already, and then those that have not.
func (rl *relay) fromAhead(r *Rest) error {
	a, left := rl.app, rl.opt.Rows
	for left > 0 && len(r.ahead) > 0 {
		p := nextHeld(&r.ahead)
		rl.res.Rows++
		rl.res.Bytes += int64(len(p))
		sent, err := a.pass(p)
		if err != nil {
			return err
		}
		if sent {
			left--
		}
	}
	switch {
	case left > 0 && r.over > 0:
		if err := a.letGo(nil); err != nil {
			return err
		}
		err := rl.beyond(r.over)
		if werr := rl.dst.WriteError(err); werr != nil {
			return werr
		}
		rl.told = true
		return err
	case left > 0 && !r.ended:
		if err := rl.fetch(r, left); err != nil {
			return err
		}
		return rl.appended()
	case left > 0 && a.waiting:
		if err := a.ask(); err != nil {
			return err
		}
		if err := a.letGo(a.text); err != nil {
			return err
		}
		left--
	}
	ok := OK{Status: SERVER_STATUS_CURSOR_EXISTS}
	if left > 0 {
		ok.Status = SERVER_STATUS_LAST_ROW_SENT // as a server, which finds the end only where it looks for one more row
	}
	rl.end(ok)
	return rl.dst.WriteEOF(rl.res.Status, rl.res.Warnings)
}

// Rows are rows of the proxy's own that a client takes by COM_STMT_FETCH.
type Rows struct{ held []byte }

// Fetch sends the next rows, at most n, and the end of the answer. It reports how many they are, and whether a row may be left.
func (c *Conn) Fetch(r *Rows, n uint32, status Status, warnings uint16) (sent int64, more bool, err error) {
	for ; uint32(sent) < n && len(r.held) > 0; sent++ {
		if err := c.WritePacket(nextHeld(&r.held)); err != nil {
			return sent, false, err
		}
	}
	if more = uint32(sent) == n; more {
		status |= SERVER_STATUS_CURSOR_EXISTS
	} else {
		status |= SERVER_STATUS_LAST_ROW_SENT
	}
	return sent, more, c.WriteEOF(status, warnings)
}

// goesOn reports whether the packet at the read position ends a fetch, and not the rows.
func (rl *relay) goesOn() bool {
	if rl.opt.Rest == nil {
		return false
	}
	p := rl.src.r[rl.src.rpos+headerSize:]
	return p[0] == eofHeader && Status(binary.LittleEndian.Uint16(p[3:]))&SERVER_STATUS_LAST_ROW_SENT == 0
}
