-- The 43 queries of ClickBench in their shapes, on the columns of its one table that they use.
CREATE TABLE hits (WatchID BIGINT, JavaEnable SMALLINT, Title TEXT, GoodEvent SMALLINT, EventTime DATETIME, EventDate DATE, CounterID INT, ClientIP INT, RegionID INT, UserID BIGINT, CounterClass SMALLINT, OS SMALLINT, URL TEXT, Referer TEXT,
	IsRefresh SMALLINT, ResolutionWidth SMALLINT, ResolutionHeight SMALLINT, MobilePhone SMALLINT, MobilePhoneModel VARCHAR(255), TraficSourceID SMALLINT, SearchEngineID SMALLINT, SearchPhrase VARCHAR(255), AdvEngineID SMALLINT,
	WindowClientWidth SMALLINT, WindowClientHeight SMALLINT, DontCountHits SMALLINT, IsLink SMALLINT, IsDownload SMALLINT, RefererHash BIGINT, URLHash BIGINT);

-- q0
SELECT COUNT(*) FROM hits;
-- q1
SELECT COUNT(*) FROM hits WHERE AdvEngineID <> 0;
-- q2
SELECT SUM(AdvEngineID), COUNT(*), AVG(ResolutionWidth) FROM hits;
-- q3
SELECT AVG(UserID) FROM hits;
-- q4
SELECT COUNT(DISTINCT UserID) FROM hits;
-- q5
SELECT COUNT(DISTINCT SearchPhrase) FROM hits;
-- q6
SELECT MIN(EventDate), MAX(EventDate) FROM hits;
-- q7
SELECT AdvEngineID, COUNT(*) FROM hits WHERE AdvEngineID <> 0 GROUP BY AdvEngineID ORDER BY COUNT(*) DESC;
-- q8
SELECT RegionID, COUNT(DISTINCT UserID) AS u FROM hits GROUP BY RegionID ORDER BY u DESC LIMIT 10;
-- q9
SELECT RegionID, SUM(AdvEngineID), COUNT(*) AS c, AVG(ResolutionWidth), COUNT(DISTINCT UserID) FROM hits GROUP BY RegionID ORDER BY c DESC LIMIT 10;
-- q10
SELECT MobilePhoneModel, COUNT(DISTINCT UserID) AS u FROM hits WHERE MobilePhoneModel <> '' GROUP BY MobilePhoneModel ORDER BY u DESC LIMIT 10;
-- q11
SELECT MobilePhone, MobilePhoneModel, COUNT(DISTINCT UserID) AS u FROM hits WHERE MobilePhoneModel <> '' GROUP BY MobilePhone, MobilePhoneModel ORDER BY u DESC LIMIT 10;
-- q12
SELECT SearchPhrase, COUNT(*) AS c FROM hits WHERE SearchPhrase <> '' GROUP BY SearchPhrase ORDER BY c DESC LIMIT 10;
-- q13
SELECT SearchPhrase, COUNT(DISTINCT UserID) AS u FROM hits WHERE SearchPhrase <> '' GROUP BY SearchPhrase ORDER BY u DESC LIMIT 10;
-- q14
SELECT SearchEngineID, SearchPhrase, COUNT(*) AS c FROM hits WHERE SearchPhrase <> '' GROUP BY SearchEngineID, SearchPhrase ORDER BY c DESC LIMIT 10;
-- q15
SELECT UserID, COUNT(*) FROM hits GROUP BY UserID ORDER BY COUNT(*) DESC LIMIT 10;
-- q16
SELECT UserID, SearchPhrase, COUNT(*) FROM hits GROUP BY UserID, SearchPhrase ORDER BY COUNT(*) DESC LIMIT 10;
-- q17
SELECT UserID, SearchPhrase, COUNT(*) FROM hits GROUP BY UserID, SearchPhrase LIMIT 10;
-- q18
SELECT UserID, EXTRACT(MINUTE FROM EventTime) AS m, SearchPhrase, COUNT(*) FROM hits GROUP BY UserID, m, SearchPhrase ORDER BY COUNT(*) DESC LIMIT 10;
-- q19
SELECT UserID FROM hits WHERE UserID = 17;
-- q20
SELECT COUNT(*) FROM hits WHERE URL LIKE '%google%';
-- q21
SELECT SearchPhrase, MIN(URL), COUNT(*) AS c FROM hits WHERE URL LIKE '%google%' AND SearchPhrase <> '' GROUP BY SearchPhrase ORDER BY c DESC LIMIT 10;
-- q22
SELECT SearchPhrase, MIN(URL), MIN(Title), COUNT(*) AS c, COUNT(DISTINCT UserID) FROM hits WHERE Title LIKE '%Google%' AND URL NOT LIKE '%.google.%' AND SearchPhrase <> '' GROUP BY SearchPhrase ORDER BY c DESC LIMIT 10;
-- q23
SELECT * FROM hits WHERE URL LIKE '%google%' ORDER BY EventTime LIMIT 10;
-- q24
SELECT SearchPhrase FROM hits WHERE SearchPhrase <> '' ORDER BY EventTime LIMIT 10;
-- q25
SELECT SearchPhrase FROM hits WHERE SearchPhrase <> '' ORDER BY SearchPhrase LIMIT 10;
-- q26
SELECT SearchPhrase FROM hits WHERE SearchPhrase <> '' ORDER BY EventTime, SearchPhrase LIMIT 10;
-- q27
SELECT CounterID, AVG(LENGTH(URL)) AS l, COUNT(*) AS c FROM hits WHERE URL <> '' GROUP BY CounterID HAVING COUNT(*) > 1 ORDER BY l DESC LIMIT 25;
-- q28
SELECT REGEXP_REPLACE(Referer, '^https?://(?:www\\.)?([^/]+)/.*$', '\\1') AS k, AVG(LENGTH(Referer)) AS l, COUNT(*) AS c, MIN(Referer) FROM hits WHERE Referer <> '' GROUP BY k HAVING COUNT(*) > 1 ORDER BY l DESC LIMIT 25;
-- q29
SELECT SUM(ResolutionWidth), SUM(ResolutionWidth + 1), SUM(ResolutionWidth + 2), SUM(ResolutionWidth + 3), SUM(ResolutionWidth + 4), SUM(ResolutionWidth + 5), SUM(ResolutionWidth + 6), SUM(ResolutionWidth + 7), SUM(ResolutionWidth + 8), SUM(ResolutionWidth + 9), SUM(ResolutionWidth + 10), SUM(ResolutionWidth + 89) FROM hits;
-- q30
SELECT SearchEngineID, ClientIP, COUNT(*) AS c, SUM(IsRefresh), AVG(ResolutionWidth) FROM hits WHERE SearchPhrase <> '' GROUP BY SearchEngineID, ClientIP ORDER BY c DESC LIMIT 10;
-- q31
SELECT WatchID, ClientIP, COUNT(*) AS c, SUM(IsRefresh), AVG(ResolutionWidth) FROM hits WHERE SearchPhrase <> '' GROUP BY WatchID, ClientIP ORDER BY c DESC LIMIT 10;
-- q32
SELECT WatchID, ClientIP, COUNT(*) AS c, SUM(IsRefresh), AVG(ResolutionWidth) FROM hits GROUP BY WatchID, ClientIP ORDER BY c DESC LIMIT 10;
-- q33
SELECT URL, COUNT(*) AS c FROM hits GROUP BY URL ORDER BY c DESC LIMIT 10;
-- q34
SELECT 1, URL, COUNT(*) AS c FROM hits GROUP BY 1, URL ORDER BY c DESC LIMIT 10;
-- q35
SELECT ClientIP, ClientIP - 1, ClientIP - 2, ClientIP - 3, COUNT(*) AS c FROM hits GROUP BY ClientIP, ClientIP - 1, ClientIP - 2, ClientIP - 3 ORDER BY c DESC LIMIT 10;
-- q36
SELECT URL, COUNT(*) AS PageViews FROM hits WHERE CounterID = 12 AND EventDate >= '1993-07-01' AND EventDate <= '2001-07-31' AND DontCountHits <> 0 AND IsRefresh <> 0 AND URL <> '' GROUP BY URL ORDER BY PageViews DESC LIMIT 10;
-- q37
SELECT Title, COUNT(*) AS PageViews FROM hits WHERE CounterID = 12 AND EventDate >= '1993-07-01' AND EventDate <= '2001-07-31' AND DontCountHits <> 0 AND IsRefresh <> 0 AND Title <> '' GROUP BY Title ORDER BY PageViews DESC LIMIT 10;
-- q38
SELECT URL, COUNT(*) AS PageViews FROM hits WHERE CounterID = 12 AND EventDate >= '1993-07-01' AND EventDate <= '2001-07-31' AND IsRefresh <> 0 AND IsLink <> 0 AND IsDownload <> 0 GROUP BY URL ORDER BY PageViews DESC LIMIT 10 OFFSET 1;
-- q39
SELECT TraficSourceID, SearchEngineID, AdvEngineID, CASE WHEN (SearchEngineID = 0 AND AdvEngineID = 0) THEN Referer ELSE '' END AS Src, URL AS Dst, COUNT(*) AS PageViews FROM hits
WHERE CounterID = 12 AND EventDate >= '1993-07-01' AND EventDate <= '2001-07-31' AND IsRefresh <> 0 GROUP BY TraficSourceID, SearchEngineID, AdvEngineID, Src, Dst ORDER BY PageViews DESC LIMIT 10 OFFSET 1;
-- q40
SELECT URLHash, EventDate, COUNT(*) AS PageViews FROM hits WHERE CounterID = 12 AND EventDate >= '1993-07-01' AND EventDate <= '2001-07-31' AND IsRefresh <> 0 AND TraficSourceID IN (-1, 6) AND RefererHash = 4 GROUP BY URLHash, EventDate ORDER BY PageViews DESC LIMIT 10 OFFSET 0;
-- q41
SELECT WindowClientWidth, WindowClientHeight, COUNT(*) AS PageViews FROM hits WHERE CounterID = 12 AND EventDate >= '1993-07-01' AND EventDate <= '2001-07-31' AND IsRefresh <> 0 AND DontCountHits <> 0 AND URLHash = 2 GROUP BY WindowClientWidth, WindowClientHeight ORDER BY PageViews DESC LIMIT 10 OFFSET 0;
-- q42
SELECT DATE_FORMAT(EventTime, '%Y-%m-%d %H:%i:00') AS M, COUNT(*) AS PageViews FROM hits WHERE CounterID = 12 AND EventDate >= '1993-07-14' AND EventDate <= '2001-07-15' AND IsRefresh <> 0 AND DontCountHits <> 0 GROUP BY DATE_FORMAT(EventTime, '%Y-%m-%d %H:%i:00') ORDER BY DATE_FORMAT(EventTime, '%Y-%m-%d %H:%i:00') LIMIT 10 OFFSET 0;
