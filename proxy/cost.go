package proxy

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/wire"
)

const planRows = 500 // steps of a plan that are looked at

// affordable refuses a job that the backend expects to read more rows than the profile allows. The backend is asked only
// where the catalog's row counts do not settle it, and where it can tell: the embedded engine cannot. An error of its own is
// left to the statement.
func (s *session) affordable(j job) error {
	limit := s.b.Profile.Limits.ScanRows
	if limit <= 0 || j.toStore || j.st.ScanBound() <= float64(limit) || s.server().Family == askwire.Embedded {
		return nil
	}
	plan := s.gate.Plan(j.st)
	if !plan.Valid() {
		return nil
	}
	l, err := s.borrow(s.ctx, false, false)
	if err != nil {
		return err
	}
	defer s.giveBack(l)
	sample, err := s.planOf(l, plan, j.prep)
	if _, ok := wire.IsServerError(err); ok {
		return nil
	}
	if err != nil {
		return s.reason(err)
	}
	if ScanEstimate(sample) > float64(limit) {
		s.srv.stats.Denied.Add(1)
		return TooManyRowsRead(limit)
	}
	return nil
}

func (s *session) planOf(l lease, plan guard.Statement, args *wire.Execute) (askwire.Sample, error) {
	if plan.Params() == 0 {
		if err := l.conn.Query(plan); err != nil {
			return askwire.Sample{}, err
		}
		sample, _, err := l.conn.Collect(s.ctx, planRows, 1<<20)
		return sample, err
	}
	p, err := l.conn.Prepare(s.ctx, plan)
	if err != nil {
		return askwire.Sample{}, err
	}
	e := arranged(plan, *args)
	e.Cursor = 0
	if err := l.conn.Execute(p, e); err != nil {
		return askwire.Sample{}, err
	}
	sample, _, err := l.conn.CollectBinary(s.ctx, planRows, 1<<20)
	return sample, err
}

// TooManyRowsRead is the refusal of a statement for what it would read. The estimate itself is not told: it may depend on rows
// that the asker does not see.
func TooManyRowsRead(limit int64) *askwire.Error {
	return askwire.Errorf(askwire.TooCostly, "The statement would read more rows than this profile allows (%d).", limit).
		WithHint("Narrow it: a shorter period, or a condition on an indexed column.")
}

// ScanEstimate is how many rows a plan reads, as far as the server says. MariaDB and MySQL give the rows for each pass over a
// table: within one select the passes multiply, selects add up. TiDB gives them for each scan, and for
// each join what it makes. 0 = no idea.
func ScanEstimate(plan askwire.Sample) float64 {
	column := func(names ...string) int {
		return slices.IndexFunc(plan.Columns, func(c string) bool { return slices.Contains(names, strings.ToLower(c)) })
	}
	rows, id := column("rows", "estrows"), column("id")
	if rows < 0 || id < 0 {
		return 0
	}
	tidb := strings.EqualFold(plan.Columns[rows], "estRows")
	selects := map[string]float64{}
	total := 0.0
	for _, r := range plan.Rows {
		if r[rows] == nil {
			continue
		}
		n, err := strconv.ParseFloat(*r[rows], 64)
		if err != nil || math.IsNaN(n) {
			continue
		}
		step := ""
		if r[id] != nil {
			step = *r[id]
		}
		switch {
		case tidb && (strings.Contains(step, "Scan") || strings.Contains(step, "Get") || strings.Contains(step, "Join")):
			total += n
		case tidb:
		case selects[step] == 0:
			selects[step] = max(n, 1)
		default:
			selects[step] *= max(n, 1)
		}
	}
	for _, n := range selects {
		total += n
	}
	return total
}
