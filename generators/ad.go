package generators

import (
	"fmt"
	"math"
)

// industries, what they sell, and what one purchase is worth in KRW.
var industries = []struct {
	code    string
	goods   []named
	revenue float64
}{
	{"FASHION", []named{{"봄 신상 자켓", "New Jackets"}, {"데님 기획전", "Denim Week"}, {"겨울 코트", "Winter Coats"}}, 62000},
	{"FOOD", []named{{"제철 과일", "Fresh Fruit"}, {"밀키트", "Meal Kits"}, {"수제 디저트", "Handmade Desserts"}}, 34000},
	{"GAME", []named{{"신작 RPG", "New RPG"}, {"퍼즐 게임", "Puzzle Game"}, {"시즌 패스", "Season Pass"}}, 28000},
	{"FINANCE", []named{{"청년 적금", "Youth Savings"}, {"신용카드", "Credit Card"}, {"자동차 보험", "Car Insurance"}}, 90000},
	{"TRAVEL", []named{{"제주 항공권", "Jeju Flights"}, {"호텔 특가", "Hotel Deals"}, {"동남아 패키지", "Asia Packages"}}, 140000},
	{"BEAUTY", []named{{"수분 세럼", "Hydra Serum"}, {"선케어", "Sun Care"}, {"립 컬렉션", "Lip Collection"}}, 41000},
	{"EDUCATION", []named{{"영어 회화", "English Speaking"}, {"코딩 캠프", "Coding Camp"}, {"자격증 강의", "Certificate Course"}}, 79000},
	{"ELECTRONICS", []named{{"무선 이어폰", "Wireless Earbuds"}, {"공기청정기", "Air Purifier"}, {"노트북 행사", "Laptop Sale"}}, 120000},
}

// channels: click-through rate, conversion rate and price of a click in KRW.
var channels = []struct {
	code          string
	ctr, cvr, cpc float64
	formats       []string
	weight        float64
}{
	{"SEARCH", .034, .015, 520, []string{"TEXT"}, 30},
	{"DISPLAY", .005, .004, 240, []string{"IMAGE", "IMAGE", "TEXT"}, 22},
	{"VIDEO", .009, .005, 290, []string{"VIDEO"}, 20},
	{"SOCIAL", .013, .011, 340, []string{"IMAGE", "VIDEO"}, 28},
}

var adSlogans = []named{
	{"%s, 오늘만 특가", "%s: Today Only"}, {"지금 만나는 %s", "Meet %s Now"}, {"%s 최대 30%% 할인", "Up to 30%% off %s"},
	{"모두가 고른 %s", "%s Everyone Picks"}, {"처음이라면 %s", "Start with %s"},
}

type adCreative struct {
	id         int
	campaign   *adCampaign
	bid        float64
	ctr, cvr   float64
	share      float64 // of the campaign's daily budget
	industry   int
	mobileness float64
}

type adCampaign struct {
	channel    int
	budget     int
	start, end day
}

func generateAd(s *source) {
	advertisers := putAdvertisers(s)
	creatives := putCampaigns(s, advertisers)
	id := 0
	walkStats(s, creatives, func(c *adCreative, at day, impressions, clicks int, cost int, got []adConversion) bool {
		id++
		return s.put("daily_stats", id, c.id, at, impressions, clicks, len(got), cost)
	})
	id = 0
	walkStats(s, creatives, func(c *adCreative, at day, _, _, _ int, got []adConversion) bool {
		for _, v := range got {
			id++
			s.put("conversions", id, c.id, at.at(v.second), v.kind, v.device, v.revenue)
		}
		return s.err == nil
	})
}

// putAdvertisers returns the industry of each.
func putAdvertisers(s *source) []int {
	d := s.random("advertisers")
	n := s.count(40, 14)
	prefixes := []string{"푸른", "하늘", "별빛", "바른", "온누리", "새벽", "다솜", "아라", "해솔", "느루"}
	suffixes := map[string]string{"FASHION": "패션", "FOOD": "푸드", "GAME": "게임즈", "FINANCE": "금융", "TRAVEL": "여행",
		"BEAUTY": "뷰티", "EDUCATION": "교육", "ELECTRONICS": "전자"}
	out := make([]int, n)
	for i := range out {
		out[i] = i % len(industries)
		code := industries[out[i]].code
		name := prefixes[(i+i/len(prefixes)*3)%len(prefixes)] + suffixes[code]
		if d.chance(.2) {
			name = d.fake.Company()
		}
		p := newPerson(d, i+1, "ads.example.com")
		s.put("advertisers", i+1, name, code, city(d).ko, p.name, p.email, s.today-day(d.between(420, 2000)))
	}
	return out
}

