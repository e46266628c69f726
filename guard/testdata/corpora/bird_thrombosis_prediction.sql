-- Questions of BIRD mini-dev (bird-bench/mini_dev, CC BY-SA 4.0) on the schema thrombosis_prediction: its own SQL, and that of gpt-4; the texts are
-- unchanged. The data is generated.
CREATE TABLE `Examination` (`ID` BIGINT, `Examination Date` TEXT, `aCL IgG` DOUBLE, `aCL IgM` DOUBLE, `ANA` BIGINT, `ANA Pattern` TEXT, `aCL IgA` BIGINT, `Diagnosis` TEXT, `KCT` TEXT, `RVVT` TEXT, `LAC` TEXT, `Symptoms` TEXT, `Thrombosis` BIGINT);
CREATE TABLE `Laboratory` (`ID` BIGINT, `Date` TEXT, `GOT` BIGINT, `GPT` BIGINT, `LDH` BIGINT, `ALP` BIGINT, `TP` DOUBLE, `ALB` DOUBLE, `UA` DOUBLE, `UN` BIGINT, `CRE` DOUBLE, `T-BIL` DOUBLE, `T-CHO` BIGINT, `TG` BIGINT, `CPK` BIGINT, `GLU` BIGINT, `WBC` DOUBLE, `RBC` DOUBLE, `HGB` DOUBLE, `HCT` DOUBLE, `PLT` BIGINT, `PT` DOUBLE, `APTT` BIGINT, `FG` DOUBLE, `PIC` BIGINT, `TAT` BIGINT, `TAT2` BIGINT, `U-PRO` TEXT, `IGG` BIGINT, `IGA` BIGINT, `IGM` BIGINT, `CRP` TEXT, `RA` TEXT, `RF` TEXT, `C3` BIGINT, `C4` BIGINT, `RNP` TEXT, `SM` TEXT, `SC170` TEXT, `SSA` TEXT, `SSB` TEXT, `CENTROMEA` TEXT, `DNA` TEXT, `DNA-II` BIGINT);
CREATE TABLE `Patient` (`ID` BIGINT, `SEX` TEXT, `Birthday` TEXT, `Description` TEXT, `First Date` TEXT, `Admission` TEXT, `Diagnosis` TEXT);
-- 78 gold
SELECT
CAST(SUM(CASE WHEN `Admission` = '+' THEN 1 ELSE 0 END) AS DOUBLE) * 100 / SUM(CASE WHEN `Admission` = '-' THEN 1 ELSE 0 END)
FROM `Patient`
WHERE
`SEX` = 'M';
-- 78 gpt-4
SELECT
SUM(CASE WHEN Admission = '+' THEN 1 ELSE 0 END) AS InPatientCount,
SUM(CASE WHEN Admission = '-' THEN 1 ELSE 0 END) AS OutPatientCount,
ABS(
(SUM(CASE WHEN Admission = '+' THEN 1 ELSE 0 END) - SUM(CASE WHEN Admission = '-' THEN 1 ELSE 0 END))
/
GREATEST(SUM(CASE WHEN Admission = '+' THEN 1 ELSE 0 END), SUM(CASE WHEN Admission = '-' THEN 1 ELSE 0 END))
) * 100 AS DeviationPercentage
FROM Patient
WHERE SEX = 'M';
-- 80 gold
SELECT
SUM(CASE WHEN `Admission` = '+' THEN 1 ELSE 0 END) / SUM(CASE WHEN `Admission` = '-' THEN 1 ELSE 0 END)
FROM `Patient`
WHERE
`Diagnosis` = 'SLE';
-- 80 gpt-4
SELECT
SUM(CASE WHEN Admission = '-' THEN 1 ELSE 0 END) AS OutpatientCount,
SUM(CASE WHEN Admission = '+' THEN 1 ELSE 0 END) AS InpatientCount,
SUM(CASE WHEN Admission = '-' THEN 1 ELSE 0 END) / SUM(CASE WHEN Admission = '+' THEN 1 ELSE 0 END) AS OutpatientToInpatientRatio
FROM Patient
WHERE Diagnosis = 'SLE';
-- 82 gold
SELECT DISTINCT
`T1`.`ID`,
`T1`.`SEX`,
`T1`.`Birthday`
FROM `Patient` AS `T1`
INNER JOIN `Laboratory` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
`T2`.`LDH` > 500;
-- 82 gpt-4
SELECT Patient.ID, Patient.SEX, Patient.Birthday
FROM Patient
JOIN Laboratory ON Patient.ID = Laboratory.ID
WHERE Laboratory.LDH > 500;
-- 84 gold
SELECT DISTINCT
`T1`.`ID`,
`T1`.`SEX`,
`T1`.`Diagnosis`
FROM `Patient` AS `T1`
INNER JOIN `Examination` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
`T2`.`Thrombosis` = 2;
-- 84 gpt-4
SELECT p.ID, p.SEX, p.Diagnosis
FROM Patient p
JOIN Examination e ON p.ID = e.ID
WHERE e.Thrombosis = 2;
-- 86 gold
SELECT
COUNT(*)
FROM `Patient` AS `T1`
INNER JOIN `Examination` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
`T1`.`SEX` = 'F'
AND DATE_FORMAT(CAST(`T2`.`Examination Date` AS DATETIME), '%Y') = '1997'
AND `T2`.`Thrombosis` = 1;
-- 86 gpt-4
SELECT COUNT(DISTINCT p.ID) AS FemalePatientsWithSeriousThrombosis
FROM Patient p
JOIN Examination e ON p.ID = e.ID
WHERE p.SEX = 'F'
AND e.`Thrombosis` = 1
AND YEAR(e.`Examination Date`) = 1997;
-- 88 gold
SELECT
`T1`.`Date`,
DATE_FORMAT(CAST(`T2`.`First Date` AS DATETIME), '%Y') - DATE_FORMAT(CAST(`T2`.`Birthday` AS DATETIME), '%Y'),
`T2`.`Birthday`
FROM `Laboratory` AS `T1`
INNER JOIN `Patient` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
`T2`.`Diagnosis` = 'SJS' AND NOT `T2`.`Birthday` IS NULL
ORDER BY
`T2`.`Birthday` ASC
LIMIT 1;
-- 88 gpt-4
SELECT L.Date, YEAR(P.`First Date`) - YEAR(P.Birthday) AS AgeAtFirstDate
FROM Patient P
JOIN Laboratory L ON P.ID = L.ID
WHERE P.Diagnosis = 'SJS'
ORDER BY P.Birthday DESC, L.Date DESC
LIMIT 1;
-- 90 gold
SELECT
COUNT(`T1`.`ID`)
FROM `Patient` AS `T1`
INNER JOIN `Examination` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
DATE_FORMAT(CAST(`T2`.`Examination Date` AS DATETIME), '%Y') BETWEEN '1990' AND '1993'
AND DATE_FORMAT(CAST(`T2`.`Examination Date` AS DATETIME), '%Y') - DATE_FORMAT(CAST(`T1`.`Birthday` AS DATETIME), '%Y') < '18';
-- 90 gpt-4
SELECT COUNT(DISTINCT Patient.ID) AS UnderagePatientsExamined
FROM Patient
JOIN Examination ON Patient.ID = Examination.ID
WHERE YEAR(Patient.Birthday) > (1993 - 18)
AND YEAR(Examination.`Examination Date`) BETWEEN 1990 AND 1993;
-- 92 gold
SELECT
`aCL IgA`,
`aCL IgG`,
`aCL IgM`
FROM `Examination`
WHERE
`ID` IN (
SELECT
`ID`
FROM `Patient`
WHERE
`Diagnosis` = 'SLE' AND `Description` = '1994-02-19'
)
AND `Examination Date` = '1993-11-12';
-- 92 gpt-4
SELECT e.`aCL IgM`
FROM Patient p
JOIN Examination e ON p.ID = e.ID
WHERE p.Diagnosis = 'SLE' AND p.Description = '1994-02-19' AND e.`Examination Date` = '1993-11-12';
-- 94 gold
SELECT DISTINCT
`ID`
FROM `Laboratory`
WHERE
`Date` BETWEEN '1987-07-06' AND '1996-01-31' AND `GPT` > 30 AND `ALB` < 4;
-- 94 gpt-4
SELECT COUNT(DISTINCT Laboratory.ID) AS NumberOfPatients
FROM Laboratory
JOIN Examination ON Laboratory.ID = Examination.ID
WHERE Laboratory.Date BETWEEN '1987-07-06' AND '1996-01-31'
AND Laboratory.GPT > 30
AND Laboratory.ALB < 4;
-- 96 gold
SELECT DISTINCT
`T1`.`ID`
FROM `Patient` AS `T1`
INNER JOIN `Laboratory` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
`T1`.`Admission` = '-' AND `T2`.`T-BIL` < 2.0 AND `T2`.`Date` LIKE '1991-10-%';
-- 96 gpt-4
SELECT p.ID, p.SEX, p.Birthday, p.Description, p.`First Date`, p.Admission, p.Diagnosis
FROM Patient p
JOIN Laboratory l ON p.ID = l.ID
WHERE p.Admission = '-'
AND l.Date LIKE '1991-10%'
AND l.`T-BIL` < 2.0;
-- 98 gold
SELECT
COUNT(`ID`)
FROM `Patient`
WHERE
`SEX` = 'F' AND `Diagnosis` = 'APS';
-- 98 gpt-4
SELECT COUNT(*) 
FROM Patient 
WHERE SEX = 'F' AND Diagnosis = 'APS';
-- 100 gold
SELECT
CASE
WHEN (
`T1`.`SEX` = 'F' AND `T2`.`UA` > 6.5
)
OR (
`T1`.`SEX` = 'M' AND `T2`.`UA` > 8.0
)
THEN TRUE
ELSE FALSE
END
FROM `Patient` AS `T1`
INNER JOIN `Laboratory` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
`T1`.`ID` = 57266;
-- 100 gpt-4
SELECT 
CASE 
WHEN SEX = 'M' AND UA > 8.0 THEN 'Yes'
WHEN SEX = 'F' AND UA > 6.5 THEN 'Yes'
ELSE 'No'
END AS `Is_Uric_Acid_Normal`
FROM Patient
JOIN Laboratory ON Patient.ID = Laboratory.ID
WHERE Patient.ID = 57266;
-- 102 gold
SELECT `T1`.`Diagnosis`
FROM `Patient` AS `T1`
INNER JOIN `Laboratory` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
`T2`.`GPT` > 60
ORDER BY
`T1`.`Birthday` ASC;
-- 102 gpt-4
SELECT p.Diagnosis
FROM Patient p
JOIN Laboratory l ON p.ID = l.ID
WHERE l.GPT > 60
ORDER BY p.Birthday ASC;
-- 104 gold
SELECT T1.ID, T1.SEX FROM Patient AS T1 INNER JOIN Laboratory AS T2 ON T1.ID = T2.ID WHERE T2.`T-BIL` >= 2.0 GROUP BY T1.SEX, T1.ID;
-- 104 gpt-4
SELECT p.SEX, COUNT(*) AS TotalPatients
FROM Patient p
JOIN Laboratory l ON p.ID = l.ID
WHERE l.`T-BIL` >= 2.0
GROUP BY p.SEX;
-- 106 gold
SELECT
COUNT(DISTINCT `T1`.`ID`)
FROM `Patient` AS `T1`
INNER JOIN `Laboratory` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
`T2`.`TG` >= 200
AND DATE_FORMAT(CAST(CURRENT_TIMESTAMP() AS DATETIME), '%Y') - DATE_FORMAT(CAST(`T1`.`Birthday` AS DATETIME), '%Y') > 50;
-- 106 gpt-4
SELECT COUNT(DISTINCT p.ID) 
FROM Patient p 
JOIN Laboratory l ON p.ID = l.ID 
WHERE l.TG >= 200 AND YEAR(CURDATE()) - YEAR(p.Birthday) > 50;
-- 108 gold
SELECT DISTINCT
`T1`.`ID`,
`T1`.`SEX`,
DATE_FORMAT(CAST(CURRENT_TIMESTAMP() AS DATETIME), '%Y') - DATE_FORMAT(CAST(`T1`.`Birthday` AS DATETIME), '%Y')
FROM `Patient` AS `T1`
INNER JOIN `Laboratory` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
`T2`.`GLU` >= 180 AND `T2`.`T-CHO` < 250;
-- 108 gpt-4
SELECT p.ID, p.SEX, TIMESTAMPDIFF(YEAR, p.Birthday, CURDATE()) AS age
FROM Patient p
JOIN Laboratory l ON p.ID = l.ID
WHERE l.GLU >= 180 AND l.`T-CHO` < 250;
-- 110 gold
SELECT
`T1`.`ID`,
`T1`.`SEX`
FROM `Patient` AS `T1`
INNER JOIN `Laboratory` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
`T1`.`Diagnosis` = 'SLE' AND `T2`.`HGB` > 10 AND `T2`.`HGB` < 17
ORDER BY
`T1`.`Birthday` ASC
LIMIT 1;
-- 110 gpt-4
SELECT p.ID, p.SEX
FROM Patient p
JOIN Laboratory l ON p.ID = l.ID
WHERE p.Diagnosis = 'SLE' AND l.HGB > 10 AND l.HGB < 17
ORDER BY p.Birthday DESC
LIMIT 1;
-- 112 gold
SELECT
SUM(CASE WHEN `T2`.`PLT` <= 100 THEN 1 ELSE 0 END) - SUM(CASE WHEN `T2`.`PLT` >= 400 THEN 1 ELSE 0 END)
FROM `Patient` AS `T1`
INNER JOIN `Laboratory` AS `T2`
ON `T1`.`ID` = `T2`.`ID`;
-- 112 gpt-4
SELECT
SUM(CASE WHEN PLT < 100 THEN 1 ELSE 0 END) AS LowerThanNormal,
SUM(CASE WHEN PLT > 400 THEN 1 ELSE 0 END) AS HigherThanNormal
FROM Laboratory
WHERE PLT <= 100 OR PLT >= 400;
-- 114 gold
SELECT
CAST(SUM(CASE WHEN `T2`.`PT` >= 14 AND `T1`.`SEX` = 'F' THEN 1 ELSE 0 END) AS DOUBLE) * 100 / COUNT(CASE WHEN `T2`.`PT` >= 14 THEN 1 ELSE 0 END)
FROM `Patient` AS `T1`
INNER JOIN `Laboratory` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
DATE_FORMAT(CAST(CURRENT_TIMESTAMP() AS DATETIME), '%Y') - DATE_FORMAT(CAST(`T1`.`Birthday` AS DATETIME), '%Y') > 55;
-- 114 gpt-4
SELECT
(SUM(CASE WHEN P.SEX = 'F' AND L.PT >= 14 THEN 1 ELSE 0 END) / SUM(CASE WHEN L.PT >= 14 THEN 1 ELSE 0 END)) * 100 AS PercentageOfFemalesWithAbnormalPT
FROM
Patient P
JOIN
Laboratory L ON P.ID = L.ID
WHERE
YEAR(CURRENT_DATE) - YEAR(P.Birthday) > 55;
-- 116 gold
SELECT
COUNT(DISTINCT `T1`.`ID`)
FROM `Patient` AS `T1`
INNER JOIN `Laboratory` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
INNER JOIN `Examination` AS `T3`
ON `T3`.`ID` = `T2`.`ID`
WHERE
`T2`.`IGG` >= 2000;
-- 116 gpt-4
SELECT COUNT(DISTINCT ID) AS PatientsWithHighIgG
FROM Laboratory
WHERE IGG >= 2000;
-- 118 gold
SELECT
COUNT(`T1`.`ID`)
FROM `Patient` AS `T1`
INNER JOIN `Laboratory` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
`T2`.`IGA` BETWEEN 80 AND 500
AND DATE_FORMAT(CAST(`T1`.`First Date` AS DATETIME), '%Y') > '1990';
-- 118 gpt-4
SELECT COUNT(DISTINCT p.ID) 
FROM Patient p 
JOIN Laboratory l ON p.ID = l.ID 
WHERE l.IGA >= 80 AND l.IGA <= 500 AND YEAR(p.`First Date`) >= 1990;
-- 120 gold
SELECT COUNT(T1.ID) FROM Patient AS T1 INNER JOIN Laboratory AS T2 ON T1.ID = T2.ID WHERE (T2.CRP = '+' ) AND T1.Description IS NULL;
-- 120 gpt-4
SELECT COUNT(*) 
FROM Patient 
WHERE CRP = '+' AND Description IS NULL;
-- 122 gold
SELECT
COUNT(DISTINCT `T1`.`ID`)
FROM `Patient` AS `T1`
INNER JOIN `Laboratory` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
`T2`.`RNP` = 'negative' OR `T2`.`RNP` = '0' AND `T1`.`Admission` = '+';
-- 122 gpt-4
SELECT COUNT(DISTINCT Patient.ID) 
FROM Patient 
JOIN Laboratory ON Patient.ID = Laboratory.ID 
WHERE Laboratory.RNP IN ('-', '+-') AND Patient.Admission = '+';
-- 124 gold
SELECT
COUNT(DISTINCT `T1`.`ID`)
FROM `Patient` AS `T1`
INNER JOIN `Laboratory` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
INNER JOIN `Examination` AS `T3`
ON `T3`.`ID` = `T2`.`ID`
WHERE
(
`T2`.`SC170` = 'negative' OR `T2`.`SC170` = '0'
)
AND `T1`.`SEX` = 'F'
AND `T3`.`Symptoms` IS NULL;
-- 124 gpt-4
SELECT COUNT(DISTINCT Patient.ID)
FROM Patient
JOIN Examination ON Patient.ID = Examination.ID
WHERE Patient.SEX = 'F'
AND Examination.Symptoms IS NULL
AND Examination.`SC170` IN ('negative', '0');
-- 126 gold
SELECT
`T1`.`Birthday`
FROM `Patient` AS `T1`
INNER JOIN `Laboratory` AS `T2`
ON `T1`.`ID` = `T2`.`ID`
WHERE
`T2`.`GOT` >= 60
ORDER BY
`T1`.`Birthday` DESC
LIMIT 1;
-- 126 gpt-4
SELECT MAX(Birthday) AS YoungestBirthday
FROM Patient
JOIN Laboratory ON Patient.ID = Laboratory.ID
WHERE GOT >= 60;
