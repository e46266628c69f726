-- Questions of BIRD mini-dev (bird-bench/mini_dev, CC BY-SA 4.0) on the schema debit_card_specializing: its own SQL, and that of gpt-4; the texts are
-- unchanged. The data is generated.
CREATE TABLE `customers` (`CustomerID` BIGINT, `Segment` TEXT, `Currency` TEXT);
CREATE TABLE `gasstations` (`GasStationID` BIGINT, `ChainID` BIGINT, `Country` TEXT, `Segment` TEXT);
CREATE TABLE `products` (`ProductID` BIGINT, `Description` TEXT);
CREATE TABLE `transactions_1k` (`TransactionID` BIGINT, `Date` TEXT, `Time` TEXT, `CustomerID` BIGINT, `CardID` BIGINT, `GasStationID` BIGINT, `ProductID` BIGINT, `Amount` BIGINT, `Price` DOUBLE);
CREATE TABLE `yearmonth` (`CustomerID` BIGINT, `Date` TEXT, `Consumption` DOUBLE);
-- 0 gold
SELECT  CAST(SUM(CASE WHEN `Currency` = 'EUR' THEN 1 ELSE 0 END) AS DOUBLE) / SUM(CASE WHEN `Currency` = 'CZK' THEN 1 ELSE 0 END) FROM `customers`;
-- 0 gpt-4
SELECT
SUM(Currency = 'EUR') / SUM(Currency = 'CZK') AS ratio
FROM
customers;
-- 2 gold
SELECT
AVG(`T2`.`Consumption`) / 12
FROM `customers` AS `T1`
INNER JOIN `yearmonth` AS `T2`
ON `T1`.`CustomerID` = `T2`.`CustomerID`
WHERE
SUBSTR(`T2`.`Date`, 1, 4) = '2013' AND `T1`.`Segment` = 'SME';
-- 2 gpt-4
SELECT AVG(Consumption) / 12 AS AverageMonthlyConsumption
FROM yearmonth
JOIN customers ON yearmonth.CustomerID = customers.CustomerID
WHERE customers.Segment = 'SME' AND Date BETWEEN '201301' AND '201312';
-- 4 gold
SELECT
SUBSTR(`T2`.`Date`, 1, 4)
FROM `customers` AS `T1`
INNER JOIN `yearmonth` AS `T2`
ON `T1`.`CustomerID` = `T2`.`CustomerID`
WHERE
`T1`.`Currency` = 'CZK'
GROUP BY
SUBSTR(`T2`.`Date`, 1, 4)
ORDER BY
SUM(`T2`.`Consumption`) DESC
LIMIT 1;
-- 4 gpt-4
SELECT ym.Date, SUM(ym.Consumption) AS TotalConsumption
FROM yearmonth ym
JOIN customers c ON ym.CustomerID = c.CustomerID
WHERE c.Currency = 'CZK' AND LENGTH(ym.Date) >= 4
GROUP BY SUBSTRING(ym.Date, 1, 4)
ORDER BY TotalConsumption DESC
LIMIT 1;
-- 6 gold
SELECT
CAST(SUM(CASE WHEN `T1`.`Segment` = 'SME' THEN `T2`.`Consumption` ELSE 0 END) AS DOUBLE) / COUNT(`T1`.`CustomerID`) - CAST(SUM(CASE WHEN `T1`.`Segment` = 'LAM' THEN `T2`.`Consumption` ELSE 0 END) AS DOUBLE) / COUNT(`T1`.`CustomerID`),
CAST(SUM(CASE WHEN `T1`.`Segment` = 'LAM' THEN `T2`.`Consumption` ELSE 0 END) AS DOUBLE) / COUNT(`T1`.`CustomerID`) - CAST(SUM(CASE WHEN `T1`.`Segment` = 'KAM' THEN `T2`.`Consumption` ELSE 0 END) AS DOUBLE) / COUNT(`T1`.`CustomerID`),
CAST(SUM(CASE WHEN `T1`.`Segment` = 'KAM' THEN `T2`.`Consumption` ELSE 0 END) AS DOUBLE) / COUNT(`T1`.`CustomerID`) - CAST(SUM(CASE WHEN `T1`.`Segment` = 'SME' THEN `T2`.`Consumption` ELSE 0 END) AS DOUBLE) / COUNT(`T1`.`CustomerID`)
FROM `customers` AS `T1`
INNER JOIN `yearmonth` AS `T2`
ON `T1`.`CustomerID` = `T2`.`CustomerID`
WHERE
`T1`.`Currency` = 'CZK'
AND `T2`.`Consumption` = (
SELECT
MIN(`Consumption`)
FROM `yearmonth`
)
AND `T2`.`Date` BETWEEN 201301 AND 201312;
-- 6 gpt-4
SELECT
SME.avg_consumption - LAM.avg_consumption AS 'SME-LAM',
LAM.avg_consumption - KAM.avg_consumption AS 'LAM-KAM',
KAM.avg_consumption - SME.avg_consumption AS 'KAM-SME'
FROM
(SELECT SUM(Consumption) / COUNT(CustomerID) AS avg_consumption
FROM yearmonth AS ym
JOIN customers AS c ON ym.CustomerID = c.CustomerID
WHERE c.Segment = 'SME' AND c.Currency = 'CZK' AND ym.Date LIKE '2013%') AS SME,
(SELECT SUM(Consumption) / COUNT(CustomerID) AS avg_consumption
FROM yearmonth AS ym
JOIN customers AS c ON ym.CustomerID = c.CustomerID
WHERE c.Segment = 'LAM' AND c.Currency = 'CZK' AND ym.Date LIKE '2013%') AS LAM,
(SELECT SUM(Consumption) / COUNT(CustomerID) AS avg_consumption
FROM yearmonth AS ym
JOIN customers AS c ON ym.CustomerID = c.CustomerID
WHERE c.Segment = 'KAM' AND c.Currency = 'CZK' AND ym.Date LIKE '2013%') AS KAM;
-- 8 gold
SELECT
SUM(`Consumption`)
FROM `yearmonth`
WHERE
`CustomerID` = 6 AND `Date` BETWEEN '201308' AND '201311';
-- 8 gpt-4
SELECT SUM(Consumption) AS TotalConsumption
FROM yearmonth
WHERE CustomerID = 6
AND Date >= '201308'
AND Date <= '201311';
-- 10 gold
SELECT
SUM(`Currency` = 'CZK') - SUM(`Currency` = 'EUR')
FROM `customers`
WHERE
`Segment` = 'SME';
-- 10 gpt-4
SELECT
SUM(CASE WHEN c.Currency = 'CZK' THEN 1 ELSE 0 END) AS TotalCZK,
SUM(CASE WHEN c.Currency = 'EUR' THEN 1 ELSE 0 END) AS TotalEUR,
(SUM(CASE WHEN c.Currency = 'CZK' THEN 1 ELSE 0 END) - SUM(CASE WHEN c.Currency = 'EUR' THEN 1 ELSE 0 END)) AS Difference
FROM
customers c
WHERE
c.Segment = 'SME';
-- 12 gold
SELECT
CAST(SUM(CASE WHEN `Consumption` > 528.3 THEN 1 ELSE 0 END) AS DOUBLE) * 100 / COUNT(`CustomerID`)
FROM `yearmonth`
WHERE
`Date` = '201202';
-- 12 gpt-4
SELECT
(COUNT(DISTINCT ym.CustomerID) / (SELECT COUNT(DISTINCT CustomerID) FROM yearmonth WHERE Date LIKE '201202%')) * 100 AS PercentageOfCustomers
FROM
yearmonth ym
WHERE
ym.Date LIKE '201202%'
AND ym.Consumption > 528.3;
-- 14 gold
SELECT
`T3`.`Description`
FROM `transactions_1k` AS `T1`
INNER JOIN `yearmonth` AS `T2`
ON `T1`.`CustomerID` = `T2`.`CustomerID`
INNER JOIN `products` AS `T3`
ON `T1`.`ProductID` = `T3`.`ProductID`
WHERE
`T2`.`Date` = '201309';
-- 14 gpt-4
SELECT DISTINCT p.Description
FROM products p
JOIN transactions_1k t ON p.ProductID = t.ProductID
JOIN yearmonth y ON t.CustomerID = y.CustomerID
WHERE y.Date LIKE '201309%' AND t.Date BETWEEN '2013-09-01' AND '2013-09-30';
-- 16 gold
SELECT
COUNT(*)
FROM `yearmonth` AS `T1`
INNER JOIN `customers` AS `T2`
ON `T1`.`CustomerID` = `T2`.`CustomerID`
WHERE
`T2`.`Currency` = 'EUR' AND `T1`.`Consumption` > 1000.00;
-- 16 gpt-4
SELECT COUNT(DISTINCT ym.CustomerID)
FROM yearmonth ym
JOIN customers c ON ym.CustomerID = c.CustomerID
WHERE c.Currency = 'EUR' AND ym.Consumption > 1000;
-- 18 gold
SELECT DISTINCT
`T1`.`Time`
FROM `transactions_1k` AS `T1`
INNER JOIN `gasstations` AS `T2`
ON `T1`.`GasStationID` = `T2`.`GasStationID`
WHERE
`T2`.`ChainID` = 11;
-- 18 gpt-4
SELECT DISTINCT DATE(transactions_1k.Date) AS TransactionDate
FROM transactions_1k
JOIN gasstations ON transactions_1k.GasStationID = gasstations.GasStationID
WHERE gasstations.ChainID = 11;
-- 20 gold
SELECT DISTINCT
`T3`.`Currency`
FROM `transactions_1k` AS `T1`
INNER JOIN `gasstations` AS `T2`
ON `T1`.`GasStationID` = `T2`.`GasStationID`
INNER JOIN `customers` AS `T3`
ON `T1`.`CustomerID` = `T3`.`CustomerID`
WHERE
`T1`.`Date` = '2012-08-24' AND `T1`.`Time` = '16:25:00';
-- 20 gpt-4
SELECT c.Currency
FROM transactions_1k t
JOIN customers c ON t.CustomerID = c.CustomerID
WHERE t.Date = '2012-08-24' AND t.Time = '16:25:00';
-- 22 gold
SELECT
COUNT(`T1`.`TransactionID`)
FROM `transactions_1k` AS `T1`
INNER JOIN `gasstations` AS `T2`
ON `T1`.`GasStationID` = `T2`.`GasStationID`
WHERE
`T1`.`Date` = '2012-08-26'
AND `T1`.`Time` BETWEEN '08:00:00' AND '09:00:00'
AND `T2`.`Country` = 'CZE';
-- 22 gpt-4
SELECT COUNT(*) AS transactions_in_CZE
FROM transactions_1k
JOIN gasstations ON transactions_1k.GasStationID = gasstations.GasStationID
WHERE transactions_1k.Date = '2012-08-26'
AND transactions_1k.Time BETWEEN '08:00:00' AND '09:00:00'
AND gasstations.Country = 'CZE';
-- 24 gold
SELECT
CAST(SUM(CASE WHEN `T2`.`Currency` = 'EUR' THEN 1 ELSE 0 END) AS DOUBLE) * 100 / COUNT(`T1`.`CustomerID`)
FROM `transactions_1k` AS `T1`
INNER JOIN `customers` AS `T2`
ON `T1`.`CustomerID` = `T2`.`CustomerID`
WHERE
`T1`.`Date` = '2012-08-25';
-- 24 gpt-4
SELECT
(COUNT(DISTINCT c.CustomerID) / (SELECT COUNT(*) FROM customers) * 100) AS percentage_of_customers_using_EUR
FROM
customers c
JOIN
transactions_1k t ON c.CustomerID = t.CustomerID
WHERE
c.Currency = 'EUR'
AND t.Date = '2012-08-25';
-- 26 gold
SELECT
CAST(SUM(CASE WHEN `Country` = 'SVK' AND `Segment` = 'Premium' THEN 1 ELSE 0 END) AS DOUBLE) * 100 / SUM(CASE WHEN `Country` = 'SVK' THEN 1 ELSE 0 END)
FROM `gasstations`;
-- 26 gpt-4
SELECT
(SUM(CASE WHEN g.Segment = 'premium' THEN 1 ELSE 0 END) / COUNT(*)) * 100 AS premium_percentage
FROM
customers c
JOIN
gasstations g ON c.CustomerID = g.GasStationID
WHERE
g.Country = 'SVK';
-- 28 gold
SELECT
`T2`.`CustomerID`,
SUM(`T2`.`Price` / `T2`.`Amount`),
`T1`.`Currency`
FROM `customers` AS `T1`
INNER JOIN `transactions_1k` AS `T2`
ON `T1`.`CustomerID` = `T2`.`CustomerID`
WHERE
`T2`.`CustomerID` = (
SELECT
`CustomerID`
FROM `yearmonth`
ORDER BY
`Consumption` DESC
LIMIT 1
)
GROUP BY
`T2`.`CustomerID`,
`T1`.`Currency`;
-- 28 gpt-4
SELECT 
t.CustomerID,
c.Currency,
SUM(t.Price) AS TotalSpent,
(SUM(t.Price) / SUM(t.Amount)) AS AvgPricePerItem
FROM 
transactions_1k t
JOIN 
customers c ON t.CustomerID = c.CustomerID
GROUP BY 
t.CustomerID
ORDER BY 
TotalSpent DESC
LIMIT 1;
