package clients

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// fields compares two values field by field, as JSON has them.
func (c *Comparison) fields(on, statement string, direct, proxied any) {
	c.walk(on, statement, "", tree(direct), tree(proxied))
}

func tree(v any) (out any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // transcripts are plain data
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		panic(err)
	}
	return out
}

func (c *Comparison) walk(on, statement, field string, a, b any) {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			break
		}
		for _, k := range slices.Sorted(maps.Keys(union(x, y))) {
			c.walk(on, statement, join(field, k), x[k], y[k])
		}
		return
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			break
		}
		for i := range x {
			c.walk(on, statement, fmt.Sprintf("%s[%d]", field, i), x[i], y[i])
		}
		return
	}
	if p, q := short(a), short(b); p != q {
		c.add(on, statement, field, p, q)
	}
}

func union(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "." + b
}

func short(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
