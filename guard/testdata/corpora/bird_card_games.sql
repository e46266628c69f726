-- Questions of BIRD mini-dev (bird-bench/mini_dev, CC BY-SA 4.0) on the schema card_games: its own SQL, and that of gpt-4; the texts are
-- unchanged. The data is generated.
CREATE TABLE `cards` (`id` BIGINT, `artist` TEXT, `asciiName` TEXT, `availability` TEXT, `borderColor` TEXT, `cardKingdomFoilId` TEXT, `cardKingdomId` TEXT, `colorIdentity` TEXT, `colorIndicator` TEXT, `colors` TEXT, `convertedManaCost` DOUBLE, `duelDeck` TEXT, `edhrecRank` BIGINT, `faceConvertedManaCost` DOUBLE, `faceName` TEXT, `flavorName` TEXT, `flavorText` TEXT, `frameEffects` TEXT, `frameVersion` TEXT, `hand` TEXT, `hasAlternativeDeckLimit` BIGINT, `hasContentWarning` BIGINT, `hasFoil` BIGINT, `hasNonFoil` BIGINT, `isAlternative` BIGINT, `isFullArt` BIGINT, `isOnlineOnly` BIGINT, `isOversized` BIGINT, `isPromo` BIGINT, `isReprint` BIGINT, `isReserved` BIGINT, `isStarter` BIGINT, `isStorySpotlight` BIGINT, `isTextless` BIGINT, `isTimeshifted` BIGINT, `keywords` TEXT, `layout` TEXT, `leadershipSkills` TEXT, `life` TEXT, `loyalty` TEXT, `manaCost` TEXT, `mcmId` TEXT, `mcmMetaId` TEXT, `mtgArenaId` TEXT, `mtgjsonV4Id` TEXT, `mtgoFoilId` TEXT, `mtgoId` TEXT, `multiverseId` TEXT, `name` TEXT, `number` TEXT, `originalReleaseDate` TEXT, `originalText` TEXT, `originalType` TEXT, `otherFaceIds` TEXT, `power` TEXT, `printings` TEXT, `promoTypes` TEXT, `purchaseUrls` TEXT, `rarity` TEXT, `scryfallId` TEXT, `scryfallIllustrationId` TEXT, `scryfallOracleId` TEXT, `setCode` TEXT, `side` TEXT, `subtypes` TEXT, `supertypes` TEXT, `tcgplayerProductId` TEXT, `text` TEXT, `toughness` TEXT, `type` TEXT, `types` TEXT, `uuid` TEXT, `variations` TEXT, `watermark` TEXT);
CREATE TABLE `foreign_data` (`id` BIGINT, `flavorText` TEXT, `language` TEXT, `multiverseid` BIGINT, `name` TEXT, `text` TEXT, `type` TEXT, `uuid` TEXT);
CREATE TABLE `legalities` (`id` BIGINT, `format` TEXT, `status` TEXT, `uuid` TEXT);
CREATE TABLE `rulings` (`id` BIGINT, `date` TEXT, `text` TEXT, `uuid` TEXT);
CREATE TABLE `set_translations` (`id` BIGINT, `language` TEXT, `setCode` TEXT, `translation` TEXT);
CREATE TABLE `sets` (`id` BIGINT, `baseSetSize` BIGINT, `block` TEXT, `booster` TEXT, `code` TEXT, `isFoilOnly` BIGINT, `isForeignOnly` BIGINT, `isNonFoilOnly` BIGINT, `isOnlineOnly` BIGINT, `isPartialPreview` BIGINT, `keyruneCode` TEXT, `mcmId` BIGINT, `mcmIdExtras` BIGINT, `mcmName` TEXT, `mtgoCode` TEXT, `name` TEXT, `parentCode` TEXT, `releaseDate` TEXT, `tcgplayerGroupId` BIGINT, `totalSetSize` BIGINT, `type` TEXT);
-- 346 gold
SELECT
`id`
FROM `cards`
WHERE
NOT `cardKingdomFoilId` IS NULL AND NOT `cardKingdomId` IS NULL;
-- 346 gpt-4
SELECT *
FROM cards
WHERE cardKingdomFoilId IS NOT NULL AND cardKingdomId IS NOT NULL;
-- 348 gold
SELECT DISTINCT
`T1`.`id`
FROM `cards` AS `T1`
INNER JOIN `legalities` AS `T2`
ON `T1`.`uuid` = `T2`.`uuid`
WHERE
`T2`.`format` = 'gladiator'
AND `T2`.`status` = 'Banned'
AND `T1`.`rarity` = 'mythic';
-- 348 gpt-4
SELECT c.id, c.name, c.setCode, l.status
FROM cards c
JOIN legalities l ON c.uuid = l.uuid
WHERE c.rarity = 'mythic' AND l.status = 'Banned' AND l.format = 'gladiator';
-- 350 gold
SELECT
`T1`.`id`,
`T1`.`artist`
FROM `cards` AS `T1`
INNER JOIN `legalities` AS `T2`
ON `T1`.`uuid` = `T2`.`uuid`
WHERE
`T2`.`status` = 'Legal'
AND `T2`.`format` = 'commander'
AND (
`T1`.`power` IS NULL OR `T1`.`power` = '*'
);
-- 350 gpt-4
SELECT c.id, c.artist
FROM cards c
JOIN legalities l ON c.uuid = l.uuid
WHERE (c.power = '*' OR c.power IS NULL)
AND l.format = 'commander'
AND l.status = 'Legal';
-- 352 gold
SELECT `T1`.`name`, `T1`.`artist`, `T1`.`isPromo` FROM `cards` AS `T1` INNER JOIN `rulings` AS `T2` ON `T1`.`uuid` = `T2`.`uuid` WHERE `T1`.`isPromo` = 1 AND `T1`.`artist` = ( SELECT `artist` FROM `cards` WHERE `isPromo` = 1 GROUP BY `artist` HAVING COUNT(DISTINCT `uuid`) = (SELECT MAX(card_counts.max_count) FROM (SELECT COUNT(DISTINCT `uuid`) AS max_count FROM `cards` WHERE `isPromo` = 1 GROUP BY `artist`) AS card_counts))LIMIT 1;
-- 352 gpt-4
SELECT c.name, c.artist, c.isPromo
FROM cards c
JOIN (
SELECT uuid, COUNT(uuid) AS ruling_count
FROM rulings
GROUP BY uuid
ORDER BY ruling_count DESC
LIMIT 1
) AS r ON c.uuid = r.uuid;
-- 354 gold
SELECT
COUNT(*)
FROM `cards`
WHERE
`power` = '*';
-- 354 gpt-4
SELECT COUNT(*) FROM cards WHERE power = '*';
-- 356 gold
SELECT
`T2`.`format`
FROM `cards` AS `T1`
INNER JOIN `legalities` AS `T2`
ON `T1`.`uuid` = `T2`.`uuid`
WHERE
`T1`.`name` = 'Benalish Knight';
-- 356 gpt-4
SELECT l.format, l.status
FROM cards c
JOIN legalities l ON c.uuid = l.uuid
WHERE c.name = 'Benalish Knight';
-- 358 gold
SELECT
CAST(SUM(CASE WHEN `T2`.`language` = 'French' THEN 1 ELSE 0 END) AS DOUBLE) * 100 / COUNT(`T1`.`id`)
FROM `cards` AS `T1`
INNER JOIN `foreign_data` AS `T2`
ON `T1`.`uuid` = `T2`.`uuid`
WHERE
`T1`.`isStorySpotlight` = 1;
-- 358 gpt-4
SELECT
(SELECT COUNT(*) FROM foreign_data WHERE language = 'French' AND uuid IN (SELECT uuid FROM cards WHERE isStorySpotlight = 1)) / 
(SELECT COUNT(*) FROM cards WHERE isStorySpotlight = 1) * 100 AS percentage_french_story_spotlight;
-- 360 gold
SELECT
`id`
FROM `cards`
WHERE
`duelDeck` = 'a';
-- 360 gpt-4
SELECT id FROM cards WHERE duelDeck = 'a';
-- 362 gold
SELECT DISTINCT
`T1`.`name`
FROM `cards` AS `T1`
INNER JOIN `foreign_data` AS `T2`
ON `T1`.`uuid` = `T2`.`uuid`
WHERE
`T1`.`originalType` = 'Artifact' AND `T1`.`colors` = 'B';
-- 362 gpt-4
SELECT c.id, c.name, fd.language, fd.text
FROM cards c
JOIN foreign_data fd ON c.uuid = fd.uuid
WHERE c.originalType = 'Artifact' AND c.colors = 'B' AND fd.language IS NOT NULL;
-- 364 gold
SELECT
CAST(SUM(CASE WHEN `isTextless` = 0  AND `isStorySpotlight` = 1 THEN 1 ELSE 0 END) AS DOUBLE) * 100 / COUNT(`id`)
FROM `cards`;
-- 364 gpt-4
SELECT
COUNT(*) AS StorySpotlightWithoutTextBoxCount,
GROUP_CONCAT(id) AS StorySpotlightWithoutTextBoxIDs,
(COUNT(*) / (SELECT COUNT(*) FROM cards WHERE isStorySpotlight = 1) * 100) AS Percentage
FROM
cards
WHERE
isStorySpotlight = 1 AND isTextless = 1;
-- 366 gold
SELECT
`T1`.`subtypes`,
`T1`.`supertypes`
FROM `cards` AS `T1`
INNER JOIN `foreign_data` AS `T2`
ON `T1`.`uuid` = `T2`.`uuid`
WHERE
`T2`.`language` = 'German'
AND NOT `T1`.`subtypes` IS NULL
AND NOT `T1`.`supertypes` IS NULL;
-- 366 gpt-4
SELECT DISTINCT fd.`type`
FROM foreign_data fd
WHERE fd.`language` = 'German'
AND fd.`type` IS NOT NULL;
-- 368 gold
SELECT
COUNT(`T1`.`id`)
FROM `cards` AS `T1`
INNER JOIN `legalities` AS `T2`
ON `T1`.`uuid` = `T2`.`uuid`
INNER JOIN `rulings` AS `T3`
ON `T1`.`uuid` = `T3`.`uuid`
WHERE
`T2`.`format` = 'premodern'
AND `T3`.`text` = 'This is a triggered mana ability.'
AND `T1`.`Side` IS NULL;
-- 368 gpt-4
SELECT COUNT(*) 
FROM cards c 
JOIN legalities l ON c.uuid = l.uuid 
JOIN rulings r ON c.uuid = r.uuid 
WHERE l.format = 'premodern' 
AND r.text = 'This is a triggered mana ability.' 
AND c.side IS NULL;
-- 370 gold
SELECT
`T2`.`language`
FROM `sets` AS `T1`
INNER JOIN `set_translations` AS `T2`
ON `T1`.`code` = `T2`.`setCode`
WHERE
`T1`.`block` = 'Ravnica' AND `T1`.`baseSetSize` = 180;
-- 370 gpt-4
SELECT st.language
FROM sets s
JOIN set_translations st ON s.code = st.setCode
WHERE s.baseSetSize = 180 AND s.block = 'Ravnica';
-- 372 gold
SELECT
CAST(SUM(CASE WHEN `T2`.`language` = 'French' THEN 1 ELSE 0 END) AS DOUBLE) * 100 / COUNT(`T1`.`id`)
FROM `cards` AS `T1`
INNER JOIN `foreign_data` AS `T2`
ON `T1`.`uuid` = `T2`.`uuid`
WHERE
`T1`.`power` IS NULL OR `T1`.`power` = '*';
-- 374 gold
SELECT
CAST(SUM(CASE WHEN `isTextless` = 1 AND `layout` = 'normal' THEN 1 ELSE 0 END) AS DOUBLE) * 100 / COUNT(*)
FROM `cards`;
-- 374 gpt-4
SELECT
(COUNT(IF(isTextless = 1 AND layout = 'normal', 1, NULL)) / COUNT(*)) * 100 AS proportion
FROM
cards;
-- 376 gold
SELECT DISTINCT
`language`
FROM `foreign_data`
WHERE
`name` = 'A Pedra Fellwar';
-- 376 gpt-4
SELECT fd.language
FROM foreign_data fd
JOIN cards c ON fd.uuid = c.uuid
WHERE c.name = 'A Pedra Fellwar';
-- 378 gold
SELECT
`translation`
FROM `set_translations`
WHERE
`setCode` IN (
SELECT
`setCode`
FROM `cards`
WHERE
`name` = 'Ancestor''s Chosen'
)
AND `language` = 'Italian';
-- 378 gpt-4
SELECT st.translation
FROM cards c
JOIN sets s ON c.setCode = s.code
JOIN set_translations st ON s.code = st.setCode
WHERE c.name = 'Ancestor''s Chosen' AND st.language = 'Italian';
-- 380 gold
SELECT
COUNT(`T1`.`id`)
FROM `cards` AS `T1`
INNER JOIN `set_translations` AS `T2`
ON `T2`.`setCode` = `T1`.`setCode`
WHERE
`T2`.`translation` = 'Hauptset Zehnte Edition' AND `T1`.`artist` = 'Adam Rex';
-- 380 gpt-4
SELECT COUNT(*) 
FROM cards 
JOIN sets ON cards.setCode = sets.code 
JOIN set_translations ON sets.id = set_translations.id 
WHERE set_translations.translation = 'Hauptset Zehnte Edition' 
AND cards.artist = 'Adam Rex';
-- 382 gold
SELECT
CASE WHEN NOT `T2`.`mtgoCode` IS NULL THEN 'YES' ELSE 'NO' END
FROM `cards` AS `T1`
INNER JOIN `sets` AS `T2`
ON `T2`.`code` = `T1`.`setCode`
WHERE
`T1`.`name` = 'Angel of Mercy';
-- 382 gpt-4
SELECT sets.name, sets.mtgoCode
FROM sets
JOIN cards ON sets.code = cards.setCode
WHERE cards.name = 'Angel of Mercy'
AND sets.mtgoCode IS NOT NULL;
-- 384 gold
SELECT
CASE WHEN `isForeignOnly` = 1 THEN 'YES' ELSE 'NO' END
FROM `cards` AS `T1`
INNER JOIN `sets` AS `T2`
ON `T2`.`code` = `T1`.`setCode`
WHERE
`T1`.`name` = 'Adarkar Valkyrie';
-- 384 gpt-4
SELECT sets.isForeignOnly
FROM sets
JOIN cards ON sets.code = cards.setCode
WHERE cards.name = 'Adarkar Valkyrie';
-- 386 gold
SELECT
`T1`.`artist`
FROM `cards` AS `T1`
INNER JOIN `sets` AS `T2`
ON `T2`.`code` = `T1`.`setCode`
WHERE
(
`T2`.`name` = 'Coldsnap' AND `T1`.`artist` = 'Chippy'
)
OR (
`T2`.`name` = 'Coldsnap' AND `T1`.`artist` = 'Aaron Miller'
)
OR (
`T2`.`name` = 'Coldsnap' AND `T1`.`artist` = 'Jeremy Jarvis'
)
GROUP BY
`T1`.`artist`;
-- 386 gpt-4
SELECT DISTINCT c.artist
FROM cards c
JOIN sets s ON c.setCode = s.code
WHERE s.name = 'Coldsnap' AND c.artist IN ('Jeremy Jarvis', 'Aaron Miller', 'Chippy');
-- 388 gold
SELECT
`T2`.`flavorText`
FROM `cards` AS `T1`
INNER JOIN `foreign_data` AS `T2`
ON `T2`.`uuid` = `T1`.`uuid`
WHERE
`T1`.`name` = 'Ancestor''s Chosen' AND `T2`.`language` = 'Italian';
-- 388 gpt-4
SELECT fd.flavorText
FROM foreign_data fd
JOIN cards c ON fd.uuid = c.uuid
WHERE c.name = 'Ancestor''s Chosen' AND fd.language = 'Italian';
-- 390 gold
SELECT
`T2`.`name`
FROM `foreign_data` AS `T1`
INNER JOIN `cards` AS `T2`
ON `T2`.`uuid` = `T1`.`uuid`
INNER JOIN `sets` AS `T3`
ON `T3`.`code` = `T2`.`setCode`
WHERE
`T3`.`name` = 'Coldsnap' AND `T1`.`language` = 'Italian'
ORDER BY
`T2`.`convertedManaCost` DESC;
-- 390 gpt-4
SELECT fd.name
FROM foreign_data fd
JOIN cards c ON fd.uuid = c.uuid
JOIN sets s ON c.setCode = s.code
WHERE s.name = 'Coldsnap'
AND fd.language = 'Italian'
AND c.convertedManaCost = (SELECT MAX(convertedManaCost) FROM cards WHERE setCode = 'CSP');
-- 392 gold
SELECT
CAST(SUM(
CASE
WHEN NOT `T1`.`cardKingdomFoilId` IS NULL AND NOT `T1`.`cardKingdomId` IS NULL
THEN 1
ELSE 0
END
) AS DOUBLE) * 100 / COUNT(`T1`.`id`)
FROM `cards` AS `T1`
INNER JOIN `sets` AS `T2`
ON `T2`.`code` = `T1`.`setCode`
WHERE
`T2`.`name` = 'Coldsnap';
-- 392 gpt-4
SELECT
(SUM(CASE WHEN cardKingdomFoilId IS NOT NULL AND cardKingdomId IS NOT NULL THEN 1 ELSE 0 END) / COUNT(*)) * 100 AS percentage_of_incredibly_powerful_cards
FROM
cards
WHERE
setCode = (SELECT code FROM sets WHERE name = 'Coldsnap');
-- 394 gold
SELECT
`T1`.`name`,
`T2`.`format`
FROM `cards` AS `T1`
INNER JOIN `legalities` AS `T2`
ON `T2`.`uuid` = `T1`.`uuid`
WHERE
`T1`.`edhrecRank` = 1 AND `T2`.`status` = 'Banned'
GROUP BY
`T1`.`name`,
`T2`.`format`;
-- 394 gpt-4
SELECT c.name, l.format
FROM cards c
JOIN legalities l ON c.uuid = l.uuid
WHERE c.edhrecRank = 1 AND l.status = 'Banned';
-- 396 gold
SELECT
`name`
FROM `sets`
WHERE
`code` IN (
SELECT
`setCode`
FROM `set_translations`
WHERE
`language` = 'Korean' AND NOT `language` LIKE '%Japanese%'
);
-- 396 gpt-4
SELECT s.name
FROM sets s
JOIN set_translations st_jp ON s.code = st_jp.setCode
JOIN set_translations st_kr ON s.code = st_kr.setCode
WHERE st_jp.language NOT LIKE '%Japanese%'
AND st_kr.language = 'Korean'
GROUP BY s.name;
