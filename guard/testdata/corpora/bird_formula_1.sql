-- Questions of BIRD mini-dev (bird-bench/mini_dev, CC BY-SA 4.0) on the schema formula_1: its own SQL, and that of gpt-4; the texts are
-- unchanged. The data is generated.
CREATE TABLE `circuits` (`circuitId` BIGINT, `circuitRef` TEXT, `name` TEXT, `location` TEXT, `country` TEXT, `lat` DOUBLE, `lng` DOUBLE, `alt` BIGINT, `url` TEXT);
CREATE TABLE `constructorResults` (`constructorResultsId` BIGINT, `raceId` BIGINT, `constructorId` BIGINT, `points` DOUBLE, `status` TEXT);
CREATE TABLE `constructorStandings` (`constructorStandingsId` BIGINT, `raceId` BIGINT, `constructorId` BIGINT, `points` DOUBLE, `position` BIGINT, `positionText` TEXT, `wins` BIGINT);
CREATE TABLE `constructors` (`constructorId` BIGINT, `constructorRef` TEXT, `name` TEXT, `nationality` TEXT, `url` TEXT);
CREATE TABLE `driverStandings` (`driverStandingsId` BIGINT, `raceId` BIGINT, `driverId` BIGINT, `points` DOUBLE, `position` BIGINT, `positionText` TEXT, `wins` BIGINT);
CREATE TABLE `drivers` (`driverId` BIGINT, `driverRef` TEXT, `number` BIGINT, `code` TEXT, `forename` TEXT, `surname` TEXT, `dob` TEXT, `nationality` TEXT, `url` TEXT);
CREATE TABLE `lapTimes` (`raceId` BIGINT, `driverId` BIGINT, `lap` BIGINT, `position` BIGINT, `time` TEXT, `milliseconds` BIGINT);
CREATE TABLE `pitStops` (`raceId` BIGINT, `driverId` BIGINT, `stop` BIGINT, `lap` BIGINT, `time` TEXT, `duration` TEXT, `milliseconds` BIGINT);
CREATE TABLE `qualifying` (`qualifyId` BIGINT, `raceId` BIGINT, `driverId` BIGINT, `constructorId` BIGINT, `number` BIGINT, `position` BIGINT, `q1` TEXT, `q2` TEXT, `q3` TEXT);
CREATE TABLE `races` (`raceId` BIGINT, `year` BIGINT, `round` BIGINT, `circuitId` BIGINT, `name` TEXT, `date` TEXT, `time` TEXT, `url` TEXT);
CREATE TABLE `results` (`resultId` BIGINT, `raceId` BIGINT, `driverId` BIGINT, `constructorId` BIGINT, `number` BIGINT, `grid` BIGINT, `position` BIGINT, `positionText` TEXT, `positionOrder` BIGINT, `points` DOUBLE, `laps` BIGINT, `time` TEXT, `milliseconds` BIGINT, `fastestLap` BIGINT, `rank` BIGINT, `fastestLapTime` TEXT, `fastestLapSpeed` TEXT, `statusId` BIGINT);
CREATE TABLE `seasons` (`year` BIGINT, `url` TEXT);
CREATE TABLE `status` (`statusId` BIGINT, `status` TEXT);
-- 180 gold
SELECT
`T2`.`surname`
FROM `qualifying` AS `T1`
INNER JOIN `drivers` AS `T2`
ON `T2`.`driverId` = `T1`.`driverId`
WHERE
`T1`.`raceId` = 19
ORDER BY
`T1`.`q2` ASC
LIMIT 1;
-- 180 gpt-4
SELECT d.surname
FROM drivers d
JOIN qualifying q ON d.driverId = q.driverId
WHERE q.raceId = 19 AND q.q2 IS NOT NULL
ORDER BY q.q2 ASC
LIMIT 1;
-- 182 gold
SELECT DISTINCT
`T1`.`lat`,
`T1`.`lng`
FROM `circuits` AS `T1`
INNER JOIN `races` AS `T2`
ON `T2`.`circuitID` = `T1`.`circuitId`
WHERE
`T2`.`name` = 'Australian Grand Prix';
-- 182 gpt-4
SELECT circuits.lat, circuits.lng
FROM circuits
JOIN races ON circuits.circuitId = races.circuitId
WHERE races.name = 'Australian Grand Prix';
-- 184 gold
SELECT
`T1`.`q1`
FROM `qualifying` AS `T1`
INNER JOIN `drivers` AS `T2`
ON `T2`.`driverId` = `T1`.`driverId`
WHERE
`T1`.`raceId` = 354 AND `T2`.`forename` = 'Bruno' AND `T2`.`surname` = 'Senna';
-- 184 gpt-4
SELECT q.q1
FROM qualifying q
JOIN drivers d ON q.driverId = d.driverId
WHERE q.raceId = 354 AND d.forename = 'Bruno' AND d.surname = 'Senna';
-- 186 gold
SELECT
COUNT(`T3`.`driverId`)
FROM `races` AS `T1`
INNER JOIN `results` AS `T2`
ON `T2`.`raceId` = `T1`.`raceId`
INNER JOIN `drivers` AS `T3`
ON `T3`.`driverId` = `T2`.`driverId`
WHERE
`T1`.`year` = 2007 AND `T1`.`name` = 'Bahrain Grand Prix' AND `T2`.`time` IS NULL;
-- 186 gpt-4
SELECT COUNT(*) AS drivers_not_finished
FROM results
JOIN races ON results.raceId = races.raceId
WHERE races.name = 'Bahrain Grand Prix' AND races.year = 2007 AND results.time IS NULL;
-- 188 gold
SELECT DISTINCT
`T2`.`forename`,
`T2`.`surname`,
`T2`.`url`
FROM `lapTimes` AS `T1`
INNER JOIN `drivers` AS `T2`
ON `T2`.`driverId` = `T1`.`driverId`
WHERE
`T1`.`raceId` = 161 AND `T1`.`time` LIKE '1:27%';
-- 188 gpt-4
SELECT d.url
FROM lapTimes lt
JOIN drivers d ON lt.driverId = d.driverId
WHERE lt.raceId = 161 AND lt.time LIKE '1:27%';
-- 190 gold
SELECT
`T2`.`url`
FROM `constructorResults` AS `T1`
INNER JOIN `constructors` AS `T2`
ON `T2`.`constructorId` = `T1`.`constructorId`
WHERE
`T1`.`raceId` = 9
ORDER BY
`T1`.`points` DESC
LIMIT 1;
-- 190 gpt-4
SELECT constructors.url
FROM constructorResults
JOIN constructors ON constructorResults.constructorId = constructors.constructorId
WHERE constructorResults.raceId = 9
ORDER BY constructorResults.points DESC
LIMIT 1;
-- 192 gold
SELECT
`T2`.`url`
FROM `races` AS `T1`
INNER JOIN `seasons` AS `T2`
ON `T2`.`year` = `T1`.`year`
WHERE
`T1`.`raceId` = 901;
-- 192 gpt-4
SELECT seasons.url
FROM seasons
JOIN races ON seasons.year = races.year
WHERE races.raceId = 901;
-- 194 gold
SELECT
`T1`.`nationality`
FROM `drivers` AS `T1`
INNER JOIN `results` AS `T2`
ON `T2`.`driverId` = `T1`.`driverId`
ORDER BY
`T2`.`fastestLapSpeed` DESC
LIMIT 1;
-- 194 gpt-4
SELECT d.nationality
FROM drivers d
JOIN results r ON d.driverId = r.driverId
ORDER BY CAST(r.fastestLapSpeed AS DECIMAL(10,2)) DESC
LIMIT 1;
-- 196 gold
SELECT
CAST(COUNT(CASE WHEN NOT `T2`.`time` IS NULL THEN `T2`.`driverId` END) AS DOUBLE) * 100 / COUNT(`T2`.`driverId`)
FROM `races` AS `T1`
INNER JOIN `results` AS `T2`
ON `T2`.`raceId` = `T1`.`raceId`
WHERE
`T1`.`date` = '1983-07-16';
-- 196 gpt-4
SELECT 
COUNT(CASE WHEN r.time IS NOT NULL THEN 1 END) / COUNT(*) AS race_completion_rate
FROM 
races ra
JOIN 
results r ON ra.raceId = r.raceId
WHERE 
ra.date = '1983-07-16';
-- 198 gold
SELECT
`T3`.`forename`,
`T3`.`surname`,
`T2`.`points`
FROM `races` AS `T1`
INNER JOIN `driverStandings` AS `T2`
ON `T2`.`raceId` = `T1`.`raceId`
INNER JOIN `drivers` AS `T3`
ON `T3`.`driverId` = `T2`.`driverId`
ORDER BY
`T2`.`points` DESC
LIMIT 1;
-- 198 gpt-4
SELECT d.forename, d.surname, SUM(ds.points) AS total_points
FROM drivers d
JOIN driverStandings ds ON d.driverId = ds.driverId
GROUP BY d.driverId
ORDER BY total_points DESC
LIMIT 1;
-- 200 gold
SELECT
AVG(`T2`.`milliseconds`)
FROM `races` AS `T1`
INNER JOIN `lapTimes` AS `T2`
ON `T2`.`raceId` = `T1`.`raceId`
INNER JOIN `drivers` AS `T3`
ON `T3`.`driverId` = `T2`.`driverId`
WHERE
`T3`.`forename` = 'Lewis'
AND `T3`.`surname` = 'Hamilton'
AND `T1`.`year` = 2009
AND `T1`.`name` = 'Malaysian Grand Prix';
-- 200 gpt-4
SELECT AVG(lt.milliseconds) AS average_lap_time
FROM lapTimes lt
JOIN drivers d ON lt.driverId = d.driverId
JOIN races r ON lt.raceId = r.raceId
WHERE d.forename = 'Lewis' AND d.surname = 'Hamilton'
AND r.name = 'Malaysian Grand Prix'
AND r.year = 2009;
-- 202 gold
SELECT
`T1`.`forename`,
`T1`.`surname`,
`T1`.`nationality`,
MAX(`T2`.`points`)
FROM `drivers` AS `T1`
INNER JOIN `driverStandings` AS `T2`
ON `T2`.`driverId` = `T1`.`driverId`
WHERE
`T2`.`wins` >= 1
GROUP BY
`T1`.`forename`,
`T1`.`surname`,
`T1`.`nationality`
ORDER BY
COUNT(`T2`.`wins`) DESC
LIMIT 1;
-- 202 gpt-4
SELECT CONCAT(d.forename, ' ', d.surname) AS full_name, d.nationality, MAX(ds.points) AS max_points
FROM drivers d
JOIN driverStandings ds ON d.driverId = ds.driverId
GROUP BY d.driverId
ORDER BY SUM(ds.wins) DESC, MAX(ds.points) DESC
LIMIT 1;
-- 204 gold
SELECT DISTINCT
`T2`.`name`,
`T1`.`name`,
`T1`.`location`
FROM `circuits` AS `T1`
INNER JOIN `races` AS `T2`
ON `T2`.`circuitID` = `T1`.`circuitId`
WHERE
`T2`.`year` = 2005 AND DATE_FORMAT(CAST(`T2`.`date` AS DATETIME), '%m') = '09';
-- 204 gpt-4
SELECT races.name AS race_name, circuits.name AS circuit_name, circuits.location
FROM races
JOIN circuits ON races.circuitId = circuits.circuitId
WHERE MONTH(races.date) = 9 AND YEAR(races.date) = 2005;
-- 206 gold
SELECT
`T1`.`name`,
`T1`.`year`
FROM `races` AS `T1`
INNER JOIN `lapTimes` AS `T2`
ON `T2`.`raceId` = `T1`.`raceId`
INNER JOIN `drivers` AS `T3`
ON `T3`.`driverId` = `T2`.`driverId`
WHERE
`T3`.`forename` = 'Michael' AND `T3`.`surname` = 'Schumacher'
ORDER BY
`T2`.`milliseconds` ASC
LIMIT 1;
-- 206 gpt-4
SELECT r.name AS race, r.year AS year_of_race
FROM results res
JOIN races r ON res.raceId = r.raceId
JOIN drivers d ON res.driverId = d.driverId
WHERE d.forename = 'Michael' AND d.surname = 'Schumacher'
ORDER BY res.fastestLapTime ASC
LIMIT 1;
-- 208 gold
SELECT
CAST(COUNT(CASE WHEN `T1`.`country` = 'Germany' THEN `T2`.`circuitID` END) AS DOUBLE) * 100 / COUNT(`T2`.`circuitId`)
FROM `circuits` AS `T1`
INNER JOIN `races` AS `T2`
ON `T2`.`circuitID` = `T1`.`circuitId`
WHERE
`T2`.`name` = 'European Grand Prix';
-- 208 gpt-4
SELECT 
(COUNT(*) / (SELECT COUNT(*) FROM races WHERE name = 'European Grand Prix')) * 100 AS percentage
FROM races
WHERE country = 'Germany' AND name = 'European Grand Prix';
-- 210 gold
SELECT
`circuitRef`
FROM `circuits`
WHERE
`name` = 'Marina Bay Street Circuit';
-- 210 gpt-4
SELECT circuitRef FROM circuits WHERE name = 'Marina Bay Street Circuit';
-- 212 gold
SELECT
`T3`.`forename`,
`T3`.`surname`,
`T3`.`driverRef`
FROM `races` AS `T1`
INNER JOIN `results` AS `T2`
ON `T2`.`raceId` = `T1`.`raceId`
INNER JOIN `drivers` AS `T3`
ON `T3`.`driverId` = `T2`.`driverId`
WHERE
`T1`.`name` = 'Canadian Grand Prix' AND `T2`.`rank` = 1 AND `T1`.`year` = 2007;
-- 212 gpt-4
SELECT d.driverRef
FROM drivers d
JOIN results r ON d.driverId = r.driverId
JOIN races ra ON r.raceId = ra.raceId
JOIN seasons s ON ra.year = s.year
WHERE ra.name = 'Canadian Grand Prix' AND s.year = 2007 AND r.positionOrder = 1;
-- 214 gold
SELECT
`T2`.`fastestLapSpeed`
FROM `races` AS `T1`
INNER JOIN `results` AS `T2`
ON `T2`.`raceId` = `T1`.`raceId`
WHERE
`T1`.`name` = 'Spanish Grand Prix'
AND `T1`.`year` = 2009
AND NOT `T2`.`fastestLapSpeed` IS NULL
ORDER BY
`T2`.`fastestLapSpeed` DESC
LIMIT 1;
-- 214 gpt-4
SELECT MAX(fastestLapSpeed) AS FastestLapSpeed
FROM results
JOIN races ON results.raceId = races.raceId
WHERE races.name = 'Spanish Grand Prix' AND races.year = 2009;
-- 216 gold
SELECT
`T1`.`time`
FROM `results` AS `T1`
INNER JOIN `races` AS `T2`
ON `T1`.`raceId` = `T2`.`raceId`
WHERE
`T1`.`rank` = 2 AND `T2`.`name` = 'Chinese Grand Prix' AND `T2`.`year` = 2008;
-- 216 gpt-4
SELECT r.time
FROM results r
JOIN races ra ON r.raceId = ra.raceId
WHERE ra.year = 2008 AND ra.name = 'Chinese Grand Prix' AND r.positionOrder = 2;
-- 218 gold
WITH `time_in_seconds` AS (
SELECT
`T1`.`positionOrder`,
CASE
WHEN `T1`.`positionOrder` = 1
THEN (
CAST(SUBSTR(`T1`.`time`, 1, 1) AS DOUBLE) * 3600
) + (
CAST(SUBSTR(`T1`.`time`, 3, 2) AS DOUBLE) * 60
) + CAST(SUBSTR(`T1`.`time`, 6) AS DOUBLE)
ELSE CAST(SUBSTR(`T1`.`time`, 2) AS DOUBLE)
END AS `time_seconds`
FROM `results` AS `T1`
INNER JOIN `races` AS `T2`
ON `T1`.`raceId` = `T2`.`raceId`
WHERE
`T2`.`name` = 'Australian Grand Prix'
AND NOT `T1`.`time` IS NULL
AND `T2`.`year` = 2008
), `champion_time` AS (
SELECT
`time_seconds`
FROM `time_in_seconds`
WHERE
`positionOrder` = 1
), `last_driver_incremental` AS (
SELECT
`time_seconds`
FROM `time_in_seconds`
WHERE
`positionOrder` = (
SELECT
MAX(`positionOrder`)
FROM `time_in_seconds`
)
)
SELECT
(
CAST((
SELECT
`time_seconds`
FROM `last_driver_incremental`
) AS DOUBLE) * 100
) / (
SELECT
`time_seconds` + (
SELECT
`time_seconds`
FROM `last_driver_incremental`
)
FROM `champion_time`
);
-- 218 gpt-4
SELECT 
((TIME_TO_SEC(TIMEDIFF(last_driver.time, champion.time)) / TIME_TO_SEC(last_driver.time)) * 100) AS percentage_faster
FROM 
(SELECT time FROM results WHERE raceId = (SELECT raceId FROM races WHERE year = 2008 AND name = 'Australian Grand Prix') AND positionOrder = 1) AS champion,
(SELECT time FROM results WHERE raceId = (SELECT raceId FROM races WHERE year = 2008 AND name = 'Australian Grand Prix') AND time IS NOT NULL ORDER BY positionOrder DESC LIMIT 1) AS last_driver;
-- 220 gold
SELECT
MAX(`T1`.`points`)
FROM `constructorStandings` AS `T1`
INNER JOIN `constructors` AS `T2`
ON `T1`.`constructorId` = `T2`.`constructorId`
WHERE
`T2`.`nationality` = 'British';
-- 220 gpt-4
SELECT MAX(cs.points) AS maximum_points
FROM constructorStandings cs
JOIN constructors c ON cs.constructorId = c.constructorId
WHERE c.nationality = 'British';
-- 222 gold
SELECT
COUNT(`T1`.`raceId`)
FROM `constructorStandings` AS `T1`
INNER JOIN `constructors` AS `T2`
ON `T1`.`constructorId` = `T2`.`constructorId`
WHERE
`T1`.`points` = 0 AND `T2`.`nationality` = 'Japanese'
GROUP BY
`T1`.`constructorId`
HAVING
COUNT(`raceId`) = 2;
-- 222 gpt-4
SELECT COUNT(DISTINCT c.constructorId) AS JapaneseConstructorsWithZeroPointsInTwoRaces
FROM constructors c
JOIN constructorResults cr ON c.constructorId = cr.constructorId
WHERE c.nationality = 'Japanese' AND cr.points = 0
GROUP BY c.constructorId
HAVING COUNT(cr.raceId) = 2;
-- 224 gold
WITH time_in_seconds AS (SELECT T2.year, T2.raceId, T1.positionOrder, CASE WHEN T1.positionOrder = 1 THEN (CAST(SUBSTR(T1.time, 1, 1) AS FLOAT) * 3600) + (CAST(SUBSTR(T1.time, 3, 2) AS FLOAT) * 60) + CAST(SUBSTR(T1.time, 6, 2) AS FLOAT) + CAST(SUBSTR(T1.time, 9) AS FLOAT) / 1000 ELSE 0 END AS time_seconds FROM results AS T1 INNER JOIN races AS T2 ON T1.raceId = T2.raceId WHERE NOT T1.time IS NULL), champion_time AS (SELECT year, raceId, time_seconds FROM time_in_seconds WHERE positionOrder = 1) SELECT year, AVG(time_seconds) FROM champion_time WHERE year < 1975 GROUP BY year HAVING NOT AVG(time_seconds) IS NULL;
-- 224 gpt-4
SELECT 
r.year, 
AVG(TIME_TO_SEC(r.time)) as average_champion_time_seconds
FROM 
results r
JOIN 
races ra ON r.raceId = ra.raceId
JOIN 
driverStandings ds ON r.raceId = ds.raceId AND r.driverId = ds.driverId
WHERE 
r.position = 1 
AND r.time IS NOT NULL 
AND ra.year < 1975 
AND ds.position = 1
GROUP BY 
r.year;
-- 226 gold
SELECT
AVG(`T1`.`fastestLapSpeed`)
FROM `results` AS `T1`
INNER JOIN `races` AS `T2`
ON `T1`.`raceId` = `T2`.`raceId`
WHERE
`T2`.`year` = 2009 AND `T2`.`name` = 'Spanish Grand Prix';
-- 226 gpt-4
SELECT AVG(CAST(fastestLapSpeed AS DECIMAL(10,2))) AS average_fastest_lap_speed
FROM results
JOIN races ON results.raceId = races.raceId
WHERE races.name = 'Spanish Grand Prix' AND races.year = 2009;
-- 228 gold
SELECT
COUNT(`T1`.`driverId`)
FROM `drivers` AS `T1`
INNER JOIN `lapTimes` AS `T2`
ON `T1`.`driverId` = `T2`.`driverId`
WHERE
`T1`.`nationality` = 'French'
AND (
CAST(SUBSTR(`T2`.`time`, 1, 2) AS SIGNED) * 60 + CAST(SUBSTR(`T2`.`time`, 4, 2) AS SIGNED) + CAST(SUBSTR(`T2`.`time`, 7, 2) AS DOUBLE) / 1000
) < 120;
-- 228 gpt-4
SELECT COUNT(DISTINCT d.driverId) AS FrenchDriversWithFastLap
FROM drivers d
JOIN lapTimes lt ON d.driverId = lt.driverId
WHERE d.nationality = 'French'
AND SUBSTRING_INDEX(lt.time, ':', 1) * 60 + SUBSTRING_INDEX(lt.time, ':', -1) < 120;
-- 230 gold
SELECT COUNT(*) FROM (SELECT `T1`.`nationality` FROM `drivers` AS `T1` ORDER BY `T1`.`dob` DESC LIMIT 3) AS `T3` WHERE `T3`.`nationality` = 'Dutch';
-- 230 gpt-4
SELECT d.code, COUNT(*) AS NetherlandicDriversAmongTop3
FROM (
SELECT d.driverId, d.code, d.nationality
FROM drivers d
ORDER BY d.dob DESC
LIMIT 3
) AS youngest_drivers
LEFT JOIN (
SELECT driverId
FROM drivers
WHERE nationality = 'Dutch' OR nationality = 'Netherlandic'
) AS netherlandic_drivers ON youngest_drivers.driverId = netherlandic_drivers.driverId
CROSS JOIN (
SELECT COUNT(*) AS NetherlandicDriversAmongTop3
FROM (
SELECT d.driverId
FROM drivers d
WHERE d.nationality = 'Dutch' OR d.nationality = 'Netherlandic'
ORDER BY d.dob DESC
LIMIT 3
) AS subquery
) AS count_query
GROUP BY youngest_drivers.driverId
ORDER BY youngest_drivers.driverId;
-- 232 gold
SELECT
`T2`.`driverId`,
`T2`.`code`
FROM `results` AS `T1`
INNER JOIN `drivers` AS `T2`
ON `T1`.`driverId` = `T2`.`driverId`
WHERE
DATE_FORMAT(CAST(`T2`.`dob` AS DATETIME), '%Y') = '1971'
AND NOT `T1`.`fastestLapTime` IS NULL;
-- 232 gpt-4
SELECT d.driverId, d.code
FROM drivers d
JOIN results r ON d.driverId = r.driverId
WHERE YEAR(d.dob) = 1971 AND r.fastestLapTime IS NOT NULL
GROUP BY d.driverId, d.code
HAVING COUNT(r.fastestLapTime) > 0;
-- 234 gold
SELECT DISTINCT
`location`,
`lat`,
`lng`
FROM `circuits`
WHERE
`country` = 'Austria';
-- 234 gpt-4
SELECT COUNT(*) AS times_held, location, lat, lng FROM circuits WHERE country = 'Austria';
-- 236 gold
SELECT
`T2`.`forename`,
`T2`.`surname`
FROM `pitStops` AS `T1`
INNER JOIN `drivers` AS `T2`
ON `T1`.`driverId` = `T2`.`driverId`
WHERE
`T2`.`nationality` = 'German'
AND DATE_FORMAT(CAST(`T2`.`dob` AS DATETIME), '%Y') BETWEEN '1980' AND '1985'
GROUP BY
`T2`.`forename`,
`T2`.`surname`
ORDER BY
AVG(`T1`.`duration`)
LIMIT 3;
-- 236 gpt-4
SELECT d.forename, d.surname, AVG(ps.duration) AS avg_duration
FROM drivers d
JOIN pitStops ps ON d.driverId = ps.driverId
WHERE d.nationality = 'German' AND YEAR(d.dob) BETWEEN 1980 AND 1985
GROUP BY d.driverId
ORDER BY avg_duration ASC
LIMIT 3;
-- 238 gold
SELECT
`T3`.`constructorRef`,
`T3`.`url`
FROM `results` AS `T1`
INNER JOIN `races` AS `T2`
ON `T1`.`raceId` = `T2`.`raceId`
INNER JOIN `constructors` AS `T3`
ON `T1`.`constructorId` = `T3`.`constructorId`
WHERE
`T2`.`name` = 'Singapore Grand Prix'
AND `T2`.`year` = 2009
AND `T1`.`time` LIKE '_:%:__.___';
-- 238 gpt-4
SELECT constructors.constructorRef, constructors.url
FROM results
JOIN races ON results.raceId = races.raceId
JOIN constructors ON results.constructorId = constructors.constructorId
WHERE races.year = 2009 AND races.name = 'Singapore Grand Prix' AND results.positionOrder = 1;
-- 240 gold
SELECT
SUM(`T1`.`points`),
`T2`.`name`,
`T2`.`nationality`
FROM `constructorResults` AS `T1`
INNER JOIN `constructors` AS `T2`
ON `T1`.`constructorId` = `T2`.`constructorId`
INNER JOIN `races` AS `T3`
ON `T3`.`raceid` = `T1`.`raceid`
WHERE
`T3`.`name` = 'Monaco Grand Prix' AND `T3`.`year` BETWEEN 1980 AND 2010
GROUP BY
`T2`.`name`
ORDER BY
SUM(`T1`.`points`) DESC
LIMIT 1;
-- 240 gpt-4
SELECT c.name, c.nationality, SUM(cr.points) AS total_points
FROM constructorResults cr
JOIN constructors c ON cr.constructorId = c.constructorId
JOIN races r ON cr.raceId = r.raceId
JOIN circuits ci ON r.circuitId = ci.circuitId
WHERE r.year BETWEEN 1980 AND 2010
AND ci.name LIKE '%Monaco%'
GROUP BY cr.constructorId
ORDER BY total_points DESC
LIMIT 1;
-- 242 gold
SELECT `T1`.`forename`, `T1`.`surname`, `T1`.`nationality`, `T3`.`name` FROM `drivers` AS `T1` INNER JOIN `driverStandings` AS `T2` ON `T1`.`driverId` = `T2`.`driverId` INNER JOIN `races` AS `T3` ON `T2`.`raceId` = `T3`.`raceId` ORDER BY `T1`.`dob` DESC LIMIT 1;
-- 242 gpt-4
SELECT CONCAT(d.forename, ' ', d.surname) AS full_name, d.nationality, r.name AS race_name
FROM drivers d
JOIN results res ON d.driverId = res.driverId
JOIN races r ON res.raceId = r.raceId
WHERE d.dob = (SELECT MAX(dob) FROM drivers)
AND r.date = (SELECT MIN(r.date) FROM races JOIN results ON races.raceId = results.raceId WHERE results.driverId = d.driverId)
LIMIT 1;
-- 244 gold
WITH lap_times_in_seconds AS (SELECT driverId, (CASE WHEN SUBSTR(time, 1, INSTR(time, ':') - 1) <> '' THEN CAST(SUBSTR(time, 1, INSTR(time, ':') - 1) AS FLOAT) * 60 ELSE 0 END + CASE WHEN SUBSTR(time, INSTR(time, ':') + 1, INSTR(time, '.') - INSTR(time, ':') - 1) <> '' THEN CAST(SUBSTR(time, INSTR(time, ':') + 1, INSTR(time, '.') - INSTR(time, ':') - 1) AS FLOAT) ELSE 0 END + CASE WHEN SUBSTR(time, INSTR(time, '.') + 1) <> '' THEN CAST(SUBSTR(time, INSTR(time, '.') + 1) AS FLOAT) / 1000 ELSE 0 END) AS time_in_seconds FROM lapTimes) SELECT T2.forename, T2.surname, T1.driverId FROM (SELECT driverId, MIN(time_in_seconds) AS min_time_in_seconds FROM lap_times_in_seconds GROUP BY driverId) AS T1 INNER JOIN drivers AS T2 ON T1.driverId = T2.driverId ORDER BY T1.min_time_in_seconds ASC LIMIT 20;
-- 244 gpt-4
SELECT CONCAT(d.forename, ' ', d.surname) AS full_name
FROM lapTimes lt
JOIN drivers d ON lt.driverId = d.driverId
ORDER BY lt.time ASC
LIMIT 20;
