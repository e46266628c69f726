-- Questions of BIRD mini-dev (bird-bench/mini_dev, CC BY-SA 4.0) on the schema superhero: its own SQL, and that of gpt-4; the texts are
-- unchanged. The data is generated.
CREATE TABLE `alignment` (`id` BIGINT, `alignment` TEXT);
CREATE TABLE `attribute` (`id` BIGINT, `attribute_name` TEXT);
CREATE TABLE `colour` (`id` BIGINT, `colour` TEXT);
CREATE TABLE `gender` (`id` BIGINT, `gender` TEXT);
CREATE TABLE `hero_attribute` (`hero_id` BIGINT, `attribute_id` BIGINT, `attribute_value` BIGINT);
CREATE TABLE `hero_power` (`hero_id` BIGINT, `power_id` BIGINT);
CREATE TABLE `publisher` (`id` BIGINT, `publisher_name` TEXT);
CREATE TABLE `race` (`id` BIGINT, `race` TEXT);
CREATE TABLE `superhero` (`id` BIGINT, `superhero_name` TEXT, `full_name` TEXT, `gender_id` BIGINT, `eye_colour_id` BIGINT, `hair_colour_id` BIGINT, `skin_colour_id` BIGINT, `race_id` BIGINT, `publisher_id` BIGINT, `alignment_id` BIGINT, `height_cm` BIGINT, `weight_kg` BIGINT);
CREATE TABLE `superpower` (`id` BIGINT, `power_name` TEXT);
-- 246 gold
SELECT
COUNT(`T1`.`id`)
FROM `superhero` AS `T1`
INNER JOIN `hero_power` AS `T2`
ON `T1`.`id` = `T2`.`hero_id`
INNER JOIN `superpower` AS `T3`
ON `T2`.`power_id` = `T3`.`id`
WHERE
`T3`.`power_name` = 'Super Strength' AND `T1`.`height_cm` > 200;
-- 246 gpt-4
SELECT COUNT(*) 
FROM superhero 
JOIN hero_power ON superhero.id = hero_power.hero_id 
JOIN superpower ON hero_power.power_id = superpower.id 
WHERE superpower.power_name = 'Super Strength' AND superhero.height_cm > 200;
-- 248 gold
SELECT
`T1`.`superhero_name`
FROM `superhero` AS `T1`
INNER JOIN `colour` AS `T2`
ON `T1`.`eye_colour_id` = `T2`.`id`
INNER JOIN `colour` AS `T3`
ON `T1`.`hair_colour_id` = `T3`.`id`
WHERE
`T2`.`colour` = 'Blue' AND `T3`.`colour` = 'Blond';
-- 248 gpt-4
SELECT superhero.superhero_name
FROM superhero
JOIN colour AS eye_colour ON superhero.eye_colour_id = eye_colour.id
JOIN colour AS hair_colour ON superhero.hair_colour_id = hair_colour.id
WHERE eye_colour.colour = 'Blue' AND hair_colour.colour = 'Blond';
-- 250 gold
SELECT
`colour`.`colour` AS `EyeColor`,
COUNT(`superhero`.`id`) AS `Count`,
RANK() OVER (ORDER BY COUNT(`superhero`.`id`) DESC) AS `PopularityRank`
FROM `superhero`
INNER JOIN `colour`
ON `superhero`.`eye_colour_id` = `colour`.`id`
INNER JOIN `publisher`
ON `superhero`.`publisher_id` = `publisher`.`id`
WHERE
`publisher`.`publisher_name` = 'Marvel Comics'
GROUP BY
`colour`.`colour`;
-- 250 gpt-4
SELECT colour.colour, COUNT(superhero.id) AS colour_count
FROM superhero
JOIN colour ON superhero.eye_colour_id = colour.id
JOIN publisher ON superhero.publisher_id = publisher.id
WHERE publisher.publisher_name = 'Marvel Comics'
GROUP BY colour.colour
ORDER BY colour_count DESC, colour.colour;
-- 252 gold
SELECT
`T2`.`publisher_name`
FROM `superhero` AS `T1`
INNER JOIN `publisher` AS `T2`
ON `T1`.`publisher_id` = `T2`.`id`
INNER JOIN `hero_attribute` AS `T3`
ON `T1`.`id` = `T3`.`hero_id`
INNER JOIN `attribute` AS `T4`
ON `T3`.`attribute_id` = `T4`.`id`
WHERE
`T4`.`attribute_name` = 'Speed'
ORDER BY
`T3`.`attribute_value`
LIMIT 1;
-- 252 gpt-4
SELECT p.publisher_name
FROM superhero AS sh
JOIN hero_attribute AS ha ON sh.id = ha.hero_id
JOIN attribute AS a ON ha.attribute_id = a.id
JOIN publisher AS p ON sh.publisher_id = p.id
WHERE a.attribute_name = 'Speed'
ORDER BY ha.attribute_value ASC
LIMIT 1;
-- 254 gold
SELECT
`T1`.`superhero_name`
FROM `superhero` AS `T1`
INNER JOIN `hero_attribute` AS `T2`
ON `T1`.`id` = `T2`.`hero_id`
INNER JOIN `attribute` AS `T3`
ON `T2`.`attribute_id` = `T3`.`id`
WHERE
`T3`.`attribute_name` = 'Intelligence'
ORDER BY
`T2`.`attribute_value`
LIMIT 1;
-- 254 gpt-4
SELECT sh.superhero_name
FROM superhero sh
JOIN hero_attribute ha ON sh.id = ha.hero_id
JOIN attribute a ON ha.attribute_id = a.id
WHERE a.attribute_name = 'Intelligence'
ORDER BY ha.attribute_value ASC
LIMIT 1;
-- 256 gold
SELECT
`superhero_name`
FROM `superhero` AS `T1`
WHERE
EXISTS(
SELECT
1
FROM `hero_attribute` AS `T2`
INNER JOIN `attribute` AS `T3`
ON `T2`.`attribute_id` = `T3`.`id`
WHERE
`T3`.`attribute_name` = 'Durability'
AND `T2`.`attribute_value` < 50
AND `T1`.`id` = `T2`.`hero_id`
);
-- 256 gpt-4
SELECT sh.superhero_name
FROM superhero sh
JOIN hero_attribute ha ON sh.id = ha.hero_id
JOIN attribute a ON ha.attribute_id = a.id
WHERE a.attribute_name = 'Durability' AND ha.attribute_value < 50;
-- 258 gold
SELECT
COUNT(`T1`.`id`)
FROM `superhero` AS `T1`
INNER JOIN `hero_attribute` AS `T2`
ON `T1`.`id` = `T2`.`hero_id`
INNER JOIN `attribute` AS `T3`
ON `T2`.`attribute_id` = `T3`.`id`
INNER JOIN `gender` AS `T4`
ON `T1`.`gender_id` = `T4`.`id`
WHERE
`T3`.`attribute_name` = 'Strength'
AND `T2`.`attribute_value` = 100
AND `T4`.`gender` = 'Female';
-- 258 gpt-4
SELECT COUNT(DISTINCT s.id) AS female_superheroes_with_strength_100
FROM superhero s
JOIN gender g ON s.gender_id = g.id
JOIN hero_attribute ha ON s.id = ha.hero_id
JOIN attribute a ON ha.attribute_id = a.id
WHERE g.gender = 'Female'
AND a.attribute_name = 'Strength'
AND ha.attribute_value = 100;
-- 260 gold
SELECT
SUM(CASE WHEN `T2`.`publisher_name` = 'Marvel Comics' THEN 1 ELSE 0 END) - SUM(CASE WHEN `T2`.`publisher_name` = 'DC Comics' THEN 1 ELSE 0 END)
FROM `superhero` AS `T1`
INNER JOIN `publisher` AS `T2`
ON `T1`.`publisher_id` = `T2`.`id`;
-- 260 gpt-4
SELECT
(SELECT COUNT(*) FROM superhero JOIN publisher ON superhero.publisher_id = publisher.id WHERE publisher_name = 'Marvel Comics') -
(SELECT COUNT(*) FROM superhero JOIN publisher ON superhero.publisher_id = publisher.id WHERE publisher_name = 'DC Comics') AS difference
FROM
dual;
-- 262 gold
SELECT
COUNT(`id`)
FROM `superhero`
WHERE
`full_name` IS NULL;
-- 262 gpt-4
SELECT COUNT(*) AS superheroes_without_full_name
FROM superhero
WHERE full_name IS NULL;
-- 264 gold
SELECT
`T3`.`power_name`
FROM `superhero` AS `T1`
INNER JOIN `hero_power` AS `T2`
ON `T1`.`id` = `T2`.`hero_id`
INNER JOIN `superpower` AS `T3`
ON `T3`.`id` = `T2`.`power_id`
INNER JOIN `gender` AS `T4`
ON `T4`.`id` = `T1`.`gender_id`
WHERE
`T4`.`gender` = 'Male'
LIMIT 5;
-- 264 gpt-4
SELECT DISTINCT sp.power_name
FROM superpower sp
JOIN hero_power hp ON sp.id = hp.power_id
JOIN superhero sh ON hp.hero_id = sh.id
JOIN gender g ON sh.gender_id = g.id
WHERE g.gender = 'Male'
LIMIT 5;
-- 266 gold
SELECT DISTINCT
`T3`.`colour`
FROM `superhero` AS `T1`
INNER JOIN `race` AS `T2`
ON `T1`.`race_id` = `T2`.`id`
INNER JOIN `colour` AS `T3`
ON `T1`.`hair_colour_id` = `T3`.`id`
WHERE
`T1`.`height_cm` = 185 AND `T2`.`race` = 'Human';
-- 266 gpt-4
SELECT c.colour AS hair_colour
FROM superhero AS s
JOIN race AS r ON s.race_id = r.id
JOIN colour AS c ON s.hair_colour_id = c.id
WHERE r.race = 'human' AND s.height_cm = 185;
-- 268 gold
SELECT
`T1`.`superhero_name`
FROM `superhero` AS `T1`
INNER JOIN `gender` AS `T2`
ON `T1`.`gender_id` = `T2`.`id`
WHERE
`T2`.`gender` = 'Male'
AND `T1`.`weight_kg` * 100 > (
SELECT
AVG(`weight_kg`)
FROM `superhero`
) * 79;
-- 268 gpt-4
SELECT superhero_name
FROM superhero
JOIN gender ON superhero.gender_id = gender.id
WHERE gender = 'Male' AND weight_kg > (
SELECT AVG(weight_kg) * 0.79
FROM superhero
WHERE weight_kg IS NOT NULL
);
-- 270 gold
SELECT
COUNT(`T1`.`hero_id`)
FROM `hero_power` AS `T1`
INNER JOIN `superpower` AS `T2`
ON `T1`.`power_id` = `T2`.`id`
WHERE
`T2`.`power_name` = 'Stealth';
-- 270 gpt-4
SELECT COUNT(DISTINCT hero_power.hero_id) AS stealth_hero_count
FROM hero_power
JOIN superpower ON hero_power.power_id = superpower.id
WHERE superpower.power_name = 'stealth';
-- 272 gold
SELECT
`T1`.`superhero_name`
FROM `superhero` AS `T1`
INNER JOIN `hero_attribute` AS `T2`
ON `T1`.`id` = `T2`.`hero_id`
INNER JOIN `attribute` AS `T3`
ON `T3`.`id` = `T2`.`attribute_id`
INNER JOIN `publisher` AS `T4`
ON `T4`.`id` = `T1`.`publisher_id`
WHERE
`T4`.`publisher_name` = 'Dark Horse Comics'
AND `T3`.`attribute_name` = 'Durability'
ORDER BY
`T2`.`attribute_value` DESC
LIMIT 1;
-- 272 gpt-4
SELECT sh.superhero_name
FROM superhero sh
JOIN hero_attribute ha ON sh.id = ha.hero_id
JOIN attribute a ON ha.attribute_id = a.id
JOIN publisher p ON sh.publisher_id = p.id
WHERE a.attribute_name = 'durability'
AND p.publisher_name = 'Dark Horse Comics'
ORDER BY ha.attribute_value DESC
LIMIT 1;
-- 274 gold
SELECT
`T1`.`superhero_name`,
`T2`.`publisher_name`
FROM `superhero` AS `T1`
INNER JOIN `publisher` AS `T2`
ON `T1`.`publisher_id` = `T2`.`id`
WHERE
`T1`.`eye_colour_id` = `T1`.`hair_colour_id`
AND `T1`.`eye_colour_id` = `T1`.`skin_colour_id`;
-- 274 gpt-4
SELECT sh.superhero_name, p.publisher_name
FROM superhero sh
JOIN publisher p ON sh.publisher_id = p.id
WHERE sh.eye_colour_id = sh.hair_colour_id
AND sh.hair_colour_id = sh.skin_colour_id
AND sh.eye_colour_id IS NOT NULL;
-- 276 gold
SELECT
COUNT(`T1`.`power_id`)
FROM `hero_power` AS `T1`
INNER JOIN `superhero` AS `T2`
ON `T1`.`hero_id` = `T2`.`id`
WHERE
`T2`.`superhero_name` = 'Amazo';
-- 276 gpt-4
SELECT COUNT(*) AS number_of_powers
FROM hero_power
JOIN superhero ON hero_power.hero_id = superhero.id
WHERE superhero.superhero_name = 'Amazo';
-- 278 gold
SELECT
`T1`.`superhero_name`
FROM `superhero` AS `T1`
INNER JOIN `colour` AS `T2`
ON `T1`.`eye_colour_id` = `T2`.`id` AND `T1`.`hair_colour_id` = `T2`.`id`
WHERE
`T2`.`colour` = 'Black';
-- 278 gpt-4
SELECT superhero.superhero_name
FROM superhero
JOIN colour AS eye_colour ON superhero.eye_colour_id = eye_colour.id
JOIN colour AS hair_colour ON superhero.hair_colour_id = hair_colour.id
WHERE eye_colour.colour = 'Black' AND hair_colour.colour = 'Black';
-- 280 gold
SELECT
COUNT(`T1`.`hero_id`)
FROM `hero_attribute` AS `T1`
INNER JOIN `attribute` AS `T2`
ON `T1`.`attribute_id` = `T2`.`id`
WHERE
`T2`.`attribute_name` = 'Strength'
AND `T1`.`attribute_value` = (
SELECT
MAX(`attribute_value`)
FROM `hero_attribute`
);
-- 280 gpt-4
SELECT COUNT(DISTINCT ha.hero_id) AS strongest_heroes_count
FROM hero_attribute ha
JOIN attribute a ON ha.attribute_id = a.id
WHERE a.attribute_name = 'Strength' AND ha.attribute_value = (
SELECT MAX(attribute_value)
FROM hero_attribute ha2
JOIN attribute a2 ON ha2.attribute_id = a2.id
WHERE a2.attribute_name = 'Strength'
);
-- 282 gold
SELECT
(
SELECT
`weight_kg`
FROM `superhero`
WHERE
`full_name` LIKE 'Emil Blonsky'
) - (
SELECT
`weight_kg`
FROM `superhero`
WHERE
`full_name` LIKE 'Charles Chandler'
) AS `CALCULATE`;
-- 282 gpt-4
SELECT 
(SELECT weight_kg FROM superhero WHERE full_name = 'Emil Blonsky') - 
(SELECT weight_kg FROM superhero WHERE full_name = 'Charles Chandler') AS weight_difference;
-- 284 gold
SELECT
`T3`.`power_name`
FROM `superhero` AS `T1`
INNER JOIN `hero_power` AS `T2`
ON `T1`.`id` = `T2`.`hero_id`
INNER JOIN `superpower` AS `T3`
ON `T2`.`power_id` = `T3`.`id`
WHERE
`T1`.`superhero_name` = 'Abomination';
-- 284 gpt-4
SELECT sp.power_name
FROM superhero sh
JOIN hero_power hp ON sh.id = hp.hero_id
JOIN superpower sp ON hp.power_id = sp.id
WHERE sh.superhero_name = 'Abomination';
-- 286 gold
SELECT
`T3`.`attribute_name`,
`T2`.`attribute_value`
FROM `superhero` AS `T1`
INNER JOIN `hero_attribute` AS `T2`
ON `T1`.`id` = `T2`.`hero_id`
INNER JOIN `attribute` AS `T3`
ON `T2`.`attribute_id` = `T3`.`id`
WHERE
`T1`.`superhero_name` = '3-D Man';
-- 286 gpt-4
SELECT a.attribute_name, ha.attribute_value
FROM superhero s
JOIN hero_attribute ha ON s.id = ha.hero_id
JOIN attribute a ON ha.attribute_id = a.id
WHERE s.superhero_name = '3-D Man';
-- 288 gold
SELECT
`T2`.`publisher_name`
FROM `superhero` AS `T1`
INNER JOIN `publisher` AS `T2`
ON `T1`.`publisher_id` = `T2`.`id`
WHERE
`T1`.`superhero_name` IN ('Hawkman', 'Karate Kid', 'Speedy');
-- 288 gpt-4
SELECT superhero.superhero_name, publisher.publisher_name
FROM superhero
JOIN publisher ON superhero.publisher_id = publisher.id
WHERE superhero.superhero_name IN ('Hawkman', 'Karate Kid', 'Speedy');
-- 290 gold
SELECT
CAST(COUNT(CASE WHEN `T2`.`gender` = 'Male' THEN `T1`.`id` ELSE NULL END) AS DOUBLE) / COUNT(CASE WHEN `T2`.`gender` = 'Female' THEN `T1`.`id` ELSE NULL END)
FROM `superhero` AS `T1`
INNER JOIN `gender` AS `T2`
ON `T1`.`gender_id` = `T2`.`id`;
-- 290 gpt-4
SELECT
SUM(CASE WHEN g.gender = 'Male' THEN 1 ELSE 0 END) / SUM(CASE WHEN g.gender = 'Female' THEN 1 ELSE 0 END) AS ratio
FROM
superhero AS s
JOIN
gender AS g ON s.gender_id = g.id;
-- 292 gold
SELECT
SUM(CASE WHEN `T2`.`id` = 7 THEN 1 ELSE 0 END) - SUM(CASE WHEN `T2`.`id` = 1 THEN 1 ELSE 0 END)
FROM `superhero` AS `T1`
INNER JOIN `colour` AS `T2`
ON `T1`.`eye_colour_id` = `T2`.`id`
WHERE
`T1`.`weight_kg` = 0 OR `T1`.`weight_kg` IS NULL;
-- 292 gpt-4
SELECT
(SUM(CASE WHEN s.eye_colour_id = blue_colour.id THEN 1 ELSE 0 END) -
SUM(CASE WHEN s.eye_colour_id = no_colour.id THEN 1 ELSE 0 END)) AS difference
FROM
superhero s
LEFT JOIN colour blue_colour ON s.eye_colour_id = blue_colour.id AND blue_colour.colour = 'blue'
LEFT JOIN colour no_colour ON s.eye_colour_id = no_colour.id AND no_colour.colour = 'no color'
WHERE
s.weight_kg = 0 OR s.weight_kg IS NULL;
-- 294 gold
SELECT
`T1`.`superhero_name`
FROM `superhero` AS `T1`
INNER JOIN `hero_power` AS `T2`
ON `T1`.`id` = `T2`.`hero_id`
INNER JOIN `superpower` AS `T3`
ON `T2`.`power_id` = `T3`.`id`
WHERE
`T3`.`power_name` = 'Wind Control'
ORDER BY
`T1`.`superhero_name`;
-- 294 gpt-4
SELECT superhero.superhero_name
FROM superhero
JOIN hero_power ON superhero.id = hero_power.hero_id
JOIN superpower ON hero_power.power_id = superpower.id
WHERE superpower.power_name = 'Wind Control'
ORDER BY superhero.superhero_name ASC;
-- 296 gold
SELECT
SUM(CASE WHEN `T2`.`publisher_name` = 'DC Comics' THEN 1 ELSE 0 END) - SUM(CASE WHEN `T2`.`publisher_name` = 'Marvel Comics' THEN 1 ELSE 0 END)
FROM `superhero` AS `T1`
INNER JOIN `publisher` AS `T2`
ON `T1`.`publisher_id` = `T2`.`id`;
-- 296 gpt-4
SELECT
(SELECT COUNT(*) FROM superhero WHERE publisher_id = (SELECT id FROM publisher WHERE publisher_name = 'DC Comics')) -
(SELECT COUNT(*) FROM superhero WHERE publisher_id = (SELECT id FROM publisher WHERE publisher_name = 'Marvel Comics')) AS difference;
