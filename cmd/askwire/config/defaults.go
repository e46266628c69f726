package config

import (
	"time"

	"github.com/askwire/askwire"
)

// The defaults are those that config.toml shows; TestRepositoryFile compares the two.

func defaults() Config {
	return Config{
		Log: Log{Level: "info", Format: "auto"},
		Proxy: Proxy{
			Listen: "127.0.0.1:4306", AdminListen: "127.0.0.1:4380", AskWord: "ask",
			MaxSessions: 10000, MaxSessionsPerUser: 1000, MaxSessionsPerAddress: 1000, MaxPacket: 64 << 20,
			DrainTimeout: dur(30 * time.Second),
		},
		Catalog: Catalog{Dir: "catalog.d"},
		Store:   Store{Audit: "required", AuditPlain: "denied", Retain: dur(90 * 24 * time.Hour), SpoolDir: "spool", SpoolLimit: 1 << 30},
	}
}

func defaultBackend() Backend { return Backend{Pool: 64, Refresh: dur(time.Minute)} }

func defaultModel() Model {
	return Model{
		Provider: "openai", BaseURL: "", Timeout: dur(30 * time.Second), MaxTokensField: "auto",
		Temperature: Temperature{Auto: true}, CallsPerMinute: 60, PromptTokens: 16000,
	}
}

// DefaultProfile is a profile as the file would make it from an empty [[profile]].
func DefaultProfile() askwire.Profile {
	return askwire.Profile{
		Joins: "any", PlainSQL: "guarded", LLMData: "aggregates", Summary: "first", SummaryWait: dur(10 * time.Second),
		Language: "question", OnAmbiguous: "answer", AnswerChars: 500,
		Limits: askwire.Limits{Rows: 10000, Bytes: 64 << 20, Time: dur(30 * time.Second), ScanRows: 50_000_000,
			QuestionsPerDay: 500, TokensPerDay: 1_000_000},
	}
}

func defaultUser() askwire.User { return askwire.User{Errors: "own"} }

func dur(d time.Duration) askwire.Duration { return askwire.Duration{Duration: d} }
