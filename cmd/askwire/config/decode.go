package config

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/askwire/askwire"
)

// decoder fills the structs from the generic tree that the TOML library made. The library's own decoding stops at the first
// value of a wrong type; this one goes on, so that all problems are reported at once.
type decoder struct {
	file     string
	lines    map[string]int
	set      map[string]bool // keys that the file has
	problems Problems
}

func (d *decoder) problem(p path, where, format string, args ...any) *Problem {
	d.problems = append(d.problems, Problem{File: d.file, Line: d.line(p), Where: where, Message: fmt.Sprintf(format, args...)})
	return &d.problems[len(d.problems)-1]
}

// line is the line of a key, or of the nearest table around it.
func (d *decoder) line(p path) int {
	for ; len(p) > 0; p = p[:len(p)-1] {
		if n, ok := d.lines[p.key()]; ok {
			return n
		}
	}
	return 0
}

var textType = reflect.TypeFor[encoding.TextUnmarshaler]()

// table decodes a TOML table into a struct.
func (d *decoder) table(p path, where string, in map[string]any, out reflect.Value) {
	fields := map[string]reflect.Value{}
	for i := range out.NumField() {
		if tag := out.Type().Field(i).Tag.Get("toml"); tag != "" && tag != "-" {
			fields[tag] = out.Field(i)
		}
	}
	known := slices.Sorted(maps.Keys(fields))
	for _, k := range slices.Sorted(maps.Keys(in)) {
		at := p.with(k)
		d.set[at.key()] = true
		f, ok := fields[k]
		if !ok {
			d.unknown(at, where, k, known)
			continue
		}
		d.value(at, join(where, k), in[k], f)
	}
}

func (d *decoder) unknown(at path, where, k string, known []string) {
	what := "key"
	if len(at) == 1 {
		what = "section"
	}
	pr := d.problem(at, where, "unknown %s %q.", what, k)
	if n := nearest(k, known); n != "" {
		pr.Hint = fmt.Sprintf("Did you mean %q?", n)
	} else {
		pr.Hint = "Known here: " + strings.Join(known, ", ") + "."
	}
}

// value decodes one value; a value of the wrong type is a problem and leaves the default.
func (d *decoder) value(at path, where string, in any, out reflect.Value) {
	if c, ok := out.Addr().Interface().(interface{ fromTOML(any) error }); ok {
		if err := c.fromTOML(in); err != nil {
			d.problem(at, where, "%s, not %s.", err, show(in))
		}
		return
	}
	if t, ok := out.Addr().Interface().(*time.Time); ok {
		if *t, ok = in.(time.Time); !ok {
			d.wrong(at, where, "a date such as 2026-01-31", in)
		}
		return
	}
	if b, ok := out.Addr().Interface().(*askwire.Bound); ok {
		if *b, ok = bound(in); !ok {
			d.wrong(at, where, "a number, a month or a date", in)
		}
		return
	}
	if reflect.PointerTo(out.Type()).Implements(textType) {
		d.text(at, where, in, out)
		return
	}
	switch out.Kind() {
	case reflect.Struct:
		if m, ok := in.(map[string]any); ok {
			d.table(at, where, m, out)
			return
		}
		d.wrong(at, where, "a table", in)
	case reflect.Slice:
		d.list(at, where, in, out)
	case reflect.Map:
		d.dict(at, where, in, out)
	case reflect.String:
		if s, ok := in.(string); ok {
			out.SetString(s)
			return
		}
		d.wrong(at, where, "a text in quotes", in)
	case reflect.Bool:
		if b, ok := in.(bool); ok {
			out.SetBool(b)
			return
		}
		d.wrong(at, where, "true or false", in)
	case reflect.Int, reflect.Int64:
		if n, ok := in.(int64); ok {
			out.SetInt(n)
			return
		}
		d.wrong(at, where, "a whole number", in)
	case reflect.Float64:
		switch n := in.(type) {
		case float64:
			out.SetFloat(n)
		case int64:
			out.SetFloat(float64(n))
		default:
			d.wrong(at, where, "a number", in)
		}
	default:
		panic("config: a field of type " + out.Type().String() + " has no decoding")
	}
}

