-- Questions of BIRD mini-dev (bird-bench/mini_dev, CC BY-SA 4.0) on the schema california_schools: its own SQL, and that of gpt-4; the texts are
-- unchanged. The data is generated.
CREATE TABLE `frpm` (`CDSCode` TEXT, `Academic Year` TEXT, `County Code` TEXT, `District Code` BIGINT, `School Code` TEXT, `County Name` TEXT, `District Name` TEXT, `School Name` TEXT, `District Type` TEXT, `School Type` TEXT, `Educational Option Type` TEXT, `NSLP Provision Status` TEXT, `Charter School (Y/N)` BIGINT, `Charter School Number` TEXT, `Charter Funding Type` TEXT, `IRC` BIGINT, `Low Grade` TEXT, `High Grade` TEXT, `Enrollment (K-12)` DOUBLE, `Free Meal Count (K-12)` DOUBLE, `Percent (%) Eligible Free (K-12)` DOUBLE, `FRPM Count (K-12)` DOUBLE, `Percent (%) Eligible FRPM (K-12)` DOUBLE, `Enrollment (Ages 5-17)` DOUBLE, `Free Meal Count (Ages 5-17)` DOUBLE, `Percent (%) Eligible Free (Ages 5-17)` DOUBLE, `FRPM Count (Ages 5-17)` DOUBLE, `Percent (%) Eligible FRPM (Ages 5-17)` DOUBLE, `2013-14 CALPADS Fall 1 Certification Status` BIGINT);
CREATE TABLE `satscores` (`cds` TEXT, `rtype` TEXT, `sname` TEXT, `dname` TEXT, `cname` TEXT, `enroll12` BIGINT, `NumTstTakr` BIGINT, `AvgScrRead` BIGINT, `AvgScrMath` BIGINT, `AvgScrWrite` BIGINT, `NumGE1500` BIGINT);
CREATE TABLE `schools` (`CDSCode` TEXT, `NCESDist` TEXT, `NCESSchool` TEXT, `StatusType` TEXT, `County` TEXT, `District` TEXT, `School` TEXT, `Street` TEXT, `StreetAbr` TEXT, `City` TEXT, `Zip` TEXT, `State` TEXT, `MailStreet` TEXT, `MailStrAbr` TEXT, `MailCity` TEXT, `MailZip` TEXT, `MailState` TEXT, `Phone` TEXT, `Ext` TEXT, `Website` TEXT, `OpenDate` TEXT, `ClosedDate` TEXT, `Charter` BIGINT, `CharterNum` TEXT, `FundingType` TEXT, `DOC` TEXT, `DOCType` TEXT, `SOC` TEXT, `SOCType` TEXT, `EdOpsCode` TEXT, `EdOpsName` TEXT, `EILCode` TEXT, `EILName` TEXT, `GSoffered` TEXT, `GSserved` TEXT, `Virtual` TEXT, `Magnet` BIGINT, `Latitude` DOUBLE, `Longitude` DOUBLE, `AdmFName1` TEXT, `AdmLName1` TEXT, `AdmEmail1` TEXT, `AdmFName2` TEXT, `AdmLName2` TEXT, `AdmEmail2` TEXT, `AdmFName3` TEXT, `AdmLName3` TEXT, `AdmEmail3` TEXT, `LastUpdate` TEXT);
-- 438 gold
SELECT  COUNT(DISTINCT `T2`.`School`) FROM `satscores` AS `T1` INNER JOIN `schools` AS `T2`  ON `T1`.`cds` = `T2`.`CDSCode` WHERE  `T2`.`Virtual` = 'F' AND `T1`.`AvgScrMath` > 400;
-- 438 gpt-4
SELECT COUNT(*)
FROM satscores
JOIN schools ON satscores.cds = schools.CDSCode
WHERE satscores.AvgScrMath > 400 AND schools.Virtual = 'F';
-- 440 gold
SELECT
MAX(
CAST(`T1`.`Free Meal Count (Ages 5-17)` AS DOUBLE) / `T1`.`Enrollment (Ages 5-17)`
)
FROM `frpm` AS `T1`
INNER JOIN `satscores` AS `T2`
ON `T1`.`CDSCode` = `T2`.`cds`
WHERE
CAST(`T2`.`NumGE1500` AS DOUBLE) / `T2`.`NumTstTakr` > 0.3;
-- 440 gpt-4
SELECT MAX(`Percent (%) Eligible Free (Ages 5-17)`) AS HighestEligibleFreeRate
FROM satscores
JOIN frpm ON satscores.cds = frpm.CDSCode
WHERE (NumGE1500 / NumTstTakr) > 0.3;
-- 442 gold
SELECT
`T1`.`School`,
`T1`.`Street`
FROM `schools` AS `T1`
INNER JOIN `frpm` AS `T2`
ON `T1`.`CDSCode` = `T2`.`CDSCode`
WHERE
`T2`.`Enrollment (K-12)` - `T2`.`Enrollment (Ages 5-17)` > 30;
-- 442 gpt-4
SELECT s.School, s.Street
FROM frpm f
JOIN schools s ON f.CDSCode = s.CDSCode
WHERE ABS(f.`Enrollment (K-12)` - f.`Enrollment (Ages 5-17)`) > 30;
-- 444 gold
SELECT
`T1`.`sname`,
`T2`.`Charter Funding Type`
FROM `satscores` AS `T1`
INNER JOIN `frpm` AS `T2`
ON `T1`.`cds` = `T2`.`CDSCode`
WHERE
`T2`.`District Name` LIKE 'Riverside%'
GROUP BY
`T1`.`sname`,
`T2`.`Charter Funding Type`
HAVING
CAST(SUM(`T1`.`AvgScrMath`) AS DOUBLE) / COUNT(`T1`.`cds`) > 400;
-- 444 gpt-4
SELECT s.sname, sch.FundingType
FROM satscores s
JOIN schools sch ON s.cds = sch.CDSCode
WHERE s.AvgScrMath > 400
AND sch.County = 'Riverside';
-- 446 gold
SELECT
`T2`.`School`,
`T1`.`AvgScrWrite`,
`T2`.`Phone`
FROM `schools` AS `T2`
LEFT JOIN `satscores` AS `T1`
ON `T2`.`CDSCode` = `T1`.`cds`
WHERE
DATE_FORMAT(CAST(`T2`.`OpenDate` AS DATETIME), '%Y') > '1991'
OR DATE_FORMAT(CAST(`T2`.`ClosedDate` AS DATETIME), '%Y') < '2000';
-- 446 gpt-4
SELECT s.sname AS SchoolName, satscores.AvgScrWrite AS AverageWritingScore, s.Phone AS CommunicationNumber
FROM satscores
JOIN schools s ON satscores.cds = s.CDSCode
WHERE (s.OpenDate > '1991-01-01' OR s.ClosedDate < '2000-01-01') AND satscores.AvgScrWrite IS NOT NULL
ORDER BY s.sname;
-- 448 gold
SELECT
CAST(`Free Meal Count (K-12)` AS DOUBLE) / `Enrollment (K-12)`
FROM `frpm`
ORDER BY
`Enrollment (K-12)` DESC
LIMIT 2
OFFSET 9;
-- 448 gpt-4
SELECT `School Name`, `Enrollment (K-12)`, `Free Meal Count (K-12)`, (`Free Meal Count (K-12)` / `Enrollment (K-12)`) AS `Eligible Free Rate`
FROM frpm
ORDER BY `Enrollment (K-12)` DESC
LIMIT 1 OFFSET 9;
-- 450 gold
SELECT
`T2`.`Street`,
`T2`.`City`,
`T2`.`State`,
`T2`.`Zip`
FROM `satscores` AS `T1`
INNER JOIN `schools` AS `T2`
ON `T1`.`cds` = `T2`.`CDSCode`
ORDER BY
CAST(`T1`.`NumGE1500` AS DOUBLE) / `T1`.`NumTstTakr` ASC
LIMIT 1;
-- 450 gpt-4
SELECT s.School, s.Street, s.City, s.State, s.Zip
FROM satscores sat
JOIN schools s ON sat.cds = s.CDSCode
WHERE sat.NumTstTakr > 0
ORDER BY (sat.NumGE1500 / sat.NumTstTakr), s.LastUpdate DESC
LIMIT 1;
-- 452 gold
SELECT
AVG(`T1`.`NumTstTakr`)
FROM `satscores` AS `T1`
INNER JOIN `schools` AS `T2`
ON `T1`.`cds` = `T2`.`CDSCode`
WHERE
DATE_FORMAT(CAST(`T2`.`OpenDate` AS DATETIME), '%Y') = '1980'
AND `T2`.`County` = 'Fresno';
-- 452 gpt-4
SELECT AVG(s.NumTstTakr) AS average_num_test_takers
FROM satscores s
JOIN schools sc ON s.cds = sc.CDSCode
WHERE sc.County = 'Fresno' AND YEAR(sc.OpenDate) = 1980;
-- 454 gold
SELECT  School FROM ( SELECT T2.School, T1.AvgScrRead, RANK() OVER (PARTITION BY T2.County ORDER BY T1.AvgScrRead DESC) AS rnk FROM satscores AS T1 INNER JOIN schools AS T2 ON T1.cds = T2.CDSCode WHERE T2.Virtual = 'F') ranked_schools WHERE rnk <= 5;
-- 454 gpt-4
SELECT s.School, s.County
FROM satscores sat
JOIN schools s ON sat.cds = s.CDSCode
WHERE s.Virtual = 'F'
AND (
SELECT COUNT(DISTINCT s2.School)
FROM satscores sat2
JOIN schools s2 ON sat2.cds = s2.CDSCode
WHERE s2.County = s.County
AND s2.Virtual = 'F'
AND (sat2.AvgScrRead > sat.AvgScrRead OR (sat2.AvgScrRead = sat.AvgScrRead AND sat2.cds < sat.cds))
) < 5
ORDER BY s.County, sat.AvgScrRead DESC;
-- 456 gold
SELECT
`T2`.`School`
FROM `frpm` AS `T1`
INNER JOIN `schools` AS `T2`
ON `T1`.`CDSCode` = `T2`.`CDSCode`
WHERE
`T2`.`DOC` = 31
ORDER BY
`T1`.`Enrollment (K-12)` DESC
LIMIT 1;
-- 456 gpt-4
SELECT s.CDSCode, s.School, s.Enrollment
FROM schools AS s
JOIN frpm AS f ON s.CDSCode = f.CDSCode
WHERE s.DOC = '31' AND s.GSoffered LIKE '%K-12%'
ORDER BY f.`Enrollment (K-12)` DESC
LIMIT 1;
-- 458 gold
SELECT
CAST(SUM(CASE WHEN `DOC` = 54 THEN 1 ELSE 0 END) AS DOUBLE) / SUM(CASE WHEN `DOC` = 52 THEN 1 ELSE 0 END)
FROM `schools`
WHERE
`StatusType` = 'Merged' AND `County` = 'Orange';
-- 458 gpt-4
SELECT 
SUM(CASE WHEN s.DOC = '54' THEN 1 ELSE 0 END) AS UnifiedSchools,
SUM(CASE WHEN s.DOC = '52' THEN 1 ELSE 0 END) AS ElementarySchools,
SUM(CASE WHEN s.DOC = '54' THEN 1 ELSE 0 END) / SUM(CASE WHEN s.DOC = '52' THEN 1 ELSE 0 END) AS Ratio
FROM schools s
WHERE s.County = 'Orange';
-- 460 gold
SELECT
COUNT(`T2`.`School`)
FROM `frpm` AS `T1`
INNER JOIN `schools` AS `T2`
ON `T1`.`CDSCode` = `T2`.`CDSCode`
WHERE
`T2`.`County` = 'Los Angeles'
AND `T2`.`Charter` = 0
AND CAST(`T1`.`Free Meal Count (K-12)` AS DOUBLE) * 100 / `T1`.`Enrollment (K-12)` < 0.18;
-- 460 gpt-4
SELECT COUNT(*) 
FROM schools s 
JOIN frpm f ON s.CDSCode = f.CDSCode 
WHERE s.Charter = 0 
AND s.County = 'Los Angeles' 
AND (f.`Free Meal Count (K-12)` * 100 / f.`Enrollment (K-12)`) < 0.18;
-- 462 gold
SELECT
`T2`.`School`,
`T1`.`FRPM Count (Ages 5-17)` * 100 / `T1`.`Enrollment (Ages 5-17)`
FROM `frpm` AS `T1`
INNER JOIN `schools` AS `T2`
ON `T1`.`CDSCode` = `T2`.`CDSCode`
WHERE
`T2`.`County` = 'Los Angeles' AND `T2`.`GSserved` = 'K-9';
-- 462 gpt-4
SELECT s.School, 
(f.`FRPM Count (Ages 5-17)` / f.`Enrollment (Ages 5-17)`) * 100 AS `Percent (%) Eligible FRPM (Ages 5-17)`
FROM schools s
JOIN frpm f ON s.CDSCode = f.CDSCode
WHERE s.County = 'Los Angeles'
AND s.GSoffered LIKE 'K%'
AND s.GSoffered LIKE '%9'
AND f.`Enrollment (Ages 5-17)` > 0;
-- 464 gold
SELECT
`GSoffered`
FROM `schools`
ORDER BY
ABS(`longitude`) DESC
LIMIT 1;
-- 464 gpt-4
SELECT GSoffered FROM schools WHERE ABS(Longitude) = (SELECT MAX(ABS(Longitude)) FROM schools);
-- 466 gold
SELECT
`T1`.`Free Meal Count (K-12)` * 100 / `T1`.`Enrollment (K-12)`,
`T1`.`District Code`
FROM `frpm` AS `T1`
INNER JOIN `schools` AS `T2`
ON `T1`.`CDSCode` = `T2`.`CDSCode`
WHERE
`T2`.`AdmFName1` = 'Alusine';
-- 466 gpt-4
SELECT 
f.`District Code`,
(f.`Free Meal Count (K-12)` / f.`Enrollment (K-12)`) * 100 AS `Percent (%) Eligible Free (K-12)`
FROM frpm f
JOIN schools s ON f.CDSCode = s.CDSCode
WHERE (s.AdmFName1 = 'Alusine' OR s.AdmFName2 = 'Alusine' OR s.AdmFName3 = 'Alusine')
AND f.`Enrollment (K-12)` > 0;
