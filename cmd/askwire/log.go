package main

import (
	"context"
	"io"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/askwire/askwire/cmd/askwire/config"
)

// newLogger logs to w: JSON, or lines for people when format says so or w is a terminal. What is logged never holds a
// statement's literals: rooms log ids, digests, tables and numbers.
func newLogger(w io.Writer, l config.Log) *zap.Logger {
	level, err := zapcore.ParseLevel(l.Level)
	if err != nil {
		level = zapcore.InfoLevel
	}
	_, tty := terminal(w)
	console := l.Format == "console" || l.Format == "auto" && tty
	enc := zap.NewProductionEncoderConfig()
	enc.TimeKey, enc.EncodeTime = "time", zapcore.RFC3339TimeEncoder
	enc.EncodeDuration = zapcore.StringDurationEncoder
	encoder := zapcore.NewJSONEncoder(enc)
	if console {
		enc.EncodeLevel = zapcore.CapitalLevelEncoder
		encoder = zapcore.NewConsoleEncoder(enc)
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), level))
}

// slogOf lets rooms that take the standard library's logger write to zap.
func slogOf(l *zap.Logger) *slog.Logger { return slog.New(zapHandler{core: l.Core()}) }

type zapHandler struct {
	core   zapcore.Core
	prefix string
}

func zapLevel(l slog.Level) zapcore.Level {
	switch {
	case l >= slog.LevelError:
		return zapcore.ErrorLevel
	case l >= slog.LevelWarn:
		return zapcore.WarnLevel
	case l >= slog.LevelInfo:
		return zapcore.InfoLevel
	default:
		return zapcore.DebugLevel
	}
}

func (h zapHandler) Enabled(_ context.Context, l slog.Level) bool { return h.core.Enabled(zapLevel(l)) }

func (h zapHandler) Handle(_ context.Context, r slog.Record) error {
	e := zapcore.Entry{Level: zapLevel(r.Level), Time: r.Time, Message: r.Message}
	fields := make([]zapcore.Field, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		fields = h.append(fields, h.prefix, a)
		return true
	})
	return h.core.Write(e, fields)
}

func (h zapHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var fields []zapcore.Field
	for _, a := range attrs {
		fields = h.append(fields, h.prefix, a)
	}
	return zapHandler{core: h.core.With(fields), prefix: h.prefix}
}

func (h zapHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return zapHandler{core: h.core, prefix: h.prefix + name + "."}
}

func (h zapHandler) append(fields []zapcore.Field, prefix string, a slog.Attr) []zapcore.Field {
	v := a.Value.Resolve()
	key := prefix + a.Key
	switch v.Kind() {
	case slog.KindGroup:
		if a.Key != "" {
			key += "."
		}
		for _, g := range v.Group() {
			fields = h.append(fields, key, g)
		}
		return fields
	case slog.KindString:
		return append(fields, zap.String(key, v.String()))
	case slog.KindInt64:
		return append(fields, zap.Int64(key, v.Int64()))
	case slog.KindUint64:
		return append(fields, zap.Uint64(key, v.Uint64()))
	case slog.KindBool:
		return append(fields, zap.Bool(key, v.Bool()))
	case slog.KindFloat64:
		return append(fields, zap.Float64(key, v.Float64()))
	case slog.KindDuration:
		return append(fields, zap.Duration(key, v.Duration()))
	case slog.KindTime:
		return append(fields, zap.Time(key, v.Time()))
	default:
		return append(fields, zap.Any(key, v.Any()))
	}
}
