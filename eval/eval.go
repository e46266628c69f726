// Package eval measures how well questions are answered: it reads files of questions with their known SQL or tables, has
// each one measured, and sums the measurements up.
//
// Its main functions are Load, which reads questions from JSON or CSV, Run, which measures them concurrently and goes on
// where an interrupted run stopped, and Sum, which makes a Report of the results. How one question is measured is a Measure:
// Retrieval ranks tables and needs no model and no database; the measures that run SQL are built by the command, which owns
// the connections, on Compare (are two sets of rows the same answer?) and Database (small databases that come with a question).
//
// A rule for callers: a question whose gold SQL fails, or is empty on all its databases, says nothing and is not counted.
//
// eval decides nothing about what may run and holds no connection.
package eval

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Question is one line of a question file.
type Question struct {
	ID       string
	DB       string // default database of SQL, and the scope when the search is scoped
	Text     string
	Evidence string   // a hint that belongs to the question
	SQL      string   // gold, "" = not known
	Tables   []string // gold, "db.table", nil = not known
}

// Reason says what became of a question.
type Reason string

const (
	OK           Reason = "OK"
	MissingRows  Reason = "MISSING_ROWS"  // the answer lacks rows of the gold's
	ExtraRows    Reason = "EXTRA_ROWS"    // it has all of them, and others
	WrongRows    Reason = "WRONG_ROWS"    // both
	WrongColumns Reason = "WRONG_COLUMNS" // another number of columns
	Empty        Reason = "EMPTY"         // no rows, where the gold has some
	Failed       Reason = "ERROR"         // the database refused it
	Refused      Reason = "REFUSED"       // the guard refused it, or the limits
	NoSQL        Reason = "NO_SQL"        // the model's text holds no SQL that can be used
	NoModel      Reason = "NO_MODEL"      // the model could not be called
	NoTable      Reason = "MISSING_TABLES"
	GoldFailed   Reason = "GOLD_ERROR" // not counted, as the next
	GoldEmpty    Reason = "GOLD_EMPTY"
)

// Reasons are all reasons, the order of reports.
func Reasons() []Reason {
	return []Reason{OK, MissingRows, ExtraRows, WrongRows, WrongColumns, Empty, Failed, Refused, NoSQL, NoModel, NoTable, GoldFailed, GoldEmpty}
}

// Counted is false when the question itself is at fault.
func (r Reason) Counted() bool { return r != GoldFailed && r != GoldEmpty }

// Result is what one subject (a model, a road, the search) made of one question.
type Result struct {
	ID       string  `json:"id"`
	Subject  string  `json:"subject"`
	DB       string  `json:"db,omitempty"`
	Question string  `json:"question"`
	Reason   Reason  `json:"reason"`
	Detail   string  `json:"detail,omitempty"`
	SQL      string  `json:"sql,omitempty"`
	Ran      bool    `json:"ran,omitempty"`    // the reason is about an execution
	Ranked   bool    `json:"ranked,omitempty"` // Rank was measured
	Rank     int     `json:"rank,omitempty"`   // place of the last gold table, from 1; 0 = one is missing
	Input    int64   `json:"input_tokens,omitempty"`
	Output   int64   `json:"output_tokens,omitempty"`
	Calls    int     `json:"calls,omitempty"`
	Cost     float64 `json:"cost,omitempty"`
	Seconds  float64 `json:"seconds"`
	QueryID  string  `json:"query_id,omitempty"` // of the proxy's history
}

// Measure measures one question; it returns a result for each subject. Its error ends the run: what is wrong with one answer
// is a Reason.
type Measure func(ctx context.Context, q *Question) ([]Result, error)

// Options say how Run works.
type Options struct {
	Concurrency int // questions at once; 0 = 1
	State       *State
	Progress    func(done, total int) // called by one goroutine at a time
}

// Run measures the questions and returns the results in their order. When ctx ends or a measure fails, the error comes with the
// results so far; what was finished is in the state, if there is one.
func Run(ctx context.Context, questions []Question, measure Measure, o Options) ([]Result, error) {
	perQuestion := make([][]Result, len(questions))
	var mu sync.Mutex
	done := 0
	finished := func() {
		done++
		if o.Progress != nil {
			o.Progress(done, len(questions))
		}
	}
	outer := ctx
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, o.Concurrency))
	for i := range questions {
		if ctx.Err() != nil {
			break
		}
		q := &questions[i]
		if have, ok := o.State.has(q.ID); ok {
			perQuestion[i] = have
			mu.Lock()
			finished()
			mu.Unlock()
			continue
		}
		g.Go(func() error {
			results, err := measure(ctx, q)
			if err != nil {
				return err
			}
			for j := range results {
				results[j].ID, results[j].DB, results[j].Question = q.ID, q.DB, q.Text
			}
			mu.Lock()
			defer mu.Unlock()
			perQuestion[i] = results
			finished()
			return o.State.add(q.ID, results)
		})
	}
	err := g.Wait()
	if err == nil {
		err = outer.Err()
	}
	return slices.Concat(perQuestion...), err
}
