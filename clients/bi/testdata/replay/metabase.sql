SET @@session.time_zone = '+00:00'
--
-- Metabase:: userID: 1 queryType: native queryHash: 1f2e3d
ASK '최근 한 달간 주문량을 알려줘'
--
SELECT * FROM (SELECT * FROM ask.`최근 한 달간 주문량을 알려줘`) AS `table` WHERE 1 <> 1 LIMIT 0
--
-- Metabase:: userID: 1 queryType: MBQL queryHash: aabbcc
SELECT `source`.`order_date` AS `order_date`, SUM(`source`.`orders`) AS `sum` FROM (SELECT * FROM ASK('최근 한 달간 주문량을 알려줘') AS q) AS `source` GROUP BY `source`.`order_date` ORDER BY `source`.`order_date` ASC LIMIT 2000
--
SELECT `ask`.`ecommerce_daily_orders`.`order_date` AS `order_date`, `ask`.`ecommerce_daily_orders`.`orders` AS `orders` FROM `ask`.`ecommerce_daily_orders` LIMIT 2000
--
SELECT TRUE AS `_` FROM `ask`.`ecommerce_daily_orders` WHERE 1 <> 1 LIMIT 0
--
SELECT `ecommerce`.`orders`.`status` AS `status`, COUNT(*) AS `count` FROM `ecommerce`.`orders` GROUP BY `ecommerce`.`orders`.`status` ORDER BY `ecommerce`.`orders`.`status` ASC
--
SELECT SUBSTRING(`ecommerce`.`customers`.`city`, 1, 1234) AS `substring1` FROM `ecommerce`.`customers` LIMIT 10000
--
SHOW GRANTS FOR CURRENT_USER
--
SELECT @@GLOBAL.time_zone, @@SESSION.time_zone
--
SELECT TABLE_SCHEMA AS TABLE_CAT, NULL AS TABLE_SCHEM, TABLE_NAME, IF(TABLE_TYPE = 'BASE TABLE', 'TABLE', TABLE_TYPE) AS TABLE_TYPE, TABLE_COMMENT AS REMARKS FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE IN ('BASE TABLE', 'VIEW') ORDER BY TABLE_TYPE, TABLE_SCHEMA, TABLE_NAME
