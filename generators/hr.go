package generators

import (
	"math"
	"time"
)

var departments = []struct {
	named
	city   string
	weight float64
}{
	{named{"경영지원", "Management Support"}, "서울", 6}, {named{"인사", "Human Resources"}, "서울", 5},
	{named{"재무", "Finance"}, "서울", 6}, {named{"개발", "Engineering"}, "서울", 26}, {named{"데이터", "Data"}, "서울", 9},
	{named{"디자인", "Design"}, "서울", 8}, {named{"마케팅", "Marketing"}, "서울", 10}, {named{"영업", "Sales"}, "부산", 14},
	{named{"고객지원", "Customer Support"}, "대전", 12}, {named{"물류", "Logistics"}, "인천", 10},
	{named{"품질", "Quality"}, "수원", 6}, {named{"법무", "Legal"}, "서울", 3},
}

var jobGrades = []struct {
	named
	low, high float64 // yearly salary in million KRW
}{
	{named{"사원", "Staff"}, 34, 48}, {named{"대리", "Assistant Manager"}, 42, 58}, {named{"과장", "Manager"}, 52, 74},
	{named{"차장", "Deputy General Manager"}, 64, 90}, {named{"부장", "General Manager"}, 78, 118},
	{named{"임원", "Executive"}, 110, 210},
}

type employee struct {
	person
	id, department, grade int // department and grade count from 1
	manager               int // 0 = none
	kind                  string
	born, hired           day
	left                  day // 0 = employed
	merit                 float64
	salary                int // the last one
}

func generateHR(s *source) {
	staff := makeStaff(s)
	budget := make([]int, len(departments))
	for _, e := range staff {
		if e.left == 0 {
			budget[e.department-1] += e.salary
		}
	}
	d := s.random("departments")
	for i, x := range departments {
		planned := roundTo(float64(budget[i])*(.97+.18*d.Float64()), 10_000_000)
		s.put("departments", i+1, x.ko, x.en, x.city, planned)
	}
	for i, x := range jobGrades {
		s.put("job_grades", i+1, x.ko, x.en, int(x.low*1e6), int(x.high*1e6))
	}
	for _, e := range staff {
		var manager, left any
		if e.manager > 0 {
			manager = int64(e.manager)
		}
		if e.left > 0 {
			left = e.left.String()
		}
		s.put("employees", e.id, e.department, e.grade, manager, e.name, e.email, e.gender, e.born, e.kind, e.hired, left)
	}
	putSalaries(s, staff)
	putLeaves(s, staff)
	putReviews(s, staff)
}

// makeStaff makes the chief first, then the heads of departments, then the others, so that managers come before those
// they lead.
func makeStaff(s *source) []*employee {
	d := s.random("employees")
	n := s.count(700, 120)
	weights := make([]float64, len(departments))
	for i, x := range departments {
		weights[i] = x.weight
	}
	pickDepartment := weigh(weights...)
	var staff []*employee
	leads := map[int][]int{} // department → those who may be a manager
	for i := range n {
		e := &employee{person: newPerson(d, i+1, "corp.example.com"), id: i + 1, kind: "REGULAR", merit: d.normal(0, 1)}
		years := 14 * math.Pow(d.Float64(), 1.4)
		switch {
		case i == 0:
			e.department, e.grade, years = 1, 6, 14.5
		case i <= len(departments):
			e.department, e.grade, e.manager, years = i, 5+d.IntN(2), 1, 9+5*d.Float64()
			leads[i] = append(leads[i], e.id)
		default:
			e.department = 1 + pickDepartment.index(d)
			e.grade = max(1, min(5, 1+int(years/3.1+d.normal(0, .55)+.2*e.merit)))
			e.manager = pick(d, leads[e.department])
			if years < 2.5 && d.chance(.25) {
				e.kind, e.grade = "CONTRACT", 1
				if d.chance(.35) {
					e.kind = "INTERN"
				}
			}
		}
		e.hired = s.today - 3 - day(years*365.25)
		e.born = e.hired - day(365.25*(23+float64(3*(e.grade-1))*.4+6*d.Float64()))
		if i > len(departments) && d.chance(.12) {
			e.left = e.hired + day(float64(s.today-e.hired)*(.2+.8*d.Float64()))
			e.left = min(s.today-1, max(e.left, e.hired+30))
			if e.left <= e.hired {
				e.left = 0
			}
		} else if i > len(departments) && e.grade >= 4 && len(leads[e.department]) < 4 {
			leads[e.department] = append(leads[e.department], e.id)
		}
		g := jobGrades[e.grade-1]
		// Where in the grade's range: merit, and how long the years are for the grade.
		seniority := max(-1, min(1, (years-3.1*(float64(e.grade)-.5))/3))
		at := max(0, min(1, .45+.14*e.merit+.22*seniority))
		e.salary = roundTo((g.low+at*(g.high-g.low))*1e6, 100_000)
		if e.kind == "INTERN" {
			e.salary = int(g.low * 1e6)
		}
		staff = append(staff, e)
	}
	return staff
}

