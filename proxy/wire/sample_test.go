package wire

import (
	"testing"

	"github.com/askwire/askwire"
)

// The digest of a head changes with every value, definition and row, and with whether the result goes on; the same head
// has the same one.
func TestDigestOfHead(t *testing.T) {
	head := func(columnsOf int, rows ...string) (digest [32]byte, sample askwire.Sample) {
		_, _, err, _, _ := relayed(t, RelayOptions{Append: &Append{Name: "s", Rows: 2, Sample: func(h *Head) (err error) {
			digest = h.Digest
			sample, err = h.Decode()
			return err
		}}}, func(c *Conn) error {
			columns(c, columnsOf)
			for _, r := range rows {
				values := make([]string, columnsOf)
				values[0] = r
				if err := row(c, values...); err != nil {
					return err
				}
			}
			return c.writePlainEOF(0, 0)
		})
		if err != nil {
			t.Fatal(err)
		}
		return digest, sample
	}
	first, sample := head(1, "a", "b")
	if again, _ := head(1, "a", "b"); again != first || len(sample.Rows) != 2 || !sample.Complete || *sample.Rows[1][0] != "b" {
		t.Errorf("the digest of the same head differs, or sample %+v", sample)
	}
	seen := map[[32]byte]string{first: "first"}
	for name, other := range map[string]func() ([32]byte, askwire.Sample){
		"Value":      func() ([32]byte, askwire.Sample) { return head(1, "a", "c") },
		"Border":     func() ([32]byte, askwire.Sample) { return head(1, "ab", "") },
		"FewerRows":  func() ([32]byte, askwire.Sample) { return head(1, "a") },
		"GoesOn":     func() ([32]byte, askwire.Sample) { return head(1, "a", "b", "c") },
		"OtherTable": func() ([32]byte, askwire.Sample) { return head(2, "a", "b") },
	} {
		d, _ := other()
		if is, taken := seen[d]; taken {
			t.Errorf("%s has the digest of %s", name, is)
		}
		seen[d] = name
	}
}
