package main

import "testing"

func TestCollectAt(t *testing.T) {
	for _, tt := range []struct {
		live uint64
		want int
	}{{0, 400}, {6 << 20, 400}, {8 << 20, 400}, {16 << 20, 200}, {25 << 20, 120}, {32 << 20, 100}, {8 << 30, 100}} {
		if got := collectAt(tt.live); got != tt.want {
			t.Errorf("%d bytes alive: %d %%, want %d", tt.live, got, tt.want)
		}
	}
}
