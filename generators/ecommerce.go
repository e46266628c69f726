package generators

import (
	"fmt"
	"math"
	"sort"
)

// season says in which months a product sells best.
type season int

const (
	allYear season = iota
	summer
	winter
)

func (s season) factor(month int) float64 {
	switch s {
	case summer:
		return [...]float64{.3, .3, .5, .7, 1.2, 2.2, 2.8, 2.4, 1, .6, .4, .3}[month-1]
	case winter:
		return [...]float64{2.2, 1.8, 1.1, .7, .4, .3, .3, .3, .6, 1.3, 1.9, 2.4}[month-1]
	}
	return 1
}

// categories: the first four are parents; parent is a position from 1.
var shopCategories = []struct {
	named
	parent int
}{
	{named{"가전", "Electronics"}, 0}, {named{"패션", "Fashion"}, 0}, {named{"식품", "Food"}, 0}, {named{"생활", "Living"}, 0},
	{named{"생활가전", "Home appliances"}, 1}, {named{"주방가전", "Kitchen appliances"}, 1}, {named{"디지털", "Digital"}, 1},
	{named{"의류", "Clothing"}, 2}, {named{"신발", "Shoes"}, 2}, {named{"가방", "Bags"}, 2},
	{named{"신선식품", "Fresh food"}, 3}, {named{"간식", "Snacks"}, 3}, {named{"음료", "Beverages"}, 3},
	{named{"주방용품", "Kitchenware"}, 4}, {named{"침구", "Bedding"}, 4}, {named{"화장품", "Beauty"}, 4},
}

// productTypes: the first ten have manuals, in the order of manuals.go. Price in KRW; weight is how often it is bought.
var productTypes = []struct {
	named
	category int
	price    float64
	season   season
	weight   float64
	many     bool // often bought by the dozen
}{
	{named{"공기청정기", "Air Purifier"}, 5, 289000, winter, 2, false},
	{named{"로봇청소기", "Robot Vacuum"}, 5, 459000, allYear, 2, false},
	{named{"가습기", "Humidifier"}, 5, 79000, winter, 3, false},
	{named{"에어컨", "Air Conditioner"}, 5, 890000, summer, 1.2, false},
	{named{"드럼세탁기", "Front-Load Washer"}, 5, 790000, allYear, .8, false},
	{named{"커피머신", "Coffee Machine"}, 6, 219000, allYear, 2, false},
	{named{"전기밥솥", "Rice Cooker"}, 6, 189000, allYear, 2, false},
	{named{"식기세척기", "Dishwasher"}, 6, 640000, allYear, .8, false},
	{named{"노트북", "Laptop"}, 7, 1190000, allYear, 1, false},
	{named{"무선이어폰", "Wireless Earbuds"}, 7, 129000, allYear, 4, false},
	{named{"선풍기", "Electric Fan"}, 5, 59000, summer, 4, false},
	{named{"전기히터", "Electric Heater"}, 5, 69000, winter, 3, false},
	{named{"믹서기", "Blender"}, 6, 69000, summer, 2, false},
	{named{"스마트워치", "Smartwatch"}, 7, 249000, allYear, 2, false},
	{named{"보조배터리", "Power Bank"}, 7, 32000, allYear, 4, false},
	{named{"반팔 티셔츠", "T-Shirt"}, 8, 19900, summer, 9, true},
	{named{"패딩 점퍼", "Padded Jacket"}, 8, 139000, winter, 5, false},
	{named{"청바지", "Jeans"}, 8, 49000, allYear, 6, false},
	{named{"운동화", "Sneakers"}, 9, 89000, allYear, 6, false},
	{named{"샌들", "Sandals"}, 9, 39000, summer, 5, false},
	{named{"부츠", "Boots"}, 9, 99000, winter, 3, false},
	{named{"백팩", "Backpack"}, 10, 69000, allYear, 4, false},
	{named{"에코백", "Tote Bag"}, 10, 18000, allYear, 4, false},
	{named{"한우 등심", "Beef Sirloin"}, 11, 54000, allYear, 5, true},
	{named{"제주 감귤", "Jeju Tangerines"}, 11, 19900, winter, 9, true},
	{named{"수박", "Watermelon"}, 11, 22000, summer, 8, false},
	{named{"초콜릿 선물세트", "Chocolate Gift Box"}, 12, 25000, winter, 6, true},
	{named{"견과 믹스", "Mixed Nuts"}, 12, 15900, allYear, 8, true},
	{named{"원두커피", "Coffee Beans"}, 13, 17500, allYear, 9, true},
	{named{"탄산수", "Sparkling Water"}, 13, 12900, summer, 10, true},
	{named{"녹차", "Green Tea"}, 13, 9900, allYear, 6, true},
	{named{"프라이팬", "Frying Pan"}, 14, 34000, allYear, 5, false},
	{named{"텀블러", "Tumbler"}, 14, 24000, allYear, 6, true},
	{named{"극세사 이불", "Microfiber Duvet"}, 15, 64000, winter, 4, false},
	{named{"여름 냉감 패드", "Cooling Pad"}, 15, 42000, summer, 4, false},
	{named{"선크림", "Sunscreen"}, 16, 18900, summer, 8, true},
	{named{"수분크림", "Moisturizer"}, 16, 28000, winter, 8, true},
}

