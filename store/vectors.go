package store

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"math"
)

// Vector returns what KeepVector was given under the key, or nil: losing one costs a call.
func (s *Store) Vector(ctx context.Context, key string) []float32 {
	if !s.health.ready() {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, planPatient)
	defer stop()
	var text string
	if err := s.db.QueryRowContext(ctx, "SELECT numbers FROM vectors WHERE id = ?", key).Scan(&text); err != nil {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b)%4 != 0 {
		return nil
	}
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}

// KeepVector keeps a vector for as long as history is kept.
func (s *Store) KeepVector(key string, v []float32) {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	s.changePlan("REPLACE INTO vectors (id, numbers, made_at) VALUES (?, ?, ?)", key, base64.StdEncoding.EncodeToString(b), s.opts.Clock().UTC())
}
