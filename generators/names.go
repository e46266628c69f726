package generators

import (
	"fmt"
	"strings"
)

// named is a word in Korean and in Roman letters or English.
type named struct{ ko, en string }

var surnames = []named{
	{"김", "kim"}, {"이", "lee"}, {"박", "park"}, {"최", "choi"}, {"정", "jung"}, {"강", "kang"}, {"조", "cho"},
	{"윤", "yoon"}, {"장", "jang"}, {"임", "lim"}, {"한", "han"}, {"오", "oh"}, {"서", "seo"}, {"신", "shin"},
	{"권", "kwon"}, {"황", "hwang"}, {"안", "ahn"}, {"송", "song"}, {"류", "ryu"}, {"홍", "hong"},
}

// surnameWeights follow the shares in the population.
var surnameWeights = weigh(215, 147, 84, 47, 43, 24, 21, 21, 20, 17, 16, 15, 15, 14, 14, 14, 13, 13, 12, 11)

var femaleNames = []named{
	{"서연", "seoyeon"}, {"지우", "jiwoo"}, {"민서", "minseo"}, {"하은", "haeun"}, {"수아", "sua"}, {"지민", "jimin"},
	{"예은", "yeeun"}, {"유진", "yujin"}, {"은지", "eunji"}, {"혜진", "hyejin"}, {"미영", "miyoung"}, {"소연", "soyeon"},
	{"다은", "daeun"}, {"채원", "chaewon"}, {"나래", "narae"}, {"보람", "boram"}, {"가영", "gayoung"}, {"현주", "hyunju"},
	{"정아", "junga"}, {"윤서", "yoonseo"}, {"세영", "seyoung"}, {"아름", "areum"}, {"주희", "juhee"}, {"선영", "sunyoung"},
}

var maleNames = []named{
	{"민준", "minjun"}, {"서준", "seojun"}, {"도윤", "doyun"}, {"예준", "yejun"}, {"시우", "siwoo"}, {"주원", "juwon"},
	{"지호", "jiho"}, {"준우", "junwoo"}, {"현우", "hyunwoo"}, {"성민", "sungmin"}, {"재훈", "jaehoon"}, {"동현", "donghyun"},
	{"상우", "sangwoo"}, {"태양", "taeyang"}, {"영호", "youngho"}, {"진수", "jinsu"}, {"기훈", "kihoon"}, {"승현", "seunghyun"},
	{"우진", "woojin"}, {"건우", "gunwoo"}, {"정훈", "junghoon"}, {"석진", "seokjin"}, {"한결", "hangyeol"}, {"병철", "byungchul"},
}

// cities of Korea; the weights follow their size.
var (
	cities = []named{
		{"서울", "Seoul"}, {"부산", "Busan"}, {"인천", "Incheon"}, {"대구", "Daegu"}, {"대전", "Daejeon"}, {"광주", "Gwangju"},
		{"수원", "Suwon"}, {"울산", "Ulsan"}, {"고양", "Goyang"}, {"용인", "Yongin"}, {"창원", "Changwon"}, {"제주", "Jeju"},
	}
	cityWeights = weigh(34, 11, 10, 8, 5, 5, 6, 4, 5, 5, 4, 3)
)

func city(d dice) named { return cities[cityWeights.index(d)] }

// person is a made-up person.
type person struct {
	name, email, gender string
}

// newPerson makes one; id makes the e-mail address unique. One in twelve has an English name.
func newPerson(d dice, id int, domain string) person {
	p := person{gender: "F"}
	given := femaleNames
	if d.chance(0.5) {
		p.gender, given = "M", maleNames
	}
	if d.chance(1.0 / 12) {
		first, last := d.fake.FirstName(), d.fake.LastName()
		p.name = first + " " + last
		p.email = address(first+"."+last, id, domain)
		return p
	}
	family, first := surnames[surnameWeights.index(d)], pick(d, given)
	p.name = family.ko + first.ko
	p.email = address(first.en+"."+family.en, id, domain)
	return p
}

func address(local string, id int, domain string) string {
	local = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r == '.' {
			return r
		}
		return -1
	}, strings.ToLower(local))
	return fmt.Sprintf("%s%d@%s", local, id, domain)
}

func phone(d dice) string { return fmt.Sprintf("010-%04d-%04d", d.IntN(10000), d.IntN(10000)) }