var brands = []named{
	{"한빛", "Hanbit"}, {"누리", "Nuri"}, {"다온", "Daon"}, {"가람", "Garam"}, {"미르", "Mir"}, {"새봄", "Saebom"}, {"온새", "Onsae"},
}

type shopCustomer struct {
	person
	city    named
	born    day
	joined  day
	eager   float64 // how often the customer buys, 0 to 1
	spent   int
	seconds int
}

type shopProduct struct {
	kind     int // position in productTypes
	price    int
	released day
	weight   float64
}

type shopOrder struct {
	id, customer         int
	day                  day
	second               int
	status, channel, pay string
	city                 named
	amount               int
	deliveredAt          any
}

type shopItem struct{ product, quantity, price, discount, amount int }

type shop struct {
	*source
	first     day // of the orders
	customers []shopCustomer
	products  []shopProduct
	joinedBy  []int // number of customers who signed up before first+i
	monthly   [13]weighted
}

func generateEcommerce(s *source) {
	g := &shop{source: s, first: s.today.monthStart(-24)}
	g.makeProducts()
	g.makeCustomers()
	g.walk(func(o *shopOrder, _ []shopItem) bool {
		if sold(o.status) {
			g.customers[o.customer-1].spent += o.amount
		}
		return true
	})

	for i, c := range shopCategories {
		var parent any
		if c.parent > 0 {
			parent = int64(c.parent)
		}
		s.put("categories", i+1, parent, c.ko, c.en)
	}
	d := s.random("customer details")
	for i, c := range g.customers {
		s.put("customers", i+1, c.name, c.email, phone(d), c.gender, c.born, c.city.ko, shopGrade(c.spent), c.joined.at(c.seconds))
	}
	g.putProducts()
	g.walk(func(o *shopOrder, _ []shopItem) bool {
		return s.put("orders", o.id, o.customer, o.day.at(o.second), o.status, o.channel, o.pay, o.city.ko, o.city.en, o.amount, o.deliveredAt)
	})
	id := 0
	g.walk(func(o *shopOrder, items []shopItem) bool {
		for _, it := range items {
			id++
			rate := fmt.Sprintf("0.%02d", it.discount)
			s.put("order_items", id, o.id, it.product, it.quantity, it.price, rate, it.amount)
		}
		return s.err == nil
	})
	for _, c := range manualChunks() {
		s.put("manual_chunks", c.id, c.product, c.language, c.topic, c.title, c.content)
	}
}

// sold reports whether an order counts as revenue.
func sold(status string) bool { return status != "CANCELLED" && status != "REFUNDED" }

func shopGrade(spent int) string {
	switch {
	case spent >= 2_500_000:
		return "VIP"
	case spent >= 1_000_000:
		return "GOLD"
	case spent >= 300_000:
		return "SILVER"
	}
	return "BRONZE"
}

func (g *shop) makeProducts() {
	d := g.random("products")
	n := max(len(productTypes)*2, int(240*math.Sqrt(g.scale)))
	for i := range n {
		kind := i % len(productTypes)
		t := productTypes[kind]
		p := shopProduct{kind: kind, price: roundTo(t.price*(.7+.8*d.Float64()), 100)}
		p.released = g.first - day(d.between(30, 900))
		if i >= len(productTypes) && d.chance(.3) {
			p.released = g.first + day(d.IntN(600))
		}
		p.weight = t.weight * math.Exp(d.normal(0, .6))
		g.products = append(g.products, p)
	}
	for m := 1; m <= 12; m++ {
		w := make([]float64, n)
		for i, p := range g.products {
			w[i] = p.weight * productTypes[p.kind].season.factor(m)
		}
		g.monthly[m] = weigh(w...)
	}
}

func (g *shop) putProducts() {
	d := g.random("product details")
	for i, p := range g.products {
		t := productTypes[p.kind]
		b := brands[(i*5+i/len(productTypes))%len(brands)]
		status, stock := "ON_SALE", d.between(5, 400)
		if d.chance(.06) {
			status, stock = "SOLD_OUT", 0
		} else if i >= len(productTypes) && d.chance(.05) {
			status, stock = "DISCONTINUED", 0
		}
		model := fmt.Sprintf("%c%d", 'A'+rune(i/len(productTypes)%26), 100+p.kind)
		cost := roundTo(float64(p.price)*(.5+.25*d.Float64()), 10)
		g.put("products", i+1, t.category, b.ko+" "+t.ko+" "+model, b.en+" "+t.en+" "+model, b.ko, p.price, cost, stock, status, p.released)
	}
}

