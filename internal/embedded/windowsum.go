package main

import (
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"
	"github.com/shopspring/decimal"
)

// windowSum is SUM(…) OVER (…). The engine's own adds floats, and says 0 for a frame of NULLs.
type windowSum struct{ *aggregation.Sum }

var _ sql.WindowAdaptableExpression = windowSum{}

func (w windowSum) WithWindow(d *sql.WindowDefinition) sql.WindowAdaptableExpression {
	return windowSum{w.Sum.WithWindow(d).(*aggregation.Sum)}
}

func (w windowSum) WithId(id sql.ColumnId) sql.IdExpression { //nolint:revive // the engine's name
	return windowSum{w.Sum.WithId(id).(*aggregation.Sum)}
}

func (w windowSum) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	s, err := w.Sum.WithChildren(children...)
	if err != nil {
		return nil, err
	}
	return windowSum{s.(*aggregation.Sum)}, nil
}

func (w windowSum) NewWindowFunction() (sql.WindowFunction, error) {
	child, err := transform.Clone(w.Child)
	if err != nil {
		return nil, err
	}
	f := &windowSums{expr: child, exact: types.IsDecimal(child.Type())}
	if d := w.Window(); d != nil && d.Frame != nil {
		if f.framer, err = d.Frame.NewFramer(d); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// windowSums holds, for every row of a partition, the sum of what comes before it: a frame is the difference of two.
type windowSums struct {
	expr   sql.Expression
	exact  bool
	framer sql.WindowFramer

	start    int
	decimals []decimal.Decimal
	floats   []float64
	values   []int // rows that are not NULL
}

func (f *windowSums) Dispose() { expression.Dispose(f.expr) }

func (f *windowSums) DefaultFramer() sql.WindowFramer {
	if f.framer != nil {
		return f.framer
	}
	return aggregation.NewUnboundedPrecedingToCurrentRowFramer()
}

func (f *windowSums) StartPartition(ctx *sql.Context, in sql.WindowInterval, buf sql.WindowBuffer) error {
	f.Dispose()
	n := in.End - in.Start
	f.start, f.values = in.Start, make([]int, n+1)
	if f.exact {
		f.decimals = make([]decimal.Decimal, n+1)
	} else {
		f.floats = make([]float64, n+1)
	}
	for i := range n {
		v, err := f.expr.Eval(ctx, buf[in.Start+i])
		if err != nil {
			return err
		}
		f.values[i+1] = f.values[i]
		if f.exact {
			f.decimals[i+1] = f.decimals[i]
		} else {
			f.floats[i+1] = f.floats[i]
		}
		if v == nil {
			continue
		}
		f.values[i+1]++
		if d, ok := v.(decimal.Decimal); ok && f.exact {
			f.decimals[i+1] = f.decimals[i].Add(d)
			continue
		}
		x, _, err := types.Float64.Convert(ctx, v)
		if err != nil {
			return err
		}
		if f.exact {
			f.decimals[i+1] = f.decimals[i].Add(decimal.NewFromFloat(x.(float64)))
		} else {
			f.floats[i+1] += x.(float64)
		}
	}
	return nil
}

func (f *windowSums) Compute(_ *sql.Context, in sql.WindowInterval, _ sql.WindowBuffer) (any, error) {
	from, to := in.Start-f.start, in.End-f.start
	if to <= from || f.values[to] == f.values[from] {
		return nil, nil
	}
	if f.exact {
		return f.decimals[to].Sub(f.decimals[from]), nil
	}
	return f.floats[to] - f.floats[from], nil
}
