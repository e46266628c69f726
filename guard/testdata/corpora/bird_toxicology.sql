-- Questions of BIRD mini-dev (bird-bench/mini_dev, CC BY-SA 4.0) on the schema toxicology: its own SQL, and that of gpt-4; the texts are
-- unchanged. The data is generated.
CREATE TABLE `atom` (`atom_id` TEXT, `molecule_id` TEXT, `element` TEXT);
CREATE TABLE `bond` (`bond_id` TEXT, `molecule_id` TEXT, `bond_type` TEXT);
CREATE TABLE `connected` (`atom_id` TEXT, `atom_id2` TEXT, `bond_id` TEXT);
CREATE TABLE `molecule` (`molecule_id` TEXT, `label` TEXT);
-- 398 gold
SELECT
`T`.`bond_type`
FROM (
SELECT
`bond_type`,
COUNT(`bond_id`)
FROM `bond`
GROUP BY
`bond_type`
ORDER BY
COUNT(`bond_id`) DESC
LIMIT 1
) AS `T`;
-- 398 gpt-4
SELECT bond_type
FROM bond
GROUP BY bond_type
ORDER BY COUNT(*) DESC
LIMIT 1;
-- 400 gold
SELECT
AVG(`single_bond_count`)
FROM (
SELECT
`T3`.`molecule_id`,
COUNT(`T1`.`bond_type`) AS `single_bond_count`
FROM `bond` AS `T1`
INNER JOIN `atom` AS `T2`
ON `T1`.`molecule_id` = `T2`.`molecule_id`
INNER JOIN `molecule` AS `T3`
ON `T3`.`molecule_id` = `T2`.`molecule_id`
WHERE
`T1`.`bond_type` = '-' AND `T3`.`label` = '+'
GROUP BY
`T3`.`molecule_id`
) AS `subquery`;
-- 400 gpt-4
SELECT AVG(single_bonded_count) AS average_single_bonded
FROM (
SELECT m.molecule_id, COUNT(b.bond_id) AS single_bonded_count
FROM molecule m
JOIN bond b ON m.molecule_id = b.molecule_id
WHERE m.label = '+' AND b.bond_type = '-'
GROUP BY m.molecule_id
) AS single_bonded_molecules;
-- 402 gold
SELECT
CAST(COUNT(DISTINCT CASE WHEN `T1`.`element` = 'c' THEN `T1`.`atom_id` ELSE NULL END) AS DOUBLE) * 100 / COUNT(DISTINCT `T1`.`atom_id`)
FROM `atom` AS `T1`
INNER JOIN `bond` AS `T2`
ON `T1`.`molecule_id` = `T2`.`molecule_id`
WHERE
`T2`.`bond_type` = '=';
-- 402 gpt-4
SELECT
(SUM(CASE WHEN a.element = 'c' THEN 1 ELSE 0 END) / COUNT(*)) * 100 AS carbon_percentage
FROM
atom a
JOIN
connected c ON a.atom_id = c.atom_id
JOIN
bond b ON c.bond_id = b.bond_id
WHERE
b.bond_type = '=';
-- 404 gold
SELECT DISTINCT
`T1`.`element`
FROM `atom` AS `T1`
INNER JOIN `bond` AS `T2`
ON `T1`.`molecule_id` = `T2`.`molecule_id`
INNER JOIN `connected` AS `T3`
ON `T1`.`atom_id` = `T3`.`atom_id`
WHERE
`T2`.`bond_type` = '=';
-- 404 gpt-4
SELECT DISTINCT a.element
FROM atom AS a
JOIN connected AS c ON a.atom_id = c.atom_id OR a.atom_id = c.atom_id2
JOIN bond AS b ON c.bond_id = b.bond_id
WHERE b.bond_type = '=';
-- 406 gold
SELECT
`T`.`element`
FROM (
SELECT
`T1`.`element`,
COUNT(DISTINCT `T1`.`molecule_id`)
FROM `atom` AS `T1`
INNER JOIN `molecule` AS `T2`
ON `T1`.`molecule_id` = `T2`.`molecule_id`
WHERE
`T2`.`label` = '-'
GROUP BY
`T1`.`element`
ORDER BY
COUNT(DISTINCT `T1`.`molecule_id`) ASC
LIMIT 1
) AS `t`;
-- 406 gpt-4
SELECT element, COUNT(element) AS element_count
FROM atom
JOIN molecule ON atom.molecule_id = molecule.molecule_id
WHERE molecule.label = '-'
GROUP BY element
ORDER BY element_count ASC
LIMIT 1;
-- 408 gold
SELECT
COUNT(DISTINCT CASE WHEN `T1`.`element` = 'i' THEN `T1`.`atom_id` ELSE NULL END) AS `iodine_nums`,
COUNT(DISTINCT CASE WHEN `T1`.`element` = 's' THEN `T1`.`atom_id` ELSE NULL END) AS `sulfur_nums`
FROM `atom` AS `T1`
INNER JOIN `connected` AS `T2`
ON `T1`.`atom_id` = `T2`.`atom_id`
INNER JOIN `bond` AS `T3`
ON `T2`.`bond_id` = `T3`.`bond_id`
WHERE
`T3`.`bond_type` = '-';
-- 408 gpt-4
SELECT COUNT(DISTINCT atom.atom_id) AS total_atoms
FROM atom
JOIN molecule ON atom.molecule_id = molecule.molecule_id
JOIN connected ON atom.atom_id = connected.atom_id OR atom.atom_id = connected.atom_id2
JOIN bond ON connected.bond_id = bond.bond_id
WHERE atom.element IN ('i', 's')
AND bond.bond_type = '-';
-- 410 gold
SELECT
CAST(COUNT(DISTINCT CASE WHEN `T2`.`label` = '+' THEN `T2`.`molecule_id` ELSE NULL END) AS DOUBLE) * 100 / COUNT(DISTINCT `T2`.`molecule_id`)
FROM `atom` AS `T1`
INNER JOIN `molecule` AS `T2`
ON `T1`.`molecule_id` = `T2`.`molecule_id`
INNER JOIN `bond` AS `T3`
ON `T2`.`molecule_id` = `T3`.`molecule_id`
WHERE
`T3`.`bond_type` = '#';
-- 410 gpt-4
SELECT 
(SUM(CASE WHEN bond.bond_type = ';
-- 412 gold
SELECT
ROUND(
CAST(COUNT(CASE WHEN `T`.`bond_type` = '=' THEN `T`.`bond_id` ELSE NULL END) AS DOUBLE) * 100 / COUNT(`T`.`bond_id`),
5
)
FROM `bond` AS `T`
WHERE
`T`.`molecule_id` = 'TR008';
-- 412 gpt-4
SELECT
ROUND((SUM(bond_type = '=') / COUNT(bond_id)) * 100, 5) AS percentage
FROM
bond
WHERE
molecule_id = 'TR008';
-- 414 gold
SELECT
ROUND(
CAST(COUNT(CASE WHEN `T`.`element` = 'h' THEN `T`.`atom_id` ELSE NULL END) AS DOUBLE) * 100 / COUNT(`T`.`atom_id`),
4
)
FROM `atom` AS `T`
WHERE
`T`.`molecule_id` = 'TR206';
-- 414 gpt-4
SELECT ROUND(
(SUM(CASE WHEN element = 'h' THEN 1 ELSE 0 END) / COUNT(atom_id)) * 100, 4
) AS percent
FROM atom
WHERE molecule_id = 'TR206';
-- 416 gold
SELECT
`T`.`bond_type`
FROM (
SELECT
`T1`.`bond_type`,
COUNT(`T1`.`molecule_id`)
FROM `bond` AS `T1`
WHERE
`T1`.`molecule_id` = 'TR010'
GROUP BY
`T1`.`bond_type`
ORDER BY
COUNT(`T1`.`molecule_id`) DESC
LIMIT 1
) AS `T`;
-- 416 gpt-4
SELECT bond_type, COUNT(bond_type) AS bond_count
FROM bond
WHERE molecule_id = 'TR010'
GROUP BY bond_type
ORDER BY bond_count DESC
LIMIT 1;
-- 418 gold
SELECT
COUNT(`T2`.`bond_id`)
FROM `bond` AS `T1`
INNER JOIN `connected` AS `T2`
ON `T1`.`bond_id` = `T2`.`bond_id`
WHERE
`T1`.`molecule_id` = 'TR009'
AND `T2`.`atom_id` = CONCAT(`T1`.`molecule_id`, '_1')
OR `T2`.`atom_id2` = CONCAT(`T1`.`molecule_id`, '_2');
-- 418 gpt-4
SELECT COUNT(DISTINCT c.bond_id) AS bond_count
FROM connected c
JOIN atom a ON c.atom_id = a.atom_id OR c.atom_id2 = a.atom_id
WHERE a.molecule_id = 'TR009' AND (c.atom_id = 'TR009_12' OR c.atom_id2 = 'TR009_12');
-- 420 gold
SELECT
COUNT(`T`.`bond_id`)
FROM `connected` AS `T`
WHERE
SUBSTR(`T`.`atom_id`, -2) = '19';
-- 420 gpt-4
SELECT COUNT(*) AS number_of_connections
FROM connected
WHERE atom_id LIKE 'TR%_19' OR atom_id2 LIKE 'TR%_19';
-- 422 gold
SELECT DISTINCT
`T2`.`molecule_id`
FROM `atom` AS `T1`
INNER JOIN `molecule` AS `T2`
ON `T1`.`molecule_id` = `T2`.`molecule_id`
WHERE
SUBSTR(`T1`.`atom_id`, -2) BETWEEN '21' AND '25' AND `T2`.`label` = '+';
-- 422 gpt-4
SELECT DISTINCT m.molecule_id
FROM molecule m
JOIN atom a ON m.molecule_id = a.molecule_id
WHERE SUBSTR(a.atom_id, 7, 2) BETWEEN '21' AND '25'
AND m.label = '+';
-- 424 gold
SELECT
`T1`.`label`
FROM `molecule` AS `T1`
INNER JOIN (
SELECT
`T`.`molecule_id`,
COUNT(`T`.`bond_type`)
FROM `bond` AS `T`
WHERE
`T`.`bond_type` = '='
GROUP BY
`T`.`molecule_id`
ORDER BY
COUNT(`T`.`bond_type`) DESC
LIMIT 1
) AS `T2`
ON `T1`.`molecule_id` = `T2`.`molecule_id`;
-- 424 gpt-4
SELECT m.label LIKE '%+%' AS is_carcinogenic
FROM molecule m
JOIN bond b ON m.molecule_id = b.molecule_id AND b.bond_type = ' = '
GROUP BY m.molecule_id
ORDER BY COUNT(b.bond_id) DESC
LIMIT 1;
-- 426 gold
SELECT DISTINCT
`T`.`element`
FROM `atom` AS `T`
WHERE
NOT `T`.`element` IN (
SELECT DISTINCT
`T1`.`element`
FROM `atom` AS `T1`
INNER JOIN `connected` AS `T2`
ON `T1`.`atom_id` = `T2`.`atom_id`
);
-- 426 gpt-4
SELECT atom.element
FROM atom
LEFT JOIN connected ON atom.atom_id = connected.atom_id OR atom.atom_id = connected.atom_id2
WHERE connected.atom_id IS NULL AND connected.atom_id2 IS NULL;
-- 428 gold
SELECT
`T2`.`element`
FROM `connected` AS `T1`
INNER JOIN `atom` AS `T2`
ON `T1`.`atom_id` = `T2`.`atom_id`
WHERE
`T1`.`bond_id` = 'TR144_8_19';
-- 428 gpt-4
SELECT atom.element
FROM atom
JOIN connected ON atom.atom_id = connected.atom_id OR atom.atom_id = connected.atom_id2
WHERE connected.bond_id = 'TR144_8_19';
-- 430 gold
SELECT
ROUND(
CAST(COUNT(CASE WHEN `T2`.`label` = '+' THEN `T1`.`bond_id` ELSE NULL END) AS DOUBLE) * 100 / COUNT(`T1`.`bond_id`),
5
)
FROM `bond` AS `T1`
INNER JOIN `molecule` AS `T2`
ON `T1`.`molecule_id` = `T2`.`molecule_id`
WHERE
`T1`.`bond_type` = '-';
-- 430 gpt-4
SELECT ROUND(
(SUM(CASE WHEN m.label = '+' THEN 1 ELSE 0 END) * 100.0) / COUNT(b.bond_id), 5
) AS proportion
FROM bond b
JOIN molecule m ON b.molecule_id = m.molecule_id
WHERE b.bond_type = '-';
-- 432 gold
SELECT
CAST(COUNT(CASE WHEN `T`.`element` = 'cl' THEN `T`.`atom_id` ELSE NULL END) AS DOUBLE) * 100 / COUNT(`T`.`atom_id`)
FROM (
SELECT
`T1`.`atom_id`,
`T1`.`element`
FROM `atom` AS `T1`
INNER JOIN `molecule` AS `T2`
ON `T1`.`molecule_id` = `T2`.`molecule_id`
INNER JOIN `bond` AS `T3`
ON `T2`.`molecule_id` = `T3`.`molecule_id`
WHERE
`T3`.`bond_type` = '-'
) AS `T`;
-- 432 gpt-4
SELECT 
(SUM(CASE WHEN a.element = 'cl' THEN 1 ELSE 0 END) / COUNT(DISTINCT a.atom_id)) * 100 AS percent
FROM 
atom AS a
JOIN 
connected AS c ON a.atom_id = c.atom_id OR a.atom_id = c.atom_id2
JOIN 
bond AS b ON c.bond_id = b.bond_id
WHERE 
b.bond_type = '-';
-- 434 gold
SELECT
CAST(COUNT(CASE WHEN `T1`.`element` = 'cl' THEN `T1`.`element` ELSE NULL END) AS DOUBLE) * 100 / COUNT(`T1`.`element`)
FROM `atom` AS `T1`
INNER JOIN `molecule` AS `T2`
ON `T1`.`molecule_id` = `T2`.`molecule_id`
WHERE
`T2`.`label` = '+';
-- 434 gpt-4
SELECT 
(SUM(CASE WHEN a.element = 'cl' THEN 1 ELSE 0 END) / COUNT(DISTINCT m.molecule_id)) * 100 AS percentage
FROM 
molecule m
JOIN 
atom a ON m.molecule_id = a.molecule_id
WHERE 
m.label = '+';
-- 436 gold
WITH SubQuery AS (SELECT DISTINCT T1.atom_id, T1.element, T1.molecule_id, T2.label FROM atom AS T1 INNER JOIN molecule AS T2 ON T1.molecule_id = T2.molecule_id WHERE T2.molecule_id = 'TR006') SELECT CAST(COUNT(CASE WHEN element = 'h' THEN atom_id ELSE NULL END) AS DECIMAL(10,2)) / NULLIF(COUNT(atom_id), 0) AS ratio, label FROM SubQuery GROUP BY label;
-- 436 gpt-4
SELECT 
(SUM(CASE WHEN a.element = 'h' THEN 1 ELSE 0 END) / COUNT(a.element)) AS ratio,
m.label
FROM 
atom a
JOIN 
molecule m ON a.molecule_id = m.molecule_id
WHERE 
a.molecule_id = 'TR006'
GROUP BY 
a.molecule_id;
