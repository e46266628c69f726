package proxy

import (
	"strconv"
	"time"
)

// location is the session's time zone for relative dates; UTC where its name is not known here.
func (s *session) location() *time.Location {
	z := s.zone()
	if z == "SYSTEM" || z == "" {
		z = s.server().TimeZone
	}
	if s.place == nil || s.placeName != z {
		s.place, s.placeName = locationOf(z), z
	}
	return s.place
}

func locationOf(z string) *time.Location {
	if len(z) == 6 && (z[0] == '+' || z[0] == '-') && z[3] == ':' {
		h, err1 := strconv.Atoi(z[1:3])
		m, err2 := strconv.Atoi(z[4:])
		if err1 == nil && err2 == nil {
			d := h*3600 + m*60
			if z[0] == '-' {
				d = -d
			}
			return time.FixedZone(z, d)
		}
	}
	if z != "" && z != "SYSTEM" {
		if l, err := time.LoadLocation(z); err == nil {
			return l
		}
	}
	return time.UTC
}