// putCampaigns writes campaigns, ad groups and creatives, and returns the creatives.
func putCampaigns(s *source, advertisers []int) []*adCreative {
	type group struct {
		id, campaign int
		industry     int
		goods        named
		*adCampaign
	}
	d := s.random("campaigns")
	first := s.today.monthStart(-13)
	weights := weigh(channels[0].weight, channels[1].weight, channels[2].weight, channels[3].weight)
	var groups []group
	var rows [][]any // of ad_groups
	for i := range s.count(120, 24) {
		advertiser := d.IntN(len(advertisers))
		industry := advertisers[advertiser]
		goods := pick(d, industries[industry].goods)
		c := &adCampaign{channel: weights.index(d), budget: roundTo(60000*math.Exp(d.normal(0, .5)), 5000)}
		c.start = first + day(float64(s.today-2-first)*math.Pow(d.Float64(), .75))
		c.end = c.start + day(d.between(20, 110))
		status := "ACTIVE"
		if c.end < s.today {
			status = "ENDED"
		}
		objective := []string{"AWARENESS", "TRAFFIC", "SALES"}[weigh(2, 3, 5).index(d)]
		name := c.start.time().Format("06.01") + " " + goods.ko + " " + channelName(c.channel)
		s.put("campaigns", i+1, advertiser+1, name, channels[c.channel].code, objective, status, c.budget, c.start, c.end)
		for range 1 + d.IntN(2) {
			band, gender := pick(d, []string{"10s", "20s", "30s", "40s", "50s"}), pick(d, []string{"F", "M", "A", "A"})
			bid := roundTo(channels[c.channel].cpc*(.75+.6*d.Float64()), 10)
			groups = append(groups, group{len(groups) + 1, i + 1, industry, goods, c})
			rows = append(rows, []any{len(groups), i + 1, goods.ko + " " + band + " " + gender, band, gender, bid})
		}
	}
	for _, r := range rows {
		s.put("ad_groups", r...)
	}
	var out []*adCreative
	for gi, g := range groups {
		n := 1 + d.IntN(2)
		for range n {
			slogan := pick(d, adSlogans)
			language, text, what := "ko", slogan.ko, g.goods.ko
			if d.chance(.2) {
				language, text, what = "en", slogan.en, g.goods.en
			}
			ch := channels[g.channel]
			c := &adCreative{id: len(out) + 1, campaign: g.adCampaign, bid: float64(rows[gi][5].(int)), industry: g.industry}
			quality := math.Exp(d.normal(0, .3))
			c.ctr, c.cvr = ch.ctr*quality, ch.cvr*math.Exp(d.normal(0, .3))*math.Sqrt(quality)
			c.share, c.mobileness = 1/float64(n*groupsOf(groups, gi, func(x group) int { return x.campaign })), .55+.3*d.Float64()
			out = append(out, c)
			s.put("creatives", c.id, g.id, fmt.Sprintf(text, what), language, pick(d, ch.formats), g.start-day(d.between(1, 10)))
		}
	}
	return out
}

// groupsOf counts the members of list that have the key of list[i].
func groupsOf[T any](list []T, i int, key func(T) int) int {
	n := 0
	for j := max(0, i-2); j < min(len(list), i+3); j++ { // a campaign has two groups at most, side by side
		if key(list[j]) == key(list[i]) {
			n++
		}
	}
	return n
}

func channelName(i int) string { return []string{"검색", "배너", "동영상", "소셜"}[i] }

type adConversion struct {
	second, revenue int
	kind, device    string
}

// walkStats throws every creative's days until yesterday, always the same: what is spent buys clicks, clicks convert.
func walkStats(s *source, creatives []*adCreative, visit func(c *adCreative, at day, impressions, clicks, cost int, got []adConversion) bool) {
	d := s.random("stats")
	var got []adConversion
	for _, c := range creatives {
		for at := c.campaign.start; at <= min(c.campaign.end, s.today-1); at++ {
			budget := float64(c.campaign.budget) * c.share
			use := min(.98, d.normal(.78, .1)) * [...]float64{.85, 1, 1, 1, 1, .97, .88}[at.weekday()]
			if ramp := at - c.campaign.start; ramp < 5 {
				use *= .5 + .1*float64(ramp)
			}
			price := c.bid * (.72 + .26*d.Float64()) // the auction asks less than the bid
			clicks := int(budget * use / price)
			cost := int(float64(clicks) * price)
			impressions := max(clicks, int(float64(clicks)/c.ctr*(.85+.3*d.Float64()))+d.IntN(40))
			conversions := min(clicks, d.poisson(float64(clicks)*c.cvr))
			got = got[:0]
			for range conversions {
				got = append(got, convert(d, c))
			}
			if !visit(c, at, impressions, clicks, cost, got) {
				return
			}
		}
	}
}

func convert(d dice, c *adCreative) adConversion {
	v := adConversion{second: secondOfDay(d), kind: "PURCHASE", device: "PC"}
	industry := industries[c.industry]
	switch x := d.Float64(); {
	case industry.code == "GAME" && x < .5:
		v.kind = "INSTALL"
	case x < .3:
		v.kind = "SIGNUP"
	default:
		v.revenue = max(1000, roundTo(industry.revenue*math.Exp(d.normal(-.1, .45)), 100))
	}
	if d.chance(c.mobileness) {
		v.device = "MOBILE"
	} else if d.chance(.15) {
		v.device = "TABLET"
	}
	return v
}
