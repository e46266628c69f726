CREATE TABLE edu.students (
  id INT NOT NULL COMMENT '학생 번호 / Student ID',
  name VARCHAR(60) NOT NULL COMMENT '학생 이름 / Full name',
  email VARCHAR(120) NOT NULL COMMENT '이메일 / Email address',
  gender CHAR(1) NOT NULL COMMENT '성별 F 여 M 남 / Gender: F female, M male',
  birth_date DATE NOT NULL COMMENT '생년월일 / Date of birth',
  city VARCHAR(30) NOT NULL COMMENT '거주 도시 / City of residence, such as 서울',
  city_en VARCHAR(30) NOT NULL COMMENT '거주 도시 영문 이름 / City of residence in English, such as Seoul',
  joined_on DATE NOT NULL COMMENT '등록일 / Day of registration',
  PRIMARY KEY (id),
  UNIQUE KEY uk_students_email (email),
  KEY ix_students_city (city)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='학생 / Students';

CREATE TABLE edu.instructors (
  id INT NOT NULL COMMENT '강사 번호 / Instructor ID',
  name VARCHAR(60) NOT NULL COMMENT '강사 이름 / Full name',
  email VARCHAR(120) NOT NULL COMMENT '이메일 / Email address',
  subject VARCHAR(20) NOT NULL COMMENT '담당 과목 / Subject, such as 수학',
  hired_on DATE NOT NULL COMMENT '임용일 / Date of hire',
  PRIMARY KEY (id),
  UNIQUE KEY uk_instructors_email (email),
  KEY ix_instructors_subject (subject)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='강사 / Instructors';

CREATE TABLE edu.courses (
  id INT NOT NULL COMMENT '강좌 번호 / Course ID',
  instructor_id INT NOT NULL COMMENT '강사 번호 / Instructor ID',
  title VARCHAR(100) NOT NULL COMMENT '강좌 이름 / Course title in Korean',
  title_en VARCHAR(100) NOT NULL COMMENT '강좌 영문 이름 / Course title in English',
  subject VARCHAR(20) NOT NULL COMMENT '과목 / Subject: 수학, 영어, 과학, 코딩, 국어, 한국사',
  subject_en VARCHAR(20) NOT NULL COMMENT '과목 영문 이름 / Subject in English, such as Mathematics',
  level VARCHAR(10) NOT NULL COMMENT '수준 / Level: BASIC, MIDDLE, ADVANCED',
  tuition DECIMAL(10,0) NOT NULL COMMENT '수강료(원) / Tuition in KRW',
  capacity INT NOT NULL COMMENT '정원 / Seats',
  start_date DATE NOT NULL COMMENT '개강일 / First day',
  end_date DATE NOT NULL COMMENT '종강일 / Last day',
  PRIMARY KEY (id),
  KEY ix_courses_instructor (instructor_id),
  KEY ix_courses_subject (subject, start_date),
  CONSTRAINT fk_courses_instructor FOREIGN KEY (instructor_id) REFERENCES edu.instructors (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='강좌 / Courses';

CREATE TABLE edu.enrollments (
  id INT NOT NULL COMMENT '수강 신청 번호 / Enrollment ID',
  student_id INT NOT NULL COMMENT '학생 번호 / Student ID',
  course_id INT NOT NULL COMMENT '강좌 번호 / Course ID',
  enrolled_on DATE NOT NULL COMMENT '수강 신청일 / Day of enrollment',
  status VARCHAR(10) NOT NULL COMMENT '상태 / Status: ACTIVE, COMPLETED, DROPPED',
  paid DECIMAL(10,0) NOT NULL COMMENT '결제 금액(원) / Amount paid in KRW',
  PRIMARY KEY (id),
  UNIQUE KEY uk_enrollments (student_id, course_id),
  KEY ix_enrollments_course (course_id),
  KEY ix_enrollments_enrolled_on (enrolled_on),
  CONSTRAINT fk_enrollments_student FOREIGN KEY (student_id) REFERENCES edu.students (id),
  CONSTRAINT fk_enrollments_course FOREIGN KEY (course_id) REFERENCES edu.courses (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='수강 신청 / Enrollments';

CREATE TABLE edu.attendance (
  id BIGINT NOT NULL COMMENT '출결 번호 / Attendance ID',
  enrollment_id INT NOT NULL COMMENT '수강 신청 번호 / Enrollment ID',
  week_no INT NOT NULL COMMENT '주차 / Week of the course, from 1',
  class_date DATE NOT NULL COMMENT '수업일 / Day of the class',
  status VARCHAR(10) NOT NULL COMMENT '출결 / Attendance: PRESENT, LATE, ABSENT',
  PRIMARY KEY (id),
  UNIQUE KEY uk_attendance (enrollment_id, week_no),
  KEY ix_attendance_date (class_date),
  CONSTRAINT fk_attendance_enrollment FOREIGN KEY (enrollment_id) REFERENCES edu.enrollments (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='출결 / Attendance';

CREATE TABLE edu.exam_scores (
  id INT NOT NULL COMMENT '성적 번호 / Score ID',
  enrollment_id INT NOT NULL COMMENT '수강 신청 번호 / Enrollment ID',
  exam VARCHAR(10) NOT NULL COMMENT '시험 / Exam: MIDTERM, FINAL',
  taken_on DATE NOT NULL COMMENT '시험일 / Day of the exam',
  score DECIMAL(4,1) NOT NULL COMMENT '점수 0~100 / Score from 0 to 100',
  PRIMARY KEY (id),
  UNIQUE KEY uk_exam_scores (enrollment_id, exam),
  KEY ix_exam_scores_taken_on (taken_on),
  CONSTRAINT fk_exam_scores_enrollment FOREIGN KEY (enrollment_id) REFERENCES edu.enrollments (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='시험 성적 / Exam scores';
