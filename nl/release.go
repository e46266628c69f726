package nl

import (
	"math/big"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// leastGroup is the number of rows a group must have before its figures may reach a model that sees aggregates only.
const leastGroup = 5

var bigLeastGroup = big.NewInt(leastGroup)

// release reduces a sample to what the profile lets a model see, or refuses with the reason. What cannot be shown from
// the guard's receipt is refused.
//
// With llm_data = "aggregates" every column must be a figure, which is a number over at least leastGroup rows, or a key that
// rows are grouped by, made of columns that llm_keys lists: a key is a value of its column.
func release(profile *askwire.Profile, st guard.Statement, s askwire.Sample) (askwire.Sample, error) {
	outputs := st.Receipt().Outputs
	switch profile.LLMData {
	case "rows", "aggregates":
	default:
		return askwire.Sample{}, noSummary(llmDataHint, "this profile sends no data to a model")
	}
	if len(outputs) != len(s.Columns) {
		return askwire.Sample{}, noSummary(llmDataHint, "it is not known where every column comes from")
	}
	if profile.LLMData == "aggregates" {
		return s, onlyFigures(profile, outputs, s)
	}
	var keep []int
	for i, o := range outputs {
		if !secret(profile, o) {
			keep = append(keep, i)
		}
	}
	if len(keep) == 0 {
		return askwire.Sample{}, noSummary(llmDataHint, "no column of this result may reach a model")
	}
	if len(keep) == len(s.Columns) {
		return s, nil
	}
	view := askwire.Sample{Complete: s.Complete}
	for _, i := range keep {
		view.Columns = append(view.Columns, s.Columns[i])
		view.Types = append(view.Types, typeOf(s, i))
	}
	for _, row := range s.Rows {
		short := make([]*string, len(keep))
		for j, i := range keep {
			if i < len(row) {
				short[j] = row[i]
			}
		}
		view.Rows = append(view.Rows, short)
	}
	return view, nil
}

const llmDataHint = "The administrator decides with llm_data what a model may see."

func noSummary(hint, format string, args ...any) error {
	return askwire.Errorf(askwire.PolicyDenied, "There is no summary: "+format+".", args...).WithHint("%s", hint)
}

// secret reports whether a result is masked, or made of a column that is kept from models.
func secret(profile *askwire.Profile, o guard.Output) bool {
	for _, c := range o.Sources {
		if llmDenied(profile, c) {
			return true
		}
	}
	return o.Masked
}

// onlyFigures refuses a result that holds anything but figures of large groups and allowed keys.
func onlyFigures(profile *askwire.Profile, outputs []guard.Output, s askwire.Sample) error {
	for _, o := range outputs {
		name := data(o.Name, 64)
		switch {
		case secret(profile, o):
			return noSummary("Leave the column out, or turn the summary off.", "the column %q may not reach a model", name)
		case o.GroupKey && !allKeys(profile, o.Sources):
			return noSummary("The administrator lists such columns in llm_keys.", "the column %q is grouped by, and its values may not reach a model", name)
		case !o.GroupKey && !o.Figure:
			return noSummary(llmDataHint, "the column %q is not shown to be a COUNT, a SUM or an AVG, and this profile sends totals only", name)
		case len(o.Counts) == 0:
			return noSummary("Ask for the number of rows too.", "it cannot be shown that every group has at least %d rows", leastGroup)
		}
	}
	for _, row := range s.Rows {
		for i, o := range outputs {
			if !o.GroupKey && cellText(row, i) != "" {
				if _, _, number := parseNumber(cellText(row, i)); !number {
					return noSummary(llmDataHint, "the column %q holds more than numbers", data(o.Name, 64))
				}
			}
			enough := false
			for _, col := range o.Counts {
				n, _, ok := parseNumber(cellText(row, col))
				enough = enough || ok && n.IsInt() && n.Num().Cmp(bigLeastGroup) >= 0
			}
			if !enough {
				return noSummary("Ask for larger groups.", "a group may have fewer than %d rows", leastGroup)
			}
		}
	}
	return nil
}

// allKeys reports whether values of these columns may reach a model as keys. A key of no column, a constant, may.
func allKeys(profile *askwire.Profile, sources []askwire.ColumnRef) bool {
	for _, c := range sources {
		if !listed(profile.LLMKeys, c) {
			return false
		}
	}
	return true
}

// listed reports whether "db.table.column" is in a list.
func listed(list []string, c askwire.ColumnRef) bool {
	for _, name := range list {
		if ref, ok := columnRef(name); ok && segment(ref.DB, c.DB) && segment(ref.Table, c.Table) && segment(ref.Column, c.Column) {
			return true
		}
	}
	return false
}

// shows reports whether single values of a column, such as samples, may be part of a prompt.
func shows(profile *askwire.Profile, c askwire.ColumnRef) bool {
	switch profile.LLMData {
	case "rows":
		return !llmDenied(profile, c)
	case "aggregates":
		return !llmDenied(profile, c) && listed(profile.LLMKeys, c)
	}
	return false
}

func cellText(row []*string, i int) string {
	if i >= len(row) || row[i] == nil {
		return ""
	}
	return *row[i]
}
