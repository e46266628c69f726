package generators

import (
	"math"
	"sort"
)

var subjects = []struct {
	named
	topics []named
}{
	{named{"수학", "Mathematics"}, []named{{"기하와 벡터", "Geometry and Vectors"}, {"확률과 통계", "Probability and Statistics"}, {"미적분", "Calculus"}}},
	{named{"영어", "English"}, []named{{"독해", "Reading"}, {"회화", "Conversation"}, {"문법", "Grammar"}}},
	{named{"과학", "Science"}, []named{{"물리", "Physics"}, {"화학", "Chemistry"}, {"생명과학", "Biology"}}},
	{named{"코딩", "Coding"}, []named{{"파이썬", "Python"}, {"자료구조", "Data Structures"}, {"웹 개발", "Web Development"}}},
	{named{"국어", "Korean"}, []named{{"문학", "Literature"}, {"비문학", "Non-fiction Reading"}, {"글쓰기", "Writing"}}},
	{named{"한국사", "Korean History"}, []named{{"근현대사", "Modern History"}, {"조선사", "Joseon Dynasty"}, {"고대사", "Ancient History"}}},
}

// levels: name, tuition in KRW, and how many points harder the exams are.
var levels = []struct {
	code string
	named
	tuition float64
	harder  float64
}{
	{"BASIC", named{"기초", "Basic"}, 180000, -4},
	{"MIDDLE", named{"중급", "Intermediate"}, 240000, 0},
	{"ADVANCED", named{"심화", "Advanced"}, 320000, 6},
}

const courseWeeks = 8

type eduStudent struct {
	joined  day
	ability float64 // standard deviations from the mean
	present float64 // probability of being in class
}

type eduCourse struct {
	start   day
	seats   int
	tuition int
	level   int
	subject int
}

type school struct {
	*source
	students []eduStudent
	courses  []eduCourse
}

func generateEdu(s *source) {
	g := &school{source: s}
	g.putStudents()
	instructors := g.putInstructors()
	g.putCourses(instructors)
	g.walk(func(e *enrollment) bool {
		return s.put("enrollments", e.id, e.student+1, e.course+1, e.on, e.status, e.paid)
	})
	id := 0
	g.walk(func(e *enrollment) bool {
		for i, status := range e.attendance {
			id++
			s.put("attendance", id, e.id, i+1, g.courses[e.course].start+day(7*i), status)
		}
		return s.err == nil
	})
	id = 0
	g.walk(func(e *enrollment) bool {
		for _, x := range e.exams {
			id++
			s.put("exam_scores", id, e.id, x.name, x.on, tenths(x.score))
		}
		return s.err == nil
	})
}

func (g *school) putStudents() {
	d := g.random("students")
	n := g.count(800, 60)
	joined := make([]int, n)
	for i := range joined {
		joined[i] = 10 + int(890*math.Pow(d.Float64(), 1.2))
	}
	sort.Sort(sort.Reverse(sort.IntSlice(joined)))
	for i := range n {
		p := newPerson(d, i+1, "student.example.com")
		st := eduStudent{joined: g.today - day(joined[i]), ability: d.normal(0, 1)}
		st.present = min(.99, max(.5, .9+.05*st.ability+d.normal(0, .05)))
		g.students = append(g.students, st)
		home := city(d)
		g.put("students", i+1, p.name, p.email, p.gender, g.today-day(d.between(14*365+10, 19*365)), home.ko, home.en, st.joined)
	}
}

// putInstructors returns the subject of each.
func (g *school) putInstructors() []int {
	d := g.random("instructors")
	out := make([]int, g.count(30, 12))
	for i := range out {
		out[i] = i % len(subjects)
		p := newPerson(d, i+1, "school.example.com")
		g.put("instructors", i+1, p.name, p.email, subjects[out[i]].ko, g.today-day(d.between(580, 4000)))
	}
	return out
}

