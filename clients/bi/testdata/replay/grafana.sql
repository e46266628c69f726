SELECT 1
--
SELECT DISTINCT TABLE_SCHEMA FROM information_schema.TABLES WHERE TABLE_TYPE != 'SYSTEM VIEW' ORDER BY TABLE_SCHEMA
--
SELECT table_name FROM information_schema.tables WHERE table_schema = 'ask' ORDER BY table_name
--
SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'ask' AND table_name = 'ecommerce_daily_orders' ORDER BY column_name
--
SELECT order_date AS time, orders FROM ask.`최근 한 달간 주문량을 알려줘` WHERE order_date BETWEEN FROM_UNIXTIME(1577836800) AND FROM_UNIXTIME(1893456000) ORDER BY order_date LIMIT 50
--
SELECT UNIX_TIMESTAMP(order_date) DIV 86400 * 86400 AS "time", SUM(orders) AS orders FROM ASK('최근 한 달간 주문량을 알려줘') AS q GROUP BY 1 ORDER BY 1
--
ASK '최근 한 달간 주문량을 알려줘'
