package generators

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/brianvoe/gofakeit/v7"
)

// source is the state of one domain's generator: where the rows go, and what decides them.
type source struct {
	domain string
	seed   uint64
	scale  float64
	today  day
	emit   func(table string, row []any) error
	err    error // the first error of emit; put does nothing after it
	row    []any // reused by put
}

func newSource(o Options, domain string, emit func(string, []any) error) *source {
	return &source{domain: domain, seed: o.Seed, scale: o.Scale, today: dayOf(o.Today), emit: emit}
}

// put hands a row on and reports whether more are wanted.
func (s *source) put(table string, values ...any) bool {
	if s.err != nil {
		return false
	}
	s.row = s.row[:0]
	for _, v := range values {
		switch v := v.(type) {
		case int:
			s.row = append(s.row, int64(v))
		case day:
			s.row = append(s.row, v.String())
		default:
			s.row = append(s.row, v)
		}
	}
	s.err = s.emit(table, s.row)
	return s.err == nil
}

// random returns the stream of random numbers of that name: always the same for a seed, whatever was drawn from others.
// A walk that starts from a fresh stream can so be repeated, which spares keeping its rows in memory.
func (s *source) random(name string) dice {
	h := fnv.New64a()
	h.Write([]byte(s.domain + "/" + name))
	src := rand.NewPCG(s.seed, h.Sum64())
	return dice{rand.New(src), gofakeit.NewFaker(src, false)}
}

// count scales a number of rows.
func (s *source) count(n float64, least int) int {
	return max(least, int(math.Round(n*s.scale)))
}

// dice throws numbers; fake makes English text from the same stream.
type dice struct {
	*rand.Rand
	fake *gofakeit.Faker
}

// between returns a whole number in [low, high].
func (d dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// chance is true with probability p.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// normal returns a normally distributed number, at most three deviations away.
func (d dice) normal(mean, deviation float64) float64 {
	return mean + deviation*max(-3, min(3, d.NormFloat64()))
}

// poisson returns how often something happens that happens mean times on average.
func (d dice) poisson(mean float64) int {
	if mean <= 0 {
		return 0
	}
	if mean > 40 {
		return max(0, int(math.Round(d.normal(mean, math.Sqrt(mean)))))
	}
	limit, n, p := math.Exp(-mean), 0, d.Float64()
	for p > limit {
		n++
		p *= d.Float64()
	}
	return n
}

// pick returns one of the choices.
func pick[T any](d dice, choices []T) T { return choices[d.IntN(len(choices))] }

// weighted picks by weight.
type weighted struct {
	sums []float64
}

func weigh(weights ...float64) weighted {
	w := weighted{make([]float64, len(weights))}
	sum := 0.0
	for i, x := range weights {
		sum += x
		w.sums[i] = sum
	}
	return w
}

// index returns a position, each as likely as its weight.
func (w weighted) index(d dice) int {
	x := d.Float64() * w.sums[len(w.sums)-1]
	low, high := 0, len(w.sums)-1
	for low < high {
		if mid := (low + high) / 2; w.sums[mid] > x {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}

// day counts days since 1970-01-01.
type day int

func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return date(y, m, d)
}

func date(y int, m time.Month, d int) day {
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (d day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String is "2006-01-02".
func (d day) String() string { return d.time().Format(time.DateOnly) }

// at is the moment so many seconds into the day, as "2006-01-02 15:04:05".
func (d day) at(second int) string {
	return time.Unix(int64(d)*86400+int64(second), 0).UTC().Format(time.DateTime)
}

func (d day) weekday() time.Weekday { return time.Weekday((int(d) + 4) % 7) }

func (d day) weekend() bool { return d.weekday() == time.Saturday || d.weekday() == time.Sunday }

// monthStart is the first day of the month that lies n months after d's.
func (d day) monthStart(n int) day {
	y, m, _ := d.time().Date()
	return date(y, m+time.Month(n), 1)
}

// tenths prints a number with one decimal.
func tenths(x float64) string { return strconv.FormatFloat(math.Round(x*10)/10, 'f', 1, 64) }

// hundreds rounds an amount to a multiple of unit.
func roundTo(x float64, unit int) int { return int(math.Round(x/float64(unit))) * unit }

// secondOfDay throws a time of day: few at night, many at noon and in the evening.
func secondOfDay(d dice) int { return hourWeights.index(d)*3600 + d.IntN(3600) }

var hourWeights = weigh(3, 2, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 7, 6, 6, 6, 6, 7, 8, 9, 10, 9, 6)