func (g *school) putCourses(instructors []int) {
	d := g.random("courses")
	n := g.count(72, 30)
	first := g.today.monthStart(-18)
	for i := range n {
		// One course after the other, so that every month has some; courses begin up to two weeks from now.
		start := first + day(float64(g.today+14-first)*(float64(i)+d.Float64())/float64(n))
		teacher := d.IntN(len(instructors))
		c := eduCourse{start: start, subject: instructors[teacher], level: d.IntN(len(levels)), seats: 5 * d.between(4, 8)}
		l, topic := levels[c.level], pick(d, subjects[instructors[teacher]].topics)
		c.tuition = roundTo(l.tuition*(.9+.25*d.Float64()), 1000)
		g.courses = append(g.courses, c)
		ko, en := topic.ko+" "+l.ko, topic.en+" "+l.named.en
		g.put("courses", i+1, teacher+1, ko, en, subjects[c.subject].ko, subjects[c.subject].en, l.code, c.tuition, c.seats, start, start+7*courseWeeks-1)
	}
}

type exam struct {
	name  string
	on    day
	score float64
}

type enrollment struct {
	id, student, course int
	on                  day
	status              string
	paid                int
	attendance          []string
	exams               []exam
}

// walk throws the enrollments, course by course, always the same ones.
func (g *school) walk(visit func(*enrollment) bool) {
	d := g.random("enrollments")
	mean := float64(g.count(1600, 300)) / float64(len(g.courses))
	e := &enrollment{}
	popular := weigh(10, 12, 8, 13, 7, 5) // by subject
	for i, c := range g.courses {
		share := 6 * (popular.sums[c.subject] - append([]float64{0}, popular.sums...)[c.subject]) / popular.sums[5]
		want := min(c.seats, d.poisson(mean*share))
		taken := map[int]bool{}
		for tries := 0; len(taken) < want && tries < 20*want; tries++ {
			st := d.IntN(len(g.students))
			on := c.start - day(d.between(1, 25))
			if taken[st] || g.students[st].joined > on || on >= g.today {
				continue
			}
			taken[st] = true
			*e = enrollment{id: e.id + 1, student: st, course: i, on: on, attendance: e.attendance[:0], exams: e.exams[:0]}
			g.attend(d, e, c)
			if !visit(e) {
				return
			}
		}
	}
}

// attend throws what the student paid, the weeks until yesterday, and the exams in the fourth and the last week.
func (g *school) attend(d dice, e *enrollment, c eduCourse) {
	st := g.students[e.student]
	e.paid = c.tuition
	if d.chance(.25) {
		e.paid = c.tuition * 9 / 10 // early bird
	}
	weeks, dropped := courseWeeks, d.chance(.07-.02*max(-1, min(1, st.ability)))
	if dropped {
		weeks = d.between(1, 5)
	}
	came := 0.0
	for w := range weeks {
		if c.start+day(7*w) >= g.today {
			weeks, dropped = w, false
			break
		}
		switch x := d.Float64(); {
		case x < st.present-.06:
			e.attendance, came = append(e.attendance, "PRESENT"), came+1
		case x < st.present:
			e.attendance, came = append(e.attendance, "LATE"), came+.7
		default:
			e.attendance = append(e.attendance, "ABSENT")
		}
	}
	e.status = "ACTIVE"
	if dropped {
		e.status = "DROPPED"
	} else if c.start+7*courseWeeks-1 < g.today {
		e.status = "COMPLETED"
	}
	for _, x := range []struct {
		name string
		week int
	}{{"MIDTERM", 4}, {"FINAL", courseWeeks}} {
		on := c.start + day(7*(x.week-1))
		luck := d.normal(0, 6)
		if weeks < x.week || on >= g.today {
			continue
		}
		share := came / float64(weeks)
		score := 72 + 9*st.ability + 20*(share-.9) - levels[c.level].harder + luck
		e.exams = append(e.exams, exam{x.name, on, max(0, min(100, score))})
	}
}
