package proxy

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/askwire/askwire"
)

// askVars are SET askwire.…; zero values mean the profile's.
type askVars struct {
	summary, model, language string
	limit                    int64
	timeout                  time.Duration
	noExecute                bool
	onAmbiguous              string
	candidates               int
	conversation             string // of ASK MORE: id of the question that it follows up on
}

// assignAsk carries out SET askwire.name = value.
func (s *session) assignAsk(name string, def bool, v askwire.Value) error {
	a := &s.vars.ask
	if name == "profile" {
		if def {
			v.Text = ""
		}
		return s.chooseProfile(v.Text)
	}
	if def {
		v = askwire.Value{}
		switch name {
		case "summary":
			a.summary = ""
		case "model":
			a.model = ""
		case "language":
			a.language = ""
		case "limit":
			a.limit = 0
		case "timeout":
			a.timeout = 0
		case "execute":
			a.noExecute = false
		case "on_ambiguous":
			a.onAmbiguous = ""
		case "candidates":
			a.candidates = 0
		case "conversation":
		default:
			return unknownOption(name)
		}
		return nil
	}
	return s.askOption(a, name, v.Text)
}

func unknownOption(name string) error {
	return askwire.Errorf(askwire.UnknownVariable, "Unknown system variable 'askwire.%.64s'.", strings.ToValidUTF8(name, "?")).
		WithHint("The settings are end_user, profile, model, summary, limit, timeout, language, execute, on_ambiguous and candidates.")
}

// askOption reads one setting, of SET askwire.… or of USING.
func (s *session) askOption(a *askVars, name, text string) error {
	wrong := func(hint string, args ...any) error {
		return askwire.Errorf(askwire.WrongValue, "The option %s can't be set to '%.64s'.", name, strings.ToValidUTF8(text, "?")).WithHint(hint, args...)
	}
	low := strings.ToLower(text)
	switch name {
	case "summary":
		if !slices.Contains([]string{"first", "all", "last", "off"}, low) {
			return wrong("Use first, all, last or off.")
		}
		a.summary = low
	case "model":
		if !slices.Contains(s.b.Profile.Models, text) {
			return wrong("The profile's models are: %s.", strings.Join(s.b.Profile.Models, ", "))
		}
		a.model = text
	case "language":
		if err := CheckLanguage(low); err != nil {
			return err
		}
		a.language = low
	case "limit":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			return wrong("Use a number of rows from 1 on.")
		}
		a.limit = n
	case "timeout":
		d, err := time.ParseDuration(low)
		if err != nil {
			f, ferr := strconv.ParseFloat(low, 64)
			d, err = time.Duration(f*float64(time.Second)), ferr
		}
		if err != nil || d <= 0 || d > 24*time.Hour {
			return wrong("Use seconds, or a duration such as '30s'.")
		}
		a.timeout = d
	case "execute":
		switch low {
		case "on", "1", "true":
			a.noExecute = false
		case "off", "0", "false":
			a.noExecute = true
		default:
			return wrong("Use on or off.")
		}
	case "on_ambiguous":
		if low != "answer" && low != "ask" {
			return wrong("Use answer or ask.")
		}
		a.onAmbiguous = low
	case "candidates":
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 5 {
			return wrong("Use a number from 1 to 5: each costs a call of the model.")
		}
		a.candidates = n
	case "conversation":
		if low != "off" && low != "0" && low != "false" {
			return askwire.Errorf(askwire.NotSupported, "A question follows up on another only when it says so.").
				WithHint("Write ASK MORE '…', with USING conversation = 'id' where a session cannot be relied on.")
		}
	default:
		return unknownOption(name)
	}
	return nil
}
