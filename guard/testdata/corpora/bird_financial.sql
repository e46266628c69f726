-- Questions of BIRD mini-dev (bird-bench/mini_dev, CC BY-SA 4.0) on the schema financial: its own SQL, and that of gpt-4; the texts are
-- unchanged. The data is generated.
CREATE TABLE `account` (`account_id` BIGINT, `district_id` BIGINT, `frequency` TEXT, `date` TEXT);
CREATE TABLE `card` (`card_id` BIGINT, `disp_id` BIGINT, `type` TEXT, `issued` TEXT);
CREATE TABLE `client` (`client_id` BIGINT, `gender` TEXT, `birth_date` TEXT, `district_id` BIGINT);
CREATE TABLE `disp` (`disp_id` BIGINT, `client_id` BIGINT, `account_id` BIGINT, `type` TEXT);
CREATE TABLE `district` (`district_id` BIGINT, `A2` TEXT, `A3` TEXT, `A4` TEXT, `A5` TEXT, `A6` TEXT, `A7` TEXT, `A8` BIGINT, `A9` BIGINT, `A10` DOUBLE, `A11` BIGINT, `A12` DOUBLE, `A13` DOUBLE, `A14` BIGINT, `A15` BIGINT, `A16` BIGINT);
CREATE TABLE `loan` (`loan_id` BIGINT, `account_id` BIGINT, `date` TEXT, `amount` BIGINT, `duration` BIGINT, `payments` DOUBLE, `status` TEXT);
CREATE TABLE `order` (`order_id` BIGINT, `account_id` BIGINT, `bank_to` TEXT, `account_to` BIGINT, `amount` DOUBLE, `k_symbol` TEXT);
CREATE TABLE `trans` (`trans_id` BIGINT, `account_id` BIGINT, `date` TEXT, `type` TEXT, `operation` TEXT, `amount` BIGINT, `balance` BIGINT, `k_symbol` TEXT, `bank` TEXT, `account` BIGINT);
-- 468 gold
SELECT
COUNT(`T2`.`account_id`)
FROM `district` AS `T1`
INNER JOIN `account` AS `T2`
ON `T1`.`district_id` = `T2`.`district_id`
WHERE
`T1`.`A3` = 'east Bohemia' AND `T2`.`frequency` = 'POPLATEK PO OBRATU';
-- 468 gpt-4
SELECT COUNT(DISTINCT a.account_id) 
FROM account a 
JOIN district d ON a.district_id = d.district_id 
WHERE a.frequency = 'POPLATEK PO OBRATU' AND d.A3 = 'East Bohemia';
-- 470 gold
SELECT
COUNT(`T1`.`client_id`)
FROM `client` AS `T1`
INNER JOIN `district` AS `T2`
ON `T1`.`district_id` = `T2`.`district_id`
WHERE
`T1`.`gender` = 'M' AND `T2`.`A3` = 'north Bohemia' AND `T2`.`A11` > 8000;
-- 470 gpt-4
SELECT COUNT(*) 
FROM client 
JOIN district ON client.district_id = district.district_id 
WHERE client.gender = 'M' 
AND district.A3 = 'North Bohemia' 
AND district.A11 > 8000;
-- 472 gold
SELECT
`T1`.`account_id`
FROM `account` AS `T1`
INNER JOIN `disp` AS `T2`
ON `T1`.`account_id` = `T2`.`account_id`
INNER JOIN `client` AS `T3`
ON `T2`.`client_id` = `T3`.`client_id`
INNER JOIN `district` AS `T4`
ON `T4`.`district_id` = `T1`.`district_id`
WHERE
`T2`.`client_id` = (
SELECT
`client_id`
FROM `client`
ORDER BY
`birth_date` DESC
LIMIT 1
)
GROUP BY
`T4`.`A11`,
`T1`.`account_id`;
-- 472 gpt-4
SELECT a.account_id
FROM account a
JOIN client c ON a.district_id = c.district_id
JOIN district d ON c.district_id = d.district_id
ORDER BY c.birth_date DESC, d.A11 DESC
LIMIT 1;
-- 474 gold
SELECT
`T1`.`account_id`
FROM `loan` AS `T1`
INNER JOIN `account` AS `T2`
ON `T1`.`account_id` = `T2`.`account_id`
WHERE
DATE_FORMAT(CAST(`T2`.`date` AS DATETIME), '%Y') = '1993'
AND `T1`.`duration` > 12
ORDER BY
`T1`.`amount` DESC
LIMIT 1;
-- 474 gpt-4
SELECT a.account_id, l.amount, a.date
FROM account a
JOIN loan l ON a.account_id = l.account_id
WHERE l.duration > 12 AND YEAR(a.date) = 1993
ORDER BY l.amount DESC
LIMIT 1;
-- 476 gold
SELECT
`T1`.`A2`
FROM `district` AS `T1`
INNER JOIN `client` AS `T2`
ON `T1`.`district_id` = `T2`.`district_id`
WHERE
`T2`.`birth_date` = '1976-01-29' AND `T2`.`gender` = 'F';
-- 476 gpt-4
SELECT d.A2
FROM district d
JOIN account a ON d.district_id = a.district_id
JOIN disp dp ON a.account_id = dp.account_id
JOIN client c ON dp.client_id = c.client_id
WHERE c.gender = 'F' AND c.birth_date = '1976-01-29';
-- 478 gold
SELECT
CAST((
SUM(CASE WHEN `T3`.`date` = '1998-12-27' THEN `T3`.`balance` ELSE 0 END) - SUM(CASE WHEN `T3`.`date` = '1993-03-22' THEN `T3`.`balance` ELSE 0 END)
) AS DOUBLE) * 100 / SUM(CASE WHEN `T3`.`date` = '1993-03-22' THEN `T3`.`balance` ELSE 0 END)
FROM `loan` AS `T1`
INNER JOIN `account` AS `T2`
ON `T1`.`account_id` = `T2`.`account_id`
INNER JOIN `trans` AS `T3`
ON `T3`.`account_id` = `T2`.`account_id`
WHERE
`T1`.`date` = '1993-07-05';
-- 478 gpt-4
SELECT
((t2.balance - t1.balance) / t1.balance) * 100 AS increase_rate
FROM
loan l
JOIN
account a ON l.account_id = a.account_id
JOIN
trans t1 ON a.account_id = t1.account_id AND t1.date = '1993-03-22'
JOIN
trans t2 ON a.account_id = t2.account_id AND t2.date = '1998-12-27'
WHERE
l.date = '1993-07-05'
ORDER BY
l.date ASC
LIMIT 1;
-- 480 gold
SELECT
CAST(SUM(`status` = 'C') AS DOUBLE) * 100 / COUNT(`account_id`)
FROM `loan`
WHERE
`amount` < 100000;
-- 480 gpt-4
SELECT
(SUM(CASE WHEN l.status = 'C' AND l.amount < 100000 THEN l.amount ELSE 0 END) / SUM(l.amount)) * 100 AS percentage_running_no_issue
FROM
loan l;
-- 482 gold
SELECT
`T2`.`A2`,
COUNT(`T1`.`client_id`)
FROM `client` AS `T1`
INNER JOIN `district` AS `T2`
ON `T1`.`district_id` = `T2`.`district_id`
WHERE
`T1`.`gender` = 'F'
GROUP BY
`T2`.`district_id`,
`T2`.`A2`
ORDER BY
COUNT(`T1`.`client_id`) DESC
LIMIT 9;
-- 482 gpt-4
SELECT d.A2, COUNT(*) as female_count
FROM district d
JOIN account a ON d.district_id = a.district_id
JOIN disp dp ON a.account_id = dp.account_id
JOIN client c ON dp.client_id = c.client_id AND dp.type = 'OWNER'
WHERE c.gender = 'F'
GROUP BY d.A2
ORDER BY female_count DESC
LIMIT 9;
-- 484 gold
SELECT
COUNT(`T1`.`account_id`)
FROM `account` AS `T1`
INNER JOIN `district` AS `T2`
ON `T1`.`district_id` = `T2`.`district_id`
INNER JOIN `loan` AS `T3`
ON `T1`.`account_id` = `T3`.`account_id`
WHERE
`T1`.`district_id` = 1 AND (
`T3`.`status` = 'C' OR `T3`.`status` = 'D'
);
-- 484 gpt-4
SELECT COUNT(DISTINCT account.account_id) 
FROM account 
JOIN loan ON account.account_id = loan.account_id 
JOIN district ON account.district_id = district.district_id 
WHERE loan.status IN ('C', 'D') AND district.district_id = 1;
-- 486 gold
SELECT DISTINCT
`T1`.`A2`
FROM `district` AS `T1`
INNER JOIN `account` AS `T2`
ON `T1`.`district_id` = `T2`.`district_id`
INNER JOIN `trans` AS `T3`
ON `T2`.`account_id` = `T3`.`account_id`
WHERE
`T3`.`type` = 'VYDAJ' AND `T3`.`date` LIKE '1996-01%'
ORDER BY
`A2` ASC
LIMIT 10;
-- 486 gpt-4
SELECT d.A2 AS district_name, SUM(t.amount) AS total_withdrawals
FROM trans t
JOIN account a ON t.account_id = a.account_id
JOIN district d ON a.district_id = d.district_id
WHERE t.type = 'VYDAJ'
AND t.date LIKE '1996-01%'
GROUP BY d.A2
ORDER BY total_withdrawals DESC
LIMIT 10;
-- 488 gold
SELECT
COUNT(`T1`.`client_id`)
FROM `client` AS `T1`
INNER JOIN `district` AS `T2`
ON `T1`.`district_id` = `T2`.`district_id`
WHERE
`T1`.`gender` = 'M'
AND `T2`.`A15` = (
SELECT
`T3`.`A15`
FROM `district` AS `T3`
ORDER BY
`T3`.`A15` DESC
LIMIT 1
OFFSET 1
);
-- 488 gpt-4
SELECT COUNT(client.client_id) AS male_clients
FROM client
JOIN district ON client.district_id = district.district_id
WHERE district.A15 = (
SELECT MAX(A15) FROM (
SELECT A15 FROM district
WHERE A15 < (SELECT MAX(A15) FROM district)
) AS subquery
) AND client.gender = 'M';
-- 490 gold
SELECT
`T3`.`type`
FROM `district` AS `T1`
INNER JOIN `account` AS `T2`
ON `T1`.`district_id` = `T2`.`district_id`
INNER JOIN `disp` AS `T3`
ON `T2`.`account_id` = `T3`.`account_id`
WHERE
`T3`.`type` <> 'OWNER' AND `T1`.`A11` BETWEEN 8000 AND 9000;
-- 490 gpt-4
SELECT DISTINCT d.A2, d.A11
FROM district d
JOIN account a ON d.district_id = a.district_id
JOIN disp dp ON a.account_id = dp.account_id
WHERE dp.type != 'OWNER'
AND d.A11 > 8000
AND d.A11 <= 9000;
-- 492 gold
SELECT
`T4`.`trans_id`
FROM `client` AS `T1`
INNER JOIN `disp` AS `T2`
ON `T1`.`client_id` = `T2`.`client_id`
INNER JOIN `account` AS `T3`
ON `T2`.`account_id` = `T3`.`account_id`
INNER JOIN `trans` AS `T4`
ON `T3`.`account_id` = `T4`.`account_id`
WHERE
`T1`.`client_id` = 3356 AND `T4`.`operation` = 'VYBER';
-- 492 gpt-4
SELECT t.*
FROM trans t
JOIN disp d ON t.account_id = d.account_id
WHERE d.client_id = 3356 AND t.operation = 'VYBER';
-- 494 gold
SELECT
CAST((
SUM(
CASE
WHEN DATE_FORMAT(CAST(`T1`.`date` AS DATETIME), '%Y') = '1997'
THEN `T1`.`amount`
ELSE 0
END
) - SUM(
CASE
WHEN DATE_FORMAT(CAST(`T1`.`date` AS DATETIME), '%Y') = '1996'
THEN `T1`.`amount`
ELSE 0
END
)
) AS DOUBLE) * 100 / SUM(
CASE
WHEN DATE_FORMAT(CAST(`T1`.`date` AS DATETIME), '%Y') = '1996'
THEN `T1`.`amount`
ELSE 0
END
)
FROM `loan` AS `T1`
INNER JOIN `account` AS `T2`
ON `T1`.`account_id` = `T2`.`account_id`
INNER JOIN `disp` AS `T3`
ON `T3`.`account_id` = `T2`.`account_id`
INNER JOIN `client` AS `T4`
ON `T4`.`client_id` = `T3`.`client_id`
WHERE
`T4`.`gender` = 'M' AND `T3`.`type` = 'OWNER';
-- 494 gpt-4
SELECT
((SUM(CASE WHEN YEAR(l.date) = 1997 THEN l.amount ELSE 0 END) - SUM(CASE WHEN YEAR(l.date) = 1996 THEN l.amount ELSE 0 END)) / SUM(CASE WHEN YEAR(l.date) = 1996 THEN l.amount ELSE 0 END)) * 100 AS growth_rate
FROM
loan l
JOIN
account a ON l.account_id = a.account_id
JOIN
disp d ON a.account_id = d.account_id
JOIN
client c ON d.client_id = c.client_id
WHERE
c.gender = 'M'
AND d.type = 'OWNER'
AND YEAR(l.date) IN (1996, 1997);
-- 496 gold
SELECT
CAST(SUM(`T1`.`gender` = 'M') AS DOUBLE) * 100 / COUNT(`T1`.`client_id`)
FROM `client` AS `T1`
INNER JOIN `district` AS `T3`
ON `T1`.`district_id` = `T3`.`district_id`
INNER JOIN `account` AS `T2`
ON `T2`.`district_id` = `T3`.`district_id`
INNER JOIN `disp` AS `T4`
ON `T1`.`client_id` = `T4`.`client_id` AND `T2`.`account_id` = `T4`.`account_id`
WHERE
`T2`.`frequency` = 'POPLATEK TYDNE';
-- 496 gpt-4
SELECT
(COUNT(DISTINCT male_clients.client_id) / COUNT(DISTINCT all_weekly_clients.client_id)) * 100 AS percentage_male_clients_weekly_statements
FROM
(SELECT client_id FROM client WHERE gender = 'M') AS male_clients
JOIN
disp ON male_clients.client_id = disp.client_id
JOIN
account ON disp.account_id = account.account_id
AND
account.frequency = 'POPLATEK TYDNE'
JOIN
(SELECT client_id FROM disp JOIN account ON disp.account_id = account.account_id WHERE account.frequency = 'POPLATEK TYDNE') AS all_weekly_clients
ON
male_clients.client_id = all_weekly_clients.client_id;
-- 498 gold
SELECT
AVG(`T2`.`amount`)
FROM `account` AS `T1`
INNER JOIN `loan` AS `T2`
ON `T1`.`account_id` = `T2`.`account_id`
WHERE
`T2`.`status` IN ('C', 'D') AND `T1`.`frequency` = 'POPLATEK PO OBRATU';
-- 498 gpt-4
SELECT AVG(amount) AS average_loan_amount
FROM loan
JOIN account ON loan.account_id = account.account_id
WHERE status IN ('C', 'D') AND frequency = 'POPLATEK PO OBRATU';
