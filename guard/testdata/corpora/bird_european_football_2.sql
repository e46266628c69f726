-- Questions of BIRD mini-dev (bird-bench/mini_dev, CC BY-SA 4.0) on the schema european_football_2: its own SQL, and that of gpt-4; the texts are
-- unchanged. The data is generated.
CREATE TABLE `Country` (`id` BIGINT, `name` TEXT);
CREATE TABLE `League` (`id` BIGINT, `country_id` BIGINT, `name` TEXT);
CREATE TABLE `Match` (`id` BIGINT, `country_id` BIGINT, `league_id` BIGINT, `season` TEXT, `stage` BIGINT, `date` TEXT, `match_api_id` BIGINT, `home_team_api_id` BIGINT, `away_team_api_id` BIGINT, `home_team_goal` BIGINT, `away_team_goal` BIGINT, `home_player_X1` BIGINT, `home_player_X2` BIGINT, `home_player_X3` BIGINT, `home_player_X4` BIGINT, `home_player_X5` BIGINT, `home_player_X6` BIGINT, `home_player_X7` BIGINT, `home_player_X8` BIGINT, `home_player_X9` BIGINT, `home_player_X10` BIGINT, `home_player_X11` BIGINT, `away_player_X1` BIGINT, `away_player_X2` BIGINT, `away_player_X3` BIGINT, `away_player_X4` BIGINT, `away_player_X5` BIGINT, `away_player_X6` BIGINT, `away_player_X7` BIGINT, `away_player_X8` BIGINT, `away_player_X9` BIGINT, `away_player_X10` BIGINT, `away_player_X11` BIGINT, `home_player_Y1` BIGINT, `home_player_Y2` BIGINT, `home_player_Y3` BIGINT, `home_player_Y4` BIGINT, `home_player_Y5` BIGINT, `home_player_Y6` BIGINT, `home_player_Y7` BIGINT, `home_player_Y8` BIGINT, `home_player_Y9` BIGINT, `home_player_Y10` BIGINT, `home_player_Y11` BIGINT, `away_player_Y1` BIGINT, `away_player_Y2` BIGINT, `away_player_Y3` BIGINT, `away_player_Y4` BIGINT, `away_player_Y5` BIGINT, `away_player_Y6` BIGINT, `away_player_Y7` BIGINT, `away_player_Y8` BIGINT, `away_player_Y9` BIGINT, `away_player_Y10` BIGINT, `away_player_Y11` BIGINT, `home_player_1` BIGINT, `home_player_2` BIGINT, `home_player_3` BIGINT, `home_player_4` BIGINT, `home_player_5` BIGINT, `home_player_6` BIGINT, `home_player_7` BIGINT, `home_player_8` BIGINT, `home_player_9` BIGINT, `home_player_10` BIGINT, `home_player_11` BIGINT, `away_player_1` BIGINT, `away_player_2` BIGINT, `away_player_3` BIGINT, `away_player_4` BIGINT, `away_player_5` BIGINT, `away_player_6` BIGINT, `away_player_7` BIGINT, `away_player_8` BIGINT, `away_player_9` BIGINT, `away_player_10` BIGINT, `away_player_11` BIGINT, `goal` TEXT, `shoton` TEXT, `shotoff` TEXT, `foulcommit` TEXT, `card` TEXT, `cross` TEXT, `corner` TEXT, `possession` TEXT, `B365H` DOUBLE, `B365D` DOUBLE, `B365A` DOUBLE, `BWH` DOUBLE, `BWD` DOUBLE, `BWA` DOUBLE, `IWH` DOUBLE, `IWD` DOUBLE, `IWA` DOUBLE, `LBH` DOUBLE, `LBD` DOUBLE, `LBA` DOUBLE, `PSH` DOUBLE, `PSD` DOUBLE, `PSA` DOUBLE, `WHH` DOUBLE, `WHD` DOUBLE, `WHA` DOUBLE, `SJH` DOUBLE, `SJD` DOUBLE, `SJA` DOUBLE, `VCH` DOUBLE, `VCD` DOUBLE, `VCA` DOUBLE, `GBH` DOUBLE, `GBD` DOUBLE, `GBA` DOUBLE, `BSH` DOUBLE, `BSD` DOUBLE, `BSA` DOUBLE);
CREATE TABLE `Player` (`id` BIGINT, `player_api_id` BIGINT, `player_name` TEXT, `player_fifa_api_id` BIGINT, `birthday` TEXT, `height` BIGINT, `weight` BIGINT);
CREATE TABLE `Player_Attributes` (`id` BIGINT, `player_fifa_api_id` BIGINT, `player_api_id` BIGINT, `date` TEXT, `overall_rating` BIGINT, `potential` BIGINT, `preferred_foot` TEXT, `attacking_work_rate` TEXT, `defensive_work_rate` TEXT, `crossing` BIGINT, `finishing` BIGINT, `heading_accuracy` BIGINT, `short_passing` BIGINT, `volleys` BIGINT, `dribbling` BIGINT, `curve` BIGINT, `free_kick_accuracy` BIGINT, `long_passing` BIGINT, `ball_control` BIGINT, `acceleration` BIGINT, `sprint_speed` BIGINT, `agility` BIGINT, `reactions` BIGINT, `balance` BIGINT, `shot_power` BIGINT, `jumping` BIGINT, `stamina` BIGINT, `strength` BIGINT, `long_shots` BIGINT, `aggression` BIGINT, `interceptions` BIGINT, `positioning` BIGINT, `vision` BIGINT, `penalties` BIGINT, `marking` BIGINT, `standing_tackle` BIGINT, `sliding_tackle` BIGINT, `gk_diving` BIGINT, `gk_handling` BIGINT, `gk_kicking` BIGINT, `gk_positioning` BIGINT, `gk_reflexes` BIGINT);
CREATE TABLE `Team` (`id` BIGINT, `team_api_id` BIGINT, `team_fifa_api_id` BIGINT, `team_long_name` TEXT, `team_short_name` TEXT);
CREATE TABLE `Team_Attributes` (`id` BIGINT, `team_fifa_api_id` BIGINT, `team_api_id` BIGINT, `date` TEXT, `buildUpPlaySpeed` BIGINT, `buildUpPlaySpeedClass` TEXT, `buildUpPlayDribbling` BIGINT, `buildUpPlayDribblingClass` TEXT, `buildUpPlayPassing` BIGINT, `buildUpPlayPassingClass` TEXT, `buildUpPlayPositioningClass` TEXT, `chanceCreationPassing` BIGINT, `chanceCreationPassingClass` TEXT, `chanceCreationCrossing` BIGINT, `chanceCreationCrossingClass` TEXT, `chanceCreationShooting` BIGINT, `chanceCreationShootingClass` TEXT, `chanceCreationPositioningClass` TEXT, `defencePressure` BIGINT, `defencePressureClass` TEXT, `defenceAggression` BIGINT, `defenceAggressionClass` TEXT, `defenceTeamWidth` BIGINT, `defenceTeamWidthClass` TEXT, `defenceDefenderLineClass` TEXT);
-- 128 gold
SELECT  `t2`.`name` FROM `Match` AS `t1` INNER JOIN `League` AS `t2`
ON `t1`.`league_id` = `t2`.`id`
WHERE
`t1`.`season` = '2015/2016'
GROUP BY
`t2`.`name`
ORDER BY
SUM(`t1`.`home_team_goal` + `t1`.`away_team_goal`) DESC
LIMIT 1;
-- 128 gpt-4
SELECT l.name AS league_name
FROM League l
JOIN Match m ON l.id = m.league_id
WHERE m.season = '2015/2016'
GROUP BY l.id
ORDER BY SUM(m.home_team_goal + m.away_team_goal) DESC
LIMIT 1;
-- 130 gold
SELECT
`t1`.`buildUpPlaySpeed`
FROM `Team_Attributes` AS `t1`
INNER JOIN `Team` AS `t2`
ON `t1`.`team_api_id` = `t2`.`team_api_id`
ORDER BY
`t1`.`buildUpPlaySpeed` ASC
LIMIT 4;
-- 130 gpt-4
SELECT team_api_id, buildUpPlaySpeed
FROM Team_Attributes
ORDER BY buildUpPlaySpeed DESC
LIMIT 4;
-- 132 gold
SELECT DISTINCT YEAR(CURDATE()) - YEAR(t2.birthday) AS age FROM Player_Attributes AS t1 INNER JOIN Player AS t2 ON t1.player_api_id = t2.player_api_id WHERE YEAR(t1.`date`) BETWEEN 2013 AND 2015 AND t1.sprint_speed >= 97;
-- 132 gpt-4
SELECT player_name, (YEAR(CURDATE()) - YEAR(birthday)) AS age
FROM Player
JOIN Player_Attributes ON Player.player_api_id = Player_Attributes.player_api_id
WHERE sprint_speed >= 97
AND YEAR(date) BETWEEN 2013 AND 2015
AND birthday IS NOT NULL;
-- 134 gold
SELECT DISTINCT
`team_fifa_api_id`
FROM `Team_Attributes`
WHERE
`buildUpPlaySpeed` > 50 AND `buildUpPlaySpeed` < 60;
-- 134 gpt-4
SELECT team_fifa_api_id
FROM Team_Attributes
WHERE buildUpPlaySpeed > 50 AND buildUpPlaySpeed < 60;
-- 136 gold
SELECT
CAST(COUNT(CASE WHEN `t2`.`preferred_foot` = 'left' THEN `t1`.`id` ELSE NULL END) AS DOUBLE) * 100 / COUNT(`t1`.`id`) AS `percent`
FROM `Player` AS `t1`
INNER JOIN `Player_Attributes` AS `t2`
ON `t1`.`player_api_id` = `t2`.`player_api_id`
WHERE
SUBSTR(`t1`.`birthday`, 1, 4) BETWEEN '1987' AND '1992';
-- 136 gpt-4
SELECT
(COUNT(CASE WHEN preferred_foot = 'left' THEN 1 END) / COUNT(*)) * 100 AS percentage_of_left_footed_players
FROM
Player
WHERE
preferred_foot = 'left'
AND YEAR(birthday) BETWEEN 1987 AND 1992;
-- 138 gold
SELECT
`t1`.`player_name`
FROM `Player` AS `t1`
INNER JOIN `Player_Attributes` AS `t2`
ON `t1`.`player_api_id` = `t2`.`player_api_id`
WHERE
`t1`.`height` > 180
GROUP BY
`t1`.`id`
ORDER BY
CAST(SUM(`t2`.`heading_accuracy`) AS DOUBLE) / COUNT(`t2`.`player_fifa_api_id`) DESC
LIMIT 10;
-- 138 gpt-4
SELECT p.player_name, AVG(pa.heading_accuracy) as avg_heading_accuracy
FROM Player p
JOIN Player_Attributes pa ON p.player_api_id = pa.player_api_id
WHERE p.height > 180
GROUP BY p.player_api_id
ORDER BY avg_heading_accuracy DESC
LIMIT 10;
-- 140 gold
SELECT
`player_name`
FROM `Player`
WHERE
SUBSTR(`birthday`, 1, 7) = '1970-10';
-- 140 gpt-4
SELECT *
FROM Player
WHERE SUBSTR(birthday, 1, 7) = '1970-10';
-- 142 gold
SELECT
CAST(SUM(`t2`.`home_team_goal`) AS DOUBLE) / COUNT(`t2`.`id`)
FROM `Country` AS `t1`
INNER JOIN `Match` AS `t2`
ON `t1`.`id` = `t2`.`country_id`
WHERE
`t1`.`name` = 'Poland' AND `t2`.`season` = '2010/2011';
-- 142 gpt-4
SELECT AVG(home_team_goal) AS average_home_team_goal
FROM Match
JOIN League ON Match.league_id = League.id
WHERE League.name = 'Poland' AND Match.season = '2010/2011';
-- 144 gold
SELECT
CAST(SUM(`t2`.`overall_rating`) AS DOUBLE) / COUNT(`t2`.`id`)
FROM `Player` AS `t1`
INNER JOIN `Player_Attributes` AS `t2`
ON `t1`.`player_api_id` = `t2`.`player_api_id`
WHERE
`t1`.`height` > 170
AND DATE_FORMAT(CAST(`t2`.`date` AS DATETIME), '%Y') >= '2010'
AND DATE_FORMAT(CAST(`t2`.`date` AS DATETIME), '%Y') <= '2015';
-- 144 gpt-4
SELECT AVG(pa.overall_rating) AS average_overall_rating
FROM Player_Attributes pa
JOIN Player p ON pa.player_api_id = p.player_api_id
WHERE p.height > 170
AND strftime('%Y', pa.date) BETWEEN '2010' AND '2015';
-- 146 gold
SELECT
`player_name`
FROM `Player`
WHERE
`player_name` IN ('Aaron Lennon', 'Abdelaziz Barrada')
ORDER BY
`birthday` ASC
LIMIT 1;
-- 146 gpt-4
SELECT 
CASE 
WHEN a.birthday < b.birthday THEN 'Aaron Lennon'
WHEN a.birthday > b.birthday THEN 'Abdelaziz Barrada'
ELSE 'Both have the same birthday'
END AS older_player
FROM Player a, Player b
WHERE a.player_name = 'Aaron Lennon'
AND b.player_name = 'Abdelaziz Barrada';
-- 148 gold
SELECT
COUNT(`player_api_id`)
FROM `Player_Attributes`
WHERE
`preferred_foot` = 'left' AND `attacking_work_rate` = 'low';
-- 148 gpt-4
SELECT COUNT(*) 
FROM Player_Attributes 
WHERE preferred_foot = 'left' 
AND attacking_work_rate = 'low';
-- 150 gold
SELECT DISTINCT
`t1`.`player_name`
FROM `Player` AS `t1`
INNER JOIN `Player_Attributes` AS `t2`
ON `t1`.`player_api_id` = `t2`.`player_api_id`
WHERE
`t2`.`volleys` > 70 AND `t2`.`dribbling` > 70;
-- 150 gpt-4
SELECT p.player_name
FROM Player p
JOIN Player_Attributes pa ON p.player_api_id = pa.player_api_id
WHERE pa.volleys > 70 AND pa.dribbling > 70;
-- 152 gold
SELECT `t1`.`name` FROM `League` AS `t1`JOIN `Match` AS `t2` ON `t1`.`id` = `t2`.`league_id` WHERE  `t2`.`season` = '2008/2009' GROUP BY  `t1`.`name` HAVING COUNT(`t2`.`id`) = (SELECT MAX(match_count) FROM (SELECT COUNT(`t2`.`id`) AS match_count FROM `Match` AS `t2` WHERE `t2`.`season` = '2008/2009' GROUP BY  `t2`.`league_id`) AS subquery);
-- 152 gpt-4
SELECT l.name
FROM League l
JOIN Match m ON l.id = m.league_id
WHERE m.season = '2008/2009'
GROUP BY l.name
ORDER BY COUNT(m.id) DESC
LIMIT 1;
-- 154 gold
SELECT
CAST(SUM(`t2`.`overall_rating`) AS DOUBLE) / COUNT(`t2`.`id`)
FROM `Player` AS `t1`
INNER JOIN `Player_Attributes` AS `t2`
ON `t1`.`player_api_id` = `t2`.`player_api_id`
WHERE
`t1`.`player_name` = 'Pietro Marino';
-- 154 gpt-4
SELECT AVG(pa.overall_rating) AS average_overall_rating
FROM Player p
JOIN Player_Attributes pa ON p.player_api_id = pa.player_api_id
WHERE p.player_name = 'Pietro Marino';
-- 156 gold
SELECT
`t1`.`player_name`
FROM `Player` AS `t1`
INNER JOIN `Player_Attributes` AS `t2`
ON `t1`.`player_api_id` = `t2`.`player_api_id`
WHERE
SUBSTR(`t2`.`date`, 1, 10) = '2016-06-23' AND `t2`.`overall_rating` = 77
ORDER BY
`t1`.`birthday` ASC
LIMIT 1;
-- 156 gpt-4
SELECT player_name
FROM Player
JOIN Player_Attributes ON Player.player_api_id = Player_Attributes.player_api_id
WHERE overall_rating = 77 AND date LIKE '2016-06-23%'
ORDER BY birthday DESC
LIMIT 1;
-- 158 gold
SELECT
`t2`.`attacking_work_rate`
FROM `Player` AS `t1`
INNER JOIN `Player_Attributes` AS `t2`
ON `t1`.`player_api_id` = `t2`.`player_api_id`
WHERE
`t2`.`date` LIKE '2015-05-01%' AND `t1`.`player_name` = 'Francesco Migliore';
-- 158 gpt-4
SELECT pa.attacking_work_rate
FROM Player p
JOIN Player_Attributes pa ON p.player_api_id = pa.player_api_id
WHERE p.player_name = 'Francesco Migliore' AND pa.date LIKE '2015-05-01%';
-- 160 gold
SELECT
`t2`.`buildUpPlayPassingClass`
FROM `Team` AS `t1`
INNER JOIN `Team_Attributes` AS `t2`
ON `t1`.`team_api_id` = `t2`.`team_api_id`
WHERE
`t1`.`team_long_name` = 'FC Lorient' AND `t2`.`date` LIKE '2010-02-22%';
-- 160 gpt-4
SELECT buildUpPlayPassingClass
FROM Team_Attributes
JOIN Team ON Team_Attributes.team_api_id = Team.team_api_id
WHERE Team.team_long_name = 'FC Lorient' AND Team_Attributes.date LIKE '2010-02-22%';
-- 162 gold
SELECT
CAST(SUM(`t2`.`overall_rating`) AS DOUBLE) / COUNT(`t2`.`id`)
FROM `Player` AS `t1`
INNER JOIN `Player_Attributes` AS `t2`
ON `t1`.`player_fifa_api_id` = `t2`.`player_fifa_api_id`
WHERE
`t1`.`player_name` = 'Marko Arnautovic'
AND SUBSTR(`t2`.`date`, 1, 10) BETWEEN '2007-02-22' AND '2016-04-21';
-- 162 gpt-4
SELECT AVG(pa.overall_rating) AS average_overall_rating
FROM Player_Attributes pa
JOIN Player p ON pa.player_api_id = p.player_api_id
WHERE p.player_name = 'Marko Arnautovic'
AND SUBSTRING(pa.date, 1, 10) BETWEEN '2007-02-22' AND '2016-04-21';
-- 164 gold
SELECT player_name FROM (SELECT player_name, height, DENSE_RANK() OVER (ORDER BY height DESC) as `rank`FROM Player) AS ranked_players WHERE `rank` = 1;
-- 164 gpt-4
SELECT player_name
FROM Player
ORDER BY height DESC
LIMIT 1;
-- 166 gold
SELECT DISTINCT
`t1`.`player_name`
FROM `Player` AS `t1`
INNER JOIN `Player_Attributes` AS `t2`
ON `t1`.`player_api_id` = `t2`.`player_api_id`
WHERE
`t2`.`attacking_work_rate` = 'high';
-- 166 gpt-4
SELECT p.player_name
FROM Player p
JOIN Player_Attributes pa ON p.player_api_id = pa.player_api_id
WHERE pa.attacking_work_rate = 'high';
-- 168 gold
SELECT
COUNT(`id`)
FROM `Player`
WHERE
`birthday` > '1990' AND `player_name` LIKE 'Aaron%';
-- 168 gpt-4
SELECT COUNT(*) 
FROM Player 
WHERE player_name LIKE 'Aaron%' 
AND birthday > '1990-01-01';
-- 170 gold
SELECT
`id`
FROM `Player_Attributes`
WHERE
`preferred_foot` = 'right'
ORDER BY
`potential` ASC
LIMIT 4;
-- 170 gpt-4
SELECT player_api_id
FROM Player_Attributes
WHERE potential = (SELECT MIN(potential) FROM Player_Attributes)
AND preferred_foot = 'right'
ORDER BY player_api_id ASC
LIMIT 5;
-- 172 gold
SELECT
`t2`.`home_team_goal`,
`t2`.`away_team_goal`
FROM `League` AS `t1`
INNER JOIN `Match` AS `t2`
ON `t1`.`id` = `t2`.`league_id`
WHERE
`t1`.`name` = 'Belgium Jupiler League' AND `t2`.`date` LIKE '2008-09-24%';
-- 172 gpt-4
SELECT home_team_goal, away_team_goal
FROM Match
JOIN League ON Match.league_id = League.id
WHERE date LIKE '2008-09-24%' AND League.name = 'Belgium Jupiler League';
-- 174 gold
SELECT
`id`,
`finishing`,
`curve`
FROM `Player_Attributes`
WHERE
`player_api_id` = (
SELECT
`player_api_id`
FROM `Player`
ORDER BY
`weight` DESC
LIMIT 1
)
LIMIT 1;
-- 174 gpt-4
SELECT pa.finishing AS finishing_rate, pa.curve AS curve_score
FROM Player p
JOIN Player_Attributes pa ON p.player_api_id = pa.player_api_id
WHERE p.weight = (SELECT MAX(weight) FROM Player)
ORDER BY pa.date DESC
LIMIT 1;
-- 176 gold
SELECT
`t2`.`team_long_name`
FROM `Match` AS `t1`
INNER JOIN `Team` AS `t2`
ON `t1`.`away_team_api_id` = `t2`.`team_api_id`
ORDER BY
`t1`.`away_team_goal` DESC
LIMIT 1;
-- 176 gpt-4
SELECT t.team_long_name AS full_name
FROM Team t
JOIN Match m ON t.team_api_id = m.away_team_api_id
GROUP BY t.team_long_name
ORDER BY SUM(m.away_team_goal) DESC
LIMIT 1;
-- 178 gold
SELECT
CAST(COUNT(CASE WHEN `t2`.`overall_rating` > 70 AND `t1`.`height` < 180 THEN `t1`.`id` ELSE NULL END) AS DOUBLE) * 100 / COUNT(`t1`.`id`) AS `percent`
FROM `Player` AS `t1`
INNER JOIN `Player_Attributes` AS `t2`
ON `t1`.`player_api_id` = `t2`.`player_api_id`;
-- 178 gpt-4
SELECT
(COUNT(CASE WHEN p.height < 180 AND pa.overall_rating > 70 THEN 1 END) / COUNT(p.id)) * 100 AS percentage
FROM
Player p
JOIN
Player_Attributes pa ON p.id = pa.player_api_id
WHERE
pa.overall_rating IS NOT NULL;
