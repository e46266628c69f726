package wire

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/askwire/askwire"
)

const (
	defaultSampleRows  = 200
	defaultSampleBytes = 64 << 10
)

// Head is the head of a result as it came from the backend. It is valid during the call that gets it.
type Head struct {
	// Digest tells results apart: SHA-256 of the definitions, the rows of the head, and whether they are all rows.
	Digest   [32]byte
	Complete bool // false: the result goes on
	Rows     int

	held    []byte
	columns int
	binary  bool
}

// Decode reads the head as text.
func (h *Head) Decode() (askwire.Sample, error) {
	rest := h.held
	s := newSampler(make([]Column, h.columns), h.binary)
	for i := range s.columns {
		var err error
		if s.columns[i], err = ParseColumn(nextHeld(&rest)); err != nil {
			return askwire.Sample{}, err
		}
	}
	for len(rest) > 0 {
		if err := s.add(nextHeld(&rest)); err != nil {
			return askwire.Sample{}, err
		}
	}
	return s.finish(h.Complete), nil
}

// hold appends a payload with 4 bytes of length before it.
func hold(held, p []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(held, uint32(len(p))), p...)
}

// nextHeld takes one payload off.
func nextHeld(held *[]byte) []byte {
	n := 4 + int(binary.LittleEndian.Uint32(*held))
	p := (*held)[4:n]
	*held = (*held)[n:]
	return p
}

// digest sums up the head.
func (h *Head) digest() [32]byte {
	var flags byte
	if h.binary {
		flags |= 1
	}
	if h.Complete {
		flags |= 2
	}
	n := len(h.held)
	return sha256.Sum256(append(h.held, flags)[:n+1])
}

// sampler decodes rows as text. All values lie in one buffer until finish, so that a sample costs a few allocations, not
// one per value.
type sampler struct {
	columns []Column
	binary  bool
	rows    int
	text    []byte
	ends    []int32 // of each value in text; -1 = NULL
}

func newSampler(columns []Column, binary bool) *sampler {
	return &sampler{columns: columns, binary: binary}
}

// add decodes one row's payload.
func (s *sampler) add(p []byte) error {
	r := reader{b: p}
	var nulls []byte
	if s.binary {
		r.take(1)
		nulls = r.take((len(s.columns) + 9) / 8)
	}
	for i := range s.columns {
		null := r.bad
		switch {
		case null:
		case s.binary:
			if null = nulls[(i+2)/8]&(1<<((i+2)%8)) != 0; !null {
				if v := r.binaryValue(s.columns[i].Type); !r.bad {
					s.text = appendText(s.text, &s.columns[i], v)
				}
			}
		case len(r.b) > 0 && r.b[0] == localFileHeader: // 0xfb: NULL
			r.take(1)
			null = true
		default:
			s.text = append(s.text, r.lenencString()...)
		}
		if null {
			s.ends = append(s.ends, -1)
		} else {
			s.ends = append(s.ends, int32(len(s.text)))
		}
	}
	if r.bad || len(r.b) > 0 {
		return garbage("a malformed row")
	}
	s.rows++
	return nil
}

// finish returns the sample. Its values share their memory.
func (s *sampler) finish(complete bool) askwire.Sample {
	out := askwire.Sample{Complete: complete}
	for i := range s.columns {
		out.Columns = append(out.Columns, s.columns[i].Name)
		out.Types = append(out.Types, s.columns[i].TypeName())
	}
	all := string(s.text)
	values, cells := make([]string, len(s.ends)), make([]*string, len(s.ends))
	start := int32(0)
	for i, end := range s.ends {
		if end < 0 {
			continue
		}
		values[i] = all[start:end]
		cells[i] = &values[i]
		start = end
	}
	if s.rows > 0 {
		out.Rows = make([][]*string, s.rows)
	}
	n := len(s.columns)
	for i := range out.Rows {
		out.Rows[i] = cells[i*n : (i+1)*n : (i+1)*n]
	}
	return out
}
