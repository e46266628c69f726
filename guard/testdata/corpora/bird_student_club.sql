-- Questions of BIRD mini-dev (bird-bench/mini_dev, CC BY-SA 4.0) on the schema student_club: its own SQL, and that of gpt-4; the texts are
-- unchanged. The data is generated.
CREATE TABLE `attendance` (`link_to_event` TEXT, `link_to_member` TEXT);
CREATE TABLE `budget` (`budget_id` TEXT, `category` TEXT, `spent` DOUBLE, `remaining` DOUBLE, `amount` BIGINT, `event_status` TEXT, `link_to_event` TEXT);
CREATE TABLE `event` (`event_id` TEXT, `event_name` TEXT, `event_date` TEXT, `type` TEXT, `notes` TEXT, `location` TEXT, `status` TEXT);
CREATE TABLE `expense` (`expense_id` TEXT, `expense_description` TEXT, `expense_date` TEXT, `cost` DOUBLE, `approved` TEXT, `link_to_member` TEXT, `link_to_budget` TEXT);
CREATE TABLE `income` (`income_id` TEXT, `date_received` TEXT, `amount` BIGINT, `source` TEXT, `notes` TEXT, `link_to_member` TEXT);
CREATE TABLE `major` (`major_id` TEXT, `major_name` TEXT, `department` TEXT, `college` TEXT);
CREATE TABLE `member` (`member_id` TEXT, `first_name` TEXT, `last_name` TEXT, `email` TEXT, `position` TEXT, `t_shirt_size` TEXT, `phone` TEXT, `zip` BIGINT, `link_to_major` TEXT);
CREATE TABLE `zip_code` (`zip_code` BIGINT, `type` TEXT, `city` TEXT, `county` TEXT, `state` TEXT, `short_state` TEXT);
-- 30 gold
SELECT
`T2`.`major_name`
FROM `member` AS `T1`
INNER JOIN `major` AS `T2`
ON `T1`.`link_to_major` = `T2`.`major_id`
WHERE
`T1`.`first_name` = 'Angela' AND `T1`.`last_name` = 'Sanders';
-- 30 gpt-4
SELECT m.major_name
FROM major m
JOIN member mb ON m.major_id = mb.link_to_major
WHERE mb.first_name = 'Angela' AND mb.last_name = 'Sanders';
-- 32 gold
SELECT
`T1`.`event_name`
FROM `event` AS `T1`
INNER JOIN `attendance` AS `T2`
ON `T1`.`event_id` = `T2`.`link_to_event`
GROUP BY
`T1`.`event_id`
HAVING
COUNT(`T2`.`link_to_event`) > 10
EXCEPT
SELECT
`T1`.`event_name`
FROM `event` AS `T1`
WHERE
`T1`.`type` = 'Meeting';
-- 32 gpt-4
SELECT COUNT(DISTINCT e.event_id) AS meeting_count
FROM event e
JOIN attendance a ON e.event_id = a.link_to_event
WHERE e.type = 'Meeting'
GROUP BY e.event_id
HAVING COUNT(a.link_to_member) > 10;
-- 34 gold
SELECT
`T2`.`amount`
FROM `member` AS `T1`
INNER JOIN `income` AS `T2`
ON `T1`.`member_id` = `T2`.`link_to_member`
WHERE
`T1`.`position` = 'Vice President';
-- 34 gpt-4
SELECT SUM(income.amount) AS funds_received
FROM income
JOIN member ON income.link_to_member = member.member_id
WHERE member.position = 'Vice President';
-- 36 gold
SELECT
`T3`.`approved`
FROM `event` AS `T1`
INNER JOIN `budget` AS `T2`
ON `T1`.`event_id` = `T2`.`link_to_event`
INNER JOIN `expense` AS `T3`
ON `T2`.`budget_id` = `T3`.`link_to_budget`
WHERE
`T1`.`event_name` = 'October Meeting' AND `T1`.`event_date` LIKE '2019-10-08%';
-- 36 gpt-4
SELECT expense.expense_id, expense.approved
FROM expense
JOIN event ON expense.link_to_event = event.event_id
WHERE event.event_name = 'October Meeting' AND event.event_date = '2019-10-08';
-- 38 gold
SELECT
SUM(CASE WHEN SUBSTR(`T1`.`event_date`, 1, 4) = '2019' THEN `T2`.`spent` ELSE 0 END) - SUM(CASE WHEN SUBSTR(`T1`.`event_date`, 1, 4) = '2020' THEN `T2`.`spent` ELSE 0 END) AS `num`
FROM `event` AS `T1`
INNER JOIN `budget` AS `T2`
ON `T1`.`event_id` = `T2`.`link_to_event`;
-- 38 gpt-4
SELECT
(SELECT SUM(spent) FROM budget WHERE YEAR(event_date) = 2019) -
(SELECT SUM(spent) FROM budget WHERE YEAR(event_date) = 2020) AS difference_in_spent
FROM
budget
JOIN
event ON budget.link_to_event = event.event_id
LIMIT 1;
-- 40 gold
SELECT
`phone`
FROM `member`
WHERE
`first_name` = 'Carlo' AND `last_name` = 'Jacobs';
-- 40 gpt-4
SELECT phone FROM member WHERE first_name = 'Carlo' AND last_name = 'Jacobs';
-- 42 gold
SELECT
`T2`.`major_name`
FROM `member` AS `T1`
INNER JOIN `major` AS `T2`
ON `T1`.`link_to_major` = `T2`.`major_id`
WHERE
`T1`.`first_name` = 'Brent' AND `T1`.`last_name` = 'Thomason';
-- 42 gpt-4
SELECT m.major_name
FROM major m
JOIN member mb ON m.major_id = mb.link_to_major
WHERE mb.first_name = 'Brent' AND mb.last_name = 'Thomason';
-- 44 gold
SELECT
`T2`.`department`
FROM `member` AS `T1`
INNER JOIN `major` AS `T2`
ON `T1`.`link_to_major` = `T2`.`major_id`
WHERE
`T1`.`position` = 'President';
-- 44 gpt-4
SELECT m.major_name
FROM member AS mem
JOIN major AS m ON mem.link_to_major = m.major_id
WHERE mem.position = 'President';
-- 46 gold
SELECT
CAST(SUM(CASE WHEN `T2`.`event_name` = 'Yearly Kickoff' THEN `T1`.`amount` ELSE 0 END) AS DOUBLE) / SUM(CASE WHEN `T2`.`event_name` = 'October Meeting' THEN `T1`.`amount` ELSE 0 END)
FROM `budget` AS `T1`
INNER JOIN `event` AS `T2`
ON `T1`.`link_to_event` = `T2`.`event_id`
WHERE
`T1`.`category` = 'Advertisement' AND `T2`.`type` = 'Meeting';
-- 46 gpt-4
SELECT 
(SELECT SUM(amount) FROM budget WHERE category = 'Advertisement' AND link_to_event IN (SELECT event_id FROM event WHERE event_name = 'Yearly Kickoff')) / 
(SELECT SUM(amount) FROM budget WHERE category = 'Advertisement' AND link_to_event IN (SELECT event_id FROM event WHERE event_name = 'October Meeting')) AS times_more
FROM 
dual;
-- 48 gold
SELECT
COUNT(`city`)
FROM `zip_code`
WHERE
`county` = 'Orange County' AND `state` = 'Virginia';
-- 48 gpt-4
SELECT COUNT(DISTINCT city) 
FROM zip_code 
WHERE county = 'Orange' AND state = 'Virginia';
-- 50 gold
SELECT
COUNT(`T2`.`link_to_member`)
FROM `event` AS `T1`
INNER JOIN `attendance` AS `T2`
ON `T1`.`event_id` = `T2`.`link_to_event`
WHERE
`T1`.`event_name` = 'Women''s Soccer';
-- 50 gpt-4
SELECT COUNT(DISTINCT a.link_to_member) AS members_attended
FROM attendance a
JOIN event e ON a.link_to_event = e.event_id
WHERE e.event_name = "Women's Soccer";
-- 52 gold
SELECT
`T2`.`event_name`
FROM `budget` AS `T1`
INNER JOIN `event` AS `T2`
ON `T1`.`link_to_event` = `T2`.`event_id`
WHERE
`T2`.`status` = 'Closed'
ORDER BY
`T1`.`spent` / `T1`.`amount` DESC
LIMIT 1;
-- 52 gpt-4
SELECT e.event_name, MAX(b.spent / b.amount) AS spend_to_budget_ratio
FROM event e
JOIN budget b ON e.event_id = b.link_to_event
WHERE e.status = 'Closed'
GROUP BY e.event_name
ORDER BY spend_to_budget_ratio DESC
LIMIT 1;
-- 54 gold
SELECT SUM(spent) FROM budget WHERE category = 'Food';
-- 54 gpt-4
SELECT SUM(spent) AS total_spent_for_food FROM budget WHERE category = 'Food';
-- 56 gold
SELECT
`T4`.`first_name`,
`T4`.`last_name`
FROM `event` AS `T1`
INNER JOIN `budget` AS `T2`
ON `T1`.`event_id` = `T2`.`link_to_event`
INNER JOIN `expense` AS `T3`
ON `T2`.`budget_id` = `T3`.`link_to_budget`
INNER JOIN `member` AS `T4`
ON `T3`.`link_to_member` = `T4`.`member_id`
WHERE
`T1`.`event_name` = 'Yearly Kickoff';
-- 56 gpt-4
SELECT CONCAT(m.first_name, ' ', m.last_name) AS student_name
FROM member m
JOIN budget b ON m.member_id = b.link_to_event
JOIN event e ON b.link_to_event = e.event_id
WHERE e.event_name = 'Yearly Kickoff';
-- 58 gold
SELECT
CAST(SUM(CASE WHEN `T1`.`event_name` = 'Yearly Kickoff' THEN `T3`.`cost` ELSE 0 END) AS DOUBLE) * 100 / SUM(`T3`.`cost`)
FROM `event` AS `T1`
INNER JOIN `budget` AS `T2`
ON `T1`.`event_id` = `T2`.`link_to_event`
INNER JOIN `expense` AS `T3`
ON `T2`.`budget_id` = `T3`.`link_to_budget`;
-- 58 gpt-4
SELECT
(SELECT SUM(cost)
FROM expense
INNER JOIN event ON expense.link_to_budget = event.event_id
WHERE event.event_name = 'Yearly Kickoff') / SUM(cost) * 100 AS percentage
FROM expense;
-- 60 gold
SELECT
COUNT(`T2`.`member_id`)
FROM `major` AS `T1`
INNER JOIN `member` AS `T2`
ON `T1`.`major_id` = `T2`.`link_to_major`
WHERE
`T1`.`major_name` = 'Physics Teaching';
-- 60 gpt-4
SELECT COUNT(*) AS number_of_members_with_physics_teaching
FROM member
JOIN major ON member.link_to_major = major.major_id
WHERE major.major_name = 'Physics Teaching';
-- 62 gold
SELECT
CASE WHEN `T3`.`event_name` = 'Women''s Soccer' THEN 'YES' END AS `result`
FROM `member` AS `T1`
INNER JOIN `attendance` AS `T2`
ON `T1`.`member_id` = `T2`.`link_to_member`
INNER JOIN `event` AS `T3`
ON `T2`.`link_to_event` = `T3`.`event_id`
WHERE
`T1`.`first_name` = 'Maya' AND `T1`.`last_name` = 'Mclean';
-- 62 gpt-4
SELECT EXISTS (
SELECT 1
FROM attendance a
JOIN member m ON a.link_to_member = m.member_id
JOIN event e ON a.link_to_event = e.event_id
WHERE m.first_name = 'Maya' AND m.last_name = 'Mclean' AND e.event_name = 'Women\'s Soccer'
) AS attended;
-- 64 gold
SELECT
`T2`.`event_name`
FROM `budget` AS `T1`
INNER JOIN `event` AS `T2`
ON `T2`.`event_id` = `T1`.`link_to_event`
WHERE
`T1`.`event_status` = 'Closed' AND `T1`.`remaining` < 0
ORDER BY
`T1`.`remaining`
LIMIT 1;
-- 64 gpt-4
SELECT e.event_name
FROM event e
JOIN budget b ON e.event_id = b.link_to_event
WHERE e.status = 'Closed' AND b.remaining < 0
ORDER BY b.remaining ASC
LIMIT 1;
-- 66 gold
SELECT T2.category, SUM(T2.amount) FROM event AS T1 INNER JOIN budget AS T2 ON T1.event_id = T2.link_to_event WHERE T1.event_name = 'April Speaker' GROUP BY T2.category ORDER BY SUM(T2.amount) ASC;
-- 66 gpt-4
SELECT b.category, SUM(b.amount) AS amount_budgeted
FROM budget b
JOIN event e ON b.link_to_event = e.event_id
WHERE e.event_name = 'April Speaker'
GROUP BY b.category
ORDER BY amount_budgeted ASC;
-- 68 gold
SELECT
`T1`.`first_name`,
`T1`.`last_name`,
SUM(`T2`.`cost`)
FROM `member` AS `T1`
INNER JOIN `expense` AS `T2`
ON `T1`.`member_id` = `T2`.`link_to_member`
WHERE
`T1`.`member_id` = 'rec4BLdZHS2Blfp4v';
-- 68 gpt-4
SELECT CONCAT(m.first_name, ' ', m.last_name) AS full_name, SUM(e.cost) AS total_cost
FROM member m
JOIN expense e ON m.member_id = e.link_to_member
WHERE m.member_id = 'rec4BLdZHS2Blfp4v'
GROUP BY m.member_id;
-- 70 gold
SELECT DISTINCT
`T2`.`category`
FROM `event` AS `T1`
INNER JOIN `budget` AS `T2`
ON `T1`.`event_id` = `T2`.`link_to_event`
WHERE
`T1`.`location` = 'MU 215';
-- 70 gpt-4
SELECT DISTINCT e.type
FROM event e
WHERE e.location = 'MU 215';
-- 72 gold
SELECT DISTINCT
`T2`.`category`,
`T1`.`type`
FROM `event` AS `T1`
INNER JOIN `budget` AS `T2`
ON `T1`.`event_id` = `T2`.`link_to_event`
WHERE
`T1`.`location` = 'MU 215' AND `T2`.`spent` = 0 AND `T1`.`type` = 'Guest Speaker';
-- 72 gpt-4
SELECT b.category
FROM budget b
JOIN event e ON b.link_to_event = e.event_id
WHERE e.location = 'MU 215' AND e.type = 'Guest Speaker' AND b.spent = 0;
-- 74 gold
SELECT DISTINCT
`event_name`
FROM `event`
WHERE
`type` = 'Game'
AND DATE(SUBSTR(`event_date`, 1, 10)) BETWEEN '2019-03-15' AND '2020-03-20'
AND `status` = 'Closed';
-- 74 gpt-4
SELECT event_name
FROM event
WHERE type = 'Game'
AND status = 'Closed'
AND event_date BETWEEN '2019-03-15' AND '2020-03-20';
-- 76 gold
SELECT
`T2`.`first_name`,
`T2`.`last_name`,
`T1`.`cost`
FROM `expense` AS `T1`
INNER JOIN `member` AS `T2`
ON `T1`.`link_to_member` = `T2`.`member_id`
WHERE
`T1`.`expense_description` = 'Water, Veggie tray, supplies';
-- 76 gpt-4
SELECT CONCAT(m.first_name, ' ', m.last_name) AS full_name, e.cost
FROM member m
JOIN expense e ON m.member_id = e.link_to_member
WHERE e.expense_description = 'Water, Veggie tray, supplies';
