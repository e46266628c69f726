package askwire

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Param is a typed parameter of a saved question.
type Param struct {
	Name    string            `json:"name"`
	Type    ParamType         `json:"type"`
	Default string            `json:"default,omitempty"` // used by phrasings that do not mention it; "" = required
	Values  []string          `json:"values,omitempty"`  // closed list, if any
	Aliases map[string]string `json:"aliases,omitempty"` // what people say → value, such as 서울 → Seoul
	Min     Bound             `json:"min,omitempty"`     // of all but texts
	Max     Bound             `json:"max,omitempty"`
}

// ParamType is the type of a parameter.
type ParamType string

const (
	IntParam    ParamType = "int"
	NumberParam ParamType = "number" // with or without a fraction
	StringParam ParamType = "string"
	MonthParam  ParamType = "month" // YYYY-MM
	DateParam   ParamType = "date"  // YYYY-MM-DD
	// PeriodParam is a bound of a period that the question names, such as "last month": its value is computed anew whenever
	// the question is asked. Its name says which: period1_from, period1_to (exclusive), period1_last (the last day),
	// period1_end (the last second).
	PeriodParam ParamType = "period"
)

// Bound is the least or the greatest value of a parameter, in the form of its type; "" = none.
type Bound string

// UnmarshalJSON reads a bound. 0 is none: that is how questions were saved before they could have bounds.
func (b *Bound) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("0")) {
		*b = ""
		return nil
	}
	return json.Unmarshal(data, (*string)(b))
}

// Takes says in words what the parameter takes.
func (p *Param) Takes() string {
	if len(p.Values) > 0 {
		return "one of " + strings.Join(p.Values, ", ")
	}
	var kind string
	switch p.Type {
	case IntParam:
		kind = "a whole number"
	case NumberParam:
		kind = "a number"
	case MonthParam:
		kind = "a month such as '2026-01'"
	case DateParam:
		kind = "a date such as '2026-01-31'"
	default:
		if len(p.Aliases) > 0 {
			return "one of the names that it knows"
		}
		return "a text"
	}
	switch {
	case p.Min != "" && p.Max != "":
		return kind + " from " + string(p.Min) + " to " + string(p.Max)
	case p.Min != "":
		return kind + " from " + string(p.Min) + " on"
	case p.Max != "":
		return kind + " up to " + string(p.Max)
	}
	return kind
}

// String describes the parameter: city: one of Busan, Seoul; Busan if none is given.
func (p *Param) String() string {
	s := p.Name + ": " + p.Takes()
	if p.Default == "" {
		return s + "; required"
	}
	return s + "; " + p.Default + " if none is given"
}