// putSalaries writes a line per calendar year and person, five at most, each a few percent above the one before.
func putSalaries(s *source, staff []*employee) {
	d := s.random("salaries")
	id := 0
	for _, e := range staff {
		until, lastYear := any(nil), (s.today - 1).time().Year()
		if e.left > 0 {
			until, lastYear = e.left.String(), e.left.time().Year()
		}
		firstYear := max(e.hired.time().Year(), lastYear-4)
		pay := make([]int, lastYear-firstYear+1)
		pay[len(pay)-1] = e.salary
		for i := len(pay) - 2; i >= 0; i-- {
			pay[i] = roundTo(float64(pay[i+1])/(1.025+.02*d.Float64()+.01*max(0, e.merit)), 10_000)
		}
		for i, base := range pay {
			from := date(firstYear+i, time.January, 1)
			if from < e.hired {
				from = e.hired
			}
			to := until
			if i < len(pay)-1 {
				to = date(firstYear+i, time.December, 31).String()
			}
			bonus := 0
			if e.kind == "REGULAR" {
				bonus = roundTo(float64(base)*max(0, .04+.02*float64(e.grade)+.03*e.merit+d.normal(0, .01)), 10_000)
			}
			id++
			s.put("salaries", id, e.id, from, to, base, bonus)
		}
	}
}

// putLeaves writes the requests of the last two years and, still pending, of the next three weeks.
func putLeaves(s *source, staff []*employee) {
	d := s.random("leaves")
	id := 0
	kinds := []struct {
		code    string
		perYear float64
		longest int
	}{{"ANNUAL", 3.6, 4}, {"SICK", .8, 3}, {"FAMILY", .2, 5}}
	for _, e := range staff {
		from, to := max(e.hired+20, s.today-730), s.today+21
		if e.left > 0 {
			to = e.left - 6
		}
		if to <= from {
			continue
		}
		for _, k := range kinds {
			for range d.poisson(k.perYear * float64(to-from) / 365) {
				start := from + day(d.IntN(int(to-from)))
				if m := start.time().Month(); k.code == "ANNUAL" && m != time.August && m != time.December && d.chance(.3) {
					start = from + day(d.IntN(int(to-from))) // summer and the year's end are liked more
				}
				for start.weekend() {
					start++
				}
				days := 1 + d.IntN(k.longest)
				end := start
				for n := 1; n < days; {
					if end++; !end.weekend() {
						n++
					}
				}
				status := "APPROVED"
				if start >= s.today && d.chance(.6) {
					status = "PENDING"
				} else if k.code == "ANNUAL" && d.chance(.04) {
					status = "REJECTED"
				}
				id++
				s.put("leave_requests", id, e.id, k.code, start, end, days, status)
			}
		}
	}
}

// putReviews writes one review for each full calendar year, four at most, by the person's manager.
func putReviews(s *source, staff []*employee) {
	d := s.random("reviews")
	id, lastYear := 0, s.today.time().Year()-1
	for _, e := range staff {
		if e.manager == 0 || e.kind == "INTERN" {
			continue
		}
		for year := lastYear - 3; year <= lastYear; year++ {
			if e.hired > date(year, time.July, 1) || e.left > 0 && e.left < date(year, time.December, 31) ||
				staff[e.manager-1].hired > date(year, time.December, 1) {
				continue
			}
			score := math.Round(10*max(1, min(5, 3.4+.6*e.merit+d.normal(0, .3)))) / 10
			id++
			s.put("reviews", id, e.id, e.manager, year, tenths(score), rating(score))
		}
	}
}

func rating(score float64) string {
	switch {
	case score >= 4.5:
		return "S"
	case score >= 3.8:
		return "A"
	case score >= 3:
		return "B"
	case score >= 2.2:
		return "C"
	}
	return "D"
}
