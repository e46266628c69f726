-- Questions of BIRD mini-dev (bird-bench/mini_dev, CC BY-SA 4.0) on the schema codebase_community: its own SQL, and that of gpt-4; the texts are
-- unchanged. The data is generated.
CREATE TABLE `badges` (`Id` BIGINT, `UserId` BIGINT, `Name` TEXT, `Date` TEXT);
CREATE TABLE `comments` (`Id` BIGINT, `PostId` BIGINT, `Score` BIGINT, `Text` TEXT, `CreationDate` TEXT, `UserId` BIGINT, `UserDisplayName` TEXT);
CREATE TABLE `postHistory` (`Id` BIGINT, `PostHistoryTypeId` BIGINT, `PostId` BIGINT, `RevisionGUID` TEXT, `CreationDate` TEXT, `UserId` BIGINT, `Text` TEXT, `Comment` TEXT, `UserDisplayName` TEXT);
CREATE TABLE `postLinks` (`Id` BIGINT, `CreationDate` TEXT, `PostId` BIGINT, `RelatedPostId` BIGINT, `LinkTypeId` BIGINT);
CREATE TABLE `posts` (`Id` BIGINT, `PostTypeId` BIGINT, `AcceptedAnswerId` BIGINT, `CreaionDate` TEXT, `Score` BIGINT, `ViewCount` BIGINT, `Body` TEXT, `OwnerUserId` BIGINT, `LasActivityDate` TEXT, `Title` TEXT, `Tags` TEXT, `AnswerCount` BIGINT, `CommentCount` BIGINT, `FavoriteCount` BIGINT, `LastEditorUserId` BIGINT, `LastEditDate` TEXT, `CommunityOwnedDate` TEXT, `ParentId` BIGINT, `ClosedDate` TEXT, `OwnerDisplayName` TEXT, `LastEditorDisplayName` TEXT);
CREATE TABLE `tags` (`Id` BIGINT, `TagName` TEXT, `Count` BIGINT, `ExcerptPostId` BIGINT, `WikiPostId` BIGINT);
CREATE TABLE `users` (`Id` BIGINT, `Reputation` BIGINT, `CreationDate` TEXT, `DisplayName` TEXT, `LastAccessDate` TEXT, `WebsiteUrl` TEXT, `Location` TEXT, `AboutMe` TEXT, `Views` BIGINT, `UpVotes` BIGINT, `DownVotes` BIGINT, `AccountId` BIGINT, `Age` BIGINT, `ProfileImageUrl` TEXT);
CREATE TABLE `votes` (`Id` BIGINT, `PostId` BIGINT, `VoteTypeId` BIGINT, `CreationDate` TEXT, `UserId` BIGINT, `BountyAmount` BIGINT);
-- 298 gold
SELECT
`DisplayName`
FROM `users`
WHERE
DATE_FORMAT(CAST(`CreationDate` AS DATETIME), '%Y') = '2011';
-- 298 gpt-4
SELECT DisplayName FROM users WHERE YEAR(CreationDate) = 2011;
-- 300 gold
SELECT
`T2`.`DisplayName`
FROM `posts` AS `T1`
INNER JOIN `users` AS `T2`
ON `T1`.`OwnerUserId` = `T2`.`Id`
WHERE
`T1`.`Title` = 'Eliciting priors from experts';
-- 300 gpt-4
SELECT p.OwnerDisplayName
FROM posts p
WHERE p.Title = 'Eliciting priors from experts';
-- 302 gold
SELECT
`T2`.`DisplayName`
FROM `posts` AS `T1`
INNER JOIN `users` AS `T2`
ON `T1`.`LastEditorUserId` = `T2`.`Id`
WHERE
`T1`.`Title` = 'Examples for teaching: Correlation does not mean causation';
-- 302 gpt-4
SELECT u.DisplayName
FROM posts p
JOIN users u ON p.LastEditorUserId = u.Id
WHERE p.Title = "Examples for teaching: Correlation does not mean causation";
-- 304 gold
SELECT
`T2`.`Body`
FROM `tags` AS `T1`
INNER JOIN `posts` AS `T2`
ON `T2`.`Id` = `T1`.`ExcerptPostId`
WHERE
`T1`.`TagName` = 'bayesian';
-- 304 gpt-4
SELECT p.Body
FROM tags t
JOIN posts p ON t.ExcerptPostId = p.Id
WHERE t.TagName = 'bayesian';
-- 306 gold
SELECT
CAST(SUM(CASE WHEN `T2`.`Age` > 65 THEN 1 ELSE 0 END) AS DOUBLE) * 100 / COUNT(`T1`.`Id`)
FROM `posts` AS `T1`
INNER JOIN `users` AS `T2`
ON `T1`.`OwnerUserId` = `T2`.`Id`
WHERE
`T1`.`Score` > 5;
-- 306 gpt-4
SELECT
(COUNT(DISTINCT CASE WHEN u.Age > 65 THEN p.Id END) / COUNT(DISTINCT p.Id)) * 100 AS PercentageElderUserPosts
FROM
posts p
JOIN
users u ON p.OwnerUserId = u.Id
WHERE
p.Score > 5;
-- 308 gold
SELECT
CASE
WHEN `T2`.`ClosedDate` IS NULL
THEN 'NOT well-finished'
ELSE 'well-finished'
END AS `resylt`
FROM `comments` AS `T1`
INNER JOIN `posts` AS `T2`
ON `T1`.`PostId` = `T2`.`Id`
WHERE
`T1`.`UserId` = 23853 AND `T1`.`CreationDate` = '2013-07-12 09:08:18.0';
-- 308 gpt-4
SELECT
CASE
WHEN p.ClosedDate IS NULL THEN 'Yes'
ELSE 'No'
END AS WellFinished
FROM
comments c
JOIN
posts p ON c.PostId = p.Id
WHERE
c.UserId = 23853
AND c.CreationDate = '2013-07-12 09:08:18';
-- 310 gold
SELECT
`T1`.`DisplayName`
FROM `users` AS `T1`
INNER JOIN `votes` AS `T2`
ON `T1`.`Id` = `T2`.`UserId`
WHERE
`T2`.`Id` = 6347;
-- 310 gpt-4
SELECT users.DisplayName
FROM votes
JOIN users ON votes.UserId = users.Id
WHERE votes.Id = 6347;
-- 312 gold
SELECT
`ViewCount`
FROM `posts`
WHERE
`Title` = 'Integration of Weka and/or RapidMiner into Informatica PowerCenter/Developer';
-- 312 gpt-4
SELECT ViewCount FROM posts WHERE Title = 'Integration of Weka and/or RapidMiner into Informatica PowerCenter/Developer';
-- 314 gold
SELECT
`T1`.`DisplayName`
FROM `users` AS `T1`
INNER JOIN `comments` AS `T2`
ON `T1`.`Id` = `T2`.`UserId`
WHERE
`T2`.`Text` = 'thank you user93!';
-- 314 gpt-4
SELECT DisplayName
FROM users
JOIN comments ON users.Id = comments.UserId
WHERE Text = 'thank you user93!';
-- 316 gold
SELECT
`T2`.`DisplayName`
FROM `posts` AS `T1`
INNER JOIN `users` AS `T2`
ON `T1`.`OwnerUserId` = `T2`.`Id`
WHERE
`T1`.`Title` = 'Open source tools for visualizing multi-dimensional data?';
-- 316 gpt-4
SELECT p.LastEditorDisplayName
FROM posts p
WHERE p.Title = 'Open source tools for visualizing multi-dimensional data';
-- 318 gold
SELECT
`T3`.`DisplayName`,
`T1`.`Title`
FROM `posts` AS `T1`
INNER JOIN `votes` AS `T2`
ON `T1`.`Id` = `T2`.`PostId`
INNER JOIN `users` AS `T3`
ON `T3`.`Id` = `T2`.`UserId`
WHERE
`T2`.`BountyAmount` = 50 AND `T1`.`Title` LIKE '%variance%';
-- 318 gpt-4
SELECT u.DisplayName
FROM users u
JOIN votes v ON u.Id = v.UserId
JOIN posts p ON v.PostId = p.Id
WHERE v.BountyAmount = 50 AND p.Title LIKE '%variance%';
-- 320 gold
SELECT
COUNT(`UserId`)
FROM (
SELECT
`UserId`,
COUNT(`Name`) AS `num`
FROM `badges`
GROUP BY
`UserId`
) AS `T`
WHERE
`T`.`num` > 5;
-- 320 gpt-4
SELECT COUNT(DISTINCT UserId) AS UsersWithMoreThan5Badges
FROM badges
GROUP BY UserId
HAVING COUNT(Id) > 5;
-- 322 gold
SELECT
CAST(SUM(CASE WHEN DATE_FORMAT(CAST(`Date` AS DATETIME), '%Y') = '2010' THEN 1 ELSE 0 END) AS DOUBLE) * 100 / COUNT(`Id`) - CAST(SUM(CASE WHEN DATE_FORMAT(CAST(`Date` AS DATETIME), '%Y') = '2011' THEN 1 ELSE 0 END) AS DOUBLE) * 100 / COUNT(`Id`)
FROM `badges`
WHERE
`Name` = 'Student';
-- 322 gpt-4
SELECT
ABS(
(COUNT(CASE WHEN YEAR(Date) = 2010 THEN 1 END) / COUNT(*) * 100) -
(COUNT(CASE WHEN YEAR(Date) = 2011 THEN 1 END) / COUNT(*) * 100)
) AS percentage_difference
FROM
badges
WHERE
Name = 'Student';
-- 324 gold
SELECT
CAST(SUM(
CASE
WHEN DATE_FORMAT(CAST(`CreationDate` AS DATETIME), '%Y') = '2010'
THEN 1
ELSE 0
END
) AS DOUBLE) / SUM(
CASE
WHEN DATE_FORMAT(CAST(`CreationDate` AS DATETIME), '%Y') = '2011'
THEN 1
ELSE 0
END
)
FROM `votes`;
-- 324 gpt-4
SELECT
(SELECT COUNT(*) FROM votes WHERE YEAR(CreationDate) = 2010) / 
(SELECT COUNT(*) FROM votes WHERE YEAR(CreationDate) = 2011) AS ratio
FROM
dual;
-- 326 gold
SELECT
`T1`.`DisplayName`
FROM `users` AS `T1`
INNER JOIN `postHistory` AS `T2`
ON `T1`.`Id` = `T2`.`UserId`
INNER JOIN `posts` AS `T3`
ON `T2`.`PostId` = `T3`.`Id`
WHERE
`T1`.`DisplayName` = 'Harvey Motulsky' OR `T1`.`DisplayName` = 'Noah Snyder'
GROUP BY
`T1`.`DisplayName`
ORDER BY
SUM(`T3`.`ViewCount`) DESC
LIMIT 1;
-- 326 gpt-4
SELECT DisplayName, MAX(SumViewCount) AS MaxPopularity
FROM (
SELECT u.DisplayName, SUM(p.ViewCount) AS SumViewCount
FROM posts p
JOIN users u ON p.OwnerUserId = u.Id
WHERE u.DisplayName IN ('Harvey Motulsky', 'Noah Snyder')
GROUP BY u.DisplayName
) AS Popularity
ORDER BY MaxPopularity DESC
LIMIT 1;
-- 328 gold
SELECT
CAST(SUM(CASE WHEN `T3`.`TagName` = 'r' THEN 1 ELSE 0 END) AS DOUBLE) * 100 / COUNT(`T1`.`Id`)
FROM `users` AS `T1`
INNER JOIN `postHistory` AS `T2`
ON `T1`.`Id` = `T2`.`UserId`
INNER JOIN `tags` AS `T3`
ON `T3`.`ExcerptPostId` = `T2`.`PostId`
WHERE
`T1`.`DisplayName` = 'Community';
-- 328 gpt-4
SELECT
(SELECT COUNT(*) FROM posts p INNER JOIN users u ON p.OwnerUserId = u.Id INNER JOIN tags t ON p.Tags LIKE CONCAT('%', t.TagName, '%') WHERE u.DisplayName = 'Community' AND t.TagName = 'r') / 
(SELECT COUNT(*) FROM posts p INNER JOIN users u ON p.OwnerUserId = u.Id WHERE u.DisplayName = 'Community') * 100 AS percentage;
-- 330 gold
SELECT
CAST(COUNT(`T1`.`Id`) AS DOUBLE) / 12
FROM `postLinks` AS `T1`
INNER JOIN `posts` AS `T2`
ON `T1`.`PostId` = `T2`.`Id`
WHERE
`T2`.`AnswerCount` <= 2
AND DATE_FORMAT(CAST(`T1`.`CreationDate` AS DATETIME), '%Y') = '2010';
-- 330 gpt-4
SELECT AVG(MonthlyLinkCount) AS AverageMonthlyLinks
FROM (
SELECT COUNT(pl.Id) AS MonthlyLinkCount
FROM postLinks AS pl
INNER JOIN posts AS p ON pl.PostId = p.Id
WHERE YEAR(pl.CreationDate) = 2010 AND p.AnswerCount <= 2
GROUP BY MONTH(pl.CreationDate)
) AS MonthlyData;
-- 332 gold
SELECT
`T1`.`DisplayName`
FROM `users` AS `T1`
INNER JOIN `badges` AS `T2`
ON `T1`.`Id` = `T2`.`UserId`
WHERE
`T2`.`Name` = 'Autobiographer'
ORDER BY
`T2`.`Date`
LIMIT 1;
-- 332 gpt-4
SELECT u.DisplayName
FROM badges b
JOIN users u ON b.UserId = u.Id
WHERE b.Name = 'Autobiographer'
ORDER BY b.Date ASC
LIMIT 1;
-- 334 gold
SELECT
`T2`.`Id`,
`T2`.`Title`
FROM `users` AS `T1`
INNER JOIN `posts` AS `T2`
ON `T1`.`Id` = `T2`.`OwnerUserId`
WHERE
`T1`.`DisplayName` = 'Harvey Motulsky'
ORDER BY
`T2`.`ViewCount` DESC
LIMIT 1;
-- 334 gpt-4
SELECT p.Id, p.Title
FROM posts p
JOIN users u ON p.OwnerUserId = u.Id
WHERE u.DisplayName = 'Harvey Motulsky'
ORDER BY p.ViewCount DESC
LIMIT 1;
-- 336 gold
SELECT
CAST(SUM(
CASE
WHEN DATE_FORMAT(CAST(`T2`.`CreaionDate` AS DATETIME), '%Y') = '2011'
AND `T1`.`Reputation` > 1000
THEN 1
ELSE 0
END
) AS DOUBLE) * 100 / COUNT(`T1`.`Id`)
FROM `users` AS `T1`
INNER JOIN `posts` AS `T2`
ON `T1`.`Id` = `T2`.`OwnerUserId`;
-- 336 gpt-4
SELECT
(COUNT(DISTINCT p.Id) / (SELECT COUNT(*) FROM posts WHERE YEAR(CreationDate) = 2011)) * 100 AS percentage
FROM
posts p
JOIN
users u ON p.OwnerUserId = u.Id
WHERE
YEAR(p.CreationDate) = 2011
AND u.Reputation > 1000;
-- 338 gold
SELECT
COUNT(`T2`.`Id`)
FROM `posts` AS `T1`
INNER JOIN `comments` AS `T2`
ON `T1`.`Id` = `T2`.`PostId`
GROUP BY
`T1`.`Id`
ORDER BY
`T1`.`Score` DESC
LIMIT 1;
-- 338 gpt-4
SELECT COUNT(*) AS NumberOfComments
FROM comments
WHERE PostId = (
SELECT Id
FROM posts
ORDER BY Score DESC
LIMIT 1
);
-- 340 gold
SELECT
CAST(SUM(CASE WHEN `T2`.`Score` > 50 THEN 1 ELSE 0 END) AS DOUBLE) * 100 / COUNT(`T1`.`Id`)
FROM `users` AS `T1`
INNER JOIN `posts` AS `T2`
ON `T1`.`Id` = `T2`.`OwnerUserId`
INNER JOIN (
SELECT
MAX(`Reputation`) AS `max_reputation`
FROM `users`
) AS `T3`
ON `T1`.`Reputation` = `T3`.`max_reputation`;
-- 340 gpt-4
SELECT
(COUNT(CASE WHEN p.Score > 50 THEN 1 END) / COUNT(*)) * 100 AS PercentageOfHighScorePosts
FROM
posts p
JOIN
users u ON p.OwnerUserId = u.Id
WHERE
u.Id = (SELECT OwnerUserId FROM posts WHERE OwnerUserId IS NOT NULL GROUP BY OwnerUserId ORDER BY MAX(u.Reputation) DESC LIMIT 1);
-- 342 gold
SELECT
`T2`.`Reputation`,
`T2`.`UpVotes`
FROM `comments` AS `T1`
INNER JOIN `users` AS `T2`
ON `T1`.`UserId` = `T2`.`Id`
WHERE
`T1`.`Text` = 'fine, you win :)';
-- 342 gpt-4
SELECT u.Reputation, u.UpVotes
FROM users u
JOIN comments c ON u.Id = c.UserId
WHERE c.Text = 'fine, you win :)';
-- 344 gold
SELECT
COUNT(`T1`.`id`)
FROM `comments` AS `T1`
INNER JOIN `posts` AS `T2`
ON `T1`.`PostId` = `T2`.`Id`
WHERE
`T2`.`CommentCount` = 1 AND `T2`.`Score` = 0;
-- 344 gpt-4
SELECT COUNT(*)
FROM comments
JOIN posts ON comments.PostId = posts.Id
WHERE posts.CommentCount = 1 AND comments.Score = 0;
