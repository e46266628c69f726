SELECT 1
--
SHOW SESSION VARIABLES LIKE 'lower_case_table_names'
--
SHOW DATABASES
--
SHOW FULL TABLES FROM `ask`
--
SHOW KEYS FROM `ask`.`ecommerce_daily_orders`
--
SELECT * FROM `ask`.`ecommerce_daily_orders` WHERE 1=0
--
SELECT * FROM (SELECT * FROM ASK('최근 한 달간 주문량을 알려줘') AS q) `Custom SQL Query` LIMIT 0
--
SELECT `Custom SQL Query`.`order_date` AS `order_date`, SUM(`Custom SQL Query`.`amount`) AS `sum_amount_ok` FROM (SELECT * FROM ask.`최근 한 달간 주문량을 알려줘`) `Custom SQL Query` GROUP BY 1
--
SELECT SUM(1) AS `cnt:ecommerce_daily_orders:ok` FROM `ask`.`ecommerce_daily_orders` HAVING COUNT(1) > 0
--
SELECT `orders`.`status` AS `status`, COUNT(1) AS `n` FROM `ecommerce`.`orders` `orders` INNER JOIN `ecommerce`.`customers` `customers` ON (`orders`.`customer_id` = `customers`.`id`) GROUP BY 1
--
SELECT TABLE_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME, CONSTRAINT_NAME FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_NAME IS NOT NULL AND TABLE_SCHEMA = 'ecommerce'
