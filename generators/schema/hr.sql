CREATE TABLE hr.departments (
  id INT NOT NULL COMMENT '부서 번호 / Department ID',
  name VARCHAR(40) NOT NULL COMMENT '부서 이름 / Department name in Korean',
  name_en VARCHAR(40) NOT NULL COMMENT '부서 영문 이름 / Department name in English',
  location VARCHAR(30) NOT NULL COMMENT '근무지 도시 / City of the office, such as 서울',
  budget DECIMAL(14,0) NOT NULL COMMENT '연간 인건비 예산(원) / Yearly payroll budget in KRW',
  PRIMARY KEY (id),
  UNIQUE KEY uk_departments_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='부서 / Departments';

CREATE TABLE hr.job_grades (
  id INT NOT NULL COMMENT '직급 번호, 클수록 높음 / Job grade ID, higher is more senior',
  name VARCHAR(20) NOT NULL COMMENT '직급 이름 / Job grade in Korean, such as 과장',
  name_en VARCHAR(30) NOT NULL COMMENT '직급 영문 이름 / Job grade in English',
  min_salary DECIMAL(12,0) NOT NULL COMMENT '최저 연봉(원) / Lowest yearly salary in KRW',
  max_salary DECIMAL(12,0) NOT NULL COMMENT '최고 연봉(원) / Highest yearly salary in KRW',
  PRIMARY KEY (id),
  UNIQUE KEY uk_job_grades_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='직급 / Job grades';

CREATE TABLE hr.employees (
  id INT NOT NULL COMMENT '사번 / Employee ID',
  department_id INT NOT NULL COMMENT '부서 번호 / Department ID',
  grade_id INT NOT NULL COMMENT '직급 번호 / Job grade ID',
  manager_id INT NULL COMMENT '상사 사번 / Employee ID of the manager, NULL for the top',
  name VARCHAR(60) NOT NULL COMMENT '직원 이름 / Full name',
  email VARCHAR(120) NOT NULL COMMENT '이메일 / Email address',
  gender CHAR(1) NOT NULL COMMENT '성별 F 여 M 남 / Gender: F female, M male',
  birth_date DATE NOT NULL COMMENT '생년월일 / Date of birth',
  employment_type VARCHAR(10) NOT NULL COMMENT '고용 형태 / Employment type: REGULAR, CONTRACT, INTERN',
  hired_on DATE NOT NULL COMMENT '입사일 / Date of hire',
  left_on DATE NULL COMMENT '퇴사일 / Date of leaving, NULL while employed',
  PRIMARY KEY (id),
  UNIQUE KEY uk_employees_email (email),
  KEY ix_employees_department (department_id),
  KEY ix_employees_grade (grade_id),
  KEY ix_employees_manager (manager_id),
  KEY ix_employees_hired_on (hired_on),
  CONSTRAINT fk_employees_department FOREIGN KEY (department_id) REFERENCES hr.departments (id),
  CONSTRAINT fk_employees_grade FOREIGN KEY (grade_id) REFERENCES hr.job_grades (id),
  CONSTRAINT fk_employees_manager FOREIGN KEY (manager_id) REFERENCES hr.employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='직원 / Employees';

CREATE TABLE hr.salaries (
  id INT NOT NULL COMMENT '급여 번호 / Salary ID',
  employee_id INT NOT NULL COMMENT '사번 / Employee ID',
  from_date DATE NOT NULL COMMENT '적용 시작일 / First day it applies',
  to_date DATE NULL COMMENT '적용 종료일, 현재 급여는 NULL / Last day it applies, NULL for the current one',
  base_salary DECIMAL(12,0) NOT NULL COMMENT '연봉(원) / Yearly base salary in KRW',
  bonus DECIMAL(12,0) NOT NULL COMMENT '성과급(원) / Yearly bonus in KRW',
  PRIMARY KEY (id),
  UNIQUE KEY uk_salaries (employee_id, from_date),
  CONSTRAINT fk_salaries_employee FOREIGN KEY (employee_id) REFERENCES hr.employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='급여 이력 / Salary history';

CREATE TABLE hr.leave_requests (
  id INT NOT NULL COMMENT '휴가 번호 / Leave request ID',
  employee_id INT NOT NULL COMMENT '사번 / Employee ID',
  kind VARCHAR(10) NOT NULL COMMENT '휴가 종류 / Kind of leave: ANNUAL, SICK, FAMILY',
  start_date DATE NOT NULL COMMENT '시작일 / First day of leave',
  end_date DATE NOT NULL COMMENT '종료일 / Last day of leave',
  days INT NOT NULL COMMENT '휴가 일수 / Days of leave',
  status VARCHAR(10) NOT NULL COMMENT '결재 상태 / Approval: APPROVED, PENDING, REJECTED',
  PRIMARY KEY (id),
  KEY ix_leave_requests_employee (employee_id),
  KEY ix_leave_requests_start (start_date),
  CONSTRAINT fk_leave_requests_employee FOREIGN KEY (employee_id) REFERENCES hr.employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='휴가 신청 / Leave requests';

CREATE TABLE hr.reviews (
  id INT NOT NULL COMMENT '평가 번호 / Review ID',
  employee_id INT NOT NULL COMMENT '피평가자 사번 / Employee ID of the person reviewed',
  reviewer_id INT NOT NULL COMMENT '평가자 사번 / Employee ID of the reviewer',
  review_year INT NOT NULL COMMENT '평가 연도 / Year reviewed',
  score DECIMAL(2,1) NOT NULL COMMENT '평가 점수 1~5 / Score from 1 to 5',
  rating CHAR(1) NOT NULL COMMENT '평가 등급 S A B C D / Rating: S (best), A, B, C, D',
  PRIMARY KEY (id),
  UNIQUE KEY uk_reviews (employee_id, review_year),
  KEY ix_reviews_reviewer (reviewer_id),
  CONSTRAINT fk_reviews_employee FOREIGN KEY (employee_id) REFERENCES hr.employees (id),
  CONSTRAINT fk_reviews_reviewer FOREIGN KEY (reviewer_id) REFERENCES hr.employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='인사 평가 / Performance reviews';
