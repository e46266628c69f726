package wire

import (
	"github.com/askwire/askwire"
)

const maxAttributes = 64

// handshakeResponse is "Protocol::HandshakeResponse41", or what COM_CHANGE_USER says in its stead.
type handshakeResponse struct {
	caps       Capabilities
	maxPacket  uint32
	collation  uint16
	user       string
	response   []byte
	database   string
	plugin     string
	attributes map[string]string
	extended   uint32 // MariaDB's flags
	ssl        bool   // "Protocol::SSLRequest": the response follows over TLS
}

func malformedHandshake() error {
	return askwire.Errorf(askwire.BadPacket, "A malformed handshake response.").
		WithHint("Use a client that speaks the MySQL protocol 4.1 or later.")
}

// parseHandshakeResponse reads: 4 bytes capabilities, 4 bytes packet limit, 1 byte collation, 19 bytes filler, 4 bytes of
// MariaDB's flags or filler; there an SSLRequest ends. Then user\0, the authentication response with its length, database\0 with
// CLIENT_CONNECT_WITH_DB, plugin\0 with CLIENT_PLUGIN_AUTH, attributes with CLIENT_CONNECT_ATTRS. Flags that were not offered
// are ignored, so that they cannot change how the rest is read.
func parseHandshakeResponse(p []byte, offered Capabilities) (handshakeResponse, error) {
	r := reader{b: p}
	var h handshakeResponse
	h.caps = Capabilities(r.uint32())
	h.maxPacket = r.uint32()
	h.collation = uint16(r.byte())
	r.take(19)
	h.extended = r.uint32()
	if r.bad {
		return h, malformedHandshake()
	}
	if !h.caps.Has(CLIENT_PROTOCOL_41) {
		return h, askwire.Errorf(askwire.BadPacket, "The client speaks a protocol older than 4.1.").
			WithHint("Use a newer client.")
	}
	// Where the offer differs from the client's flags the client has written the packet by its own flags, so the layout
	// follows them; what the connection then speaks is the intersection.
	layout := h.caps
	h.caps &= offered
	if (offered | layout).Has(CLIENT_LONG_PASSWORD) { // one of the two does not know MariaDB's flags
		h.extended = 0
	}
	if len(r.b) == 0 {
		if !h.caps.Has(CLIENT_SSL) {
			return h, malformedHandshake()
		}
		h.ssl = true
		return h, nil
	}
	h.user = string(r.nulString())
	switch {
	case layout.Has(CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA):
		h.response = r.lenencString()
	case layout.Has(CLIENT_SECURE_CONNECTION):
		h.response = r.take(int(r.byte()))
	default:
		h.response = r.nulString()
	}
	if layout.Has(CLIENT_CONNECT_WITH_DB) && len(r.b) > 0 {
		h.database = string(r.nulString())
	}
	r.plugin(&h, layout)
	if r.bad {
		return h, malformedHandshake()
	}
	return h, nil
}

// plugin reads what ends both HandshakeResponse41 and COM_CHANGE_USER: the plugin's name and the attributes. Some clients
// leave the last zero byte off.
func (r *reader) plugin(h *handshakeResponse, layout Capabilities) {
	if layout.Has(CLIENT_PLUGIN_AUTH) && len(r.b) > 0 {
		rest := r.b
		name := r.nulString()
		if r.bad {
			name, r.b, r.bad = rest, nil, false
		}
		h.plugin = string(name)
	}
	if layout.Has(CLIENT_CONNECT_ATTRS) && len(r.b) > 0 {
		attributes := reader{b: r.lenencString()}
		h.attributes = map[string]string{}
		for len(attributes.b) > 0 && len(h.attributes) < maxAttributes {
			k := string(attributes.lenencString())
			h.attributes[k] = string(attributes.lenencString())
		}
		r.bad = r.bad || attributes.bad
	}
}

// parseChangeUser reads COM_CHANGE_USER after its command byte: user\0, 1 byte length and the response, database\0, 2 bytes
// collation, plugin\0, attributes.
func parseChangeUser(p []byte, caps Capabilities) (handshakeResponse, error) {
	r := reader{b: p}
	h := handshakeResponse{caps: caps, user: string(r.nulString())}
	h.response = r.take(int(r.byte()))
	h.database = string(r.nulString())
	if len(r.b) >= 2 {
		h.collation = r.uint16()
	}
	r.plugin(&h, caps)
	if r.bad {
		return h, malformedHandshake()
	}
	return h, nil
}
