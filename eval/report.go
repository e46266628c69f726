package eval

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"time"
)

// Report is the sum of a run.
type Report struct {
	Title    string    `json:"title"`
	At       time.Time `json:"at"`
	Subjects []Subject `json:"subjects"`
	Lost     []Lost    `json:"lost,omitempty"`
	Results  []Result  `json:"results"`
}

// Subject sums up one subject.
type Subject struct {
	Name      string           `json:"name"`
	Questions int              `json:"questions"`
	Counted   int              `json:"counted"`            // without questions whose gold says nothing
	Ran       int              `json:"ran"`                // of these, the ones that were about an execution
	Right     int              `json:"right"`              // of these, the right ones
	Accuracy  float64          `json:"execution_accuracy"` // Right / Ran
	Ranked    int              `json:"ranked"`
	F         []F              `json:"f,omitempty"`
	Reasons   map[Reason]int   `json:"reasons"`
	Input     int64            `json:"input_tokens"`
	Output    int64            `json:"output_tokens"`
	Cost      float64          `json:"cost"`
	Seconds   float64          `json:"seconds"` // of all questions together
	P50       float64          `json:"p50_seconds"`
	P95       float64          `json:"p95_seconds"`
	Databases map[string]Share `json:"databases,omitempty"`
}

// F is the share of questions whose gold tables are all among the first K.
type F struct {
	K     int     `json:"k"`
	Share float64 `json:"share"`
}

// Share is a part of a whole.
type Share struct {
	Right int `json:"right"`
	Of    int `json:"of"`
}

// Lost is a question that the text as it is answers, and the same text through askwire does not.
type Lost struct {
	ID      string `json:"id"`
	Subject string `json:"subject"`
	Reason  Reason `json:"reason"`
	Detail  string `json:"detail"`
}

// Raw is the end of the name of a subject that is a model's text as it is: "gpt-4, as it is" beside "gpt-4".
const Raw = ", as it is"

// Sum makes the report; ks are the k of F@k.
func Sum(title string, at time.Time, results []Result, ks []int) *Report {
	r := &Report{Title: title, At: at, Results: results}
	bySubject := map[string][]Result{}
	var names []string
	for _, x := range results {
		if bySubject[x.Subject] == nil {
			names = append(names, x.Subject)
		}
		bySubject[x.Subject] = append(bySubject[x.Subject], x)
	}
	for _, name := range names {
		r.Subjects = append(r.Subjects, subject(name, bySubject[name], ks))
		if bySubject[name+Raw] == nil {
			continue
		}
		right := map[string]bool{}
		for _, x := range bySubject[name+Raw] {
			right[x.ID] = x.Reason == OK
		}
		for _, x := range bySubject[name] {
			if right[x.ID] && x.Reason != OK {
				r.Lost = append(r.Lost, Lost{x.ID, name, x.Reason, x.Detail})
			}
		}
	}
	return r
}

func subject(name string, results []Result, ks []int) Subject {
	s := Subject{Name: name, Reasons: map[Reason]int{}, Databases: map[string]Share{}}
	found := make([]int, len(ks))
	var times []float64
	for _, x := range results {
		s.Questions++
		s.Reasons[x.Reason]++
		if !x.Reason.Counted() {
			continue
		}
		s.Counted++
		share := s.Databases[x.DB]
		share.Of++
		if x.Reason == OK {
			share.Right++
		}
		s.Databases[x.DB] = share
		if x.Ran {
			s.Ran++
			if x.Reason == OK {
				s.Right++
			}
		}
		if x.Ranked {
			s.Ranked++
			for i, k := range ks {
				if x.Rank > 0 && x.Rank <= k {
					found[i]++
				}
			}
		}
		s.Input += x.Input
		s.Output += x.Output
		s.Cost += x.Cost
		s.Seconds += x.Seconds
		times = append(times, x.Seconds)
	}
	if s.Ran > 0 {
		s.Accuracy = float64(s.Right) / float64(s.Ran)
	}
	if s.Ranked > 0 {
		for i, k := range ks {
			s.F = append(s.F, F{k, float64(found[i]) / float64(s.Ranked)})
		}
	}
	slices.Sort(times)
	s.P50, s.P95 = quantile(times, 0.5), quantile(times, 0.95)
	return s
}

func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// WriteJSON writes the report with every result.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(r)
}

//go:embed report.html
var reportHTML string

var reportTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"percent": func(f float64) string { return fmt.Sprintf("%.1f %%", 100*f) },
	"seconds": func(f float64) string { return (time.Duration(f*1e6) * time.Microsecond).String() },
}).Parse(reportHTML))

// WriteHTML writes the report as one page that needs no other file and no network.
func (r *Report) WriteHTML(w io.Writer) error {
	return reportTemplate.Execute(w, r)
}

// Chart is a title and bars, which the browser draws as gauges of its own.
type Chart struct {
	Title string
	Bars  []Bar
}

// Bar is one bar of a chart: a share of 1, and what it says.
type Bar struct {
	Label string
	Share float64
	Text  string
}

// Charts are the report's charts.
func (r *Report) Charts() []Chart {
	accuracy, tables := Chart{Title: "Execution accuracy"}, Chart{Title: "All tables among the first k"}
	var out []Chart
	for _, s := range r.Subjects {
		if s.Ran > 0 {
			accuracy.Bars = append(accuracy.Bars, Bar{s.Name, s.Accuracy, fmt.Sprintf("%.1f %% (%d of %d)", 100*s.Accuracy, s.Right, s.Ran)})
		}
		for _, f := range s.F {
			tables.Bars = append(tables.Bars, Bar{fmt.Sprintf("%s, F@%d", s.Name, f.K), f.Share, fmt.Sprintf("%.3f", f.Share)})
		}
	}
	for _, c := range []Chart{accuracy, tables} {
		if len(c.Bars) > 0 {
			out = append(out, c)
		}
	}
	for _, s := range r.Subjects {
		c := Chart{Title: "What became of the questions: " + s.Name}
		for _, reason := range Reasons() {
			if n := s.Reasons[reason]; n > 0 {
				c.Bars = append(c.Bars, Bar{string(reason), float64(n) / float64(s.Questions), fmt.Sprint(n)})
			}
		}
		out = append(out, c)
	}
	return out
}

// Failures are the results that are not OK, by reason, for the page's table.
func (r *Report) Failures() []Result {
	var out []Result
	for _, x := range r.Results {
		if x.Reason != OK && x.Reason.Counted() {
			out = append(out, x)
		}
	}
	order := map[Reason]int{}
	for i, reason := range Reasons() {
		order[reason] = i
	}
	slices.SortStableFunc(out, func(a, b Result) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(order[a.Reason], order[b.Reason]))
	})
	return out
}
