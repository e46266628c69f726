CREATE TABLE ad.advertisers (
  id INT NOT NULL COMMENT '광고주 번호 / Advertiser ID',
  name VARCHAR(80) NOT NULL COMMENT '광고주 이름 / Advertiser name',
  industry VARCHAR(20) NOT NULL COMMENT '업종 / Industry: FASHION, FOOD, GAME, FINANCE, TRAVEL, BEAUTY, EDUCATION, ELECTRONICS',
  city VARCHAR(30) NOT NULL COMMENT '소재 도시 / City, such as 서울',
  contact_name VARCHAR(60) NOT NULL COMMENT '담당자 이름 / Contact person',
  contact_email VARCHAR(120) NOT NULL COMMENT '담당자 이메일 / Email of the contact person',
  contracted_on DATE NOT NULL COMMENT '계약일 / Contract date',
  PRIMARY KEY (id),
  UNIQUE KEY uk_advertisers_email (contact_email),
  KEY ix_advertisers_industry (industry)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='광고주 / Advertisers';

CREATE TABLE ad.campaigns (
  id INT NOT NULL COMMENT '캠페인 번호 / Campaign ID',
  advertiser_id INT NOT NULL COMMENT '광고주 번호 / Advertiser ID',
  name VARCHAR(120) NOT NULL COMMENT '캠페인 이름 / Campaign name',
  channel VARCHAR(10) NOT NULL COMMENT '광고 매체 / Channel: SEARCH, DISPLAY, VIDEO, SOCIAL',
  objective VARCHAR(10) NOT NULL COMMENT '목표 / Objective: AWARENESS, TRAFFIC, SALES',
  status VARCHAR(10) NOT NULL COMMENT '상태 / Status: ACTIVE, ENDED',
  daily_budget DECIMAL(12,0) NOT NULL COMMENT '하루 예산(원) / Daily budget in KRW',
  start_date DATE NOT NULL COMMENT '시작일 / First day',
  end_date DATE NOT NULL COMMENT '종료일 / Last day',
  PRIMARY KEY (id),
  KEY ix_campaigns_advertiser (advertiser_id),
  KEY ix_campaigns_period (start_date, end_date),
  CONSTRAINT fk_campaigns_advertiser FOREIGN KEY (advertiser_id) REFERENCES ad.advertisers (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='광고 캠페인 / Advertising campaigns';

CREATE TABLE ad.ad_groups (
  id INT NOT NULL COMMENT '광고 그룹 번호 / Ad group ID',
  campaign_id INT NOT NULL COMMENT '캠페인 번호 / Campaign ID',
  name VARCHAR(120) NOT NULL COMMENT '광고 그룹 이름 / Ad group name',
  age_band VARCHAR(10) NOT NULL COMMENT '대상 연령대 / Target age band: 10s, 20s, 30s, 40s, 50s',
  gender CHAR(1) NOT NULL COMMENT '대상 성별 F 여 M 남 A 전체 / Target gender: F, M, A (all)',
  bid DECIMAL(10,0) NOT NULL COMMENT '클릭당 입찰가(원) / Bid per click in KRW',
  PRIMARY KEY (id),
  KEY ix_ad_groups_campaign (campaign_id),
  CONSTRAINT fk_ad_groups_campaign FOREIGN KEY (campaign_id) REFERENCES ad.campaigns (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='광고 그룹 / Ad groups';

CREATE TABLE ad.creatives (
  id INT NOT NULL COMMENT '소재 번호 / Creative ID',
  ad_group_id INT NOT NULL COMMENT '광고 그룹 번호 / Ad group ID',
  headline VARCHAR(160) NOT NULL COMMENT '광고 문구 / Headline',
  language CHAR(2) NOT NULL COMMENT '문구 언어 ko, en / Language of the headline: ko, en',
  format VARCHAR(10) NOT NULL COMMENT '소재 형식 / Format: TEXT, IMAGE, VIDEO',
  created_on DATE NOT NULL COMMENT '등록일 / Date of registration',
  PRIMARY KEY (id),
  KEY ix_creatives_ad_group (ad_group_id),
  CONSTRAINT fk_creatives_ad_group FOREIGN KEY (ad_group_id) REFERENCES ad.ad_groups (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='광고 소재 / Creatives';

CREATE TABLE ad.daily_stats (
  id BIGINT NOT NULL COMMENT '실적 번호 / Statistics row ID',
  creative_id INT NOT NULL COMMENT '소재 번호 / Creative ID',
  stat_date DATE NOT NULL COMMENT '집계일 / Day',
  impressions INT NOT NULL COMMENT '노출 수 / Impressions',
  clicks INT NOT NULL COMMENT '클릭 수 / Clicks',
  conversions INT NOT NULL COMMENT '전환 수 / Conversions: rows of conversions on that day',
  cost DECIMAL(12,0) NOT NULL COMMENT '광고비(원) / Cost in KRW',
  PRIMARY KEY (id),
  UNIQUE KEY uk_daily_stats (creative_id, stat_date),
  KEY ix_daily_stats_date (stat_date),
  CONSTRAINT fk_daily_stats_creative FOREIGN KEY (creative_id) REFERENCES ad.creatives (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='소재별 일간 실적 / Daily statistics of creatives';

CREATE TABLE ad.conversions (
  id BIGINT NOT NULL COMMENT '전환 번호 / Conversion ID',
  creative_id INT NOT NULL COMMENT '소재 번호 / Creative ID',
  converted_at DATETIME NOT NULL COMMENT '전환 일시 / Time of the conversion',
  kind VARCHAR(10) NOT NULL COMMENT '전환 종류 / Kind: PURCHASE, SIGNUP, INSTALL',
  device VARCHAR(10) NOT NULL COMMENT '기기 / Device: MOBILE, PC, TABLET',
  revenue DECIMAL(12,0) NOT NULL COMMENT '전환 매출(원) / Revenue in KRW, 0 unless PURCHASE',
  PRIMARY KEY (id),
  KEY ix_conversions_creative (creative_id, converted_at),
  KEY ix_conversions_converted_at (converted_at),
  CONSTRAINT fk_conversions_creative FOREIGN KEY (creative_id) REFERENCES ad.creatives (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='광고 전환 / Conversions';
