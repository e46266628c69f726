package main

import (
	"errors"
	"reflect"

	"go.uber.org/zap"

	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/cmd/askwire/config"
	"github.com/askwire/askwire/guard"
)

// onReload reads the configuration again. All of it must be good, or nothing changes.
func (s *server) onReload(p *parts) {
	cfg, problems := s.reload()
	if cfg == nil {
		p.log.Error("reload: the configuration is bad; the old one stays", zap.Strings("problems", lines(problems)))
		return
	}
	notes, noteProblems := s.annotations(cfg)
	if noteProblems.Fatal() {
		p.log.Error("reload: the annotations are bad; the old configuration stays", zap.Strings("problems", lines(noteProblems)))
		return
	}
	if err := p.apply(s.config, cfg, notes); err != nil {
		p.log.Error("reload: the configuration is bad; the old one stays", zap.Error(err))
		return
	}
	for _, w := range append(problems, noteProblems...) {
		p.log.Warn("reload", zap.Stringer("problem", w))
	}
	s.config = cfg
	p.log.Info("reloaded; open sessions follow at their next statement", zap.Int("users", len(cfg.Users)), zap.Int("profiles", len(cfg.Profiles)))
}

func lines(ps config.Problems) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.String())
	}
	return out
}

// apply puts a configuration in force. Everything that can fail is done before anything changes.
func (p *parts) apply(old, cfg *config.Config, notes []catalog.Annotations) error {
	if needs := needRestart(old, cfg); len(needs) > 0 {
		return errors.New("it changes " + join(needs) + ", which needs a restart")
	}
	next, err := newState(cfg)
	if err != nil {
		return err
	}
	users, err := next.credentials()
	if err != nil {
		return err
	}
	saved, problems := catalog.Questions(notes)
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	// A profile is compared with the catalog as it is now. One that does not fit would shut its users out.
	for i := range cfg.Profiles {
		prof := &cfg.Profiles[i]
		if snap := p.directory.catalogs[prof.Backend].Snapshot(); snap != nil {
			if _, problems := guard.Compile(prof, snap); len(problems) > 0 {
				return errors.Join(problems...)
			}
		}
	}
	if err := p.asker.Reload(saved); err != nil {
		return err
	}
	// From here on nothing fails. The state goes before the generation, so that a session that sees the new generation binds to
	// the new state; users go last, so that nobody logs in who is not there yet.
	p.directory.state.Store(next)
	p.directory.generation.Add(1)
	p.notes.setFiles(cfg.Backends, notes)
	p.proxy.Set(settings(cfg))
	p.doors[0].handshaker.SetUsers(users)
	return nil
}

// needRestart lists what a reload cannot change.
func needRestart(old, cfg *config.Config) []string {
	var out []string
	differ := func(name string, a, b any) {
		if !reflect.DeepEqual(a, b) {
			out = append(out, name)
		}
	}
	differ("[log]", old.Log, cfg.Log)
	differ("proxy.listen", old.Proxy.Listen, cfg.Proxy.Listen)
	differ("proxy.admin_listen", old.Proxy.AdminListen, cfg.Proxy.AdminListen)
	differ("proxy.announce", old.Proxy.Announce, cfg.Proxy.Announce)
	differ("proxy.ask_word", old.Proxy.AskWord, cfg.Proxy.AskWord)
	differ("proxy.tls_cert", old.Proxy.TLSCert, cfg.Proxy.TLSCert)
	differ("proxy.tls_key", old.Proxy.TLSKey, cfg.Proxy.TLSKey)
	differ("proxy.require_tls", old.Proxy.RequireTLS, cfg.Proxy.RequireTLS)
	differ("proxy.mask_key", old.Proxy.MaskKey, cfg.Proxy.MaskKey)
	differ("[[listener]]", old.Listen, cfg.Listen)
	differ("[[backend]]", old.Backends, cfg.Backends)
	differ("[store]", old.Store, cfg.Store)
	differ("[[model]]", old.Models, cfg.Models)
	return out
}

func join(words []string) string {
	out := ""
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			out += " and "
		default:
			out += ", "
		}
		out += w
	}
	return out
}
