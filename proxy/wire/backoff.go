package wire

import (
	"context"
	"hash/maphash"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Failed logins slow down the next ones for the same user and from the same address. The delay comes before the proof is
// looked at, so that it is the same for right and wrong passwords, and it depends on the name as it was sent, so that it is
// the same for users that exist and users that do not. It is short: whoever guesses for somebody else's name makes that
// person wait, never lock out.
const (
	freeUserFailures    = 3  // failures that cost nothing: typing errors
	freeAddressFailures = 10 // an address may be a whole office's
	firstDelay          = 100 * time.Millisecond
	longestUserDelay    = 2 * time.Second
	longestAddressDelay = time.Second
	failuresHalve       = 30 * time.Second
	backOffBuckets      = 2048 // of four: 256 KB, whatever strangers send
)

// backOff counts failures per key, in a table of fixed size: a new key takes the place of the one in its bucket that has
// failed the longest ago.
type backOff struct {
	mu    sync.Mutex
	seed  maphash.Seed
	slots *[backOffBuckets][4]failures // nil until the first failure
}

type failures struct {
	tag   uint64
	at    int64 // ns
	count int32
}

// left is the count with its age taken into account.
func (f *failures) left(now time.Time) int {
	halves := (now.UnixNano() - f.at) / int64(failuresHalve)
	if halves < 0 {
		halves = 0
	}
	return int(f.count >> min(halves, 31))
}

func (b *backOff) bucket(key string) (tag uint64, slots *[4]failures) {
	tag = maphash.String(b.seed, key)
	return tag, &b.slots[tag%backOffBuckets]
}

// count is how many failures of the key still matter.
func (b *backOff) count(now time.Time, key string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.slots == nil {
		return 0
	}
	tag, slots := b.bucket(key)
	for i := range slots {
		if slots[i].tag == tag {
			return slots[i].left(now)
		}
	}
	return 0
}

func (b *backOff) fail(now time.Time, key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.slots == nil {
		b.slots, b.seed = new([backOffBuckets][4]failures), maphash.MakeSeed()
	}
	tag, slots := b.bucket(key)
	oldest := &slots[0]
	for i := range slots {
		f := &slots[i]
		if f.tag == tag {
			*f = failures{tag, now.UnixNano(), int32(min(f.left(now)+1, 1000))}
			return
		}
		if f.at < oldest.at {
			oldest = f
		}
	}
	*oldest = failures{tag, now.UnixNano(), 1}
}

func (b *backOff) forget(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.slots == nil {
		return
	}
	tag, slots := b.bucket(key)
	for i := range slots {
		if slots[i].tag == tag {
			slots[i] = failures{}
		}
	}
}

// delayAfter is 0 for the free failures, then doubles.
func delayAfter(n, free int, longest time.Duration) time.Duration {
	if n <= free {
		return 0
	}
	return min(firstDelay<<min(n-free-1, 10), longest)
}

// loginDelay is how long a login as the user from the address has to wait.
func (h *Handshaker) loginDelay(user, address string) time.Duration {
	now := h.now()
	d := delayAfter(h.failed.count(now, "u"+user), freeUserFailures, longestUserDelay)
	if address != "" {
		d = max(d, delayAfter(h.failed.count(now, "a"+address), freeAddressFailures, longestAddressDelay))
	}
	return d
}

// loginEnded remembers how it went. A success forgets the user's failures; the address may be that of others as well.
func (h *Handshaker) loginEnded(user, address string, ok bool) {
	if ok {
		h.failed.forget("u" + user)
		return
	}
	now := h.now()
	h.failed.fail(now, "u"+user)
	if address != "" {
		h.failed.fail(now, "a"+address)
	}
}

// addressKey is what failures of an address are counted under: an IPv4 address, the first 64 bits of an IPv6 one, nothing for
// unix sockets.
func addressKey(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return ""
	}
	ip := tcp.AddrPort().Addr().Unmap()
	if ip.Is6() {
		return netip.PrefixFrom(ip.WithZone(""), 64).Masked().String()
	}
	return ip.String()
}

// pause waits.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