func (g *shop) makeCustomers() {
	d := g.random("customers")
	n := g.count(4000, 50)
	days := int(g.today - g.first)
	joined := make([]int, n)
	for i := range joined {
		if d.chance(.35) {
			joined[i] = -1 - d.IntN(1000)
		} else {
			joined[i] = int(float64(days) * math.Pow(d.Float64(), .8))
		}
	}
	sort.Ints(joined)
	for i := range n {
		g.customers = append(g.customers, shopCustomer{
			person: newPerson(d, i+1, "example.com"), city: city(d), born: g.today - day(d.between(18*365+5, 70*365)),
			joined: g.first + day(joined[i]), seconds: secondOfDay(d), eager: min(1, .12*math.Exp(d.normal(0, .9))),
		})
	}
	g.joinedBy = make([]int, days)
	for i := range g.joinedBy {
		g.joinedBy[i] = sort.SearchInts(joined, i)
	}
}

// walk throws the orders, day by day, always the same ones. The order and its items are valid until visit returns.
func (g *shop) walk(visit func(*shopOrder, []shopItem) bool) {
	d := g.random("orders")
	weights := make([]float64, len(g.joinedBy))
	sum := 0.0
	for i := range weights {
		at := g.first + day(i)
		w := 1 + 1.3*float64(i)/float64(len(weights)) // growth
		w *= [...]float64{.95, .9, 1, .98, 1.05, .97, .95, .93, 1.12, 1, 1.25, 1.2}[at.time().Month()-1]
		w *= [...]float64{1.22, .96, .9, .9, .94, 1.02, 1.2}[at.weekday()]
		weights[i] = w * (.8 + .4*d.Float64())
		sum += weights[i]
	}
	total, due := float64(g.count(13000, 400)), 0.0
	var items []shopItem
	o := &shopOrder{}
	for i, w := range weights {
		for due += w / sum * total; due >= 1; due-- {
			id := o.id + 1
			*o = shopOrder{id: id, day: g.first + day(i), second: secondOfDay(d)}
			items = g.fill(d, o, items[:0], g.joinedBy[i], float64(i)/float64(len(weights)))
			if !visit(o, items) {
				return
			}
		}
	}
}

// fill throws one order of a customer among the first known ones; progress runs from 0 to 1 over the whole time.
func (g *shop) fill(d dice, o *shopOrder, items []shopItem, known int, progress float64) []shopItem {
	for {
		o.customer = 1 + d.IntN(known)
		if d.chance(g.customers[o.customer-1].eager) {
			break
		}
	}
	o.city = g.customers[o.customer-1].city
	if d.chance(.08) { // a present
		o.city = city(d)
	}
	o.channel = []string{"APP", "WEB", "STORE"}[weigh(.42+.2*progress, .43-.15*progress, .15-.05*progress).index(d)]
	o.pay = []string{"CARD", "KAKAOPAY", "NAVERPAY", "TRANSFER"}[payWeights.index(d)]
	month := int(o.day.time().Month())
	for n := 1 + min(5, d.poisson(1.15)); n > 0; n-- {
		p := g.monthly[month].index(d)
		if g.products[p].released > o.day || contains(items, p+1) {
			p = d.IntN(len(productTypes)) // always released
			if contains(items, p+1) {
				continue
			}
		}
		it := shopItem{product: p + 1, quantity: 1, price: g.products[p].price, discount: 5 * discountWeights.index(d)}
		if productTypes[g.products[p].kind].many {
			it.quantity += d.poisson(.8)
		}
		it.amount = it.quantity * it.price * (100 - it.discount) / 100 // exact: prices are multiples of 100
		o.amount += it.amount
		items = append(items, it)
	}
	g.deliver(d, o)
	return items
}

var (
	payWeights      = weigh(48, 25, 20, 7)
	discountWeights = weigh(55, 12, 15, 6, 8, 0, 4)
)

func contains(items []shopItem, product int) bool {
	for _, it := range items {
		if it.product == product {
			return true
		}
	}
	return false
}

// deliver decides what became of the order until yesterday.
func (g *shop) deliver(d dice, o *shopOrder) {
	fate, took, hour := d.Float64(), d.between(1, 4), d.between(9, 20)
	arrived := o.day + day(took)
	switch {
	case fate < .045:
		o.status = "CANCELLED"
	case arrived >= g.today && o.day == g.today-1:
		o.status = "PAID"
	case arrived >= g.today:
		o.status = "SHIPPED"
	default:
		o.status, o.deliveredAt = "DELIVERED", arrived.at(hour*3600+took*611)
		if fate < .075 {
			o.status = "REFUNDED"
		}
	}
}