func (d *decoder) text(at path, where string, in any, out reflect.Value) {
	s, ok := in.(string)
	if n, isInt := in.(int64); isInt && out.Type() == reflect.TypeFor[askwire.Size]() {
		s, ok = strconv.FormatInt(n, 10), true
	}
	if !ok {
		d.wrong(at, where, "a text in quotes", in)
		return
	}
	if err := out.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
		var e *askwire.Error
		if errors.As(err, &e) {
			d.problem(at, where, "%s", e.Message).Hint = e.Hint
			return
		}
		d.problem(at, where, "%s.", err)
	}
}

func (d *decoder) list(at path, where string, in any, out reflect.Value) {
	items, ok := anySlice(in)
	if !ok {
		d.wrong(at, where, "a list in [brackets]", in)
		return
	}
	list := reflect.MakeSlice(out.Type(), len(items), len(items))
	for i, item := range items {
		e := list.Index(i)
		w := where
		if m, ok := item.(map[string]any); ok && e.Kind() == reflect.Struct {
			setElementDefaults(e)
			w = elementName(where, i, m)
		}
		d.value(at.with(strconv.Itoa(i)), w, item, e)
		if e.Kind() == reflect.Struct {
			if line := e.FieldByName("Line"); line.IsValid() && line.Kind() == reflect.Int {
				line.SetInt(int64(d.line(at.with(strconv.Itoa(i)))))
			}
		}
	}
	out.Set(list)
}

func (d *decoder) dict(at path, where string, in any, out reflect.Value) {
	m, ok := in.(map[string]any)
	if !ok {
		d.wrong(at, where, "a table in {braces}", in)
		return
	}
	dict := reflect.MakeMapWithSize(out.Type(), len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		v := reflect.New(out.Type().Elem()).Elem()
		if v.Kind() == reflect.Interface {
			if m[k] != nil {
				v.Set(reflect.ValueOf(m[k]))
			}
		} else {
			d.value(at.with(k), join(where, strconv.Quote(k)), m[k], v)
		}
		dict.SetMapIndex(reflect.ValueOf(k), v)
	}
	out.Set(dict)
}

func (d *decoder) wrong(at path, where, want string, in any) {
	d.problem(at, where, "must be %s, not %s.", want, show(in))
}

// show describes a value without printing long or secret text.
func show(in any) string {
	switch v := in.(type) {
	case string:
		return "a text"
	case bool, int64, float64:
		return fmt.Sprint(v)
	case time.Time:
		return "a date"
	case map[string]any:
		return "a table"
	default:
		return "a list"
	}
}

func anySlice(in any) ([]any, bool) {
	switch v := in.(type) {
	case []any:
		return v, true
	case []map[string]any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = v[i]
		}
		return out, true
	default:
		return nil, false
	}
}

func setElementDefaults(e reflect.Value) {
	switch v := e.Addr().Interface().(type) {
	case *Backend:
		*v = defaultBackend()
	case *Model:
		*v = defaultModel()
	case *askwire.Profile:
		*v = DefaultProfile()
	case *askwire.User:
		*v = defaultUser()
	}
}

// elementName is how a person finds an element again: by its section and name.
func elementName(section string, i int, m map[string]any) string {
	if n, ok := m["name"].(string); ok && n != "" {
		return fmt.Sprintf("%s %q", section, n)
	}
	return fmt.Sprintf("%s no. %d", section, i+1)
}

func join(where, k string) string {
	switch {
	case where == "":
		return k
	case strings.HasSuffix(where, `"`) || strings.Contains(where, " no. "):
		return where + ": " + k
	default:
		return where + "." + k
	}
}

// bound is the least or greatest value of a parameter, as a number, a date or a text.
func bound(in any) (askwire.Bound, bool) {
	switch v := in.(type) {
	case int64:
		return askwire.Bound(strconv.FormatInt(v, 10)), true
	case float64:
		return askwire.Bound(strconv.FormatFloat(v, 'f', -1, 64)), true
	case time.Time:
		return askwire.Bound(v.Format(time.DateOnly)), true
	case string:
		return askwire.Bound(v), true
	}
	return "", false
}
